"""The asset ``curated_corpus``: what the policy says, what was curated, published with its terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from medai_assets.corpus.curate.curation import ASSET, CurationReport, curate, known_comparisons
from medai_assets.corpus.curate.decontaminate import RUN
from medai_assets.corpus.curate.near_duplicates import JACCARD
from medai_assets.foundation.licences import LICENCES, LicencePolicy
from medai_assets.storage import Store, Stored

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
