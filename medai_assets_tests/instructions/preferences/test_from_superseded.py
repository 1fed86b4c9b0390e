"""Pairs of a current version and the one that it replaces: only of the same question, and only where they say something else."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from medai_assets.foundation.schemas import REMOVED
from medai_assets.instructions.dataset.candidates import Candidates
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.passages import documents
from medai_assets.instructions.preferences.pairs import pairs_of_versions, superseded
from medai_assets_tests.instructions.builders import origin, row, table

RECORD = "medquad:a/1.xml#0"
OLD = (RECORD, "1")
SAID = "Wheeze is a whistling sound that you hear when someone breathes out through narrow airways."
SAYS = "Wheeze is a whistling sound that comes from narrow airways, most often while breathing out."


def removed(*rows: tuple[str, str, str]) -> list[pa.RecordBatch]:
    """REMOVED rows of (step, reason, version)."""
    made = [
        {"stage": "curated_corpus", "step": step, "reason": reason, "detail": None, "passage_id": None, "source": "medquad",
         "text": None, "origins": [origin(RECORD, version)]}
        for step, reason, version in rows
    ]  # fmt: skip
    return pa.Table.from_pylist(made, schema=REMOVED).to_batches()


@pytest.mark.parametrize(
    ("step", "reason", "is_old"),
    [
        ("superseded", "older version of the record", True),
        ("withdrawal", "superseded", True),
        ("withdrawal", "retraction", False),
        ("withdrawal", "takedown", False),
        ("exact_duplicate", "superseded", False),
        ("licence", "not allowed", False),
    ],
)
def test_only_what_a_newer_version_replaces_is_superseded(step: str, reason: str, is_old: bool) -> None:
    assert superseded(removed((step, reason, "1"))) == ({OLD} if is_old else set())


def test_versions_are_gathered_from_all_batches_each_once() -> None:
    batches = [
        *removed(("superseded", "r", "1"), ("superseded", "r", "1")),
        *removed(("superseded", "r", "2")),
    ]
    assert superseded(batches) == {OLD, (RECORD, "2")}
    assert superseded([]) == set()


def passage(text: str, version: str, question: str = "What is wheeze?", **of_origin: Any) -> dict[str, Any]:
    return row(text, "answer", document="medquad:a/1.xml", heading="q", attributes={"question": question},
               origins=[origin(RECORD, version) | of_origin])  # fmt: skip


def current(*rows: dict[str, Any]) -> list[Any]:
    made = Candidates(Mixture())
    for document in documents(table(list(rows)).to_batches()):
        made.document(document)
    assert made.rows
    return made.rows


def pairs(now: list[Any], *before: dict[str, Any]) -> list[dict[str, Any]]:
    old = {OLD}
    return list(pairs_of_versions(now, table(list(before)).to_batches(), old, Mixture()))


def test_the_old_answer_is_the_rejected_one_and_its_version_is_named() -> None:
    (pair,) = pairs(current(passage(SAYS, "2")), passage(SAID, "1"))
    assert (pair["reason"], pair["chosen"], pair["rejected"]) == ("current_label", SAYS, SAID)
    assert [o["version"] for o in (*pair["chosen_origins"], *pair["rejected_origins"])] == ["2", "1"]
    assert pair["rejected_example_id"] is None


def test_a_version_that_says_the_same_in_another_order_or_with_other_marks_is_no_pair() -> None:
    assert pairs(current(passage(SAYS, "2")), passage(SAYS, "1")) == []
    moved = "Most often while breathing out, wheeze is a whistling sound that comes from narrow airways."
    assert pairs(current(passage(SAYS, "2")), passage(moved, "1")) == []


@pytest.mark.parametrize(
    ("question", "now", "before"),
    [
        ("How is wheeze treated?",
         "Wheeze is treated with 2 puffs of an inhaler, and most people are well again within a day.",
         "Wheeze is treated with 4 puffs of an inhaler, and most people are well again within a day."),
        ("Is wheeze inherited?",
         "Wheeze is not inherited in most families, and nobody knows why some people have it more often.",
         "Wheeze is inherited in most families, and nobody knows why some people have it more often."),
    ],
)  # fmt: skip
def test_another_figure_or_one_not_is_something_else(question: str, now: str, before: str) -> None:
    found = pairs(current(passage(now, "2", question)), passage(before, "1", question))
    assert [pair["rejected"] for pair in found] == [before]


def test_an_answer_to_another_question_is_the_other_side_only_where_it_is_the_rule_s_only_one() -> None:
    reworded = passage(SAID, "1", "What does wheeze mean?")
    assert len(pairs(current(passage(SAYS, "2")), reworded)) == 1
    more = row("Rest helps against wheeze, and so does clean air in all the rooms of a home.", "answer",
               document="medquad:a/1.xml", heading="q", attributes={"question": "What helps against wheeze?"},
               origins=[origin(RECORD, "2")])  # fmt: skip
    assert pairs(current(passage(SAYS, "2"), more), reworded) == []


def test_an_old_version_under_a_licence_that_the_current_one_has_not_is_no_pair() -> None:
    old = passage(SAID, "1", licence="CC-BY-4.0")
    assert pairs(current(passage(SAYS, "2")), old) == []


def test_versions_that_are_not_superseded_and_other_records_make_no_pair() -> None:
    assert pairs(current(passage(SAYS, "2")), passage(SAID, "3")) == []
    other = row(SAID, "answer", document="medquad:b/1.xml", heading="q", attributes={"question": "What is wheeze?"},
                origins=[origin("medquad:b/1.xml#0", "1")])  # fmt: skip
    assert pairs(current(passage(SAYS, "2")), other) == []
    assert pairs([], passage(SAID, "1")) == []
