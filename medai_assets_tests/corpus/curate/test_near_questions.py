"""A question over a passage that is nearly a benchmark's: one word in eight may be another, no more."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.corpus.curate.near_questions import CHANGED, MOST_ITEMS, NearQuestions
from medai_assets_tests.corpus.builders import prose

ASKED = "Which nerve is most often injured in a fracture of the humeral shaft?"
LONG = "A man of 45 years has had pain in his left knee for two days and a fever since last night so what is the best next step?"


def met(questions: list[str], headline: str) -> list[tuple[int, int]]:
    return list(
        NearQuestions(pa.chunked_array([pa.array(questions, pa.string())])).find(pa.array([headline]))
    )


@pytest.mark.parametrize(
    "headline",
    [
        ASKED, ASKED.upper(), ASKED.rstrip("?"), ASKED.replace("often", "commonly"), ASKED.replace("most ", ""), f"So {ASKED}",
        ASKED.replace("Which", "What"), ASKED.replace("shaft", "bone"), f"{ASKED} Explain",
    ],
)  # fmt: skip
def test_a_word_more_less_or_other_is_met(headline: str) -> None:
    assert met([ASKED], headline) == [(0, 0)]


@pytest.mark.parametrize(
    "headline",
    [
        ASKED.replace("often", "commonly").replace("fracture", "break"), f"{ASKED} Explain why", "", "?", "nerve",
        "Which nerve is most often injured in a dislocation of the hip?", " ".join(reversed(ASKED.split())),
        "Which nerve is most often injured", prose(3, 1),
    ],
)  # fmt: skip
def test_another_question_is_not(headline: str) -> None:
    assert met([ASKED], headline) == []


@given(st.integers(0, 24), st.sampled_from(["otherwise", ""]))
def test_whichever_word_is_exchanged_or_left_out_the_question_is_met(place: int, word: str) -> None:
    words = LONG.split()
    words[place] = word
    assert met([prose(1, 1), LONG], " ".join(words)) == [(0, 1)]


def test_one_word_in_eight_may_be_another_in_one_half() -> None:
    words = LONG.split()
    changed = [f"other{n}" if n < len(words) // CHANGED else w for n, w in enumerate(words)]
    assert met([LONG], " ".join(changed)) == [(0, 0)]
    more = [f"other{n}" if n <= len(words) // CHANGED else w for n, w in enumerate(words)]
    assert met([LONG], " ".join(more)) == []


def test_a_half_that_many_questions_share_is_a_phrase_of_examiners() -> None:
    stem = "which one of the following is the best next step"
    asked = [f"Disease {'abcdefgh'[n]} was found early in the man so {stem}" for n in range(MOST_ITEMS + 1)]
    assert met(asked, f"Disorder z was found early in the man so {stem}") == []
    assert met(asked[:2], f"Disease z was found early in the man so {stem}") == [(0, 0)]


def test_questions_of_seven_words_are_left_to_others() -> None:
    seven = "Which vitamin deficiency causes scurvy in adults?"
    assert met([seven], seven) == []


def test_no_question_and_no_headline() -> None:
    assert met([], ASKED) == []
    assert list(NearQuestions(pa.chunked_array([pa.array([ASKED])])).find(pa.array([], pa.string()))) == []


def test_many_equal_questions_and_headlines_take_time_in_proportion() -> None:
    begun = time.process_time()
    near = NearQuestions(
        pa.chunked_array([pa.array([f"{prose(n, 1)} {ASKED}" for n in range(500)] + [ASKED] * 500)])
    )
    assert list(near.find(pa.array(["the " * 50] * 2_000))) == []
    assert time.process_time() - begun < 20
