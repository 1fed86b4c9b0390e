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
        ("The answer is no. Patients should stop.", ["The answer is no.", "Patients should stop."]),
        ("See No. 5 of the list. Then stop.", ["See No. 5 of the list.", "Then stop."]),
        (
            "Take it b.i.d. Patients with renal impairment need less.",
            ["Take it b.i.d.", "Patients with renal impairment need less."],
        ),
        (
            "Give 0.5 mL i.m. Repeat after 10 min. If needed, stop.",
            ["Give 0.5 mL i.m.", "Repeat after 10 min.", "If needed, stop."],
        ),
        ("Give approx. 10 mg, i.e. 2 tablets. Wait.", ["Give approx. 10 mg, i.e. 2 tablets.", "Wait."]),
        ("Take vitamin D. Calcium is not needed.", ["Take vitamin D.", "Calcium is not needed."]),
        ("Avoid St. John's wort. It interacts.", ["Avoid St. John's wort.", "It interacts."]),
        ("Dr. A. B. Smith agreed. He left.", ["Dr. A. B. Smith agreed.", "He left."]),
        ("It was S. aureus. E. coli was absent.", ["It was S. aureus.", "E. coli was absent."]),
        ("(See Table 2.) Then stop.", ["(See Table 2.)", "Then stop."]),
        ("At a pH of 7.4. Blood clots.", ["At a pH of 7.4.", "Blood clots."]),
        ("Since 2019. Then it ended.", ["Since 2019.", "Then it ended."]),
        ("Wait… Then go.", ["Wait…", "Then go."]),
        ("It fell (p = .03). Ça va.", ["It fell (p = .03).", "Ça va."]),
        (
            "The drug (100 mg vs. 200 mg) worked. α-Blockers did not.",
            ["The drug (100 mg vs. 200 mg) worked.", "α-Blockers did not."],
        ),
        (
            "Patients in group A. Those in group B. All.",
            ["Patients in group A.", "Those in group B.", "All."],
        ),
        ("1. Wash your hands. 2. Dry them.", ["1. Wash your hands.", "2. Dry them."]),
        ("Take 5 mg daily.Avoid alcohol.", ["Take 5 mg daily.Avoid alcohol."]),
        ("no capital. follows here.", ["no capital. follows here."]),
        ("", []),
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


@given(st.text(alphabet="aB1.?!… \n\"')(é", max_size=60))
def test_sentences_joined_are_the_paragraph_again(text: str) -> None:
    found = sentences(text)
    assert " ".join(" ".join(found).split()) == " ".join(text.split())
    assert all(found)


@given(
    st.lists(
        st.sampled_from(
            ["Take 5 mg. Wait.", "- rest", "a | b", "Title", "Call if:", "1. Wash your hands. Dry them."]
        ),
        max_size=30,
    ),
    st.integers(2, 12),
)
def test_lines_of_all_kinds_stay_in_order_and_a_row_stays_whole(lines: list[str], most: int) -> None:
    text = "\n".join(lines)
    passages = split_text(text, most)
    assert " ".join(" ".join(passages).split()) == " ".join(text.split())
    assert sum(p.count("a | b") for p in passages) == lines.count("a | b")
    assert not any(p.endswith("\n1.") or p == "1." for p in passages)


@pytest.mark.parametrize(
    "unit", ["a", "A. ", "? ", "e.g. B ", "(", '" ', ". ", "a. B", "Dr. ", "1. ", "a | b "]
)
def test_an_endless_sentence_takes_time_in_proportion(unit: str) -> None:
    begun = time.process_time()
    split_text(unit * 10_000)
    assert time.process_time() - begun < 20
