"""Long texts are cut at sentence and paragraph ends; nothing is lost and no table is torn."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.text.split_text import MOST_WORDS, sentences, split_text
from medai_assets_tests.corpus.builders import prose


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It was given. Then it stopped.", ["It was given.", "Then it stopped."]),
        ("Give 5 mg i.v. Dr. Smith agreed.", ["Give 5 mg i.v.", "Dr. Smith agreed."]),
        ("See Fig. 2 for details. The end.", ["See Fig. 2 for details.", "The end."]),
        ("E. coli O157 was found.", ["E. coli O157 was found."]),
        ("She has hepatitis B. Patients recover.", ["She has hepatitis B.", "Patients recover."]),
        ("J. Smith et al. found it.", ["J. Smith et al. found it."]),
        ("The U.S. FDA approved it.", ["The U.S. FDA approved it."]),
        ("p < 0.05 vs. Placebo. Good.", ["p < 0.05 vs. Placebo.", "Good."]),
        ("Doses of 0.5 mg are low. 10 mg is high.", ["Doses of 0.5 mg are low.", "10 mg is high."]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("Is it safe? Yes! Go on.", ["Is it safe?", "Yes!", "Go on."]),
    ],
)
def test_sentence_ends_in_medical_english(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_short_text_is_left_whole() -> None:
    assert split_text("One sentence. Another one.") == ["One sentence. Another one."]


@given(st.lists(st.integers(0, 400), min_size=1, max_size=12), st.sampled_from(["\n\n", "\n", " "]))
def test_no_word_is_lost_and_none_is_doubled(seeds: list[int], gap: str) -> None:
    text = gap.join(prose(seed, 6) for seed in seeds)
    passages = split_text(text, 120)
    assert " ".join(" ".join(passages).split()) == " ".join(text.split())


def test_passages_fit_and_are_about_equally_long() -> None:
    text = "\n\n".join(prose(seed, 5) for seed in range(20))
    lengths = [len(p.split()) for p in split_text(text)]
    assert max(lengths) <= 1.1 * MOST_WORDS
    assert min(lengths) >= MOST_WORDS / 3


def test_every_passage_ends_where_a_sentence_ends() -> None:
    assert all(p.endswith(".") for p in split_text(" ".join(prose(seed, 5) for seed in range(20)), 100))


def test_a_table_is_never_torn_and_keeps_its_caption() -> None:
    rows = [f"{n} mg | {n} times a day | {n} weeks" for n in range(200)]
    table = "\n".join(["Table 1. Doses", *rows])
    passages = split_text(f"{prose(1, 20)}\n\n{table}\n\n{prose(2, 20)}", 150)
    assert sum(table in passage for passage in passages) == 1


def test_a_sentence_longer_than_the_limit_stays_whole() -> None:
    sentence = " ".join(["word"] * 500) + "."
    assert sentence in split_text(f"{prose(1, 20)}\n\n{sentence}\n\n{prose(2, 20)}", 100)


def test_a_lead_in_stays_with_its_list() -> None:
    items = "\n".join(f"- item number {n} of the list" for n in range(30))
    passages = split_text(f"{prose(3, 5)}\n\nCall a doctor if:\n{items}", 90)
    assert not any(p.rstrip().endswith("if:") for p in passages)


@pytest.mark.parametrize("unit", ["A title\n\n", "A title\n", "| a | b\nc\n"])
def test_many_lines_that_lead_to_the_next_take_time_in_proportion(unit: str) -> None:
    begun = time.process_time()
    split_text(unit * 20_000)
    assert time.process_time() - begun < 3  # in proportion a tenth of a second, with the square nine and more
