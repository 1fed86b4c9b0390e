"""What a collection has already received, kept on disk so that a killed run goes on instead of starting again.

What belongs here: finished replies and finished files by name, and when they still count. Each entry is written
beside its place and put there by one rename, so it is whole or absent. The journal of a slice is removed when the
slice is published, and its replies when they led to a failure to read: a later try asks the upstream again.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from filelock import FileLock, Timeout

from medai_assets.foundation.files import make_owned, write_whole
from medai_assets.transport.errors import CollectionFailed, Misread, UpstreamRefused, UpstreamUnavailable
from medai_assets.transport.reply import Download, Reply, headers

KEPT_HOURS = (
    24  # without a new entry; after that the upstream may have moved on too far to go on in the middle
)
CLOCK_SLACK = 3600  # seconds by which a clock may be put right
_IDENTITY = "identity.json"


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
        self._read: set[str] = set()  # names of the replies that this run handed out
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
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(exist_ok=True)
        write_whole(self.folder / _IDENTITY, self._identity)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None and self._was_misread(error):
                for name in self._read:
                    self.forget(name)
        finally:
            self._lock.release()

    def _was_misread(self, error: BaseException) -> bool:
        """Whether what was received led to the error, rather than what could not be had or was decided otherwise."""
        if error is self._not_had or not isinstance(error, Exception):
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
        self._read.add(name)
        kept = _decoded_reply(path)
        if kept is not None and self._is_young(kept.retrieved_at.timestamp()):
            self._count(name)
            return kept
        try:
            reply = fetch()
        except Exception as error:
            self._not_had = error
            raise
        self._own.add(name)
        write_whole(self.folder / path.name, _encoded_reply(reply))
        return reply

    def file(self, name: str, fetch: Callable[[Path], Download]) -> Path:
        """The file kept under ``name``, or the one that ``fetch`` writes to the path it is given."""
        path, facts = self._path(name, ""), self._path(name, ".facts")
        if path.exists() and facts.exists():
            self._count(name)
            return path
        arriving = path.with_name(f"{path.name}.arriving")
        try:
            download = fetch(arriving)
        except Exception as error:
            self._not_had = error
            raise
        self._own.add(name)
        write_whole(self.folder / facts.name, orjson.dumps(download))
        arriving.replace(path)
        return path

    def download(self, name: str) -> Download:
        """What is known of the file kept under ``name``; raises KeyError when there is none."""
        facts = self._path(name, ".facts")
        if not facts.exists():
            raise KeyError(f"the journal holds no file {name!r}")
        known = orjson.loads(facts.read_bytes())
        known["retrieved_at"] = datetime.fromisoformat(known["retrieved_at"])
        return Download(**known)

    def forget(self, name: str) -> None:
        """Drop one entry, so that it is asked for again (an expired history, a file that did not read)."""
        for suffix in (".reply", ".facts", ""):
            self._path(name, suffix).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove everything: the slice is published."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _count(self, name: str) -> None:
        """Count what an earlier run left, once each."""
        if name not in self._own:
            self._own.add(name)
            self.replayed += 1

    def _counts(self) -> bool:
        """Whether what lies here belongs to the same question and is young enough."""
        identity = self.folder / _IDENTITY
        if not identity.exists() or identity.read_bytes() != self._identity:
            return False
        entries = [path.stat().st_mtime for path in self.folder.iterdir() if path != identity]
        return self._is_young(max(entries, default=self._clock()))

    def _is_young(self, seconds: float) -> bool:
        """Whether something of that time still counts; of what is dated ahead nobody knows the age."""
        return -CLOCK_SLACK <= self._clock() - seconds < KEPT_HOURS * 3600

    def _path(self, name: str, suffix: str) -> Path:
        """A file name that is readable, safe and as unique as ``name``."""
        readable = re.sub(r"[^\w.-]+", "_", name)[:60].lstrip(".")
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        return (
            self.folder / f"{digest}-{readable.encode('ascii', 'replace').decode().replace('?', '_')}{suffix}"
        )


def _encoded_reply(reply: Reply) -> bytes:
    facts = {
        "source": reply.source,
        "status": reply.status,
        "headers": dict(reply.headers),
        "url": reply.url,
        "retrieved_at": reply.retrieved_at,
        "sha256": hashlib.sha256(reply.body).hexdigest(),
    }
    return orjson.dumps(facts) + b"\n" + reply.body


def _decoded_reply(path: Path) -> Reply | None:
    """The kept reply; None when there is none or it is damaged (it is then asked for again)."""
    if not path.exists():
        return None
    head, _, body = path.read_bytes().partition(b"\n")
    try:
        facts = orjson.loads(head)
    except orjson.JSONDecodeError:
        return None
    if facts.pop("sha256") != hashlib.sha256(body).hexdigest():
        return None
    facts["retrieved_at"] = datetime.fromisoformat(facts["retrieved_at"])
    facts["headers"] = headers(facts["headers"])
    return Reply(body=body, **facts)
