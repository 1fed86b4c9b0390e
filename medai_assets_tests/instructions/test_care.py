"""Care cards: the level is the section's, and every item becomes a statement that a person can make."""

from __future__ import annotations

import pytest

from medai_assets.instructions.care import cards, is_condition, is_local, local_sentences, subject_of, topic
from medai_assets_tests.instructions.builders import document, row


def card(text: str, heading: str, section: str = "care_emergency"):
    return cards(document(row(text, section, heading=heading)))[0]


@pytest.mark.parametrize(
    ("heading", "text", "told"),
    [
        ("Call 999 if:", "- your lips look blue", "my lips look blue"),
        ("Call 999 if you have cellulitis with:", "- a very high temperature", "I have cellulitis with a very high temperature"),
        ("Call 999 if you or your child:", "- is being sick a lot", "my child is being sick a lot"),
        ("Call 999 if you or your child:", "- vomit blood every hour", "I vomit blood every hour"),
        ("Go to A&E if someone has:", "- vomited since the injury", "someone has vomited since the injury"),
        ("Call 999 if an adult has any of these:", "- a rash that does not fade",
         "an adult has this sign: a rash that does not fade"),
        ("When to seek medical care", "See a doctor if there is:\n\n- no improvement after three days",
         "there is no improvement after three days"),
        ("Call 999 if:", "You have symptoms of DVT and:\n\n- you are breathless", "I have symptoms of DVT and I am breathless"),
    ],
)  # fmt: skip
def test_an_item_is_completed_by_its_heading_or_lead_in(heading: str, text: str, told: str) -> None:
    assert card(text, heading).complaints == [told]


def test_an_explanation_is_no_part_of_what_is_told() -> None:
    found = card("- your sight gets worse (even for a while)", "Call 999 if:")
    assert found.text == "- your sight gets worse (even for a while)"
    assert found.complaints == ["my sight gets worse"]


@pytest.mark.parametrize(
    "item",
    [
        "you have a fever or a rash",  # one patient has one of them
        "the pain gets worse",  # which?
        "they have recently come back from abroad",
        "you have taken more than your prescribed dose",  # waits for no level
        "you have taken more than 8 tablets in 24 hours",
        "your child still have signs of dehydration",
        "pain in your jaw when you eat",
    ],
)
def test_what_is_no_one_s_single_complaint_is_not_told(item: str) -> None:
    assert card(f"- {item}", "See a GP if:").complaints == []


def test_steps_are_told_by_nobody() -> None:
    assert (
        card(
            "Call 911 at once. Then:\n\n1. Cool the person.\n2. Give no drinks.", "When to call 911"
        ).complaints
        == []
    )


def test_an_item_about_children_is_not_told_of_oneself() -> None:
    assert card("- have green vomit (in a child)", "Call 999 if you or your child:").complaints == []


def test_a_sentence_to_call_for_names_what_someone_has() -> None:
    found = card("Call 911 for a seizure, trouble breathing, or chest pain.", "When to seek emergency care")
    assert found.complaints == [
        "someone with me has a seizure", "someone with me has trouble breathing", "someone with me has chest pain",
    ]  # fmt: skip


def test_a_card_that_was_cut_into_parts_is_one() -> None:
    parts = [
        row(f"- your sign {n}", "care_emergency", heading="Call 999 if:", attributes={"part": n, "parts": 2})
        for n in (1, 2)
    ]
    (found,) = cards(document(*parts))
    assert found.items == ("your sign 1", "your sign 2")


def test_services_of_another_country_are_left_out() -> None:
    assert not is_local("Call 111 for advice.", "US")
    assert is_local("Call 111 for advice.", "GB")
    assert not is_local("Call Poison Help.", "GB")
    assert is_local("Call Poison Help.", "US")
    said = ("Sit upright.", "Read more about asthma.", "Call 111.", "They can check it.")
    assert local_sentences(said, "US", 50) == ["Sit upright."]
    assert local_sentences(said, "GB", 50) == ["Sit upright.", "Call 111.", "They can check it."]


@pytest.mark.parametrize(
    ("title", "text", "about"),
    [
        ("Signs of Stroke: Act Fast", "A stroke is sudden. After a stroke, rest.", "a stroke"),
        ("Depression in adults", "Depression is common.", "depression in adults"),
        ("Parasites - Giardia", "Water may hold Giardia and Giardia lives long.", "Giardia"),
    ],
)
def test_a_page_s_topic_within_a_sentence(title: str, text: str, about: str) -> None:
    assert topic(document(row(text, "overview", title=title, subject=title))) == about


@pytest.mark.parametrize(
    "title",
    [
        "After a Flood: Cleanup",
        "Feelings, symptoms, behaviours",
        "Who should get a vaccine",
        "My child's infection",
    ],
)
def test_a_page_named_otherwise_has_no_subject_to_ask_about(title: str) -> None:
    assert subject_of(document(row("Some text.", "overview", title=title, subject=title))) == ""


def test_a_hub_or_a_medicine_is_no_condition() -> None:
    assert not is_condition(document(row("x", "symptoms", document="nhs:mental-health/root")))
    assert not is_condition(document(row("x", "symptoms", document="nhs:medicines/ibuprofen")))
    assert is_condition(document(row("x", "overview", document="nhs:symptoms/cough")))
    assert is_condition(document(row("x", "symptoms", document="cdc:1")))
