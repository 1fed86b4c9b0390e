"""Records that the user took down are not stored again when their slice is collected again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.schemas import RAW_RECORD
from medai_assets.sources.records import Copy, Item, RawRecord, Rejected
from medai_assets.sources.take_down_history import take_downs_in_force
from medai_assets.storage import Store

REASON = "taken down"


def taken_down(store: Store, file: Path) -> frozenset[str]:
    """Ids of the records that are taken down now; raises as ``take_downs_in_force``."""
    return frozenset(str(row["record_id"]) for row in take_downs_in_force(store, file))


def without_taken_down(items: Iterable[Item], ids: frozenset[str]) -> Iterator[Item]:
    """The items without the records named; each is listed as set aside, without its text."""
    if not ids:
        yield from items
        return
    for item in items:
        if isinstance(item, RawRecord) and item.record_id in ids:
            yield _set_aside(item.record_id)
        elif isinstance(item, Copy) and _holds(item, ids):
            yield from without_taken_down(item.stored.batches("records"), ids)
            yield from item.stored.batches("withdrawals")
            yield from item.stored.batches("aliases") if item.stored.has_table("aliases") else ()
            for row in item.stored.table("rejected").drop(["source", "slice"]).to_pylist():
                yield Rejected(**row, expected=True)
        elif isinstance(item, pa.RecordBatch) and item.schema.equals(RAW_RECORD):
            yield from _of_batch(item, ids)
        else:
            yield item


def _holds(copy: Copy, ids: frozenset[str]) -> bool:
    return bool(copy.stored.dataset("records").count_rows(filter=pc.field("record_id").isin(sorted(ids))))


def _of_batch(batch: pa.RecordBatch, ids: frozenset[str]) -> Iterator[Item]:
    hit = pc.is_in(batch["record_id"], value_set=pa.array(sorted(ids)))
    yield batch.filter(pc.invert(hit))
    for record_id in batch["record_id"].filter(hit).to_pylist():
        yield _set_aside(record_id)


def _set_aside(record_id: str) -> Rejected:
    return Rejected(reason=REASON, record_id=record_id, detail="named in the take-down file", expected=True)
