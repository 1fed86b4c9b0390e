"""Rate limits kept by all processes of this machine together.

What belongs here: the shared bucket. Which upstream has which rates stands in ``upstreams.py``.

Each caller reserves the next free instant under a file lock and then sleeps until it, outside the lock. So nobody
starves and nobody polls: callers go in the order in which they asked. A ring of the last ``n`` instants per rate
makes the window exact: the request ``n`` places back must lie a whole period in the past. (pyrate-limiter's SQLite
bucket keeps the limit across processes as well, but its waiters poll: of two processes at 10/s one got 41 turns in
four seconds and the other 1.)
"""

from __future__ import annotations

import hashlib
import math
import os
import struct
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

_INSTANT = struct.Struct("<d")  # seconds of the machine's monotonic clock, which all its processes share
# Seconds; what lies further ahead was written before the machine last started, and is void.
MOST_AHEAD = 86_400.0
_PLACE = struct.Struct("<q")  # next place to write in a ring


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``requests`` in any ``seconds``."""

    requests: int
    seconds: float


class AllowanceUsed(Exception):
    """The next free instant lies further ahead than the caller is ready to wait."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait


def _boot() -> str:
    """Names this start of the machine where the system tells it: its monotonic clock begins anew with each."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def rates_folder() -> Path:
    """The folder of this user's buckets on this machine, for all its data roots."""
    folder = Path(tempfile.gettempdir()) / f"medai-rates-{os.getuid()}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


class SharedBucket:
    """One upstream's allowance, in a small file that all processes of this user share.

    Args:
        name: of the upstream; the same name and rates mean the same allowance.
        rates: all of them are kept.
        folder: where the file lies; default: ``rates_folder()``.
        clock: seconds; it has to mean the same in every process, and no change of the time of day may move it.
    """

    def __init__(
        self,
        name: str,
        rates: Sequence[Rate],
        folder: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rates = tuple(rates)
        folder = folder or rates_folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        told_apart = hashlib.sha256(f"{self.rates!r} {_boot()}".encode()).hexdigest()[:8]
        self.path = folder / f"{name}-{told_apart}"
        self._lock = FileLock(f"{self.path}.lock", poll_interval=0.005)
        self._clock = clock

    def reserve(self, longest_wait: float) -> float:
        """Take the next free instant and return the seconds until it.

        Raises:
            AllowanceUsed: it lies further ahead than ``longest_wait``; nothing was taken.
        """
        with self._lock, self._open() as file:
            now = self._clock()
            places = [int(self._read(file, _PLACE, offset)) for offset in self._rings()]
            instants = [
                self._instant(file, self._slot(ring, place), now) + rate.seconds
                for ring, place, rate in zip(self._rings(), places, self.rates)
            ]
            start = max(now, self._instant(file, 0, now), *instants)
            if start - now > longest_wait:
                raise AllowanceUsed(start - now)
            for ring, place, rate in zip(self._rings(), places, self.rates):
                self._write(file, _INSTANT, self._slot(ring, place), start)
                self._write(file, _PLACE, ring, (place + 1) % rate.requests)
        return start - now

    def pause(self, seconds: float) -> None:
        """Nobody asks before ``seconds`` have passed: the upstream asked for a pause."""
        with self._lock, self._open() as file:
            now = self._clock()
            until = max(self._instant(file, 0, now), now + min(seconds, MOST_AHEAD))
            self._write(file, _INSTANT, 0, until)

    def _rings(self) -> list[int]:
        """Offset of each rate's ring: a place, then as many instants as the rate allows requests."""
        offsets, offset = [], _INSTANT.size
        for rate in self.rates:
            offsets.append(offset)
            offset += _PLACE.size + rate.requests * _INSTANT.size
        return offsets

    def _open(self) -> BinaryIO:
        self.path.touch(mode=0o600)
        return self.path.open("r+b", buffering=0)

    def _instant(self, file: BinaryIO, offset: int, now: float) -> float:
        """A stored instant; one of a former start of the machine is none."""
        stored = self._read(file, _INSTANT, offset)
        return stored if stored <= now + MOST_AHEAD else -math.inf

    @staticmethod
    def _slot(ring: int, place: int) -> int:
        return ring + _PLACE.size + place * _INSTANT.size

    @staticmethod
    def _read(file: BinaryIO, kind: struct.Struct, offset: int) -> float:
        file.seek(offset)
        data = file.read(kind.size)
        # Never written.
        return kind.unpack(data)[0] if len(data) == kind.size else (0 if kind is _PLACE else -math.inf)

    @staticmethod
    def _write(file: BinaryIO, kind: struct.Struct, offset: int, value: float) -> None:
        file.seek(offset)
        file.write(kind.pack(int(value) if kind is _PLACE else value))
