"""NHS pages: walked once, care cards with their urgency, tables, questions, no links."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from medai_assets.sources.document import Document, SetAside
from medai_assets.sources.nhs.parse import parse


def page(*blocks: dict[str, object], **fields: object) -> Document:
    parsed = parse(orjson.dumps({"name": "Flu", "mainEntityOfPage": list(blocks)} | fields).decode())
    assert isinstance(parsed, Document)
    return parsed


def block(headline: str, *elements: dict[str, object], aspect: str = "") -> dict[str, object]:
    """A section as the API writes it: its elements stand in it twice."""
    return {
        "@type": "WebPageElement", "name": "section heading", "headline": headline, "mainEntityOfPage": list(elements),
        "hasPart": list(elements), "hasHealthAspect": f"http://schema.org/{aspect}HealthAspect" if aspect else None,
    }  # fmt: skip


def markdown(text: str, headline: str = "") -> dict[str, object]:
    return {
        "@type": "WebPageElement",
        "name": "markdown",
        "identifier": "1",
        "text": text,
        "headline": headline,
    }


def test_a_page_is_walked_once() -> None:
    found = page(block("Symptoms of flu", markdown("<p>Fever and a cough.</p>"), aspect="Symptoms"))
    assert [(s.section, s.heading, s.text) for s in found.sections] == [
        ("symptoms", "Symptoms of flu", "Fever and a cough.")
    ]


def test_what_the_page_repeats_by_health_aspect_is_not_taken_again() -> None:
    part = {"@type": "HealthTopicContent", "hasHealthAspect": "http://schema.org/SymptomsHealthAspect", "headline": "Symptoms",
            "hasPart": [markdown("<p>Fever and a cough.</p>")]}  # fmt: skip
    found = page(
        block("Symptoms of flu", markdown("<p>Fever and a cough.</p>"), aspect="Symptoms"), hasPart=[part]
    )
    assert len(found.sections) == 1


@pytest.mark.parametrize(
    ("name", "heading", "section"),
    [
        ("immediate", "Call 999 if:", "care_emergency"),
        ("urgent", "Ask for an urgent GP appointment if:", "care_urgent"),
        ("non-urgent", "See a GP if:", "care_non_urgent"),
        ("non-urgent", "A pharmacist can help with flu", "care_pharmacist"),
    ],
)
def test_care_cards_keep_their_level(name: str, heading: str, section: str) -> None:
    card = {"@type": "WebPageElement", "name": name, "identifier": "5",
            "text": f"<h3>{heading}</h3><div><ul><li>you feel very unwell</li></ul></div>"}  # fmt: skip
    found = page(block("", card)).sections[0]
    assert (found.section, found.heading, found.text) == (section, heading, "- you feel very unwell")
    assert found.attributes == {"care_heading": heading}


def test_a_card_stands_where_it_stands_on_the_page() -> None:
    card = {
        "@type": "WebPageElement",
        "name": "urgent",
        "text": "<h3>Call 111 if:</h3><ul><li>it gets worse</li></ul>",
    }
    found = page(block("Dosage", markdown("<p>Before.</p>"), card, markdown("<p>After.</p>")))
    assert [s.text for s in found.sections] == ["Before.", "- it gets worse", "After."]
    assert found.sections[1].attributes["context"] == "Dosage"


def test_common_questions_keep_question_and_answer() -> None:
    answer = {"@type": "Answer", "mainEntity": [markdown("<p>Yes, you can drive.</p>")]}
    found = page(
        block(
            "Common questions",
            {"@type": "Question", "text": "Can I drive with it?", "acceptedAnswer": answer},
        )
    )
    assert [(s.section, s.attributes, s.text) for s in found.sections] == [
        ("answer", {"question": "Can I drive with it?"}, "Yes, you can drive.")
    ]


def test_pictures_videos_and_links_are_no_text() -> None:
    picture = {"@type": "ImageObject", "name": "Picture of a rash", "text": "x"}
    link = {"@type": "WebPageElement", "name": "link", "headline": "Elsewhere", "text": "<p>Go there</p>"}
    found = page(
        block("Rash", picture, markdown("<p>It itches.</p>")),
        {"name": "keylinks", "mainEntityOfPage": [link]},
    )
    assert [s.text for s in found.sections] == ["It itches."]


def test_do_and_do_not_stay_under_their_heading() -> None:
    do = {
        "@type": "WebPageElement",
        "name": "Do/Don't",
        "text": "<div><h3>Do</h3><ul><li>rest</li></ul></div>",
    }
    found = page(block("Things you can do yourself", do, aspect="SelfCare")).sections[0]
    assert (found.section, found.heading, found.text) == (
        "self_care",
        "Things you can do yourself",
        "Do:\n- rest",
    )


@pytest.mark.real_data
class TestRealPages:
    """Recorded replies of the API."""

    def test_no_page_is_doubled(self, real_data: Path) -> None:
        pages = [
            parse(p.read_text()) for p in sorted((real_data / "nhs").glob("*.json")) if "error" not in p.name
        ]
        documents = [p for p in pages if isinstance(p, Document)]
        assert len(documents) >= 15
        for document in documents:
            lines = [ln for s in document.sections for ln in s.text.split("\n") if len(ln) > 120]
            repeated = len(lines) - len(set(lines))  # pages that gather others say a few lines of each again
            assert repeated <= 0.03 * len(lines), document.title

    def test_lists_of_links_are_set_aside(self, real_data: Path) -> None:
        assert isinstance(
            parse((real_data / "nhs" / "conditions-root-category-a.json").read_text()), SetAside
        )

    def test_a_medicine_page_has_its_emergency_card(self, real_data: Path) -> None:
        parsed = parse((real_data / "nhs" / "medicines-acrivastine-no-params.json").read_text())
        assert isinstance(parsed, Document)
        cards = {s.heading: s.section for s in parsed.sections if "care_heading" in s.attributes}
        assert cards == {
            "Contact 111 for advice now if:": "care_urgent",
            "Call 999 or go to A&E now if:": "care_emergency",
        }

    def test_the_page_with_modules_says_what_the_page_without_says(self, real_data: Path) -> None:
        texts = []
        for shape in ("no-params", "modules-true"):
            parsed = parse((real_data / "nhs" / f"medicines-acrivastine-{shape}.json").read_text())
            assert isinstance(parsed, Document)
            texts.append({s.text for s in parsed.sections})
        assert texts[0] == texts[1]

    def test_a_vaccination_table_is_readable(self, real_data: Path) -> None:
        name = "vaccinations-nhs-vaccinations-and-when-to-have-them-no-params.json"
        parsed = parse((real_data / "nhs" / name).read_text())
        assert isinstance(parsed, Document)
        assert any(
            "8 weeks | 6-in-1 vaccine; Rotavirus vaccine; MenB vaccine" in s.text for s in parsed.sections
        )


@pytest.mark.parametrize(
    ("about", "aliases"),
    [
        ({"alternateName": "Influenza"}, ["Influenza"]),
        pytest.param(
            {"alternateName": ["Influenza", "Grippe"]},
            ["Influenza", "Grippe"],
        ),
        pytest.param(
            [{"alternateName": "Influenza"}],
            ["Influenza"],
        ),
    ],
)
def test_schema_org_allows_a_value_or_a_list_anywhere(about: object, aliases: list[str]) -> None:
    assert page(block("Symptoms of flu", markdown("<p>Fever.</p>")), about=about).aliases == aliases


def test_keywords_may_be_one_text() -> None:
    found = page(block("Symptoms of flu", markdown("<p>Fever.</p>")), keywords="Influenza, Grippe")
    assert found.aliases == ["Influenza", "Grippe"]
