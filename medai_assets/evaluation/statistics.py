"""Paired statistics: tuned and base on the same items, with intervals, and the words for what they mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

RESAMPLES = 2000  # bootstrap samples; the Monte-Carlo error of a 95 % bound is then below 0.3 of a point
LEVEL = 0.05  # two-sided


@dataclass(frozen=True)
class Comparison:
    """Means of both models on the same items, their paired difference with a 95 % interval, and a p-value.

    ``p_value`` is McNemar's exact test where every score is 0 or 1, else a paired sign-flip permutation test.
    """

    items: int
    base: float
    tuned: float
    difference: float
    low: float
    high: float
    p_value: float
    test: str

    @property
    def significant(self) -> bool:
        """Whether the interval excludes zero and the test agrees."""
        return self.p_value < LEVEL and not self.low <= 0 <= self.high

    def words(self, higher_is_better: bool = True) -> str:
        """ "better", "worse" or "no significant change"."""
        if not self.significant:
            return "no significant change"
        return "better" if (self.difference > 0) == higher_is_better else "worse"

    def as_row(self) -> dict[str, Any]:
        return asdict(self)


def compare(base: Sequence[float], tuned: Sequence[float], seed: int = 17) -> Comparison:
    """Compare two models' scores on the same items, in the same order.

    Raises:
        ValueError: no items, or different numbers of them.
    """
    if not base or len(base) != len(tuned):
        raise ValueError(f"a paired comparison needs the same items twice, got {len(base)} and {len(tuned)}")
    first, second = np.asarray(base, dtype=float), np.asarray(tuned, dtype=float)
    difference = second - first
    generator = np.random.default_rng(seed)
    picks = generator.integers(0, len(difference), size=(RESAMPLES, len(difference)))
    low, high = np.quantile(difference[picks].mean(axis=1), [LEVEL / 2, 1 - LEVEL / 2])
    binary = bool(np.isin(np.concatenate([first, second]), (0.0, 1.0)).all())
    p_value = mcnemar(first, second) if binary else sign_flip(difference, generator)
    return Comparison(
        items=len(difference),
        base=float(first.mean()),
        tuned=float(second.mean()),
        difference=float(difference.mean()),
        low=float(low),
        high=float(high),
        p_value=p_value,
        test="McNemar, exact" if binary else "paired sign-flip permutation",
    )


def mcnemar(base: np.ndarray, tuned: np.ndarray) -> float:
    """Exact two-sided McNemar test on right/wrong pairs (binomial on the discordant pairs; McNemar 1947)."""
    gained = int(((base == 0) & (tuned == 1)).sum())
    lost = int(((base == 1) & (tuned == 0)).sum())
    discordant = gained + lost
    if discordant == 0:
        return 1.0
    tail = sum(math.comb(discordant, k) for k in range(min(gained, lost) + 1)) / 2**discordant
    return min(1.0, 2 * tail)


def sign_flip(difference: np.ndarray, generator: np.random.Generator) -> float:
    """Two-sided permutation test: how often random signs give a mean at least as far from zero."""
    observed = abs(difference.mean())
    signs = generator.choice((-1.0, 1.0), size=(RESAMPLES, len(difference)))
    reached = int((np.abs((signs * difference).mean(axis=1)) >= observed - 1e-12).sum())
    return (reached + 1) / (RESAMPLES + 1)


def wilson(successes: int, items: int) -> tuple[float, float]:
    """95 % Wilson interval of a share (Wilson 1927); (0, 1) when there are no items."""
    if items == 0:
        return 0.0, 1.0
    z = 1.959964
    share = successes / items
    centre = (share + z * z / (2 * items)) / (1 + z * z / items)
    half = z / (1 + z * z / items) * math.sqrt(share * (1 - share) / items + z * z / (4 * items * items))
    return max(0.0, centre - half), min(1.0, centre + half)
