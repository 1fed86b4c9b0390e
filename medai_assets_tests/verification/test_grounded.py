"""Every word, figure and unit of an answer stands in its passages: doses, limits, negations and whose they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.verification import Evidence
from medai_assets.verification.grounded import grounded
from medai_assets.verification.structure import tokens
from medai_assets_tests.verification.builders import FEWER, example, label, passage, source

DOSE = (
    "The usual adult dose is 2.5 mg to 5 mg twice daily. Do not exceed 10 mg (two tablets) in 24 hours. In patients with a "
    "creatinine clearance <30 mL/min, start with .5 mg once daily. Don't use it in children under 12 years unless a doctor "
    "tells you to."
)
DOSING = label(passage(DOSE, "dosage"), names=("WHEEZOL",))
ASKED = "What is the dose of Wheezol?"


def refused(answer: str, *framing: str, **other: object) -> str:
    made = example(ASKED, answer, framing=framing, subject="Wheezol", **other)
    found = grounded(made, Evidence(DOSING, DOSING.passages))
    return found.reason if found else ""


def changed(*pairs: tuple[str, str]) -> str:
    text = DOSE
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    "answer",
    [
        DOSE,
        DOSE.upper().replace("MG", "mg"),
        DOSE.replace("'", "’"),
        DOSE.replace(" mg", "\u00a0mg"),
        DOSE.replace(" mg", "mg"),
        DOSE.replace(". ", ".\n\n"),
        "Do not exceed 10 mg (two tablets) in 24 hours.",
        "Do not exceed 10 mg (two tablets) in 24 hours",
    ],
)
def test_the_source_s_own_words_are_grounded_however_they_are_set(answer: str) -> None:
    assert refused(answer) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2.5 mg", "25 mg"),
        ("2.5 mg", "2,5 mg"),
        ("2.5 mg", "2.50 mg"),
        ("5 mg twice", "5 mcg twice"),
        ("5 mg twice", "5 µg twice"),
        ("5 mg twice", "5 g twice"),
        ("to 5 mg", "or 5 mg"),
        ("2.5 mg to 5 mg", "5 mg to 2.5 mg"),
        ("twice daily", "daily"),
        ("twice daily", "twice weekly"),
        ("adult", "child"),
        ("adult ", ""),
        ("Do not exceed", "Do exceed"),
        ("(two tablets)", "(ten tablets)"),
        ("24 hours", "2 hours"),
        ("<30", ">30"),
        ("<30", "30"),
        ("<30", "≤30"),
        ("mL/min", "mL min"),
        (".5 mg", "5 mg"),
        (".5 mg", "0.5 mg"),
        ("Don't use", "Do use"),
        ("under 12", "over 12"),
        ("unless a doctor tells", "if a doctor tells"),
        (" unless a doctor tells you to", " or as a doctor tells you to"),
    ],
)
def test_a_figure_a_unit_a_group_or_a_negation_that_is_changed_is_seen(old: str, new: str) -> None:
    assert "the passages do not say" in refused(changed((old, new)))


@FEWER
@given(st.integers(0, len(tokens(DOSE)) - 1), st.sampled_from(["drop", "double"]))
def test_no_word_can_be_dropped_from_within_a_sentence_or_said_twice(place: int, how: str) -> None:
    sentence = (
        "In patients with a creatinine clearance less than 30 mL/min, start with half a mg once each day."
    )
    words = sentence.split()
    n = 1 + place % (len(words) - 2)
    words[n : n + 1] = [] if how == "drop" else [words[n]] * 2
    document = label(passage(sentence, "dosage"))
    found = grounded(example(ASKED, " ".join(words)), Evidence(document, document.passages))
    assert found is not None


@pytest.mark.parametrize(
    ("framing", "answer", "told"),
    [
        (("The label says:",), "The label says: {}", ""),
        (
            ("According to the label of Wheezol,",),
            "According to the label of Wheezol, {}",
            "no source says: according",
        ),
        (("The label of Wheezol says:",), "The label of Wheezol says: {}", ""),
        (("Call 911 now.",), "Call 911 now. {}", ""),
        (("Call 999 now.",), "Call 999 now. {}", "no source says: 999"),
        (("Take 10 tablets:",), "Take 10 tablets: {}", "no source says: take"),
        (("It cures asthma.",), "It cures asthma. {}", "no source says: cures"),
        (("The label says:", "The label also says:"), "The label says: {}", "not in the answer"),
        (("",), "{}", ""),
    ],
)
def test_framing_says_whose_words_these_are_and_nothing_of_medicine(
    framing: tuple[str, ...], answer: str, told: str
) -> None:
    reason = refused(answer.format("Do not exceed 10 mg (two tablets) in 24 hours."), *filter(None, framing))
    assert told in reason
    assert bool(reason) is bool(told)


def test_the_country_s_own_number_may_be_framed_and_no_other() -> None:
    sentence = "Do not exceed 10 mg (two tablets) in 24 hours."
    assert not refused(f"Call 999 now. {sentence}", "Call 999 now.", country="GB")
    assert refused(f"Call 911 now. {sentence}", "Call 911 now.", country="GB")
    assert refused(f"Call 911 now. {sentence}", "Call 911 now.", country="NEUTRAL")


@pytest.mark.parametrize(
    ("answer", "framing"), [("", ()), ("  \n ", ()), ("...", ()), ("The label says:", ("The label says:",))]
)
def test_an_answer_without_a_word_of_the_source_is_not_grounded(
    answer: str, framing: tuple[str, ...]
) -> None:
    assert refused(answer, *framing) == "nothing in the answer is the source's"


def test_words_of_another_passage_or_of_the_document_s_rest_are_not_the_named_passage_s() -> None:
    document = source(
        passage("Wheeze is loud."), passage("Wheeze is treated with an inhaler.", "treatment", "Inhalers")
    )
    made = example("What is wheeze?", "Wheeze is treated with an inhaler.")
    assert grounded(made, Evidence(document, document.passages[:1])) is not None
    assert grounded(made, Evidence(document, document.passages[1:])) is None
    assert (
        grounded(example("What is wheeze?", "Inhalers"), Evidence(document, document.passages[:1]))
        is not None
    )


@FEWER
@given(st.text(max_size=60))
def test_no_text_makes_it_fail(text: str) -> None:
    evidence = Evidence(DOSING, DOSING.passages)
    assert grounded(example(ASKED, text), evidence) == grounded(example(ASKED, text), evidence)
