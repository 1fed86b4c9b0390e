"""Which clause denies, and which words a text has in common with one that says the same or the opposite."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.scoring.clauses import (
    NEGATED,
    all_words,
    clauses,
    content_words,
    plain_contractions,
)


def denied(text: str) -> list[str]:
    return [clause.text.strip() for clause in clauses(text) if clause.negated]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Do not take it with alcohol.", ["do not take it with alcohol"]),
        ("Take it with food, not milk.", ["not milk"]),
        ("Never chew the capsules; swallow them whole.", ["never chew the capsules"]),
        ("It cannot be crushed.", ["it can not be crushed"]),
        ("Avoid grapefruit juice.", ["avoid grapefruit juice"]),
        ("If there is no improvement, see a doctor.", ["if there is no improvement"]),
        ("It is not for children, but adults may use it.", ["it is not for children"]),
        ("None of the tablets is coated.", ["none of the tablets is coated"]),
        ("You mustn't drive.", ["you must not drive"]),
        ("You needn’t fast and can drink water.", ["you need not fast"]),
        ("Take it with or without food.", ["take it with or without food"]),
        ("It is unsafe in pregnancy.", []),  # another word than "safe", and no denial
        ("Ibuprofen can cause nausea.", []),
        ("", []),
    ],
)
def test_a_clause_with_a_negator_denies_and_its_neighbours_do_not(text: str, said: list[str]) -> None:
    assert denied(text.rstrip(".")) == said


@pytest.mark.parametrize(
    "text",
    [
        "Do not take more than 4 g in 24 hours.",
        "Take no more than 4 g in 24 hours.",
        "Do not exceed 4 g a day.",
        "The daily dose must not exceed 4 g.",
        "Don't exceed 8 caplets.",
        "The dose should not be greater than 40 mg.",
        "Give a dose no higher than 80 mg.",
        "Do not use for more than 10 days.",
        "It should not be taken for longer than 7 days.",
        "Do not use it for longer than 7 days.",
        "Wait no less than 30 minutes.",
        "Take it not earlier than 6 hours after the last dose.",
        "It treats not only pain.",
        "Call without delay.",
        "Do not hesitate to call a doctor.",
        "Chest pain must never be ignored.",
        "A stiff neck is not harmless.",
    ],
)
def test_a_limit_and_urging_deny_nothing(text: str) -> None:
    assert denied(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "There is no need to call if you have a stiff neck.",
        "A stiff neck is nothing to worry about, whatever you read.",
        "There is no reason for concern when a stiff neck comes with it.",
        "It is not a medical emergency if you have a stiff neck.",
        "A stiff neck is harmless, and so is a rash.",
        "Treatment of a stiff neck is unnecessary, since it passes.",
    ],
)
def test_what_dismisses_reaches_over_the_whole_sentence(text: str) -> None:
    assert all(clause.negated for clause in clauses(text.rstrip(".")))
    later = f"{text} Fever is a warning."
    assert f"{NEGATED}fever" not in content_words(later)
    assert "fever" in content_words(later)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Take 0.5 g.", "Take 500\u00a0mg."),
        ("Take 50 µg.", "Take 50 mcg."),
        ("Take 1,000 mg.", "Take 1000mg."),
        ("Don’t drive.", "Do not drive."),
        ("Take no more than 4 g.", "Take at most 4 g."),
    ],
)
def test_two_ways_of_writing_are_the_same_words(one: str, other: str) -> None:
    if "0.5 g" in one:  # words are no sums: only the drug scorer reads amounts
        assert content_words(one) != content_words(other)
    else:
        assert content_words(one) == content_words(other)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("dont", "don't"), ("DIDNT", "DIDN'T"), ("can´t", "can't"), ("It isn`t", "It isn't"), ("cant", "can't"),
        ("want", "want"), ("infant", "infant"), ("pregnant", "pregnant"), ("significant", "significant"),
    ],
)  # fmt: skip
def test_contractions_are_written_in_one_way_and_other_words_kept(written: str, plain: str) -> None:
    assert plain_contractions(written) == plain


@given(st.text(max_size=200))
def test_any_text_has_words_and_the_content_is_among_them(text: str) -> None:
    words = all_words(text)
    content = content_words(text)
    assert all(word == word.lower() for word in words)
    rest = iter(words)
    assert all(word in rest for word in content), "in their order"
