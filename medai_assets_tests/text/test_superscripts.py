"""Superscripts and subscripts on the line: what a reader sees must mean what the authors wrote."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.text.superscripts import lowered, raised, settle

RAISED = {
    "10{6} cells": "10⁶ cells",
    "10{-6} M": "10⁻⁶ M",
    "10{−6} M": "10⁻⁶ M",
    "min{- 1}": "min⁻¹",
    "m{2}": "m²",
    "Ca{2+}": "Ca²⁺",
    "CD4{+} T cells": "CD4⁺ T cells",
    "O{•-}": "O•⁻",
    "{13}C": "¹³C",
    "{99m}Tc": "⁹⁹ᵐTc",
    "{239+240}Pu": "²³⁹⁺²⁴⁰Pu",
    "x{n}": "xⁿ",
    "Apoe{-/-} mice": "Apoe⁻/⁻ mice",
    "Apoe{fl/fl} mice": "Apoe^(fl/fl) mice",
    "x{1/2}": "x^(1/2)",
    "BRAF{V600E}": "BRAF^V600E",
    "CD8{high}": "CD8^high",
    "10{5.5}": "10^5.5",
    "P{a}": "P^a",
    "a{x}b": "a^(x)b",
    "the 5{th} day": "the 5th day",
    "the 1{st} and 2{nd}": "the 1st and 2nd",
    "x{th}": "x^th",
    "37{o}C": "37°C",
    "37 {o}C": "37 °C",
    "drug{®}": "drug®",
    "drug{TM}": "drug™",
    "given{*}": "given*",
    "s{-1.} Then": "s⁻¹. Then",
    "1{,}2": "1,2",
    "a{ }b": "a b",
    "a{}b": "ab",
    "{(a)}": "^(a)",
    "cells{(+)}": "cells⁽⁺⁾",
}
LOWERED = {
    "CO{2}": "CO₂",
    "H{2}O": "H₂O",
    "PM{2.5}": "PM₂.₅",
    "Aβ{1-42}": "Aβ₁₋₄₂",
    "IC{50}": "IC₅₀",
    "NO{x}": "NOₓ",
    "O{2-x}": "O₂₋ₓ",
    "[Ca]{i}": "[Ca]ᵢ",
    "C{max} was": "C_max was",
    "VO{2max}": "VO_2max",
    "t{1/2}": "t_(1/2)",
    "AUC{0-∞}": "AUC_(0-∞)",
    "K{ir}4.1": "K_(ir)4.1",
    "P{Na}/P{K}": "P_Na/P_K",
    "H{a}OH": "H_(a)OH",
}


def written(pattern: str, write: object) -> str:
    """The pattern with what stands in braces written by a function."""
    before, *parts = pattern.split("{")
    for part in parts:
        content, _, after = part.partition("}")
        before += write(content) + after  # type: ignore[operator]
    return settle(before)


@pytest.mark.parametrize(("pattern", "expected"), RAISED.items())
def test_raised(pattern: str, expected: str) -> None:
    assert written(pattern, raised) == expected


@pytest.mark.parametrize(("pattern", "expected"), LOWERED.items())
def test_lowered(pattern: str, expected: str) -> None:
    assert written(pattern, lowered) == expected


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


@given(base=st.integers(0, 10**6), exponent=st.integers(-999, 999))
def test_a_power_never_becomes_digits_of_its_base(base: int, exponent: int) -> None:
    text = settle(f"{base}{raised(str(exponent))}")
    assert text != f"{base}{exponent}"
    assert "".join(c for c in text if c.isascii()) == str(base)


@given(before=TEXT, content=TEXT, after=TEXT)
def test_nothing_of_the_text_around_is_changed(before: str, content: str, after: str) -> None:
    text = settle(before + raised(content) + after)
    if raised(content) not in ("^o\x02",):
        assert text.startswith(before)
        assert text.endswith(after)


@given(content=TEXT, after=TEXT)
def test_letters_and_digits_of_a_script_can_all_be_found_again(content: str, after: str) -> None:
    back = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿᵐ", "0123456789nm")
    text = settle(raised(content) + after).translate(back)
    for character in content:
        if character.isascii() and character.isalnum():
            assert character in text or content.strip() == "TM"


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
def test_text_without_scripts_stays_as_it_is(text: str) -> None:
    assert settle(text.replace("\x02", "")) == text.replace("\x02", "")


def test_many_marks_behind_a_group_cost_in_proportion() -> None:
    text = raised("ab") + "_" * 100_000
    begun = time.process_time()
    assert settle(text) == f"^ab{'_' * 100_000}"
    assert time.process_time() - begun < 1  # a square takes minutes


def test_a_long_group_stands_in_brackets() -> None:
    assert raised("a" * 64) == f"^{'a' * 64}\x02"
    assert settle(f"{raised('a' * 65)}b") == f"^({'a' * 65})b"
