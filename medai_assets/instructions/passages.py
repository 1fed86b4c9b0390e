"""Passages as the rules read them: one document's passages together, in order, whatever order they come in.

What belongs here: the plain view on PASSAGE rows. What does not: any rule. A rule sees a whole document, because good
answers join its parts (a boxed warning before a side effect, the care cards below the symptoms).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from medai_assets.foundation.name_hashes import hashed
from medai_assets.foundation.rows import Origin, PassageRow


@dataclass(frozen=True, slots=True)
class Passage:
    """One PASSAGE row; ``attributes`` parsed, ``origins`` as they are."""

    passage_id: str
    text: str
    title: str
    section: str
    heading: str
    document_id: str
    position: int
    source: str
    subject: str | None
    aliases: tuple[str, ...]
    audience: str
    evidence: str
    language: str
    attributes: dict[str, Any]
    flags: tuple[str, ...]
    origins: tuple[Origin, ...]

    @classmethod
    def from_row(cls, row: PassageRow) -> Passage:
        """From one row of a PASSAGE table; columns that rules do not read are left out."""
        return cls(
            passage_id=row["passage_id"],
            text=row["text"],
            title=row["title"],
            section=row["section"],
            heading=row["heading"],
            document_id=row["document_id"],
            position=row["position"],
            source=row["source"],
            subject=row["subject"],
            aliases=tuple(row["aliases"]),
            audience=row["audience"],
            evidence=row["evidence"],
            language=row["language"],
            attributes=orjson.loads(row["attributes"] or "{}"),
            flags=tuple(row["flags"]),
            origins=tuple(row["origins"]),
        )

    @property
    def is_part(self) -> bool:
        """Whether the passage is a later part of a section that was cut."""
        return int(self.attributes.get("part", 1)) > 1


@dataclass(frozen=True)
class SourceDocument:
    """The kept passages of one document, by position."""

    document_id: str
    passages: tuple[Passage, ...]
    # What several rules work out of it.
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def first(self) -> Passage:
        return self.passages[0]

    @property
    def source(self) -> str:
        return self.first.source

    @property
    def subject(self) -> str | None:
        return self.first.subject

    @cached_property
    def text(self) -> str:
        """All headings and texts, to look words up in."""
        return "\n".join(f"{p.heading}\n{p.text}" for p in self.passages)

    @cached_property
    def genre(self) -> str:
        """``condition``, ``symptom``, ``medicine`` or "", as the publisher says or the page's address shows."""
        genres = [str(g).lower() for p in self.passages for g in p.attributes.get("genre") or []]
        for name in ("symptom", "medicine", "condition"):
            if name in genres or (not genres and f":{name}s/" in self.document_id):
                return name
        return ""

    def of(self, *sections: str) -> list[Passage]:
        """Passages of these sections, in order."""
        return [p for p in self.passages if p.section in sections]


def documents(
    batches: Iterable[pa.RecordBatch], last_rows: npt.NDArray[np.bool_] | None = None
) -> Iterator[SourceDocument]:
    """Documents, each once all its passages were seen.

    Args:
        batches: PASSAGE rows in any order.
        last_rows: for each row whether it is its document's last, from ``last_row_of_documents``; with it only unfinished
            documents are held in memory, without it all are.
    """
    held: dict[str, list[Passage]] = {}
    row = -1
    for batch in batches:
        for values in batch.to_pylist():
            row += 1
            passage = Passage.from_row(values)
            held.setdefault(passage.document_id, []).append(passage)
            if last_rows is not None and last_rows[row]:
                yield _document(held.pop(passage.document_id))
    for document_id in sorted(held):
        yield _document(held[document_id])


def last_row_of_documents(batches: Iterable[pa.RecordBatch]) -> npt.NDArray[np.bool_]:
    """For each row whether it is its document's last; ``batches`` need the column ``document_id`` only."""
    keys = np.concatenate([np.zeros(0, np.int64), *(hashed(batch["document_id"]) for batch in batches)])
    last = np.zeros(len(keys), bool)
    last[len(keys) - 1 - np.unique(keys[::-1], return_index=True)[1]] = True
    return last


def _document(passages: list[Passage]) -> SourceDocument:
    ordered = tuple(sorted(passages, key=lambda p: (p.position, p.passage_id)))
    return SourceDocument(ordered[0].document_id, ordered)
