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

from filelock import BaseFileLock, FileLock, Timeout

from medai_assets.foundation.files import make_owned, write_whole
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.settings import Settings
from medai_assets.storage import Store
from medai_assets.storage.lease import Lease, LeasedElsewhere, holder_elsewhere, leased

POLL_SECONDS = 0.2
LEASE_POLL_SECONDS = 2.0  # each look asks the store
_held: set[tuple[Path, int]] = set()  # with the thread, so that a claim is handed down to what it calls
# When another host last held a lease, and what it said.
_elsewhere: dict[tuple[str, str], tuple[float, str]] = {}


class Claimed(Exception):
    """Another process, of this host or another, has the claim; the message says who."""


class WaitedTooLong(Exception):
    """Another run took longer than the settings let one wait; the message says for what, for which run, and what to do."""


class Waiting:
    """One wait for a partition, which has an end."""

    def __init__(self, settings: Settings, target: PartitionId) -> None:
        self._target, self._hours, self._began = target, settings.longest_wait, time.monotonic()

    @property
    def left(self) -> float:
        """Seconds until the end."""
        return max(0.0, self._began + self._hours * 3600 - time.monotonic())

    def look(self, who: str) -> None:
        """Raises WaitedTooLong once the end has come; ``who`` is what the wait is for, as a sentence."""
        if not self.left:
            raise WaitedTooLong(
                f"{self._target} waited {self._hours:g} h: {who}. If that run hangs, end it; if not, raise "
                "MEDAI_LONGEST_WAIT (hours). Then run `medai run` again"
            )


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
        WaitedTooLong: it still had it when the longest wait of the settings was over.
    """
    file = _file(settings, target)
    held = (file, threading.get_ident())
    if held in _held:
        yield
        return
    says = f"{who} (process {os.getpid()}) is making {target}"
    lease = Lease(_this_host(settings), f"{says} on the host {settings.host}")
    waiting = Waiting(settings, target)
    with _locked(file, wait, waiting), _leased(settings, file.stem, lease, wait, waiting):
        holder = file.with_suffix(".holder")
        write_whole(holder, says.encode())
        _held.add(held)
        try:
            yield
        finally:
            _held.discard(held)
            holder.unlink(missing_ok=True)


def claimed_elsewhere(settings: Settings, target: PartitionId) -> str | None:
    """Which other process, of this host or another, is making the partition or uses its pool, in words; None for none."""
    file = _file(settings, target)
    try:
        with _locked(file, None, Waiting(settings, target)):
            pass
    except Claimed as claimed:
        return None if (file, threading.get_ident()) in _held else str(claimed)
    return _leased_elsewhere(settings, file.stem)


def _leased_elsewhere(settings: Settings, name: str) -> str | None:
    seen = (settings.store_root, name)
    known = _elsewhere.get(seen)
    if known is None or time.monotonic() - known[0] >= LEASE_POLL_SECONDS:
        found = holder_elsewhere(Store(settings.store_root), name, _this_host(settings))
        if found is None:
            return None
        known = _elsewhere[seen] = time.monotonic(), found
    return known[1]


@contextmanager
def _leased(
    settings: Settings, name: str, lease: Lease, wait: Callable[[str], None] | None, waiting: Waiting
) -> Iterator[None]:
    store = Store(settings.store_root)
    with ExitStack() as held:
        said = False
        while True:
            try:
                held.enter_context(leased(store, name, lease))
                break
            except LeasedElsewhere as elsewhere:
                if wait is None:
                    raise Claimed(str(elsewhere)) from None
                if not said:
                    wait(str(elsewhere))
                said = True
                waiting.look(str(elsewhere))
                time.sleep(LEASE_POLL_SECONDS)
        yield


def _this_host(settings: Settings) -> str:
    """Those who share these locks: what one of them left behind, another may take over at once."""
    return f"{settings.host}:{settings.work_dir}"


def _file(settings: Settings, target: PartitionId) -> Path:
    name = Graph(settings).nodes[target.asset].pool or str(target)
    folder = settings.work_dir / "running" / quote(settings.host, safe="")  # a folder that hosts may share
    make_owned(folder)
    return folder / f"{name.replace('/', '_')}.lock"


@contextmanager
def _locked(file: Path, wait: Callable[[str], None] | None, waiting: Waiting) -> Iterator[None]:
    lock = FileLock(file)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        who = _holder(file)
        if wait is None:
            raise Claimed(who) from None
        wait(who)
        _acquire(lock, file, waiting)
    try:
        yield
    finally:
        lock.release()


def _acquire(lock: BaseFileLock, file: Path, waiting: Waiting) -> None:
    while True:
        try:
            lock.acquire(timeout=min(LEASE_POLL_SECONDS, waiting.left), poll_interval=POLL_SECONDS)
            return
        except Timeout:
            waiting.look(_holder(file))


def _holder(file: Path) -> str:
    try:
        return file.with_suffix(".holder").read_text(encoding="utf-8")
    except FileNotFoundError:  # it has only just begun, or looks whether it has to
        return "another process has just claimed it"
