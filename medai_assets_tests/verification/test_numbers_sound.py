"""Figures that lost a sign on their way, and figures that only look odd."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from medai_assets.verification import Source
from medai_assets.verification.numbers_sound import damaged, loses_dashes
from medai_assets_tests.verification.builders import example, label, passage, refused_by, source
from medai_assets_tests.verification.one_property import reason

PLAIN = source(passage("Wheeze lasts 2 to 9 hours."))
FROZEN = source(passage("Wheeze lasts for some hours."), publisher="medquad")


@pytest.mark.parametrize(
    "sentence",
    [
        "It is given at ( mg) once.", "The rate was (%) in adults.", "The tumor measured more than percent of the lung.",
        "Take at least mg each day.", "It fell from 20 to to 10.", "A mean of to 5 days.", "Take 05 mg each day.",
        "It holds 2..5 mg.", "About 1,,000 mg are given.", "Take 2.5.5 mg.", "Platelets fell below 100 × 10 9 per litre.",
        "The dose is 75 mg for each 2 m 2.", "Valsartan 160 mg 12.5 mg is one strength.", "It is given where the value is ≥.",
        "The level (<, 5) is low.", "It lasts 10 14 days.", "It is taken 2 3 times a day.", "Take 500 1000 mg at night.",
        "Children aged 12 17 years take half.", "It is seen in children 1217 years of age.", "It affects people aged 2029.",
        "It is seen at 518 years of age.", "The half-life is 3.1254 hours.", "About 515 percent of people have it.",
        "It lasts for 1015 days.", "It clears within 2448 hours.", "Up to 1520% of people have it.",
    ],
)  # fmt: skip
def test_a_lost_figure_sign_or_dash_is_seen(sentence: str) -> None:
    assert damaged(sentence, PLAIN)


@pytest.mark.parametrize(
    "sentence",
    [
        "Take 500 mg every 4 to 6 hours.", "Take 1,200 mg in 24 hours.", "Blood pressure was 120/80 mmHg.",
        "It was 25 percent in 1998.", "Use is approved between 18 and 65 years of age.", "HbA1c was 6.5%.",
        "The half-life is 2.5 hours.", "It lasts 10–14 days.", "It lasts 10-14 days.", "Up to 90% of patients have it.",
        "The level rose by 250%.", "The AUC was 140% of the normal.", "Bioavailability was 125 percent.",
        "The drops hold 0.025%.", "Bupivacaine 0.125% is given by an epidural.", "Ropivacaine 0.375% is another strength.",
        "The tablets hold 160 mg/12.5 mg.", "Patients aged ≥ 65 years did as well.", "A count below 100 × 10⁹/L is low.",
        "After COVID-19 14 days of rest were usual.", "Vitamin B12 100 mcg is enough.", "In 2019 14 days were usual.",
        "A woman aged 104 got better.", "Keep it for up to 365 days.", "It affects 1 in 100,000 people.",
        "Adolescents 12 to 17 years of age take half.", "Take 10 mg 3 times a day.", "Take 10 mL 4 times a day.",
        "Take it with a 24-hour gap.", "It is taken for 12 months.", "",
    ],
)  # fmt: skip
def test_a_sound_figure_is_let_pass(sentence: str) -> None:
    assert damaged(sentence, PLAIN) == ""


@pytest.mark.parametrize(
    ("row", "is_damaged"),
    [
        ("Dose ( mg) | 5", False),
        ("Age | 10 14 years", False),
        ("Share | 515 percent", True),
        ("Age 518 years old | 3", True),
    ],
)
def test_a_table_s_row_may_have_empty_cells_but_no_impossible_figure(row: str, is_damaged: bool) -> None:
    assert bool(damaged(row, PLAIN, is_row=True)) is is_damaged


@pytest.mark.parametrize(
    ("sentence", "is_damaged"),
    [
        ("Pain begins 29 hours after the meal.", True),
        ("Rest for 12 days.", True),  # 1 to 2, the usual range of neighbours
        ("Rest for 14 days.", False),
        ("Rest for 24 hours.", False),
        ("It lasts 30 minutes.", False),
        ("It lasts 13 weeks.", True),
        ("It was seen 29 times.", False),
        ("It is seen in 21 days.", False),
    ],
)
def test_a_collection_that_lost_its_dashes_is_not_believed(sentence: str, is_damaged: bool) -> None:
    assert bool(damaged(sentence, FROZEN)) is is_damaged
    assert damaged(sentence, source(passage("It lasts 3-4 days."), publisher="medquad")) == ""


@pytest.mark.parametrize("joint", [" to ", "–", "-", " – ", " or "])
def test_the_range_that_the_document_gives_elsewhere_betrays_the_damaged_one(joint: str) -> None:
    document = source(passage(f"Wheeze lasts 2{joint}9 hours."))
    assert "2 to 9" in damaged("It lasts 29 hours.", document)
    assert damaged("It lasts 29 days.", document) == ""  # another unit


def test_only_a_frozen_copy_without_any_dash_has_lost_them() -> None:
    assert loses_dashes(FROZEN)
    assert not loses_dashes(PLAIN)
    assert not loses_dashes(source(passage("It lasts 3 – 4 days."), publisher="medquad"))


def test_what_the_answer_quotes_is_judged_and_framing_is_not() -> None:
    text = "Take 05 mg of it."
    made = example("How much?", f"Of 05 mg: {text}", "drug_information", framing=("Of 05 mg:",))
    assert "lost" in reason("numbers_sound", made, label(passage(text, "dosage")))
    sound = example("How much?", "Of 05 mg: Take 5 mg of it.", "drug_information", framing=("Of 05 mg:",))
    assert not reason("numbers_sound", sound, label(passage("Take 5 mg of it.", "dosage")))


@given(
    some.integers(1, 9), some.integers(1, 9), some.sampled_from(["mg", "hours", "days", "years", "percent"])
)
def test_two_single_figures_with_a_word_between_them_are_sound(low: int, more: int, unit: str) -> None:
    assert damaged(f"It is {low} to {low + more} {unit}.", PLAIN) == ""


@pytest.mark.parametrize(
    ("sentence", "is_sound"),
    [
        ("It is most common between 5 and 18 years of age.", True),
        ("It affects children who are 518 years of age.", False),
        ("About 515 percent of people have it.", False),
        ("It lasts for 24 hours and comes back in 10 days.", True),
        ("Pain begins 29 hours after the meal.", False),
        ("Take 05 mg each day.", False),
        ("It is given at ( mg) once.", False),
        ("Prices rose by 150 percent, an increase.", True),
    ],
)
def test_a_figure_that_lost_its_dash_or_point_is_recognised(sentence: str, is_sound: bool) -> None:
    document = source(passage(sentence, "overview"), publisher="medquad")
    assert ("numbers_sound" in refused_by(example("What is wheeze?", sentence), document)) is not is_sound


def test_a_range_that_the_document_gives_elsewhere_betrays_the_damaged_one() -> None:
    document = source(passage("Pain begins 29 hours after."), passage("It begins 2 to 9 hours after."))
    assert "numbers_sound" in refused_by(
        example("What is wheeze?", "Pain begins 29 hours after."), document, 0
    )


def test_a_range_of_neighbours_that_may_have_lost_its_dash_is_not_taught() -> None:
    text = "Bed rest is recommended for only {} days at most."
    for figure, dashes, is_sound in (
        ("12", "", False),
        ("12", " Pain lasts 2-6 weeks.", True),
        ("14", "", True),
    ):
        said = text.format(figure)
        page = Source(
            "medquad:back", "medquad", "Back pain", ("back pain",), (passage(said + dashes, "treatment"),)
        )
        made = example("What are the treatments for back pain?", said, "question_answer", subject="back pain")
        assert ("numbers_sound" not in refused_by(made, page)) is is_sound
