"""Who makes a partition now: one process of this machine at a time, whether `medai run`, the page or its sensor began it.

A claim is a lock for a partition, or for a whole pool, so for an upstream. The system frees it when its holder ends,
however that ends.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from medai_assets.foundation.files import write_whole
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.settings import Settings

POLL_SECONDS = 0.2
_held: set[tuple[Path, int]] = set()  # with the thread, so that a claim is handed down to what it calls


class Claimed(Exception):
    """Another process has the claim; the message says who."""


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
    with _locked(file, wait):
        holder = file.with_suffix(".holder")
        write_whole(holder, f"{who} (process {os.getpid()}) is making {target}".encode())
        _held.add(held)
        try:
            yield
        finally:
            _held.discard(held)
            holder.unlink(missing_ok=True)


def is_claimed_elsewhere(settings: Settings, target: PartitionId) -> bool:
    """Whether another process of this machine is making the partition, or uses its pool."""
    file = _file(settings, target)
    try:
        with _locked(file, None):
            return False
    except Claimed:
        return (file, threading.get_ident()) not in _held


def _file(settings: Settings, target: PartitionId) -> Path:
    name = Graph(settings).nodes[target.asset].pool or str(target)
    folder = settings.work_dir / "running"
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
