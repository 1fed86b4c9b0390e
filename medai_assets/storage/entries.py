"""Entries that are only ever added, in a hidden folder beside the assets, so that every host over one store sees the same.

Each entry names the digests of those that nothing followed when it was made, so a removed one is noticed.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Generic, TypeVar

import msgspec

from medai_assets.storage.errors import StoreError
from medai_assets.storage.hashing import ChecksumWrong, checked, with_checksum
from medai_assets.storage.store import Store


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """What every entry says: when, by whom, where, and the digests of the entries before it."""

    at: str  # ISO 8601 in UTC
    actor: str  # who did it here
    host: str
    after: list[str] = []


E = TypeVar("E", bound=Noted)


class Entries(Generic[E]):
    """The history of one kind of entries.

    Args:
        folder: hidden, so that it is no asset's. what: of which history messages speak, as in "withdrawals".
    """

    def __init__(self, folder: str, kind: type[E], what: str) -> None:
        self.folder, self.kind, self.what = folder, kind, what

    def all(self, store: Store) -> list[E]:
        """Every entry, oldest first; two hosts' clocks may differ, what one knew of the other counts.

        Raises:
            StoreError: one is damaged, or one that another was made after is gone.
        """
        return [entry for _, entry in self._read(store)]

    def add(self, store: Store, *entries: E) -> None:
        """Write entries, one after the other, after all that there are; raises as ``all``."""
        before = self._read(store)
        followed = {digest for _, one in before for digest in one.after}
        last = sorted(digest for digest, _ in before if digest not in followed)
        for entry in entries:
            linked = msgspec.structs.replace(entry, after=last)
            name = f"{linked.at.replace(':', '').replace('+0000', 'Z')}-{uuid.uuid4().hex[:6]}.json"
            data = with_checksum(msgspec.json.format(msgspec.json.encode(linked, order="sorted"), indent=1))
            store.put_file(f"{store.root}/{self.folder}/{name}", data)
            last = [hashlib.sha256(data).hexdigest()]

    def _read(self, store: Store) -> list[tuple[str, E]]:
        """Digest and content of every entry, in order."""
        found: dict[str, E] = {}
        for path in store.files_beside(self.folder):
            data = store.read_bytes(path)
            if data is None:
                continue  # removed since it was listed; what came after it tells
            try:
                found[hashlib.sha256(data).hexdigest()] = msgspec.json.decode(checked(data), type=self.kind)
            except (ChecksumWrong, msgspec.DecodeError) as error:
                raise StoreError(
                    f"{path} is damaged: it is an entry of the history of {self.what}; put it back from a copy"
                ) from error
        for entry in found.values():
            if gone := [digest for digest in entry.after if digest not in found]:
                raise StoreError(
                    f"the history of {self.what} in {store.root}/{self.folder} lacks an entry (SHA-256 {gone[0][:12]}…) "
                    f"that came before {entry.at}; put it back from a copy"
                )
        return _in_order(found)


def _in_order(found: dict[str, E]) -> list[tuple[str, E]]:
    ordered: dict[str, E] = {}
    waiting = sorted(found, key=lambda digest: (found[digest].at, digest))
    while waiting:
        ready = next(digest for digest in waiting if all(before in ordered for before in found[digest].after))
        ordered[ready] = found[ready]
        waiting.remove(ready)
    return list(ordered.items())
