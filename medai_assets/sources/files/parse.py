"""A person's records: question and answer, a text in a row, or a page cut at its headings, as ``files.yaml`` says.

The questions of a set become examples only with its trait ``question_answer``, the headings of its pages only with ``page``;
without a trait its text is part of the corpus and no more.
"""

from __future__ import annotations

from typing import Any

import orjson

from medai_assets.sources.document import Document, Parsed, Section, SetAside
from medai_assets.sources.files.documents import as_html, head_and_body, title_of
from medai_assets.text.headings import page_section
from medai_assets.text.html import Part, html_parts, html_to_text
from medai_assets.text.normalise import normalise
from medai_assets.text.personal_data import mask


def parse(payload: str, title: str | None = None, flags: list[str] | None = None) -> Parsed:
    """One record.

    Raises:
        orjson.JSONDecodeError: the payload is not JSON.
        KeyError: it is not as the collector writes it.
    """
    record: dict[str, Any] = orjson.loads(payload)
    stated = record["set"]
    if "row" in record:
        values = {role: record["row"].get(name) for role, name in stated["columns"].items()}
        parsed = _pair(values, stated) if "question" in values else _text(values, stated)
    else:
        parsed = _page(record, title, stated)
    if isinstance(parsed, Document):
        parsed.flags = list(flags or [])
    return parsed


def _masked(text: str | None) -> str:
    """A line that becomes title, heading or question; the text below it is masked with all others."""
    return mask(normalise(text or ""), True)[0]


def _document(
    values: dict[str, str | None], stated: dict[str, Any], title: str, sections: list[Section]
) -> Document:
    return Document(
        title=_masked(title),
        subject=_masked(values.get("subject") or stated["subject"]) or None,
        audience=stated["audience"],
        evidence="own",
        sections=sections,
    )


def _pair(values: dict[str, str | None], stated: dict[str, Any]) -> Parsed:
    question, answer = _masked(values["question"]), (values["answer"] or "").strip()
    if not question or not answer:
        return SetAside("no question" if answer else "no answer", question)
    asked = {"question": question} if "question_answer" in stated["traits"] else {}
    found = page_section(values.get("section") or "")
    section = Section(found if found and not found.startswith("care_") else "answer", "", answer, asked)
    title = values.get("title") or values.get("subject") or stated["subject"] or question[:120]
    return _document(values, stated, title, [section])


def _text(values: dict[str, str | None], stated: dict[str, Any]) -> Parsed:
    text = (values["text"] or "").strip()
    if not text:
        return SetAside("no text", "")
    heading = (values.get("section") or "").strip()
    title = values.get("title") or values.get("subject") or stated["subject"] or heading or text[:60]
    return _document(values, stated, title, [_section(Part(heading, 1, [text]), title, stated)])


def _page(record: dict[str, Any], title: str | None, stated: dict[str, Any]) -> Parsed:
    head, body = head_and_body(record["format"], record["text"])
    values = {role: head.get(name) for role, name in stated["columns"].items()}
    html = as_html(record["format"], body)
    name = title or title_of(html, record["name"])
    is_page = "page" in stated["traits"]
    parts = html_parts(html) if is_page else [Part("", 0, [html_to_text(html)])]
    sections = [_section(part, name, stated) for part in parts if part.text.strip()]
    if not sections:
        return SetAside("no text", "nothing of it is text to read")
    values["subject"] = values.get("subject") or (name if is_page else None)
    return _document(values, stated, name, sections)


def _section(part: Part, title: str, stated: dict[str, Any]) -> Section:
    """A part under its heading, in the shared vocabulary where the set's texts are pages."""
    heading = "" if part.heading == title else _masked(part.heading)
    if "page" not in stated["traits"]:
        return Section("other", "", part.text if not heading else f"{heading}\n\n{part.text}")
    found = page_section(heading) if heading else "overview"
    attributes = {"care_heading": heading} if found and found.startswith("care_") else {}
    return Section(found or ("answer" if heading.endswith("?") else "other"), heading, part.text, attributes)
