"""What a stored table holds, counted a batch at a time: for the tables and pictures of an asset's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.storage import Stored

WORD = r"\S+"


def counted(stored: Stored, table: str, *columns: str) -> Counter[tuple[str, ...]]:
    """How many rows there are of each combination of values."""
    found: Counter[tuple[str, ...]] = Counter()
    for batch in stored.batches(table, columns=list(columns)):
        counts = pa.Table.from_batches([batch]).group_by(list(columns)).aggregate([([], "count_all")])
        for row in counts.to_pylist():
            found[tuple("" if row[name] is None else str(row[name]) for name in columns)] += row["count_all"]
    return found


def licences(stored: Stored, table: str) -> Counter[str]:
    """How many rows rest on a record under each licence; a row with two licences counts under both."""
    found: Counter[str] = Counter()
    for batch in stored.batches(table, columns=["origins"]):
        origins = batch.column("origins")
        pairs = pa.table(
            {"row": pc.list_parent_indices(origins), "licence": pc.list_flatten(origins).field("licence")}
        )
        once = pairs.group_by(["row", "licence"]).aggregate([])
        for one in pc.value_counts(once["licence"]).to_pylist():
            found[one["values"]] += one["counts"]
    return found


def words(stored: Stored, table: str, column: str) -> list[int]:
    """Words of each row's text."""
    found: list[int] = []
    for batch in stored.batches(table, columns=[column]):
        found += pc.count_substring_regex(batch.column(column), WORD).to_pylist()
    return found


def numbers(stored: Stored, table: str, column: str) -> list[int]:
    """A column of whole numbers."""
    return [n for batch in stored.batches(table, columns=[column]) for n in batch.column(column).to_pylist()]


def spread(total: int, wanted: int) -> list[int]:
    """Row numbers of a sample: evenly spread, so that it shows more than a table's first document."""
    chosen = min(total, wanted)
    return [round((n + 0.5) * total / chosen - 0.5) for n in range(chosen)]


def one_of_each(stored: Stored, table: str, column: str) -> list[int]:
    """The number of the first row of each value of a column."""
    first: dict[str, int] = {}
    at = 0
    for batch in stored.batches(table, columns=[column]):
        for number, value in enumerate(batch.column(column).to_pylist(), start=at):
            first.setdefault(value, number)
        at += batch.num_rows
    return list(first.values())


def matrix(counts: Counter[tuple[str, ...]], rows: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Counts of pairs as one row a first value (the largest first) and one column a second value."""
    totals: Counter[str] = Counter()
    for (first, _), count in counts.items():
        totals[first] += count
    return [
        {rows: name, **{column: counts[name, column] for column in columns}}
        for name, _ in totals.most_common()
    ]
