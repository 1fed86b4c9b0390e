"""A remote store as it is at one moment, so that a plan costs a listing and not several requests a partition.

The listing tells every name with its tag. Small files that were read before lie together in one object, ``.index``, each with
the tag that it had: where the listing shows the same tag, the file is not asked for. Who makes a receipt current notes it in one
of a few objects beside it; the next look takes them in, puts the index anew and removes them. Of two who note at one moment one
may be lost, and its file is asked for; nothing is decided by a copy that the listing does not confirm.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from medai_assets.storage.current import is_s3
from medai_assets.storage.errors import StoreError

if TYPE_CHECKING:
    from medai_assets.storage.store import Store

INDEX = ".index"
NOTES = (
    8  # objects of notes: each publication reads and puts an eighth of what was published since the last look
)
_SUM = hashlib.sha256().digest_size  # bytes of the checksum that comes before the rest
_active = threading.local()
Copies = dict[str, tuple[str, bytes]]  # path to the tag that the file had, and its content


class Snapshot:
    """Names, tags and small files of one store."""

    def __init__(self, store: Store) -> None:
        self._store, self._path = store, f"{store.root}/{INDEX}"
        store.filesystem.invalidate_cache()
        found = store.filesystem.find(store.root, detail=True)
        self._tags: dict[str, str] = {path: entry["ETag"] for path, entry in found.items()}
        self._known = _copies(store, self._path) if self._path in self._tags else {}
        self._noted: set[str] = set()  # objects of notes that were taken in
        self._changed = False

    def holds(self, path: str) -> bool:
        """Whether there is a file of that name."""
        return path in self._tags

    def read(self, path: str) -> bytes | None:
        """A small file; None where there is none."""
        tag = self._tags.get(path)
        if tag is None:
            return None
        if not self._knows(path, tag):
            self._take_in(_notes_of(self._store, path))
        if not self._knows(path, tag):
            try:
                self._known[path] = tag, self._store.filesystem.cat_small(path)
            except FileNotFoundError:  # gone since
                return None
            self._changed = True
        return self._known[path][1]

    def _knows(self, path: str, tag: str) -> bool:
        return path in self._known and self._known[path][0] == tag

    def _take_in(self, notes: str) -> None:
        if notes in self._tags and notes not in self._noted:
            self._noted.add(notes)
            found = _copies(self._store, notes)
            self._known |= {path: of for path, of in found.items() if self._tags.get(path) == of[0]}
            self._changed = True

    def names_in(self, folder: str) -> list[str]:
        """Names in a folder; hidden ones are left out."""
        place = f"{folder}/"
        names = {path[len(place) :].partition("/")[0] for path in self._tags if path.startswith(place)}
        return sorted(name for name in names if not name.startswith("."))

    def keep(self) -> None:
        """Put what is new into the object; who may only read the store goes without."""
        if self._changed:
            kept = {path: of for path, of in self._known.items() if self._tags.get(path) == of[0]}
            with suppress(StoreError, FileNotFoundError):  # another look has removed them
                self._store.put_file(self._path, _packed(kept))
                if self._noted:
                    self._store.filesystem.rm(sorted(self._noted))


def note(store: Store, path: str, data: bytes) -> None:
    """Spare the next look a request for a small file that was just put; only in S3, and no duty of the writer's."""
    if is_s3(store):
        place = _notes_of(store, path)
        with suppress(StoreError):
            # The tag of what is put at once is its MD5, unless the bucket encrypts by keys of its own: then it is asked for.
            tag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
            store.put_file(place, _packed(_copies(store, place) | {path: (tag, data)}))


def _notes_of(store: Store, path: str) -> str:
    return f"{store.root}/{INDEX}-{zlib.crc32(path.encode()) % NOTES}"


def _packed(copies: Copies) -> bytes:
    data = msgspec.msgpack.encode(copies)
    return hashlib.sha256(data).digest() + data


def _copies(store: Store, path: str) -> Copies:
    """What an object holds; nothing where it is gone or damaged."""
    with suppress(FileNotFoundError, msgspec.DecodeError):
        data = store.filesystem.cat_small(path)
        if hashlib.sha256(data[_SUM:]).digest() == data[:_SUM]:
            return msgspec.msgpack.decode(data[_SUM:], type=Copies)
    return {}


@contextmanager
def consistent_view(store: Store) -> Iterator[None]:
    """Within the block this thread sees the store as it was at its beginning; only for looking, and only in S3."""
    if not is_s3(store) or snapshot_of(store) is not None:
        yield
        return
    snapshot = Snapshot(store)
    _active.of = {store.url: snapshot}
    try:
        yield
    finally:
        _active.of = {}
    snapshot.keep()


def snapshot_of(store: Store) -> Snapshot | None:
    """What this thread sees the store as; None for the store itself."""
    found: Snapshot | None = getattr(_active, "of", {}).get(store.url)
    return found
