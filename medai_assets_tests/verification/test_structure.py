"""The units of a text and its words, read out of text as publishers write it."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from medai_assets.verification.structure import content, stem, token_spans, tokens, units
from medai_assets_tests.verification.builders import FEWER

PIECES = st.sampled_from(
    [
        "Take 2.5 mg daily.", "Symptoms include:", "- a cough", "• a rash", "1. Rest.", "2) Drink.", "Dose | 5 mg", "| a | b |",
        "Symptoms", "and then", " ", "", "(see a doctor)", "e.g. the U.S. Navy", "µg/kg", "10–20 °C", "“Stop.” he said", "\t",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=8).map("\n".join))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", ""),
        (" \n\t\n", ""),
        ("Asthma", "title"),
        ("ASTHMA AND PREGNANCY", "title"),
        ("Take one tablet (200 mg) daily. Swallow it whole.", "sentence sentence"),
        ("Is it serious? Yes! Call 999.", "sentence sentence sentence"),
        ("Symptoms include:\n- a cough\n- a rash", "lead item item"),
        ("• nausea\n▪ vomiting\n◦ diarrhoea", "item item item"),
        ("1. Wash your hands.\n2) Dry them.\n10. Rest.", "item item item"),
        ("2.5 mg is given once daily.", "sentence"),
        ("-20 °C is the temperature of the freezer.", "sentence"),
        ("2020 patients were enrolled.", "sentence"),
        ("Drug | Dose\nAspirin | 75 mg", "row row"),
        ("| Aspirin | 75 mg |", "row"),
        ("Patients (n|N) were counted.", "sentence"),
        ("and who is over 65", "open"),
        ("A heading that goes on for many more words than any publisher would give a heading of its own", "open"),
        ("He said: “Stop taking it.” Then he left.", "sentence sentence"),
        ("It is seen in hepatitis B. Patients recover.", "sentence sentence"),
        ("Give 5 mg p.o. daily, i.e. before meals, to Dr. Smith's patients.", "sentence"),
        ("The rate was 3.5%. Of these, 2 died.", "sentence sentence"),
        ("It gets worse…", "sentence"),
        ("See a GP if:\n\n- it hurts", "lead item"),
        ("Call 111 now if: ", "lead"),
    ],
)  # fmt: skip
def test_each_line_is_of_the_kind_that_a_reader_sees(text: str, kinds: str) -> None:
    assert " ".join(unit.kind for unit in units(text)) == kinds


def test_paragraphs_and_lines_are_counted_and_marks_left_out() -> None:
    found = units("Symptoms:\n- a cough\n- a rash\n\nSee a GP. Rest.")
    assert [(u.text, u.line, u.block) for u in found] == [
        ("Symptoms:", 0, 0), ("a cough", 1, 0), ("a rash", 2, 0), ("See a GP.", 4, 1), ("Rest.", 4, 1),
    ]  # fmt: skip


@FEWER
@given(TEXTS)
@example("- \n-  \n• x")
@example("A. A. A.")
def test_units_stand_in_the_text_in_order_and_hold_all_its_words(text: str) -> None:
    found = units(text)
    assert [text[u.begin : u.end] for u in found] == [u.text for u in found]
    assert all(a.end <= b.begin and a.line <= b.line and a.block <= b.block for a, b in pairwise(found))
    left = list(text)
    for unit in found:
        left[unit.begin : unit.end] = " " * (unit.end - unit.begin)
    assert re.fullmatch(r"(?:\s|[-•*▪◦]|\d{1,2}[.)])*", "".join(left))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Take 2.5 mg/kg every 4–6 hours.", "take 2.5 mg / kg every 4 – 6 hours"),
        ("1,000 mL; 0,5 g", "1,000 ml 0,5 g"),
        ("DON’T stop: it's 10% (n=5).", "don't stop it's 10 % n = 5"),
        ("≤ 5 °C, ±2, <10 µg, −3", "≤ 5 ° c ± 2 < 10 µg − 3"),
        ("½ tablet of 10³ cells", "½ tablet of 10 ³ cells"),
        ("Ménière's disease; β-blockers", "ménière's disease β - blockers"),
        ("“Quoted”, (bracketed) [1]", "quoted bracketed 1"),
        ("…!?", ""),
    ],
)
def test_words_figures_and_signs_are_told_and_punctuation_is_not(text: str, words: str) -> None:
    assert list(tokens(text)) == words.split()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (".5 mg", "5 mg"),
        ("p<.05", "p<05"),
        ("0.5 mg", "5 mg"),
        ("1.5 mg", "15 mg"),
        ("1,5 mg", "1.5 mg"),
        ("store at 25 ℃", "store at 25 ℉"),
        ("potassium ↑", "potassium ↓"),
        ("potassium ↑", "potassium"),
        ("p ≠ 0", "p = 0"),
        ("10³ cells", "103 cells"),
        ("score of -2.5", "score of 2.5"),
        ("score of −2.5", "score of 2.5"),
        ("<5%", ">5%"),
        ("5%", "5"),
        ("5 µg", "5 mg"),
        ("1½ tablets", "1 tablets"),
        ("cannot", "can"),
        ("isn't", "is"),
        ("non-allergic", "allergic"),
        ("Na+", "Na"),
        ("5-10", "5 10"),
    ],
)
def test_what_makes_another_figure_or_claim_makes_other_tokens(one: str, other: str) -> None:
    assert tokens(one) != tokens(other)


@FEWER
@given(TEXTS)
def test_tokens_and_their_places_are_the_same_words(text: str) -> None:
    spans = token_spans(text)
    assert tuple(word for word, _ in spans) == tokens(text)
    assert [at for _, at in spans] == sorted({at for _, at in spans})
    assert all(text[at : at + 1].lower().startswith(word[0]) for word, at in spans)


def test_words_of_substance_are_neither_small_words_nor_signs_nor_single_letters() -> None:
    assert content("You should not take 5 mg of it with β-blockers if you are a B+ donor.") == [
        "take", "5", "mg", "blockers", "donor",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "forms",
    [
        "tablet tablets", "therapy therapies", "treat treats treated treating", "infection infections", "dose doses",
        "disease diseases", "medicine medicines", "cause causes caused causing", "vaccine vaccines", "increase increases increased",
        "illness illnesses", "abscess abscesses", "virus viruses", "exercise exercises", "biopsy biopsies",
    ],
)  # fmt: skip
def test_forms_of_one_word_have_one_stem(forms: str) -> None:
    assert len({stem(word) for word in forms.split()}) == 1, {w: stem(w) for w in forms.split()}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("infection", "injection"), ("increase", "decrease"), ("hypertension", "hypotension"), ("adult", "adulthood"),
        ("virus", "viral"), ("oral", "ore"), ("child", "chill"),
    ],
)  # fmt: skip
def test_other_words_have_other_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@FEWER
@given(st.from_regex(r"[a-z]{1,14}", fullmatch=True))
def test_a_stem_is_never_empty_nor_longer_and_begins_as_its_word(word: str) -> None:
    assert 0 < len(stem(word)) <= len(word)
    assert word[: min(3, len(stem(word)))] == stem(word)[:3]
