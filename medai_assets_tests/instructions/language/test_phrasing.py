"""Phrasings: several for every request, chosen by the passage, complete and without a slot left open."""

from __future__ import annotations

import string

import pytest

from medai_assets.instructions.choice import choose, in_order
from medai_assets.instructions.language import phrasing
from medai_assets.instructions.language.label_phrasing import REQUESTS, section_phrase
from medai_assets.sources.label_fields import STATED
from medai_assets.verification.populations import groups_of
from medai_assets.verification.question_is_natural import question_is_natural
from medai_assets.verification.section_asked import asked_for
from medai_assets_tests.verification.builders import example

FORMS = {
    name: forms
    for name, value in vars(phrasing).items()
    if name.isupper() and not name.startswith("_")
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


def test_every_field_that_is_answered_has_a_phrasing() -> None:
    assert set(phrasing.OF_PRODUCT) == {*STATED, "active_ingredients"}


def test_a_request_for_what_is_under_a_heading_asks_for_nothing_else() -> None:
    made = {phrasing.page_phrase("NHS", "croup", "Causes", f"p{n}") for n in range(600)}
    assert len(made) > 150
    for page in phrasing.PAGES:
        said = page.format(whose="NHS", topic="croup")
        for form in phrasing.UNDER_HEADING:
            prompt = phrasing.phrase((form,), ("p1",), page=said, title="Causes")
            assert (prompt.count("croup"), prompt.count('"Causes"')) == (1, 1), form
            assert question_is_natural(example(prompt, "")) is None, prompt
            assert asked_for(prompt.replace('"Causes"', "it")) is None, prompt
            assert not groups_of(form), form


def test_the_choice_depends_on_the_key_only() -> None:
    assert phrasing.drug_phrase("route", "aspirin", "p1") == phrasing.drug_phrase("route", "aspirin", "p1")
    assert len({phrasing.drug_phrase("route", "aspirin", f"p{n}") for n in range(120)}) == len(
        phrasing.OF_PRODUCT["route"]
    )


def test_choices_are_hashes() -> None:
    assert choose("abc", "x") == choose("abc", "x")
    assert sorted(in_order([3, 1, 2], "key")) == [1, 2, 3]


def test_a_statement_fits_both_at_a_sentence_s_start_and_within() -> None:
    assert phrasing.complaint_slots("my lips look blue.") == {
        "told": "My lips look blue",
        "lower": "my lips look blue",
    }
    assert phrasing.complaint_slots("I am drowsy")["lower"] == "I am drowsy"


@pytest.mark.parametrize("target", sorted(REQUESTS))
def test_a_request_for_a_section_asks_for_nothing_else(target: str) -> None:
    """Each names drug and title once, is a natural question under any title, and has no word of another question."""
    forms = REQUESTS[target]
    assert len(set(forms)) == len(forms) >= 14
    for form in forms:
        slots = sorted(s for _, s, _, _ in string.Formatter().parse(form) if s)
        assert slots in ([["drug"]] if target == "box" else [["drug", "title"], ["label", "title"]]), form
        prompt = form.format(drug="Advil", label="the Advil label", title="Overdosage")
        assert question_is_natural(example(prompt[:1].upper() + prompt[1:], "")) is None, form
        assert asked_for(form) is None, form
        assert not groups_of(form), form


def test_a_subsection_is_asked_for_in_quotation_marks() -> None:
    assert '"Missed Doses"' in section_phrase("subsection", ("p1",), "Advil", "Missed Doses")
    made = {section_phrase("section", (f"p{n}",), "advil tablets", "Lactation") for n in range(300)}
    assert len(made) > 150
    assert not any(prompt[0].islower() for prompt in made)


@pytest.mark.parametrize("field", sorted(phrasing.OF_PRODUCT))
def test_every_phrasing_about_a_medicine_asks_for_its_field(field: str) -> None:
    for form in phrasing.OF_PRODUCT[field]:
        wanted = asked_for(form)
        assert wanted is not None, form
        assert field.replace("ingredients", "ingredient") in wanted[1], form
        prompt = phrasing.phrase((form,), ("p1",), drug="Advil")
        assert question_is_natural(example(prompt, "")) is None, form
