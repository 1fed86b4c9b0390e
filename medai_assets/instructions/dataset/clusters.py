"""Which examples say nearly the same: all pairs above a Jaccard similarity, found exactly, and groups by union-find.

Examples are few against passages (thousands, not millions), so every pair is found, not nearly every one: two sets
that are similar enough must share one of the rarest words of each (prefix filtering, Bayardo et al., WWW 2007).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from math import ceil
from typing import Generic, TypeVar

import xxhash

T = TypeVar("T", bound=Hashable)
SHINGLE = 5  # words
_WORD = re.compile(r"\w+")


def shingles(text: str, size: int = SHINGLE) -> frozenset[int]:
    """Hashes of the runs of ``size`` words of a text, case and marks aside; a shorter text is one run."""
    words = _WORD.findall(text.lower())
    runs = (" ".join(words[i : i + size]) for i in range(max(1, len(words) - size + 1)))
    return frozenset(xxhash.xxh3_64_intdigest(run.encode()) for run in runs)


def similar_pairs(sets: Sequence[frozenset[int]], jaccard: float) -> Iterator[tuple[int, int]]:
    """Positions ``(i, j)``, i < j, of all sets whose Jaccard similarity is at least ``jaccard``."""
    counts: Counter[int] = Counter()
    for values in sets:
        counts.update(values)
    index: dict[int, list[int]] = defaultdict(list)
    for position in sorted(range(len(sets)), key=lambda p: (len(sets[p]), p)):
        values = sets[position]
        rarest = sorted(values, key=lambda v: (counts[v], v))[: len(values) - ceil(jaccard * len(values)) + 1]
        seen: set[int] = set()
        for value in rarest:
            for other in index[value]:
                if other not in seen:
                    seen.add(other)
                    if _similarity(sets[other], values) >= jaccard:
                        yield (other, position) if other < position else (position, other)
            index[value].append(position)


class Groups(Generic[T]):
    """Union-find: what is joined, directly or not, is one group."""

    def __init__(self) -> None:
        self._parent: dict[T, T] = {}

    def find(self, item: T) -> T:
        """The group's representative."""
        self._parent.setdefault(item, item)
        root = item
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[item] != root:
            self._parent[item], item = root, self._parent[item]
        return root

    def join(self, items: Iterable[T]) -> None:
        """Make one group of the items."""
        ordered = list(items)
        for item in ordered:
            self._parent[self.find(item)] = self.find(ordered[0])


def _similarity(one: frozenset[int], other: frozenset[int]) -> float:
    small, large = sorted((len(one), len(other)))
    if not large:
        return 1.0
    shared = len(one & other)
    return shared / (small + large - shared)
