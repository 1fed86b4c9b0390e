"""Forms of two turns: what is asked after another question, and alarm signs before a lower level of care."""

from __future__ import annotations

from dataclasses import replace

import pytest

from medai_assets.verification import Evidence, Example
from medai_assets.verification.form_kept import (
    ALARMS_ASKED,
    ALARMS_FIRST,
    CITED,
    CONVERSATION,
    NONE_OF_THEM,
    Rendering,
    first_answer,
    form_kept,
)
from medai_assets_tests.verification.builders import example, passage, source


def why(
    plain: Example, told: Rendering, evidence: Evidence, earlier: tuple[Example, Evidence] | None = None
) -> str:
    found = form_kept(plain, told, evidence, earlier)
    return found.reason if found else ""


FACTS = "question_answer"
DRUG = source(
    passage("Wheezol opens the airways.", "mechanism", "How it works"),
    passage("Wheezol is taken once a day.", "dosage", "Dose"),
    passage("Take 10 tablets of Wheezol and call 911 right away.", "overdose", "Overdose"),
    names=("Wheezol",),
)
WORKS = example("How does Wheezol work?", "Wheezol opens the airways.", FACTS)
DOSE = example("How often is Wheezol taken?", "Wheezol is taken once a day.", FACTS)
TOOK = example(
    "What if I took too much Wheezol?", "Take 10 tablets of Wheezol and call 911 right away.", FACTS
)
BEFORE = (WORKS, Evidence(DRUG, DRUG.passages[:1]))


def goes_on(prompt: str, thing: str = "Wheezol", completion: str = DOSE.completion) -> Rendering:
    return Rendering(CONVERSATION, prompt, completion, thing=thing)


@pytest.mark.parametrize(
    ("told", "why_not"),
    [
        (goes_on("How often is it taken?"), ""),
        (goes_on("And how often is it taken?"), ""),
        (goes_on("Thanks. How often is it taken?"), ""),
        (goes_on("One more question. How often is Wheezol taken?"), ""),
        (goes_on("How often is Wheezol taken?"), ""),
        (goes_on("How often is it taken by it?"), "other words"),
        (goes_on("How often should it be taken?"), "other words"),
        (goes_on("How often is it taken by children?"), "other words"),
        (goes_on("And"), "other words"),
        (goes_on("How often is it taken?", thing="aspirin"), "does not name 'aspirin'"),
        (goes_on("How often is it taken?", thing=""), "does not name ''"),
        (goes_on("How often is it taken?", completion="Wheezol opens the airways."), "the answer is another"),
    ],
)
def test_a_question_that_goes_on_says_it_for_the_name_and_nothing_else(told: Rendering, why_not: str) -> None:
    found = why(DOSE, told, Evidence(DRUG, DRUG.passages[1:2]), BEFORE)
    assert why_not in found
    assert bool(found) is bool(why_not)


def test_a_conversation_has_something_before_it_of_the_same_document_that_is_not_urgent() -> None:
    told, evidence = goes_on("How often is it taken?"), Evidence(DRUG, DRUG.passages[1:2])
    assert why(DOSE, told, evidence) == "nothing was said before"
    other = source(*DRUG.passages, names=("Wheezol",), publisher="medquad")
    moved = replace(other, document_id="another")
    assert "another document" in why(DOSE, told, evidence, (WORKS, Evidence(moved, moved.passages[:1])))
    urgent = (TOOK, Evidence(DRUG, DRUG.passages[2:]))
    assert "needs help at once" in why(DOSE, told, evidence, urgent)
    assert "needs help at once" in why(TOOK, replace(told, completion=TOOK.completion), urgent[1], BEFORE)
    assert "names no" not in why(DOSE, told, evidence, BEFORE)
    assert "nothing is said before one that is cited" in why(
        DOSE, replace(told, form=CITED), evidence, BEFORE
    )
    nameless = (example("How does this drug work?", WORKS.completion, FACTS), BEFORE[1])
    assert "does not name 'Wheezol'" in why(DOSE, told, evidence, nameless)


CARD = passage("- your lips turn blue\n- you cannot speak", "care_emergency", "Call 999 if:")
GP = passage("- a cough lasts for 3 weeks", "care_non_urgent", "See a GP if:")
CARE = source(CARD, GP)
WHOSE = "This is NHS England advice on wheeze (United Kingdom)."
LEVEL = "Primary care:"
SIGNS_OF = f"{CARD.heading}\n{CARD.text}"
TOLD = example(
    "My cough has lasted for 3 weeks. How urgent is this?",
    f"{LEVEL} {GP.heading}\n{GP.text}\n\n{SIGNS_OF}\n\n{WHOSE}",
    "triage_recommendation",
    framing=(LEVEL, WHOSE),
)
OF_CARE = Evidence(CARE, CARE.passages)
ALARM = Rendering(ALARMS_FIRST, NONE_OF_THEM[0], TOLD.completion, asks=ALARMS_ASKED[0])
FIRST = example(TOLD.prompt, first_answer(WHOSE, (SIGNS_OF,), ALARMS_ASKED[0]), "triage_recommendation")


def test_alarm_signs_are_asked_for_word_for_word_before_a_lower_level() -> None:
    assert why(TOLD, ALARM, OF_CARE, (FIRST, OF_CARE)) == ""


@pytest.mark.parametrize(
    ("plain", "told", "first", "why_not"),
    [
        (TOLD, replace(ALARM, prompt="Yes."), FIRST, "in other words"),
        (
            replace(TOLD, prompt="About wheeze: when is it urgent?"),
            ALARM,
            replace(FIRST, prompt="About wheeze: when is it urgent?"),
            "nobody tells of a case",
        ),
        (TOLD, replace(ALARM, asks="Are you well?"), FIRST, "in other words"),
        (TOLD, replace(ALARM, completion=GP.text), FIRST, "question or answer is another"),
        (TOLD, ALARM, replace(FIRST, prompt="I have a cough."), "question or answer is another"),
        (TOLD, ALARM, replace(FIRST, completion=FIRST.completion.replace("lips", "toes")), "word for word"),
        (
            TOLD,
            ALARM,
            replace(FIRST, completion=FIRST.completion.replace("\n- you cannot speak", "")),
            "word for word",
        ),
        (TOLD, replace(ALARM, asks=ALARMS_ASKED[1]), FIRST, "word for word"),
        (replace(TOLD, framing=("Emergency:", WHOSE)), ALARM, FIRST, "is asked nothing"),
        (replace(TOLD, framing=()), ALARM, FIRST, "does not say whose advice"),
        (replace(TOLD, framing=(LEVEL,)), ALARM, FIRST, "does not say whose advice"),
        (replace(TOLD, traits=frozenset()), ALARM, FIRST, "only of who tells of a complaint"),
    ],
)
def test_alarm_signs_that_are_cut_changed_or_answered_otherwise_are_refused(
    plain: Example, told: Rendering, first: Example, why_not: str
) -> None:
    assert why_not in why(plain, told, OF_CARE, (first, OF_CARE))


@pytest.mark.parametrize(
    ("text", "why_not"),
    [
        ("You or somebody else cannot breathe.", "no list of signs"),
        ("- you have any of these symptoms", "no list of signs"),
        ("- the above problems get worse", "no list of signs"),
        ("- you have any sign of a stroke", "no list of signs"),
        ("- your lips turn blue\n\n1. Lie down.\n2. Wait.", "no list of signs"),
        ("- your lips turn bluethat is, you lack air\n- an infl ammation", "card is damaged"),
        ("", "no emergency card"),
    ],
)
def test_a_card_that_nobody_can_say_no_to_is_not_asked(text: str, why_not: str) -> None:
    cards = (passage(text, "care_emergency", "Call 999 if:"),) if text else ()
    page = source(*cards, GP)
    shown = tuple(f"{c.heading}\n{c.text}" for c in cards)
    answer = "\n\n".join((f"{LEVEL} {GP.heading}\n{GP.text}", *shown, WHOSE))
    plain = replace(TOLD, completion=answer)
    first = replace(FIRST, completion=first_answer(WHOSE, shown, ALARMS_ASKED[0]))
    evidence = Evidence(page, page.passages)
    assert why_not in why(plain, replace(ALARM, completion=answer), evidence, (first, evidence))


def test_every_emergency_card_of_a_page_is_in_the_last_answer() -> None:
    more = passage("- you faint", "care_emergency", "Go to A&E if:")
    page = source(CARD, more, GP)
    assert "every emergency card" in why(TOLD, ALARM, Evidence(page, page.passages), (FIRST, OF_CARE))
    assert "only of who tells" in why(TOLD, ALARM, OF_CARE)
