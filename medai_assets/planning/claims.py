"""Who makes a partition now: one process at a time, whether `medai run`, the page or its sensor began it, on any host.

A claim is for a partition, or for a whole pool, so for an upstream. It has two halves: a lock of this machine, which the
system frees when its holder ends, however that ends, and a lease in the store, which tells other hosts.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout

from medai_assets.foundation.files import write_whole
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.settings import Settings
from medai_assets.storage import Store
from medai_assets.storage.lease import Lease, LeasedElsewhere, holder_elsewhere, leased

POLL_SECONDS = 0.2
LEASE_POLL_SECONDS = 2.0  # each look asks the store
_held: set[tuple[Path, int]] = set()  # with the thread, so that a claim is handed down to what it calls
_elsewhere: dict[tuple[str, str], float] = {}  # leases that another host held when they were last looked at


class Claimed(Exception):
    """Another process, of this host or another, has the claim; the message says who."""


@contextmanager
def claim(
    settings: Settings,
    target: PartitionId,
    who: str = "another process",
    wait: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Hold a partition's claim within the block; a block within it, of the same thread, has it already.

    Args:
        who: what those who find it claimed are told about this holder.
        wait: wait until the claim is free, after telling this function once who has it; without it, nobody waits.

    Raises:
        Claimed: another process has it, and ``wait`` was not given.
    """
    file = _file(settings, target)
    held = (file, threading.get_ident())
    if held in _held:
        yield
        return
    says = f"{who} (process {os.getpid()}) is making {target}"
    with _locked(file, wait), _leased(settings, file.stem, f"{says} on the host {settings.host}", wait):
        holder = file.with_suffix(".holder")
        write_whole(holder, says.encode())
        _held.add(held)
        try:
            yield
        finally:
            _held.discard(held)
            holder.unlink(missing_ok=True)


def is_claimed_elsewhere(settings: Settings, target: PartitionId) -> bool:
    """Whether another process, of this host or another, is making the partition, or uses its pool."""
    file = _file(settings, target)
    try:
        with _locked(file, None):
            pass
    except Claimed:
        return (file, threading.get_ident()) not in _held
    return _is_leased_elsewhere(settings, file.stem)


def _is_leased_elsewhere(settings: Settings, name: str) -> bool:
    seen = (settings.store_root, name)
    if time.monotonic() - _elsewhere.get(seen, -LEASE_POLL_SECONDS) < LEASE_POLL_SECONDS:
        return True
    if holder_elsewhere(Store(settings.store_root), name, _this_host(settings)) is None:
        return False
    _elsewhere[seen] = time.monotonic()
    return True


@contextmanager
def _leased(settings: Settings, name: str, says: str, wait: Callable[[str], None] | None) -> Iterator[None]:
    store, lease = Store(settings.store_root), Lease(_this_host(settings), says)
    with ExitStack() as held:
        told = False
        while True:
            try:
                held.enter_context(leased(store, name, lease))
                break
            except LeasedElsewhere as elsewhere:
                if wait is None:
                    raise Claimed(str(elsewhere)) from None
                if not told:
                    wait(str(elsewhere))
                told = True
                time.sleep(LEASE_POLL_SECONDS)
        yield


def _this_host(settings: Settings) -> str:
    """Those who share these locks: what one of them left behind, another may take over at once."""
    return f"{settings.host}:{settings.work_dir}"


def _file(settings: Settings, target: PartitionId) -> Path:
    name = Graph(settings).nodes[target.asset].pool or str(target)
    folder = settings.work_dir / "running" / quote(settings.host, safe="")  # a folder that hosts may share
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name.replace('/', '_')}.lock"


@contextmanager
def _locked(file: Path, wait: Callable[[str], None] | None) -> Iterator[None]:
    lock = FileLock(file)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        who = _holder(file)
        if wait is None:
            raise Claimed(who) from None
        wait(who)
        lock.acquire(poll_interval=POLL_SECONDS)
    try:
        yield
    finally:
        lock.release()


def _holder(file: Path) -> str:
    try:
        return file.with_suffix(".holder").read_text(encoding="utf-8")
    except FileNotFoundError:  # it has only just begun, or looks whether it has to
        return "another process has just claimed it"
