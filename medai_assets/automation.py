"""What runs by itself: the staleness rule as an automation condition, its sensor, and re-collection schedules.

All of it is switched off at first and switched on in the UI. The condition is level-triggered: it looks at the
state, not at events, so nothing is lost when a tick is missed, a cursor is reset or a run fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from medai_assets.graph import Graph, PartitionId
from medai_assets.settings import Settings, get_settings
from medai_assets.staleness import PartitionState, Staleness

# How often an upstream changes, so how often it is worth asking (docs/data.md); hours are UTC.
SCHEDULES = {
    "fda": "0 6 * * 2",  # label data update weekly
    "pubmed": "0 3 * * 6",  # NCBI asks that large jobs run at weekends or at night, US Eastern
    "pubmed_bulk": "0 4 * * 6",
    "nhs": "0 5 */3 * *",  # terms: at least every seven days
    "cdc": "0 6 * * 3",
    "medquad": "0 6 1 * *",
    "huggingface": "0 6 1 * *",
}
FRESH_WITHIN = {
    "fda": timedelta(days=14),
    "pubmed": timedelta(days=14),
    "pubmed_bulk": timedelta(days=14),
    "nhs": timedelta(days=7),
    "cdc": timedelta(days=14),
    "medquad": timedelta(days=60),
    "huggingface": timedelta(days=60),
}
_latest: tuple[float, dict[PartitionId, PartitionState]] | None = None


def _states(at: float) -> dict[PartitionId, PartitionState]:
    """States at one tick, worked out once for all conditions of the tick."""
    global _latest
    if _latest is None or _latest[0] != at:
        from medai_assets.storage import Store

        settings = get_settings()
        _latest = at, Staleness(Graph(settings), Store(settings.store_root)).states()
    return _latest[1]


class NeedsRun(dg.AutomationCondition[dg.AssetKey]):
    """True for partitions that are missing or stale while all their ancestors are fresh."""

    @property
    def name(self) -> str:
        return "needs_run"

    def evaluate(self, context: dg.AutomationContext) -> dg.AutomationResult:
        view = context.asset_graph_view
        states = _states(view.effective_dt.timestamp())
        hit = set()
        for candidate in context.candidate_subset.expensively_compute_asset_partitions():
            target = PartitionId(candidate.asset_key.to_user_string(), candidate.partition_key)
            if target in states and states[target].needs_run:
                hit.add(candidate)
        return dg.AutomationResult(context, view.get_asset_subset_from_asset_partitions(context.key, hit))


def only_what_is_stale() -> dg.AutomationCondition:
    """Request what needs a run; after a failure wait until code or data have moved, or a person runs it again."""
    condition = dg.AutomationCondition
    moved = (
        condition.code_version_changed() | condition.any_deps_match(condition.data_version_changed())
    ).since(condition.newly_requested())
    idle = ~condition.in_progress() & ~condition.any_deps_in_progress()
    return (NeedsRun() & idle & (~condition.execution_failed() | moved)).with_label("only_what_is_stale")


def with_policies(assets: Sequence[dg.AssetsDefinition], settings: Settings) -> list[dg.AssetsDefinition]:
    """Apply the condition to every asset and a freshness policy to every upstream's, in one place."""
    condition = only_what_is_stale()

    def apply(spec: dg.AssetSpec) -> dg.AssetSpec:
        source = spec.key.to_user_string().removeprefix("raw_")
        if source not in FRESH_WITHIN or settings.profile == "sample":
            return spec.replace_attributes(automation_condition=condition)
        policy = dg.FreshnessPolicy.time_window(
            fail_window=FRESH_WITHIN[source], warn_window=FRESH_WITHIN[source] * 0.8
        )
        return spec.replace_attributes(automation_condition=condition, freshness_policy=policy)

    return [asset.map_asset_specs(apply) for asset in assets]


def staleness_sensor() -> dg.AutomationConditionSensorDefinition:
    """Evaluates the condition in the code server, every minute once it is switched on."""
    return dg.AutomationConditionSensorDefinition(
        "only_what_is_stale",
        target=dg.AssetSelection.all(),
        use_user_code_server=True,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Runs every partition that is missing or stale once its ancestors are fresh, and nothing else.",
    )


def collection_schedules(graph: Graph) -> list[dg.ScheduleDefinition]:
    """One schedule an upstream that re-collects all its slices."""
    return [_schedule(graph, source) for source in graph.sources]


def _schedule(graph: Graph, source: str) -> dg.ScheduleDefinition:
    asset = f"raw_{source}"
    job = dg.define_asset_job(
        f"collect_{source}", selection=[asset], description=f"Re-collect slices of {source}."
    )

    @dg.schedule(
        name=f"collect_{source}",
        job=job,
        cron_schedule=SCHEDULES[source],
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=f"Asks {source} again; what did not change leaves everything below fresh.",
    )
    def recollect(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        instant = context.scheduled_execution_time.isoformat()
        return [
            dg.RunRequest(run_key=f"{asset}/{key}/{instant}", partition_key=key)
            for key in graph.partitions(asset)
            if key and graph.is_wanted(PartitionId(asset, key))
        ]

    return recollect
