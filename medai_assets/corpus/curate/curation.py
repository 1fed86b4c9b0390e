"""The asset ``curated_corpus``: all sources together, each statement once, nothing that may not be used.

What belongs here: the order of work and what is written. What does not: the rules (steps.py). Decisions are
made on compact columns; then each processed slice is rewritten with what is left of it (curated_slices.py).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pyarrow as pa

from medai_assets.corpus.curate import steps
from medai_assets.corpus.curate.continued import continued
from medai_assets.corpus.curate.curated_slices import merged_origins
from medai_assets.corpus.curate.deciding import Decided, Deciding
from medai_assets.corpus.curate.decontaminate import RUN
from medai_assets.corpus.curate.funnel import FUNNEL, REASONS, funnel
from medai_assets.corpus.curate.near_duplicates import JACCARD
from medai_assets.corpus.curate.notes import Notes, Verdicts, compared_table, note, verdict
from medai_assets.corpus.curate.rows import leaves_of
from medai_assets.corpus.curate.screening import Screen
from medai_assets.foundation.licences import LICENCES, LicencePolicy, terms_of
from medai_assets.foundation.parallel import LOCAL, Engine
from medai_assets.storage import Draft, Store, Stored, content_hash, text_digest

ASSET = "curated_corpus"
Progress = Callable[[float, float | None, str], None]


@dataclass(slots=True)
class CurationReport:
    """What curation did.

    Attributes:
        data_version: hash of what was kept and what was set aside, for ``Draft.publish``.
        licences: passages by licence, of those kept; ``refused``: of those the policy refused.
        terms: the terms of the whole (``licences.terms_of``).
        apart: near pairs that were not merged, by reason.
        slices, reused: processed slices, and how many of them needed no rewriting.
        seconds: time by step.
    """

    passages: int
    data_version: str
    removed: Counter[str]
    licences: Counter[str]
    refused: Counter[str]
    terms: dict[str, Any]
    apart: Counter[str]
    slices: int = 0
    reused: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


def curate(
    processed: Sequence[Stored],
    withdrawals: pa.Table,
    benchmark: pa.Table,
    policy: LicencePolicy,
    draft: Draft,
    *,
    code_version: str,
    jaccard: float = JACCARD,
    run: int = RUN,
    engine: Engine = LOCAL,
    progress: Progress = lambda done, total, what: None,
) -> CurationReport:
    """Curate processed slices into ``draft``: tables passages and removed (by reference), funnel and reasons.

    Args:
        processed: versions of ``processed_corpus``, or processed slices; their order does not matter.
        withdrawals: WITHDRAWAL rows. benchmark: BENCHMARK rows.
        code_version: of the stage: what another version of it has kept of a slice is not used.
        jaccard: similarity of 5-gram sets from which two passages are one. run: words that give a question away.
        engine: where slices are looked through for benchmark questions; the result does not depend on it.

    Raises:
        ValueError: there is nothing to curate, or a slice's signatures do not fit its passages.
    """
    clock, store = _Clock(), draft.store
    leaves = leaves_of(processed)
    screen = Screen(benchmark, run, code_version=code_version, store=store, engine=engine)
    screen.search(leaves)
    clock.lap("decontamination")
    settings = text_digest(policy.name, *sorted(policy.allowed), str(jaccard), screen.digest)
    notes = Notes.current(store, code_version)
    known = notes.comparisons() if notes else {}
    deciding = Deciding(policy, screen, jaccard, draft.directory, known)
    verdicts = continued(notes, leaves, withdrawals, deciding, settings) if notes else None
    clock.lap("notes")
    if verdicts is None:
        # The columns have no name here, so that they leave memory before the notes are written.
        verdicts = _written(
            store, replace(deciding, lap=clock.lap).of(leaves, withdrawals), code_version, progress
        )
        clock.lap("writing")
    note(store, verdicts, withdrawals, settings, code_version)
    for one in verdicts.slices:
        draft.reference(one.part)
    counted, reasons = funnel(leaves, [one.tally for one in verdicts.slices])
    draft.write_table("funnel", counted, FUNNEL)
    draft.write_table("reasons", reasons, REASONS)
    clock.lap("funnel")
    counts = (content_hash(table, table.column_names) for table in (counted, reasons))
    # What was set aside is content too: no version may point at another's.
    digests = sorted(one.part.data_version for one in verdicts.slices)
    return _report(verdicts, [*digests, *counts], clock)


def _written(store: Store, decided: Decided, code_version: str, progress: Progress) -> Verdicts:
    """What is left of all slices."""
    rows, decisions, found = decided.rows, decided.decisions, []
    merged, groups = merged_origins(rows, decisions), decisions.groups()
    for number, leaf in enumerate(rows.leaves):
        own = merged.of(leaf, decisions)
        found.append(verdict(store, leaf, rows, decisions, own, groups[leaf.span], code_version))
        progress(number + 1, len(rows.leaves), "slices")
    return Verdicts(found, decided.apart, compared_table(decided.compared))


def _report(verdicts: Verdicts, digests: list[str], clock: _Clock) -> CurationReport:
    by_step = {name: Counter[str]() for name in ("", *steps.STEPS)}
    for one in verdicts.slices:
        for (step, _, _, licence), count in one.tally.items():
            if step in by_step:
                by_step[step][licence] += count
    return CurationReport(
        passages=by_step[""].total(),
        data_version=text_digest(*digests),
        removed=Counter({name: by_step[name].total() for name in steps.STEPS}),
        licences=by_step[""],
        refused=by_step["licence"],
        terms=terms_of(by_step[""]),
        apart=verdicts.apart,
        slices=len(verdicts.slices),
        reused=sum(one.reused for one in verdicts.slices),
        seconds=clock.laps,
    )


class _Clock:
    """Seconds by step."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.monotonic()

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self.laps[name] = round(now - self._last, 3)
        self._last = now


POLICY_FILE = "values.json"


def publish_curated(
    store: Store,
    processed: Sequence[Stored],
    *,
    withdrawals: Stored,
    benchmarks: Stored,
    policy: Stored,
    publishing: dict[str, Any],
    engine: Engine = LOCAL,
    progress: Progress = lambda done, total, what: None,
) -> Stored:
    """Curate the processed sources and publish the result.

    Args:
        policy: the asset ``curation_policy``; ``values.json`` in it has licence_policy, own_licences,
            near_duplicate_jaccard and benchmark_ngram.
        publishing: arguments of ``Draft.publish``.

    Raises:
        LicenceUnknown: the policy names a licence that licences.py does not describe.
    """
    values = orjson.loads(policy.read(POLICY_FILE))
    with store.draft(ASSET) as draft:
        report = curate(
            processed,
            withdrawals.table("withdrawals"),
            benchmarks.table("questions"),
            LicencePolicy.of(values.get("licence_policy", "research"), values.get("own_licences") or ()),
            draft,
            jaccard=float(values.get("near_duplicate_jaccard", JACCARD)),
            run=int(values.get("benchmark_ngram", RUN)),
            code_version=publishing["code_version"],
            engine=engine,
            progress=progress,
        )
        return draft.publish(data_version=report.data_version, **publishing, metadata=metadata(report))


def metadata(report: CurationReport) -> dict[str, Any]:
    """The report as JSON values, for the manifest and the asset's page."""
    return {
        "passages": report.passages,
        "removed": {name: count for name, count in report.removed.items() if count},
        "licences": licence_table(report),
        "most_restrictive": report.terms["most_restrictive"],
        "terms": report.terms,
        "near_pairs_kept_apart": dict(sorted(report.apart.items())),
        "slices": report.slices,
        "slices_reused": report.reused,
        "seconds": report.seconds,
    }


def licence_table(report: CurationReport) -> list[dict[str, Any]]:
    """One row a licence: passages kept and refused, and whether the text may be passed on."""
    return [
        {
            "licence": name,
            "kept": report.licences.get(name, 0),
            "refused": report.refused.get(name, 0),
            "redistribution": "yes" if name in LICENCES and LICENCES[name].redistribution else "no",
            "conditions": "; ".join(LICENCES[name].conditions) if name in LICENCES else "unknown",
        }
        for name in sorted({*report.licences, *report.refused})
    ]
