"""What each model learned, read from the table beside its adapter: examples, and their origins as noted at that time.

A report and a merged model stand for what their adapter learned. No data set version is needed, so that the answers
stay the same when the one that an adapter was trained on is no longer kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.lineage.model import label
from medai_assets.lineage.targets import Target
from medai_assets.lineage.versions import ADAPTER, Versions
from medai_assets.storage import Input, StoreError

TABLE, LEFT_OUT = "learned", "left_out"


class LearnedBy(msgspec.Struct, frozen=True, kw_only=True):
    """An adapter that learned one example."""

    adapter: Input
    is_current: bool
    times: int  # how often the example entered an optimizer step

    @property
    def label(self) -> str:
        return label(self.adapter.asset, self.adapter.partition)


class LeftOut(NamedTuple):
    """Examples of one split that an adapter did not learn, for one reason."""

    split: str
    reason: str
    examples: int


class Learned:
    """The tables of all kept adapters, each read at most once."""

    def __init__(self, versions: Versions) -> None:
        self.versions = versions
        self._tables: dict[Input, pa.Table] = {}

    def adapters_of(self, model: Input) -> list[Input]:
        """The adapter that a model is, was merged from or judges; empty when it is no longer kept."""
        refs = [model] if model.asset == ADAPTER else self.versions.made_from(model)
        return [ref for ref in refs if ref.asset == ADAPTER and self.versions.manifest(ref) is not None]

    def table(self, adapter: Input) -> pa.Table:
        """LEARNED rows of a kept adapter.

        Raises:
            StoreError: it has none, as one that an older version of this software trained.
        """
        if adapter not in self._tables:
            self._tables[adapter] = self._read(adapter, TABLE)
        return self._tables[adapter]

    def example_ids(self, model: Input) -> set[str]:
        """Ids of the examples that a model learned."""
        return {
            i for adapter in self.adapters_of(model) for i in self.table(adapter)["example_id"].to_pylist()
        }

    def left_out(self, model: Input) -> list[LeftOut]:
        """How many examples of its data a model did not learn, by reason."""
        found = []
        for adapter in self.adapters_of(model):
            table = self._read(adapter, LEFT_OUT)
            counts = table.group_by(["split", "reason"]).aggregate([([], "count_all")]).to_pylist()
            found += [LeftOut(row["split"], row["reason"], row["count_all"]) for row in counts]
        return sorted(found)

    def count(self, model: Input, target: Target) -> int:
        """Examples that a model learned and that rest on a record, slice, source or passage."""
        return sum(pc.sum(_meant(self.table(a), target)).as_py() or 0 for a in self.adapters_of(model))

    def by_whom(self, example_id: str) -> list[LearnedBy]:
        """The kept adapters that learned an example, the current ones first."""
        found = []
        for adapter in self.adapters():
            table = self.table(adapter)
            row = pc.index(table["example_id"], example_id).as_py()
            if row >= 0:
                current = self.versions.current(adapter.asset, adapter.partition) == adapter
                times = table["times"][row].as_py()
                found.append(LearnedBy(adapter=adapter, is_current=current, times=times))
        return sorted(found, key=lambda one: (not one.is_current, one.label))

    def adapters(self) -> Iterator[Input]:
        """Every kept adapter."""
        for partition in self.versions.store.partitions(ADAPTER):
            yield from self.versions.kept(ADAPTER, partition)

    def _read(self, ref: Input, table: str) -> pa.Table:
        stored = self.versions.store.open(ref.asset, ref.partition, ref.data_version)
        if not stored.has_table(table):
            raise StoreError(
                f"{label(ref.asset, ref.partition)} version {ref.data_version[:12]} does not say what it learned: an older "
                f"version of this software trained it. Remove {stored.directory} and run `medai run`"
            )
        return stored.table(table)


def _meant(table: pa.Table, target: Target) -> pa.Array:
    """Which rows of a LEARNED table rest on a target, as booleans."""
    column = table["passage_ids" if target.what == "passage" else "origins"].combine_chunks()
    values = pc.list_flatten(column)
    if target.what == "passage":
        hits = pc.equal(values, target.name)
    elif target.what == "url":
        bare = target.name.rstrip("/")
        hits = pc.is_in(values.field("url"), value_set=pa.array([bare, f"{bare}/"]))
    else:
        names = {
            "record": ("record_id", "version"),
            "slice": ("source", "slice"),
            "source": ("source", "slice"),
        }
        name, detail = names[target.what]
        hits = pc.equal(values.field(name), target.name)
        if target.detail is not None:
            hits = pc.and_(hits, pc.equal(values.field(detail), target.detail))
    rows = pc.list_parent_indices(column).filter(hits).unique()
    return pc.is_in(pa.array(range(table.num_rows), pa.int64()), value_set=rows.cast(pa.int64()))
