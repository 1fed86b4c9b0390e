"""Passages to the rows of the data set: rules, then the mixture, then the split, in a stable order.

Everything here is a function of the passages and the mixture; nothing is written. A document is held in memory only
until its last passage was read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.schemas import EXAMPLE, KINDS, REMOVED
from medai_assets.instructions.choice import number
from medai_assets.instructions.dataset.checks import is_masked
from medai_assets.instructions.dataset.mixture import Mixture, choose_examples
from medai_assets.instructions.dataset.split import split_rows
from medai_assets.instructions.kinds.safety_refusal import authored_rows
from medai_assets.instructions.language.framing import country
from medai_assets.instructions.passages import Passage, SourceDocument, documents
from medai_assets.instructions.rules import REGISTRY, Made, Rule, Setting

STAGE = "instruction_dataset"
STEP = "rules"
LANGUAGES = frozenset({"en"})
Progress = Callable[[float, float | None, str], None]


@dataclass
class Built:
    """The rows of the data set (EXAMPLE), passages that made none (REMOVED), and what was cut, by kind and reason."""

    rows: list[dict[str, Any]]
    removed: pa.Table
    cut: dict[str, dict[str, int]] = field(default_factory=dict)
    candidates: dict[str, int] = field(default_factory=dict)

    @property
    def table(self) -> pa.Table:
        return pa.Table.from_pylist(self.rows, schema=EXAMPLE)


class Candidates:
    """Collects what the rules make, each example once, with the documents' unused passages and why."""

    def __init__(self, mixture: Mixture) -> None:
        self.mixture = mixture
        place = country(mixture.emergency_country)
        self.setting = Setting(place, mixture.emergency_country, mixture.least_words, mixture.most_words)
        self.rows: list[dict[str, Any]] = []
        self.groups: list[str] = []
        self.removed: list[dict[str, Any]] = []
        self.refused: Counter[tuple[str, str]] = Counter()
        self._seen: set[str] = set()

    def document(self, document: SourceDocument) -> None:
        """Apply every rule that reads the document."""
        used: set[str] = set()
        read = [rule for rule in REGISTRY.values() if rule.reads(document)]
        if document.first.language in LANGUAGES:
            for made in (m for rule in read for m in rule.make(document, self.setting)):
                why = self._why_not(made)
                if why:
                    self.refused[made.rule.kind, why] += 1
                else:
                    used.update(p.passage_id for p in made.passages)
                    self.add(made.row(), document.document_id)
        for passage in document.passages:
            if passage.passage_id not in used:
                self._set_aside(passage, [rule for rule in read if rule.applies(passage)])

    def add(self, row: dict[str, Any], group: str) -> None:
        """Keep an example unless the same one is there."""
        if row["example_id"] not in self._seen:
            self._seen.add(row["example_id"])
            self.rows.append(row)
            self.groups.append(group)
        else:
            self.refused[row["kind"], "the same example again"] += 1

    def _why_not(self, made: Made) -> str | None:
        strays = made.answer.strays()
        if strays or not made.answer.passages:
            return "not the source's words"
        if made.answer.words < self.mixture.least_words:
            return "answer too short"
        if made.answer.words > self.mixture.most_words:
            return "answer too long"
        if len(made.prompt.split()) > self.mixture.most_prompt_words:
            return "prompt too long"
        return "masked text" if any(is_masked(text) for text in (made.prompt, made.answer.text)) else None

    def _set_aside(self, passage: Passage, rules: list[Rule]) -> None:
        if passage.language not in LANGUAGES:
            reason = f"language {passage.language}"
        else:
            reason = f"no rule {'fits this' if rules else 'asks about'} {passage.section}"
        self.removed.append(
            {
                "stage": STAGE,
                "step": STEP,
                "reason": reason,
                "detail": passage.heading or passage.title or None,
                "passage_id": passage.passage_id,
                "source": passage.source,
                "text": None,
                "origins": list(passage.origins),
            }
        )


class Unread:
    """Takes out of a stream the passages that no rule reads, whole columns at a time, and keeps them as REMOVED rows."""

    def __init__(self) -> None:
        self.batches: list[pa.RecordBatch] = []

    def without(self, passages: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The passages that a rule reads."""
        for batch in passages:
            wanted = is_read(batch)
            self.batches.append(self._removed(batch.filter(pc.invert(wanted))))
            yield batch.filter(wanted)

    def _removed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        rows = batch.num_rows
        named = {
            "stage": pa.repeat(STAGE, rows),
            "step": pa.repeat(STEP, rows),
            "reason": pc.binary_join_element_wise("no rule asks about", batch["section"], " "),
            "detail": pc.if_else(pc.equal(batch["heading"], ""), batch["title"], batch["heading"]),
            "passage_id": batch["passage_id"],
            "source": batch["source"],
            "text": pa.nulls(rows, pa.large_string()),
            "origins": batch["origins"],
        }
        return pa.record_batch([named[f.name].cast(f.type) for f in REMOVED], schema=REMOVED)


def is_read(batch: pa.RecordBatch) -> pa.BooleanArray:
    """Which passages (columns section and source) some rule reads."""
    wanted = pa.array(np.zeros(batch.num_rows, bool))
    for source in pc.unique(batch["source"]).to_pylist():
        rules = [r for r in REGISTRY.values() if not r.sources or source in r.sources]
        sections = sorted(frozenset().union(*(r.sections for r in rules)))
        of_source = pc.equal(batch["source"], source)
        wanted = pc.or_(
            wanted, pc.and_(of_source, pc.is_in(batch["section"], pa.array(sections, pa.string())))
        )
    return wanted


def build_examples(
    passages: Iterator[pa.RecordBatch],
    mixture: Mixture,
    *,
    last_rows: dict[str, int] | None = None,
    total: int | None = None,
    progress: Progress = lambda done, total, what: None,
) -> Built:
    """The data set made from PASSAGE batches in any order.

    Args:
        last_rows: see ``passages.documents``, over the passages that are read. total: their number, for the progress.
    """
    candidates = Candidates(mixture)
    unread = Unread()
    done = 0
    for document in documents(unread.without(passages), last_rows):
        candidates.document(document)
        done += len(document.passages)
        if done % 500 < len(document.passages):
            progress(done, total, "passages")
    for key, row in authored_rows(candidates.setting.place):
        candidates.add(row, f"authored:{key}")
    return _mixed_and_split(candidates, unread)


def _mixed_and_split(candidates: Candidates, unread: Unread) -> Built:
    mixture = candidates.mixture
    order = sorted(range(len(candidates.rows)), key=lambda p: candidates.rows[p]["example_id"])
    rows = [candidates.rows[p] for p in order]
    groups = [candidates.groups[p] for p in order]
    chosen = choose_examples(rows, groups, mixture)
    rows, groups = [rows[p] for p in chosen.kept], [groups[p] for p in chosen.kept]
    split = split_rows(rows, groups, mixture)
    cut = {kind: Counter(chosen.cut.get(kind, {})) for kind in KINDS}
    for (kind, why), count in sorted(candidates.refused.items()):
        cut[kind][why] += count
    kept = []
    for position, (row, side) in enumerate(zip(rows, split.splits)):
        if side is None:
            cut[row["kind"]][split.dropped[position]] += 1
        else:
            kept.append({**row, "split": side})
    kept.sort(key=lambda row: (row["split"], number(mixture.seed, "order", row["example_id"])))
    removed = pa.Table.from_batches(
        [*unread.batches, pa.RecordBatch.from_pylist(candidates.removed, schema=REMOVED)]
    )
    removed = removed.sort_by([("source", "ascending"), ("passage_id", "ascending"), ("reason", "ascending")])
    made = Counter(row["kind"] for row in candidates.rows)
    return Built(
        kept, removed, {k: dict(sorted(c.items())) for k, c in cut.items() if c}, dict(sorted(made.items()))
    )
