"""One study's conclusion is told as one study's, to a question that says what and whom it studied."""

from __future__ import annotations

import pytest

from medai_assets.verification import Evidence, Source, SourcePassage
from medai_assets.verification.study_scope import study_scope

from .builders import example

TITLE = "Oat bran and blood pressure in children with essential hypertension: a randomised trial"
CONCLUSION = "Oat bran lowered blood pressure in this trial."
QUESTION = "What is the effect of oat bran on blood pressure in children with essential hypertension?"


def judged(
    question: str = QUESTION, framing: str = "One study (2020) concluded: ", title: str = TITLE
) -> str:
    passage = SourcePassage(
        "p", CONCLUSION, section="conclusions", attributes={"publication_types": [], "year": 2020}
    )
    source = Source("pubmed:1", "pubmed", title, (), (passage,))
    told = example(question, framing + CONCLUSION, framing=(framing,) if framing else ())
    found = study_scope(told, Evidence(source, (passage,)))
    return found.reason if found else ""


def test_a_question_that_says_what_was_studied_is_answered_by_the_study() -> None:
    assert judged() == ""


def test_a_conclusion_is_not_told_as_settled() -> None:
    assert "settled" in judged(framing="")


def test_a_question_that_leaves_out_the_subject_of_the_title_is_refused() -> None:
    assert "leaves out what was studied" in judged("What is the feasibility of a diet in rural areas?")


def test_a_population_of_the_title_stands_in_question_or_answer() -> None:
    assert "children" in judged("What is the effect of oat bran on blood pressure in essential hypertension?")


@pytest.mark.parametrize("animal", ["rats", "mice", "a cell line"])
def test_what_was_seen_in_animals_is_asked_of_animals(animal: str) -> None:
    title = TITLE.replace("children", animal)
    assert "studied in" in judged(title=title)
    assert judged(QUESTION.replace("children", animal), title=title) == ""


@pytest.mark.parametrize(
    "animal",
    ["Rats", "guinea pigs", "a murine model", "cows", "bovine cells", "goats", "chick embryos", "Drosophila", "in vitro cultures",
     "HeLa cell lines", "zebrafish", "nonhuman primates"],
)  # fmt: skip
def test_any_animal_or_dish_of_the_title_is_named_in_the_question(animal: str) -> None:
    title = TITLE.replace("children", animal)
    asked = "What is the effect of oat bran on blood pressure in essential hypertension?"
    assert "studied in" in judged(asked, title=title)


@pytest.mark.parametrize(
    "word", ["CAT scans", "MICE imputation", "RAT tests", "ratings", "category", "pigment"]
)
def test_an_abbreviation_or_a_longer_word_is_no_animal(word: str) -> None:
    title = f"Oat bran and blood pressure: {word}"
    assert judged("What does oat bran do to blood pressure?", title=title) == ""


@pytest.mark.parametrize(
    ("framing", "told"),
    [
        ("One study (2020) concluded: ", True), ("A randomised trial found: ", True), ("A review says: ", True),
        ("A meta-analysis says: ", True), ("It is known: ", False), ("Researchers know: ", False), ("STUDY: ", True),
    ],
)  # fmt: skip
def test_framing_says_that_it_is_one_study(framing: str, told: bool) -> None:
    assert ("settled" not in judged(framing=framing)) is told


@pytest.mark.parametrize(
    ("question", "covers"),
    [
        ("Does oat bran lower blood pressure in children with essential hypertension?", True),
        ("In hypertensive children, what does bran of oats do to the pressure of blood?", True),
        ("Does bran help children?", False),
        ("Is diet good for blood in children?", False),
    ],
)
def test_half_of_what_the_title_names_stands_in_the_question(question: str, covers: bool) -> None:
    assert ("leaves out what was studied" not in judged(question)) is covers


def test_a_passage_that_is_no_study_s_conclusion_is_not_judged() -> None:
    for attributes, section in (({}, "conclusions"), ({"publication_types": []}, "results")):
        passage = SourcePassage("p", CONCLUSION, section=section, attributes=attributes)
        document = Source("pubmed:1", "pubmed", TITLE, (), (passage,))
        assert study_scope(example("What is it?", CONCLUSION), Evidence(document, (passage,))) is None
