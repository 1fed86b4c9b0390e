"""Finding rows by words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.forms.form import question_alone
from medai_assets.lineage.index import Index
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.search import (
    closest_by_words,
    examples_about,
    examples_holding,
    examples_with_words,
    records_with_words,
    subjects_like,
    unknown_words,
    weighed_words,
    words_query,
)
from medai_assets.verification.form_kept import with_text_prompt
from medai_assets_tests.lineage.library import Library


@pytest.fixture
def index(lineage: Lineage) -> Index:
    return lineage.index(lineage.dataset())


def test_all_telling_words_must_be_there(index: Index) -> None:
    assert len(examples_with_words(index, "metformin meals", 10)) == 2
    assert examples_with_words(index, "metformin chest", 10) == []


def test_common_words_do_not_narrow_a_search_unless_they_are_all_there_is(index: Index) -> None:
    assert words_query("the burning of a chest") == '"burning" "chest"'
    assert words_query("what should I") == '"should" "what" "i"'


def test_a_search_comes_in_pages(index: Index) -> None:
    first, second = (examples_with_words(index, "ibuprofen", 2, offset) for offset in (0, 2))
    assert len(first) == len(second) == 2
    assert not set(first) & set(second)


def test_subjects_are_found_by_their_beginning_with_their_examples(index: Index) -> None:
    assert subjects_like(index, "IBU", 5) == [("ibuprofen", 4)]
    assert subjects_like(index, "the dose of Ibuprofen or metformin", 5) == [
        ("ibuprofen", 4),
        ("metformin", 2),
    ]
    assert subjects_like(index, "", 5) == []
    assert len(examples_about(index, "Ibuprofen", 10)) == 4


def test_records_are_found_by_title_and_by_id(index: Index) -> None:
    for words in ("heartburn", "conditions heartburn"):
        (found,) = records_with_words(index.corpus, words, 5)
        assert found["record_id"] == "nhs:/conditions/heartburn"
    assert records_with_words(index.corpus, "heart", 5) == []  # a word, not the beginning of one
    assert [one["record_id"] for one in records_with_words(index.corpus, "ibuprofen", 1)] == ["fda:bbb"]
    assert records_with_words(index.corpus, "", 5) == []


def test_accents_do_not_hide_a_record(library: Library) -> None:
    library.titles["nhs:/symptoms/cough"] = "Sjögren’s syndrome"
    library.materialize(train=False)
    with Lineage.of(library.settings) as lineage:
        corpus = lineage.index(lineage.dataset()).corpus
        for words in ("sjogren", "SJÖGREN syndrome"):
            assert [one["record_id"] for one in records_with_words(corpus, words, 5)] == [
                "nhs:/symptoms/cough"
            ]


@given(st.text(max_size=60))
def test_any_text_makes_a_query_that_sqlite_understands(text: str) -> None:
    import sqlite3

    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
    query = words_query(text)
    if query:
        assert connection.execute("SELECT 1 FROM t WHERE t MATCH ?", (query,)).fetchall() == []
    connection.close()


@pytest.mark.parametrize("phrase", ["Ibuprofen may", "ibuprofen  capsules"])
def test_a_phrase_is_found_however_many_others_hold_its_words(
    index: Index, monkeypatch: pytest.MonkeyPatch, phrase: str
) -> None:
    """Only "ibuprofen" tells enough to be looked up: four examples hold it, and two the phrase."""
    monkeypatch.setattr("medai_assets.lineage.search.MOST_CANDIDATES", 1)
    assert 1 <= len(examples_holding(index, phrase)) <= 2
    assert examples_holding(index, "capsules ibuprofen") == []


def test_the_question_of_an_example_stands_apart_from_the_text_it_has_in_hand() -> None:
    prompt = with_text_prompt("Answer from it.", ["Dosage\nTake one."], "How much is taken?")
    assert (
        question_alone(prompt, '{"form": "with_text", "question": "How much is taken?"}')
        == "How much is taken?"
    )
    assert question_alone("How much?", '{"form": "cited", "question": "Other"}') == "How much?"


def test_passages_are_ranked_by_the_words_they_share_and_unknown_words_are_told(index: Index) -> None:
    passages = ["A cough clears up.", "Ibuprofen with food.", "Ibuprofen capsules in a dry place."]
    assert closest_by_words(weighed_words(index, "Where do I keep ibuprofen capsules?"), passages) == [
        2,
        1,
        0,
    ]
    assert unknown_words(weighed_words(index, "Ibuprofen and zyzzyva, please")) == ["zyzzyva", "please"]
