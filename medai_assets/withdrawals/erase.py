"""Taking a record's text out of the current raw slices.

A withdrawal is data, and curation obeys it; but the raw slice would go on holding the text. So a take-down also
publishes each slice that holds the record anew, without it. What is made from the slice turns stale by the ordinary
rule. Older versions keep it until ``medai erase`` takes it out of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.sources.collection import CONTENT, WITHDRAWAL_CONTENT
from medai_assets.sources.registry import of_record
from medai_assets.sources.take_down_history import take_downs_in_force
from medai_assets.sources.take_downs import taken_down_before
from medai_assets.storage import Draft, Receipt, Store, Stored, content_hash, text_digest

KEPT = ("withdrawals", "aliases")  # name records and hold none of their text; by them others are known
# stored name, in the receipt of ``withdrawals``: entries without a record then
WITHOUT_RECORD = "entered_in_vain"


def erase_from_raw(store: Store, record_id: str) -> list[Stored]:
    """Publish every current raw slice that holds the record anew without it; returns those slices.

    The slice's receipt keeps its code version, fingerprint and collection facts, so the slice itself stays fresh.
    """
    return [_without(stored, record_id) for stored in slices_holding(store, record_id)]


def erase_taken_down(store: Store, take_downs: Path) -> list[Stored]:
    """Do the same for every record in the user's file, also for those that were entered by hand.

    Raises:
        TakeDownError: the file cannot be read.
    """
    return [
        slice
        for row in take_downs_in_force(store, take_downs)
        for slice in erase_from_raw(store, row["record_id"])
    ]


def take_downs_without_record(store: Store, take_downs: Path, *, thoroughly: bool = False) -> list[str]:
    """Entries of the user's file that name no record collected so far: an id mistyped, or one yet to come.

    Args:
        thoroughly: look into the slices also for entries that the last version of ``withdrawals`` found none for.

    Raises:
        TakeDownError: the file cannot be read.
    """
    entered = [str(row["record_id"]) for row in take_downs_in_force(store, take_downs)]
    if not entered:
        return []
    known = set().union(*(taken_down_before(receipt) for receipt in _raw_receipts(store)))
    last = None if thoroughly else store.current_receipt("withdrawals", None)
    in_vain = set(last.metadata.get(WITHOUT_RECORD, ())) if last else set()
    return [
        record
        for record in entered
        if record not in known and (record in in_vain or next(slices_holding(store, record), None) is None)
    ]


def _raw_receipts(store: Store) -> Iterator[Receipt]:
    for asset in store.assets():
        for partition in store.partitions(asset) if asset.startswith("raw_") else ():
            if (receipt := store.current_receipt(asset, partition)) is not None:
                yield receipt


def slices_holding(store: Store, record_id: str) -> Iterator[Stored]:
    """Current raw slices that have a record, as it was received or as it was rejected."""
    for asset in sorted({source.asset for source in of_record(record_id)} & set(store.assets())):
        for partition in store.partitions(asset):
            # One that is gone comes again without the record.
            stored = store.current_if_kept(asset, partition)
            if stored is not None and any(
                _rows_of(stored, table, record_id) for table in ("records", "rejected")
            ):
                yield stored


def same_article(store: Store, record_id: str) -> list[str]:
    """Other records of current raw slices that are the same article by the slices' tables ``aliases``."""
    receipts = _raw_receipts(store)
    raw = [s for r in receipts if (s := store.current_if_kept(r.asset, r.partition)) is not None]
    known = {record_id}
    for _ in range(2):  # a DOI may stand between the two
        known |= {other for _, other in other_names(raw, known)}
    others = sorted(known - {record_id})
    return [one for one in others if next(slices_holding(store, one), None) is not None]


def other_names(raw: Iterable[Stored], known: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What the slices' tables ``aliases`` say is the same article as one of those known, by either name: (known, other)."""
    asked = pa.array(sorted(known), pa.string())
    for stored in raw:
        for batch in stored.batches("aliases") if stored.has_table("aliases") else ():  # by the million
            for one, other in (("name", "record_id"), ("record_id", "name")):
                met = batch.filter(pc.is_in(batch[one], asked))
                yield from zip(met[one].to_pylist(), met[other].to_pylist())


def _rows_of(stored: Stored, table: str, record_id: str) -> int:
    """How often a record is in a table."""
    if not stored.has_table(table):
        return 0
    found: int = stored.dataset(table).count_rows(filter=pc.field("record_id") == record_id)
    return found


def _without(stored: Stored, record_id: str) -> Stored:
    receipt = stored.own_receipt
    metadata = dict(receipt.metadata)
    metadata["taken_down"] = sorted({*metadata.get("taken_down", ()), record_id})
    with stored.store.draft(stored.asset, stored.partition) as draft:
        for name in stored.manifest.tables:
            _copy(stored, draft, name, record_id)
        records = stored.batches("records", CONTENT, filter=pc.field("record_id") != record_id)
        version = content_hash(records, CONTENT)
        if stored.has_table("withdrawals") and stored.rows("withdrawals"):
            version = text_digest(version, content_hash(stored.table("withdrawals"), WITHDRAWAL_CONTENT))
        return draft.publish(
            data_version=version,
            code_version=receipt.code_version,
            inputs=receipt.inputs,
            fingerprint=receipt.fingerprint,
            metadata=metadata,
        )


def _copy(stored: Stored, draft: Draft, table: str, record_id: str) -> None:
    """A table without the record's rows, but for one that holds none of its text."""
    others = pc.field("record_id").is_null() | (pc.field("record_id") != record_id)
    keep = None if table in KEPT else others
    draft.write_table(table, stored.batches(table, filter=keep), stored.dataset(table).schema)
