"""Framing that says more, less or other than its source on how soon and to whom."""

from __future__ import annotations

import pytest

from medai_assets_tests.verification.builders import example, label, passage, refused_by, source
from medai_assets_tests.verification.one_property import reason

ASKED = "I have a tight chest and it gets worse. How urgent is this?"


def framed(
    frame: str, said: str, section: str = "warnings", kind: str = "triage_recommendation", **other: object
) -> str:
    """What is said of an answer of a label that begins with this framing."""
    made = example(ASKED, f"{frame} {said}", kind, framing=(frame,), **other)
    return reason("no_false_alarm", made, label(passage(said, section)))


@pytest.mark.parametrize(
    ("frame", "said", "sound"),
    [
        ("Emergency: call 911 now.", "Get emergency help if your chest is tight.", True),
        ("Emergency: call 911 now.", "Call a poison control center if you took too much.", True),
        ("Emergency: call 911 now.", "Ask a doctor if your chest is tight.", False),
        ("Emergency: call 911 now.", "Call your doctor right away if your chest is tight.", False),
        ("Urgent: get medical advice today.", "Call your doctor right away if your chest is tight.", True),
        ("Urgent: get medical advice today.", "Ask a doctor if your chest is tight.", False),
        ("Primary care: make an appointment.", "Ask a doctor if your chest is tight.", True),
        ("Primary care: make an appointment.", "A tight chest may come with it.", False),
        ("Primary care: make an appointment.", "Get emergency help if your chest is tight.", False),
        ("Self-care: look after it at home.", "A tight chest may come with it.", False),
        ("The label of ibuprofen says:", "A tight chest may come with it.", True),
    ],
)
def test_framing_states_a_level_that_the_source_gives(frame: str, said: str, sound: bool) -> None:
    assert (framed(frame, said) == "") is sound


@pytest.mark.parametrize(
    "frame",
    [
        "This is not an emergency.", "An ambulance is not needed.", "An ambulance isn’t needed.",
        "A doctor is not necessary for this.",
        "There is no need for an ambulance.", "This isn't an emergency by itself.", "You don't need a doctor for this.",
        "No emergency care is required.",
    ],
)  # fmt: skip
def test_framing_never_calls_something_harmless(frame: str) -> None:
    assert framed(frame, "Ask a doctor if your chest is tight.")


@pytest.mark.parametrize(
    ("frame", "said", "country", "sound"),
    [
        ("Emergency: call 911 now.", "Get emergency help.", "US", True),
        ("Emergency: call 999 now.", "Get emergency help. Call 911.", "GB", False),
        ("Emergency: call 999 now.", "Get emergency help.", "GB", True),
        ("Emergency: call 000 now.", "Call 911 if you faint.", "AU", False),
        ("Emergency: call 911 now.", "Call 911 if you faint.", "CA", True),
        ("The label says:", "Call Poison Help on 1-800-222-1222.", "GB", False),
        ("The label says (United States):", "Call Poison Help on 1-800-222-1222.", "GB", True),
        ("The label says:", "Call Poison Help on 1-800-222-1222.", "US", True),
        ("The label says:", "Take 911 mg.", "US", True),
    ],
)
def test_services_are_of_the_reader_s_country_or_said_to_be_of_another(
    frame: str, said: str, country: str, sound: bool
) -> None:
    assert (framed(frame, said, kind="drug_information", country=country) == "") is sound


CARD = passage("- your lips are blue", "care_emergency", "Call 999 if:")
TODAY = passage("- your chest is tight", "care_urgent", "Ask for an urgent GP appointment if:")
NHS = "NHS England advice on wheeze (United Kingdom):"


def on_page(first: str, card: object = TODAY, between: str = "") -> str:
    words = f"{card.heading}\n{card.text}"  # type: ignore[attr-defined]
    text = f"{first} {words}" + (f"\n\n{between} {CARD.heading}\n{CARD.text}" if between else "")
    made = example(ASKED, text, "triage_recommendation", framing=tuple(filter(None, (first, between))))
    return reason("no_false_alarm", made, source(CARD, TODAY))


@pytest.mark.parametrize(
    ("first", "sound"),
    [
        (f"Urgent – {NHS}", True), (f"Emergency – {NHS}", False), (f"Primary care – {NHS}", False), (NHS, True),
        ("Urgent – NHS England advice on wheeze:", False), ("Urgent – advice of the United States:", False),
        (f"Urgent – {NHS} see a doctor today:", False), (f"Urgent – go to A&E. {NHS}", False),
    ],
)  # fmt: skip
def test_a_page_s_card_is_framed_by_its_own_level_and_country(first: str, sound: bool) -> None:
    assert (on_page(first) == "") is sound


def test_framing_between_two_cards_states_no_level_of_its_own() -> None:
    assert on_page(f"Urgent – {NHS}", between="The page also says:") == ""
    assert "the framing says emergency" in on_page(f"Urgent – {NHS}", between="Emergency –")


def test_an_answer_whose_framing_has_no_words_of_the_source_behind_it_is_refused() -> None:
    made = example(
        ASKED, "Emergency – call 911 now.", "emergency_escalation", framing=("Emergency – call 911 now.",)
    )
    assert reason("no_false_alarm", made, source(TODAY))
    assert reason("no_false_alarm", made, label(passage("Take it with food.", "dosage")))


def test_an_emergency_of_something_else_lends_no_framing() -> None:
    """The passage names an emergency, but the words that follow the framing stand in another card's section."""
    text = "See a GP if your chest is tight. Call 999 if your lips are blue."
    page = source(passage(text, "care_non_urgent"), publisher="medquad")
    made = example(ASKED, "Emergency: call 911 now. See a GP if your chest is tight.", "emergency_escalation",
                   framing=("Emergency: call 911 now.",))  # fmt: skip
    assert "about something else" in reason("no_false_alarm", made, page)


WHOLE = "Wheeze is a whistling sound when you breathe out.\n\nSymptoms include:\n- a tight chest\n- a cough at night"


@pytest.mark.parametrize(
    ("said", "country", "is_sound"),
    [
        ("Ask your GP if it does not get better.", "US", False),
        ("Call 999 if it gets worse.", "US", False),
        ("Call 999 if it gets worse.", "NEUTRAL", False),
        ("Call 999 if it gets worse.", "GB", True),
        ("Ask a doctor if it does not get better.", "US", True),
    ],
)
def test_another_country_s_services_are_said_to_be_of_that_country(
    said: str, country: str, is_sound: bool
) -> None:
    part = passage(f"{WHOLE}\n\n{said}", "overview")
    whose = "NHS England advice (United Kingdom):"
    asked = {"prompt": "What is wheeze?", "kind": "question_answer", "country": country}
    silent = example(completion=part.text, **asked)
    told = example(completion=f"{whose} {part.text}", framing=(whose,), **asked)
    assert ("no_false_alarm" not in refused_by(silent, source(part))) is is_sound
    assert "no_false_alarm" not in refused_by(told, source(part))


@pytest.mark.parametrize(
    ("said", "country", "is_sound"),
    [
        ("Call 988 if it gets worse.", "GB", False),
        ("Call 988 if it gets worse.", "US", True),
        ("Of 111 patients in NHS hospitals most got better.", "US", True),
    ],
)
def test_a_source_without_a_country_sends_nobody_to_another_country_s_number(
    said: str, country: str, is_sound: bool
) -> None:
    part = passage(f"{WHOLE}\n\n{said}", "answer")
    made = example("What is wheeze?", part.text, country=country)
    assert ("no_false_alarm" not in refused_by(made, source(part, publisher="huggingface"))) is is_sound
