"""Paired statistics against values known from tables and from the exact binomial."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.evaluation.statistics import compare, mcnemar, sign_flip, wilson


def pairs(gained: int, lost: int, both: int = 3) -> tuple[np.ndarray, np.ndarray]:
    base = [0] * gained + [1] * lost + [1] * both
    tuned = [1] * gained + [0] * lost + [1] * both
    return np.array(base, float), np.array(tuned, float)


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [(0, 0, 1.0), (5, 0, 2 / 2**5), (6, 0, 2 / 2**6), (10, 2, 158 / 2**12), (8, 8, 1.0), (1, 0, 1.0)],
)
def test_mcnemar_is_the_exact_binomial_on_the_discordant_pairs(gained: int, lost: int, p: float) -> None:
    assert mcnemar(*pairs(gained, lost)) == pytest.approx(p)
    assert mcnemar(*pairs(lost, gained)) == pytest.approx(p)


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


def test_the_permutation_test_comes_close_to_the_exact_one() -> None:
    """Eight differences of one sign: of 2^8 sign patterns, two reach the mean."""
    found = sign_flip(np.array([0.1, 0.2, 0.3, 0.1, 0.2, 0.3, 0.2, 0.1]), np.random.default_rng(1))
    assert found == pytest.approx(2 / 256, abs=0.006)
    assert sign_flip(np.zeros(5), np.random.default_rng(1)) == 1.0


def test_right_and_wrong_is_tested_by_mcnemar_and_graded_scores_by_permutation() -> None:
    assert compare([0, 1], [1, 1]).test.startswith("McNemar")
    assert "permutation" in compare([0.2, 1], [0.4, 1]).test


def test_words_say_better_or_worse_only_when_significant() -> None:
    base, tuned = pairs(12, 0)
    assert compare(list(base), list(tuned)).words() == "better"
    assert compare(list(tuned), list(base)).words() == "worse"
    assert compare(list(base), list(tuned)).words(higher_is_better=False) == "worse"
    base, tuned = pairs(3, 2)
    assert compare(list(base), list(tuned)).words() == "no significant change"


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
