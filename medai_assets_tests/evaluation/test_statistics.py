"""Paired statistics against values known from tables and from the exact binomial."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.evaluation.statistics import (
    Change,
    change_fields,
    compare,
    interval,
    mcnemar,
    sign_flip,
    wilson,
)


def pairs(gained: int, lost: int, both: int = 3) -> tuple[np.ndarray, np.ndarray]:
    base = [0] * gained + [1] * lost + [1] * both
    tuned = [1] * gained + [0] * lost + [1] * both
    return np.array(base, float), np.array(tuned, float)


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [(0, 0, 1.0), (5, 0, 2 / 2**5), (6, 0, 2 / 2**6), (10, 2, 158 / 2**12), (8, 8, 1.0), (1, 0, 1.0)],
)
def test_mcnemar_is_the_exact_binomial_on_the_discordant_pairs(gained: int, lost: int, p: float) -> None:
    base, tuned = pairs(gained, lost)
    assert mcnemar(tuned - base) == pytest.approx(p)
    assert mcnemar(base - tuned) == pytest.approx(p)


@pytest.mark.parametrize(
    ("successes", "items", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (81, 263, 0.2553, 0.3662),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_gives_the_published_intervals(successes: int, items: int, low: float, high: float) -> None:
    """81 of 263 is the example of Newcombe 1998, table I."""
    assert wilson(successes, items) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_few_items_are_permuted_exactly() -> None:
    """Eight differences of one sign: of 2^8 sign patterns, two reach the mean."""
    assert sign_flip(np.array([0.1, 0.2, 0.3, 0.1, 0.2, 0.3, 0.2, 0.1]), 1) == 2 / 256
    assert sign_flip(np.zeros(5), 1) == 1.0


def test_many_items_are_permuted_alike_with_one_seed() -> None:
    difference = np.random.default_rng(2).normal(0.05, 0.2, size=60)
    assert sign_flip(difference, 17) == sign_flip(difference, 17)
    assert sign_flip(difference, 17) == pytest.approx(sign_flip(difference, 18), abs=0.02)
    assert interval(difference, 17) == interval(difference, 17)


def test_right_and_wrong_is_tested_by_mcnemar_and_graded_scores_by_permutation() -> None:
    assert compare([0, 1], [1, 1]).test.startswith("McNemar")
    assert "permutation" in compare([0.2, 1], [0.4, 1]).test


def test_a_change_is_better_or_worse_only_when_significant() -> None:
    base, tuned = (list(scores) for scores in pairs(12, 0))
    assert compare(base, tuned).change() == Change.BETTER
    assert compare(tuned, base).change() == Change.WORSE
    assert compare(base, tuned).change(higher_is_better=False) == Change.WORSE
    base, tuned = (list(scores) for scores in pairs(3, 2))
    assert change_fields(compare(base, tuned).change()) == {
        "change": "unclear",
        "words": "no significant change",
    }


def test_a_comparison_needs_the_same_items() -> None:
    for base, tuned in (([], []), ([1.0], [1.0, 0.0])):
        with pytest.raises(ValueError, match="same items"):
            compare(base, tuned)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30))
def test_the_interval_holds_the_difference_and_swapping_turns_it_round(
    scores: list[tuple[float, float]],
) -> None:
    base, tuned = [a for a, _ in scores], [b for _, b in scores]
    one, other = compare(base, tuned), compare(tuned, base)
    assert one.low - 1e-9 <= one.difference <= one.high + 1e-9
    assert one.difference == pytest.approx(-other.difference)
    assert 0 < one.p_value <= 1
