"""Symptoms: one possible cause, never a diagnosis; what to watch for in the page's words; red flags literal."""

from __future__ import annotations

import pytest

from medai_assets.instructions.kinds.symptom_analysis import NO_DIAGNOSIS, symptom_names
from medai_assets_tests.instructions.builders import document, made_by, row

LIST = row(
    "It comes on suddenly. Symptoms include:\n\n- a dry cough\n- a whistling sound when you breathe out\n- a tight chest\n"
    "- feeling tired\n\nYou may also:\n\n- feel sick", "symptoms", heading="Symptoms of a wheeze",
)  # fmt: skip
CARD = row("- your lips look blue\n- you feel drowsy or confused", "care_emergency", heading="Call 999 if:")
GP = row("- you wheeze at night", "care_non_urgent", heading="See a GP if:")


URGENT = row("- your wheeze is getting worse", "care_urgent", heading="Get help from NHS 111 if:")


def test_symptoms_are_told_whole_and_every_card_follows_the_most_urgent_first() -> None:
    (made,) = made_by("symptom_analysis.symptoms", document(LIST, GP, URGENT, CARD))
    cards = "\n\n".join(f"{c['heading']}\n{c['text']}" for c in (CARD, URGENT, GP))
    whose = "NHS England advice (United Kingdom):"
    assert made.answer.text.endswith(f"Symptoms of wheeze:\n{LIST['text']}\n\n{whose}\n\n{cards}")


def test_who_asks_for_the_cause_is_told_first_that_there_are_several() -> None:
    for n in range(8):
        (made,) = made_by("symptom_analysis.symptoms", document(LIST | {"passage_id": f"p{n}"}, CARD))
        asks_cause = "symptoms of" not in made.prompt and "wheeze" not in made.prompt
        assert made.answer.text.startswith(NO_DIAGNOSIS) == asks_cause


def test_red_flags_are_all_alarm_signs_as_they_stand() -> None:
    (made,) = made_by("symptom_analysis.symptoms", document(LIST, GP, CARD))
    assert made.labels["red_flags"] == ["your lips look blue", "you feel drowsy or confused"]


def test_every_section_on_symptoms_is_told_and_none_twice() -> None:
    more = row("A cold goes away; a wheeze may not.", "symptoms", heading="Is it a cold?")
    again = LIST | {"passage_id": "p1"}
    (made,) = made_by("symptom_analysis.symptoms", document(LIST, more, again))
    assert made.answer.text.count("a tight chest") == 1
    assert "Is it a cold?\nA cold goes away" in made.answer.text


def test_only_what_can_follow_i_have_noticed_is_a_symptom() -> None:
    (passage,) = document(LIST).of("symptoms")
    assert symptom_names(passage) == [
        "a dry cough",
        "a whistling sound when you breathe out",
        "a tight chest",
        "feeling tired",
    ]


def test_prose_names_symptoms_in_an_enumeration_only() -> None:
    prose = document(
        row("Common symptoms include fever, chest pain, weight loss and night sweats.", "symptoms"),
        row("Symptoms usually begin suddenly and are at their worst within two or three days.", "symptoms"),
    )
    named = [symptom_names(p) for p in prose.passages]
    assert named == [["fever", "chest pain", "weight loss", "night sweats"], []]


@pytest.mark.parametrize(
    "sentence",
    [
        "The symptoms are often taken for flu, but there is no fever, and several people may feel ill.",
        "Symptoms are sudden, clinical diagnosis can be difficult, especially in a single case.",
        "Symptoms include a frequent urge to urinate and a painful, burning feeling in the bladder.",
    ],
)
def test_a_sentence_that_lists_nothing_names_no_symptom(sentence: str) -> None:
    (passage,) = document(row(sentence, "symptoms")).passages
    assert symptom_names(passage) == []


def test_a_geneticist_s_table_is_nothing_to_watch_for() -> None:
    page = document(row("Signs and symptoms:\n- Nail pits\n- Cutis laxa\n- Wide mouth", "symptoms"))
    assert made_by("symptom_analysis.symptoms", page) == []


def test_a_page_on_a_symptom_tells_all_causes_and_all_cards() -> None:
    text = "What it may mean\nWhat you notice | Possible cause\nStarts after eating | Heartburn\nWorse when you move | A strain"
    pain = {"document": "nhs:symptoms/chest-pain", "title": "Chest pain", "subject": "Chest pain"}
    card = row(
        "- it spreads to your arm", "care_emergency", heading="Call 999 if you have chest pain and:", **pain
    )
    page = document(row(text, "causes", attributes={"genre": ["Symptom"]}, **pain), card)
    (made,) = made_by("symptom_analysis.causes", page)
    assert text in made.answer.text
    assert made.answer.text.endswith(f"{card['heading']}\n{card['text']}")


def label(text: str):
    return document(row(text, "adverse_reactions", document="fda:1", subject="exampline", title="Examplol"))


def test_side_effects_are_asked_about_as_people_notice_them() -> None:
    (made,) = made_by(
        "symptom_analysis.side_effect",
        label("The most common adverse reactions were somnolence and dyspepsia."),
    )
    assert "sleepiness" in made.prompt or "indigestion" in made.prompt
    assert "a doctor or pharmacist should judge" in made.answer.text


@pytest.mark.parametrize(
    "rarer",
    [
        "Less frequent adverse reactions (less than 2%) were headache and syncope.",
        "Adverse reactions leading to discontinuation were nausea and headache.",
        "The most common adverse reactions in pediatric patients were nausea and headache.",
    ],
)
def test_side_effects_are_quoted_from_the_common_ones_of_everybody(rarer: str) -> None:
    assert made_by("symptom_analysis.side_effect", label(rarer)) == []


def test_a_side_effect_comes_with_the_label_s_word_on_whom_to_tell() -> None:
    told = "Tell your doctor if you have any side effect that bothers you."
    rows = ["The most common adverse reactions were headache and nausea.", f"They may go away. {told}"]
    page = document(
        *(row(t, "adverse_reactions", document="fda:1", subject="exampline", title="Examplol") for t in rows)
    )
    (made,) = made_by("symptom_analysis.side_effect", page)
    assert made.answer.text.endswith(f"The label also says: {told}")


def test_findings_that_nobody_notices_or_that_alarm_are_not_asked_about() -> None:
    page = label("The most common adverse reactions were jaundice, glycosuria and elevated liver enzymes.")
    assert made_by("symptom_analysis.side_effect", page) == []
