"""What a person is shown of an answer: doses that a source gives, and nothing over and over."""

from __future__ import annotations

import time

import pytest

from medai_assets.serving.shown import STRUCK, TWICE, Source, shown
from medai_assets.serving.whose import unbacked

SOURCES = [
    Source(
        "p1",
        "Ibuprofen",
        "Adults take 1 tablet (200 mg) every 4 to 6 hours; no more than 6 tablets, 1,200 mg, in 24 hours.",
    ),
    Source(
        "p2",
        "Acetaminophen",
        "Take 500 mg to 1 g of acetaminophen up to 4 times a day: two tablets of 500mg.",
    ),
    Source("p3", "", "A 5% cream is put on twice daily, or one patch each week. Half a tablet may do."),
]
QUESTION = "How much can I take?"


@pytest.mark.parametrize(
    "answer",
    [
        "Take 200 mg of ibuprofen every 4–6 hours, at most 1.2 g.", "Ibuprofen: one tablet every six hours.",
        "Take two tablets of acetaminophen four times daily.", "Take acetaminophen 4x a day, 1,000 milligrams.",
        "Acetaminophen, 500 mg qid.", "Ibuprofen **200** mg, q4h.", "Take 500 milligrammes or 500mgs of acetaminophen.",
        "Take 2 500 mg tablets of acetaminophen.", "Use the 5 % cream twice a day.", "Use 1 patch. Take ½ tablet.",
    ],
)  # fmt: skip
def test_doses_that_a_source_gives_in_any_writing_stay(answer: str) -> None:
    told = shown(answer, QUESTION, SOURCES)
    assert (told.text, told.struck) == (answer, 0)
    assert told.sources
    assert all(dose in answer for dose in told.sources)
    assert set(told.sources.values()) <= {"p1", "p2", "p3"}


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("Take 400 mg of ibuprofen.", f"Take {STRUCK} of ibuprofen."),
        ("Take 500 mg of ibuprofen.", f"Take {STRUCK} of ibuprofen."),  # a dose of the other medicine
        ("Take 2 to 3 200 mg tablets.", f"Take {STRUCK}."),
        ("Take 3–4 tablets hourly.", f"Take {STRUCK} {STRUCK}."),
        ("Take 0,2 mg/kg or 5 mL.", f"Take {STRUCK} or {STRUCK}."),
        ("Take five hundred milligrams thrice daily.", f"Take {STRUCK} {STRUCK}."),
        ("Take it every 2 hours, 6 times/day.", f"Take it {STRUCK}, {STRUCK}."),
        ("- 3 puffs\n- 2 suppositories every night", f"- {STRUCK}\n- {STRUCK} {STRUCK}"),
        ("Take 40, 80 or 400 mg.", f"Take {STRUCK}."),
        ("Take **300** mg (7 mg) or 300 (mg).", f"Take **{STRUCK} ({STRUCK}) or {STRUCK})."),
        ("Take ½ g t.i.d., q8h, every 30 minutes.", f"Take {STRUCK} {STRUCK}., {STRUCK}, {STRUCK}."),
        ("Take a dozen tablets every other day.", f"Take a {STRUCK} {STRUCK}."),
        ("Take ten lisinopril 40 mg tablets, 2 or more ibuprofen tablets, or 9 of the tablets.",
         f"Take {STRUCK}, {STRUCK}, or {STRUCK}."),
        ("A 1% cream; 1/2 tablet; 7 µg.", f"A {STRUCK} cream; {STRUCK}; {STRUCK}."),
    ],
)  # fmt: skip
def test_doses_that_no_source_gives_are_struck(answer: str, left: str) -> None:
    told = shown(answer, QUESTION, SOURCES)
    assert (told.text, told.struck, told.sources) == (left, left.count(STRUCK), {})
    assert shown(answer, QUESTION, []).text == left


@pytest.mark.parametrize(
    "answer",
    [
        "Call 911 now.", "Wash your hands twice a day.", "It clears up within 10 days in 50% of people.", "", "[struck]",
        "You may need an injection. If you miss a dose, wait.", "Vitamin B12 and COVID-19; type 2 diabetes at 65 years.",
    ],
)  # fmt: skip
def test_what_is_no_dose_is_left_alone(answer: str) -> None:
    told = shown(answer, QUESTION, [])
    assert (told.text, told.struck, told.sources) == (answer, 0, {})


def test_the_question_says_whose_dose_it_is_where_the_answer_does_not() -> None:
    assert shown("Take 500 mg.", "How much ibuprofen?", SOURCES).struck == 1
    assert shown("Take 500 mg.", "How much acetaminophen?", SOURCES).sources == {"500 mg": "p2"}
    assert shown("Take 500 mg of acetaminophen.", "And with ibuprofen?", SOURCES).struck == 0


@pytest.mark.parametrize(
    ("answer", "left"),
    [("no " * 200, "no"), ("1" * 300, "1"), ("Rest. " + "Drink water. " * 20, "Rest. Drink water")],
)
def test_what_goes_round_in_circles_is_cut_where_it_begins_again(answer: str, left: str) -> None:
    told = shown(answer, QUESTION, [])
    assert told.circled
    assert told.text == left
    line = "See a doctor if it does not get better or if you are worried about anything.\n"  # said twice, and shorter
    assert len(line) < TWICE
    assert not shown(f"{line}Or call. {line}", QUESTION, []).circled


def test_long_figures_are_read_in_little_time() -> None:
    began = time.process_time()
    for piece in ("1 ", "one ", "1,000 ", "twenty ", "every 1 to ", "2 2 mg "):
        shown("".join(f"{piece}{n % 7} " for n in range(1500)), QUESTION, SOURCES)
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    ("given", "answer", "left"),
    [("Children aged 6 to 12, 5 mg once a day", "Give 12 mg", f"Give {STRUCK}"),
     ("Children over 12, 10 ml", "Give 12 ml", f"Give {STRUCK}"), ("On day 1, 500 mg", "Take 1 mg", f"Take {STRUCK}"),
     ("500 mg on day 1", "On day 1, 500 mg", "On day 1, 500 mg"), ("5, 10 or 20 mg", "Take 5 mg", "Take 5 mg"),
     ("40 mg", "Take 20, 30 and 40 mg", f"Take {STRUCK}")],
)  # fmt: skip
def test_a_number_before_a_comma_is_no_dose_of_a_source_unless_in_a_list(
    given: str, answer: str, left: str
) -> None:
    assert shown(answer, "?", [Source("p", "", given)]).text == left


@pytest.mark.parametrize(
    ("answer", "left"),
    [("You may prescribe 50", "You may prescribe"), ("Wait for 1.", "Wait for"), ("Between 2-", "Between"),
     ("In 1998 it rained", "In 1998 it rained"), ("If he stops, call 911", "If he stops, call 911")],
)  # fmt: skip
def test_a_number_at_which_an_answer_was_cut_is_left_out(answer: str, left: str) -> None:
    assert shown(answer, "?", [], complete=False).text == left
    assert shown(answer, "?", [], complete=True).text == answer


def test_a_source_named_without_its_text() -> None:
    answer = "Source: the FDA drug label of Metformin. This is NHS England advice on flu (United Kingdom)."
    assert unbacked(answer, []) == ["the FDA drug label of", "NHS England"]
    assert unbacked(answer, ["nhs"]) == ["the FDA drug label of"]
    assert unbacked("Drink water.", []) == []
