"""Pairs of the data set alone: twins, and answers without their urgency, of which nothing else is lost."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.language.framing import COUNTRIES, country, level_line, overdose_line
from medai_assets.instructions.preferences.pairs import (
    pairs_of_twins,
    pairs_of_urgency,
    without_urgency,
)
from medai_assets.verification.urgency import LEVELS, highest, level_of
from medai_assets_tests.instructions.builders import origin


@pytest.mark.parametrize(
    ("answer", "calmer"),
    [
        ("Rest at home. Call 911 if you have chest pain. Drink water.", "Rest at home. Drink water."),
        (
            "Call 999 if:\n- your lips are blue\n- you collapse\n\nSee a GP if:\n- it does not go away",
            "See a GP if:\n- it does not go away",
        ),
        ("Emergency – advice on stroke. Tell them when it began.", "Tell them when it began."),
    ],
)
def test_an_answer_without_its_urgency_is_the_same_words_otherwise(answer: str, calmer: str) -> None:
    assert without_urgency(answer) == calmer


@pytest.mark.parametrize(
    "answer",
    [
        "Rest at home and drink water.",  # sends nobody
        "Call 911 now.",  # nothing would be left
        "Call 999 now. You may have:",  # what is left would break off
    ],
)
def test_of_an_answer_that_says_nothing_else_there_is_no_pair(answer: str) -> None:
    assert without_urgency(answer) is None


@pytest.mark.parametrize(
    ("answer", "calmer"),
    [
        ("Drink plenty of fluids. Go to A&E if you cannot keep fluids down. Rest until you feel better.",
         "Drink plenty of fluids. Rest until you feel better."),
        ("Wash the wound. Seek medical attention right away if it is deep. Keep it covered.", "Wash the wound. Keep it covered."),
        ("Stop it and call your doctor immediately if you get hives. Store it at 20 °C.", "Store it at 20 °C."),
        ("It is mild.\n\nGo to the emergency room if:\n- you faint\n- you have a fit\n\nMost people get better.",
         "It is mild.\n\nMost people get better."),
        ("Ask a pharmacist if:\n- you have a cough\n- you have chest pain: call 999\n- you have a cold",
         "Ask a pharmacist if:\n- you have a cough\n- you have a cold"),
        ("Rest. In case of overdose, get medical help or contact a Poison Control Center right away. Drink water.",
         "Rest. Drink water."),
        ("See a GP if:\n- you cough\n\nCall 999 if:\n- you choke\n\n- you faint\n\nSee a GP too if it lasts.",
         "See a GP if:\n- you cough\n\nSee a GP too if it lasts."),
        ("Call 911 now. Rest at home. Call 911 now. Drink water.", "Rest at home. Drink water."),
        ("1. Call 999.\n2. Sit them down and keep them calm.", "2. Sit them down and keep them calm."),
        ("Urgent: get medical advice today, from a doctor.\n\nA wheeze may come back.", "A wheeze may come back."),
        ("Rest. They counted:\nCall 911 now. 150.\n1. Sit.", "Rest. They counted:\n150.\n1. Sit."),
    ],
)  # fmt: skip
def test_what_sends_for_help_goes_and_every_other_word_stays_in_order(answer: str, calmer: str) -> None:
    assert without_urgency(answer) == calmer


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "See a doctor if it does not go away.",
        "Take 999 mg a day.",
        "In trials 911 patients were treated promptly.",
        "Emergency contraception is taken within 3 days. Ask a pharmacist.",
        "Call 911 if:\n- you faint\n- you have a fit",
    ],
)
def test_an_answer_that_sends_nobody_or_does_nothing_else_has_no_calmer_one(answer: str) -> None:
    assert without_urgency(answer) is None


@pytest.mark.xfail(strict=True, reason="urgency.py reads a number that is not to be called as an ambulance")
def test_a_number_that_is_not_to_be_called_sends_nobody() -> None:
    assert without_urgency("You do not need to call 999 for a cold. Rest at home.") is None


@pytest.mark.parametrize("code", COUNTRIES)
def test_no_calmer_answer_of_any_country_calls_an_ambulance(code: str) -> None:
    place = country(code)
    for urgent in (overdose_line(place), level_line("emergency", place), level_line("urgent", place)):
        calmer = without_urgency(f"{urgent}\n\nKeep the packet, so that you can show it.")
        assert calmer in ("Keep the packet, so that you can show it.", None)
    assert without_urgency(f"{level_line('primary_care', place)} Rest well.") is None


ANSWERS = st.lists(
    st.sampled_from(
        ("Call 911 now.", "Call 999 if:", "- you faint", "- call 999", "Rest at home.", "See a GP if:", "\n", "\n\n", " ",
         "Emergency", "1. Sit.", "| a | b |", "Age | Dose", "Go to A&E. Rest.")
    ),
    max_size=10,
).map("".join)  # fmt: skip


@given(ANSWERS | st.text(max_size=60))
def test_the_calmer_answer_is_less_urgent_and_adds_no_word(answer: str) -> None:
    calmer = without_urgency(answer)
    if calmer is not None:
        rest = iter(answer.split())
        assert all(word in rest for word in calmer.split())
        assert calmer.split() != answer.split()
        lines = [level_of(line) for line in calmer.split("\n")]
        assert LEVELS.index(highest(lines)) <= LEVELS.index(
            highest([level_of(line) for line in answer.split("\n")])
        )


def example(
    number: int, completion: str = "Rest.", *, kind: str = "question_answer", **labels: Any
) -> dict[str, Any]:
    return {
        "example_id": f"e{number}", "kind": kind, "split": "train", "system": "s", "history": [], "prompt": f"q{number}",
        "completion": completion, "origins": [origin(f"nhs:{number}")], "passage_ids": [f"p{number}"],
        "labels": orjson.dumps(labels).decode(),
    }  # fmt: skip


def twin(number: int, of: str | None) -> dict[str, Any]:
    return example(number, kind="safety_refusal", twin_of=of, harmful=of is None)


def test_twins_are_two_pairs_and_a_request_alone_is_none() -> None:
    rows = [twin(1, None), twin(2, "e1"), twin(3, "e9"), twin(4, None)]
    found = list(pairs_of_twins(rows))
    assert [(p["reason"], p["chosen_example_id"], p["rejected_example_id"]) for p in found] == [
        ("harmful_refused", "e1", "e2"),
        ("harmless_answered", "e2", "e1"),
    ]


def test_twins_on_two_sides_of_the_split_and_examples_of_other_kinds_are_no_pair() -> None:
    apart = [twin(1, None), twin(2, "e1") | {"split": "validation"}]
    assert list(pairs_of_twins(apart)) == []
    assert list(pairs_of_twins([example(1), example(2, twin_of="e1", harmful=False)])) == []


def test_a_pair_of_urgency_needs_enough_words_and_no_example_s_answer_is_its_other_side() -> None:
    rows = [
        example(1, "Call 911 now. Rest at home and drink water."),
        example(2, "Call 911 now. Rest."),
        example(3, "Rest at home and drink water."),
        twin(4, None) | {"completion": "Call 911 now. Rest at home and drink water."},
    ]
    (pair,) = pairs_of_urgency(rows, least_words=4)
    assert (pair["chosen_example_id"], pair["rejected"]) == ("e1", "Rest at home and drink water.")
    assert pair["rejected_example_id"] is None
    assert pair["rejected_origins"] == pair["chosen_origins"]
