"""What a collection has already received, kept on disk so that a killed run goes on instead of starting again.

What belongs here: finished replies and finished files by name, and when they still count. Each entry is written
beside its place and put there by one rename, with its place, the question and a hash over all of it: what is damaged, was
received for another slice or question, or lies under another's name, is asked for again. The journal of a slice is removed
when the slice is published, and what was read of it when that led to a failure to read: a later try asks the upstream again.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import orjson
from filelock import FileLock, Timeout

from medai_assets.foundation.files import make_owned, read_hashed, write_hashed, write_whole
from medai_assets.transport.errors import (
    CollectionFailed,
    Misread,
    ReplyInvalid,
    UpstreamRefused,
    UpstreamUnavailable,
)
from medai_assets.transport.reply import Download, Reply, headers

# Without a new entry; after that the upstream may have moved on too far to go on in the middle.
KEPT_HOURS = 24
CLOCK_SLACK = 3600  # seconds by which a clock may be put right
_IDENTITY = "identity.json"
Held = TypeVar("Held", Reply, Download)


class Journal:
    """The finished requests of one slice; use as a context manager, which keeps other processes out.

    Args:
        folder: of this slice alone.
        identity: what the entries depend on (query, code version, limit); when it changed they are ignored.
        clock: seconds since the epoch.
        wait: seconds for another process to let go of the same journal.
        from_scratch: whether what earlier runs left is removed first.
    """

    def __init__(
        self,
        folder: Path,
        identity: Mapping[str, Any],
        clock: Callable[[], float] = time.time,
        wait: float = 0,
        from_scratch: bool = False,
    ) -> None:
        self.folder = folder
        self.replayed = 0  # requests of an earlier run that this one did not have to repeat
        self._own: set[str] = set()  # what this run fetched itself
        # What this run handed out: the address by name, "" of what is no file.
        self._read: dict[str, str] = {}
        self._shared: list[Journal] = []
        self._family: list[Journal] = [self]  # those of one slice
        self._not_had: BaseException | None = None  # what the last fetch raised
        self._identity = orjson.dumps(dict(identity), option=orjson.OPT_SORT_KEYS)
        self._clock = clock
        self._from_scratch = from_scratch
        self._lock = FileLock(folder.with_name(f"{folder.name}.lock"), timeout=wait)

    def __enter__(self) -> Self:
        """Raises CollectionFailed when another process collects the same slice."""
        make_owned(self.folder.parent)
        try:
            self._lock.acquire()
        except Timeout:
            raise CollectionFailed(
                f"another process is collecting {self.folder.name}; wait for it to end"
            ) from None
        if self._from_scratch or not self._counts():
            remove(self.folder)
        self.folder.mkdir(exist_ok=True)
        write_whole(self.folder / _IDENTITY, self._identity)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None and self._was_misread(error):
                guilty = getattr(error, "url", "")
                if not any(guilty and guilty in one._read.values() for one in self._family):
                    guilty = None
                self._forget_read(guilty)
                for shared in self._shared:
                    with (
                        suppress(Timeout),
                        shared._lock.acquire(timeout=0),
                    ):  # else who holds it meets the same
                        shared._forget_read(guilty)
        finally:
            self._lock.release()

    def _forget_read(self, guilty: str | None) -> None:
        """Drop what this run read; of files, which are large, only the one at an address, where the error names one."""
        for name, address in self._read.items():
            if guilty is None or address in ("", guilty):
                self.forget(name)

    def shared(self, folder: Path, identity: Mapping[str, Any], wait: float) -> Journal:
        """A journal that several slices read, for as long as this one is open; what this slice misreads of it is forgotten too."""
        found = Journal(folder, identity, self._clock, wait, self._from_scratch)
        self._shared.append(found)
        found._family = self._family
        self._family.append(found)
        return found

    def _was_misread(self, error: BaseException) -> bool:
        """Whether what was received led to the error, rather than what could not be had or was decided otherwise."""
        if any(error is journal._not_had for journal in self._family) or not isinstance(error, Exception):
            return False
        if isinstance(error, UpstreamRefused):
            return error.status is None
        return not isinstance(error, UpstreamUnavailable | OSError) and (
            not isinstance(error, CollectionFailed) or isinstance(error, Misread)
        )

    def reply(self, name: str, fetch: Callable[[], Reply]) -> Reply:
        """The reply kept under ``name``, or the one that ``fetch`` brings, which is then kept.

        Names are the collector's: they say which request of the walk this is, e.g. ``page-12``.
        """
        path = self._path(name, ".reply")
        self._read[name] = ""
        held = self._opened(path, _as_reply)
        if held is not None and self._is_young(held):
            self._count(name)
            return held
        try:
            reply = fetch()
        except Exception as error:
            self._not_had = error
            raise
        self._own.add(name)
        facts = {"source": reply.source, "status": reply.status, "headers": dict(reply.headers)}
        facts |= {"url": reply.url, "retrieved_at": reply.retrieved_at}
        self._keep(path, facts, reply.body)
        return reply

    def file(self, name: str, fetch: Callable[[Path], Download]) -> Path:
        """The file kept under ``name``, or the one that ``fetch`` writes to the path it is given."""
        path, facts = self._path(name, ""), self._path(name, ".facts")
        if (held := self._held(name, path)) is not None:
            self._read[name] = held
            self._count(name)
            return path
        arriving = path.with_name(f"{path.name}.arriving")
        for left in (arriving, arriving.with_name(f"{arriving.name}.part")):
            remove(left)
        try:
            download = fetch(arriving)
        except ReplyInvalid as error:  # or what was kept of the size and digest that it should have is wrong
            self._read[name] = error.url
            raise
        except Exception as error:
            self._not_had = error
            raise
        self._own.add(name)
        self._read[name] = download.url
        self._keep(facts, asdict(download))
        remove(path)
        arriving.replace(path)
        return path

    def download(self, name: str) -> Download:
        """What is known of the file kept under ``name``; raises KeyError when there is none."""
        held = self._opened(self._path(name, ".facts"), _as_download)
        if held is None:
            raise KeyError(f"the journal holds no file {name!r}")
        return held

    def forget(self, name: str) -> None:
        """Drop one entry, so that it is asked for again (an expired history, a file that did not read)."""
        for suffix in (".reply", ".facts", ""):
            remove(self._path(name, suffix))

    def clear(self) -> None:
        """Remove everything: the slice is published."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _held(self, name: str, path: Path) -> str | None:
        """The address of a file that is here as it came, else None; it is hashed once in each run."""
        held = self._opened(self._path(name, ".facts"), _as_download)
        if held is None or not path.is_file() or not self._is_young(held):
            return None
        if name not in self._own:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "md5").hexdigest() != held.md5:
                    return None
        return held.url

    def _count(self, name: str) -> None:
        """Count what an earlier run left, once each."""
        if name not in self._own:
            self._own.add(name)
            self.replayed += 1

    def _counts(self) -> bool:
        """Whether what lies here belongs to the same question and is young enough."""
        identity = self.folder / _IDENTITY
        if self.folder.is_symlink() or not identity.is_file() or identity.read_bytes() != self._identity:
            return False
        entries = [path.lstat().st_mtime for path in self.folder.iterdir() if path != identity]
        return self._counts_still(max(entries, default=self._clock()))

    def _is_young(self, held: Reply | Download) -> bool:
        return self._counts_still(held.retrieved_at.timestamp())

    def _counts_still(self, seconds: float) -> bool:
        """Whether something of that time still counts; of what is dated ahead nobody knows the age."""
        return -CLOCK_SLACK <= self._clock() - seconds < KEPT_HOURS * 3600

    def _path(self, name: str, suffix: str) -> Path:
        """A file name that is readable, safe and as unique as ``name``."""
        readable = re.sub(r"[^\w.-]+", "_", name)[:60].lstrip(".")
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        return (
            self.folder / f"{digest}-{readable.encode('ascii', 'replace').decode().replace('?', '_')}{suffix}"
        )

    def _place(self, path: Path) -> str:
        """Where an entry belongs: its slice's asset and key, its own name and the question."""
        question = hashlib.sha256(self._identity).hexdigest()[:16]
        return "/".join((*path.parts[-3:], question))

    def _keep(self, path: Path, facts: Mapping[str, Any], body: bytes = b"") -> None:
        held = orjson.dumps({"place": self._place(path), **facts}) + b"\n" + body
        if not path.is_file():
            remove(path)
        write_hashed(path, held)

    def _opened(self, path: Path, made: Callable[[dict[str, Any], bytes], Held]) -> Held | None:
        """An entry; None when there is none, when it is damaged or a link, and when it was written for another place."""
        if path.is_symlink() or not path.is_file() or (held := read_hashed(path)) is None:
            return None
        head, _, body = held.partition(b"\n")
        try:
            facts = orjson.loads(head)
            if facts.pop("place") != self._place(path) or not isinstance(facts["url"], str):
                return None
            came = datetime.fromisoformat(facts["retrieved_at"])
            return made(facts | {"retrieved_at": came}, body) if came.tzinfo else None
        except (ValueError, TypeError, LookupError, AttributeError):  # of a form that is kept no more
            return None


def _as_reply(facts: dict[str, Any], body: bytes) -> Reply:
    return Reply(**(facts | {"headers": headers(facts["headers"])}), body=body)


def _as_download(facts: dict[str, Any], _: bytes) -> Download:
    return Download(**facts)


def remove(path: Path) -> None:
    """Remove what stands at a place, if anything: a file, a folder, or a link and not what it leads to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
