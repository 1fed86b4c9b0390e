"""Every asset is made under its partition's claim, so that no two runs make one partition at a time or twice.

A run that waited while another made the partition takes over what that one made: the same data version and the same
verdicts of checks, with a word in its log. What a person asks for by name is made although it is fresh, unless it
was made since they asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import dagster as dg

from medai_assets.assets.checks import CHECKS, check_specs
from medai_assets.assets.declaration import asset_arguments
from medai_assets.assets.resources import Medai
from medai_assets.assets.work import target_of
from medai_assets.automation.heartbeat import beating_step
from medai_assets.graph.graph import Graph, Node, PartitionId
from medai_assets.planning.claims import claim
from medai_assets.planning.shared_settings import agree

if TYPE_CHECKING:
    from medai_assets.storage import Receipt

Make = Callable[..., dg.MaterializeResult]
Checks = Mapping[str, tuple[str, bool]]
BY_SENSOR = "dagster/from_automation_condition"  # Dagster's tag of runs that nobody asked for by name


class AssetMaker(NamedTuple):
    """What makes an asset: its function, the same under the claim of the partition, and the checks of what it makes."""

    make: Make
    made_once: Callable[..., Iterator[dg.MaterializeResult]]
    checks: Checks


_MAKERS: dict[str, AssetMaker] = {}


def makes(*assets: str, checks: Checks | None = None) -> Callable[[Make], Make]:
    """Notes the function that makes assets of the graph; ``raw`` stands for those of all sources.

    Args:
        checks: as of ``CHECKS``, where that table does not hold them.
    """

    def noted(make: Make) -> Make:
        for name in assets:
            _MAKERS[name] = AssetMaker(make, _made_once(make), checks or CHECKS[name])
        return make

    return noted


def asset_maker(node: Node) -> AssetMaker:
    """What makes an asset."""
    return _MAKERS["raw" if node.source else node.name]


def declared(graph: Graph) -> list[dg.AssetsDefinition]:
    """``dg.asset`` for each node of the graph."""
    return [
        dg.asset(
            **asset_arguments(graph, name), check_specs=check_specs(graph, name, asset_maker(node).checks)
        )(asset_maker(node).made_once)
        for name, node in graph.nodes.items()
    ]


def _made_once(make: Make) -> Callable[..., Iterator[dg.MaterializeResult]]:
    @wraps(make)
    def made_once(
        context: dg.AssetExecutionContext, *, medai: Medai, **others: Any
    ) -> Iterator[dg.MaterializeResult]:
        target = target_of(context)
        agree(medai.graph, medai.store)
        before = _receipt(medai, target)

        def wait(holder: str) -> None:
            context.log.info(
                f"{target} is waiting: {holder}. Its result will be used instead of making it again."
            )

        # Yielded within the claim: whoever waits for it finds the materialization and its checks in Dagster's log.
        with (
            beating_step(context.instance, context.run, medai.store, medai.settings.host),
            claim(medai.settings, target, f"run {context.run_id} of Dagster", wait),
        ):
            made = _made_meanwhile(context, medai, target, before)
            if made is None:
                with _reported_live(context, medai, target):
                    made = make(context, medai=medai, **others)
            yield made

    return made_once


@contextmanager
def _reported_live(context: dg.AssetExecutionContext, medai: Medai, target: PartitionId) -> Iterator[None]:
    """Tell an OpenLineage receiver, where one is configured, that the partition is begun, made or not."""
    from medai_assets.lineage.live_events import LiveEvents, is_configured
    from medai_assets.storage import Input

    if not is_configured():
        yield
        return

    def inputs() -> list[Input]:
        parents = ((one, _receipt(medai, one)) for one in medai.staleness().used_parents(target))
        return [Input(one.asset, one.partition, receipt.data_version) for one, receipt in parents if receipt]

    live = LiveEvents(
        medai.settings, medai.store, target.asset, target.partition, context.run_id, context.log.warning
    )
    with live.around(inputs):
        yield


def _made_meanwhile(
    context: dg.AssetExecutionContext, medai: Medai, target: PartitionId, before: Receipt | None
) -> dg.MaterializeResult | None:
    """What another run made since this one was asked for; None where this one has to make it."""
    receipt = _receipt(medai, target)
    if receipt is None or receipt.run_id == context.run_id:
        return None
    meanwhile = before is None or before.run_id != receipt.run_id or _overlap(context, receipt.run_id)
    if not meanwhile and BY_SENSOR not in context.run.tags:
        return None
    if medai.staleness().states()[target].reasons:
        return None  # something moved since
    checks = _verdicts(context, target, receipt.run_id)
    if checks is None:
        context.log.info(
            f"Run {receipt.run_id} made {target}, but Dagster has no check results for it, so it is made again."
        )
        return None
    context.log.info(f"Run {receipt.run_id} has made {target} in the meantime: nothing left to do.")
    return dg.MaterializeResult(
        data_version=dg.DataVersion(receipt.data_version),
        metadata={
            "made by run": receipt.run_id,
            "lineage": dg.MetadataValue.url(medai.lineage_url(target, receipt.data_version)),
            "data version": receipt.data_version,
        },
        check_results=checks,
    )


def _receipt(medai: Medai, target: PartitionId) -> Receipt | None:
    """The current receipt; None also for a damaged one, which says nothing of what was made."""
    from medai_assets.storage import StoreError

    try:
        return medai.store.current_receipt(*target)
    except StoreError:
        return None


def _overlap(context: dg.AssetExecutionContext, other: str) -> bool:
    """Whether the other run was begun after this one was asked for, or was under way at that moment."""
    records = context.instance.get_run_records(dg.RunsFilter(run_ids=[context.run_id, other]))
    found = {record.dagster_run.run_id: record for record in records}
    if len(found) < 2:
        return False
    mine, theirs = found[context.run_id], found[other]
    asked = mine.create_timestamp.timestamp()
    began, ended = theirs.start_time or asked, theirs.end_time or asked
    value: bool = theirs.storage_id > mine.storage_id or began <= asked <= ended
    return value


def _verdicts(
    context: dg.AssetExecutionContext, target: PartitionId, run_id: str
) -> list[dg.AssetCheckResult] | None:
    """What a run's checks of the partition found; None unless all are in Dagster's log."""
    found = {}
    for entry in context.instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        if entry.dagster_event is None:
            continue
        evaluation = entry.dagster_event.asset_check_evaluation_data
        if (evaluation.asset_key.to_user_string(), evaluation.partition) == (target.asset, target.partition):
            found[evaluation.check_name] = dg.AssetCheckResult(
                asset_key=evaluation.asset_key,
                check_name=evaluation.check_name,
                passed=evaluation.passed,
                severity=evaluation.severity,
                metadata=evaluation.metadata,
                description=evaluation.description,
            )
    wanted = {key.name for key in context.assets_def.check_keys}
    return list(found.values()) if found.keys() == wanted else None
