"""What the rules make of documents, one after the other, and what is proved of it.

What belongs here: a document's examples, the forms they are told in, its unused passages and why. What does not: what the
set as a whole says (build.py), where it is kept (by_slice.py). A document is in memory only until its last passage was read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.rows import ExampleRow, RemovedRow
from medai_assets.foundation.schemas import REMOVED
from medai_assets.instructions.dataset.checks import Forbidden, row_faults
from medai_assets.instructions.dataset.exclusions import NAME as LEFT_OUT
from medai_assets.instructions.dataset.exclusions import why_excluded
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.sample import AGAIN, Candidate, Sample, of_document
from medai_assets.instructions.dataset.set_aside import STAGE, SetAsideTally
from medai_assets.instructions.forms.registry import chosen_form, in_form
from medai_assets.instructions.language.framing import country
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.instructions.proof import prove
from medai_assets.instructions.rules import REGISTRY, Made, Rule, Setting
from medai_assets.sources.registry import sources_with

STEP = "rules"
# Their documents are one passage or two and come by the million; of all others a proof needs the whole document.
LITERATURE = sources_with("citation")
LANGUAGES = frozenset({"en"})
NOTHING = Forbidden()
ROWS_AT_ONCE = 2_000  # Python rows in memory before they are written
Write = Callable[[Any], object]


@dataclass
class Tally:
    """Counts over documents: proven examples by kind, examples that were none by (kind, reason), examples that stayed
    plain by (form, reason), unused passages by reason."""

    proven: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    not_formed: Counter[tuple[str, str]] = field(default_factory=Counter)
    unused: Counter[str] = field(default_factory=Counter)

    def counts(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "proven": dict(self.proven),
            "refused": [[*key, n] for key, n in self.refused.items()],
            "not_formed": [[*key, n] for key, n in self.not_formed.items()],
            "unused": dict(self.unused),
        }

    def add(self, counts: dict[str, Any]) -> None:
        """Add what another one told."""
        self.proven.update(counts["proven"])
        self.unused.update(counts["unused"])
        for name in ("refused", "not_formed"):
            getattr(self, name).update({(one, why): n for one, why, n in counts[name]})


class Candidates:
    """Collects what the rules make and what is proved of it, each example once, with the documents' unused passages and why.

    Attributes:
        removed, unshown: REMOVED rows so far, for the caller to take away. The passages of ``unshown`` stand in the prompt
            of an example told in another form: they are unused where it is not told so.
    """

    def __init__(self, mixture: Mixture) -> None:
        self.mixture = mixture
        place = country(mixture.emergency_country)
        self.setting = Setting(place, mixture.emergency_country, mixture.least_words, mixture.most_words)
        self.sample = Sample(mixture)
        self.tally = Tally()
        self.set_aside = SetAsideTally()
        self.removed: list[RemovedRow] = []
        self.unshown: list[RemovedRow] = []
        self._reading: dict[str, list[Rule]] = {}  # source -> rules

    @property
    def rows(self) -> list[ExampleRow]:
        """The examples that are held, plain."""
        return [one.row for one in self.sample.held()]

    def document(self, document: SourceDocument) -> None:
        """Apply every rule that reads the document."""
        read = self._rules_of(document)
        english = document.first.language in LANGUAGES
        faulty = SetAsideTally()
        proven = self._proven(document, read, faulty) if english else []
        held = of_document(proven, self.mixture)
        formed, why_plain = self._forms(held, document)
        for row in held:
            if row["kind"] in self.mixture.text_in_hand and row["example_id"] in why_plain:
                proven.remove(row)
                self.tally.proven[row["kind"]] -= 1
                faulty.add(
                    row, LEFT_OUT, f"not to be asked with its text in hand: {why_plain[row['example_id']]}"
                )
                continue
            self.sample.add(Candidate(row, document.document_id, formed.get(row["example_id"])))
        used = {passage for row in proven for passage in row["passage_ids"]}
        shown = {passage for row in formed.values() for passage in row["passage_ids"]}
        for passage in document.passages:
            if passage.passage_id not in used:
                where = self.unshown if passage.passage_id in shown else self.removed
                where.append(self._unused(passage, [rule for rule in read if rule.applies(passage)], faulty))
        self.removed += faulty.removed
        self.set_aside.count(faulty.counts, faulty.ids)

    def _rules_of(self, document: SourceDocument) -> list[Rule]:
        """Those that read it, looked up once a source."""
        if document.source not in self._reading:
            found = [rule for rule in REGISTRY.values() if rule.reads(document)]
            self._reading[document.source] = found
        return self._reading[document.source]

    def write_out(self, removed: Write, unshown: Write, at_once: int = ROWS_AT_ONCE) -> None:
        """Write and let go what is unused so far, if there is enough of it."""
        for rows, write in ((self.removed, removed), (self.unshown, unshown)):
            if len(rows) >= at_once:
                write(rows)
                rows.clear()

    def counts(self) -> dict[str, Any]:
        """All counts as JSON values."""
        return self.tally.counts() | {
            "again": dict(self.sample.count_again()),
            "set_aside": self.set_aside.by_kind,
            "ids": dict(self.set_aside.ids),
        }

    def add_counts(self, counts: dict[str, Any]) -> None:
        """Add what another one counted."""
        self.tally.add(counts)
        self.sample.met_again.update(counts["again"])
        self.set_aside.count(counts["set_aside"], counts["ids"])

    def _proven(self, document: SourceDocument, read: list[Rule], faulty: SetAsideTally) -> list[ExampleRow]:
        """The document's examples that hold, each once; the others go to ``faulty``."""
        found: dict[str, ExampleRow] = {}
        for made in (m for rule in read for m in rule.make(document, self.setting)):
            if why := self._why_not(made):
                self.tally.refused[made.rule.kind, why] += 1
                continue
            row = made.row()
            if row["example_id"] in found:
                self.tally.refused[row["kind"], AGAIN] += 1
            elif why := why_excluded(row, self.mixture.left_out):
                faulty.add(row, LEFT_OUT, why)
            elif fault := self._fault(row, document):
                faulty.add(row, *fault)
            else:
                found[row["example_id"]] = row
                self.tally.proven[row["kind"]] += 1
        return list(found.values())

    def _forms(
        self, rows: list[ExampleRow], document: SourceDocument
    ) -> tuple[dict[str, ExampleRow], dict[str, str]]:
        """Those of the document's examples in another form that are chosen for one, by the id of the plain one, and why
        the others that were chosen stay plain."""
        formed_rows: dict[str, ExampleRow] = {}
        why_plain: dict[str, str] = {}
        for row in rows:
            form = chosen_form(row, self.mixture.form_shares, self.mixture.seed, self.mixture.text_in_hand)
            if form is None:
                continue
            refused: Counter[tuple[str, str]] = Counter()
            formed = in_form(row, document, form, self.setting.country, refused, rows)
            fault = next(iter(row_faults(formed, self.mixture, NOTHING)), None) if formed else None
            if fault:
                refused[form.name, fault[1]] += 1
            elif formed:
                formed_rows[row["example_id"]] = formed
            for _, why in refused:
                why_plain[row["example_id"]] = why
            self.tally.not_formed += refused
        return formed_rows, why_plain

    def _fault(self, row: ExampleRow, document: SourceDocument) -> tuple[str, str] | None:
        """The first property or check that a row fails, with the reason."""
        found: list[tuple[str, str]] = list(row_faults(row, self.mixture, NOTHING))
        if not found:
            found = list(map(tuple, prove(row, document, self.setting.country)))  # type: ignore[arg-type]
        return next(iter(found), None)

    def _why_not(self, made: Made) -> str | None:
        misquotes = made.answer.misquotes()
        if misquotes or not made.answer.passages:
            return "not the source's words"
        if made.answer.words < self.mixture.least_words:
            return "answer too short"
        if made.answer.words > self.mixture.longest_answer(made.rule.kind):
            return "answer too long"
        return "prompt too long" if len(made.prompt.split()) > self.mixture.most_prompt_words else None

    def _unused(self, passage: Passage, rules: list[Rule], faulty: SetAsideTally) -> RemovedRow:
        if passage.language not in LANGUAGES:
            reason = f"language {passage.language}"
        elif passage.passage_id in faulty.of_passage:
            reason = f"its examples were set aside: {faulty.of_passage[passage.passage_id]}"
        else:
            reason = f"no rule {'fits this' if rules else 'asks about'} {passage.section}"
        self.tally.unused[reason] += 1
        return {
            "stage": STAGE,
            "step": STEP,
            "reason": reason,
            "detail": passage.heading or passage.title or None,
            "passage_id": passage.passage_id,
            "source": passage.source,
            "text": None,
            "origins": list(passage.origins),
        }


def unused_rows(batch: pa.RecordBatch, tally: Tally) -> pa.RecordBatch:
    """PASSAGE rows that no rule reads as REMOVED rows, whole columns at a time."""
    rows = batch.num_rows
    reasons = pc.binary_join_element_wise("no rule asks about", batch["section"], " ")
    for counted in pc.value_counts(reasons).to_pylist():
        tally.unused[counted["values"]] += counted["counts"]
    named = {
        "stage": pa.repeat(STAGE, rows),
        "step": pa.repeat(STEP, rows),
        "reason": reasons,
        "detail": pc.if_else(pc.equal(batch["heading"], ""), batch["title"], batch["heading"]),
        "passage_id": batch["passage_id"],
        "source": batch["source"],
        "text": pa.nulls(rows, pa.large_string()),
        "origins": batch["origins"],
    }
    return pa.record_batch([named[f.name].cast(f.type) for f in REMOVED], schema=REMOVED)


def is_read_by_a_rule(batch: pa.RecordBatch) -> pa.BooleanArray:
    """Which passages (columns section and source) some rule reads, or a proof needs to know the whole document."""
    wanted = pa.array(np.zeros(batch.num_rows, bool))
    for source in pc.unique(batch["source"]).to_pylist():
        rules = [r for r in REGISTRY.values() if not r.sources or source in r.sources]
        sections = sorted(frozenset().union(*(r.sections for r in rules)))
        of_source = pc.equal(batch["source"], source)
        read = (
            pc.is_in(batch["section"], pa.array(sections, pa.string())) if source in LITERATURE else of_source
        )
        wanted = pc.or_(wanted, pc.and_(of_source, read))
    return wanted
