"""Waiting while a run of the page, or of its sensor, makes what `medai run` is about to make, or uses its pool."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from medai_assets.automation.orphaned_runs import HOST_TAG, PARTITION_TAG, STARTED_TAG, fail_orphaned_runs
from medai_assets.foundation.progress import ProgressFile
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.claims import Waiting
from medai_assets.settings import Settings
from medai_assets.storage import Store

if TYPE_CHECKING:
    import dagster as dg

PAGE_POLL_SECONDS = 2.0


def waited_for_the_page(instance: dg.DagsterInstance, settings: Settings, target: PartitionId) -> bool:
    """Wait until no run of the page is at it, and say meanwhile which one is; whether there was one.

    Raises:
        WaitedTooLong: it took longer than the settings allow.
    """
    graph, store, waiting = Graph(settings), Store(settings.store_root), Waiting(settings, target)
    progress = ProgressFile.of(settings.work_dir, str(target))
    waited = False
    while True:
        fail_orphaned_runs(instance, store)
        who = _page_is_at(instance, graph, target)
        if who is None:
            if waited:
                progress.remove()
            return waited
        waited = True
        progress(0, None, f"waits: {who}")
        waiting.look(who)
        time.sleep(PAGE_POLL_SECONDS)


def _page_is_at(instance: dg.DagsterInstance, graph: Graph, target: PartitionId) -> str | None:
    """Which run of the page makes the partition or uses its pool, in words; None for none."""
    import dagster as dg

    status, pool = dg.DagsterRunStatus, graph.nodes[target.asset].pool
    for run in instance.get_runs(dg.RunsFilter(statuses=[status.STARTING, status.STARTED])):
        if STARTED_TAG in run.tags:  # of a `medai run`: known by its lock
            continue
        assets = {key.to_user_string() for key in run.asset_selection or ()} & graph.nodes.keys()
        partition = run.tags.get(PARTITION_TAG)
        same = target.asset in assets and partition == target.partition
        if same or (pool is not None and pool in {graph.nodes[name].pool for name in assets}):
            made = ", ".join(str(PartitionId(name, partition)) for name in sorted(assets))
            host = f" on the host {run.tags[HOST_TAG]}" if HOST_TAG in run.tags else ""
            return f"run {run.run_id} of Dagster's page is making {made}{host}"
    return None
