"""Where a text still stands in the current versions of a store, for tests that take it out."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from medai_assets.storage import Store, Stored


def current_files_holding(store: Store, text: str) -> list[str]:
    """Files of current versions, and of the versions that they include, in which a text stands."""
    found: set[str] = set()
    for asset in store.assets():
        for partition in store.partitions(asset):
            stored = store.current(asset, partition)
            if stored is not None:
                found |= set(_files_holding(stored, text))
    return sorted(found)


def _files_holding(stored: Stored, text: str) -> Iterator[str]:
    for part in stored.parts:
        yield from _files_holding(part, text)
    names = [*(f"{name}.parquet" for name in stored.manifest.tables), *stored.manifest.files]
    for path in (f"{stored.directory}/{name}" for name in names):
        data = stored.store.filesystem.cat_file(path)
        if path.endswith(".parquet"):
            columns = pq.read_table(pa.BufferReader(data)).columns
            if any(_holds(column, text) for column in columns):
                yield path
        elif text.encode() in data:
            yield path


def _holds(column: pa.ChunkedArray | pa.Array, text: str) -> bool:
    """Whether any string in a column, however deeply it is nested, contains a text."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return bool(pc.any(pc.match_substring(column, text)).as_py())
    if pa.types.is_list(kind):
        return _holds(pc.list_flatten(column), text)
    if pa.types.is_struct(kind):
        return any(_holds(pc.struct_field(column, [number]), text) for number in range(kind.num_fields))
    return False
