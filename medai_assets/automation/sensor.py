"""What runs by itself: the staleness rule as an automation condition, its sensor, and re-collection schedules.

All of it is switched off at first and switched on in the UI. The condition is level-triggered: it looks at the
state, not at events, so nothing is lost when a tick is missed, a cursor is reset or a run fails.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from medai_assets.automation.failed_attempts import (
    SEEN_FILE,
    TRIED_TAG,
    DigestLog,
    failed_attempts,
    failed_on_current_inputs,
    last_made,
)
from medai_assets.automation.orphaned_runs import fail_orphaned_runs
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.staleness import PartitionState, Staleness
from medai_assets.settings import Settings, get_settings
from medai_assets.sources.registry import SOURCES


@dataclass(frozen=True)
class TickState:
    """What one tick sees: every partition's state, and what failed on its current inputs."""

    at: float
    states: dict[PartitionId, PartitionState]
    failed: set[PartitionId]


_latest: TickState | None = None


def current_staleness() -> Staleness:
    """The staleness of the environment's settings now."""
    from medai_assets.storage import Store

    settings = get_settings()
    return Staleness(Graph(settings), Store(settings.store_root))


def _tick_state(context: dg.AutomationContext) -> TickState:
    """The state that one tick sees, taken once for all conditions of the tick."""
    global _latest
    view = context.asset_graph_view
    at = view.effective_dt.timestamp()
    if _latest is None or _latest.at != at:
        staleness = current_staleness()
        fail_orphaned_runs(view.instance, staleness.store)  # what died is no longer under way
        states = staleness.states()
        seen = DigestLog(staleness.graph.settings.work_dir / SEEN_FILE)
        attempts = failed_attempts(view.instance)
        made = last_made(view.instance, states, attempts)
        failed = failed_on_current_inputs(staleness, states, attempts, seen, made)
        seen.save()
        _latest = TickState(at, states, failed)
    return _latest


class _TickCondition(dg.AutomationCondition[dg.AssetKey]):
    """True for the partitions that the tick's state picks; the same at any tick with the same state of the world."""

    def evaluate(self, context: dg.AutomationContext) -> dg.AutomationResult:
        view = context.asset_graph_view
        look, hit = _tick_state(context), set()
        for candidate in context.candidate_subset.expensively_compute_asset_partitions():
            target = PartitionId(candidate.asset_key.to_user_string(), candidate.partition_key)
            if target in look.states and self.picks(look, target):
                hit.add(candidate)
        return dg.AutomationResult(context, view.get_asset_subset_from_asset_partitions(context.key, hit))

    @abstractmethod
    def picks(self, look: TickState, target: PartitionId) -> bool:
        """Whether the condition holds for a partition in this look."""


class NeedsRun(_TickCondition):
    """True for partitions that are missing or stale while all their ancestors are fresh."""

    @property
    def name(self) -> str:
        return "needs_run"

    def picks(self, look: TickState, target: PartitionId) -> bool:
        return look.states[target].needs_run


class FailedOnCurrentInputs(_TickCondition):
    """True for partitions whose last run failed, and neither code nor data nor settings have moved since."""

    @property
    def name(self) -> str:
        return "failed_on_current_inputs"

    def picks(self, look: TickState, target: PartitionId) -> bool:
        return target in look.failed


def only_what_is_stale() -> dg.AutomationCondition:
    """Request what needs a run; after a failure wait until something has moved, or a person runs it again."""
    condition = dg.AutomationCondition
    idle = ~condition.in_progress() & ~condition.any_deps_in_progress()
    return (NeedsRun() & idle & ~FailedOnCurrentInputs()).with_label("only_what_is_stale")


def with_policies(assets: Sequence[dg.AssetsDefinition], settings: Settings) -> list[dg.AssetsDefinition]:
    """Apply the condition to every asset and a freshness policy to every upstream's, in one place."""
    condition = only_what_is_stale()
    fresh_within = {source.asset: source.fresh_within for source in SOURCES.values()}

    def apply(spec: dg.AssetSpec) -> dg.AssetSpec:
        bound = fresh_within.get(spec.key.to_user_string())
        if bound is None or settings.profile == "sample":
            return spec.replace_attributes(automation_condition=condition)
        policy = dg.FreshnessPolicy.time_window(fail_window=bound, warn_window=bound * 0.8)
        return spec.replace_attributes(automation_condition=condition, freshness_policy=policy)

    return [asset.map_asset_specs(apply) for asset in assets]


def staleness_sensor() -> dg.AutomationConditionSensorDefinition:
    """Evaluates the condition in the code server, every minute once it is switched on."""
    return dg.AutomationConditionSensorDefinition(
        "only_what_is_stale",
        target=dg.AssetSelection.all(),
        use_user_code_server=True,
        emit_backfills=False,  # one run a partition, so that each fails and is repeated on its own
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Runs every partition that is missing or stale once its ancestors are fresh, and nothing else.",
    )


def collection_schedules(graph: Graph) -> list[dg.ScheduleDefinition]:
    """One schedule an upstream that re-collects all its slices."""
    return [_schedule(graph, source) for source in graph.sources]


def _schedule(graph: Graph, source: str) -> dg.ScheduleDefinition:
    asset = SOURCES[source].asset
    job = dg.define_asset_job(
        f"collect_{source}", selection=[asset], description=f"Re-collect slices of {source}."
    )

    @dg.schedule(
        name=f"collect_{source}",
        job=job,
        cron_schedule=SOURCES[source].schedule,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=f"Asks {source} again; what did not change leaves everything below fresh.",
    )
    def recollect(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        instant, staleness = context.scheduled_execution_time.isoformat(), current_staleness()
        return [
            dg.RunRequest(
                run_key=f"{asset}/{key}/{instant}",
                partition_key=key,
                asset_selection=[dg.AssetKey(asset)],
                tags={TRIED_TAG: staleness.digest(PartitionId(asset, key))},
            )
            for key in graph.partitions(asset)
            if key and graph.is_wanted(PartitionId(asset, key))
        ]

    return recollect
