"""Rows into one Parquet file, piece by piece, so that the file's bytes do not depend on how callers batch."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP = 10_000
# a verbatim record has kilobytes: a larger group costs hundreds of MiB while it is written
ROW_GROUP_OF_PAYLOADS = 1_000
Rows: TypeAlias = pa.RecordBatch | pa.Table | list[dict[str, Any]]


class WrittenTable(NamedTuple):
    """A Parquet file that is written already."""

    path: Path
    schema: pa.Schema
    rows: int

    @classmethod
    def of(cls, path: Path) -> WrittenTable:
        """Its schema and rows as the file itself says."""
        with pq.ParquetFile(path) as file:
            return cls(path, file.schema_arrow, file.metadata.num_rows)


class TableWriter:
    """Streams rows into one Parquet file (zstd level 1, row groups of at most 10,000 rows, 1,000 of payloads)."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.schema = schema
        self.rows = 0
        self.row_group = ROW_GROUP_OF_PAYLOADS if "payload" in schema.names else ROW_GROUP
        self._buffer: list[pa.RecordBatch] = []
        self._buffered = 0
        # Level 3 would give files 12 % smaller for 50 % more CPU.
        self._writer = pq.ParquetWriter(path, schema, compression="zstd", compression_level=1)

    def write(self, rows: Rows) -> None:
        """Append rows; lists of dicts are converted by the table's schema.

        Raises:
            pyarrow.ArrowInvalid: a value does not fit its column.
        """
        if isinstance(rows, list):
            rows = pa.Table.from_pylist(rows, schema=self.schema)
        if isinstance(rows, pa.RecordBatch):
            rows = pa.Table.from_batches([rows])
        if not rows.schema.equals(self.schema):
            rows = rows.select(self.schema.names).cast(self.schema)
        # Re-chunked to fixed row groups, so that the file's bytes do not depend on how callers batch.
        for batch in rows.to_batches():
            self._buffer.append(batch)
            self._buffered += batch.num_rows
        while self._buffered >= self.row_group:
            self._flush(self.row_group)

    def _flush(self, rows: int) -> None:
        table = pa.Table.from_batches(self._buffer, schema=self.schema)
        self._writer.write_table(table.slice(0, rows).combine_chunks(), row_group_size=self.row_group)
        rest = table.slice(rows)
        self._buffer, self._buffered = rest.to_batches(), rest.num_rows
        self.rows += min(rows, table.num_rows)

    def close(self) -> None:
        if self._buffered:
            self._flush(self._buffered)
        self._writer.close()

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
