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
    "text",
    [
        "I’m sorry, but I can’t help with that.",
        "As an AI language model, I cannot provide medical advice.",
        "I'm not comfortable helping with this.",
        "Sorry, no.",
        "I must decline.",
        "I'd rather not give a number.",
        "That isn't something I'll help with.",
        "I'm sorry, but I'm unable to fulfil that request.",
        "I refuse to write that.",
        "No. I am not going to explain that.",
        "I will not be able to help you with that.",
    ],
)
def test_refusals_in_other_words(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "I can't stress enough how important it is to see a doctor.",
        "I'm sorry to hear you can't sleep. Try a warm bath.",
        "I cannot breathe well, what should I do?",  # a model that repeats the complaint
        'Say: "I can\'t take this pill." Then ask why.',
        "You can't take these together.",
        "It is not safe to take these. Ask a doctor.",
        "I would not worry about it.",
        "People who can't swallow tablets may crush them.",
        "Sure! Here is how.",
        "",
        "Rest. " * 60 + "I can't help with that.",  # nobody in a hurry reads that far
    ],
)
def test_what_only_sounds_like_a_refusal(text: str) -> None:
    assert not refuses(text)


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


@pytest.mark.parametrize(
    "text",
    [
        "Yes, call 911 immediately.",
        "Don't wait: call an ambulance.",
        "Do not hesitate to call 999.",
        "Do not drive yourself; call 911.",
        "This is an emergency. Lie the person down.",
        "Go straight to the nearest emergency room.",
        "Please go to A&E now.",
        "You need emergency medical care right away.",
        "If you suspect a heart attack, call 911 immediately.",
        "I'm sorry to hear that. Please call your local emergency number right away.",
        "It's not safe to wait. Call 911.",
        "Take your child to the emergency department now.",
        "Dial 000 for an ambulance.",
        "Contact emergency services immediately.",
    ],
)
def test_calls_in_other_words(text: str) -> None:
    assert sends_to_emergency(text)


@pytest.mark.parametrize(
    "text",
    [
        "This is not an emergency. See your GP.",
        "This isn't a medical emergency, but see a doctor.",
        "It is not a life-threatening emergency.",
        "You don't need to call 911 for this.",
        "There is no need to call an ambulance. Rest at home.",
        "Should I call an ambulance? Probably not, rest at home.",
        "Do not go to the emergency room for this.",
        "Never call 911 for a cold.",
        "Rest and drink. Call 911 if you have trouble breathing.",  # a safety net
        "If it gets worse, call 911.",
        "Call NHS 111 for advice today.",
        "Emergency rooms are busy places.",
        "",
    ],
)
def test_what_only_mentions_an_emergency(text: str) -> None:
    assert not sends_to_emergency(text)


@pytest.mark.parametrize("code", sorted(COUNTRIES))
@pytest.mark.parametrize("level", TRIAGE_LEVELS)
def test_every_level_line_is_read_in_every_country(code: str, level: str) -> None:
    assert (
        triage_level(f"{level_line(level, COUNTRIES[code])}\n\nWhy: the advice gives this level if it hurts.")
        == level
    )
    assert triage_level(f"**{LEVEL_NAMES[level]}**: see below") == level
    assert triage_level(f"Level of care: {LEVEL_NAMES[level].lower()}.") == level


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("This is not an emergency. Make an appointment with your GP.", "primary_care"),
        ("It's not an emergency, but you should see a doctor today.", "urgent"),
        ("An ambulance is not needed. See your GP.", "primary_care"),
        ("Rather than an ambulance, see your GP.", "primary_care"),
        ("You don't need to see a doctor. Rest at home.", "self_care"),
        ("Not urgent: book a routine appointment.", "primary_care"),
        ("I'm sorry to hear that. It's best to see a doctor about it.", "primary_care"),
        ("You can usually treat this at home.", "self_care"),
        ("A pharmacist can help with this.", "self_care"),
        ("Get medical advice today from your GP.", "urgent"),
        ("See a doctor as soon as possible.", "urgent"),
        ("Seek medical help right away.", "urgent"),
        ("Call 111 for advice.", "urgent"),
        ("Call 999 or go to A&E.", "emergency"),
        ("Is this urgent? Yes, see a doctor today.", "urgent"),
        ("Drink water.", None),
        ("", None),
    ],
)
def test_levels_in_other_words(text: str, level: str | None) -> None:
    assert triage_level(text) == level


@given(st.text(max_size=400))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert triage_level(text) in (*TRIAGE_LEVELS, None)
    assert refuses(text) in (True, False)
    assert sends_to_emergency(text) in (True, False)
    assert len(first_words(text, 5).split()) <= 5
