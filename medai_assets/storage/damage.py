"""Damaged files told as what they are, by the hashes of the manifests.

A table is held against them when a read fails, so a read that succeeds costs nothing more; a version that another
process is to read is held against them before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from medai_assets.storage.errors import StoreError, damaged_version

if TYPE_CHECKING:
    from medai_assets.storage.stored import Stored


@contextmanager
def damage_named(versions: Sequence[Stored], table: str) -> Iterator[None]:
    """A block that reads ``table`` of the versions.

    Raises:
        StoreError: the read failed and a file is not as it was written; names the file and what to do. An error with
            another cause goes through as it is.
    """
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        for version in versions:
            found = _damaged(version, table)
            if found is not None:
                raise found from error
        raise


def whole_path(stored: Stored) -> Path:
    """Local directory of a version for a process that reads its files by itself, once all are as they were written.

    Raises:
        StoreError: one is not; names it and what to do.
    """
    known = {f"{name}.parquet": info.sha256 for name, info in stored.manifest.tables.items()}
    known |= {name: info.sha256 for name, info in stored.manifest.files.items()}
    for name, sha256 in known.items():
        if not _is_whole(stored, name, sha256):
            raise _error(stored, name)
    return stored.local_path()


def _damaged(stored: Stored, table: str) -> StoreError | None:
    """The error for the first file of the table that differs from what the manifests say, None when none does."""
    info, name = stored.manifest.tables.get(table), f"{table}.parquet"
    if info is not None and not _is_whole(stored, name, info.sha256):
        return _error(stored, name)
    found = (_damaged(part, table) for part in stored.parts)
    return next((error for error in found if error is not None), None)


def _is_whole(stored: Stored, name: str, sha256: str) -> bool:
    try:
        with stored.store.filesystem.open(f"{stored.directory}/{name}", "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:  # gone, or the disk cannot read it
        return False


def _error(stored: Stored, name: str) -> StoreError:
    return damaged_version(f"{stored.directory}/{name}", stored.directory, stored.maker)
