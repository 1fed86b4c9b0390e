"""Leases: which host makes a partition now, where several share one store.

A lease is a file of the store, ``<root>/.leases/<name>/<number>``, that is created only where it does not exist yet.
The highest number holds. Its holder writes it again every ``RENEW_SECONDS``; one that was not written for
``LEASE_SECONDS`` has expired, and whoever creates the next number has taken it over. Ages are taken by the store's clock
alone, so that the clocks of hosts may differ.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

if TYPE_CHECKING:
    from medai_assets.storage.store import Store

LEASE_SECONDS = 60.0
RENEW_SECONDS = 15.0
CLOCK_TRUSTED_SECONDS = 60.0  # how long one look at the store's clock is good for
FOLDER = ".leases"
IDENTITY = ".id"
_clocks: dict[str, tuple[float, float]] = {}  # by store: the store's time at a monotonic time of this process
_identities: dict[str, str] = {}


class Lease(msgspec.Struct, frozen=True):
    """What the file says: the holder's host and, in words, what it does."""

    host: str
    says: str


class LeasedElsewhere(Exception):
    """Another host holds the lease; the message says which, and what it does."""


@dataclass(frozen=True)
class _Found:
    number: int
    path: str
    lease: Lease
    age: float  # seconds since it was written, by the store's clock


@contextmanager
def leased(store: Store, name: str, lease: Lease) -> Iterator[None]:
    """Hold a lease within the block.

    The caller makes sure that one process of a host asks at a time: what its own host had held is taken over at once.

    Raises:
        LeasedElsewhere: another host holds it.
    """
    path = _take(store, name, lease)
    ended = threading.Event()
    keeper = threading.Thread(target=_renew, args=(store, path, lease, ended), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()
        _remove(store, path)


def holder_elsewhere(store: Store, name: str, host: str) -> str | None:
    """What another host that holds the lease says; None when none does."""
    found = _newest(store, name)
    if found is None or found.lease.host == host or found.age >= LEASE_SECONDS:
        return None
    return found.lease.says


def is_held(store: Store, name: str) -> bool:
    """Whether anyone holds the lease, on whatever host."""
    found = _newest(store, name)
    return found is not None and found.age < LEASE_SECONDS


def forget(store: Store, name: str) -> None:
    """Remove all of a lease whose name nobody else will ask for."""
    with suppress(FileNotFoundError):
        store.filesystem.rm(_folder(store, name), recursive=True)


def store_id(store: Store) -> str:
    """A name that is this store's alone, by whatever address a host reaches it."""
    path = f"{store.root}/{FOLDER}/{IDENTITY}"
    if store.url not in _identities:
        store.create_file(path, uuid.uuid4().hex.encode())
        _identities[store.url] = store.filesystem.cat_file(path).decode()
    return _identities[store.url]


def _take(store: Store, name: str, lease: Lease) -> str:
    found = _newest(store, name)
    if found and found.lease.host != lease.host and found.age < LEASE_SECONDS:
        raise LeasedElsewhere(found.lease.says)
    path = _path(store, name, found.number + 1 if found else 1)
    if not store.create_file(path, msgspec.json.encode(lease)):
        raise LeasedElsewhere("another host has just begun it")
    if found:
        _remove(store, found.path)
    return path


def _renew(store: Store, path: str, lease: Lease, ended: threading.Event) -> None:
    """Write the lease again and again, until its time is over: then it may be another's already.

    A lease lost to a store that does not answer is no harm: a version does not become current over one that its maker
    has not seen.
    """
    written = time.monotonic()
    while not ended.wait(RENEW_SECONDS):
        begun = time.monotonic()
        if begun - written > LEASE_SECONDS - RENEW_SECONDS:
            return
        with suppress(Exception):  # of any kind that a store has; tried again
            store.put_file(path, msgspec.json.encode(lease))
            written = begun


def _newest(store: Store, name: str) -> _Found | None:
    for _ in range(3):  # a take-over lies a minute after the one before, so that none comes between all looks
        numbers = [int(number) for number in store.names_in(_folder(store, name))]
        if not numbers:
            return None
        path = _path(store, name, max(numbers))
        with suppress(FileNotFoundError):  # just given back, or taken over: looked at again
            written = store.filesystem.modified(path).timestamp()
            lease = msgspec.json.decode(store.filesystem.cat_file(path), type=Lease)
            return _Found(max(numbers), path, lease, _store_time(store) - written)
    return None


def _store_time(store: Store) -> float:
    """The present instant by the clock that the store dates files with, in seconds since 1970."""
    known = _clocks.get(store.url)
    if known is None or time.monotonic() - known[1] > CLOCK_TRUSTED_SECONDS:
        known = _clocks[store.url] = store_clock(store), time.monotonic()
    return known[0] + time.monotonic() - known[1]


def store_clock(store: Store) -> float:
    """What the store's clock says, in seconds since 1970: it dates a file that is written and removed for it."""
    path = f"{store.root}/{FOLDER}/.clock-{uuid.uuid4().hex}"
    store.create_file(path, b"")
    try:
        found: float = store.filesystem.modified(path).timestamp()
        return found
    finally:
        _remove(store, path)


def _folder(store: Store, name: str) -> str:
    return f"{store.root}/{FOLDER}/{quote(name, safe='')}"


def _path(store: Store, name: str, number: int) -> str:
    return f"{_folder(store, name)}/{number:09}"


def _remove(store: Store, path: str) -> None:
    with suppress(FileNotFoundError):
        store.filesystem.rm_file(path)
