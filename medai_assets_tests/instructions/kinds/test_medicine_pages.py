"""A medicine's page for the public: whole sections, asked for by whom the page is for, with the cards that belong to them."""

from __future__ import annotations

from typing import Any

import pytest

from medai_assets_tests.instructions.builders import document, made_by, row

PAGE: dict[str, Any] = {
    "document": "nhs:medicines/ibuprofen-for-adults", "title": "Ibuprofen for adults", "subject": "Ibuprofen for adults",
}  # fmt: skip


def part(text: str, section: str, heading: str, **other: Any) -> dict[str, Any]:
    return row(text, section, heading=heading, **PAGE | other)


HOW = part("Take one 200 mg ibuprofen tablet, up to 3 times a day.", "dosage", "How and when to take it")
TOO_MUCH = part("Too much ibuprofen can harm you.", "overdose", "If you take too much")
CALL = part("- you have taken too much and cannot be woken", "care_emergency", "Call 999 if:")
ASK = part("- you took more than your dose", "care_urgent", "Get help from NHS 111 if:")
EFFECTS = part("It can cause nausea.", "adverse_reactions", "Side effects of ibuprofen")
SERIOUS = part(
    "- your stools are black",
    "care_urgent",
    "Call a doctor if:",
    attributes={"context": "Side effects of ibuprofen"},
)


def made(*rows: dict[str, Any]) -> dict[str, Any]:
    return {m.labels["field"]: m for m in made_by("drug_information.medicine_page", document(*rows))}


def test_each_section_is_asked_for_by_its_heading_and_by_whom_the_page_is_for() -> None:
    found = made(HOW, EFFECTS)
    assert sorted(found) == ["adverse_reactions", "dosage"]
    assert all("ibuprofen for adults" in m.prompt for m in found.values())
    assert '"How and when to take it"' in found["dosage"].prompt
    assert found["dosage"].labels == {"field": "dosage", "drug": "ibuprofen", "facts": ["200 mg"]}
    assert found["dosage"].answer.text == HOW["text"]


@pytest.mark.parametrize("title", ["Ibuprofen for adults (Nurofen)", "Ibuprofen for children"])
def test_a_dose_is_asked_for_with_whom_it_is_of_whatever_brand_the_title_names(title: str) -> None:
    (found,) = made(HOW | {"subject": title, "title": title}).values()
    assert f"ibuprofen for {'adults' if 'adults' in title else 'children'}" in found.prompt
    assert found.labels["drug"] == "ibuprofen"


def test_the_cards_right_below_a_section_belong_to_it_and_those_after_another_do_not() -> None:
    found = made(TOO_MUCH, ASK, CALL, EFFECTS)
    cards = [f"{p['heading']}\n{p['text']}" for p in (CALL, ASK)]
    assert found["overdose"].answer.text == "\n\n".join((TOO_MUCH["text"], *cards))
    assert "999" not in found["adverse_reactions"].answer.text


def test_a_card_that_the_page_puts_under_a_heading_belongs_to_it_wherever_it_stands() -> None:
    found = made(EFFECTS, HOW, SERIOUS)
    assert "your stools are black" in found["adverse_reactions"].answer.text
    apart = {name: "black" in m.answer.text for name, m in made(EFFECTS, TOO_MUCH, SERIOUS).items()}
    assert apart["adverse_reactions"]


def test_every_part_of_a_section_is_told_and_its_parts_below_one_heading() -> None:
    more = part(
        "Rinse your mouth.", "self_care", "What to do about them", attributes={"context": EFFECTS["heading"]}
    )
    cut = part(
        "It can also cause wind.", "adverse_reactions", EFFECTS["heading"], attributes={"part": 2, "parts": 2}
    )
    (found,) = made(EFFECTS, cut, more).values()
    assert found.answer.text == (
        "It can cause nausea.\n\nIt can also cause wind.\n\nWhat to do about them\nRinse your mouth."
    )


@pytest.mark.parametrize("change", [{"subject": None}, {"document_id": "nhs:conditions/fever"}])
def test_a_page_that_is_on_no_medicine_is_not_asked_about_one(change: dict[str, Any]) -> None:
    assert made(HOW | change) == {}
