"""A folder or an object-store prefix: which files are meant, what they hold now, and reading each one whole.

What belongs here: listing below one root and never beyond it, digests for the plan, and a copy of a file that is the same at
its end as at its beginning. What does not: what stands in a file (``rows.py``, ``documents.py``).
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from fsspec.asyn import AsyncFileSystem, sync
from fsspec.callbacks import Callback
from fsspec.config import conf
from fsspec.core import url_to_fs
from fsspec.exceptions import FSTimeoutError
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
MOST_FILES = 250_000  # below one prefix of an object store
LARGEST_REMOTE = 8 << 30  # bytes of one file of an object store, as of the hub's
ANSWERED_WITHIN = 300.0  # seconds for a question to an object store, with all its pages and further attempts
COPIED_WITHIN = 3_600.0  # seconds for one file of it
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
            self._is_s3 = address.startswith(("s3://", "s3a://"))
            self._files, root = url_to_fs(address, **(_bounded_s3() if self._is_s3 else {}))
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
        paths: list[str] = []
        with suppress(FileNotFoundError):
            paths = self._listed() if self._is_s3 else self._asked("find", self._root)
        if not paths and not self._asked("isdir", self._root):
            raise FolderUnreachable(
                f"there is nothing below {self.address}; is its name in files.yaml right?"
            )
        if len(paths) > MOST_FILES:
            raise FolderUnreachable(
                f"there are more than {MOST_FILES:,} files below {self.address}; name a part of it in each of some sets"
            )
        for path in paths:
            name = path.removeprefix(self._root).lstrip("/")
            if ".." in name.split("/"):
                yield Found(name, path, "its name leads out of the folder")
            elif not any(part.startswith((".", "~$")) for part in name.split("/")):
                yield Found(name, path)

    def _listed(self) -> list[str]:
        """The keys below a prefix of S3 with their bucket, one more than ``MOST_FILES`` at most, whatever its pages hold."""

        async def taken() -> list[str]:
            names = list[str]()
            bucket, prefix, _ = self._files.split_path(f"{self._root}/")
            async for one in self._files._iterdir(bucket, delimiter="", prefix=prefix):
                names.append(one["name"])
                if len(names) > MOST_FILES:
                    break
            return names

        names: list[str] = self._in_time(taken, ANSWERED_WITHIN)
        return names

    def _asked(self, question: str, *given: Any, within: float | None = None, **named: Any) -> Any:
        """What the file system answers, in time where it is another machine's.

        Raises:
            TimeoutError: it sent no whole answer ``within`` so many seconds.
        """
        if not isinstance(self._files, AsyncFileSystem):
            return getattr(self._files, question)(*given, **named)
        asked = partial(getattr(self._files, f"_{question}"), *given, **named)
        return self._in_time(asked, ANSWERED_WITHIN if within is None else within)

    def _in_time(self, asked: Callable[[], Awaitable[Any]], seconds: float) -> Any:
        try:
            return sync(self._files.loop, asked, timeout=seconds)
        except FSTimeoutError:
            raise TimeoutError(f"no whole answer came within {seconds:,.0f} s") from None

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
            facts: dict[str, Any] = self._asked("info", found.path)
        except Exception as error:
            raise FolderUnreachable(f"{self.address}/{found.name} cannot be inspected: {error}") from error
        return " ".join(str(facts.get(name)) for name in ("size", *_MARKS) if facts.get(name) is not None)

    def copy(self, found: Found, to: Path, largest: int | None = None) -> str:
        """Copy a file and return the SHA-256 of its content.

        Args:
            largest: bytes it may have; default: any number of a local file, ``LARGEST_REMOTE`` of another.

        Raises:
            TooLarge: it has more; nothing is copied.
            CollectionFailed: it cannot be read, or changed meanwhile.
        """
        largest = LARGEST_REMOTE if largest is None and not self.is_local else largest
        try:
            before, size = self._state(found), self._asked("size", found.path)
            if largest is not None and (size is None or size > largest):
                raise TooLarge(f"more than {largest:,} bytes; divide it")
            is_same = self._is_copied(found, to, size) and self._state(found) == before
            with to.open("rb") as copied:
                digest = hashlib.file_digest(copied, "sha256").hexdigest()
        except TooLarge:
            raise
        except Exception as error:
            raise CollectionFailed(
                f"files: {self.address}/{found.name} cannot be read ({error}); make it readable, or take it "
                "out of the folder, and run it again"
            ) from error
        if not is_same:
            raise CollectionFailed(
                f"files: {self.address}/{found.name} changed while it was read; run it again when nothing writes to it. Write "
                "new content beside it and move it there, and this cannot happen"
            )
        return digest

    def _is_copied(self, found: Found, to: Path, size: int) -> bool:
        """Whether the file has come, and no more than was stated of it: what goes on beyond its end is not read on."""
        bound = _AtMost(size)
        with suppress(_More):
            if not self.is_local:  # in pieces that are counted, which several at a time are not
                asked = partial(self._asked, "get_file", found.path, str(to), within=COPIED_WITHIN)
                asked(callback=bound, max_concurrency=1)
                return True
            with open(found.path, "rb") as source, to.open("wb") as target:
                while piece := source.read(_PIECE):
                    bound.relative_update(target.write(piece))
            return True
        return False


class _More(Exception):
    """More bytes came than were stated."""


class _AtMost(Callback):  # type: ignore[misc]
    """Told of each piece that was copied, it stops at one too many."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left = most

    def relative_update(self, inc: int = 1) -> None:
        self._left -= inc
        if self._left < 0:
            raise _More


def parts(slice: Slice, settings: Settings) -> Iterator[str]:
    """A text for each file of a slice, which changes with its content: what makes exactly this slice stale.

    Raises:
        FolderUnreachable: the folder cannot be listed.
    """
    one = FileSet.of(slice.query)
    folder = Folder(folder_of(settings, one))
    for found in folder.find(one.files):
        yield f"{found.name} {found.problem or folder.mark(found)}"


def _bounded_s3() -> dict[str, Any]:
    """What S3's file system is made with, beside what the user's own configuration of fsspec says."""
    require("s3", "reading it")
    from medai_assets.sources.files.s3_replies import BoundedSession

    own = conf.get("s3", {}).get("config_kwargs", {})
    return {"config_kwargs": {**own, "http_session_cls": BoundedSession}}


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
