"""CDC content services: one media item with its syndicated HTML, cut into sections at the page's headings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from medai_assets.sources.document import Document, Parsed, Section, SetAside
from medai_assets.text.headings import page_section
from medai_assets.text.html import Part, html_parts

_LEFT_OUT = re.compile(
    r"(?:references?|citations?|sources?|related (?:links|pages|resources)|more information|resources|learn more"
    r"|footnotes?|contact us|additional resources)\W*",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"^(?:about|facts about|overview of|understanding|basics of|what is|what are)\s+|(?:(?<!\s)\s+)?[|–-]\s*CDC$|\?$",
    re.IGNORECASE,
)


# ISO 639-2 as the service writes it, to ISO 639-1.
_LANGUAGES = {
    "eng": "en", "spa": "es", "fre": "fr", "fra": "fr", "ger": "de", "deu": "de", "chi": "zh", "zho": "zh", "vie": "vi",
    "kor": "ko", "tgl": "tl",
}  # fmt: skip


def language_of(media: Mapping[str, Any]) -> str | None:
    """A media's language in ISO 639-1; None where the service states none, or one that is not known here."""
    stated = media.get("language") or {}
    code = str(stated.get("isoCode") if isinstance(stated, dict) else stated).lower()
    return _LANGUAGES.get(code, code if code in _LANGUAGES.values() else None)


def parse(payload: str, title: str | None = None, flags: list[str] | None = None) -> Parsed:
    """One media item.

    Raises:
        orjson.JSONDecodeError: the payload is not JSON.
    """
    record: dict[str, Any] = orjson.loads(payload)
    media = record.get("media") or record
    name = str(media.get("name") or title or "").strip()
    html = _content(record)
    if not html:
        return SetAside("no content", "the item has no syndicated text")
    sections, unmapped = _sections(html_parts(html), name)
    if not sections:
        return SetAside("no content", "the page holds no text")
    return Document(
        title=name,
        subject=_ABOUT.sub("", name) or None,
        audience="consumer",
        evidence="consumer",
        language=language_of(media),
        attributes={
            "topics": [str(t.get("name")) for t in media.get("tags") or [] if t.get("type") == "Topic"]
        },
        flags=list(flags or []),
        sections=sections,
        unmapped=unmapped,
    )


def _content(record: dict[str, Any]) -> str:
    """The HTML wherever the collector put it: the syndicate reply, its ``results``, or the item itself."""
    for holder in (record.get("syndicate"), record.get("results"), record):
        item = holder[0] if isinstance(holder, list) and holder else holder
        if isinstance(item, dict) and item.get("content"):
            return str(item["content"])
    return ""


def _sections(parts: list[Part], name: str) -> tuple[list[Section], list[str]]:
    sections: list[Section] = []
    unmapped: list[str] = []
    context = ""
    for part in parts:
        text = part.text.strip()
        if part.level <= 2:
            context = "" if part.heading == name else part.heading
        if not text or _LEFT_OUT.fullmatch(part.heading):
            continue
        heading = "" if part.heading == name else part.heading
        found = page_section(heading) if heading else "overview"
        if not found and part.level > 2 and sections and context:
            found = page_section(context)
        if not found and heading.endswith("?"):
            found = "answer"
        if not found:
            unmapped.append(heading)
        attributes: dict[str, Any] = {"question": heading} if heading.endswith("?") else {}
        if heading and context and context != heading:
            attributes["context"] = context
        if found and found.startswith("care_"):
            attributes["care_heading"] = heading
        sections.append(Section(found or "other", heading, text, attributes))
    return sections, unmapped
