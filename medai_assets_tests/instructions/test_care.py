"""Care cards: the level is the section's, and every item becomes a statement that a person can make."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.care import (
    cards,
    denied,
    has_one_scope,
    in_order_of_urgency,
    is_condition,
    is_local,
    is_one_condition,
    local_sentences,
    names_topic,
    needs_no_topic,
    sections,
    subject_of,
    topic,
)
from medai_assets_tests.instructions.builders import document, row
from medai_assets_tests.tries import tries


def card(text: str, heading: str, section: str = "care_emergency"):
    return cards(document(row(text, section, heading=heading)))[0]


@pytest.mark.parametrize(
    ("heading", "text", "told"),
    [
        ("Call 999 if:", "- your lips look blue", "my lips look blue"),
        ("Call 999 if you have cellulitis with:", "- a very high temperature", "I have cellulitis with a very high temperature"),
        ("Call 999 if you or your child:", "- is being sick a lot", "my child is being sick a lot"),
        ("Call 999 if you or your child:", "- vomit blood every hour", "I vomit blood every hour"),
        ("Go to A&E if someone has:", "- vomited since the injury", "someone with me has vomited since the injury"),
        ("Call 999 if an adult has any of these:", "- a rash that does not fade",
         "an adult has a rash that does not fade"),
        ("Call 999 if:", "- somebody loses consciousness", "someone with me has lost consciousness"),
        ("Call 999 if you have:", "- chest pain that lasts for more than 15 minutes",
         "I have chest pain that has lasted for more than 15 minutes"),
        ("See a GP if your child:", "- drinks much less than usual", "my child is drinking much less than usual"),
        ("See a GP if:", "- pain has moved to your side", "my pain has moved to my side"),
        ("Call 999 if:", "You have symptoms of DVT and:\n\n- you are breathless", "I have symptoms of DVT and I am breathless"),
    ],
)  # fmt: skip
def test_an_item_is_completed_by_its_heading_or_lead_in(heading: str, text: str, told: str) -> None:
    assert card(text, heading).complaints == [told]


def test_an_explanation_is_no_part_of_what_is_told() -> None:
    found = card("- your sight gets worse (even for a while)", "Call 999 if:")
    assert found.text == "- your sight gets worse (even for a while)"
    assert found.complaints == ["my sight is getting worse"]


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


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("you have a cough for longer than 3 weeks", ["I have had a cough for longer than 3 weeks"]),
        ("you get a violent headache", ["I have a violent headache"]),
        ("you struggle to breathe", ["I am struggling to breathe"]),
        ("you are treated for DVT and your leg is worse", ["I am being treated for DVT and my leg is worse"]),
        ("one side of your face becomes weak", ["one side of my face has become weak"]),
        ("you start coughing up a lot of blood", ["I have started coughing up a lot of blood"]),
        ("your child has earache for more than 3 days", ["my child has had earache for more than 3 days"]),
        ("a migraine lasts longer than 72 hours", []),
        ("diarrhoea lasts more than 4 days", []),
        ("someone's life is at risk", []),
        ("a child has a fit", ["my child is having a fit"]),
        ("you are worried about your throat", []),
        ("a burn has not healed after 2 weeks", []),
    ],
)
def test_what_an_item_says_is_told_as_people_tell_it(item: str, told: list[str]) -> None:
    assert card(f"- {item}", "See a GP if:").complaints == told


def test_a_sentence_to_call_for_names_what_someone_has() -> None:
    found = card("Call 911 for a seizure, trouble breathing, or chest pain.", "When to seek emergency care")
    assert found.complaints == [
        "someone with me is having a seizure", "someone with me has trouble breathing", "someone with me has chest pain",
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


@pytest.mark.parametrize(
    ("title", "condition"),
    [
        ("Diabetic ketoacidosis and sick days", False),
        ("Asthma and school", False),
        ("Pregnancy and diabetes", False),
        ("Nausea and vomiting in pregnancy", True),
        ("Molar and ectopic pregnancy", True),
        ("Burns and scalds", True),
    ],
)
def test_a_page_on_a_condition_and_on_what_nobody_has_is_not_about_one_condition(
    title: str, condition: bool
) -> None:
    page = document(row("x", "symptoms", document="cdc:1", title=title, subject=title))
    assert is_condition(page)
    assert is_one_condition(page) is condition


def test_whether_a_thing_is_denied_is_read_in_a_time_that_grows_as_the_text() -> None:
    assert denied("This is not an emergency", 12)
    assert not denied("It is not a cold. This is an emergency", 29)
    text = "not " * 64_000 + "needs an ambulance."
    began = time.process_time()
    assert denied(text, text.index("needs"))
    assert cards(document(row("call 911 for chest pain. " * 2_000, "care_emergency", heading="Help")))
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("heading", "text", "told"),
    [
        ("Call 999 if you're with someone who:", "- is having a seizure", ["I'm with someone who is having a seizure"]),
        ("Get help from NHS 111 if you've:", "- had a fever for 3 days", ["I've had a fever for 3 days"]),
        ("See a GP if your child:", "- has a temperature", ["my child has a temperature"]),
        ("Ask for an urgent GP appointment if you're pregnant and:", "- you have been near someone with chickenpox",
         ["I'm pregnant and I have been near someone with chickenpox"]),
        ("Call 911 if you have chest pain that:", "- spreads to your arm – this may be a heart attack",
         ["I have chest pain that spreads to my arm"]),
        ("See a doctor if you don’t:", "- feel better after a week", ["I don’t feel better after a week"]),
        ("See a GP if you have any of these:", "- a lump in your neck", ["I have a lump in my neck"]),
        ("Ask for an urgent GP appointment if you've been abroad and you or your partner:", "- are pregnant",
         ["I've been abroad and my partner is pregnant"]),
        ("See a GP if they:", "- wheeze at night", []),  # who?
        ("When to seek care", "See a doctor if there is:\n\n- stool that contains blood", []),  # as a page counts it
        ("Call 999 if you have any signs of heatstroke:", "- loss of consciousness", []),
        ("See a GP if:", "- your inhaler is needed more often", []),
        ("When to get help", "- you wheeze at night", []),  # no heading or lead says that somebody should
        ("See a GP if:", "- you wheeze", []),  # too short to be told by itself
        ("See a GP if:", "- you have a cough, you wheeze or you are short of breath", []),
        ("See a GP if:", "- you have a cough that has lasted for more than 3 weeks, or a fever",
         ["I have a cough that has lasted for more than 3 weeks"]),
        ("See a GP if:", "Wheezing is common.\n\nYou have any of the following:\n\n- a cough", []),
        ("See a GP if:", "", []),
    ],
)  # fmt: skip
def test_headings_of_publishers_and_what_their_items_tell(heading: str, text: str, told: list[str]) -> None:
    assert card(text or "Ask.", heading).complaints == told


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Call 911 or go to the emergency room immediately for chest pain, sudden weakness, or severe headache.",
         ["chest pain", "sudden weakness", "severe headache"]),
        ("Call 999 at once for a seizure.", ["a seizure"]),
        ("Call 911 for burns.", []),  # how large?
        ("Call 911 for anyone who has collapsed, or a person with a seizure.", []),
        ("Do not call 911 for a runny nose, a sore throat, or a mild fever.", []),
        ("Never call 999 for a sick note.", []),
        ("Call 911 for chest pain and sweating, or a seizure.", ["chest pain and sweating", "a seizure"]),
    ],
)  # fmt: skip
def test_what_a_sentence_says_to_call_for(sentence: str, told: list[str]) -> None:
    found = card(sentence, "When to seek emergency care")
    having = ("is having" if what == "a seizure" else "has" for what in told)
    assert found.complaints == [
        f"someone with me {has} {what}" for has, what in zip(having, told, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "country", "local"),
    [
        ("See your GP.", "US", False), ("See your GP.", "GB", True), ("Go to A & E.", "US", False),
        ("Go to accident and emergency.", "US", False), ("Ask the NHS.", "AU", False),
        ("In Scotland call 111.", "CA", False), ("Go to the emergency room.", "GB", False),
        ("Go to the ER now.", "GB", False), ("Call 1-800-222-1222.", "GB", False), ("Call 988.", "GB", False),
        ("Go to the ER now.", "US", True), ("Go to an urgent care clinic.", "US", True),
        ("Call your doctor.", "GB", True), ("Call your doctor.", "US", True), ("", "NEUTRAL", True),
        ("You need urgent treatment.", "GB", True), ("Your partner, GPs say, may help.", "US", True),
    ],
)  # fmt: skip
def test_services_by_country(text: str, country: str, local: bool) -> None:
    assert is_local(text, country) is local


def test_local_sentences_end_at_the_bound_of_words() -> None:
    said = ["One two three.", "Four five.", "Six."]
    assert local_sentences(said, "US", 5) == said[:2]
    assert local_sentences(said, "US", 4) == said[:1]
    assert local_sentences([], "US", 4) == []


@pytest.mark.parametrize(
    ("title", "text", "about"),
    [
        ("Symptoms of COVID-19", "COVID-19 spreads.", "COVID-19"),
        ("About Lyme Disease", "Lyme disease is spread by ticks. In Lyme, ticks live.", "Lyme disease"),
        ("What is asthma", "Asthma is common.", "asthma"),
        ("Living with Diabetes", "Diabetes is common.", "diabetes"),
        ("Croup: when to worry", "Croup is common.", "croup"),
        ("Asthma - children", "Asthma is common. Asthma in children is too.", "asthma in children"),
        ("Common cold", "A cold passes.", "the common cold"),
        ("Flu symptoms and treatment", "Flu is common.", "flu"),
    ],
)
def test_a_title_as_publishers_write_it_is_a_topic(title: str, text: str, about: str) -> None:
    assert topic(document(row(text, "overview", title=title, subject=title))) == about


@pytest.mark.parametrize(
    ("complaint", "about", "named"),
    [
        ("I have flu and a cough", "the flu", True),
        ("My Croup is worse", "croup", True),
        ("fluid leaks from the wound", "the flu", False),
        ("I have been sick", "a stroke", False),
        ("a burning pain", "burns", False),
        ("I have burns on my hand", "burns", True),
        ("a burn has not healed after 2 weeks", "burns and scalds", True),
        ("a burning pain", "burns and scalds", False),
        ("my neck hurts", "head and neck cancer", False),
    ],
)
def test_a_complaint_names_the_topic_as_a_word(complaint: str, about: str, named: bool) -> None:
    assert names_topic(complaint, about) is named


def test_self_harm_is_told_without_a_topic_that_it_would_be_the_reason_to_read_about() -> None:
    assert needs_no_topic("I have hurt myself badly", "panic disorder")
    assert needs_no_topic("I have panic attacks", "panic attacks")
    assert not needs_no_topic("my leg hurts", "panic disorder")


def test_cards_come_in_the_order_of_the_page_and_by_urgency_on_demand() -> None:
    rows = [
        row("- you wheeze at night", section, heading=f"See {section} if:")
        for section in ("care_non_urgent", "care_emergency", "care_pharmacist", "care_urgent")
    ]
    found = cards(document(*({**r, "passage_id": r["heading"]} for r in rows)))
    assert [c.level for c in found] == ["primary_care", "emergency", "self_care", "urgent"]
    assert [c.level for c in in_order_of_urgency(found)] == [
        "emergency", "urgent", "primary_care", "self_care",
    ]  # fmt: skip


def test_a_part_belongs_to_the_card_before_it_under_the_same_heading_only() -> None:
    part = {"part": 2, "parts": 2}
    rows = [
        row("- one", "care_urgent", heading="See a GP if:"),
        row("- two", "care_urgent", heading="See a GP if:", attributes=part),
        row("- three", "care_urgent", heading="Get help if:", attributes=part),
        row("- four", "care_urgent", heading="Get help if:"),
    ]
    groups = sections(document(*rows).passages)
    assert [[p.text for p in group] for group in groups] == [["- one", "- two"], ["- three"], ["- four"]]


@pytest.mark.parametrize(
    ("path", "one"),
    [
        ("nhs:conditions/croup", True), ("nhs:medicines/ibuprofen", True), ("nhs:symptoms/cough", True),
        ("nhs:contraception/methods", False), ("cdc:1", True),
    ],
)  # fmt: skip
def test_a_page_that_its_publisher_calls_no_condition_symptom_or_medicine_has_no_one_scope(
    path: str, one: bool
) -> None:
    assert has_one_scope(document(row("x", "overview", document=path))) is one


@tries(40)
@given(st.text(max_size=120), st.text(max_size=120))
def test_whatever_a_card_says_a_complaint_is_of_someone_and_not_of_you(heading: str, text: str) -> None:
    for complaint in card(text or "x", f"{heading} if you:").complaints:
        assert 3 <= len(complaint.split()) <= 40
        assert not re.search(r"\b(?:you|your|yourself)\b", complaint, re.IGNORECASE)
