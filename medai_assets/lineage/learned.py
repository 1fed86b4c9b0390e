"""What each model learned, read from the tables beside its adapter: examples, and their records as noted then.

A report and a merged model stand for what their adapter learned. No data set version is needed, so that the answers
stay the same when the one that an adapter was trained on is no longer kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.lineage.impact_targets import Target
from medai_assets.lineage.versions import ADAPTERS, PREFERENCE, Versions, of_adapters
from medai_assets.storage import Input, Stored, StoreError
from medai_assets.storage.errors import label

TABLE, RECORDS, LEFT_OUT = "learned", "learned_records", "left_out"


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
    """The tables of all kept adapters; only the columns that a question needs are read, each at most once."""

    def __init__(self, versions: Versions) -> None:
        self.versions = versions
        self._read: dict[tuple[Input, str, str], pa.ChunkedArray] = {}

    def adapters(self) -> Iterator[Input]:
        """Every kept adapter."""
        for adapter in of_adapters():
            for partition in self.versions.store.partitions(adapter):
                yield from self.versions.kept(adapter, partition)

    def adapters_of(self, model: Input) -> list[Input]:
        """The adapter that a model is, was merged from or judges; empty when it is no longer kept."""
        known = of_adapters()
        refs = [model] if model.asset in known else self.versions.made_from(model)
        found = [ref for ref in refs if ref.asset in known and self.versions.manifest(ref) is not None]
        # An adapter that learned preferences holds what the one before it learned, and that one what it read.
        last = [ref for ref in found if ref.asset == PREFERENCE]
        return last or [ref for ref in found if ref.asset in ADAPTERS] or found

    def column(self, adapter: Input, name: str, table: str = TABLE) -> pa.ChunkedArray:
        """A column of LEARNED (or another of the adapter's tables).

        Raises:
            StoreError: the adapter has no such table, as one that an older version of this software trained.
        """
        key = (adapter, table, name)
        if key not in self._read:
            self._read[key] = self._table(adapter, table, [name])[name]
        return self._read[key]

    def total(self, model: Input) -> int:
        """How many examples a model learned."""
        return sum(self._stored(adapter, TABLE).rows(TABLE) for adapter in self.adapters_of(model))

    def example_ids(self, model: Input) -> set[str]:
        """Ids of the examples that a model learned."""
        return {i for a in self.adapters_of(model) for i in self.column(a, "example_id").to_pylist()}

    def left_out(self, model: Input) -> list[LeftOut]:
        """How many examples of its data a model did not learn, by reason."""
        counts: Counter[tuple[str, str]] = Counter()
        for adapter in self.adapters_of(model):
            columns = (self.column(adapter, name, LEFT_OUT).to_pylist() for name in ("split", "reason"))
            counts.update(zip(*columns))
        return [LeftOut(*key, count) for key, count in sorted(counts.items())]

    def count(self, model: Input, target: Target) -> int:
        """Examples that a model learned and that rest on a record, address, slice, source or passage."""
        return sum(self._count(adapter, target) for adapter in self.adapters_of(model))

    def _count(self, adapter: Input, target: Target) -> int:
        if target.what == "passage":
            return len(_holding(self.column(adapter, "passage_ids"), pa.array([target.name])))
        records = self._table(
            adapter, RECORDS, list({*COLUMNS["url"], *COLUMNS["record"], *COLUMNS["slice"]})
        )
        numbers = pa.array(range(records.num_rows), pa.int32()).filter(meant(records, target))
        return len(_holding(self.column(adapter, "records"), numbers))

    def records(self, adapter: Input, record_ids: Sequence[str]) -> Iterator[tuple[str, str, list[str]]]:
        """Id and version of those of the records that an adapter learned, and the ids of the examples."""
        records = self._table(adapter, RECORDS, ["record_id", "version"])
        wanted = pc.is_in(records["record_id"], value_set=pa.array(record_ids, pa.string()))
        numbers = pa.array(range(records.num_rows), pa.int32()).filter(wanted.combine_chunks())
        noted = defaultdict(list)  # the same version may be noted with two addresses
        for number, row in zip(numbers.to_pylist(), records.filter(wanted).to_pylist()):
            noted[row["record_id"], row["version"]].append(number)
        for (record_id, version), rows in sorted(noted.items()):
            held = _holding(self.column(adapter, "records"), pa.array(rows, pa.int32()))
            yield record_id, version, self.column(adapter, "example_id").take(held).to_pylist()

    def adapters_that_learned(self, example_id: str) -> list[LearnedBy]:
        """The kept adapters that learned an example, the current ones first."""
        found = []
        for adapter in self.adapters():
            row = pc.index(self.column(adapter, "example_id"), example_id).as_py()
            if row >= 0:
                current = self.versions.current(adapter.asset, adapter.partition) == adapter
                times = self.column(adapter, "times")[row].as_py()
                found.append(LearnedBy(adapter=adapter, is_current=current, times=times))
        return sorted(found, key=lambda one: (not one.is_current, one.label))

    def _table(self, adapter: Input, table: str, columns: list[str]) -> pa.Table:
        return self._stored(adapter, table).table(table, columns)

    def _stored(self, adapter: Input, table: str) -> Stored:
        stored = self.versions.store.open(adapter.asset, adapter.partition, adapter.data_version)
        if not stored.has_table(table):
            raise StoreError(
                f"{label(adapter.asset, adapter.partition)} version {adapter.data_version[:12]} does not say what it learned: "
                f"an older version of this software trained it. Remove {stored.home} and run `medai run`"
            )
        return stored


COLUMNS = {
    "record": ("record_id", "version"),
    "slice": ("source", "slice"),
    "source": ("source", "slice"),
    "url": ("url",),
}


def _holding(lists: pa.ChunkedArray, values: pa.Array) -> pa.Array:
    """Which of the lists hold one of the values, by their positions."""
    column = lists.combine_chunks()
    hits = pc.is_in(pc.list_flatten(column), value_set=values)
    return pc.list_parent_indices(column).filter(hits).unique()


def meant(records: pa.Table, target: Target) -> pa.Array:
    """Which of the records a target means, as booleans."""
    if target.what == "url":
        bare = target.name.rstrip("/")
        return pc.is_in(records["url"], value_set=pa.array([bare, f"{bare}/"])).combine_chunks()
    name, detail = COLUMNS[target.what]
    meant = pc.equal(records[name], target.name)
    if target.detail is not None:
        meant = pc.and_(meant, pc.equal(records[detail], target.detail))
    return meant.combine_chunks()
