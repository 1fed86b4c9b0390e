"""What is set aside is kept whole, counted by kind and property, and blocks where it is too much of a kind."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from medai_assets.foundation.schemas import REMOVED
from medai_assets.foundation.vocabularies import KINDS
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.set_aside import CHECK, SetAsideTally, share_check
from medai_assets_tests.instructions.builders import origin

KIND = "question_answer"


def example(number: int = 0, **other: Any) -> Any:
    values = {
        "example_id": f"e{number}",
        "kind": KIND,
        "rule": "r/1",
        "passage_ids": [f"p{number}", "shared"],
        "source": "nhs",
    }
    return {
        **values,
        "prompt": "What is it?",
        "completion": "A sound.",
        "origins": [origin("nhs:x")],
        **other,
    }


def aside(*names: str, **other: Any) -> SetAsideTally:
    found = SetAsideTally()
    for number, name in enumerate(names):
        found.add(example(number, **other), name, f"why {number}")
    return found


def test_a_row_is_kept_with_rule_id_reason_and_both_its_texts() -> None:
    found = aside("whole")
    (kept,) = found.removed
    assert kept["detail"] == "r/1 e0: why 0"
    assert kept["text"] == "What is it?\n\nA sound."
    assert (kept["step"], kept["reason"], kept["passage_id"]) == ("verification", "whole", "p0")
    assert pa.Table.from_pylist(found.removed, schema=REMOVED).to_pylist() == found.removed


def test_what_the_mixture_leaves_out_has_a_step_of_its_own_and_authored_text_no_passage() -> None:
    (kept,) = aside("left_out", passage_ids=[]).removed
    assert (kept["step"], kept["passage_id"]) == ("mixture", None)


def test_a_passage_is_told_by_the_first_property_that_its_examples_fail() -> None:
    assert aside("whole", "grounded").of_passage == {"p0": "whole", "shared": "whole", "p1": "grounded"}


def test_counts_of_several_add_up_and_three_examples_are_named() -> None:
    one, other = aside("whole", "whole"), aside("grounded", "whole")
    one.count(other.by_kind, other.ids)
    assert one.by_kind == {KIND: {"grounded": 1, "whole": 3}}
    assert one.ids[KIND] == ["e0", "e1", "e0"]
    assert len(one.removed) == 2, "the rows of others are not ours to keep"


def test_kinds_come_in_the_order_of_the_vocabulary_and_none_without_a_fault() -> None:
    found = SetAsideTally()
    for kind in reversed(KINDS):
        found.add(example(kind=kind), "whole", "why")
    assert list(found.by_kind) == list(KINDS)
    assert SetAsideTally().by_kind == {}


@pytest.mark.parametrize(
    ("faulty", "made", "most", "least", "passes"),
    [
        (90, 100, 0.9, 60, True),
        (91, 100, 0.9, 60, False),
        (59, 59, 0.9, 60, True),
        (60, 60, 0.9, 60, False),
        (60, 60, 1.0, 60, True),
        (1, 1, 0.5, 0, False),
        (0, 100, 0.1, 1, True),
        (0, 0, 0.1, 0, True),
    ],
)
def test_the_share_is_judged_at_its_bound(
    faulty: int, made: int, most: float, least: int, passes: bool
) -> None:
    found = share_check(
        {KIND: made}, aside(*["whole"] * faulty), Mixture(most_set_aside=most, least_examples=least)
    )
    assert found.name == CHECK
    assert found.passed is passes


@pytest.mark.parametrize("name", ["not_said_twice", "review", "left_out"])
def test_what_is_no_fault_of_the_rules_never_blocks(name: str) -> None:
    assert share_check({KIND: 100}, aside(*[name] * 100), Mixture(most_set_aside=0.1)).passed


def test_what_was_left_out_is_no_part_of_the_whole_that_is_judged() -> None:
    found = aside(*["left_out"] * 40, *["whole"] * 55)
    assert (
        f"{KIND}: 55 of 60 set aside" in share_check({KIND: 100}, found, Mixture(most_set_aside=0.9)).detail
    )
    assert share_check({KIND: 100}, found, Mixture(most_set_aside=0.95)).passed
    assert share_check({KIND: 100}, found, Mixture(least_examples=61)).passed


def test_a_message_names_every_kind_that_is_over_and_its_most_frequent_property() -> None:
    found = aside("whole", "grounded", "grounded")
    for number in range(3):
        found.add(example(number + 10, kind="drug_information"), "doses", "why")
    told = share_check({KIND: 3, "drug_information": 3}, found, Mixture(least_examples=1)).detail
    assert f"{KIND}: 3 of 3 set aside, most by grounded (2), such as e0, e1, e2" in told
    assert "drug_information: 3 of 3 set aside, most by doses (3), such as e10, e11, e12" in told
    assert "most_set_aside 0.9" in told
