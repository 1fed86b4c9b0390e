"""Checks: each fails on the fault it is there for, and only on that."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import orjson
import pyarrow as pa
import pytest

from medai_assets.foundation.schemas import REMOVED
from medai_assets.instructions.dataset.build import Built
from medai_assets.instructions.dataset.checks import (
    BLOCKING,
    CHECKS,
    ROW_CHECKS,
    WARNING,
    Forbidden,
    forbidden,
    row_faults,
)
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.set_aside import SetAside, share_check
from medai_assets_tests.instructions.builders import origin

Rows = list[dict[str, Any]]


def first(rows: Rows, kind: str, split: str = "train") -> dict[str, Any]:
    return next(r for r in rows if r["kind"] == kind and r["split"] == split)


def relabel(row: dict[str, Any], **labels: Any) -> None:
    row["labels"] = orjson.dumps(orjson.loads(row["labels"]) | labels).decode()


def _without(rows: Rows, kind: str) -> None:
    rows[:] = [r for r in rows if r["kind"] != kind]


def _leak(rows: Rows) -> None:
    taken = first(rows, "question_answer")
    rows.append({**taken, "example_id": "eleak", "split": "validation"})


FAULTS: dict[str, Callable[[Rows], Any]] = {
    "schema": lambda rows: rows[0].update(kind="poem"),
    "labels": lambda rows: relabel(first(rows, "drug_information"), facts=["77 mg"]),
    "answers_whole": lambda rows: rows[0].update(completion="Take it when"),
    "kinds_present": lambda rows: _without(rows, "triage_recommendation"),
    "kinds_large_enough": lambda rows: rows.__delitem__(slice(None, len(rows) - 100)),
    "validation_present": lambda rows: [r.update(split="train") for r in rows],
    "validation_size": lambda rows: [r.update(split="train") for r in rows],
    "no_overlap": _leak,
    "no_benchmark": lambda rows: rows[0].update(passage_ids=["pbench"]),
    "licences": lambda rows: rows[0].update(origins=[origin("nhs:x") | {"licence": "All rights reserved"}]),
    "no_withdrawn": lambda rows: rows[0].update(origins=[origin("nhs:withdrawn", "3")]),
    "no_placeholder": lambda rows: rows[0].update(
        completion="Call {emergency_number} now, and wait for the ambulance."
    ),
    "lengths": lambda rows: first(rows, "triage_recommendation").update(completion="No. " * 400),
    "twins_together": lambda rows: [r.update(split="train") for r in rows if '"harmful":true' in r["labels"]],
}
BANNED = Forbidden(frozenset({"pbench"}), frozenset({("nhs:withdrawn", "3")}))


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_each_check_sees_its_fault(name: str, built: Built, mixture: Mixture) -> None:
    rows = copy.deepcopy(built.rows)
    FAULTS[name](rows)
    passed, detail = CHECKS[name](rows, mixture, BANNED)
    assert not passed
    assert detail
    assert (name in BLOCKING) is not (name in WARNING)


@pytest.mark.parametrize("name", sorted(ROW_CHECKS))
def test_what_a_row_fails_by_itself_sets_that_row_aside_with_a_reason(
    name: str, built: Built, mixture: Mixture
) -> None:
    rows = copy.deepcopy(built.rows)
    FAULTS[name](rows)
    found = [faults for row in rows if (faults := row_faults(row, mixture, BANNED))]
    assert [faults[0][0] for faults in found] == [name]
    assert all(reason for faults in found for _, reason in faults)


def test_a_kind_that_nobody_wants_may_be_empty(built: Built, mixture: Mixture) -> None:
    rows = copy.deepcopy(built.rows)
    _without(rows, "triage_recommendation")
    failed, told = CHECKS["kinds_present"](rows, mixture, Forbidden())
    assert not failed
    assert "triage_recommendation" in told
    assert "most_examples" in told
    unwanted = mixture.model_copy(update={"most_examples": {"triage_recommendation": 0}})
    assert CHECKS["kinds_present"](rows, unwanted, Forbidden())[0]


def aside(row: dict[str, Any], *names: str) -> SetAside:
    found = SetAside()
    for number, name in enumerate(names):
        found.add({**row, "example_id": f"e{number}"}, name, "why")
    return found


def test_too_many_set_aside_of_a_kind_block_and_are_named(built: Built, mixture: Mixture) -> None:
    row = first(built.rows, "triage_recommendation")
    found = share_check({row["kind"]: 60}, aside(row, *["whole"] * 54, "grounded"), mixture)
    assert not found.passed
    assert found.name in BLOCKING
    for told in ("triage_recommendation: 55 of 60", "whole (54)", "e0", "most_set_aside", "removed"):
        assert told in found.detail


def test_a_small_share_repeated_answers_and_a_small_kind_do_not_block(built: Built, mixture: Mixture) -> None:
    row = first(built.rows, "triage_recommendation")
    assert share_check({row["kind"]: 60}, aside(row, *["whole"] * 54), mixture).passed
    assert share_check({row["kind"]: 60}, aside(row, *["not_said_twice"] * 59), mixture).passed
    assert share_check({row["kind"]: 3}, aside(row, *["whole"] * 3), mixture).passed


def test_masks_of_personal_data_are_placeholders(built: Built, mixture: Mixture) -> None:
    rows = copy.deepcopy(built.rows)
    rows[0]["completion"] = "Dear [NAME], drink plenty of water and rest until the fever has gone."
    assert not CHECKS["no_placeholder"](rows, mixture, Forbidden())[0]


def test_what_curation_set_aside_is_read_from_its_table() -> None:
    rows = [
        {"stage": "curated_corpus", "step": step, "reason": "r", "detail": None, "passage_id": f"p{n}", "source": "nhs",
         "text": None, "origins": [origin(f"nhs:{n}", "2")]}
        for n, step in enumerate(["decontamination", "withdrawal", "exact_duplicate"])
    ]  # fmt: skip
    found = forbidden(pa.Table.from_pylist(rows, schema=REMOVED).to_batches())
    assert found.benchmark_passages == {"p0"}
    assert found.withdrawn_records == {("nhs:1", "2")}
