"""A pretend world for staleness tests: real graph, real store, real receipts, and contents that are one line each.

A line is what is learned, and behind ``NOTE`` what is noted beside it: the day of the page, its licence, further origins.

``World.settle`` does what ``medai run`` does, with a one-line stand-in for every stage, and returns what ran.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

import pyarrow as pa

from medai_assets.foundation.files import write_whole
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.fingerprints import DATA_OF, fingerprint
from medai_assets.planning.row_changes import RowTable, table_of
from medai_assets.planning.staleness import PartitionState, Staleness
from medai_assets.reviews.history import latest_verdicts
from medai_assets.running.waves import Wave
from medai_assets.running.worker import Outcome
from medai_assets.settings import Settings
from medai_assets.sources.take_downs import read_take_downs
from medai_assets.storage import Finished, Store, Stored, content_hash, file_sha256, text_digest

NOTE = " | "  # what follows it in a text is noted beside it and not learned
SAME_AS = "same as "  # a text that is another record's
EXPORT = "train.jsonl"  # what the data set promises outside the store
FEW = {
    "raw_fda": ("2023", "2024", "2025"),
    "raw_nhs": ("conditions", "symptoms"),
    "raw_cdc": ("diabetes", "food-safety"),
}


class World:
    """Upstream records by slice and the stored results of every stage."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.settings = Settings(
            data=str(folder), profile="live", **{"sources": ("fda", "nhs", "cdc"), **settings}
        )  # type: ignore[arg-type]
        self.new_code: set[str] = set()  # assets whose code version was raised
        self.graph = self._small_graph()
        self.store = Store(self.settings.store_root)
        self.upstream: dict[PartitionId, dict[str, str]] = {}
        self.failing: set[PartitionId] = set()
        self.blocked_checks: set[PartitionId] = set()
        self.after_reading: Callable[[PartitionId], None] = lambda target: None
        self.settled: Callable[[Self], None] = lambda world: None  # told each world that has settled
        for source in self.graph.sources:
            for key in self.graph.partitions(f"raw_{source}"):
                self.upstream[PartitionId(f"raw_{source}", key)] = {
                    f"{source}:{key}-{n}": f"Text {n}" for n in range(3)
                }

    def _small_graph(self) -> Graph:
        graph = Graph(self.settings)
        for asset, keys in FEW.items():
            if asset in graph.nodes and len(graph.partitions(asset)) < 100:
                graph.partitions(asset)[:] = keys
        for asset in self.new_code:
            node = graph.nodes[asset]
            graph.nodes[asset] = dataclasses.replace(node, code_version=node.code_version + "+")
        return graph

    def rebuilt(self, without: tuple[str, str] | None = None, **settings: object) -> Self:
        """The same store seen by a process that starts now, with other settings or without a slice."""
        other = copy.copy(self)
        other.settings = self.settings.model_copy(update=settings)
        other.graph = other._small_graph()
        if without is not None:
            other.graph.partitions(without[0]).remove(without[1])
        return other

    def with_new_code(self, asset: str) -> Self:
        """The same store seen by a process whose code of an asset is newer."""
        self.new_code.add(asset)
        return self.rebuilt()

    def states(self, forced: Iterable[PartitionId] = ()) -> dict[PartitionId, PartitionState]:
        return Staleness(self.graph, self.store, frozenset(forced)).states()

    def stale(self) -> list[str]:
        """What would run now, before anything else has moved."""
        return [str(t) for t, s in self.states().items() if s.needs_run]

    def settle(self, *by_hand: PartitionId) -> list[str]:
        """Run ``by_hand`` again and whatever is stale then, as `medai run` does; returns the runs in order."""
        wave = Wave(self.graph, self.store, forced=frozenset(by_hand))
        ran: list[str] = []
        while ready := wave.ready(()):
            target = ready[0].target
            ran.append(str(target))
            if target not in self.failing:
                self.materialize(target)
            wave.outcomes[target] = Outcome(target, target not in self.failing, "", 0.0)
            wave.made[target] += 1
        self.settled(self)
        return ran

    def materialize(self, target: PartitionId) -> None:
        """Publish what the stage would make of its parents' current versions."""
        staleness = Staleness(self.graph, self.store)
        parents = {p: self.store.require(*p) for p in staleness.used_parents(target)}
        rows = self._content(target, {p: _rows(s) for p, s in parents.items()})
        self.after_reading(target)
        (name, *_), _, identity, contents, *_ = _table_of(target)
        columns = pa.schema([(column, pa.string()) for column in (identity, *contents)])
        table = pa.Table.from_pylist(
            [{identity: k, **dict.fromkeys(contents, v)} for k, v in sorted(rows.items())], schema=columns
        )
        with self.store.draft(*target) as draft:
            draft.write_table(name, table)
            draft.publish(
                data_version=content_hash(table, columns.names),
                code_version=self.graph.nodes[target.asset].code_version,
                inputs=[s.input for s in parents.values()],
                fingerprint=fingerprint(self.graph, target),
                metadata=self._metadata(target),
                finish=[self._exported] if target.asset == "instruction_dataset" else [],
            )

    def _exported(self, stored: Stored) -> Finished:
        write_whole(self.settings.exports_dir / EXPORT, stored.data_version.encode())
        digest = file_sha256(self.settings.exports_dir / EXPORT)
        return Finished(outputs={f"{self.settings.exports_dir.name}/{EXPORT}": digest})

    def _metadata(self, target: PartitionId) -> dict[str, object]:
        failed = ["planted"] if target in self.blocked_checks else []
        values = DATA_OF.get(target.asset, lambda settings, name: {})(self.settings, target.partition or "")
        return {"failed_checks": failed, "values": values}

    def states_of(self, asset: str, partition: str | None) -> PartitionState:
        return self.states()[PartitionId(asset, partition)]

    def _content(self, target: PartitionId, parents: dict[PartitionId, dict[str, str]]) -> dict[str, str]:
        if target in self.upstream:
            return dict(self.upstream[target])
        if target.asset == "withdrawals":
            rows = read_take_downs(self.settings.take_downs_file)
            return {row["record_id"]: "withdrawn" for row in rows}
        if target.asset == "reviews":
            return {row["example_id"]: row["verdict"] for row in latest_verdicts(self.store)}
        if self.graph.nodes[target.asset].fingerprinted:
            return {target.asset: str(fingerprint(self.graph, target))}
        merged = {k: v.strip().lower() for rows in parents.values() for k, v in rows.items()}
        if target.asset == "curated_corpus":
            gone = set(parents[PartitionId("withdrawals", None)])
            return _without_duplicates(
                {k: v for k, v in merged.items() if k not in gone and v != "withdrawn"}
            )
        if target.asset == "instruction_dataset":
            said = parents[PartitionId("reviews", None)]
            return {k: v for k, v in merged.items() if k not in said and said.get(example_of(k)) != "fault"}
        if target.asset == "training_examples":
            return {k: v.split(NOTE)[0] for k, v in merged.items()}
        if target.asset == "model_card":
            return {
                k: NOTE.join(note for note in v.split(NOTE) if not note.startswith("dated"))
                for k, v in merged.items()
            }
        return merged


def example_of(record: str) -> str:
    """The id of the one example that the world makes of a record."""
    return f"e{text_digest(record)[:24]}"


def _without_duplicates(rows: dict[str, str]) -> dict[str, str]:
    """A record that says the same as another is no row of its own, but noted as an origin of the other's."""
    kept = {k: v for k, v in rows.items() if not v.startswith(SAME_AS)}
    for record, text in rows.items():
        of = text.removeprefix(SAME_AS)
        if record not in kept and of in kept:
            kept[of] += f"{NOTE}also {record}"
    return kept


def settled_folder(folder: Path) -> Path:
    """A folder of data and configuration where everything was made once, for tests to copy."""
    (folder / "config" / "recipes").mkdir(parents=True)
    World(folder / "data", config=folder / "config").settle()
    return folder


def _table_of(target: PartitionId) -> RowTable:
    """Table, identity and content columns as staleness expects them of the asset."""
    return table_of(target.asset) or RowTable(("rows",), "", "id", ("value",))


def _rows(stored: Stored) -> dict[str, str]:
    (name, *_), _, identity, contents, *_ = _table_of(PartitionId(stored.asset, stored.partition))
    table = stored.table(name)
    return dict(zip(table[identity].to_pylist(), table[contents[0]].to_pylist()))
