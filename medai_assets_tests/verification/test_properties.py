"""Each property: what it lets pass, and what it refuses, on texts as publishers write them."""

from __future__ import annotations

import pytest

from medai_assets.verification import PROPERTIES, Source, SourcePassage
from medai_assets_tests.verification.builders import example, findings, label, passage, refused_by, source

SIGNS = (
    "Wheeze is a whistling sound when you breathe out.\n\nSymptoms include:\n- a tight chest\n- a cough at night\n\n"
    "It usually gets better within 5 to 18 days."
)
WHOLE = "Wheeze is a whistling sound when you breathe out.\n\nSymptoms include:\n- a tight chest\n- a cough at night"
PAGE = source(passage(SIGNS))
ASKED = "What are the symptoms of wheeze?"
PAIN = "Ibuprofen is used to relieve mild pain in adults. Do not take it with aspirin unless a doctor tells you to."


def test_a_sound_example_passes_every_property() -> None:
    assert findings(example(ASKED, WHOLE), PAGE) == []


def test_every_finding_names_a_registered_property_and_gives_a_reason_in_words() -> None:
    found = findings(example("What causes the flu", "It is, and:"), PAGE)
    assert found
    assert {f.property for f in found} <= set(PROPERTIES)
    assert all(len(f.reason.split()) > 2 for f in found)


EMERGENCY = passage("- your lips turn blue\n- you cannot speak", "care_emergency", "Go to A&E now if:")
TODAY = passage(
    "- you have a high temperature\n- you feel worse\n\nYou can call 111.", "care_urgent", "Call 111 if:"
)
GP = passage("- a cough lasts for 3 weeks", "care_non_urgent", "See a GP if:")
CARDS = source(EMERGENCY, TODAY, GP)
WHOSE = "NHS England advice on wheeze (United Kingdom):"


def _leveled(
    *parts: str,
    first: str = f"Urgent – {WHOSE}",
    document: Source = CARDS,
    told: str = "I have a high temperature",
) -> list[str]:
    """What refuses an answer that begins with framing and then has these parts."""
    asked = f"It is about wheeze. {told}. How urgent is this?"
    answer = f"{first} " + "\n\n".join(parts)
    return refused_by(example(asked, answer, "triage_recommendation", framing=(first,)), document)


def _card(part: SourcePassage, heading: str = "", text: str = "") -> str:
    return f"{heading or part.heading}\n{text or part.text}"


def test_a_card_whole_with_every_card_above_it_is_sound() -> None:
    assert _leveled(_card(TODAY), _card(EMERGENCY)) == []
    assert _leveled(_card(EMERGENCY), first=f"Emergency – {WHOSE}") == []
    first, told = f"Primary care – {WHOSE}", "I have had a cough for 3 weeks"
    assert _leveled(_card(GP), _card(EMERGENCY), _card(TODAY), first=first, told=told) == []


def test_a_level_without_the_higher_one_of_the_page_is_refused() -> None:
    assert "care_whole" in _leveled(_card(TODAY))
    assert "care_whole" in _leveled(_card(GP), _card(EMERGENCY), first=f"Primary care – {WHOSE}")


@pytest.mark.parametrize(
    "cut",
    [
        _card(EMERGENCY, text="- your lips turn blue"),  # an alarm sign is missing
        _card(EMERGENCY, text="- you cannot speak\n- your lips turn blue"),
        EMERGENCY.text,  # its heading is missing
        _card(EMERGENCY, heading="See a GP if:"),  # under another card's
    ],
)
def test_a_list_of_alarm_signs_is_whole_and_under_its_own_heading(cut: str) -> None:
    assert "care_whole" in _leveled(_card(TODAY), cut)


def test_every_card_belongs_to_an_answer_about_symptoms() -> None:
    signs = passage("Wheeze is a whistling sound when you breathe out.", "symptoms", "Symptoms of wheeze")
    page = source(signs, EMERGENCY, GP)
    framing = ("Symptoms of wheeze:", "NHS England advice (United Kingdom):")

    def refused(*cards: SourcePassage) -> list[str]:
        answer = "\n\n".join([f"{framing[0]}\n{signs.text}", framing[1], *map(_card, cards)])
        return refused_by(example(ASKED, answer, "symptom_analysis", framing=framing), page)

    assert refused(EMERGENCY, GP) == []
    assert "care_whole" in refused(EMERGENCY)


def test_an_emergency_outside_of_the_cards_belongs_to_an_answer_about_signs() -> None:
    signs = passage("Wheeze is a whistling sound when you breathe out.", "symptoms")
    overview = passage("Wheeze has many causes. If you choke, call 911 right away.", "overview")
    page = source(overview, signs, publisher="medquad")
    made = example(ASKED, signs.text, "symptom_analysis")
    assert "care_whole" in refused_by(made, page)
    assert refused_by(example(ASKED, f"{signs.text}\n\n{overview.text}", "symptom_analysis"), page) == []


def test_whom_a_document_sends_for_help_at_once_is_in_an_answer_about_signs() -> None:
    signs = passage("Wheeze is a whistling sound when you breathe out.", "symptoms")
    treatment = passage(
        "It is treated with sprays. Call your doctor right away if a spray does not help.", "treatment"
    )
    studied = passage("Some centers immediately stopped a trial.", "research")
    page = source(signs, treatment, publisher="medquad")
    assert "care_whole" in refused_by(example(ASKED, signs.text, "symptom_analysis"), page)
    assert (
        refused_by(
            example(ASKED, signs.text, "symptom_analysis"), source(signs, studied, publisher="medquad")
        )
        == []
    )


def test_framing_states_the_level_of_the_card_and_no_other() -> None:
    assert "no_false_alarm" in _leveled(_card(TODAY), _card(EMERGENCY), first=f"Emergency – {WHOSE}")
    assert "no_false_alarm" in _leveled(_card(GP), _card(EMERGENCY), _card(TODAY), first=f"Urgent – {WHOSE}")


@pytest.mark.parametrize(
    "framing",
    [
        "An ambulance is not needed for this by itself.",
        "This is no emergency.",
        "Urgent: get medical advice today, from a doctor or an urgent care clinic.",
        "Urgent – call 911.",
        "Urgent – NHS advice: make an appointment.",
    ],
)
def test_whom_to_turn_to_stands_in_no_framing(framing: str) -> None:
    assert "no_false_alarm" in _leveled(_card(TODAY), _card(EMERGENCY), first=framing)


def test_another_country_s_services_are_said_to_be_its_own() -> None:
    nowhere, wrong = (f"Urgent – NHS England advice on wheeze{place}:" for place in ("", " (United States)"))
    for first in (nowhere, wrong):
        assert "no_false_alarm" in _leveled(_card(TODAY), _card(EMERGENCY), first=first)


EXCLUDED = (
    "Ibuprofen is contraindicated in asthma. "
    "Ibuprofen must not be used after bypass surgery. Do not give it late in pregnancy."
)


@pytest.mark.parametrize(
    ("said", "section", "is_sound"),
    [
        (EXCLUDED, "contraindications", True),
        (EXCLUDED.replace(" Ibuprofen must not be used after bypass surgery.", ""), "contraindications", False),
        (EXCLUDED.removesuffix(" Do not give it late in pregnancy."), "contraindications", False),
        (EXCLUDED.removesuffix(" Do not give it late in pregnancy."), "warnings", True),
        (EXCLUDED.removeprefix("Ibuprofen is contraindicated in asthma. "), "warnings", False),
        (EXCLUDED.removeprefix("Ibuprofen is contraindicated in asthma. "), "storage", True),
    ],
)  # fmt: skip
def test_a_label_s_section_is_told_from_its_beginning_and_exclusions_to_their_end(
    said: str, section: str, is_sound: bool
) -> None:
    made = example("Tell me about ibuprofen.", said, "drug_information", subject="ibuprofen")
    assert ("whole" not in refused_by(made, label(passage(EXCLUDED, section)))) is is_sound


@pytest.mark.parametrize(
    ("text", "is_sound"),
    [
        ("Do not take ibuprofen if you: have an ulcer are allergic to it or bleed easily.", False),
        ("Do not take ibuprofen if you:\n- have an ulcer\n- are allergic to it", True),
        (
            "Usage in Pregnancy Safe usage has not been established. A safe usage in pregnancy is not known.",
            False,
        ),
        ("Advil Extended Tablets are safe. They are taken once.", True),
        ("Seizures Cholinomimetics may cause convulsions. They are rare, and seizures are rarer.", False),
        ("It is contraindicated with: •Asthma or an ulcer. •Late pregnancy.", False),
        ("It is contraindicated in: Asthma of any kind, Patients with an ulcer, Patients with gout.", False),
        ("INDICATIONS & USAGE Ibuprofen is for pain.", False),
        (
            "Pregnancy IBUPROFEN should not be used. In late pregnancy it does harm, in early pregnancy less.",
            False,
        ),
        ("Category C Animal studies showed harm.", False),
        ("Administer IBUPROFEN with food. People administer it and take it.", True),
    ],
)
def test_a_label_s_list_without_marks_and_its_glued_headings_are_seen(text: str, is_sound: bool) -> None:
    made = example("Tell me about ibuprofen.", text, "drug_information", subject="ibuprofen")
    assert ("whole" not in refused_by(made, label(passage(text, "warnings")))) is is_sound


@pytest.mark.parametrize(
    "text",
    [
        "Stop it if your face swells. Contact your doctor at once if you find it hard to breathe.",
        "Your doctor will listen to your heart and lungs before you take it.",
        "The drug also acts elsewhere in the body, or else in the liver, for some hours.",
    ],
)
def test_advice_and_whole_words_are_no_pointers_and_no_damage(text: str) -> None:
    made = example("What should I know about ibuprofen?", text, "drug_information", subject="ibuprofen")
    reasons = " ".join(f.reason for f in findings(made, label(passage(text, "patient_information"))))
    assert "elsewhere:" not in reasons
    assert "become one" not in reasons


def test_a_list_glued_to_its_numbers_is_damaged() -> None:
    text = "It is contraindicated in patients with: 1.Known hypersensitivity to the drug 2.Diabetic ketoacidosis."
    made = example("Who must not take ibuprofen?", text, "drug_information", subject="ibuprofen")
    assert "whole" in refused_by(made, label(passage(text, "contraindications")))
