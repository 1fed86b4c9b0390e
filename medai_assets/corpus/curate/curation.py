"""The asset ``curated_corpus``: all sources together, each statement once, nothing that may not be used.

What belongs here: the order of work and what is written. What does not: the rules (steps.py). Decisions are
made on compact columns; then each processed slice is rewritten with what is left of it (curated_slices.py).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from medai_assets.corpus.curate import steps
from medai_assets.corpus.curate.curated_slices import merged_origins, written
from medai_assets.corpus.curate.decontaminate import RUN
from medai_assets.corpus.curate.funnel import FUNNEL, REASONS, funnel
from medai_assets.corpus.curate.near_duplicates import JACCARD
from medai_assets.corpus.curate.rows import PassageRows, leaves_of, load_rows
from medai_assets.corpus.curate.screening import Screen
from medai_assets.foundation.licences import LICENCES, LicencePolicy, terms_of
from medai_assets.storage import Draft, Store, Stored, StoreError, content_hash, text_digest

ASSET = "curated_corpus"
MOST_COMPARISONS_KEPT = 500_000
# Near pairs whose texts were compared: spares the next curation reading them again.
COMPARED = pa.schema(
    [
        pa.field("member", pa.string(), nullable=False),
        pa.field("head", pa.string(), nullable=False),
        pa.field("jaccard", pa.float64(), nullable=False),
        pa.field("says_more", pa.bool_(), nullable=False),
    ]
)
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
    known: steps.Compared | None = None,
    progress: Progress = lambda done, total, what: None,
) -> CurationReport:
    """Curate processed slices into ``draft``: tables passages and removed (by reference), funnel and reasons.

    Args:
        processed: versions of ``processed_corpus``, or processed slices; their order does not matter.
        withdrawals: WITHDRAWAL rows. benchmark: BENCHMARK rows.
        code_version: of the stage: what another version of it has kept of a slice is not used.
        jaccard: similarity of 5-gram sets from which two passages are one. run: words that give a question away.
        known: what ``known_comparisons`` found; pairs in it are not read again.

    Raises:
        ValueError: there is nothing to curate, or a slice's signatures do not fit its passages.
    """
    clock = _Clock()
    leaves = leaves_of(processed)
    rows = load_rows(leaves, draft.directory)
    decisions = steps.Decisions.of(len(rows))
    clock.lap("columns")
    steps.newest_versions(rows, decisions)
    steps.withdrawn(rows, decisions, withdrawals)
    steps.licensed(rows, decisions, policy)
    clock.lap("withdrawals and licences")
    screen = Screen(benchmark, run, code_version=code_version, store=draft.store)
    for number, leaf in enumerate(leaves):
        steps.decontaminated(decisions, screen.hits(leaf))
        progress(number + 1, 2 * len(leaves), "slices")
    clock.lap("decontamination")
    steps.exact_duplicates(rows, decisions)
    steps.template_texts(rows, decisions)
    clock.lap("exact duplicates")
    apart, compared = steps.merge_near_duplicates(rows, decisions, jaccard, known)
    clock.lap("near duplicates")
    merged = merged_origins(rows, decisions)
    digests, reused = [], 0
    for number, leaf in enumerate(leaves):
        own = merged.of(leaf, decisions)
        part, was_kept = written(draft.store, leaf, rows.passage_ids, decisions, own, code_version)
        draft.reference(part)
        # What was set aside is content too: no version may point at another's.
        digests.append(part.data_version)
        reused += was_kept
        progress(len(leaves) + number + 1, 2 * len(leaves), "slices")
    clock.lap("writing")
    counted, reasons = funnel(leaves, rows, decisions)
    draft.write_table("funnel", counted, FUNNEL)
    draft.write_table("reasons", reasons, REASONS)
    draft.write_table("compared", _compared_table(compared), COMPARED)
    clock.lap("funnel")
    counts = (content_hash(table, table.column_names) for table in (counted, reasons))
    return _report(rows, decisions, [*sorted(digests), *counts], apart, len(leaves), reused, clock)


def _report(
    rows: PassageRows,
    decisions: steps.Decisions,
    digests: list[str],
    apart: Counter[str],
    slices: int,
    reused: int,
    clock: _Clock,
) -> CurationReport:
    kept = decisions.step < 0
    licences = _by_licence(rows, kept)
    return CurationReport(
        passages=int(kept.sum()),
        data_version=text_digest(*digests),
        removed=Counter({name: int((decisions.step == n).sum()) for n, name in enumerate(steps.STEPS)}),
        licences=licences,
        refused=_by_licence(rows, decisions.step == steps.STEPS.index("licence")),
        terms=terms_of(licences),
        apart=apart,
        slices=slices,
        reused=reused,
        seconds=clock.laps,
    )


def known_comparisons(store: Store, code_version: str) -> steps.Compared:
    """Comparisons of pairs of texts that the current corpus holds, where the same code made them; else none."""
    try:
        before = store.current(ASSET)
        if before is None or not before.has_table("compared") or before.manifest.code_version != code_version:
            return {}
        compared = before.table("compared")
    except StoreError:  # removed by hand, which is why it is made again: all pairs are compared anew
        return {}
    rows = zip(*(compared[name].to_pylist() for name in COMPARED.names))
    return {(member, head): (jaccard, more) for member, head, jaccard, more in rows}


def _compared_table(compared: steps.Compared) -> pa.Table:
    rows = [(*ids, *values) for ids, values in sorted(compared.items())][:MOST_COMPARISONS_KEPT]
    return pa.table(
        [pa.array(column, f.type) for column, f in zip(zip(*rows) if rows else [()] * 4, COMPARED)],
        schema=COMPARED,
    )


def _by_licence(rows: PassageRows, wanted: np.ndarray) -> Counter[str]:
    codes, counts = np.unique(rows.licence[wanted], return_counts=True)
    return Counter({rows.licences[code]: count for code, count in zip(codes.tolist(), counts.tolist())})


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
    progress: Callable[[float, float | None, str], None] = lambda done, total, what: None,
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
            known=known_comparisons(store, publishing["code_version"]),
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
