"""Doing what is stale: deepest ancestors first, in waves that stop where a version did not change.

After each materialization the state is looked at again, so a partition runs only if its parents really changed.
Independent partitions run side by side within their pools; a failure stops what depends on it and nothing else.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.claims import WaitedTooLong, Waiting, claimed_elsewhere
from medai_assets.planning.staleness import PartitionState, Staleness
from medai_assets.running.submitted import Submitted
from medai_assets.running.worker import Outcome, Workers
from medai_assets.storage import Store

POLL_SECONDS = 0.5
MOST_TIMES = 3  # a partition in one wave; what still moves then waits for the next


@dataclass
class Wave:
    """A run of everything that is stale within a selection."""

    graph: Graph
    store: Store
    selection: frozenset[PartitionId] | None = None  # None = everything wanted
    forced: frozenset[PartitionId] = frozenset()
    workers: int = 2
    outcomes: dict[PartitionId, Outcome] = field(default_factory=dict)  # the latest of each partition
    made: Counter[PartitionId] = field(default_factory=Counter)
    elsewhere: dict[PartitionId, str] = field(default_factory=dict)  # what another run is at, and which
    left: dict[PartitionId, str] = field(
        default_factory=dict
    )  # runs of a page that go on without this process

    def states(self) -> dict[PartitionId, PartitionState]:
        """States now; what was forced and has been done is no longer forced."""
        return Staleness(self.graph, self.store, self.forced - self.outcomes.keys()).states()

    def ready(self, running: Iterable[PartitionId]) -> list[PartitionState]:
        """What can start: stale, chosen, not failed in this wave, nothing above it under way, its pool free.

        A partition that turned stale again after it was made, because a parent moved meanwhile, is made again, at most
        ``MOST_TIMES`` in one wave.
        """
        states = self.states()
        busy = set(running)
        failed = {t for t, o in self.outcomes.items() if not o.succeeded}
        blocked = busy | failed | self.graph.downstream(busy | failed)
        pools = {self.graph.nodes[t.asset].pool for t in busy} - {None}
        found = []
        self.elsewhere = {}
        for target, state in states.items():
            pool = self.graph.nodes[target.asset].pool
            chosen = self.selection is None or target in self.selection
            if not (state.needs_run and chosen) or target in blocked or self.made[target] >= MOST_TIMES:
                continue
            if pool is not None and pool in pools:
                continue
            if who := claimed_elsewhere(self.graph.settings, target):
                self.elsewhere[target] = who
                continue
            found.append(state)
            pools |= {pool} - {None}
        return found

    def run(self, watch: Callable[[set[PartitionId], Outcome | None], None]) -> None:
        """Run until nothing is ready; ``watch`` is told what is under way twice a second, and each outcome."""
        with self._runs() as workers:
            settled = True  # something ended since the state was last looked at
            idle: Waiting | None = None  # nothing of its own is under way, and others are waited for
            while True:
                if (settled or self._is_freed()) and workers.free:
                    settled = False
                    for state in self.ready(workers.running.values())[: workers.free]:
                        workers.begin(
                            state.target,
                            "; ".join(state.reasons) or str(state.status),
                            state.target in self.forced and state.target not in self.outcomes,
                        )
                watch(set(workers.running.values()), None)
                if not workers.running and not self.elsewhere:
                    return
                idle = None if workers.running else idle or Waiting(self.graph.settings, min(self.elsewhere))
                if idle and self._gave_up(idle):
                    return
                done = self._wait(workers)
                for future in done:
                    settled = True
                    self._note(workers.outcome(future), workers, watch)

    def _runs(self) -> Workers | Submitted:
        """Where runs are made: processes of this host, or a Dagster elsewhere."""
        settings = self.graph.settings
        return Submitted(settings, self.workers, self.left) if settings.submit_to else Workers(self.workers)

    def _is_freed(self) -> bool:
        """Whether something that another run was at can be looked at again."""
        return any(not claimed_elsewhere(self.graph.settings, target) for target in self.elsewhere)

    def _gave_up(self, waiting: Waiting) -> bool:
        """Whether the longest wait is over; what was waited for has failed then."""
        for target, who in self.elsewhere.items():
            try:
                waiting.look(who)
            except WaitedTooLong as error:
                self.outcomes[target] = Outcome(target, False, "", 0.0, str(error))
        return self.elsewhere.keys() <= self.outcomes.keys()

    def _wait(self, workers: Workers | Submitted) -> set[Future[Outcome]]:
        if not workers.running:
            time.sleep(POLL_SECONDS)
            return set()
        return wait(workers.running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED).done

    def _note(
        self,
        outcome: Outcome,
        workers: Workers | Submitted,
        watch: Callable[[set[PartitionId], Outcome | None], None],
    ) -> None:
        if outcome.elsewhere:
            self.elsewhere[outcome.target] = outcome.error or "another run is making it"
            return
        self.outcomes[outcome.target] = outcome
        self.made[outcome.target] += 1
        watch(set(workers.running.values()), outcome)

    @property
    def failures(self) -> list[Outcome]:
        return [o for o in self.outcomes.values() if not o.succeeded]
