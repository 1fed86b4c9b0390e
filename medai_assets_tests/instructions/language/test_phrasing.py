"""Phrasings: several for every request, chosen by the passage, complete and without a slot left open."""

from __future__ import annotations

import string

import pytest

from medai_assets.instructions.choice import choose, in_order
from medai_assets.instructions.kinds import medicine_pages
from medai_assets.instructions.language import phrasing
from medai_assets.sources.label_fields import STATED

FORMS = {
    name: forms
    for name, value in vars(phrasing).items()
    if name.isupper()
    for forms in ([value] if isinstance(value, tuple) else value.values() if isinstance(value, dict) else [])
    if isinstance(forms, tuple)
}


@pytest.mark.parametrize("name", sorted(FORMS))
def test_every_request_has_several_forms_with_the_same_slots(name: str) -> None:
    slots = [
        {s for _, s, _, _ in string.Formatter().parse(form) if s} - {"told", "lower"} for form in FORMS[name]
    ]
    assert len(set(FORMS[name])) == len(FORMS[name]) >= 2
    assert all(s == slots[0] for s in slots)


def test_every_section_of_a_page_that_is_answered_has_a_phrasing() -> None:
    assert set(phrasing.DRUG) == {*medicine_pages.SECTIONS, *STATED, "active_ingredients"}


def test_the_choice_depends_on_the_key_only() -> None:
    assert phrasing.drug_phrase("dosage", "aspirin", "p1") == phrasing.drug_phrase("dosage", "aspirin", "p1")
    assert len({phrasing.drug_phrase("dosage", "aspirin", f"p{n}") for n in range(40)}) == 5


def test_choices_are_hashes() -> None:
    assert choose("abc", "x") == choose("abc", "x")
    assert sorted(in_order([3, 1, 2], "key")) == [1, 2, 3]


def test_a_statement_fits_both_at_a_sentence_s_start_and_within() -> None:
    assert phrasing.complaint_slots("my lips look blue.") == {
        "told": "My lips look blue",
        "lower": "my lips look blue",
    }
    assert phrasing.complaint_slots("I am drowsy")["lower"] == "I am drowsy"
