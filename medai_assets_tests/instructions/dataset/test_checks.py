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
from medai_assets.instructions.dataset.checks import BLOCKING, CHECKS, Forbidden, forbidden
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets_tests.instructions.builders import origin

Rows = list[dict[str, Any]]


def first(rows: Rows, kind: str, split: str = "train") -> dict[str, Any]:
    return next(r for r in rows if r["kind"] == kind and r["split"] == split)


def relabel(row: dict[str, Any], **labels: Any) -> None:
    row["labels"] = orjson.dumps(orjson.loads(row["labels"]) | labels).decode()


def _leak(rows: Rows) -> None:
    taken = first(rows, "question_answer")
    rows.append({**taken, "example_id": "eleak", "split": "validation"})


FAULTS: dict[str, Callable[[Rows], Any]] = {
    "schema": lambda rows: rows[0].update(kind="poem"),
    "labels": lambda rows: relabel(first(rows, "drug_information"), facts=["77 mg"]),
    "answers_whole": lambda rows: rows[0].update(completion="Take it when"),
    "kinds_present": lambda rows: rows.__delitem__(slice(None, len(rows) - 100)),
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
    assert name in BLOCKING


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
