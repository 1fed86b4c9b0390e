"""How many to read and what may be concluded, held against scipy's hypergeometric distribution."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from medai_assets.foundation.rows import ReviewRow
from medai_assets.reviews.sampling import CONFIDENCE, bounds, in_random_order, most_faulty, to_read


def verdict(example_id: str, fault: str = "", role: str = "clinician", reviewer: str = "A") -> ReviewRow:
    return ReviewRow(
        example_id=example_id, verdict="fault" if fault else "approve", fault=fault, comment="", reviewer=reviewer,
        role=role, reviewed_at="2026-11-29T00:00:00+00:00",
    )  # fmt: skip


@given(st.integers(1, 300), st.integers(0, 300), st.integers(0, 300))
def test_the_bound_is_the_last_number_that_the_sample_does_not_exclude(
    lot: int, read: int, found: int
) -> None:
    assume(found <= read <= lot)
    most = most_faulty(lot, read, found)
    assert found <= most <= lot - (read - found)
    assert most == found or hypergeom.cdf(found, lot, most, read) > 1 - CONFIDENCE - 1e-9
    if most < lot - (read - found):
        assert hypergeom.cdf(found, lot, most + 1, read) <= 1 - CONFIDENCE + 1e-9


@pytest.mark.parametrize(
    ("lot", "share", "wanted"), [(100, 0.05, 39), (686, 0.05, 55), (10_000, 0.05, 59), (3, 0.05, 3)]
)
def test_so_many_are_read_and_with_one_fewer_the_bound_is_missed(lot: int, share: float, wanted: int) -> None:
    assert to_read(lot, share) == wanted
    assert most_faulty(lot, wanted, 0) <= share * lot
    assert most_faulty(lot, wanted - 1, 0) > share * lot


def test_all_read_nothing_is_left_unknown() -> None:
    assert most_faulty(40, 40, 3) == 3
    assert most_faulty(40, 0, 0) == 40


def test_what_is_drawn_depends_on_ids_alone() -> None:
    names = [f"e{number:024x}" for number in range(50)]
    order = in_random_order(names)
    assert in_random_order(reversed(names)) == order
    assert in_random_order(names[:-1]) == [one for one in order if one != names[-1]]


def test_only_what_was_read_without_a_gap_is_a_sample() -> None:
    kinds = dict.fromkeys((f"e{number:024x}" for number in range(20)), "question_answer")
    order = in_random_order(kinds)
    (bound,) = bounds(
        kinds, [verdict(order[0]), verdict(order[1], "cut"), verdict(order[3], "urgency", "editor")]
    )
    assert (bound.lot, bound.read, bound.faults, bound.beyond) == (20, 2, {"cut": 1}, 1)
    assert bound.left == 18  # both that are at fault are taken out
    assert bound.most == most_faulty(20, 2, 1) - 2
    assert bound.by_role == {"clinician": 2}


def test_one_fault_of_several_reviewers_counts_and_an_example_counts_once() -> None:
    kinds = {"e" + "0" * 24: "triage_recommendation"}
    reviews = [verdict(next(iter(kinds))), verdict(next(iter(kinds)), "harmful", "editor", "B")]
    (bound,) = bounds(kinds, reviews)
    assert (bound.read, bound.faults, bound.left, bound.most) == (1, {"harmful": 1}, 0, 0)
