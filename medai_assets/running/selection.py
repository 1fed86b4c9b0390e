"""What `--select` means: assets, their partitions, groups, and Dagster's own selection syntax over them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable

from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.staleness import PartitionState, Staleness, Status
from medai_assets.storage import Store


class SelectionError(ValueError):
    """A selection names nothing that exists."""


def select(graph: Graph, patterns: Iterable[str], store: Store | None = None) -> frozenset[PartitionId]:
    """Partitions named by ``asset``, ``asset[partition]`` or ``group``; a trailing ``+`` adds all that follows, a leading
    one all that it is made from, and Dagster's syntax does the rest (``key:"raw_*" and not raw_fda``).

    What is made on request follows only where it was made before (as ``store`` tells); of base models those whose key is
    named follow too.

    Raises:
        SelectionError: a pattern names nothing, or is no selection; the message lists what there is.
    """
    chosen: set[PartitionId] = set()
    for pattern in patterns:
        name, follows = pattern.removesuffix("+"), pattern.endswith("+")
        matched = {t for t in graph.all_partitions() if name in (str(t), t.asset, graph.nodes[t.asset].group)}
        if not matched:
            chosen |= _by_syntax(graph, pattern)
            continue
        if all(str(t) != name or t.partition is None for t in matched):
            of_models = {t for t in matched if t.partition in graph.base_models}  # of what is made on request
            matched = {t for t in matched if graph.is_wanted(t)} or of_models or matched
        chosen |= matched
        if follows:
            keys = {t.partition for t in matched} - {None}
            chosen |= {
                t
                for t in graph.downstream(matched)
                if graph.is_wanted(t)
                or (t.partition in keys and not graph.nodes[t.asset].on_request)
                or (store and store.current_receipt(*t))
            }
    return frozenset(chosen)


def _by_syntax(graph: Graph, pattern: str) -> set[PartitionId]:
    """A selection in Dagster's syntax, read by Dagster; ``asset[partition]`` in it stands for that partition alone."""
    import dagster as dg

    with warnings.catch_warnings(action="ignore"):  # what the definitions use of Dagster is in preview
        from medai_assets.definitions import all_defs

        declared = all_defs(graph.settings).assets or ()
    named = {t for t in graph.all_partitions() if t.partition is not None and str(t) in pattern}
    text = pattern
    for target in sorted(named, key=str, reverse=True):
        text = text.replace(str(target), target.asset)
    groups = {node.group for node in graph.nodes.values()}
    # Dagster takes bare names for its older syntax, in which + is one step.
    words = re.split(r'("[^"]*"|[A-Za-z_]+:\S+)', text)
    for place in range(0, len(words), 2):
        words[place] = re.sub(r"\w+", lambda found: _with_kind(found[0], graph, groups), words[place])
    assets = [asset for asset in declared if isinstance(asset, dg.AssetsDefinition)]
    try:
        with warnings.catch_warnings(action="ignore"):  # parts of the syntax are in beta
            keys = dg.AssetSelection.from_string("".join(words)).resolve(assets)
    except dg.DagsterError:
        keys = frozenset()
    met = {key.to_user_string() for key in keys} & set(graph.nodes)
    if not met:
        raise SelectionError(
            f"nothing is called {pattern!r}; name an asset ({', '.join(graph.nodes)}), one of its partitions as "
            f"asset[partition], or a group ({', '.join(sorted(groups))}), or select as Dagster does: +asset, "
            'key:"raw_*" and not raw_fda'
        )
    found = {t for t in graph.all_partitions() if t.asset in met}
    near = named | upstream(graph, named) | graph.downstream(named)
    return {t for t in found if (t in near if named else graph.is_wanted(t))}


def _with_kind(word: str, graph: Graph, groups: set[str]) -> str:
    kind = "key" if word in graph.nodes else "group" if word in groups else ""
    return f'{kind}:"{word}"' if kind else word


def upstream(graph: Graph, roots: Iterable[PartitionId]) -> set[PartitionId]:
    """All that ``roots`` are made from, directly or not, without them."""
    given, found = set(roots), set[PartitionId]()
    frontier = list(given)
    while frontier:
        new = set(graph.parents(frontier.pop())) - found
        found |= new
        frontier += new
    return found - given


def unsettled_above(
    graph: Graph, states: dict[PartitionId, PartitionState], chosen: frozenset[PartitionId]
) -> list[PartitionId]:
    """What a selection is made from and leaves out although it is missing or stale; parents first."""
    above = upstream(graph, chosen)
    return [
        t
        for t, s in states.items()
        if t in above - chosen and s.needs_run and (s.receipt or graph.is_wanted(t))
    ]


def with_missing_ancestors(
    graph: Graph, store: Store, chosen: frozenset[PartitionId]
) -> frozenset[PartitionId]:
    """``chosen`` and whatever above it was never made, so that a selection can run on an empty store."""
    found = set(chosen)
    frontier = list(chosen)
    states = Staleness(graph, store, chosen).states()
    while frontier:
        for parent in graph.parents(frontier.pop()):
            state = states[parent]
            needed = state.receipt is None and (
                graph.is_wanted(parent) or parent.partition in {None, *(t.partition for t in chosen)}
            )
            if needed and parent not in found and state.status is not Status.FRESH:
                found.add(parent)
                frontier.append(parent)
    return frozenset(found)
