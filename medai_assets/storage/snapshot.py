"""A remote store as it is at one moment, so that a plan costs a listing and not several requests a partition.

The listing tells every name with its tag. Small files that were read before lie together in one object, ``.index``, each with
the tag that it had: where the listing shows the same tag, the file is not asked for. Whoever had to ask puts the object anew,
so that after a run the next look finds all of it; nothing is decided by it that the listing does not confirm.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from medai_assets.storage.errors import StoreError

if TYPE_CHECKING:
    from medai_assets.storage.store import Store

INDEX = ".index"
_SUM = hashlib.sha256().digest_size  # bytes of the checksum that comes before the rest
_active = threading.local()


class Snapshot:
    """Names, tags and small files of one store."""

    def __init__(self, store: Store) -> None:
        self._store, self._path = store, f"{store.root}/{INDEX}"
        store.filesystem.invalidate_cache()
        found = store.filesystem.find(store.root, detail=True)
        self._tags: dict[str, str] = {path: entry["ETag"] for path, entry in found.items()}
        self._known: dict[str, tuple[str, bytes]] = {}
        if self._path in self._tags:
            with suppress(FileNotFoundError, msgspec.DecodeError):  # it is only a copy
                data = store.filesystem.cat_file(self._path)
                if hashlib.sha256(data[_SUM:]).digest() == data[:_SUM]:  # a damaged one is no copy
                    self._known = msgspec.msgpack.decode(data[_SUM:], type=dict[str, tuple[str, bytes]])
        self._asked = False

    def holds(self, path: str) -> bool:
        """Whether there is a file of that name."""
        return path in self._tags

    def read(self, path: str) -> bytes | None:
        """A small file; None where there is none."""
        tag = self._tags.get(path)
        if tag is None:
            return None
        known = self._known.get(path)
        if known is None or known[0] != tag:
            try:
                known = self._known[path] = tag, self._store.filesystem.cat_file(path)
            except FileNotFoundError:  # gone since
                return None
            self._asked = True
        return known[1]

    def names_in(self, folder: str) -> list[str]:
        """Names in a folder; hidden ones are left out."""
        place = f"{folder}/"
        names = {path[len(place) :].partition("/")[0] for path in self._tags if path.startswith(place)}
        return sorted(name for name in names if not name.startswith("."))

    def keep(self) -> None:
        """Put what had to be asked for into the object; who may only read the store goes without."""
        if self._asked:
            kept = {path: of for path, of in self._known.items() if self._tags.get(path) == of[0]}
            with suppress(StoreError):
                data = msgspec.msgpack.encode(kept)
                self._store.put_file(self._path, hashlib.sha256(data).digest() + data)


@contextmanager
def consistent_view(store: Store) -> Iterator[None]:
    """Within the block this thread sees the store as it was at its beginning; only for looking, and only in S3."""
    if store.is_local or "s3" not in store.filesystem.protocol or snapshot_of(store) is not None:
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
