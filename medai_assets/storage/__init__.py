"""One store for Parquet tables and model directories: written whole, content-addressed, with a manifest beside."""

from medai_assets.storage.draft import Draft
from medai_assets.storage.errors import StoreError
from medai_assets.storage.hashing import RowsHash, content_hash, digest_of_files, file_sha256, text_digest
from medai_assets.storage.manifest import ERASED, Finish, Finished, Input, Manifest, Part, Receipt, TableInfo
from medai_assets.storage.store import Store
from medai_assets.storage.stored import Stored

__all__ = [
    "ERASED",
    "Draft",
    "Finish",
    "Finished",
    "Input",
    "Manifest",
    "Part",
    "Receipt",
    "RowsHash",
    "Store",
    "StoreError",
    "Stored",
    "TableInfo",
    "content_hash",
    "digest_of_files",
    "file_sha256",
    "text_digest",
]
