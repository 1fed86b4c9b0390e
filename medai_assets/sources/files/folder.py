"""A folder or an object-store prefix: which files are meant, what they hold now, and reading each one whole.

What belongs here: listing below one root and never beyond it, digests for the plan, and a copy of a file that is the same at
its end as at its beginning. What does not: what stands in a file (``rows.py``, ``documents.py``).
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem
from fsspec.utils import glob_translate

from medai_assets.foundation.extras import require
from medai_assets.foundation.file_hashes import file_digest
from medai_assets.foundation.plain_text import storable
from medai_assets.foundation.slices import Slice
from medai_assets.settings import Settings
from medai_assets.sources.files.catalogue import FileSet, folder_of
from medai_assets.transport.errors import CollectionFailed

_PIECE = 1 << 20
_LINKED = "a linked folder, which is not entered; give it a set of its own, whose folder is its real place"
_UNNAMED = "its name is not UTF-8; rename it"
_MARKS = (
    "ETag",
    "etag",
    "md5",
    "md5Hash",
    "content_md5",
    "LastModified",
    "last_modified",
    "mtime",
    "updated",
    "created",
)


class FolderUnreachable(OSError):
    """The folder is not there, or its object store cannot be asked; says what to look at."""


class TooLarge(ValueError):
    """The file has more bytes than its reader takes."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a pattern matches; ``problem`` says why it is not read, None when it is."""

    name: str  # below the folder, with /
    path: str  # as its file system takes it
    problem: str | None = None


class Folder:
    """Files below one root.

    Args:
        address: a local folder, or a fsspec URL.

    Raises:
        FolderUnreachable: its file system needs a package that is not installed, or is set up wrongly.
    """

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        try:
            if address.startswith("s3://"):
                require("s3", "reading it")
            self._files, root = url_to_fs(address)
        except Exception as error:
            raise FolderUnreachable(f"{address} cannot be opened: {error}") from error
        self._root = root.rstrip("/")
        self.is_local = isinstance(self._files, LocalFileSystem)

    def find(self, patterns: tuple[str, ...]) -> list[Found]:
        """Files that match one of the patterns, by name; hidden files and what an office program keeps open are left out.

        Raises:
            FolderUnreachable: the folder is not there or cannot be listed.
        """
        matches = re.compile("|".join(glob_translate(pattern) for pattern in patterns), re.IGNORECASE).match
        enters = any("/" in pattern for pattern in patterns)  # folders below the root
        try:
            found = self._local() if self.is_local else self._remote()
            wanted = [one for one in found if (enters if one.name.endswith("/") else matches(one.name))]
            return sorted(map(self._judged, wanted), key=lambda one: one.name)
        except FolderUnreachable:
            raise
        except Exception as error:  # each object store has errors of its own
            raise FolderUnreachable(f"{self.address} cannot be listed: {error}") from error

    def _judged(self, found: Found) -> Found:
        """With what keeps a local file from being read; looked at only where a pattern matches."""
        if found.problem or not self.is_local:
            return found
        return replace(found, problem=_problem(Path(found.path), Path(self._root)))

    def _local(self) -> Iterator[Found]:
        root = Path(self._root)
        if not root.is_dir():
            raise FolderUnreachable(
                f"there is no folder {root}; is its disk mounted, and is its name in files.yaml right?"
            )
        for folder, below, names in os.walk(root, onerror=_raise):
            below[:] = sorted(name for name in below if not name.startswith("."))
            for path in (Path(folder, name) for name in below):
                if path.is_symlink():
                    yield Found(f"{storable(path.relative_to(root).as_posix())}/", str(path), _LINKED)
            for name in sorted(names):
                path = Path(folder, name)
                if not name.startswith((".", "~$")):
                    called = path.relative_to(root).as_posix()
                    yield Found(storable(called), str(path), None if storable(called) == called else _UNNAMED)

    def _remote(self) -> Iterator[Found]:
        if not self._files.isdir(self._root):
            raise FolderUnreachable(
                f"there is nothing below {self.address}; is its name in files.yaml right?"
            )
        for path in self._files.find(self._root):
            name = path.removeprefix(self._root).lstrip("/")
            if ".." in name.split("/"):
                yield Found(name, path, "its name leads out of the folder")
            elif not any(part.startswith((".", "~$")) for part in name.split("/")):
                yield Found(name, path)

    def mark(self, found: Found) -> str:
        """Another text whenever the content may be another: a digest of a local file, what the store says of a remote one.

        Raises:
            FolderUnreachable: the store cannot be asked.
        """
        if self.is_local:
            return file_digest(found.path) or "cannot be read"
        return self._state(found)

    def _state(self, found: Found) -> str:
        if self.is_local:
            status = os.stat(found.path)
            return f"{status.st_ino} {status.st_size} {status.st_mtime_ns}"
        try:
            self._files.invalidate_cache()
            facts: dict[str, Any] = self._files.info(found.path)
        except Exception as error:
            raise FolderUnreachable(f"{self.address}/{found.name} cannot be inspected: {error}") from error
        return " ".join(str(facts.get(name)) for name in ("size", *_MARKS) if facts.get(name) is not None)

    def copy(self, found: Found, to: Path, largest: int | None = None) -> str:
        """Copy a file and return the SHA-256 of its content.

        Args:
            largest: bytes it may have; default: any number.

        Raises:
            TooLarge: it has more; nothing is copied.
            CollectionFailed: it cannot be read, or changed meanwhile.
        """
        try:
            if largest is not None and self._files.size(found.path) > largest:
                raise TooLarge(f"more than {largest:,} bytes; divide it")
            before, digest = self._state(found), self._copied(found, to)
            after = self._state(found)
        except TooLarge:
            raise
        except Exception as error:
            raise CollectionFailed(
                f"files: {self.address}/{found.name} cannot be read ({error}); make it readable, or take it "
                "out of the folder, and run it again"
            ) from error
        if before != after:
            raise CollectionFailed(
                f"files: {self.address}/{found.name} changed while it was read; run it again when nothing writes to it. Write "
                "new content beside it and move it there, and this cannot happen"
            )
        return digest

    def _copied(self, found: Found, to: Path) -> str:
        digest = hashlib.sha256()
        with self._files.open(found.path, "rb") as source, to.open("wb") as target:
            while piece := source.read(_PIECE):
                digest.update(piece)
                target.write(piece)
        return digest.hexdigest()


def parts(slice: Slice, settings: Settings) -> Iterator[str]:
    """A text for each file of a slice, which changes with its content: what makes exactly this slice stale.

    Raises:
        FolderUnreachable: the folder cannot be listed.
    """
    one = FileSet.of(slice.query)
    folder = Folder(folder_of(settings, one))
    for found in folder.find(one.files):
        yield f"{found.name} {found.problem or folder.mark(found)}"


def _problem(path: Path, root: Path) -> str | None:
    """Why a path is not read: a link that leads out or nowhere, or something that is no file, as a pipe."""
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(root.resolve()):
            return "a link that leads out of the folder; put the file itself there"
        return None if stat.S_ISREG(real.stat().st_mode) else "no plain file"
    except (OSError, RuntimeError):
        return "a link that leads nowhere"


def _raise(error: OSError) -> None:
    raise error
