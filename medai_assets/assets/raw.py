"""Raw assets: one an upstream, one partition a slice, all made by one factory."""

import os
from typing import TYPE_CHECKING, Any

import dagster as dg

from medai_assets.assets import checks
from medai_assets.assets.common import asset_arguments, counts_table, work
from medai_assets.assets.resources import Medai
from medai_assets.graph import Graph
from medai_assets.partitions import find_slice

if TYPE_CHECKING:
    from medai_assets.sources.collection import CollectionReport

# Set by `medai collect --accept-shrinkage` for the runs it starts.
ACCEPT_SHRINKAGE = "MEDAI_ACCEPT_SHRINKAGE"


class CollectionConfig(dg.Config):
    """What a person may say for one run; neither changes what the slice is."""

    accept_shrinkage: bool = (
        False  # replace good data although the slice lost more records than the settings allow
    )


def raw_assets(graph: Graph) -> list[dg.AssetsDefinition]:
    """One asset for each upstream in use."""
    return [_raw_asset(graph, name) for name, node in graph.nodes.items() if node.source]


def _raw_asset(graph: Graph, name: str) -> dg.AssetsDefinition:
    @dg.asset(**asset_arguments(graph, name), check_specs=checks.check_specs(graph, name))
    def collect(
        context: dg.AssetExecutionContext, config: CollectionConfig, medai: Medai
    ) -> dg.MaterializeResult:
        from medai_assets.sources.collection import collect_slice

        with work(context, medai) as job, medai.upstreams() as settings:
            wanted = find_slice(job.node.source or "", context.partition_key, settings.profile)
            report = collect_slice(
                wanted,
                settings=settings,
                store=medai.store,
                run_id=context.run_id,
                code_version=job.node.code_version,
                fingerprint=job.fingerprint,
                force_shrink=config.accept_shrinkage or bool(os.environ.get(ACCEPT_SHRINKAGE)),
                progress=job.progress,
            )
            judged = checks.of_collection(name, report.counts, report.licences)
            return job.result(report.stored, "records", _metadata(report), judged)

    return collect


def _metadata(report: "CollectionReport") -> dict[str, Any]:
    """What the asset's page tells of a collection."""
    shown: dict[str, Any] = {
        "records": report.counts["records"],
        "rejected": report.counts["rejected"],
        "withdrawals": report.counts["withdrawals"],
        "newest record": report.newest or "",
        "oldest record": report.oldest or "",
        "requests": report.requests,
        "replies taken from the journal": report.replayed,
        "retries": report.retries,
        "bytes received": report.bytes,
        "seconds waited for the rate limit": round(report.waited_seconds, 2),
    }
    for title, noun, counts in (
        ("licences", "licence", report.licences),
        ("flags", "flag", report.flags),
        ("rejected, by reason", "reason", report.rejected_reasons),
    ):
        if counts:
            shown[title] = counts_table([{noun: key, "records": count} for key, count in counts.items()])
    return shown
