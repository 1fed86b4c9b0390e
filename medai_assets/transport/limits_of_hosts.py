"""Rate limits kept by all hosts that share a store: the allowance is a small object in it, moved by compare and swap.

Used where several hosts may ask (an object store as data root, or a host that was given a name by ``MEDAI_HOST``); one host
alone keeps to its file (``limits.py``). An instant is the store's time, which a host takes once in six hours and for all its
processes; S3 tells it by whole seconds, so another host's requests count ``MARGIN`` seconds longer.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence

import msgspec
from filelock import FileLock

from medai_assets.foundation.child_processes import boot_id
from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.files import write_whole
from medai_assets.settings import Settings
from medai_assets.storage import Store, StoreError
from medai_assets.storage.current import look, move
from medai_assets.storage.lease import store_clock
from medai_assets.transport.limits import AllowanceUsed, Rate, rates_folder

FOLDER = ".rates"
MARGIN = 2.0  # seconds by which two hosts' ideas of the store's time may differ
SLOTS = 24  # of a window whose requests are too many to be listed
MOST_LISTED = 64
ATTEMPTS = 50  # to move the object before another does
CLOCK_SECONDS = 6 * 3600.0


class Allowance(msgspec.Struct):
    """What was given away: the latest instants with the host of each, and for each long window the requests of its slots."""

    listed: list[tuple[float, str]] = []
    slots: list[dict[int, int]] = []
    paused_until: float = 0.0


class HostsBucket:
    """One upstream's allowance among hosts; used as ``SharedBucket``.

    Args:
        host: whose requests these are.
        clock: the store's time in seconds; default: as this host has taken it.
    """

    def __init__(
        self,
        store: Store,
        host: str,
        name: str,
        rates: Sequence[Rate],
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.store, self.host, self.rates = store, host, tuple(rates)
        self._path = f"{store.root}/{FOLDER}/{name}.json"
        self._clock = clock or (lambda: _host_clock(store))

    def reserve(self, longest_wait: float) -> float:
        """Take the next free instant and return the seconds until it.

        Raises:
            AllowanceUsed: it lies further ahead than ``longest_wait``; nothing was taken.
            StoreError: the store does not answer, or too many hosts move the object at a time.
        """

        def take(now: float, given: Allowance) -> float:
            start = self._next(now, given)
            if start - now > longest_wait:
                raise AllowanceUsed(start - now)
            given.listed = [*given.listed, (start, self.host)][-self._most_listed :]
            for rate, slots in zip(self._long, given.slots):
                slot = int(start // _width(rate))
                slots[slot] = slots.get(slot, 0) + 1
                for old in [one for one in slots if one < slot - 2 * SLOTS]:
                    del slots[old]
            return start

        return self._move(take)

    def pause(self, seconds: float) -> None:
        """No host asks before ``seconds`` have passed: the upstream asked for a pause."""

        def hold(now: float, given: Allowance) -> float:
            given.paused_until = max(given.paused_until, now + seconds + MARGIN)
            return now

        self._move(hold)

    def _move(self, change: Callable[[float, Allowance], float]) -> float:
        """Apply a change to the object as it is now; returns the seconds until the instant that the change gives."""
        for attempt in range(ATTEMPTS):
            seen = look(self.store, self._path)
            given = msgspec.json.decode(seen.data, type=Allowance) if seen.data else Allowance()
            given.slots = given.slots or [{} for _ in self._long]
            start = change(self._clock(), given)
            if move(self.store, self._path, msgspec.json.encode(given), seen):
                return max(0.0, start - self._clock())
            time.sleep(random.uniform(0, 0.02 * min(attempt + 1, 10)))
        raise StoreError(
            f"{self._path} was changed by other hosts {ATTEMPTS} times in a row; let fewer hosts use this upstream at once"
        )

    def _next(self, now: float, given: Allowance) -> float:
        start = max(now, given.paused_until, given.listed[-1][0] if given.listed else now)
        for rate in self._short:
            if len(given.listed) >= rate.requests:
                last = given.listed[-rate.requests :]
                others = any(host != self.host for _, host in last)
                start = max(start, last[0][0] + rate.seconds + (MARGIN if others else 0.0))
        for rate, slots in zip(self._long, given.slots):
            width, slot = _width(rate), int(start // _width(rate))
            window = SLOTS + math.ceil(MARGIN / width)
            while sum(slots.get(one, 0) for one in range(slot - window, slot + 1)) >= rate.requests:
                slot += 1
            start = max(start, slot * width)
        return start

    @property
    def _short(self) -> list[Rate]:
        return [rate for rate in self.rates if rate.requests <= MOST_LISTED]

    @property
    def _long(self) -> list[Rate]:
        return [rate for rate in self.rates if rate.requests > MOST_LISTED]

    @property
    def _most_listed(self) -> int:
        return max((rate.requests for rate in self._short), default=1)


def hosts_of(settings: Settings) -> tuple[Store, str] | None:
    """The store and host by which rates are kept together with other hosts; None where this one is alone."""
    if not settings.is_remote and "host" not in settings.model_fields_set:
        return None
    return Store(settings.store_root), settings.host


def _width(rate: Rate) -> float:
    return rate.seconds / SLOTS


def _host_clock(store: Store) -> float:
    """The store's time as this host has taken it, the same for all its processes: a clock of each would blur the windows."""
    file = (
        rates_folder() / f"clock-{text_digest(store.url, boot_id())[:12]}"
    )  # a boot sets the monotonic clock back
    with FileLock(f"{file}.lock"):
        now = time.monotonic()
        taken, ahead = map(float, file.read_text().split()) if file.exists() else (math.inf, 0.0)
        if not 0 <= now - taken < CLOCK_SECONDS:
            taken, ahead = now, store_clock(store) - time.monotonic()
            write_whole(file, f"{taken!r} {ahead!r}".encode())
    return time.monotonic() + ahead
