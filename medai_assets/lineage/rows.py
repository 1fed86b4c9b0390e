"""Single rows of a stored table by their number, without reading the whole table.

A row's number counts through the table's files in their order; only the row group that holds it is read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from medai_assets.storage import Store, Stored


class _Group(NamedTuple):
    path: str
    number: int  # of the row group within its file


def opened(store: Store, path: str) -> pq.ParquetFile:
    """A Parquet file of a store, mapped into memory where it is on a local disk."""
    return (
        pq.ParquetFile(path, memory_map=True)
        if store.is_local
        else pq.ParquetFile(store.filesystem.open(path))
    )


class Rows:
    """Random access to one table of one stored version."""

    def __init__(self, stored: Stored, table: str) -> None:
        self.stored = stored
        self.table = table

    @cached_property
    def _groups(self) -> tuple[list[_Group], list[int]]:
        """Row groups in order, and the number of the first row of each (and the end)."""
        groups, sizes = [], []
        for path in self.stored.table_paths(self.table):
            with opened(self.stored.store, path) as file:
                for number in range(file.num_row_groups):
                    groups.append(_Group(path, number))
                    sizes.append(file.metadata.row_group(number).num_rows)
        return groups, list(accumulate(sizes, initial=0))

    def take(self, numbers: Sequence[int], columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Rows in the order asked for.

        Raises:
            IndexError: the table has no such row.
            StoreError: its file is damaged.
        """
        groups, starts = self._groups
        wanted = defaultdict(list)
        for number in numbers:
            if not 0 <= number < starts[-1]:
                raise IndexError(f"the table {self.table!r} has {starts[-1]} rows, not a row {number}")
            wanted[bisect_right(starts, number) - 1].append(number)
        found: dict[int, dict[str, Any]] = {}
        for group, inside in wanted.items():
            table = self._read(groups[group], columns)
            rows = table.take(pa.array([n - starts[group] for n in inside])).to_pylist()
            found.update(zip(inside, rows))
        return [found[number] for number in numbers]

    def _read(self, group: _Group, columns: Sequence[str] | None) -> pa.Table:
        with opened(self.stored.store, group.path) as file:
            return file.read_row_group(group.number, columns=list(columns) if columns else None)
