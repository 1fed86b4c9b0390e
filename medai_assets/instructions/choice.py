"""Every choice of this room: a hash of what is chosen for, never a random generator.

The same passage gets the same phrasing on any machine, in any order, with any number of processes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def number(*parts: str | int) -> int:
    """A whole number of 64 bits that depends on ``parts`` and nothing else."""
    raw = "\x1f".join(str(part) for part in parts).encode()
    return int.from_bytes(hashlib.sha256(raw).digest()[:8], "big")


def choose(options: Sequence[T], *parts: str | int) -> T:
    """One of ``options``.

    Raises:
        ZeroDivisionError: there are none.
    """
    return options[number(*parts) % len(options)]


def in_order(items: Sequence[T], *parts: str | int) -> list[T]:
    """The items in an order that depends on ``parts``, equal ones included."""
    return [
        item
        for _, _, item in sorted((number(place, *parts), place, item) for place, item in enumerate(items))
    ]


def hash_mod_6(*parts: str | int) -> int:
    """0 to 5, to let a rule vary a form for some of its examples."""
    return number(*parts) % 6
