"""Of answers that say nearly the same one is kept, the first; where they differ in a dose or a "not", that is left to others."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.verification import Example
from medai_assets.verification.not_said_twice import SAME, said_twice, shingles_of
from medai_assets_tests.verification.builders import FEWER, example

LONG = (
    "Asthma is a common lung condition that causes occasional breathing difficulties. It affects people of all ages and often "
    "starts in childhood, although it can also develop for the first time in adults. There is currently no cure, but there are "
    "simple treatments that can help keep the symptoms under control so it does not have a big impact on your life."
)  # fmt: skip
OTHER = (
    "Gout is a type of arthritis that causes sudden, severe joint pain, often at night and in the big toe."
)


def asked(answer: str, kind: str = "question_answer", *framing: str, **other: object) -> Example:
    return example("What is it?", answer, kind, framing=framing, **other)


def kept(*examples: Example, same: float = SAME) -> dict[int, int]:
    return {position: first for position, (first, _) in said_twice(examples, same).items()}


@pytest.mark.parametrize(
    "answer",
    [
        LONG,
        LONG.upper(),
        LONG.replace(". ", ".\n\n"),
        LONG.replace(",", ""),
        LONG.replace("your life", "a life"),
        f"{LONG} It is common.",
        LONG.removesuffix(" on your life.") + ".",
    ],
)
def test_the_same_words_in_another_dress_are_said_twice(answer: str) -> None:
    assert kept(asked(LONG), asked(answer)) == {1: 0}


@pytest.mark.parametrize(
    "answer", [OTHER, LONG.partition(". ")[0] + ".", f"{LONG} {OTHER} {OTHER[::-1]}", ""]
)
def test_other_words_and_a_part_of_them_are_kept(answer: str) -> None:
    assert kept(asked(LONG), asked(answer)) == {}


def test_framing_makes_no_difference_and_no_likeness() -> None:
    whose = "NHS England advice on asthma (United Kingdom):"
    assert kept(asked(LONG), asked(f"{whose} {LONG}", "question_answer", whose)) == {1: 0}
    assert (
        kept(
            asked(f"{whose} Rest.", "question_answer", whose),
            asked(f"{whose} Run.", "question_answer", whose),
        )
        == {}
    )


def test_kinds_are_apart_and_what_a_person_wrote_is_compared_with_nothing() -> None:
    assert kept(asked(LONG), asked(LONG, "symptom_analysis")) == {}
    assert kept(asked(LONG, authored=True), asked(LONG, authored=True), asked(LONG)) == {}
    assert kept(asked(LONG, authored=True), asked(LONG), asked(LONG)) == {2: 1}


def test_the_first_is_kept_and_what_repeats_is_no_measure_for_others() -> None:
    assert kept(asked(OTHER), asked(LONG), asked(OTHER), asked(LONG), asked(LONG)) == {2: 0, 3: 1, 4: 1}
    words = [f"w{n}" for n in range(40)]
    chain = [asked(" ".join(words[n : n + 30])) for n in (0, 2, 4)]
    assert kept(*chain) == {1: 0, 2: 0} or kept(*chain) == {1: 0}
    assert 1 not in kept(*chain).values()


def test_a_short_answer_is_the_same_only_word_for_word() -> None:
    assert kept(asked("Take one tablet."), asked("Take one tablet")) == {1: 0}
    assert kept(asked("Take one tablet."), asked("Take two tablets.")) == {}
    assert shingles_of(asked("Take one tablet.")) != shingles_of(asked("Take one."))


def test_the_reason_names_the_share_and_the_question_that_is_kept() -> None:
    ((first, found),) = said_twice([asked(LONG), asked(LONG)]).values()
    assert (first, found.property) == (0, "not_said_twice")
    assert "100% the same as of 'What is it?'" in found.reason


@FEWER
@given(st.integers(0, 10_000), st.sampled_from([0.5, 0.7, 0.8, 0.9, 1.0]))
def test_the_short_way_finds_what_comparing_all_pairs_finds(seed: int, same: float) -> None:
    draw = random.Random(seed)
    base = [draw.choice("abcdefgh") for _ in range(30)]
    texts = []
    for _ in range(12):
        words = [draw.choice("xyz") if draw.random() < draw.choice((0, 0.02, 0.1)) else word for word in base]
        texts.append(" ".join(words[: draw.randint(1, 30)]))
    examples = [asked(text) for text in texts]
    found: dict[int, int] = {}
    sets = [shingles_of(e) for e in examples]
    for n, mine in enumerate(sets):
        shares = [(len(mine & sets[o]) / len(mine | sets[o]), -o) for o in range(n) if o not in found]
        best = max(shares, default=(0.0, 0))
        if best[0] >= same:
            found[n] = -best[1]
    assert kept(*examples, same=same) == found


CASES = (
    "I am coughing up blood.",
    "My lips look blue.",
    "I feel very drowsy.",
    "My chest hurts when I breathe.",
)


def told(case: str, subject: str = "asthma", kind: str = "triage_recommendation") -> Example:
    return example(f"{case} It is about {subject}. Who should I turn to?", LONG, kind, subject=subject)


def test_the_same_answer_is_kept_for_three_cases_that_differ() -> None:
    assert kept(*map(told, CASES)) == {3: 0}


@pytest.mark.parametrize(
    "second",
    [
        told("I am coughing up a lot of blood."),  # the same case
        told(CASES[1], "wheeze"),  # another page with the same words
    ],
)
def test_the_same_case_and_the_same_card_of_another_page_are_said_twice(second: Example) -> None:
    assert kept(told(CASES[0]), second) == {1: 0}


def test_only_kinds_in_which_somebody_tells_of_a_case_have_cases() -> None:
    assert kept(*(told(case, kind="question_answer") for case in CASES[:2])) == {1: 0}
