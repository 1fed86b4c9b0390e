"""What a source's parser makes of one raw record: a document of sections, or the reason why it is set aside.

What belongs here: the plain data that passes from each source's ``parse.py`` to the room ``corpus/process``, which cleans, splits
and judges it, and its columns. What does not: any rule about text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import orjson
import pyarrow as pa

from medai_assets.foundation.plain_text import plain


@dataclass(slots=True)
class Section:
    """One section of a document: the source's own heading, its place in the shared vocabulary, its text."""

    section: str
    heading: str
    text: str
    attributes: dict[str, Any] = field(default_factory=dict)
    audience: str | None = None  # None = the document's


@dataclass(slots=True)
class Document:
    """One parsed record; ``audience``, ``evidence`` and ``attributes`` are those of ``schemas.PASSAGE``.

    ``unmapped`` names the source's own sections that the shared vocabulary has no place for; their text is kept as ``other``
    where it is prose, and they are counted.
    """

    title: str
    sections: list[Section]
    audience: str
    evidence: str
    subject: str | None = None
    aliases: list[str] = field(default_factory=list)
    language: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record that is no training text: a short countable reason, and the detail a person asks for."""

    reason: str
    detail: str = ""


Parsed = Document | SetAside
# characters of a title, a heading or a name; the longest of PubMed have some two thousand
LONGEST_NAME = 1 << 14
# characters that a document's passages may repeat; an article's have some ten thousand
MOST_REPEATED = 32 << 20
_LEAST_PASSAGE = 1000  # characters of a passage that is one part of a longer text
_GAP = re.compile(r"\s{3,}")  # patterns over names take the square of its length


CANDIDATE = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),  # of the raw record in its batch
        pa.field("text", pa.large_string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("section", pa.string(), nullable=False),
        pa.field("heading", pa.string(), nullable=False),
        pa.field("document_id", pa.string(), nullable=False),
        pa.field("subject", pa.string()),
        pa.field("aliases", pa.list_(pa.string()), nullable=False),
        pa.field("audience", pa.string(), nullable=False),
        pa.field("evidence", pa.string(), nullable=False),
        pa.field("language", pa.string()),  # null = to be detected
        pa.field("attributes", pa.string(), nullable=False),  # JSON object
        pa.field("flags", pa.list_(pa.string()), nullable=False),
    ]
)


def too_much_repeated(document: Document) -> SetAside | None:
    """Why a document is none whose title, names and headings every one of its passages repeats: a page that takes gigabytes."""
    length = sum(map(len, [document.title, document.subject or "", *document.aliases]))
    length += len(str(document.attributes))
    repeated = 0
    for section in document.sections:
        own = len(section.heading) + len(str(section.attributes))
        repeated += (length + own) * (1 + len(section.text) // _LEAST_PASSAGE)
    if repeated <= MOST_REPEATED:
        return None
    return SetAside(
        "names too long", f"its passages would repeat {repeated:,} characters of titles and names"
    )


class Candidates:
    """Collects the sections of documents as columns."""

    def __init__(self) -> None:
        self._columns: dict[str, list[Any]] = {name: [] for name in CANDIDATE.names}

    def add(self, document: Document, row: int, record_id: str) -> None:
        """All sections of the document that stands in raw row ``row``."""
        shared = {
            "row": row,
            "title": _plain(document.title),
            "document_id": document.document_id or record_id,
            "subject": _plain(document.subject),
            "aliases": _plain(document.aliases),
            "evidence": document.evidence,
            "language": document.language,
            "flags": sorted(set(document.flags)),
        }
        for section in document.sections:
            attributes = {**document.attributes, **section.attributes}
            own = {
                "text": section.text,
                "section": section.section,
                "heading": section.heading,
                "audience": section.audience or document.audience,
                "attributes": orjson.dumps(_plain(attributes), option=orjson.OPT_SORT_KEYS).decode(),
            }
            for name, values in self._columns.items():
                values.append(own[name] if name in own else shared[name])

    def batch(self) -> pa.RecordBatch:
        """Rows of CANDIDATE."""
        return pa.record_batch([pa.array(self._columns[f.name], f.type) for f in CANDIDATE], schema=CANDIDATE)


def _plain(value: Any) -> Any:
    """The value, its texts without what could control a terminal or a prompt, and without wide gaps."""
    if isinstance(value, str):
        return _GAP.sub(lambda gap: "\n\n" if "\n" in gap[0] else " ", plain(value))
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {name: _plain(item) for name, item in value.items()} if isinstance(value, dict) else value
