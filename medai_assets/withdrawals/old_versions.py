"""Older versions made again without the rows that rest on withdrawn records, under their old names.

A version that is current is left alone: the ordinary run makes it again. What an older one has lost is noted in its
manifest, and the store makes it whole when the same content is published once more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from medai_assets.storage import Input, Store, Stored
from medai_assets.training.shared_checkpoints import ASSET as CHECKPOINT
from medai_assets.withdrawals.erase import KEPT

NOTES_OF_ADAPTERS = ("learned", "learned_records", "left_out")  # what a model rests on must stay known
PASSAGES = 2  # by which the text itself is known
Mask = Callable[[pa.RecordBatch], pa.Array]


def in_use(store: Store) -> set[Input]:
    """Every version that is current, and those whose tables such a one includes; a checkpoint is scratch work."""
    found: set[Input] = set()
    for asset in store.assets():
        if asset == CHECKPOINT:
            continue
        for partition in store.partitions(asset):
            current = store.current_if_kept(asset, partition)
            if current is not None:
                found |= {current.input, *(part.input for part in current.parts)}
    return found


def kept(store: Store) -> Iterator[Stored]:
    """Every version that is there."""
    for asset in store.assets():
        for partition in store.partitions(asset):
            for version in store.versions(asset, partition):
                yield store.open(asset, partition, version)


def without_records(
    store: Store, record_ids: Collection[str], passages: bool = False
) -> Iterator[tuple[Stored, dict[str, int]]]:
    """Make each older version again that has rows of the records; yields it with the rows it lost, by table.

    Those go last from which the others are known: passages, since the text is looked for by them, and before them data sets,
    which say what examples rest on. So whenever this is ended, the next time finds all that is left.

    Args:
        passages: the versions of passages, and those alone; else all others.

    Raises:
        StoreError: a version is damaged; names it.
    """
    records = pa.array(sorted(record_ids), pa.string())
    examples = pa.array(sorted(_examples_of(store, records)), pa.string())
    current = in_use(store)
    for stored in sorted(kept(store), key=_knows):
        due = stored.input not in current and (_knows(stored) == PASSAGES) == passages
        if due and (lost := _without(stored, records, examples)):
            yield stored, lost


def _knows(stored: Stored) -> int:
    """How much of what is left elsewhere is known by a version."""
    return (
        PASSAGES if "passages" in stored.manifest.tables else 1 if "examples" in stored.manifest.tables else 0
    )


def _examples_of(store: Store, records: pa.Array) -> set[str]:
    """Examples of any kept data set that rest on the records, and texts that are read before, whose notes say so."""
    found: set[str] = set()
    for stored in kept(store):
        for table in {"examples", "notes"} & set(stored.manifest.tables):
            for batch in stored.batches(table, ["example_id", "origins"]):
                found |= set(batch["example_id"].filter(rests_on(batch, records)).to_pylist())
    return found


def names_records(column: str) -> bool:
    """Whether a column of a table says of which record a row is."""
    return column in ("record_id", "example_id") or column.endswith("origins")


def rests_on(rows: pa.RecordBatch, records: pa.Array) -> pa.Array:
    """Which rows are of the records, or have one of them among their origins, or a pair's of either answer."""
    hit = pa.repeat(False, rows.num_rows)
    if "record_id" in rows.schema.names:
        hit = pc.or_(hit, pc.is_in(rows["record_id"], value_set=records))
    for name in (name for name in rows.schema.names if name.endswith("origins")):
        meant = pc.is_in(pc.list_flatten(rows[name]).field("record_id"), value_set=records)
        places = pc.list_parent_indices(rows[name]).filter(meant)
        hit = pc.or_(hit, pc.is_in(pa.array(range(rows.num_rows), places.type), value_set=places))
    return hit


def _without(stored: Stored, records: pa.Array, examples: pa.Array) -> dict[str, int]:
    def dropped(rows: pa.RecordBatch) -> pa.Array:
        hit = rests_on(rows, records)
        if "example_id" in rows.schema.names:
            hit = pc.or_(hit, pc.is_in(rows["example_id"], value_set=examples))
        return hit

    lost = {
        name: count
        for name in stored.manifest.tables
        if name not in (*KEPT, *NOTES_OF_ADAPTERS) and (count := _count(stored, name, dropped))
    }
    if lost:
        _rewrite(stored, lost, dropped)
    return lost


def _count(stored: Stored, table: str, dropped: Mask) -> int:
    telling = [name for name in _file(stored, table).schema_arrow.names if names_records(name)]
    return sum(pc.sum(dropped(batch)).as_py() or 0 for batch in _own_rows(stored, table, telling))


def _rewrite(stored: Stored, lost: dict[str, int], dropped: Mask) -> None:
    with stored.store.draft(stored.asset, stored.partition) as draft:
        for name in stored.manifest.tables:
            rows = _own_rows(stored, name)
            if name in lost:
                rows = (batch.filter(pc.invert(dropped(batch))) for batch in rows)
            draft.write_table(name, rows, _file(stored, name).schema_arrow)
        for name in stored.manifest.files:
            draft.path(name).write_bytes(stored.read(name))
        draft.replace(stored, {"rows": lost, "at": datetime.now(UTC).isoformat(timespec="seconds")})


def _own_rows(stored: Stored, table: str, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Rows of a version's own table, without those it includes of other versions."""
    yield from _file(stored, table).iter_batches(10_000, columns=columns)


def _file(stored: Stored, table: str) -> pq.ParquetFile:
    stored.table_paths(table)  # holds it against the manifest
    return pq.ParquetFile(stored.store.filesystem.open(f"{stored.directory}/{table}.parquet", "rb"))
