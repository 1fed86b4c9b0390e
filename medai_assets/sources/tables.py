"""The raw tables of a slice in the making, and what is counted while they are written.

What belongs here: routing a collector's items to ``records``, ``rejected``, ``withdrawals`` and, where records have other
names, ``aliases``. Whether the result is good enough to publish is decided in ``collection.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.schemas import ALIAS, RAW_RECORD, REJECTED, WITHDRAWAL
from medai_assets.foundation.slices import Slice
from medai_assets.sources.records import (
    Alias,
    Copy,
    Item,
    RawRecord,
    Rejected,
    Withdrawal,
    alias_batch,
    record_batch,
    rejected_batch,
    withdrawal_batch,
)
from medai_assets.sources.taken_down import REASON as TAKEN_DOWN
from medai_assets.storage import Draft, RowsHash

if TYPE_CHECKING:
    from medai_assets.storage.table_writer import TableWriter

BATCH_ROWS = 1_000
BATCH_BYTES = 16 << 20  # of payload: a drug label has 30 kB, some have a megabyte
REPEATED = "repeated record"
# Of what is set aside: by which request it came is no content, nor that a list moved while it was walked, nor that what a
# person took down came again.
_NO_CONTENT = pa.array([REPEATED, TAKEN_DOWN])
REJECTED_CONTENT = ("record_id", "reason", "detail", "payload")


class RawTables:
    """Writes a slice's items and counts them; use as a context manager."""

    def __init__(self, draft: Draft, slice: Slice) -> None:
        self._slice = slice
        self._records = draft.table("records", RAW_RECORD)
        self._rejected = draft.table("rejected", REJECTED)
        self._withdrawals = draft.table("withdrawals", WITHDRAWAL)
        self._draft = draft
        self._aliases: TableWriter | None = None  # only where a source yields any
        self._withdrawn: list[pa.RecordBatch] = []
        self._waiting: list[RawRecord] = []
        self._waiting_bytes = 0
        self._seen: set[str] = set()
        self.rejected_content = RowsHash(REJECTED_CONTENT)
        self.counts = {"records": 0, "rejected": 0, "withdrawals": 0}
        self.unexpected = 0  # rejected records that speak against the slice
        self.reasons: Counter[str] = Counter()
        self.taken_down: set[str] = set()
        self.first_details: dict[str, str] = {}  # of each reason
        self.licences: Counter[str] = Counter()
        self.flags: Counter[str] = Counter()
        self.newest: str | None = None
        self.oldest: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in (self._records, self._rejected, self._withdrawals, self._aliases):
            if writer is not None:
                writer.close()

    @property
    def withdrawals(self) -> pa.Table:
        """All withdrawals so far; they are few."""
        return pa.Table.from_batches(self._withdrawn, schema=WITHDRAWAL)

    def written(self, items: Iterator[Item]) -> Iterator[pa.RecordBatch]:
        """Write every item to its table and hand on the record batches, once written.

        Raises:
            ValueError: a batch has none of the schemas.
        """
        for item in items:
            if isinstance(item, RawRecord):
                yield from self._take(item)
            elif isinstance(item, Rejected):
                self._reject(rejected_batch([item], self._slice.source, self._slice.key), item.expected)
            elif isinstance(item, Withdrawal):
                self._withdraw(withdrawal_batch([item]))
            elif isinstance(item, Alias):
                self._name(alias_batch([item]))
            elif isinstance(item, Copy):
                yield from self._copy(item)
            else:
                yield from self._batch(item)
        yield from self._flush()

    def _take(self, record: RawRecord) -> Iterator[pa.RecordBatch]:
        if record.record_id in self._seen:  # a page that came twice, a list that moved while it was walked
            again = Rejected(
                reason=REPEATED, record_id=record.record_id, request=record.request, expected=True
            )
            self._reject(rejected_batch([again], self._slice.source, self._slice.key), expected=True)
            return
        self._seen.add(record.record_id)
        self._waiting.append(record)
        self._waiting_bytes += len(record.payload)
        if len(self._waiting) >= BATCH_ROWS or self._waiting_bytes >= BATCH_BYTES:
            yield from self._flush()

    def _flush(self) -> Iterator[pa.RecordBatch]:
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if waiting:
            yield self._write(record_batch(waiting, self._slice.source, self._slice.key))

    def _batch(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        if batch.schema.equals(RAW_RECORD):
            yield self._write(batch)
        elif batch.schema.equals(WITHDRAWAL):
            self._withdraw(batch)
        elif batch.schema.equals(REJECTED):
            self._reject(batch, expected=False)
        elif batch.schema.equals(ALIAS):
            self._name(batch)
        else:
            raise ValueError(f"{self._slice.source} yielded a batch with the columns {batch.schema.names}")

    def _copy(self, copy: Copy) -> Iterator[pa.RecordBatch]:
        """What was rejected then was let pass then, so it does not speak against the slice now."""
        for batch in copy.stored.batches("records"):
            yield self._write(batch)
        for batch in copy.stored.batches("rejected"):
            self._reject(batch, expected=True)
        for batch in copy.stored.batches("withdrawals"):
            self._withdraw(batch)
        for batch in copy.stored.batches("aliases") if copy.stored.has_table("aliases") else ():
            self._name(batch)

    def _write(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        self._records.write(batch)
        self.counts["records"] += batch.num_rows
        self.licences.update(batch.column("licence").to_pylist())
        self.flags.update(pc.list_flatten(batch.column("flags")).to_pylist())
        span = pc.min_max(batch.column("updated_at")).as_py()
        self.oldest = min(filter(None, (self.oldest, span["min"])), default=None)
        self.newest = max(filter(None, (self.newest, span["max"])), default=None)
        return batch

    def _reject(self, batch: pa.RecordBatch, expected: bool) -> None:
        self._rejected.write(batch)
        self.rejected_content.add(batch.filter(pc.invert(pc.is_in(batch["reason"], _NO_CONTENT))))
        self.counts["rejected"] += batch.num_rows
        reasons = batch.column("reason").to_pylist()
        self.reasons.update(reasons)
        ids = batch.column("record_id").to_pylist()
        self.taken_down |= {record for record, reason in zip(ids, reasons) if reason == TAKEN_DOWN}
        for reason, detail in zip(reasons, batch.column("detail").to_pylist()):
            if detail:
                self.first_details.setdefault(reason, detail)
        self.unexpected += 0 if expected else batch.num_rows

    def _name(self, batch: pa.RecordBatch) -> None:
        if self._aliases is None:
            self._aliases = self._draft.table("aliases", ALIAS)
        self._aliases.write(batch)

    def _withdraw(self, batch: pa.RecordBatch) -> None:
        self._withdrawals.write(batch)
        self._withdrawn.append(batch)
        self.counts["withdrawals"] += batch.num_rows
