"""Records of a person as documents: what becomes question, heading, section; what the traits decide."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_assets.sources.document import Document, SetAside
from medai_assets.sources.files.parse import parse

PAIR = {"question": "Frage", "answer": "Antwort"}


def stated(traits: tuple[str, ...] = (), **further: Any) -> dict[str, Any]:
    return {"audience": "professional", "subject": None, "columns": {}, "traits": list(traits)} | further


def row(columns: dict[str, str], traits: tuple[str, ...] = (), **values: Any) -> Document:
    parsed = parse(orjson.dumps({"set": stated(traits, columns=columns), "row": values}).decode())
    assert isinstance(parsed, Document)
    return parsed


def page(text: str, form: str = "markdown", traits: tuple[str, ...] = ("page",), **further: Any) -> Document:
    payload = {
        "set": stated(traits, **further),
        "format": form,
        "name": "leaflets/ear_drops.md",
        "text": text,
    }
    parsed = parse(orjson.dumps(payload).decode())
    assert isinstance(parsed, Document)
    return parsed


def sections(document: Document) -> list[tuple[str, str, str]]:
    return [(s.section, s.heading, s.text) for s in document.sections]


def test_a_pair_is_a_question_with_its_answer_and_no_heading() -> None:
    document = row(PAIR, ("question_answer",), Frage="What is it?", Antwort="It is this.")
    assert sections(document) == [("answer", "", "It is this.")]
    assert document.sections[0].attributes == {"question": "What is it?"}
    assert (document.title, document.audience) == ("What is it?", "professional")


def test_without_the_trait_a_pair_asks_nothing() -> None:
    assert row(PAIR, Frage="What is it?", Antwort="It is this.").sections[0].attributes == {}


def test_personal_data_in_a_question_are_masked() -> None:
    document = row(PAIR, ("question_answer",), Frage="My name is Anna Miller. What is it?", Antwort="This.")
    assert "Miller" not in orjson.dumps(document.sections[0].attributes).decode() + document.title


def test_an_empty_answer_is_set_aside() -> None:
    payload = {"set": stated(columns=PAIR), "row": {"Frage": "What?", "Antwort": ""}}
    assert parse(orjson.dumps(payload).decode()) == SetAside("no answer", "What?")


def test_a_pages_headings_become_sections() -> None:
    text = "# Ear drops\n\nThey soften wax.\n\n## Side effects\n\n- itching\n- a rash\n\n## When to get help?\n\nSee a doctor.\n"
    document = page(text)
    assert sections(document) == [
        ("overview", "", "They soften wax."),
        ("adverse_reactions", "Side effects", "- itching\n- a rash"),
        ("care_non_urgent", "When to get help?", "See a doctor."),
    ]
    assert (document.title, document.subject) == ("Ear drops", "Ear drops")


def test_html_and_markdown_of_the_same_words_are_the_same_document() -> None:
    html = "<html><head><title>Ear drops</title></head><body><h1>Ear drops</h1><p>They soften wax.</p></body></html>"
    assert sections(page(html, "html")) == sections(page("# Ear drops\n\nThey soften wax.\n"))


def test_the_head_of_a_markdown_file_is_no_text() -> None:
    document = page(
        "---\nTitel: Ears\nThema: wax\n---\n# Ear drops\n\nThey soften wax.\n", columns={"subject": "Thema"}
    )
    assert "Titel" not in str(sections(document))
    assert document.subject == "wax"


def test_a_table_in_markdown_is_rows_not_pipes() -> None:
    (section,) = page("# Doses\n\n| age | drops |\n|---|---|\n| adults | 5 |\n").sections
    assert "|---" not in section.text
    assert "5" in section.text


def test_without_the_trait_a_page_is_one_text_without_a_heading() -> None:
    document = page("# Ear drops\n\nThey soften wax.\n\n## Side effects\n\nItching.\n", traits=())
    assert [(s.section, s.heading) for s in document.sections] == [("other", "")]
    assert document.subject is None


def test_plain_text_keeps_its_paragraphs_and_its_signs() -> None:
    document = page("If pain > 3 & <5 days:\n\nrest.\n", "text")
    assert document.sections[0].text == "If pain > 3 & <5 days:\n\nrest."
    assert document.title == "Ear drops"


@pytest.mark.parametrize(("heading", "section"), [("Side effects", "adverse_reactions"), ("Wax", "other")])
def test_a_text_in_a_row_has_the_section_that_its_column_names(heading: str, section: str) -> None:
    columns = {"text": "t", "section": "s", "title": "n"}
    document = row(columns, ("page",), t="It may itch.", s=heading, n="Drops")
    assert sections(document) == [(section, heading, "It may itch.")]


MARKS = [
    "#",
    "##",
    "-",
    ">",
    "|",
    "```",
    "---",
    "<div>",
    "</div>",
    "<h2>",
    "<table><td>",
    "&lt;",
    "\n",
    "\n\n",
    "Wax?",
    "5 mg",
    ": ",
]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(MARKS) | st.text(max_size=5)),
    st.sampled_from(["markdown", "html", "text"]),
    st.booleans(),
)
def test_no_document_ends_in_an_error_that_is_not_told(marks: list[str], form: str, is_page: bool) -> None:
    traits = ["page"] if is_page else []
    payload = {"set": stated(tuple(traits)), "format": form, "name": "a.md", "text": "".join(marks)}
    try:
        parsed = parse(orjson.dumps(payload).decode())
    except ValueError:
        return
    assert isinstance(parsed, SetAside) or any(section.text.strip() for section in parsed.sections)
