"""Options and answers in the shapes that data sets write them in: asked right or refused, never guessed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.corpus.curate.options import LETTERS, Options, read_options, right_option, whole_number

TWO = Options(["one", "two"], ["A", "B"])
FIGURES = Options(["2", "1"], ["A", "B"])


@pytest.mark.parametrize(
    ("record", "options"),
    [
        ({}, Options([], [])),
        ({"options": None}, Options([], [])),
        ({"options": []}, Options([], [])),
        ({"options": ["one", "two"]}, TWO),
        ({"options": {"B": "two", "A": "one"}}, TWO),
        ({"options": {"A": "one", "B": "two", "C": None}}, TWO),
        ({"options": [], "choices": ["one", "two"]}, TWO),
        ({"choices": {"text": ["one", "two"], "label": ["A", "B"]}}, TWO),
        ({"options": [{"label": "A", "text": "one"}, {"label": "B", "text": "two"}]}, TWO),
        ({"options": [1, 2.5, True]}, Options(["1", "2.5", "True"], ["A", "B", "C"])),
        ({"A": "one", "B": "two", "C": "", "D": None}, TWO),
        ({"Option_A": "one", "CHOICE B": "x", "choice_b": "two"}, TWO),
        ({"a": "one"}, Options([], [])),
        ({"B": "two", "C": "three"}, Options([], [])),
    ],
)
def test_options_of_an_item(record: dict[str, Any], options: Options) -> None:
    assert read_options(record) == options


@pytest.mark.parametrize(
    "found",
    [
        "one; two", 7, [{"x": "one"}], [{"text": "one"}, "two"], [["one"]], {"A": {"x": 1}}, list("abcdefghijklmnopqrstuvwxyz0"),
        [{"label": "A", "text": "one"}, {"label": "A", "text": "two"}],
    ],
)  # fmt: skip
def test_options_of_no_known_shape_are_refused(found: Any) -> None:
    with pytest.raises(ValueError, match="option"):
        read_options({"options": found})


@pytest.mark.parametrize(
    ("options", "answer", "letter"),
    [
        (TWO, "B", "B"), (TWO, "b", "B"), (TWO, " B ", "B"), (TWO, "two", "B"), (TWO, "TWO", "B"), (TWO, 1, "B"), (TWO, "1", "B"),
        (TWO, 0, "A"), (TWO, None, None), (TWO, -1, None), (TWO, "-1", None),
        (FIGURES, "1", "B"), (FIGURES, 1, "B"), (FIGURES, 0, "A"),
        (Options(["one", "two"], ["1", "2"]), 1, "A"), (Options(["one", "two"], ["1", "2"]), "2", "B"),
        (Options([], []), "free text", "free text"), (Options([], []), 7, "7"), (Options([], []), None, None),
    ],
)  # fmt: skip
def test_the_right_option_by_label_text_or_number(options: Options, answer: Any, letter: str | None) -> None:
    assert right_option(options, answer) == letter


@pytest.mark.parametrize("answer", ["C", 2, -2, "three", True, 1.0, [1], "", "A and B", "²"])
def test_an_answer_that_is_none_of_the_options_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="no label, text or number"):
        right_option(TWO, answer)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7),
        ("7", 7),
        (" 7 ", 7),
        ("-1", -1),
        (True, None),
        (1.0, None),
        ("1.0", None),
        ("²", None),
        (None, None),
        ("", None),
    ],
)
def test_whole_numbers(value: Any, number: int | None) -> None:
    assert whole_number(value) == number


@given(st.lists(st.text(min_size=1, max_size=6), min_size=2, max_size=10), st.data())
def test_a_label_finds_the_option_at_its_place(texts: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(texts) - 1))
    options = read_options({"options": texts})
    assert options == Options(texts, list(LETTERS[: len(texts)]))
    assert right_option(options, LETTERS[place]) == LETTERS[place]
    assert right_option(options, place) == LETTERS[place] or any(str(place) == text.strip() for text in texts)
