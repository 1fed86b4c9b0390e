"""Paired statistics: tuned and base on the same items, with intervals, p-values, and what they mean in a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

RESAMPLES = 9999  # with it a permutation test of up to 13 items is exact
LEVEL = 0.05  # two-sided


class Change(StrEnum):
    """What a comparison shows."""

    BETTER = "better"
    WORSE = "worse"
    UNCLEAR = "unclear"


CHANGE_WORDS = {
    Change.BETTER: "better",
    Change.WORSE: "worse",
    Change.UNCLEAR: "no significant change",
}


def change_fields(change: Change) -> dict[str, str]:
    """A change as reports hold it: its code, and the words beside it."""
    return {"change": str(change), "words": CHANGE_WORDS[change]}


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

    def change(self, higher_is_better: bool = True) -> Change:
        """Whether the tuned model is better or worse than its base, or whether that cannot be told."""
        if self.p_value >= LEVEL:
            return Change.UNCLEAR
        return Change.BETTER if (self.difference > 0) == higher_is_better else Change.WORSE


def compare(base: Sequence[float], tuned: Sequence[float], seed: int = 17) -> Comparison:
    """Compare two models' scores on the same items, in the same order.

    Raises:
        ValueError: no items, or different numbers of them.
    """
    if not base or len(base) != len(tuned):
        raise ValueError(f"a paired comparison needs the same items twice, got {len(base)} and {len(tuned)}")
    first, second = np.asarray(base, dtype=float), np.asarray(tuned, dtype=float)
    difference = second - first
    binary = bool(np.isin(np.concatenate([first, second]), (0.0, 1.0)).all())
    low, high = interval(difference, seed)
    return Comparison(
        items=len(difference),
        base=float(first.mean()),
        tuned=float(second.mean()),
        difference=float(difference.mean()),
        low=low,
        high=high,
        p_value=mcnemar(difference) if binary else sign_flip(difference, seed),
        test="McNemar, exact" if binary else "paired sign-flip permutation",
    )


def interval(difference: np.ndarray, seed: int) -> tuple[float, float]:
    """95 % bootstrap interval of the mean difference (percentiles); of one item, the difference itself."""
    if len(difference) == 1:
        return float(difference[0]), float(difference[0])
    found = stats.bootstrap(
        (difference,), np.mean, n_resamples=RESAMPLES, confidence_level=1 - LEVEL, method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval  # fmt: skip
    return float(found.low), float(found.high)


def mcnemar(difference: np.ndarray) -> float:
    """Exact two-sided McNemar test on right/wrong pairs: binomial on the discordant pairs (McNemar 1947)."""
    gained, lost = int((difference > 0).sum()), int((difference < 0).sum())
    return float(stats.binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0


def sign_flip(difference: np.ndarray, seed: int) -> float:
    """Two-sided permutation test of the mean difference over the signs: exact where they are few, else drawn by ``seed``."""
    if len(difference) == 1:
        return 1.0
    found = stats.permutation_test(
        (difference,), np.mean, permutation_type="samples", vectorized=True, n_resamples=RESAMPLES,
        rng=np.random.default_rng(seed),
    )  # fmt: skip
    return float(found.pvalue)


def wilson(successes: int, items: int) -> tuple[float, float]:
    """95 % Wilson interval of a share (Wilson 1927); (0, 1) when there are no items."""
    if items == 0:
        return 0.0, 1.0
    found = stats.binomtest(successes, items).proportion_ci(1 - LEVEL, method="wilson")
    return float(found.low), float(found.high)
