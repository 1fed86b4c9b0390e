"""Amounts as texts give them, and which of them lies far from what all other documents say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from medai_assets.verification.doses_agree import Dose, doses_of, outliers

NAMES = ["paracetamol"]


@pytest.mark.parametrize(
    ("said", "milligrams"),
    [
        ("Take 500 mg of paracetamol.", [500]),
        ("Take 500mg of paracetamol.", [500]),
        ("TAKE 500 MG OF PARACETAMOL.", [500]),
        ("Take 1,000 mg of paracetamol.", [1000]),
        ("Take 1 000 mg of paracetamol.", [1000]),
        ("Take 0.5 g of paracetamol.", [500]),
        ("Take 250 mcg of paracetamol.", [0.25]),
        ("Take 250 µg of paracetamol.", [0.25]),  # micro sign
        ("Take 250 μg of paracetamol.", [0.25]),  # Greek letter
        ("Take 250 micrograms of paracetamol.", [0.25]),
        ("Take 2 grams of paracetamol.", [2000]),
        ("Take 400–800 mg of paracetamol.", [800]),
        ("Take 400-800 mg of paracetamol.", [800]),
        ("Take 400 to 800 mg of paracetamol.", [800]),
        ("Take 500 mg or 1 g of paracetamol.", [500, 1000]),
        ("Take 15 mg/kg of paracetamol.", []),
        ("Take 15 mg per kg of paracetamol.", []),
        ("The syrup holds 120 mg/5 mL of paracetamol.", []),
        ("Take 2,5 g of paracetamol.", []),  # a decimal comma is not read as five grams
        ("Eat 20 g of fibre with paracetamol.", []),
        ("Take no more than 4 g of paracetamol in 24 hours.", []),
        ("The maximum of paracetamol is 4 g.", []),
        ("Babies who weigh less than 3000 g take no paracetamol.", []),
        ("Birth weight: less than 3000 g with paracetamol.", []),
        ("For weight loss, take 120 mg of paracetamol.", [120]),
        ("For weight loss take 120 g of paracetamol.", [120_000]),
        ("By weight, 120 mg of paracetamol.", [120]),
        ("Lot 500 of paracetamol.", []),
    ],
)  # fmt: skip
def test_amounts_are_read_in_milligrams(said: str, milligrams: list[float]) -> None:
    assert [d.milligrams for d in doses_of(said, NAMES)] == pytest.approx(milligrams)


@pytest.mark.parametrize(
    ("said", "by_hour"),
    [
        ("Take 1 g of paracetamol every 4 hours.", 250),
        ("Take 1 g of paracetamol every hour.", 1000),
        ("Take 1 g of paracetamol hourly.", 1000),
        ("Take 1 g of paracetamol once an hour.", 1000),
        ("Take 3 g of paracetamol 6-hourly.", 500),
        ("Take 1 g of paracetamol an hour before the scan.", 0),
        ("Take 1 g of paracetamol at night.", 0),
    ],
)
def test_how_much_by_the_hour_is_read_where_the_text_says_how_often(said: str, by_hour: float) -> None:
    assert [d.by_hour for d in doses_of(said, NAMES)] == [by_hour]


def test_an_amount_belongs_to_the_name_in_its_sentence_and_else_to_the_first() -> None:
    names = ["ibuprofen", "aspirin"]
    assert [d.drug for d in doses_of("Take 75 mg of aspirin. Take 200 mg.", names)] == [
        "aspirin",
        "ibuprofen",
    ]
    assert [d.drug for d in doses_of("Take 200 mg of Ibuprofen or aspirin.", names)] == names
    assert not doses_of("Take 200 mg.", [])
    assert not doses_of("Take 200 mg of tea.", ["tea"])  # too short to be told from other words


def _documents(*milligrams: float) -> list[tuple[str, list[Dose]]]:
    return [(f"d{n}", doses_of(f"Take {mg:g} mg of paracetamol.", NAMES)) for n, mg in enumerate(milligrams)]


@pytest.mark.parametrize(
    ("last", "is_far"), [(10_000, False), (10_001, True), (500, False), (1, False), (99_999, True)]
)
def test_more_than_ten_times_the_most_of_three_others_is_far(last: float, is_far: bool) -> None:
    assert set(outliers(_documents(500, 650, 1000, last))) == ({3} if is_far else set())


def test_two_others_are_too_few_to_judge_by() -> None:
    assert not outliers(_documents(500, 650, 99_999))


def test_the_reason_names_the_amount_the_drug_and_how_many_say_otherwise() -> None:
    found = outliers(_documents(500, 650, 1000, 20_000))[3]
    assert found.property == "doses_agree"
    assert all(word in found.reason for word in ("20000 mg", "paracetamol", "3 other documents", "1000 mg"))


def test_of_two_far_amounts_neither_hides_the_other_from_the_honest_ones() -> None:
    """Whoever plants one dose in two documents makes it what others say; that is not seen, and is said here."""
    assert not outliers(_documents(500, 650, 1000, 20_000, 20_000))


@given(some.permutations([500.0, 650.0, 1000.0, 20_000.0]))
def test_the_order_of_documents_changes_only_the_place_of_the_finding(milligrams: list[float]) -> None:
    assert set(outliers(_documents(*milligrams))) == {milligrams.index(20_000.0)}


def _told(*texts: str) -> list[tuple[str, list[Dose]]]:
    return [(f"document {n}", doses_of(text, NAMES)) for n, text in enumerate(texts)]


OTHERS = tuple(
    f"Adults take {mg} mg of paracetamol every {h} hours." for mg, h in ((500, 4), (650, 6), (1000, 8))
)


@pytest.mark.parametrize(
    ("text", "is_far"),
    [
        ("Take 20 g of paracetamol twice.", True),
        ("Take 12,000 milligrams of paracetamol at night.", True),
        ("Take 2 g of paracetamol at night.", False),
        ("Take no more than 4 g of paracetamol in 24 hours.", False),
        ("The plant holds 20 g of fibre and no paracetamol.", False),
    ],
)
def test_a_dose_far_outside_what_others_say_of_the_drug_is_set_aside(text: str, is_far: bool) -> None:
    found = outliers(_told(*OTHERS, text))
    assert set(found) == ({3} if is_far else set())


def test_grams_by_the_hour_need_no_other_source() -> None:
    assert set(outliers(_told("Take 10 g of paracetamol every hour."))) == {0}
    assert not outliers(_told("Adults take 1 g of paracetamol every 4 hours."))


def test_others_of_one_document_are_no_others() -> None:
    repeated = [("one", doses_of(text, NAMES)) for text in OTHERS]
    assert not outliers([*repeated, ("two", doses_of("Take 20 g of paracetamol.", NAMES))])
