"""Symptoms: one possible cause, never a diagnosis; what to watch for in the page's words; red flags literal."""

from __future__ import annotations

import pytest

from medai_assets.instructions.kinds.symptom_analysis import NO_DIAGNOSIS, clues, symptom_names
from medai_assets_tests.instructions.builders import document, made_by, row

LIST = row(
    "It comes on suddenly. Symptoms include:\n\n- a dry cough\n- a whistling sound when you breathe out\n- a tight chest\n"
    "- feeling tired\n\nYou may also:\n\n- feel sick", "symptoms", heading="Symptoms of a wheeze",
)  # fmt: skip
CARD = row("- your lips look blue\n- you feel drowsy or confused", "care_emergency", heading="Call 999 if:")
GP = row("- you wheeze at night", "care_non_urgent", heading="See a GP if:")


def test_symptoms_ask_for_the_cause_and_the_answer_begins_by_not_diagnosing() -> None:
    made = made_by("symptom_analysis.possible_cause", document(LIST, CARD, GP))
    assert made
    assert all(m.answer.text.startswith(NO_DIAGNOSIS) for m in made)
    assert "One possible cause is a wheeze." in made[0].answer.text
    assert "See a doctor if:\n- you wheeze at night" in made[0].answer.text


def test_red_flags_stand_in_the_answer_and_in_the_page() -> None:
    for made in made_by("symptom_analysis.possible_cause", document(LIST, CARD)):
        assert set(made.labels["red_flags"]) == {"your lips look blue", "you feel drowsy or confused"}
        assert all(flag in made.answer.text and flag in CARD["text"] for flag in made.labels["red_flags"])


def test_a_condition_that_is_an_emergency_begins_with_the_call() -> None:
    page = document(row("A wheeze is life-threatening.", "overview"), LIST, CARD)
    assert made_by("symptom_analysis.possible_cause", page)[0].answer.text.startswith(
        "If these are there now, call 911"
    )


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


def test_a_slow_disease_that_can_be_life_threatening_is_no_call_at_once() -> None:
    page = document(row("High calcium can be life-threatening.", "overview"), LIST, GP)
    for made in made_by("symptom_analysis.possible_cause", page):
        assert made.answer.text.startswith(NO_DIAGNOSIS)


def test_a_geneticist_s_table_is_nothing_to_watch_for() -> None:
    page = document(row("Signs and symptoms:\n- Nail pits\n- Cutis laxa\n- Wide mouth", "symptoms"))
    assert made_by("symptom_analysis.watch_for", page) == []


def test_a_table_of_clues_gives_one_cause_at_a_time() -> None:
    text = "What it may mean\nWhat you notice | Possible cause\nStarts after eating | Heartburn\nWorse when you move | A strain"
    page = document(
        row(
            text,
            "causes",
            document="nhs:symptoms/chest-pain",
            title="Chest pain",
            subject="Chest pain",
            attributes={"genre": ["Symptom"]},
        ),
        row(
            "- it spreads to your arm",
            "care_emergency",
            heading="Call 999 if you have chest pain and:",
            document="nhs:symptoms/chest-pain",
        ),
    )
    assert clues(page.passages[0]) == [
        ("Starts after eating", "Heartburn"),
        ("Worse when you move", "A strain"),
    ]
    made = [
        m
        for m in made_by("symptom_analysis.causes", page)
        if "goes like this" in m.prompt or "this is what" in m.prompt
    ]
    assert len(made) == 2
    assert all("Call 911 if:" in m.answer.text for m in made)


def label(text: str):
    return document(row(text, "adverse_reactions", document="fda:1", subject="exampline", title="Examplol"))


def test_side_effects_are_asked_about_as_people_notice_them() -> None:
    (one, two) = made_by(
        "symptom_analysis.side_effect",
        label("The most common adverse reactions were somnolence and dyspepsia."),
    )
    assert {"sleepiness" in one.prompt, "sleepiness" in two.prompt} == {True, False}
    assert "a doctor or pharmacist should judge" in one.answer.text


def test_findings_that_nobody_notices_or_that_alarm_are_not_asked_about() -> None:
    page = label("The most common adverse reactions were jaundice, glycosuria and elevated liver enzymes.")
    assert made_by("symptom_analysis.side_effect", page) == []
