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
    is_masked,
    row_faults,
)
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.set_aside import SetAsideTally, share_check
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
    "answers_whole": lambda rows: first(rows, "question_answer").update(completion="Take it when"),
    "kinds_present": lambda rows: _without(rows, "triage_recommendation"),
    "kinds_large_enough": lambda rows: rows.__delitem__(slice(None, len(rows) - 100)),
    "validation_present": lambda rows: [r.update(split="train") for r in rows],
    "validation_size": lambda rows: [r.update(split="train") for r in rows],
    "no_overlap": _leak,
    "no_benchmark": lambda rows: rows[0].update(passage_ids=["pbench"]),
    "licences": lambda rows: rows[0].update(origins=[origin("nhs:x") | {"licence": "All rights reserved"}]),
    "no_withdrawn": lambda rows: rows[0].update(origins=[origin("nhs:withdrawn", "3")]),
    "no_placeholder": lambda rows: first(rows, "question_answer").update(
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


def aside(row: dict[str, Any], *names: str) -> SetAsideTally:
    found = SetAsideTally()
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


def question(**other: Any) -> Any:
    """A row that passes every check by itself."""
    labels = {"framing": [], "question_type": "treatment"}
    return {
        "example_id": "e1", "kind": "question_answer", "rule": "question_answer.pair/1", "system": "s", "history": [],
        "prompt": "What helps against gout?", "completion": "Rest helps most people who have gout, and so does a cold pack.",
        "passage_ids": ["p1"], "origins": [origin("nhs:gout")], "authored": False, "split": "train", "subject": "Gout",
        "audience": "consumer", "source": "nhs", "labels": orjson.dumps(labels).decode(),
    } | other  # fmt: skip


def named(row: Any, **mixture: Any) -> list[str]:
    return [name for name, _ in row_faults(row, Mixture(least_words=3, **mixture), BANNED)]


def test_a_sound_row_fails_nothing() -> None:
    assert named(question()) == []


@pytest.mark.parametrize(
    ("completion", "whole"),
    [
        ("See a doctor if it lasts.", True),
        ("Is it gout? See a doctor!", True),
        ("See a doctor (today).", True),
        ("He said: “It is gout.”", True),
        ("See a GP if:\n- it lasts\n- it hurts", True),
        ("Do this now:\n1. Sit down.\n2. Call for help", True),
        ("Doses by age:\n\nAge | Dose\nAdults | 5 mg", True),
        ("Store it below 25 °C.\n", True),
        ("Take it with", False),
        ("Take it with…", False),
        ("Take it with ...", False),
        ("Stop taking it if:", False),
        ("Rest, drink water,", False),
        ("Rest helps (see", False),
        ("Rest helps –", False),
        ("Age | Dose\nAdults | 5 mg\nand then take", False),
        ("   ", False),
        ("", False),
    ],
)
def test_an_answer_is_whole_where_it_ends_as_a_text_ends(completion: str, whole: bool) -> None:
    assert ("answers_whole" not in named(question(completion=completion))) is whole


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"prompt": "What is {drug} used for?"}, True),
        ({"completion": "Call {emergency_number} now, please do."}, True),
        ({"completion": "Write to [EMAIL] for advice now."}, True),
        ({"prompt": "My name is [NAME]. What helps?"}, True),
        ({"completion": "Vitamin D [25-hydroxy] and x{2} are measured."}, False),
        ({"completion": "The set {1, 2} is small, see [1] here."}, False),
        ({"completion": "Dear [name], rest helps most people."}, False),
    ],
)
def test_a_placeholder_is_seen_in_request_and_answer(change: dict[str, str], found: bool) -> None:
    assert ("no_placeholder" in named(question(**change))) is found


@pytest.mark.parametrize(
    ("words", "authored", "found"),
    [(2, False, True), (3, False, False), (40, False, False), (41, False, True), (2, True, False)],
)
def test_lengths_are_judged_at_their_bounds_and_people_write_as_they_like(
    words: int, authored: bool, found: bool
) -> None:
    row = question(completion="Rest " * (words - 1) + "helps.", authored=authored)
    assert ("lengths" in named(row, most_words=40)) is found


def test_a_kind_may_have_a_length_of_its_own() -> None:
    row = question(completion="Rest " * 49 + "helps.")
    assert named(row, most_words=40) == ["lengths"]
    assert named(row, most_words=40, most_words_of={"question_answer": 50}) == []


def test_of_a_prompt_with_text_the_question_is_measured() -> None:
    told = question(prompt="text " * 300)
    assert named(told) == ["lengths"]
    relabel(told, question="What helps against gout?")
    assert named(told) == []


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"kind": "poem"}, "labels"),
        ({"labels": "{}"}, "labels"),
        ({"prompt": " \n"}, "answers_whole"),
        ({"passage_ids": ["p1", "pbench"]}, "no_benchmark"),
        ({"origins": [origin("nhs:gout"), origin("nhs:withdrawn", "3")]}, "no_withdrawn"),
        ({"origins": [origin("nhs:x") | {"licence": "CC-BY-NC-4.0"}]}, "licences"),
        ({"origins": [origin("nhs:x") | {"licence": ""}]}, "licences"),
    ],
)
def test_one_fault_of_a_row_is_named_by_its_check(change: dict[str, Any], name: str) -> None:
    assert named(question(**change)) == [name]


def test_another_version_of_a_withdrawn_record_may_be_used() -> None:
    assert named(question(origins=[origin("nhs:withdrawn", "4")])) == []


def test_a_licence_that_the_policy_refused_is_refused_though_it_is_known() -> None:
    banned = Forbidden(licences=frozenset({"LicenseRef-medai-sample"}))
    assert [name for name, _ in row_faults(question(), Mixture(least_words=3), banned)] == ["licences"]


@pytest.mark.parametrize(
    ("kind", "label", "values", "why"),
    [
        ("triage_recommendation", "level", {"level": "soon"}, "the level 'soon' is none of self_care"),
        (
            "drug_information",
            "facts",
            {"facts": ["5 mg"], "drug": "x", "field": "dosage"},
            "'5 mg' is not in the answer",
        ),
        ("drug_information", "facts", {"facts": []}, "no label drug, field"),
        (
            "symptom_analysis",
            "red_flags",
            {"red_flags": ["a fit"], "condition": "x"},
            "'a fit' is not in the answer",
        ),
    ],
)
def test_a_label_says_what_the_answer_says(kind: str, label: str, values: dict[str, Any], why: str) -> None:
    row = question(kind=kind, labels=orjson.dumps({"framing": [], **values}).decode())
    (found,) = [
        reason for name, reason in row_faults(row, Mixture(least_words=3), BANNED) if name == "labels"
    ]
    assert why in found, label


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Call [PHONE].", True),
        ("[NAME] [EMAIL]", True),
        ("[phone]", False),
        ("PHONE", False),
        ("see [12]", False),
        ("", False),
    ],
)
def test_a_mask_is_a_placeholder_in_capitals_and_brackets(text: str, masked: bool) -> None:
    assert is_masked(text) is masked


def test_two_rows_of_one_id_or_without_an_origin_do_not_fit_the_schema() -> None:
    check = CHECKS["schema"]
    assert check([question()], Mixture(), BANNED)[0]
    for rows in (
        [question(), question()],
        [question(origins=[])],
        [question(split="test")],
        [question(prompt=None)],
    ):
        assert not check(rows, Mixture(), BANNED)[0]


def test_a_verdict_names_five_rows_and_how_many_there_are() -> None:
    rows = [question(example_id=f"e{n}", completion="It breaks off") for n in range(7)]
    passed, told = CHECKS["answers_whole"](rows, Mixture(least_words=3), BANNED)
    assert (passed, told) == (False, "7: e0, e1, e2, e3, e4 …")


def test_of_an_empty_data_set_nothing_is_held_out_and_every_kind_is_missing() -> None:
    failed = {name for name, check in CHECKS.items() if not check([], Mixture(), BANNED)[0]}
    assert failed == {"kinds_present", "kinds_large_enough", "validation_present"}
