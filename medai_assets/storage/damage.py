"""Damaged tables told as what they are: a read that fails is held against the manifests.

Files are hashed only then, so a read that succeeds costs nothing more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa

from medai_assets.storage.errors import StoreError, damaged_version, label

if TYPE_CHECKING:
    from medai_assets.storage.stored import Stored


@contextmanager
def damage_named(versions: Sequence[Stored], table: str) -> Iterator[None]:
    """A block that reads ``table`` of the versions.

    Raises:
        StoreError: the read failed and a file is not as it was written; names the file and what to do. An error with
            another cause goes through as it is.
    """
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        for version in versions:
            found = _damaged(version, table)
            if found is not None:
                raise found from error
        raise


def _damaged(stored: Stored, table: str) -> StoreError | None:
    """The error for the first file of the table that differs from what the manifests say, None when none does."""
    info = stored.manifest.tables.get(table)
    if info is not None:
        path = f"{stored.directory}/{table}.parquet"
        try:
            with stored.store.filesystem.open(path, "rb") as file:
                whole = hashlib.file_digest(file, "sha256").hexdigest() == info.sha256
        except OSError:  # gone, or the disk cannot read it
            whole = False
        if not whole:
            return damaged_version(path, stored.directory, label(stored.asset, stored.partition))
    found = (_damaged(part, table) for part in stored.parts)
    return next((error for error in found if error is not None), None)
