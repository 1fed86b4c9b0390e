"""Models that learned a record which is withdrawn now.

A stored version never changes, so its mark lies beside the versions: ``taint.json`` in the partition's folder, one
entry a tainted version. Whoever loads a model asks ``tainted`` (exact, from what it learned) or ``read_mark`` (the last
answer written).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow.compute as pc

from medai_assets.foundation.plurals import counted
from medai_assets.lineage.learned import Learned
from medai_assets.lineage.model import to_json
from medai_assets.lineage.versions import DATASET, Versions, of_models
from medai_assets.storage import Input, Store, Stored
from medai_assets.storage.errors import label
from medai_assets.storage.hashing import ChecksumWrong, checked, with_checksum
from medai_assets.withdrawals.current import Withdrawn

FILE = "taint.json"


class TaintedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A withdrawn record that a model learned, and from how many training examples."""

    record_id: str
    version: str
    kind: str  # retraction | deletion | superseded | take_down
    reason: str
    reported_by: str
    reported_at: str | None
    examples: int
    in_use: int  # of these examples, those that the current data set holds from other records


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """The tainted records of one stored model version; an empty list is a clean one."""

    asset: str
    partition: str | None
    data_version: str
    records: list[TaintedRecord]

    @property
    def label(self) -> str:
        return label(self.asset, self.partition)


def tainted(store: Store, model: Stored | Input, take_downs: Path | None = None) -> list[TaintedRecord]:
    """Records that a model learned and that are withdrawn now, version by version; empty when it is clean.

    Args:
        model: a version of lora_adapter, merged_model or evaluation_report.
        take_downs: the user's file, to count withdrawals that no run has taken up yet.
    """
    ref = model.input if isinstance(model, Stored) else model
    return _Taint(store, take_downs).of(ref)


def mark_models(
    store: Store, take_downs: Path | None = None, withdrawals: Stored | None = None
) -> list[Mark]:
    """Look at every kept model version, write the marks, and return those of tainted versions; arguments as of
    ``Withdrawn.now``."""
    taint = _Taint(store, take_downs, withdrawals)
    marks = []
    for asset in of_models():
        for partition in store.partitions(asset):
            refs = taint.learned.versions.kept(asset, partition)
            found = {ref: taint.of(ref) for ref in refs}
            tainted_versions = {r.data_version: t for r, t in found.items() if t}
            marked = with_checksum(to_json({"tainted": tainted_versions}))
            store.put_file(_path(store, asset, partition), marked)
            marks += [
                Mark(asset=asset, partition=partition, data_version=ref.data_version, records=records)
                for ref, records in found.items()
                if records
            ]
    return marks


def read_mark(store: Store, model: Stored | Input) -> list[TaintedRecord]:
    """The mark last written for a model version; empty when it has none. A damaged mark is found anew."""
    try:
        data = store.filesystem.cat_file(_path(store, model.asset, model.partition))
    except FileNotFoundError:
        return []
    try:
        marks = msgspec.json.decode(checked(data), type=dict[str, dict[str, list[TaintedRecord]]])
    except ChecksumWrong:
        return tainted(store, model)
    return marks["tainted"].get(model.data_version, [])


def warning(records: list[TaintedRecord]) -> str:
    """One sentence for whoever is about to use a tainted model."""
    named = ", ".join(f"{r.record_id} ({r.kind.replace('_', '-')}: {r.reason})" for r in records[:3])
    more = f" and {len(records) - 3} more" if len(records) > 3 else ""
    return f"This model is tainted: it learned {counted(len(records), 'record')} withdrawn since: {named}{more}. {remedy(records)}"


def remedy(records: list[TaintedRecord]) -> str:
    """What to do about a tainted model: training changes nothing where other records say the same."""
    if all(record.in_use == record.examples for record in records):
        return "All that it learned from them is also in records that are still in use, so training again would teach the same."
    return "Train it again with `medai run`."


class _Taint:
    """What adapters learned held against the withdrawals of one moment, each adapter once."""

    def __init__(self, store: Store, take_downs: Path | None, withdrawals: Stored | None = None) -> None:
        self.learned = Learned(Versions(store))
        self.withdrawn = Withdrawn.now(store, take_downs, withdrawals)
        self._known: dict[Input, list[TaintedRecord]] = {}

    def of(self, model: Input) -> list[TaintedRecord]:
        found: dict[tuple[str, str], TaintedRecord] = {}
        for adapter in self.learned.adapters_of(model) if self.withdrawn else ():
            if adapter not in self._known:
                self._known[adapter] = list(self._withdrawn_in(adapter))
            found |= {(r.record_id, r.version): r for r in self._known[adapter]}
        return [found[key] for key in sorted(found)]

    def _withdrawn_in(self, adapter: Input) -> Iterator[TaintedRecord]:
        """Withdrawn records among the origins of what an adapter learned."""
        for record_id, version, example_ids in self.learned.records(adapter, self.withdrawn.record_ids):
            row = self.withdrawn.find(record_id, version)
            if row is not None:
                yield TaintedRecord(
                    record_id=record_id,
                    version=version,
                    examples=len(example_ids),
                    in_use=self._in_use(example_ids),
                    kind=row["kind"],
                    reason=row["reason"],
                    reported_by=row["reported_by"],
                    reported_at=row["reported_at"],
                )

    def _in_use(self, example_ids: list[str]) -> int:
        """How many of the examples the current data set holds from a record that is not withdrawn."""
        dataset = self.learned.versions.store.current_if_kept(DATASET)
        if dataset is None:
            return 0
        wanted = pc.field("example_id").isin(example_ids) & (pc.field("split") == "train")
        rows = dataset.table("examples", ["origins"], filter=wanted)["origins"].to_pylist()
        return sum(
            any(self.withdrawn.find(o["record_id"], o["version"]) is None for o in origins)
            for origins in rows
        )


def _path(store: Store, asset: str, partition: str | None) -> str:
    return f"{store.home(asset, partition)}/{FILE}"
