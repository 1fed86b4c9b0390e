"""Short questions in a title: met where one is asked, not where its words stand by chance, and in time in proportion."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.corpus.curate.short_questions import ShortQuestions
from medai_assets_tests.corpus.builders import questions

GOUT = {"question": "What is gout?", "options": ["Uric acid crystals", "Viral infection", ""]}
DRUG = {"question": "Drug of choice for gout is", "options": ["Colchicine", "Aspirin", "C+D"]}
TOPIC = {"question": "Gout", "options": ["Colchicine", "Aspirin"]}


def met(item: dict[str, object], headline: str) -> bool:
    return bool(list(ShortQuestions(questions([item])).find(pa.array([headline]))))


@pytest.mark.parametrize(
    ("item", "headline"),
    [
        (GOUT, "What is gout?"), (GOUT, "WHAT IS GOUT ?"), (GOUT, "Medicine: what is gout?"), (GOUT, "(What is gout?)"),
        (GOUT, "12) What is gout?"), (GOUT, 'Gout. "What is gout?" Explain'), (GOUT, "Tell me.\nWhat is gout?"),
        (GOUT, "What is gout: uric acid crystals or viral infection"),
        (DRUG, "Drug of choice for gout is"), (DRUG, "Drug of choice for gout is:"),
        (DRUG, "Q. Drug of choice for gout is (a) Colchicine"),
        (DRUG, "Drug of choice for gout is - Aspirin, C+D"), (TOPIC, "Gout - colchicine or aspirin"), (TOPIC, "Item 7: Gout"),
        (TOPIC, "5. Gout"),
    ],
)  # fmt: skip
def test_a_question_of_its_own_is_met(item: dict[str, object], headline: str) -> None:
    assert met(item, headline)


@pytest.mark.parametrize(
    ("item", "headline"),
    [
        (GOUT, "What is gouty arthritis?"), (GOUT, "What is gout and how is it treated?"), (GOUT, "I wonder what is gout?"),
        (GOUT, "What is gout"), (GOUT, "what, is it gout?"), (GOUT, "Gout: what it is"),
        (DRUG, "The drug of choice for gout is colchicine"), (DRUG, "Drug of choice for gout is not known"),
        (TOPIC, "Gout"), (TOPIC, "Gout?"), (TOPIC, "Gout and colchicine"), (TOPIC, "Gout: a review"), (TOPIC, "All of gout. Gout."),
        (TOPIC, "Colchicine or aspirin for gout"), (TOPIC, "In 2019 gout was common"), (TOPIC, ""),
    ],
)  # fmt: skip
def test_its_words_in_another_title_are_not(item: dict[str, object], headline: str) -> None:
    assert not met(item, headline)


def test_the_longest_question_is_told_and_of_equal_ones_the_first() -> None:
    items = [GOUT, {"question": "So: what is gout?"}, GOUT]
    found = ShortQuestions(questions(items)).find(pa.array(["Rest.", "So: what is gout?", "What is gout?"]))
    assert list(found) == [(1, 1), (2, 0)]


@given(st.text(alphabet="What is gout?.:(1 \n", max_size=40))
def test_any_title_is_looked_through(headline: str) -> None:
    found = list(ShortQuestions(questions([GOUT, DRUG, TOPIC])).find(pa.array([headline, "What is gout?"])))
    assert (1, 0) in found
    assert len({row for row, _ in found}) == len(found)


@pytest.mark.parametrize(
    "unit", ["gout ", "gout. ", "gout\n", "( gout", "what is gout ", "1. gout ", "what is gout. "]
)
def test_a_title_that_says_it_again_and_again_takes_time_in_proportion(unit: str) -> None:
    """Each place was held against the whole title for each place: hours for one title."""
    begun = time.process_time()
    for item in (GOUT, TOPIC):
        met(item, f"All of {unit * (16_000 // len(unit))}")
    assert time.process_time() - begun < 20


def test_many_equal_items_and_titles_take_time_in_proportion() -> None:
    begun = time.process_time()
    found = ShortQuestions(questions([TOPIC] * 100)).find(pa.array(["Gout and its causes"] * 100))
    assert list(found) == []
    assert time.process_time() - begun < 20
