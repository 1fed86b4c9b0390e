"""As people write: every word of the question in small letters, and a story only where nobody is told of."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.forms.as_people_write import STORIES
from medai_assets.instructions.forms.registry import FORMS, in_form
from medai_assets_tests.instructions.forms.builders import example_row, ids, labels, page, told


def test_as_people_write_keeps_every_word_of_the_question_and_the_answer() -> None:
    plain = example_row(page())
    written = told("as_people_write", page(), plain)
    assert written is not None
    assert written["prompt"].endswith("what are the symptoms of wheeze")
    assert written["completion"] == plain["completion"]
    assert labels(written) == labels(plain) | {"form": "as_people_write", "question": plain["prompt"]}
    assert written["example_id"] != plain["example_id"]


def test_some_questions_come_with_a_story_and_some_without() -> None:
    asked = {
        told("as_people_write", page(), example_row(page(), example_id=ids(n)))["prompt"] for n in range(40)
    }  # type: ignore[index]
    assert "what are the symptoms of wheeze" in asked
    assert any(prompt.startswith(STORIES) for prompt in asked)


def test_who_tells_of_themselves_gets_no_story_and_abbreviations_stay() -> None:
    question = "I have a fever and HIV. Should I see a doctor?"
    asked = {
        told("as_people_write", page(), example_row(page(), prompt=question, example_id=ids(n)))["prompt"]  # type: ignore[index]
        for n in range(20)
    }
    assert asked == {"i have a fever and HIV. should i see a doctor"}


def written(question: str, number: int = 0, **other: str) -> str | None:
    """The question as people write it, without its story; None where it stays as it is."""
    made = told(
        "as_people_write", page(), example_row(page(), prompt=question, example_id=ids(number), **other)
    )
    if made is None:
        return None
    prompt = str(made["prompt"])
    story = next((one for one in STORIES if prompt.startswith(one)), "")
    return prompt[len(story) :].lstrip(" ,.-")


@pytest.mark.parametrize(
    ("question", "small"),
    [
        ("What is COVID-19?", "what is COVID-19"),
        ("Is HIV/AIDS contagious?", "is HIV/AIDS contagious"),
        ("How are STIs passed on?", "how are STIs passed on"),
        ("What causes GERD (acid reflux)?", "what causes GERD (acid reflux)"),
        ("What causes Sjögren's syndrome?", "what causes sjögren's syndrome"),
        ("Is 2.5 mg of Zyrtec enough for a 6-year-old?", "is 2.5 mg of zyrtec enough for a 6-year-old"),
        ("Can you explain what Bell’s palsy is?", "can you explain what bell’s palsy is"),
        ("Is mucopolysaccharidosis type II inherited?", "is mucopolysaccharidosis type II inherited"),
        ("I have a rash. Is it measles?", "i have a rash. is it measles"),
    ],
)
def test_small_letters_but_for_abbreviations(question: str, small: str) -> None:
    assert {written(question, number) for number in range(6)} == {small}


@pytest.mark.parametrize(
    "question",
    [
        "Tell me about gout.",
        "What is gout? Is it bad?",
        "This is my question\nWhat is gout?",
        "What does the label of Zyrtec say?",
        "What is Zyrtec labelled for?",
        "Which dose would a prescriber choose?",
        "Regarding gout: what helps?",
        "What is known about the many causes of the very rare disease that doctors call gout?",
        "",
    ],
)
def test_what_nobody_types_in_a_hurry_stays_as_it_is(question: str) -> None:
    assert written(question) is None


@pytest.mark.parametrize(
    ("question", "audience"),
    [
        ("What can I do about gout?", "consumer"),
        ("My father has gout. What helps?", "consumer"),
        ("Should she rest with gout?", "consumer"),
        ("What are the treatments for gout?", "professional"),
    ],
)
def test_whoever_tells_of_somebody_or_reads_as_a_professional_gets_no_story(
    question: str, audience: str
) -> None:
    plain = [example_row(page(), prompt=question, example_id=ids(n), audience=audience) for n in range(12)]
    asked = {(told("as_people_write", page(), one) or {})["prompt"] for one in plain}
    assert asked == {question[:-1].lower()}


@given(
    st.lists(
        st.sampled_from("What is HIV-1 of (COPD) I my 2.5 mg – E. coli's ÄRZTE".split()),
        min_size=1,
        max_size=14,
    )
)
def test_every_question_that_takes_the_form_is_proved_to_be_the_same(words: list[str]) -> None:
    plain = example_row(page(), prompt=" ".join(words) + "?")
    refused: Counter[tuple[str, str]] = Counter()
    made = in_form(plain, page(), FORMS["as_people_write"], "US", refused)
    assert made is not None or refused == {("as_people_write", "does not fit"): 1}
