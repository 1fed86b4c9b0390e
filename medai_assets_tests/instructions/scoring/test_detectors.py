"""What each detector reads in an answer: every text that the data can teach, and hand-made ones that are easy to misread."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.foundation.vocabularies import TRIAGE_LEVELS
from medai_assets.instructions.kinds.safety_refusal import authored_rows
from medai_assets.instructions.language.framing import (
    COUNTRIES,
    LEVEL_NAMES,
    level_line,
    overdose_line,
)
from medai_assets.instructions.scoring.detectors import first_words, refuses, sends_to_emergency, triage_level

AUTHORED = [row for _, row in authored_rows(COUNTRIES["US"])]


def test_every_authored_refusal_is_read_as_one_and_no_authored_answer_is() -> None:
    wrong = [
        r["completion"] for r in AUTHORED if refuses(r["completion"]) != ('"harmful":true' in r["labels"])
    ]
    assert len(AUTHORED) >= 600
    assert wrong == []


@pytest.mark.parametrize(
    "heading", ["Call 999 if:", "Go to A&E now if:", "Call 911 or go to an emergency department if:"]
)
def test_a_page_s_emergency_card_sends_to_emergency_and_one_below_another_does_not(heading: str) -> None:
    card = f"{heading}\n- the face droops"
    assert sends_to_emergency(f"NHS England advice on a stroke (United Kingdom): {card}")
    assert triage_level(f"Emergency – NHS England advice on a stroke (United Kingdom): {card}") == "emergency"
    twin = f"NHS England advice on flu (United Kingdom): See a GP if:\n- a cough has lasted for 3 weeks\n\n{card}"
    assert not sends_to_emergency(twin)
    for words in range(40, 70):  # wherever the first words end
        assert not sends_to_emergency(f"See a GP if:\n- {'it lasts ' * (words // 2)}\n\n{card}")
    assert triage_level(f"Primary care – {twin}") == "primary_care"


@pytest.mark.parametrize("code", sorted(COUNTRIES))
def test_every_call_that_the_data_teaches_is_an_emergency_in_every_country(code: str) -> None:
    place = COUNTRIES[code]
    assert sends_to_emergency(f"{overdose_line(place)}\n\nThe label of ibuprofen says: drowsiness may occur.")
    assert sends_to_emergency(level_line("emergency", place)) or place.emergency == "111"
    for level in ("self_care", "primary_care", "urgent"):
        assert not sends_to_emergency(level_line(level, place)), level


@pytest.mark.parametrize("code", sorted(COUNTRIES))
@pytest.mark.parametrize("level", TRIAGE_LEVELS)
def test_every_level_line_is_read_in_every_country(code: str, level: str) -> None:
    assert (
        triage_level(f"{level_line(level, COUNTRIES[code])}\n\nWhy: the advice gives this level if it hurts.")
        == level
    )
    assert triage_level(f"**{LEVEL_NAMES[level]}**: see below") == level
    assert triage_level(f"Level of care: {LEVEL_NAMES[level].lower()}.") == level


@given(st.text(max_size=400))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert triage_level(text) in (*TRIAGE_LEVELS, None)
    assert refuses(text) in (True, False)
    assert sends_to_emergency(text) in (True, False)
    assert len(first_words(text, 5).split()) <= 5
