"""The record files the sandbox serves, and what every upstream's handler has in common.

A user may edit a record while a sandbox runs; the next request sees the edit. Files are read, parsed and hashed once per change
on disk: what a slice would receive is asked for whenever staleness is looked at.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, ClassVar

import orjson
from starlette.routing import Route

from medai_assets.foundation.slices import Slice
from medai_assets.sources.registry import SOURCES
from medai_assets.sources.source import Endpoint
from medai_assets.storage.hashing import file_sha256, text_digest

PACKAGED = Path(__file__).parent / "records"
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

    def digest(self, path: Path) -> str:
        """SHA-256 of one file in hexadecimal."""
        status = path.stat()
        return _digest(path, status.st_mtime_ns, status.st_size)

    def digests(self, pattern: str) -> Iterator[str]:
        """Name and digest of each file that matches a glob pattern."""
        return (
            f"{path.relative_to(self.root).as_posix()} {self.digest(path)}" for path in self.find(pattern)
        )

    def edited_at(self, path: Path) -> str | None:
        """When a person changed a copied file, ISO 8601 in UTC; None for a file that is as it was copied.

        A publisher's system dates every edit by itself; here the person edits a file and need not think of its dates.
        """
        note = self.root.parent / NOTE
        copied = self.json(note).get(path.relative_to(note.parent).as_posix()) if note.exists() else None
        if copied is None or self.digest(path) == copied:
            return None
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="microseconds")

    def newest_change(self, pattern: str) -> datetime:
        """When the newest matching file was changed, in UTC as collections note theirs; 1970 when none matches."""
        newest = max((path.stat().st_mtime for path in self.find(pattern)), default=0.0)
        return datetime.fromtimestamp(newest, UTC)


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


class Handler(ABC):
    """What answers as one upstream, out of the record files of one source.

    Args:
        records: folder with a folder a source; for an upstream whose records are in the kit, the kit's folder.
    """

    folder: ClassVar[str]  # of its records

    def __init__(self, records: Path) -> None:
        self.files = RecordFiles(records / self.folder)

    @abstractmethod
    def routes(self) -> list[Route]:
        """What is answered, by path below the upstream's prefix."""

    @abstractmethod
    def received(self, query: Mapping[str, str]) -> Iterator[str]:
        """Digests of exactly the records that a slice with this query would receive."""


def handler_of(endpoint: Endpoint, records: Path, kit: Path | None) -> Handler:
    """What answers at an endpoint, over the records or over the kit."""
    found: Handler = resolve_name(endpoint.handler)(kit if endpoint.from_kit else records)
    return found


def fingerprint(slice: Slice, records: Path, kit: Path) -> str:
    """A digest that changes exactly when what the sandbox would send for this slice changes.

    Args:
        records: what the sandbox serves (``Settings.records_served``).
        kit: folder of the wheel with the two NLM files.
    """
    handler = handler_of(SOURCES[slice.source].endpoints[0], records, kit)
    return text_digest(slice.source, *sorted(handler.received(slice.query)))
