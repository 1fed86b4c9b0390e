"""Advice on care in an answer: cards and sections word for word and whole, and nothing more urgent left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.advice import (
    alarm_signs,
    attributed_advice,
    level_answer,
    level_first,
    say_alarms,
    say_first_aid,
    say_section,
    sends_somebody,
    symptoms_answer,
)
from medai_assets.instructions.care import LEVEL_OF, cards, sections
from medai_assets.instructions.language.framing import level_name
from medai_assets.instructions.passages import SourceDocument
from medai_assets.instructions.rules import Answer
from medai_assets_tests.instructions.builders import document, row
from medai_assets_tests.tries import tries

CALL = row("- your lips look blue", "care_emergency", heading="Call 999 if:")
ANOTHER_CALL = row("- you cough up blood", "care_emergency", heading="Go to A&E now if:")
URGENT = row("- your cough is getting worse", "care_urgent", heading="Get help from NHS 111 if:")
GP = row("- you have had a cough for 3 weeks", "care_non_urgent", heading="See a GP if:")
EITHER = row("- you were knocked out", "care_urgent", heading="Go to A&E or get help from NHS 111 if:")
CHEMIST = row("They can suggest a syrup for a cough.", "care_pharmacist", heading="Ask a pharmacist about:")


def told(card: dict[str, object]) -> str:
    return f"{card['heading']}\n{card['text']}"


def said(text: str, heading: str = "", **other: object) -> str:
    answer = Answer()
    say_section(answer, document(row(text, "symptoms", heading=heading, **other)).passages)
    assert answer.misquotes() == []
    return answer.text


@pytest.mark.parametrize(
    ("card", "then"),
    [
        (CHEMIST, [CALL, ANOTHER_CALL, URGENT, GP]),
        (GP, [CALL, ANOTHER_CALL, URGENT]),
        (URGENT, [CALL, ANOTHER_CALL]),
        (CALL, [ANOTHER_CALL]),  # the other way to the same level belongs beside it
    ],
)
def test_after_a_card_come_all_that_are_as_urgent_or_more(
    card: dict[str, object], then: list[dict[str, object]]
) -> None:
    page = document(GP, CHEMIST, CALL, URGENT, ANOTHER_CALL)
    (found,) = [c for c in cards(page) if c.passage.text == card["text"]]
    parts = "\n\n".join(map(told, (card, *then)))
    level = level_name(found.level, "GB")
    answer = level_answer(page, found, "a cough", "How urgent is this?")
    whose = "This is NHS England advice on a cough (United Kingdom)."
    assert answer.text == f"{level}: {parts}\n\n{whose}"


def test_a_card_that_sends_to_the_emergency_department_too_stands_beside_an_emergency() -> None:
    page = document(GP, EITHER, URGENT, CALL)
    (found,) = cards(page, "emergency")
    assert level_first(page, found).text == f"Emergency: {told(CALL)}\n\n{told(EITHER)}"


@pytest.mark.parametrize(
    ("of", "about", "whose"),
    [
        ("nhs:conditions/croup", "croup", "NHS England advice on croup (United Kingdom)"),
        ("nhs:conditions/croup", "", "NHS England advice (United Kingdom)"),
    ],
)
def test_advice_is_told_as_its_publisher_s_and_its_country_s(of: str, about: str, whose: str) -> None:
    assert attributed_advice(document(row("x", "overview", document=of)), about) == whose
    american = attributed_advice(document(row("x", "overview", document="cdc:1")), "flu")
    assert american.endswith(" advice on flu (United States)")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Rest. Read more about asthma.", "Rest."),
        ("Rest.\nFind out more about how to use an inhaler.\nDrink water.", "Rest.\n\nDrink water."),
        ("Read more about coughs. Rest.", "Rest."),
        ("Rest.\nLearn more about flu", "Rest."),
        ("Rest. Find out more about coughs at www.nhs.uk.", "Rest."),
        ("Rest. Read more about when to drink, e.g. before sport, and how. Sleep.", "Rest. Sleep."),
        ("- rest\n- read more about sleep before bedtime", "- rest\n- read more about sleep before bedtime"),
        ("Ask your nurse to read more about it.", "Ask your nurse to read more about it."),
        ("You may see more of it.", "You may see more of it."),
        ("Find out more about coughs, or call 999 if you cannot breathe.",
         "Find out more about coughs, or call 999 if you cannot breathe."),
    ],
)  # fmt: skip
def test_links_are_left_out_and_nothing_else(text: str, kept: str) -> None:
    assert said(text) == kept


def test_a_section_is_told_below_its_heading_and_its_parts_in_order() -> None:
    parts = [
        row(f"- sign {n}", "care_urgent", heading="See a GP if:", attributes={"part": n, "parts": 2})
        for n in (1, 2)
    ]
    answer = Answer()
    say_section(answer, document(*parts).passages)
    assert answer.text == "See a GP if:\n- sign 1\n\n- sign 2"
    assert said("Rest.", heading="  ") == "Rest."


@pytest.mark.parametrize(
    ("text", "sends"),
    [
        ("Call 999 if the person stops breathing.", True),
        ("Go to A&E straight away.", True),
        ("If the pain is severe, seek medical help right away.", True),
        ("- a rash\n- see a doctor immediately if your sight changes", True),
        ("Get immediate medical attention for a deep cut.", True),
        ("In case of overdose, call a poison control center.", True),
        ("See a GP if it lasts for 3 weeks.", False),
        ("The symptoms come on immediately after eating.", False),
        ("999 people took part in the survey.", False),
        ("It is not an emergency.", False),
        ("An emergency contraceptive pill can be bought.", False),
        ("", False),
    ],
)
def test_whether_a_passage_sends_somebody_at_once(text: str, sends: bool) -> None:
    assert sends_somebody(document(row(text, "overview")).first) is sends


def alarms(page: SourceDocument, known: frozenset[str] = frozenset()) -> str:
    answer = Answer()
    say_alarms(answer, page, set(known))
    return answer.text


def test_an_alarm_in_running_text_is_told_whole_with_its_heading_once() -> None:
    calm = row("It is common.", "overview")
    alarm = row("It may follow a bite. Call 999 if the tongue swells.", "causes", heading="What brings it on")
    page = document(calm, alarm, CALL)
    assert alarms(page) == told(alarm), "cards and calm sections are told elsewhere or not at all"
    assert alarms(page, frozenset({alarm["passage_id"]})) == ""


def test_of_a_collection_s_answers_only_the_overview_speaks_beside_another() -> None:
    rows = [
        row(f"{name}: call 911 at once.", name, heading="q?", document="medquad:set/1")
        for name in ("causes", "overview", "treatment")
    ]
    assert alarms(document(*rows)) == "overview: call 911 at once."


@pytest.mark.parametrize(
    ("heading", "aid"),
    [
        ("While you wait for the ambulance", True),
        ("What to do while waiting for help", True),
        ("First aid for burns", True),
        ("What should you do first?", True),
        ("Until help arrives", True),
        ("How to treat a burn yourself", False),
        ("Preventing burns", False),
    ],
)
def test_first_aid_is_what_the_heading_calls_so(heading: str, aid: bool) -> None:
    answer = Answer()
    page = document(row("1. Cool the burn.\n2. Cover it.", "self_care", heading=heading))
    say_first_aid(answer, page)
    assert answer.text == (f"{heading}\n1. Cool the burn.\n2. Cover it." if aid else "")


@pytest.mark.parametrize(
    "first",
    [
        "If somebody shows signs of heat exhaustion, take these 4 steps:",
        "For a small burn:",
        "When you are alone:",
    ],
)
def test_first_aid_for_another_state_than_the_one_that_help_is_called_for_is_not_told(first: str) -> None:
    answer = Answer()
    say_first_aid(
        answer,
        document(row(f"{first}\n- Give them a drink.", "self_care", heading="What should you do first?")),
    )
    assert answer.text == ""


def test_alarm_signs_are_the_items_of_urgent_and_emergency_cards_as_they_stand() -> None:
    page = document(GP, URGENT, CALL, CHEMIST)
    assert alarm_signs(cards(page)) == ["your cough is getting worse", "your lips look blue"]
    assert alarm_signs([]) == []


def test_symptoms_come_with_every_alarm_and_card_and_a_heading_that_asks_is_said_by_the_rule() -> None:
    first = row("It begins suddenly.", "symptoms", heading="Symptoms of a cough")
    more = row("A cold passes.", "symptoms", heading="Is it a cold?")
    alarm = row("Dial 999 if a child turns blue.", "other", heading="In children")
    page = document(first, more, alarm, GP, CALL)
    answer = symptoms_answer(page, sections(page.of("symptoms")), "Symptoms of cough")
    whose = "NHS England advice (United Kingdom):"
    assert answer.text == "\n\n".join((told(first), told(more), told(alarm), whose, told(CALL), told(GP)))
    without = document(first | {"heading": "What are the symptoms?"}, more)
    answer = symptoms_answer(without, sections(without.of("symptoms")), "Symptoms of cough")
    assert answer.text == f"Symptoms of cough:\n{first['text']}\n\n{told(more)}"


def test_a_call_for_help_among_steps_for_another_state_is_not_lost() -> None:
    aid = row(
        "If someone is too hot, let them drink. Call 999 at once if they faint.", "self_care",
        heading="What should you do first?",
    )  # fmt: skip
    page = document(row("A cough is dry.", "symptoms", heading="Symptoms"), aid, CALL)
    answer = symptoms_answer(page, sections(page.of("symptoms")), "")
    assert "Call 999 at once if they faint." in answer.text


@tries(25)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(LEVEL_OF)), st.text("abc .\n-", min_size=1, max_size=30)),
        min_size=1,
        max_size=5,
    )
)
def test_no_card_is_ever_followed_by_a_lower_one_or_told_without_a_higher(
    found: list[tuple[str, str]],
) -> None:
    page = document(
        *(row(f"x{n} {text}", name, heading="See a GP if:") for n, (name, text) in enumerate(found))
    )
    urgency = list(LEVEL_OF)
    for card in cards(page):
        answer = level_answer(page, card, "a cough", "How urgent is this?")
        told = [p.section for p in answer.passages]
        assert answer.misquotes() == []
        higher = [name for name, _ in found if urgency.index(name) > urgency.index(card.passage.section)]
        assert {*higher, card.passage.section} <= set(told)
        assert all(LEVEL_OF[name] == card.level or name in higher for name in told)
        ranks = [urgency.index(name) for name in told[1:]]
        assert ranks == sorted(ranks, reverse=True) or len({LEVEL_OF[name] for name in told}) < len(ranks) + 1


def test_what_a_page_says_beside_its_levels_comes_after_them() -> None:
    fits = row("- you have a fit", "care_emergency", heading="Call 999 if:")
    aid = row("Lay them on their side.", "complications", heading="Febrile seizures")
    moods = row(
        "Some think of harming themselves. Call 111.", "adverse_reactions", heading="Thoughts of suicide"
    )
    page = document(aid, moods, fits)
    (card,) = cards(page)
    whose = "This is NHS England advice on a cough (United Kingdom)."
    told_now = level_answer(page, card, "a cough", "My child is having a fit. How urgent is this?")
    assert told_now.text == "\n\n".join((f"Emergency: {told(fits)}", told(moods), told(aid), whose))
    other = level_answer(page, card, "a cough", "I have a cough. How urgent is this?")
    assert other.text == "\n\n".join((f"Emergency: {told(fits)}", told(moods), whose))
