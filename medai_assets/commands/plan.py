"""`medai plan`: what is stale, why, and what waits to see; nothing runs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.text import Text
from rich.tree import Tree

from medai_assets.commands import console
from medai_assets.graph.graph import Graph, PartitionId, recipe_keys
from medai_assets.instructions.language.framing import COUNTRIES
from medai_assets.planning.shared_settings import difference
from medai_assets.planning.staleness import PartitionState, Staleness, Status
from medai_assets.settings import get_settings
from medai_assets.storage import Store
from medai_assets.storage.snapshot import consistent_view

MARKS = {
    Status.MISSING: ("+", "green"),
    Status.STALE: ("~", "yellow"),
    Status.WAITING: ("…", "cyan"),
    Status.HELD: ("!", "red"),
    Status.FRESH: ("=", "dim"),
    Status.ON_REQUEST: ("·", "dim"),
}

MAY_RUN = (Status.STALE, Status.WAITING, Status.MISSING)
CHECK_IT = "check it (`medai lineage` finds records by words). If it ever arrives, it will be kept out."


def plan(
    as_json: Annotated[bool, typer.Option("--json", help="Print the states as JSON.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show fresh partitions too.")] = False,
) -> None:
    """Show what is stale and why, and what would follow. Exit code 0: nothing is stale; 2: something is."""
    graph = checked_graph()
    store = Store(graph.settings.store_root)
    with consistent_view(store):
        states = Staleness(graph, store).states()
        if problem := difference(graph, store):
            console.say_on_stderr(f"[yellow]medai:[/] {escape(problem)}.")
        if as_json:
            console.print_json(json.dumps(plan_document(graph, states)))
        else:
            print_plan(graph, states, everything)
    raise typer.Exit(console.STALE if any(s.needs_run for s in states.values()) else console.OK)


def checked_graph() -> Graph:
    """The graph of the environment's settings; ends the command with one sentence where they are wrong."""
    try:
        graph = Graph(get_settings())
        known = recipe_keys(graph.settings)
        if unknown := sorted(set(graph.settings.base_models or ()) - set(known)):
            raise ValueError(
                f"MEDAI_BASE_MODELS names {', '.join(unknown)}; the recipes are {', '.join(known)}"
            )
        if not graph.sources:  # raises on a source that does not exist
            raise ValueError("MEDAI_SOURCES names no source; leave it unset for all of them")
        if graph.settings.config and not graph.settings.config.is_dir():
            raise ValueError(f"MEDAI_CONFIG names {graph.settings.config}, which is not a folder")
        if graph.settings.emergency_country.upper() not in COUNTRIES:
            raise ValueError(
                f"MEDAI_EMERGENCY_COUNTRY is {graph.settings.emergency_country!r}; emergency numbers are known for "
                f"{', '.join(COUNTRIES)}"
            )
        return graph
    except ValueError as error:  # pydantic's errors are ValueErrors too
        raise console.fail(escape(str(error)), console.USAGE) from None


def plan_document(graph: Graph, states: dict[PartitionId, PartitionState]) -> dict[str, Any]:
    """The plan as data: one entry a partition, and what each stale one may reach."""
    stale = {t for t, s in states.items() if s.needs_run}
    return {
        "stale": len(stale),
        "seconds_expected": round(expected_seconds(states, states)),
        "partitions": [
            {
                "asset": t.asset,
                "partition": t.partition,
                "status": str(s.status),
                "reasons": list(s.reasons),
                "waits_for": [str(p) for p in s.waits_for],
                "data_version": s.receipt.data_version if s.receipt else None,
                "seconds_expected": _seconds(s),
            }
            for t, s in states.items()
        ],
        "take_downs_without_a_record": take_downs_without_record(graph),
        "may_follow": sorted(str(t) for t in graph.downstream(stale)),
    }


def take_downs_without_record(graph: Graph) -> list[str]:
    """Take-downs that name no record collected so far; none where the file cannot be read, which the plan tells."""
    from medai_assets.sources.take_downs import TakeDownError
    from medai_assets.withdrawals import erase

    try:
        return erase.take_downs_without_record(
            Store(graph.settings.store_root), graph.settings.take_downs_file
        )
    except TakeDownError:
        return []


def print_plan(graph: Graph, states: dict[PartitionId, PartitionState], everything: bool = False) -> None:
    """The plan as a tree by group and asset, and what the user should know beside it."""
    _print_tree(graph, states, everything)
    for record in take_downs_without_record(graph):
        console.say(
            f"[red]{escape(record)} is withdrawn, but no record collected so far has this id[/]; {CHECK_IT}"
        )


def _print_tree(graph: Graph, states: dict[PartitionId, PartitionState], everything: bool) -> None:
    shown = {
        t: s for t, s in states.items() if everything or s.status not in (Status.FRESH, Status.ON_REQUEST)
    }
    if not shown:
        console.out.print("[green]Nothing is stale.[/]")
        return
    by_asset: dict[str, list[PartitionState]] = defaultdict(list)
    for target, state in shown.items():
        by_asset[target.asset].append(state)
    tree = Tree(
        "[bold]What would run[/]   [green]+[/] missing   [yellow]~[/] stale   [cyan]…[/] waits to see whether its parent changes"
    )
    groups: dict[str, Tree] = {}
    for asset, members in by_asset.items():
        group = graph.nodes[asset].group
        if group not in groups:
            groups[group] = tree.add(f"[bold]{group}[/]")
        _add_asset(groups[group], asset, members)
    console.out.print(tree)  # wrapped within the tree: a reason is never cut off
    counts = {status: sum(s.status is status for s in states.values()) for status in Status}
    seconds = expected_seconds(states, states)
    about = f"; about {console.duration(seconds)} if everything that waits runs, from past runs"
    console.out.print(
        f"{counts[Status.MISSING]} missing, {counts[Status.STALE]} stale, {counts[Status.WAITING]} waiting, "
        f"{counts[Status.FRESH]} fresh{about if seconds else ''}"
    )


def _add_asset(branch: Tree, asset: str, members: list[PartitionState]) -> None:
    alike: dict[tuple[Status, tuple[str, ...]], list[PartitionState]] = defaultdict(list)
    for member in members:
        alike[member.status, member.reasons].append(member)
    for (status, reasons), same in alike.items():
        mark, colour = MARKS[status]
        keys = ", ".join(s.target.partition for s in same if s.target.partition is not None)
        label = Text(f"{mark} ", style=colour) + Text(asset + (f"[{keys}]" if keys else ""), style=colour)
        leaf = branch.add(label)
        for reason in reasons:
            leaf.add(escape(reason))


def _seconds(state: PartitionState) -> float | None:
    """Duration of the last run, or None when there was none."""
    if state.receipt is None:
        return None
    ended, began = (datetime.fromisoformat(t) for t in (state.receipt.finished_at, state.receipt.started_at))
    return round(max(0.0, (ended - began).total_seconds()), 1)  # a clock may be set back in between


def expected_seconds(states: dict[PartitionId, PartitionState], chosen: Iterable[PartitionId]) -> float:
    """Sum of past durations of what would or might run."""
    return sum(_seconds(states[t]) or 0.0 for t in chosen if states[t].status in MAY_RUN)
