"""An answer is as urgent as what its document says about what is asked."""

from __future__ import annotations

import pytest

from medai_assets.verification import Evidence, SourcePassage
from medai_assets.verification.urgency_kept import carried, urgent_sentences
from medai_assets_tests.verification.builders import example, label, passage, refused_by, source
from medai_assets_tests.verification.one_property import reason

SIGNS = passage("Wheeze comes with a tight chest and a cough.", "symptoms", "Symptoms")
EMERGENCY = passage("- your lips turn blue", "care_emergency", "Call 999 if:")


def kept(
    prompt: str,
    answer: str,
    *passages: SourcePassage,
    publisher: str = "nhs",
    named: int = 0,
    **other: object,
) -> str:
    return reason(
        "urgency_kept", example(prompt, answer, **other), source(*passages, publisher=publisher), named
    )


@pytest.mark.parametrize(
    ("prompt", "beside", "calmer"),
    [
        ("What are the symptoms of wheeze?", EMERGENCY, True),
        ("How is wheeze treated?", EMERGENCY, True),
        ("What causes wheeze?", EMERGENCY, True),
        ("Tell me about wheeze.", EMERGENCY, True),
        ("How common is wheeze?", EMERGENCY, False),
        ("What are the symptoms of wheeze?", passage("Call 999 if you choke.", "symptoms"), True),
        ("What are the symptoms of wheeze?", passage("Call 999 if you choke.", "frequency"), False),
        ("What are the symptoms of wheeze?", passage("See a GP if it lasts.", "symptoms"), False),
    ],
)
def test_what_the_document_calls_urgent_about_signs_is_told(
    prompt: str, beside: SourcePassage, calmer: bool
) -> None:
    assert ("the source says" in kept(prompt, SIGNS.text, SIGNS, beside)) is calmer


def test_a_card_right_below_the_passage_under_its_heading_counts_whatever_is_asked() -> None:
    told = passage("About one in five people has it.", "frequency", "How common it is")
    card = passage("- your lips turn blue", "care_emergency", "Call 999 if:", context="How common it is")
    elsewhere = passage("- your lips turn blue", "care_emergency", "Call 999 if:", context="Treatment")
    assert kept("How common is wheeze?", told.text, told, card)
    assert not kept("How common is wheeze?", told.text, told, elsewhere)
    assert not kept("How common is wheeze?", told.text, told, SIGNS, card)  # something stands between


@pytest.mark.parametrize(
    ("text", "said", "calmer"),
    [
        ("Call 911 if you choke. Rest.", "Rest.", True),
        ("Call 911 if you choke. Rest.", "Call 911 if you choke.", False),
        ("Call your doctor right away if you choke. Rest.", "Rest.", True),
        ("See a doctor if you choke. Rest.", "Rest.", False),
        (
            "Call 911 if you choke. Call your doctor right away if it hurts.",
            "Call your doctor right away if it hurts.",
            True,
        ),
    ],
)
def test_of_several_levels_in_the_passage_the_highest_is_carried(text: str, said: str, calmer: bool) -> None:
    assert (
        bool(kept("What should be done about wheeze?", said, passage(text, "other"), publisher="medquad"))
        is calmer
    )


@pytest.mark.parametrize(
    ("framing", "level"),
    [("Emergency – NHS advice:", "emergency"), ("Urgent – NHS advice:", "urgent"), ("Primary care – NHS advice:", "routine"),
     ("Self-care – NHS advice:", ""), ("NHS advice:", "")],
)  # fmt: skip
def test_framing_carries_the_level_that_it_states(framing: str, level: str) -> None:
    page = source(passage("Wheeze is a sound.", "overview"))
    made = example("What is it?", f"{framing} Wheeze is a sound.", framing=(framing,))
    assert carried(made, Evidence(page, page.passages)) == level


@pytest.mark.parametrize(
    ("section", "level"),
    [
        ("care_emergency", "emergency"),
        ("care_urgent", "urgent"),
        ("care_non_urgent", "routine"),
        ("care_pharmacist", ""),
    ],
)
def test_a_card_carries_its_publisher_s_level(section: str, level: str) -> None:
    page = source(passage("- you feel worse", section, "Get help if:"))
    assert carried(example("What is it?", "- you feel worse"), Evidence(page, page.passages)) == level


def test_a_card_s_items_are_cases_of_its_own_level() -> None:
    card = passage("- you have been told to call 999\n- you feel worse", "care_non_urgent", "See a GP if:")
    assert urgent_sentences(card) == []
    assert [level for level, _ in urgent_sentences(EMERGENCY)] == ["emergency"]
    text = passage("Ask a doctor today. See a doctor right away. Call 911.", "other")
    assert next(level for level, _ in urgent_sentences(text)) == "emergency"


@pytest.mark.parametrize(
    ("told", "card", "sound"),
    [
        ("I have taken too much of it", "care_urgent", False),
        ("I took more than my prescribed dose", "care_urgent", False),
        ("My child swallowed it", "care_non_urgent", False),
        ("I may have taken an overdose", "care_pharmacist", False),
        ("I took more than 8 tablets", "care_urgent", False),
        ("I have taken too much of it", "care_emergency", True),
        ("I took one tablet too late", "care_non_urgent", True),
    ],
)
def test_too_much_of_a_medicine_waits_for_no_appointment(told: str, card: str, sound: bool) -> None:
    part = passage("- you have taken it", card, "Get help if:")
    found = kept(
        f"{told}. How urgent is this?", f"{part.heading}\n{part.text}", part, kind="triage_recommendation"
    )
    assert ("not sent for help at once" not in found) is sound


@pytest.mark.parametrize(
    ("answer", "bare"),
    [
        ("It comes with chest pain and a cough.", True),
        ("It comes with breathing difficulties and a cough.", True),
        ("It comes with convulsions and a cough.", True),
        ("It comes with an itch and a cough.", False),
        ("It comes with chest pain. Call your doctor right away.", False),
        ("It comes with chest pain. See a doctor if it lasts.", True),
    ],
)
def test_alarm_signs_come_with_how_urgent_they_are(answer: str, bare: bool) -> None:
    part = passage(answer, "symptoms")
    found = kept("What are the symptoms of wheeze?", answer, part, publisher="medquad")
    assert ("how urgent" in found) is bare


def test_a_prescriber_s_list_of_reactions_is_no_advice_on_signs() -> None:
    text = "Reactions were seizures and chest pain."
    made = example("Which signs of a reaction does ibuprofen cause?", text, "drug_information")
    assert reason("urgency_kept", made, label(passage(text, "adverse_reactions"))) == ""


def test_who_tells_of_a_complaint_is_sent_to_somebody() -> None:
    bare = "A rash itches and burns."
    asked = "I have an itchy rash. What could this be?"
    for answer, sound in ((bare, False), (f"{bare} See a doctor if it lasts.", True)):
        found = kept(asked, answer, passage(answer, "symptoms"), kind="symptom_analysis")
        assert ("sends nobody anywhere" not in found) is sound


URGENT = (
    "Wheeze can follow a cold, with a tight chest and a cough. Call 911 right away if your lips turn blue."
)


ASKED = "What are the symptoms of wheeze?"


def test_what_the_source_calls_an_emergency_the_answer_does_not_leave_out() -> None:
    document = source(passage(URGENT), publisher="medquad")
    calm = URGENT.split(". ")[0] + "."
    assert "urgency_kept" in refused_by(example(ASKED, calm), document)
    assert refused_by(example(ASKED, URGENT), document) == []


def test_the_later_part_of_a_section_counts_too() -> None:
    first, second = URGENT.split(". ", 1)
    document = source(
        passage(f"{first}.", part=1, parts=2), passage(second, part=2, parts=2), publisher="medquad"
    )
    assert "urgency_kept" in refused_by(example(ASKED, f"{first}."), document, 0)


def test_an_overdose_waits_for_no_appointment() -> None:
    card = source(
        passage(
            "- you take more than your prescribed dose of it", "care_urgent", "Call 111 for advice now if"
        )
    )
    framing = (
        "Urgent: get medical advice today, from a doctor or an urgent care clinic.\n\nWhy: the advice gives this level",
        "if",
    )
    answer = " ".join(framing) + " you take more than your prescribed dose of it."
    told = example(
        "I take more than my prescribed dose of it. How urgent is this?",
        answer,
        "triage_recommendation",
        framing=framing,
    )
    assert "urgency_kept" in refused_by(told, card)
