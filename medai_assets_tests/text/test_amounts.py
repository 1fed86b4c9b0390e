"""Amounts are the same however they are written."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.text.amounts import amounts, plain_amounts


@pytest.mark.parametrize(
    "ways",
    [
        ("1000 mg", "1,000 mg", "1 000 mg", "1\u202f000 mg", "1\u00a0000mg", "1000.0 MG", "1 g", "1,000 milligrams", "1000-mg"),
        ("5 mg", "5.0 mg", "5.00mg", "5-mg", "05 mg"),
        ("50 µg", "50 μg", "50 mcg", "50 ug", "50.0 micrograms", "0.05 mg", ".05 mg"),
        ("10 mg/kg/day", "10 mg / kg / day", "10 mg per kg per day", "10.0 mg/kg per day"),
        ("60 mg", "60 mg per day", "60 mg/day", "60 mg/dose"),
        ("250 to 500 mg", "250-500 mg", "250–500 mg", "250 mg to 500 mg", "250 mg or 0.5 g"),
        ("5 %", "5%", "5 percent", "5.0 per cent"),
        ("1 L", "1000 mL", "1,000 millilitres", "10 dL"),
        ("2,500 units", "2 500 IU", "2500 international units"),
        ("0.005 g", "0,005 g", "0,0050 g", "0·005 g", "·005 g", "00,005 g", "5 mg"),
        ("0.25 mg", "0,250 mg", "0,25 mg", "250 µg"),
        ("2.5 mg", "2,5 mg", "2,50-mg", "2·5 mg"),
        ("1000.5 mg", "1,000.5 mg", "1.000,5 mg", "1’000.5 mg", "1 000,5 mg", "1\u202f000,5 mg", "1000,50 mg"),
        ("1000000 IU", "1,000,000 IU", "1.000.000 IU", "1'000'000 IU", "1’000’000 IU", "1.000.000,0 IU"),
        ("1234.567 mg", "1,234.567 mg", "1234,567 mg"),
        ("2.5 to 7.5 mg", "2,5 to 7,5 mg", "2,5-7,5 mg"),
    ],
)  # fmt: skip
def test_ways_of_writing_one_amount(ways: tuple[str, ...]) -> None:
    assert amounts(ways[0])
    for way in ways:
        assert amounts(way) == amounts(ways[0]), way
        assert amounts(f"Take {way.lower()}.") == amounts(ways[0]), way


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 mg", "50 mg"), ("5 mg", "5 µg"), ("5 mg", "0.5 mg"), ("5 mg", "5 mg/kg"), ("5 mg/kg", "5 mg/kg/day"),
        ("5 mL", "5 mg"), ("1 000 mg", "000 mg"), ("1.5 mg", "15 mg"), ("10 mg", "1 mg"),
        ("0,005 g", "5,000 mg"), ("1·5 mg", "5 mg"), ("2,5 mg", "5 mg"),
    ],
)  # fmt: skip
def test_other_amounts_are_others(one: str, other: str) -> None:
    assert not amounts(one) & amounts(other)


def test_tablets_counted_before_a_strength_are_no_thousands() -> None:
    assert amounts("Take 2 500 mg tablets.") == amounts("500 mg")
    assert amounts("Take 2 500 mg.") == amounts("2500 mg")


def test_of_two_readings_the_english_one_is_taken() -> None:
    assert amounts("5,250 mg") == amounts("5250 mg")
    assert amounts("5.250 mg") == amounts("5.25 mg")


@pytest.mark.parametrize("text", ["10,000,5 mg", "0,005,000 g", "1,2,5 mg", "1.000.5 mg", "1,000,00 mg"])
def test_a_number_that_nobody_can_read_is_left_as_it_stands(text: str) -> None:
    assert not amounts(text)
    assert plain_amounts(text) == text


@pytest.mark.parametrize("text", ["1,25-dihydroxyvitamin d", "grades 1,2", "bands 2.3.4.1", "2,4-d"])
def test_a_comma_without_a_unit_parts_no_decimals(text: str) -> None:
    assert plain_amounts(text) == text


@pytest.mark.parametrize("text", ["", "no. 5", "vitamin B12", "in 2019", "5 meters", "mg", "5 mgx"])
def test_what_is_no_amount(text: str) -> None:
    assert not amounts(text)


@given(
    st.integers(0, 10**7), st.integers(0, 99), st.sampled_from(["mg", "g", "µg", "mL", "units", "mg/kg", "%"])
)
def test_every_number_is_read_as_itself(whole: int, hundredths: int, unit: str) -> None:
    value = Decimal(whole) + Decimal(hundredths) / 100
    plain = f"{whole}.{hundredths:02}"
    grouped = f"{whole:,}.{hundredths:02}"
    read = amounts(f"{plain} {unit}")
    assert len(read) == 1
    for way in (grouped, grouped.replace(",", "\u202f"), grouped.replace(",", " "), f"{plain}0"):
        assert amounts(f"{way} {unit}") == read
        assert amounts(f"so {way}{unit}.") == read
    if unit in ("mg", "units", "%"):
        assert next(iter(read))[0] == value


@given(st.text(max_size=60))
def test_any_text_is_made_plain_once(text: str) -> None:
    once = plain_amounts(text)
    assert amounts(once) == amounts(plain_amounts(once))


@pytest.mark.parametrize(
    ("sentence", "stated"),
    [
        ("Take 500 mg by mouth every 8 hours.", "500 mg"),
        ("Adults: 2 tablets (325 mg each), no more than 3,900 mg in 24 hours.", "325 mg, 3900 mg"),
        ("A loading dose of 4 mg/kg was followed by 2 mg/kg weekly.", "4 mg/kg, 2 mg/kg"),
        ("Infuse 10 mL of 5% dextrose in 0.9% sodium chloride.", "10 ml, 5 %, 0.9 %"),
        ("Vitamin D 25,000 IU once a month", "25000 unit"),
        ("Haemoglobin below 10 g/dL; potassium of 5.5 mmol/L", "10000 mg/dl, 5.5 mmol/l"),
        ("Start at 5\u221210 mg.", "5 mg, 10 mg"),
        ("Start at 5\u201110 mg.", "5 mg, 10 mg"),
        ("a 5\u2011mg tablet", "5 mg"),
        ("Start at 5 mg–10 mg.", "5 mg, 10 mg"),
        ("12–18 g of creatine", "12000 mg, 18000 mg"),
        ("TAKE 500MG TWICE DAILY", "500 mg"),
        ("a 20-mg tablet or two 10-mg tablets", "20 mg, 10 mg"),
        ("2 x 500 mg, <5 mg, ≥10 mg/kg", "500 mg, 5 mg, 10 mg/kg"),
        ("75 mg/m² on day 1", "75 mg/m2"),
        ("75 mg/m2 on day 1", "75 mg/m2"),
        ("0.5 to 1 mg/kg/dose", "0.5 mg/kg/dose, 1 mg/kg/dose"),
        ("half a tablet (2·5 mg)", "2.5 mg"),
        ("1 µg/kg/min", "0.001 mg/kg/min"),
        ("1.5 million units", ""),
        ("1 in 1,000 people at 37.5 °C", ""),
        ("a BMI of 27 kg/m2", "27000000 mg/m2"),
        ("100 mg per 5 mL", "100 mg, 5 ml"),
    ],
)  # fmt: skip
def test_amounts_as_publishers_write_them(sentence: str, stated: str) -> None:
    parts = [part.split() for part in stated.split(", ") if part]
    assert amounts(sentence) == {(Decimal(number), unit) for number, unit in parts}


@given(st.text(alphabet="0123456789.,·' \u00a0mgkl%/-–µ", max_size=30))
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    once = plain_amounts(text)
    assert plain_amounts(once) == once


def test_a_table_of_figures_takes_time_in_proportion() -> None:
    """Each may begin a number of a thousand groups; 16,000 characters took ten seconds, these would take an hour."""
    begun = time.process_time()
    assert amounts("123 " * 60_000 + "456 mg") == {(Decimal("123123123123456"), "mg")}
    assert time.process_time() - begun < 20
