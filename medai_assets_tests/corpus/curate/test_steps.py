"""What becomes of rows: the first step that takes one out stands, and what is merged is told to the end of the chain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.corpus.curate.compact_columns import PassageIds
from medai_assets.corpus.curate.steps import STEPS, Decisions, _version_key

IDS = PassageIds(np.arange(9, dtype=np.uint64), np.arange(9, dtype=np.uint32))


def test_the_first_step_that_takes_a_row_out_stands() -> None:
    decisions = Decisions.of(3)
    decisions.set_aside(1, "licence", "MIT", "policy own")
    decisions.set_aside(1, "decontamination", "medqa", "medqa:7")
    assert STEPS[decisions.step[1]] == "licence"
    assert (decisions.reason_of(1), decisions.detail_of(1, IDS)) == ("MIT", "policy own")
    assert decisions.left.tolist() == [0, 2]


def test_a_merged_row_names_what_carries_it() -> None:
    decisions = Decisions.of(4)
    decisions.merge_into(1, 0, "exact_duplicate", "same text")
    decisions.merge_into(3, 2, "near_duplicate", "nearly the same text", 0.876)
    assert decisions.detail_of(1, IDS) == IDS[0]
    assert decisions.detail_of(3, IDS) == f"{IDS[2]}, Jaccard 0.88"


def test_what_is_merged_into_a_merged_row_is_carried_by_the_last() -> None:
    decisions = Decisions.of(4)
    for row, kept in ((3, 2), (2, 1), (1, 0)):
        decisions.merge_into(row, kept, "exact_duplicate", "same text")
    assert decisions.root().tolist() == [0, 0, 0, 0]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30))
def test_every_row_has_one_root_that_is_its_own(into: list[int]) -> None:
    decisions = Decisions.of(len(into))
    decisions.into[:] = [min(target, row) for row, target in enumerate(into)]
    root = decisions.root()
    assert np.array_equal(root[root], root)
    assert all(root[row] <= row for row in range(len(into)))


@pytest.mark.parametrize(
    "versions",
    [
        ("", "1", "2", "9", "10", "100"),
        ("", "1", "2019-12-31", "2020-01-01"),
        ("7", "20191231", "20200101"),
        ("1", "3f2a", "abc"),
        ("9", "x", "²"),
    ],
)
def test_versions_are_ordered_by_number_and_date(versions: tuple[str, ...]) -> None:
    assert sorted(versions, key=_version_key) == list(versions)


@given(st.lists(st.text(max_size=9), max_size=5))
def test_any_two_versions_have_an_order(versions: list[str]) -> None:
    ordered = sorted(versions, key=_version_key)
    assert sorted({*versions}, key=_version_key) == list(dict.fromkeys(ordered))
