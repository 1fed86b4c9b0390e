"""Doing what is stale: deepest ancestors first, in waves that stop where a version did not change.

After each materialization the state is looked at again, so a partition runs only if its parents really changed.
Independent partitions run side by side within their pools; a failure stops what depends on it and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing import get_context

from medai_assets.graph import Graph, PartitionId
from medai_assets.staleness import PartitionState, Staleness, Status
from medai_assets.storage import Store
from medai_assets.worker import Outcome, describe_crash, materialize, start_worker

POLL_SECONDS = 0.5


class SelectionError(ValueError):
    """A selection names nothing that exists."""


@dataclass
class Wave:
    """A run of everything that is stale within a selection."""

    graph: Graph
    store: Store
    selection: frozenset[PartitionId] | None = None  # None = everything wanted
    forced: frozenset[PartitionId] = frozenset()
    workers: int = 2
    outcomes: dict[PartitionId, Outcome] = field(default_factory=dict)

    def states(self) -> dict[PartitionId, PartitionState]:
        """States now; what was forced and has been done is no longer forced."""
        return Staleness(self.graph, self.store, self.forced - self.outcomes.keys()).states()

    def ready(self, running: Iterable[PartitionId]) -> list[PartitionState]:
        """What can start: stale, chosen, not tried in this wave, nothing above it under way, its pool free."""
        states = self.states()
        busy = set(running)
        failed = {t for t, o in self.outcomes.items() if not o.succeeded}
        blocked = self.graph.downstream(busy | failed)
        pools = {self.graph.nodes[t.asset].pool for t in busy} - {None}
        found = []
        for target, state in states.items():
            pool = self.graph.nodes[target.asset].pool
            chosen = self.selection is None or target in self.selection
            if (
                not (state.needs_run and chosen)
                or target in busy
                or target in blocked
                or target in self.outcomes
            ):
                continue
            if pool is None or pool not in pools:
                found.append(state)
                pools |= {pool} - {None}
        return found

    def run(self, watch: Callable[[set[PartitionId], Outcome | None], None]) -> None:
        """Run until nothing is ready; ``watch`` is told what is under way twice a second, and each outcome."""
        running: dict[Future[Outcome], PartitionId] = {}
        pool = ProcessPoolExecutor(self.workers, mp_context=get_context("spawn"), initializer=start_worker)
        try:
            settled = True  # something ended since the state was last looked at
            while True:
                if settled and len(running) < self.workers:
                    settled = False
                    for state in self.ready(running.values())[: self.workers - len(running)]:
                        why = "; ".join(state.reasons) or str(state.status)
                        running[pool.submit(materialize, state.target, why)] = state.target
                watch(set(running.values()), None)
                if not running:
                    return
                done, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
                for future in done:
                    settled = True
                    target = running.pop(future)
                    error = future.exception()
                    outcome = describe_crash(target, error) if error else future.result()
                    self.outcomes[target] = outcome
                    watch(set(running.values()), outcome)
        except BaseException:
            for process in (pool._processes or {}).values():
                process.terminate()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    @property
    def failures(self) -> list[Outcome]:
        return [o for o in self.outcomes.values() if not o.succeeded]


def select(graph: Graph, patterns: Iterable[str]) -> frozenset[PartitionId]:
    """Partitions named by ``asset``, ``asset[partition]`` or ``group``; a trailing ``+`` adds all that follows.

    Raises:
        SelectionError: a pattern names nothing; the message lists what there is.
    """
    chosen: set[PartitionId] = set()
    for pattern in patterns:
        name, follows = pattern.removesuffix("+"), pattern.endswith("+")
        matched = {t for t in graph.all_partitions() if name in (str(t), t.asset, graph.nodes[t.asset].group)}
        if not matched:
            groups = sorted({n.group for n in graph.nodes.values()})
            raise SelectionError(
                f"nothing is called {name!r}; name an asset ({', '.join(graph.nodes)}), one of its partitions as "
                f"asset[partition], or a group ({', '.join(groups)})"
            )
        if all(str(t) != name or t.partition is None for t in matched):
            matched = {t for t in matched if graph.is_wanted(t)} or matched
        chosen |= matched | (graph.downstream(matched) if follows else set())
    return frozenset(chosen)


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
                graph.is_wanted(parent) or parent.partition in {t.partition for t in chosen}
            )
            if needed and parent not in found and state.status is not Status.FRESH:
                found.add(parent)
                frontier.append(parent)
    return frozenset(found)
