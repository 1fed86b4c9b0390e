"""Cards of care that an answer touches or owes are there whole, and in their order."""

from __future__ import annotations

import pytest

from medai_assets.verification import SourcePassage
from medai_assets_tests.verification.builders import example, label, passage, source
from medai_assets_tests.verification.one_property import reason

SIGNS = passage("Wheeze is a whistling sound when you breathe out.", "symptoms", "Symptoms of wheeze")
EMERGENCY = passage("- your lips turn blue\n- you cannot speak", "care_emergency", "Call 999 if:")
TODAY = passage("- you have a high temperature\n- you feel worse", "care_urgent", "Call 111 if:")
GP = passage("- a cough lasts for 3 weeks", "care_non_urgent", "See a GP if:")
SHOP = passage("A pharmacist can help with a cough.", "care_pharmacist", "A pharmacist can help")
PAGE = (SIGNS, EMERGENCY, TODAY, GP, SHOP)


def told(
    *parts: SourcePassage, kind: str = "triage_recommendation", page: tuple[SourcePassage, ...] = PAGE
) -> str:
    answer = "\n\n".join(f"{p.heading}\n{p.text}" for p in parts)
    return reason("care_whole", example("I feel worse. How urgent is this?", answer, kind), source(*page))


@pytest.mark.parametrize(
    ("parts", "sound"),
    [
        ((EMERGENCY,), True),
        ((TODAY, EMERGENCY), True),
        ((TODAY,), False),
        ((GP, EMERGENCY, TODAY), True),
        ((GP, TODAY), False),
        ((GP, EMERGENCY), False),
        ((SHOP, GP, TODAY, EMERGENCY), True),
        ((SHOP, GP, TODAY), False),
    ],
)
def test_every_more_urgent_card_stands_beside_the_one_that_is_told(
    parts: tuple[SourcePassage, ...], sound: bool
) -> None:
    assert (told(*parts) == "") is sound


@pytest.mark.parametrize("kind", ["symptom_analysis"])
def test_an_answer_about_signs_has_every_card(kind: str) -> None:
    assert told(*PAGE, kind=kind) == ""
    for left_out in PAGE[1:]:
        assert left_out.heading in told(*(p for p in PAGE if p is not left_out), kind=kind)


@pytest.mark.parametrize(
    "answer",
    [
        "Call 999 if:\n- your lips turn blue",
        "Call 999 if:\n- you cannot speak\n- your lips turn blue",
        "- your lips turn blue\n- you cannot speak",
        "See a GP if:\n- your lips turn blue\n- you cannot speak",
    ],
)
def test_a_card_that_is_cut_turned_or_without_its_heading_is_not_whole(answer: str) -> None:
    made = example("My lips are blue. How urgent is this?", answer, "triage_recommendation")
    assert reason("care_whole", made, source(EMERGENCY))


def test_a_heading_that_is_a_question_and_a_link_s_words_may_be_left_out() -> None:
    asks = passage("Call 999 if your lips turn blue.", "care_emergency", "When should I call 999?")
    made = example("My lips are blue. How urgent is this?", asks.text, "triage_recommendation")
    assert reason("care_whole", made, source(asks)) == ""
    linked = passage(
        f"{EMERGENCY.text}\n\nFind out more about blue lips.", "care_emergency", EMERGENCY.heading
    )
    made = example(
        "My lips are blue. How urgent is this?",
        f"{EMERGENCY.heading}\n{EMERGENCY.text}",
        "triage_recommendation",
    )
    assert reason("care_whole", made, source(linked)) == ""


@pytest.mark.parametrize(
    ("sentence", "section", "lost"),
    [
        ("Call 911 if you choke.", "overview", True),
        ("Call your doctor right away if a spray does not help.", "treatment", True),
        ("Seek immediate medical attention for blue lips.", "complications", True),
        ("Some centers immediately stopped the trial and called for help.", "research", False),
        ("See a doctor if it lasts.", "treatment", False),
        ("A doctor treats it with sprays.", "treatment", False),
    ],
)
def test_who_is_sent_for_help_at_once_in_running_text_is_told_too(
    sentence: str, section: str, lost: bool
) -> None:
    page = source(SIGNS, passage(f"Wheeze is common. {sentence}", section), publisher="medquad")
    answer = f"{SIGNS.heading}\n{SIGNS.text}"
    asked = "What are the symptoms of wheeze?"
    found = reason("care_whole", example(asked, answer, "symptom_analysis"), page)
    assert ("the document says" in found) is lost
    assert reason("care_whole", example(asked, answer, "question_answer"), page) == ""


def test_symptoms_are_told_to_the_end_of_their_passage() -> None:
    signs = passage(f"{SIGNS.text} The chest feels tight.", "symptoms")
    cut = example("What are the symptoms of wheeze?", SIGNS.text, "symptom_analysis")
    assert "The chest feels tight" in reason("care_whole", cut, source(signs))


def test_a_medicine_s_page_gives_the_cards_right_below_what_is_told() -> None:
    effects = passage("Common side effects are headaches.", "adverse_reactions", "Side effects")
    later = passage("- a rash", "care_emergency", "Call 999 if:", context="Side effects")
    dose = passage("Take one.", "dosage", "Dose")
    page = source(effects, TODAY, dose, later)
    answer = f"{effects.text}"
    asked = "What are the side effects of ibuprofen?"

    def found(*cards: SourcePassage) -> str:
        text = "\n\n".join([answer, *(f"{c.heading}\n{c.text}" for c in cards)])
        return reason("care_whole", example(asked, text, "drug_information"), page)

    assert found(TODAY, later) == ""
    assert found(TODAY)
    assert found(later)


def test_a_label_has_no_cards() -> None:
    made = example("How urgent is this?", "Take it.", "triage_recommendation")
    assert reason("care_whole", made, label(passage("Take it."), EMERGENCY)) == ""
