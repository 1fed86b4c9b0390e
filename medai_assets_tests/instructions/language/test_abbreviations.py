"""Abbreviations are spelled out by the article's own definitions, or left alone."""

from __future__ import annotations

import pytest

from medai_assets.instructions.language.abbreviations import long_forms, spelled_out


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("Magnetic resonance imaging (MRI) was used.", {"MRI": "Magnetic resonance imaging"}),
        ("in angiotensin-converting enzyme 2 (ACE2)", {"ACE2": "angiotensin-converting enzyme 2"}),
        ("heart-rate variability (HRV)", {"HRV": "heart-rate variability"}),
        ("Xiaoyaosan (XYS)", {"XYS": "Xiaoyaosan"}),
        ("an odd score (P < 0.05), (see below), (group A) and (2021)", {}),
        ("the patients (MRI)", {}),
    ],
)
def test_a_definition_is_a_run_of_words_that_holds_the_letters(text: str, forms: dict[str, str]) -> None:
    assert long_forms(text) == forms


def test_only_the_first_use_is_written_out_and_a_defined_one_stays() -> None:
    text = "gastric cancer (GC) and chronic kidney disease (CKD)"
    assert spelled_out("Is GC worse than other GC?", text) == "Is gastric cancer (GC) worse than other GC?"
    assert (
        spelled_out("Is chronic kidney disease (CKD) rare?", text) == "Is chronic kidney disease (CKD) rare?"
    )
    assert spelled_out("Is HIV rare?", text) == "Is HIV rare?"
