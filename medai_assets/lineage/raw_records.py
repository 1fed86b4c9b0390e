"""What only the raw tables know of a record: its title, the request that brought it and when.

Looked up once while an index is built, in the very raw versions that the data set was made from.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.lineage.versions import Versions
from medai_assets.storage import Input, Stored

_COLUMNS = ("record_id", "version", "title", "request", "retrieved_at")
_UPDATE = "UPDATE record SET title = ?, request = ?, retrieved_at = ?, raw_version = ? WHERE n = ?"


def fill_records(connection: sqlite3.Connection, dataset: Stored, versions: Versions) -> None:
    """Complete the ``record`` table; records whose raw version is no longer kept stay as they are."""
    slices = {
        (asset.removeprefix("raw_"), partition): ref
        for (asset, partition), ref in versions.ancestry(dataset.input).items()
        if asset.startswith("raw_")
    }
    wanted: dict[tuple[str, str], dict[tuple[str, str], list[int]]] = defaultdict(lambda: defaultdict(list))
    query = "SELECT record.n, id, term.text, slice, version FROM record JOIN term ON term.n = record.source"
    for number, record_id, source, key, version in connection.execute(query):
        wanted[source, key][record_id, version].append(number)
    for place, numbers in wanted.items():
        ref = slices.get(place)
        if ref is not None and versions.manifest(ref) is not None:
            connection.executemany(_UPDATE, _found(dataset, ref, numbers))


def _found(
    dataset: Stored, ref: Input, numbers: dict[tuple[str, str], list[int]]
) -> Iterator[tuple[Any, ...]]:
    raw = dataset.store.open(ref.asset, ref.partition, ref.data_version)
    ids = pa.array(sorted({record_id for record_id, _ in numbers}))
    for batch in raw.batches("records", _COLUMNS, filter=pc.field("record_id").isin(ids)):
        for row in batch.to_pylist():
            for number in numbers.get((row["record_id"], row["version"]), ()):
                when = row["retrieved_at"].isoformat(timespec="seconds")
                yield row["title"], row["request"], when, ref.data_version, number
