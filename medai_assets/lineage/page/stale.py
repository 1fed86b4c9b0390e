"""The page that says what is stale and why: `medai plan` in a browser."""

from __future__ import annotations

from collections import Counter
from typing import Any

from medai_assets.graph.graph import Graph
from medai_assets.lineage.page.page_context import PageContext
from medai_assets.lineage.page.rows import Shown
from medai_assets.planning.staleness import PartitionState, Staleness, Status
from medai_assets.storage import Input

# Worded for a reader who has not read docs/staleness.md.
MEANING = {
    Status.MISSING: "was never made",
    Status.STALE: "runs next",
    Status.WAITING: "runs only if what it waits for really changes",
    Status.HELD: "held back: a blocking check above it failed",
}


def stale(context: PageContext) -> Shown:
    """Every partition that is not fresh, with the reasons, by stage, and the names of those that are."""
    graph = Graph(context.settings)
    states = Staleness(graph, context.lineage.store).states()
    groups: dict[str, list[dict[str, Any]]] = {}
    fresh = [_named(state) for state in states.values() if state.status == Status.FRESH]
    for target, state in states.items():
        if state.status in MEANING:
            groups.setdefault(graph.nodes[target.asset].group, []).append(_row(state))
    counts = Counter(state.status for state in states.values())
    shown = (Status.STALE, Status.WAITING, Status.MISSING, Status.HELD, Status.FRESH)
    figures = [(str(status), counts[status]) for status in shown if counts[status]]
    return "stale.html", {"groups": groups, "fresh": fresh, "figures": figures}


def _named(state: PartitionState) -> dict[str, Any]:
    target, receipt = state.target, state.receipt
    ref = Input(target.asset, target.partition, receipt.data_version) if receipt else None
    return {"name": str(target), "ref": ref}


def _row(state: PartitionState) -> dict[str, Any]:
    return _named(state) | {
        "status": state.status,
        "meaning": MEANING[state.status],
        "reasons": state.reasons,
        "waits_for": [str(parent) for parent in state.waits_for],
    }
