"""An example in the making as the verification room wants it: what is declared, the passages named, the whole document.

What belongs here: handing over. What does not: any property (verification), any rule. The document's view is made once
and kept with the document, since some dozen examples come from each.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import orjson

from medai_assets.foundation.rows import ExampleRow, Origin
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.sources.label_fields import STATED
from medai_assets.sources.registry import sources_with
from medai_assets.verification import Evidence, Example, Finding, Source, SourcePassage, verify

# Publishers whose aliases are keywords to search by ("allergy" on the page on hay fever), not names.
_KEYWORDS = sources_with("page")
_LABELS = sources_with("label")
# The labels by which a kind declares what its question is about.
_SUBJECT_LABELS = ("drug", "condition")


def prove(row: ExampleRow, document: SourceDocument, country: str) -> list[Finding]:
    """What speaks against an EXAMPLE row that was made from the document; empty where every property is proved."""
    return verify(example_of(row, country), evidence_of(row, document))


def evidence_of(row: ExampleRow, document: SourceDocument) -> Evidence:
    """What an EXAMPLE row is held against: the passages that it names, in their document."""
    source = source_of(document)
    named = set(row["passage_ids"])
    return Evidence(source, tuple(p for p in source.passages if p.passage_id in named))


def example_of(row: ExampleRow, country: str) -> Example:
    """An EXAMPLE row as its maker declares it."""
    labels = orjson.loads(row["labels"])
    subject = next((labels[name] for name in _SUBJECT_LABELS if labels.get(name)), None)
    return Example(
        kind=row["kind"],
        traits=KINDS[row["kind"]].traits,
        prompt=row["prompt"],
        completion=row["completion"],
        framing=tuple(labels.get("framing", ())),
        subject=subject,
        country=country,
        authored=row["authored"],
        stated=labels.get("field") in STATED,
    )


def source_of(document: SourceDocument) -> Source:
    """The document with the names that its publisher gives it."""
    if "source" not in document.memo:
        document.memo["source"] = _source(document)
    found: Source = document.memo["source"]
    return found


def _source(document: SourceDocument) -> Source:
    first = document.first
    flags = {flag for p in document.passages for flag in p.flags}
    return Source(
        document_id=document.document_id,
        source=document.source,
        title=first.title,
        names=_names(first),
        elements=str(first.attributes.get("elements", "")),
        passages=tuple(
            SourcePassage(p.passage_id, p.text, p.heading, p.section, p.attributes, p.audience)
            for p in document.passages
        ),
        flags=tuple(sorted(flags)),
        origins=tuple(
            dict.fromkeys(text for p in document.passages for o in p.origins for text in _told_of(p, o))
        ),
    )


def _told_of(passage: Passage, origin: Origin) -> tuple[str, ...]:
    return (
        origin["version"], origin["attribution"], urlsplit(origin["url"]).hostname or "",
        str(passage.attributes.get("effective", "")),
    )  # fmt: skip


def _names(first: Passage) -> tuple[str, ...]:
    """A label's names are openFDA's; a page or a pair is called by its title, its focus and its synonyms."""
    if first.source in _LABELS:
        return tuple(map(str, first.attributes.get("names", ())))
    names = [first.subject or "", first.title]
    names += first.aliases if first.source not in _KEYWORDS else ()
    return tuple(dict.fromkeys(n for n in names if n))
