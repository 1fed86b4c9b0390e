"""Models that learned a record which is withdrawn now.

A stored version never changes, so its mark lies beside the versions: ``taint.json`` in the partition's folder, one
entry a tainted version. Whoever loads a model asks ``tainted`` (exact, from what it learned) or ``read_mark`` (the last
answer written).
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from medai_assets.lineage.learned import Learned
from medai_assets.lineage.model import label, to_json
from medai_assets.lineage.versions import MODELS, Versions
from medai_assets.storage import Input, Store, Stored
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
    return _records(Learned(Versions(store)), ref, Withdrawn.now(store, take_downs), {})


def mark_models(store: Store, take_downs: Path | None = None) -> list[Mark]:
    """Look at every kept model version, write the marks, and return those of tainted versions."""
    learned, withdrawn = Learned(Versions(store)), Withdrawn.now(store, take_downs)
    known: dict[Input, list[TaintedRecord]] = {}
    marks = []
    for asset in MODELS:
        for partition in store.partitions(asset):
            refs = learned.versions.kept(asset, partition)
            found = {ref: _records(learned, ref, withdrawn, known) for ref in refs}
            tainted_versions = {r.data_version: t for r, t in found.items() if t}
            store.put_file(_path(store, asset, partition), to_json(tainted_versions))
            marks += [
                Mark(asset=asset, partition=partition, data_version=ref.data_version, records=records)
                for ref, records in found.items()
                if records
            ]
    return marks


def read_mark(store: Store, model: Stored | Input) -> list[TaintedRecord]:
    """The mark last written for a model version; empty when it has none."""
    try:
        data = store.filesystem.cat_file(_path(store, model.asset, model.partition))
    except FileNotFoundError:
        return []
    marks = msgspec.json.decode(data, type=dict[str, list[TaintedRecord]])
    return marks.get(model.data_version, [])


def warning(records: list[TaintedRecord]) -> str:
    """One sentence for whoever is about to use a tainted model."""
    named = ", ".join(f"{r.record_id} ({r.kind.replace('_', '-')}: {r.reason})" for r in records[:3])
    more = f" and {len(records) - 3} more" if len(records) > 3 else ""
    return (
        f"This model is tainted: it learned {len(records)} record(s) withdrawn since: {named}{more}. "
        "Train it again with `medai run`."
    )


def _records(
    learned: Learned, model: Input, withdrawn: Withdrawn, known: dict[Input, list[TaintedRecord]]
) -> list[TaintedRecord]:
    found: dict[tuple[str, str], TaintedRecord] = {}
    for adapter in learned.adapters_of(model) if withdrawn else ():
        if adapter not in known:
            known[adapter] = _withdrawn_in(learned, adapter, withdrawn)
        found |= {(r.record_id, r.version): r for r in known[adapter]}
    return [found[key] for key in sorted(found)]


def _withdrawn_in(learned: Learned, adapter: Input, withdrawn: Withdrawn) -> list[TaintedRecord]:
    """Withdrawn records among the origins of what an adapter learned."""
    found = []
    for record_id, version, examples in learned.records(adapter, withdrawn.record_ids):
        row = withdrawn.find(record_id, version)
        if row is not None:
            told = {name: row[name] for name in ("kind", "reason", "reported_by", "reported_at")}
            found.append(TaintedRecord(record_id=record_id, version=version, examples=examples, **told))
    return found


def _path(store: Store, asset: str, partition: str | None) -> str:
    return f"{store.home(asset, partition)}/{FILE}"
