"""A pretend world for staleness tests: real graph, real store, real receipts, and contents that are one line each.

``World.settle`` does what ``medai run`` does, with a one-line stand-in for every stage, and returns what ran.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa

from medai_assets.fingerprints import fingerprint
from medai_assets.graph import Graph, PartitionId
from medai_assets.settings import Settings
from medai_assets.staleness import ROW_TABLES, PartitionState, Staleness
from medai_assets.storage import Store, Stored, content_hash

FEW = {
    "raw_fda": ("2023", "2024", "2025"),
    "raw_nhs": ("conditions", "symptoms"),
    "raw_cdc": ("diabetes", "food-safety"),
}


class World:
    """Upstream records by slice, a user's take-downs, and the stored results of every stage."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.settings = Settings(
            data=str(folder), profile="live", **{"sources": ("fda", "nhs", "cdc"), **settings}
        )  # type: ignore[arg-type]
        self.graph = self._few_slices(Graph(self.settings))
        self.store = Store(self.settings.store_root)
        self.upstream: dict[PartitionId, dict[str, str]] = {}
        self.withdrawn: set[str] = set()
        self.failing: set[PartitionId] = set()
        self.blocked_checks: set[PartitionId] = set()
        self.after_reading: Callable[[PartitionId], None] = lambda target: None
        for source in self.graph.sources:
            for key in self.graph.partitions(f"raw_{source}"):
                self.upstream[PartitionId(f"raw_{source}", key)] = {
                    f"{source}:{key}:{n}": f"Text {n}" for n in range(3)
                }

    def _few_slices(self, graph: Graph) -> Graph:
        for asset, keys in FEW.items():
            if asset in graph.nodes and len(graph.partitions(asset)) < 100:
                graph.partitions(asset)[:] = keys
        return graph

    def rebuilt(self, **settings: object) -> World:
        """The same store seen by a process that starts now, with other settings."""
        other = World(Path(self.settings.data), config=self.settings.config)
        other.settings = other.settings.model_copy(update=settings)
        other.graph = other._few_slices(Graph(other.settings))
        return other

    def states(self, forced: Iterable[PartitionId] = ()) -> dict[PartitionId, PartitionState]:
        return Staleness(self.graph, self.store, frozenset(forced)).states()

    def stale(self) -> list[str]:
        """What would run now, before anything else has moved."""
        return [str(t) for t, s in self.states().items() if s.needs_run]

    def settle(self, *collect: PartitionId) -> list[str]:
        """Re-collect ``collect``, then run what is stale until nothing is; returns the runs in order."""
        ran: list[str] = []
        forced, failed = set(collect), set[PartitionId]()
        while True:
            states = self.states(forced)
            below_failure = self.graph.downstream(failed)
            ready = [t for t, s in states.items() if s.needs_run and t not in failed | below_failure]
            if not ready:
                return ran
            target = ready[0]
            forced.discard(target)
            ran.append(str(target))
            if target in self.failing:
                failed.add(target)
            else:
                self.materialize(target)

    def materialize(self, target: PartitionId) -> None:
        """Publish what the stage would make of its parents' current versions."""
        staleness = Staleness(self.graph, self.store)
        parents = {p: self.store.require(*p) for p in staleness.used_parents(target)}
        rows = self._content(target, {p: _rows(s) for p, s in parents.items()})
        self.after_reading(target)
        name, identity, content = _table_of(target)
        columns = pa.schema([(identity, pa.string()), (content, pa.string())])
        table = pa.Table.from_pylist(
            [{identity: k, content: v} for k, v in sorted(rows.items())], schema=columns
        )
        with self.store.draft(*target) as draft:
            draft.write_table(name, table)
            draft.publish(
                data_version=content_hash(table, columns.names),
                code_version=self.graph.nodes[target.asset].code_version,
                inputs=[s.input for s in parents.values()],
                fingerprint=fingerprint(self.graph, target),
                metadata={"failed_checks": ["planted"] if target in self.blocked_checks else []},
            )

    def states_of(self, asset: str, partition: str | None) -> PartitionState:
        return self.states()[PartitionId(asset, partition)]

    def _content(self, target: PartitionId, parents: dict[PartitionId, dict[str, str]]) -> dict[str, str]:
        if target in self.upstream:
            return dict(self.upstream[target])
        if target.asset == "withdrawals":
            return dict.fromkeys(self.withdrawn, "withdrawn")
        if self.graph.nodes[target.asset].fingerprinted:
            return {target.asset: str(fingerprint(self.graph, target))}
        merged = {k: v.strip().lower() for rows in parents.values() for k, v in rows.items()}
        if target.asset == "curated_corpus":
            gone = set(parents[PartitionId("withdrawals", None)])
            return {k: v for k, v in merged.items() if k not in gone and v != "withdrawn"}
        return merged


def _table_of(target: PartitionId) -> tuple[str, str, str]:
    """Table, identity and content column as staleness expects them of the asset."""
    key = "raw" if target.asset.startswith("raw_") else target.asset
    table, _, identity, content = ROW_TABLES.get(key, ("rows", "", "id", "value"))
    return table, identity, content


def _rows(stored: Stored) -> dict[str, str]:
    name, identity, content = _table_of(PartitionId(stored.asset, stored.partition))
    table = stored.table(name)
    return dict(zip(table[identity].to_pylist(), table[content].to_pylist()))
