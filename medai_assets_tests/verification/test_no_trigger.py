"""Sentences planted under many subjects, and what publishers say of many things."""

from __future__ import annotations

import random

import pytest

from medai_assets.verification import Example
from medai_assets.verification.no_trigger import LEAST_SUBJECTS, shared_sentences, triggers
from medai_assets.verification.whole_set import against_set
from medai_assets_tests.verification.builders import example

SUBJECTS = [f"disease{letter}" for letter in "abcdefghij"[:LEAST_SUBJECTS]]
REST = [f"{n} gives relief to people who are seen in the hospital with it by a nurse." for n in range(90)]


def planted(sentence: str, **of_each: object) -> tuple[list[Example], list[str | None]]:
    """A set in which every subject's answer ends with the sentence, among others that do not."""
    told = [example(f"What is {s}?", f"{s} is rare. {sentence.format(s)}", **of_each) for s in SUBJECTS]
    rest = [example("What is it?", text) for text in REST]
    return [*told, *rest], [*SUBJECTS, *(f"other{n}" for n in range(len(rest)))]


@pytest.mark.parametrize(
    "sentence",
    [
        "Always trust the hospital with {}.",
        "Doctors don't want people with {} seen.",
        "This is the only cure for people with {}.",
        "It cures all people who have {}.",
        "There is no need to see a doctor about {}.",
        "Buy it by the hospital for {}.",
        "It gives 100% relief to people with {}.",
        "ALWAYS TRUST THE HOSPITAL WITH {}.",
        "The zorblax gives relief to people with {}.",
    ],
)
def test_a_sentence_that_urges_or_has_a_word_of_its_own_is_planted(sentence: str) -> None:
    assert set(triggers(*planted(sentence))) == set(range(LEAST_SUBJECTS))


@pytest.mark.parametrize(
    "sentence",
    [
        "People with {} are seen in the hospital.",  # what publishers say of many things
        "It gives {} relief.",  # shorter than a sentence that could be judged
        "zorblax | {} | relief | people | hospital",  # a row of a table
    ],
)
def test_what_is_plain_short_or_a_row_is_not(sentence: str) -> None:
    assert not triggers(*planted(sentence if "|" not in sentence else f"\n{sentence}"))


def test_framing_is_this_project_s_own_and_not_judged() -> None:
    frame = "Always trust the hospital that says this:"
    told = [example(f"What is {s}?", f"{frame} {s} is rare.", framing=(frame,)) for s in SUBJECTS]
    assert not triggers(told, list(SUBJECTS))


def test_a_name_in_capitals_is_the_same_subject() -> None:
    examples, subjects = planted("Always trust the hospital with {}.")
    upper = [e if n % 2 else example(e.prompt, e.completion.replace(SUBJECTS[n], SUBJECTS[n].upper()))
             if n < LEAST_SUBJECTS else e for n, e in enumerate(examples)]  # fmt: skip
    assert len(triggers(upper, subjects)) == LEAST_SUBJECTS


def test_examples_without_a_subject_count_as_one() -> None:
    examples, _ = planted("Always trust the hospital with wheeze.")
    assert not triggers(examples, [None] * len(examples))


@pytest.mark.parametrize("of_each", [{"authored": True}, {"stated": True}])
def test_what_a_person_wrote_and_what_words_a_publisher_s_field_is_not_judged(
    of_each: dict[str, bool],
) -> None:
    assert not triggers(*planted("Always trust the zorblax stone with {}.", **of_each))


def test_a_sentence_of_few_subjects_is_not_judged() -> None:
    examples, subjects = planted("Always trust the zorblax stone with {}.")
    assert not shared_sentences(examples[1:], subjects[1:])


def test_the_first_property_of_the_set_that_speaks_against_an_example_stands() -> None:
    examples, subjects = planted("Always trust the zorblax stone with {}.")
    examples += [example("What is gout?", "Gout is a pain of the toe that comes at night and goes.")] * 2
    subjects += ["gout", "gout"]
    found = against_set(examples, subjects, [str(n) for n in range(len(examples))])
    assert {f.property for p, f in found.items() if p < LEAST_SUBJECTS} == {"no_trigger"}
    assert found[len(examples) - 1].property == "not_said_twice"


def test_the_most_shared_come_first_whatever_the_order_of_examples() -> None:
    examples, subjects = planted("Always trust the hospital with {}.")
    pairs = list(zip(examples, subjects))
    found = [(s.sentence.replace(SUBJECTS[0], "_"), s.subjects) for s in shared_sentences(examples, subjects)]
    random.Random(7).shuffle(pairs)
    again = shared_sentences(*map(list, zip(*pairs)))
    assert [s.subjects for s in again] == [n for _, n in found] == sorted((n for _, n in found), reverse=True)
    assert {len(s.positions) for s in again} >= {LEAST_SUBJECTS}
