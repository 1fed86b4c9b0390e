"""The record files the sandbox serves: found, read and parsed once per change on disk.

A user may edit a record while a sandbox runs; the next request sees the edit.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from medai_assets.storage.hashing import file_sha256

NOTE = ".copied.json"  # beside the records: digest of each file as it was copied from the package


class RecordFiles:
    """Files below one folder.

    Args:
        root: the folder; it may be absent, then it holds nothing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, pattern: str) -> list[Path]:
        """Files that match a glob pattern, in a stable order."""
        return sorted(path for path in self.root.glob(pattern) if path.is_file())

    def json(self, path: Path) -> Any:
        """The parsed content of one file; callers must not change it."""
        status = path.stat()
        return _parse(path, status.st_mtime_ns, status.st_size)

    def edited_at(self, path: Path) -> str | None:
        """When a person changed a copied file, ISO 8601 in UTC; None for a file that is as it was copied.

        A publisher's system dates every edit by itself; here the person edits a file and need not think of its dates.
        """
        note = self.root.parent / NOTE
        copied = self.json(note).get(path.relative_to(note.parent).as_posix()) if note.exists() else None
        status = path.stat()
        if copied is None or _digest(path, status.st_mtime_ns, status.st_size) == copied:
            return None
        return datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="microseconds")

    def newest_change(self, pattern: str) -> float:
        """When the newest matching file was changed, in seconds since the epoch; 0.0 when none matches."""
        return max((path.stat().st_mtime for path in self.find(pattern)), default=0.0)


@lru_cache(maxsize=4096)
def _parse(path: Path, modified_ns: int, size: int) -> Any:
    return parsed(path)


class RecordUnreadable(ValueError):
    """A record file that a person edited is no JSON any more; the message names file and line."""


def parsed(path: Path) -> Any:
    """A file's JSON.

    Raises:
        RecordUnreadable: it is none.
    """
    data = path.read_bytes()
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise RecordUnreadable(
            f"{path} line {error.lineno} is not valid JSON ({error.msg}); correct it there"
        ) from None


@lru_cache(maxsize=4096)
def _digest(path: Path, modified_ns: int, size: int) -> str:
    return file_sha256(path)
