"""Triage: the level first, then why in the source's words, then what to do; no level that a source does not give."""

from __future__ import annotations

import pytest

from medai_assets_tests.instructions.builders import GB, document, made_by, row

EMERGENCY = row(
    "- you cough up blood\n- your lips look blue\n\nSit upright while you wait.",
    "care_emergency",
    heading="Call 999 if:",
)
URGENT = row("- your cough is getting worse\n\nCall 111.", "care_urgent", heading="Get help from NHS 111 if:")
GP = row("- you have had a cough for 3 weeks", "care_non_urgent", heading="See a GP if:")
SYMPTOMS = row("A wheeze is a whistling sound.", "symptoms", heading="Symptoms of a wheeze")
PAGE = document(row("A wheeze settles by itself.", "overview"), SYMPTOMS, EMERGENCY, URGENT, GP)


def label(text: str, section: str = "stop_use", brand: str = "Examplol"):
    attributes = {"product_type": "otc", "brand": brand}
    return document(
        row(
            text,
            section,
            document="fda:1",
            subject="exampline",
            title=brand,
            attributes=attributes,
            heading="Stop use",
        )
    )


def test_each_item_gets_the_level_of_its_card() -> None:
    made = made_by("triage_recommendation.care_card", PAGE)
    assert [(m.labels["level"], m.answer.text.split(":")[0]) for m in made] == [
        ("emergency", "Emergency"), ("emergency", "Emergency"), ("urgent", "Urgent"), ("primary_care", "Primary care"),
    ]  # fmt: skip


def test_the_answer_states_level_then_reason_then_what_to_do() -> None:
    (first, *_) = made_by("triage_recommendation.care_card", PAGE)
    assert first.answer.text == (
        "Emergency: call 911 or go to an emergency department now.\n\n"
        "Why: the advice on a wheeze gives this level if you cough up blood.\n\nSit upright while you wait."
    )
    assert "I cough up blood" in first.prompt


def test_numbers_and_services_are_those_of_the_country() -> None:
    urgent = [
        m for m in made_by("triage_recommendation.care_card", PAGE, GB) if m.labels["level"] == "urgent"
    ]
    assert "your GP surgery or NHS 111" in urgent[0].answer.text
    assert "Call 111." in urgent[0].answer.text
    urgent = [m for m in made_by("triage_recommendation.care_card", PAGE) if m.labels["level"] == "urgent"]
    assert "111" not in urgent[0].answer.text


def test_a_label_s_condition_sends_to_a_doctor() -> None:
    page = label(
        "Stop use and ask a doctor if pain lasts more than 10 days, or new symptoms occur. These could be serious."
    )
    made = made_by("triage_recommendation.stop_use", page)
    assert {m.labels["level"] for m in made} == {"primary_care"}
    assert len(made) == 2
    assert "Stop use and ask a doctor if pain lasts more than 10 days." in made[0].answer.text
    assert "the pain lasts more than 10 days" in made[0].prompt


@pytest.mark.parametrize("alarming", ["you vomit blood", "you have chest pain", "you have trouble breathing"])
def test_no_level_is_made_of_what_should_not_wait(alarming: str) -> None:
    page = label(f"Stop use and ask a doctor if {alarming}, or new symptoms occur.")
    assert all(alarming not in m.answer.text for m in made_by("triage_recommendation.stop_use", page))


def test_seek_help_right_away_is_urgent_and_emergency_help_an_emergency() -> None:
    page = label(
        "Stop use and ask a doctor if an allergic reaction to this product occurs. Seek medical help right away."
    )
    assert [m.labels["level"] for m in made_by("triage_recommendation.stop_use", page)] == ["urgent"]
    page = label("Get emergency help right away if you have a very fast heartbeat.")
    assert [m.labels["level"] for m in made_by("triage_recommendation.stop_use", page)] == ["emergency"]


def test_self_care_only_where_the_publisher_sends_people_to_it() -> None:
    advice = row(
        "Do:\n- drink water\n- rest\n\nDon't:\n- do not smoke",
        "self_care",
        heading="How to treat a wheeze yourself",
    )
    pharmacist = row(
        "A pharmacist can suggest lozenges for a wheeze.", "care_pharmacist", heading="Ask a pharmacist"
    )
    mild = document(row("A wheeze settles by itself.", "overview"), SYMPTOMS, advice, pharmacist, GP)
    made = made_by("triage_recommendation.self_care", mild)
    assert {m.labels["level"] for m in made} == {"self_care"}
    assert len(made) == 3
    serious = document(row("This is life-threatening.", "overview"), SYMPTOMS, advice, pharmacist)
    assert made_by("triage_recommendation.self_care", serious) == []


def test_ask_first_takes_one_named_condition() -> None:
    page = label(
        "Ask a doctor before use if you have liver disease, because a lower limit may be needed.",
        "ask_doctor",
    )
    (made,) = made_by("triage_recommendation.ask_first", page)
    assert "liver disease" in made.prompt
    assert made.labels["level"] == "primary_care"


def test_an_item_that_lost_its_circumstance_gets_no_level() -> None:
    cards = (
        row("- you have a high temperature", "care_urgent", heading="Ask for an urgent GP appointment if:"),
        row("- your wound leaks", "care_urgent", heading="Get help if you've recently been sterilised and:"),
    )
    page = document(*({**card, "document_id": "nhs:contraception/methods"} for card in cards))
    told = [made.prompt for made in made_by("triage_recommendation.care_card", page)]
    assert len(told) == 1
    assert "sterilised" in told[0]


def test_a_service_of_another_country_is_no_topic() -> None:
    card = row("- you have missed any vaccinations", "care_non_urgent", heading="Speak to your surgery if:",
               document="nhs:vaccinations/all", subject="NHS vaccinations", title="NHS vaccinations")  # fmt: skip
    (made,) = made_by("triage_recommendation.care_card", document(card))
    assert "NHS" not in made.prompt + made.answer.text
    assert "I have missed some vaccinations" in made.prompt
    (british,) = made_by("triage_recommendation.care_card", document(card), GB)
    assert "NHS vaccinations" in british.prompt
