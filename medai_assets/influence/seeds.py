"""What a few trainings that differ by their seed say together: Student's intervals, which know how few they are.

A bootstrap of three values never leaves their range, so that three of one sign would always seem certain.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

LEAST_SEEDS = 3
LEVEL = 0.95
Interval = tuple[float, float]


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Where the true mean lies (95 %); None of fewer than two values."""
    return _around(values, np.sqrt(1 / len(values))) if len(values) > 1 else None


def next_interval(values: Sequence[float]) -> Interval | None:
    """Where the next value of the same kind is expected (95 %); None of fewer than two values."""
    return _around(values, np.sqrt(1 + 1 / len(values))) if len(values) > 1 else None


def _around(values: Sequence[float], width: float) -> Interval:
    half = stats.t.ppf((1 + LEVEL) / 2, len(values) - 1) * np.std(values, ddof=1) * width
    return float(np.mean(values) - half), float(np.mean(values) + half)


def interval_text(interval: Interval | None) -> str:
    """An interval in words."""
    return "unknown" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"
