"""Raw assets: one an upstream, one partition a slice, all made by one function."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from medai_assets.assets import checks
from medai_assets.assets.made_once import makes
from medai_assets.assets.resources import Medai
from medai_assets.assets.tables import licence_table, tally
from medai_assets.assets.work import work
from medai_assets.sources.registry import find_slice

if TYPE_CHECKING:
    from medai_assets.sources.collection import CollectionReport

# Set by `medai collect --accept-shrinkage` for the runs it starts.
ACCEPT_SHRINKAGE = "MEDAI_ACCEPT_SHRINKAGE"
FROM_SCRATCH = "MEDAI_FROM_SCRATCH"  # by `medai collect --from-scratch`


class CollectionConfig(dg.Config):
    """What a person may say for one run; neither changes what the slice is."""

    # Replace good data although the slice lost more records than the settings allow.
    accept_shrinkage: bool = False
    from_scratch: bool = False  # copy nothing, and use nothing that earlier attempts received


@makes("raw")
def collect(
    context: dg.AssetExecutionContext, config: CollectionConfig, medai: Medai
) -> dg.MaterializeResult:
    from medai_assets.sources.collection import collect_slice

    with work(context, medai) as job, medai.upstreams() as settings:
        wanted = find_slice(job.node.source or "", context.partition_key, settings)
        report = collect_slice(
            wanted,
            settings=settings,
            store=medai.store,
            run_id=context.run_id,
            code_version=job.node.code_version,
            fingerprint=job.fingerprint,
            finish=job.finish(
                lambda stored: checks.of_collection(
                    job.target.asset, stored.facts["counts"], stored.facts["licences"]
                )
            ),
            force_shrink=config.accept_shrinkage or bool(os.environ.get(ACCEPT_SHRINKAGE)),
            from_scratch=config.from_scratch or bool(os.environ.get(FROM_SCRATCH)),
            progress=job.progress,
        )
        described = {"asked for": f"{wanted.title} ({_query(wanted.query)})"} | _metadata(report)
        return job.result(report.stored, "records", described)


def _query(query: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in query.items()) or "all of it"


def _metadata(report: "CollectionReport") -> dict[str, Any]:
    """What the asset's page tells of a collection: what came, under which licence, what was set aside, at what cost."""
    counts = report.counts
    return {
        "records": counts["records"],
        **licence_table(report.licences, "records"),
        "newest record": report.newest or "the upstream gives no dates",
        "oldest record": report.oldest or "the upstream gives no dates",
        "set aside": counts["rejected"],
        **tally("set aside, by reason", "reason", report.rejected_reasons, "records"),
        **tally("recognised by their text", "flag", report.flags, "records"),
        "withdrawals": counts["withdrawals"],
        "requests": report.requests,
        "replies taken from the journal": report.replayed,
        "retries": report.retries,
        "received (MiB)": round(report.bytes / 2**20, 3),
        "seconds waited for the rate limit": round(report.waited_seconds, 2),
    }
