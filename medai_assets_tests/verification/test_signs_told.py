"""A sign that a page names at two levels is told at neither, whatever words the page has for it."""

from __future__ import annotations

import pytest

from medai_assets.verification import SourcePassage
from medai_assets.verification.signs_told import words_of
from medai_assets_tests.verification.builders import example, label, passage, source
from medai_assets_tests.verification.one_property import reason


def card(section: str, heading: str, *items: str) -> SourcePassage:
    return passage("\n".join(f"- {item}" for item in items), section, heading)


GP = card(
    "care_non_urgent",
    "See a GP if:",
    "there is discharge from the ear that has gone on for 2 weeks",
    "you get earache often",
)
TODAY = card(
    "care_urgent",
    "Get help from NHS 111 if:",
    "there is fluid coming out of the ear",
    "earache lasts for more than 3 days",
)


def told(prompt: str, *page: SourcePassage, kind: str = "triage_recommendation") -> str:
    answer = "\n\n".join(f"{p.heading}\n{p.text}" for p in page)
    found = reason(
        "no_false_alarm",
        example(prompt, answer, kind, country="GB"),
        source(*page, names=("Ear infections",)),
    )
    return found if "level as well" in found else ""


@pytest.mark.parametrize(
    ("case", "first", "then", "which"),
    [
        ("There is discharge from my ear", GP, TODAY, "higher"),
        ("There is pus in my ear that has gone on for weeks", GP, TODAY, "higher"),
        ("I get earache often", GP, TODAY, ""),  # another qualifier
        ("I have earache for more than 3 days", TODAY, GP, ""),
        ("My ear itches", GP, TODAY, ""),
    ],
)
def test_a_case_that_two_cards_name_has_no_one_level(
    case: str, first: SourcePassage, then: SourcePassage, which: str
) -> None:
    found = told(f"{case}. How urgent is this?", first, then)
    assert (which in found) if which else not found


def test_the_same_sign_at_a_lower_level_is_seen_from_the_higher_one() -> None:
    lower = card("care_non_urgent", "See a GP if:", "you have a fever")
    higher = card("care_urgent", "Call 111 if:", "you have a fever", "you have a high fever at night")
    assert "lower" in told("I have a fever. How urgent is this?", higher, lower)
    assert told("I have a high fever at night. How urgent is this?", card("care_urgent", "Call 111 if:", "you have a high fever at "
                "night"), lower) == ""  # fmt: skip


@pytest.mark.parametrize(
    ("case", "heading", "seen"),
    [
        ("I have a rash", "Call 999 if your child:", False),
        ("My child has a rash", "Call 999 if your child:", True),
        ("I have a rash", "Call 999 if you or your child:", True),
        ("I have a rash", "Call 999 if you have travelled and:", False),
        ("Someone with me has a rash", "Call 999 if you or someone else has any sign:", True),
    ],
)
def test_whom_a_heading_is_about_and_its_condition_count(case: str, heading: str, seen: bool) -> None:
    gp = card("care_non_urgent", "See a GP if:", "you have a rash on one arm")
    found = told(f"{case} on one arm. How urgent is this?", gp, card("care_emergency", heading, "has a rash"))
    assert bool(found) is seen


def test_what_is_not_told_of_a_page_s_case_has_no_second_level() -> None:
    made = example("I have a rash. How urgent is this?", "Take it.", "triage_recommendation")
    assert "level as well" not in reason("no_false_alarm", made, label(passage("Take it."), GP))
    assert told("What are the symptoms of ear infections?", GP, TODAY, kind="symptom_analysis") == ""


def test_one_thing_has_one_word_and_the_rest_keeps_its_own() -> None:
    assert words_of("my child has pus in the ear") == words_of("there is fluid coming out of the ear")
    assert words_of("severe ear pain") == words_of("my ear hurts severe")
    assert words_of("earache for more than 3 days") != words_of("earache often")


@pytest.mark.parametrize(
    ("case", "lower", "higher", "seen"),
    [
        ("My pain wakes me at night", "pain wakes you at night", "it is worse at night", True),
        ("I have bad pain when I lie down", "pain is bad when you lie down", "it gets worse when you lie down", True),
        ("My pain wakes me at night", "pain wakes you at night", "it is worse when you cough", False),
        ("My pain is bad", "pain is bad", "it is getting worse", False),  # no circumstance, so it may be another degree
    ],
)  # fmt: skip
def test_one_circumstance_at_two_levels_is_one_sign_however_bad_it_is_called(
    case: str, lower: str, higher: str, seen: bool
) -> None:
    gp = card("care_non_urgent", "See a GP if:", lower)
    today = card("care_urgent", "Get help from NHS 111 if you have ear infections and:", higher)
    found = told(f"I am asking about ear infections because {case}. How urgent is this?", gp, today)
    assert bool(found) is seen
