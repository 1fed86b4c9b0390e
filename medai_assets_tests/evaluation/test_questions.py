"""How a benchmark question is asked: which ones, in what words, and which option is the right one."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medai_assets.evaluation.questions import choices_of, doc_of, is_asked, not_asked, questions, target_of
from medai_assets.foundation.rows import QuestionRow
from medai_assets.foundation.schemas import BENCHMARK

COLOURS = ["red", "green", "blue", "black"]


def question(answer: str | None, options: list[str] = COLOURS, **further: str | None) -> QuestionRow:
    row: QuestionRow = {
        "benchmark": "medqa", "item_id": "1", "question": "Which colour?", "options": options, "answer": answer, "context": None,
        "record_id": None,
    }  # fmt: skip
    return row | further  # type: ignore[operator, return-value]


@pytest.mark.parametrize(
    ("answer", "options", "place"),
    [
        ("C", COLOURS, 2),
        ("c", COLOURS, 2),
        (" C ", COLOURS, 2),
        ("blue", COLOURS, 2),
        ("BLUE ", COLOURS, 2),
        ("E", COLOURS, None),  # no option has that letter
        ("white", COLOURS, None),
        ("", COLOURS, None),
        (None, COLOURS, None),
        ("free text", [], None),
        ("maybe", ["yes", "no", "maybe"], 2),
        ("No", ["Yes", "No", "Maybe"], 1),
        ("B", ["yes", "no", "maybe"], 1),  # scored as words, and so found by its letter too
        ("b", ["B", "b"], 1),  # a letter before an option's text
    ],
)
def test_the_right_option_is_found_by_letter_word_or_text(
    answer: str | None, options: list[str], place: int | None
) -> None:
    assert target_of(question(answer, options)) == place
    assert is_asked(question(answer, options)) is (place is not None)


def test_an_option_has_a_letter_unless_the_options_are_yes_no_and_maybe() -> None:
    assert choices_of(question("A")) == ["A", "B", "C", "D"]
    assert choices_of(question("A", ["Yes", "No", "Maybe"])) == ["yes", "no", "maybe"]
    assert choices_of(question("A", ["no", "yes", "maybe"])) == ["A", "B", "C"], (
        "in another order they are options"
    )


def test_options_stand_behind_their_letters_and_the_system_asks_for_one() -> None:
    doc = doc_of(question("green"))
    assert doc["prompt"] == "Question: Which colour?\nA. red\nB. green\nC. blue\nD. black\nAnswer:"
    assert (doc["choices"], doc["target"]) == (["A", "B", "C", "D"], 1)
    assert "letter of the right option only" in doc["system"]


def test_a_question_of_yes_or_no_comes_after_its_abstract_and_lists_nothing() -> None:
    of = question("yes", ["yes", "no", "maybe"], benchmark="pubmedqa", context="Salt was given.")
    doc = doc_of(of)
    assert doc["prompt"] == "Abstract: Salt was given.\nQuestion: Which colour?\nAnswer:"
    assert (doc["choices"], doc["target"]) == (["yes", "no", "maybe"], 0)
    assert "yes, no or maybe only" in doc["system"]
    assert doc_of(of | {"context": None})["prompt"] == "Question: Which colour?\nAnswer:"  # type: ignore[typeddict-item]


def test_what_is_answered_in_writing_is_asked_as_it_stands() -> None:
    doc = doc_of(question("answered", [], benchmark="xstest_safe"))
    assert doc == {
        "item_id": "1", "prompt": "Which colour?", "reference": "answered", "system": "", "benchmark": "xstest_safe",
    }  # fmt: skip
    assert not is_asked(question(None, [], benchmark="xstest_safe"))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Twenty questions of each of two benchmarks; every fourth has no right option."""
    rows = [
        question("red" if number % 4 else None, benchmark=name, item_id=str(number))
        for name in ("medqa", "medmcqa")
        for number in range(20)
    ]
    pq.write_table(pa.Table.from_pylist([*rows], schema=BENCHMARK), tmp_path / "questions.parquet")
    return tmp_path / "questions.parquet"


def test_all_that_can_be_scored_are_asked_benchmark_by_benchmark(table: Path) -> None:
    asked = questions(table, None, 17)
    assert [row["benchmark"] for row in asked] == ["medmcqa"] * 15 + ["medqa"] * 15
    assert all(row["answer"] for row in asked)
    assert not_asked(table) == {"medmcqa": 5, "medqa": 5}


def test_a_sample_is_the_same_each_time_and_another_for_another_seed(table: Path) -> None:
    chosen = questions(table, 5, 17)
    assert chosen == questions(table, 5, 17)
    assert [row["benchmark"] for row in chosen] == ["medmcqa"] * 5 + ["medqa"] * 5
    assert {row["item_id"] for row in chosen} != {row["item_id"] for row in questions(table, 5, 18)}


def test_a_smaller_sample_is_part_of_a_larger_one(table: Path) -> None:
    """So that a report of few questions and one of many speak of the same."""
    few, many = (
        {(row["benchmark"], row["item_id"]) for row in questions(table, most, 17)} for most in (3, 9)
    )
    assert few < many
