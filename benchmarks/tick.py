"""One tick of the automation condition, and one plan, over a settled live graph of about 200 partitions.

Run as a script. The ratio is the allowed 3 seconds over the tick's wall seconds.
"""

from __future__ import annotations

import os
import tempfile
import time
import warnings
from pathlib import Path

import dagster as dg
from common import print_ratio, print_table

from medai_assets.definitions import build_defs
from medai_assets.graph.graph import PartitionId
from medai_assets.planning.staleness import Staleness
from medai_assets.settings import get_settings
from medai_assets_tests import world as world_module
from medai_assets_tests.world import World

ALLOWED_SECONDS = 3.0


def settled(folder: Path) -> World:
    """A live world with all slices, everything made once."""
    world_module.FEW.clear()
    world = World(folder, sources=None)
    for asset in world.graph.nodes:
        if asset.startswith("raw_"):
            for key in world.graph.partitions(asset):
                world.upstream.setdefault(PartitionId(asset, key), {f"{asset}:{key}": "text"})
    for target in world.graph.all_partitions():
        world.materialize(target)
    return world


def main() -> None:
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder, dg.DagsterInstance.ephemeral() as instance:
        world = settled(Path(folder))
        partitions = list(world.graph.all_partitions())
        started = time.perf_counter()
        states = Staleness(world.graph, world.store).states()
        planned = time.perf_counter() - started
        get_settings.cache_clear()
        os.environ |= {"MEDAI_DATA": folder, "MEDAI_PROFILE": "live"}
        defs = build_defs(world.settings)
        started = time.perf_counter()
        result = dg.evaluate_automation_conditions(defs=defs, instance=instance)
        ticked = time.perf_counter() - started
        assert not any(s.needs_run for s in states.values())
        assert result.total_requested == 0
    rows = [
        ["partitions", str(len(partitions))],
        ["plan, seconds", f"{planned:.2f}"],
        ["tick, seconds", f"{ticked:.2f}"],
    ]
    print_table(["what", "value"], rows)
    print_ratio("tick", ALLOWED_SECONDS / ticked, 1.0)


if __name__ == "__main__":
    main()
