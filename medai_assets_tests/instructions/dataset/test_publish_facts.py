"""What a version of the data set says of itself, as functions of its rows and of what people read."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest

from medai_assets.foundation.schemas import REMOVED
from medai_assets.foundation.vocabularies import KINDS
from medai_assets.instructions.dataset.build import Built, never_shown
from medai_assets.instructions.dataset.checks import BLOCKING, Check
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.publish import (
    found_faulty,
    metadata,
    reviewed,
    token_counts,
    token_lengths,
)
from medai_assets_tests.instructions.builders import origin


def verdict(
    example_id: str, verdict: str = "fault", fault: str = "urgency", comment: str = "", role: str = "nurse"
) -> Any:
    return {
        "example_id": example_id,
        "verdict": verdict,
        "fault": fault,
        "comment": comment,
        "role": role,
        "reviewer": "A",
    }


def test_one_reader_s_fault_is_enough_and_all_say_why() -> None:
    told = found_faulty([
        verdict("e1", comment="it is one"), verdict("e1", "approve"), verdict("e1", fault="dose", role="pharmacist"),
        verdict("e2", "approve"), verdict("e3", "unsure"),
    ])  # fmt: skip
    assert told == {"e1": "urgency (nurse): it is one; dose (pharmacist)"}
    assert found_faulty([]) == {}


def example(number: int, split: str = "train", form: str = "", **other: Any) -> Any:
    return {
        "example_id": f"e{number}", "kind": "question_answer", "rule": "question_answer.pair/1", "source": "nhs", "split": split,
        "audience": "consumer", "origins": [origin("nhs:x")], "labels": orjson.dumps({"form": form} if form else {}).decode(),
    } | other  # fmt: skip


def built(*rows: Any, **other: Any) -> Built:
    return Built(list(rows), REMOVED.empty_table(), **other)


def test_counts_come_by_what_most_examples_are_and_licences_once_an_example() -> None:
    both = [origin("nhs:x") | {"licence": "OGL-UK-3.0"}, origin("nhs:y") | {"licence": "OGL-UK-3.0"}]
    rows = [
        example(1),
        example(2, source="cdc", form="cited"),
        example(3, "validation", origins=both),
        example(4, source="cdc"),
    ]
    told = metadata(built(*rows), Mixture(), [])
    assert [row["kind"] for row in told["by_kind"]] == list(KINDS)
    assert told["by_kind"][0] == {"kind": "question_answer", "train": 3, "validation": 1}
    assert told["by_source"] == [{"source": "cdc", "examples": 2}, {"source": "nhs", "examples": 2}]
    assert told["by_form"] == [{"form": "plain", "examples": 2}, {"form": "cited", "examples": 1}]
    assert {row["licence"]: row["examples"] for row in told["licences"]} == {
        "LicenseRef-medai-sample": 3,
        "OGL-UK-3.0": 1,
    }
    assert orjson.dumps(told)


def test_only_blocking_checks_fail_a_version_and_a_reason_that_fell_to_nothing_is_not_listed() -> None:
    checks = [Check("schema", False, "x"), Check("validation_size", False, "y"), Check("labels", True, "z")]
    told = metadata(built(unused=Counter({"a": 2, "b": 0, "c": -1})), Mixture(), checks)
    assert told["failed_checks"] == ["schema"]
    assert [c["blocking"] for c in told["checks"]] == [True, False, True]
    assert told["set_aside"] == [{"reason": "a", "passages": 2}]
    assert "set_aside_share" in BLOCKING


def test_a_passage_that_a_prompt_shows_is_no_longer_unused() -> None:
    unused = Counter({"no rule fits this": 2})
    rows: Any = [{"passage_id": name, "reason": "no rule fits this"} for name in ("p1", "p2")]
    assert list(never_shown(rows, unused, {"p1"})) == [rows[1]]
    assert unused == {"no rule fits this": 1}


def test_verdicts_on_examples_that_are_gone_tell_nothing_and_faulty_ones_count_in_their_kind() -> None:
    made = built(*(example(n) for n in range(3)), reviewed={"e9": "question_answer"})
    assert reviewed(made, []) == []
    assert reviewed(made, [verdict("e77", "approve")]) == []
    (told,) = reviewed(made, [verdict(f"e{n}", "approve") for n in range(3)] + [verdict("e9")])
    assert (told["lot"], told["read"], told["left"], told["most"]) == (4, 4, 3, 0)
    assert told["faults"] == {"urgency": 1}


@pytest.mark.parametrize(
    ("counts", "passed", "detail"),
    [
        ({}, True, "not counted"),
        ({"a": 0}, True, "not counted"),
        ({"a": 2, "b": 0, "c": 1}, False, "2 over the limit for a; 1 over the limit for c"),
    ],
)
def test_examples_over_the_limit_are_told_by_model(counts: dict[str, int], passed: bool, detail: str) -> None:
    told = {"tokens": {name: {"over_limit": n} for name, n in counts.items()}, "tokens_note": "not counted"}
    assert token_lengths(told) == Check("token_lengths", passed, detail)


def test_without_a_model_it_is_said_that_nothing_was_counted(tmp_path: Path) -> None:
    told = token_counts([example(1)], 512, tmp_path)
    assert told["tokens"] == {}
    assert told["tokens_note"].startswith("not counted")


def test_the_table_of_no_rows_has_the_schema_all_the_same() -> None:
    assert built().table.num_rows == 0
    assert isinstance(built().table, pa.Table)
