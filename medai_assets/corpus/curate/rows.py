"""What curation must know of every passage at once: about 60 bytes each, read from the processed slices.

Texts stay on disk; they are read slice by slice where a rule needs them. So do sketches, in a file beside the draft.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from medai_assets.corpus.curate.compact_columns import Codes, PassageIds, Sketches
from medai_assets.corpus.process.signatures import BANDS, BINS, SIGNATURE
from medai_assets.foundation.licences import rank
from medai_assets.foundation.name_hashes import hashed
from medai_assets.sources.registry import SOURCES
from medai_assets.storage import Stored

_NAMES = tuple(SOURCES)  # a passage's source is kept as its place here
_ROWS_AT_ONCE = 10_000


Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One processed slice: a stored version with the tables passages, removed and signatures."""

    key: str
    stored: Stored
    first: int  # row number of its first passage among all
    rows: int

    @property
    def span(self) -> slice:
        """Its rows among all."""
        return slice(self.first, self.first + self.rows)


@dataclass(slots=True)
class PassageRows:
    """Columns over all passages of all leaves, in the leaves' order.

    Attributes:
        record, subject: hashes of the record that a passage comes from, and of its subject without regard to case.
        version, licence: places in ``versions`` and ``licences``. source: place among all sources.
        preference: place of each row in the order in which texts are kept, 0 = first choice.
        distinct: word 5-grams without repeats.
    """

    leaves: list[Leaf]
    passage_ids: PassageIds
    record: Ints
    versions: list[str]
    version: npt.NDArray[np.int32]
    licences: list[str]
    licence: npt.NDArray[np.int32]
    source: npt.NDArray[np.int8]
    subject: Ints
    words: npt.NDArray[np.int32]
    preference: npt.NDArray[np.int32]
    distinct: npt.NDArray[np.int32]
    template: npt.NDArray[np.uint64]
    sketches: Sketches

    def __len__(self) -> int:
        return len(self.record)

    def texts(self, wanted: Ints) -> pa.Array:
        """Texts of rows given in ascending order."""
        found = list(_of_rows(self.leaves, "passages", "text", wanted))
        return pa.concat_arrays(found) if found else pa.array([], pa.large_string())


def leaves_of(processed: Sequence[Stored]) -> list[Leaf]:
    """The processed slices of all sources in the order of their keys, whatever order they are given in."""
    parts = [leaf for stored in processed for leaf in (stored.parts or [stored])]
    parts.sort(key=_key)
    found, first = [], 0
    for stored in parts:
        rows = stored.rows("passages")
        found.append(Leaf(_key(stored), stored, first, rows))
        first += rows
    return found


def load_rows(leaves: list[Leaf], folder: Path) -> PassageRows:
    """Read the columns of all leaves, batch by batch, keeping of each row only what is compared.

    Args:
        folder: on a disk; sketches go there as long as the rows are used.

    Raises:
        ValueError: there is no leaf, or a leaf's signatures do not stand beside its passages.
    """
    if not leaves:
        raise ValueError("nothing to curate: no processed slice was given")
    for leaf in leaves:
        if leaf.stored.rows("signatures") != leaf.rows:
            raise ValueError(
                f"{leaf.key}: the signatures are not those of the passages; process the slice again"
            )
    columns = _Columns(folder, sum(leaf.rows for leaf in leaves))
    for batch in _batches(leaves):
        columns.add(batch)
    columns.sketches.written()
    ids = PassageIds(columns.high, columns.low)
    ranks = np.array([rank(name) for name in columns.licences.names], np.int32)[columns.licence]
    keys: list[npt.NDArray[Any]] = [
        ids.low,
        ids.high,
        columns.source,
        ranks,
        -columns.words,
        columns.repackager,
    ]
    order = np.lexsort(keys)
    _settle_ties(order, keys, leaves)
    preference = np.empty(len(order), np.int32)
    preference[order] = np.arange(len(order), dtype=np.int32)
    return PassageRows(
        leaves, ids, columns.record, columns.versions.names, columns.version, columns.licences.names, columns.licence,
        columns.source, columns.subject, columns.words, preference, columns.distinct, columns.template, columns.sketches,
    )  # fmt: skip


class _Columns:
    """Columns of a known number of rows, filled batch by batch."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.rows = 0
        self.high, self.low = np.empty(rows, np.uint64), np.empty(rows, np.uint32)
        self.record, self.subject = np.empty(rows, np.int64), np.empty(rows, np.int64)
        self.version, self.licence = np.empty(rows, np.int32), np.empty(rows, np.int32)
        self.source, self.repackager = np.empty(rows, np.int8), np.empty(rows, bool)
        self.words, self.distinct = np.empty(rows, np.int32), np.empty(rows, np.int32)
        self.template = np.empty(rows, np.uint64)
        self.versions, self.licences, self.sources = Codes(), Codes(), Codes()
        self.sketches = Sketches(folder)

    def add(self, batch: pa.RecordBatch) -> None:
        """Append SIGNATURE rows."""
        if batch.schema.names != SIGNATURE.names:
            raise ValueError("processed slices of an older version of this program: process them again")
        part = slice(self.rows, self.rows + batch.num_rows)
        self.rows += batch.num_rows
        self.high[part], self.low[part] = PassageIds.numbers(batch["passage_id"])
        self.record[part], self.subject[part] = hashed(batch["record_id"]), hashed(batch["subject"])
        self.version[part] = self.versions.of(batch["version"])
        self.licence[part] = self.licences.of(batch["licence"])
        sources = self.sources.of(batch["source"])
        self.source[part] = np.array([_NAMES.index(name) for name in self.sources.names], np.int8)[sources]
        self.repackager[part] = batch["repackager"].to_numpy(zero_copy_only=False)
        for name, column in (("words", self.words), ("shingles", self.distinct), ("template", self.template)):
            column[part] = batch[name].to_numpy()
        self.sketches.add(
            _matrix(batch["bands"], np.uint32, BANDS), _matrix(batch["signature"], np.uint8, BINS)
        )


def _batches(leaves: list[Leaf]) -> Iterator[pa.RecordBatch]:
    """The signatures of all leaves, file by file: a scan of all reads ahead of who takes its time, half a GiB of it."""
    for leaf in leaves:
        store = leaf.stored.store
        for path in leaf.stored.table_paths("signatures"):
            with pq.ParquetFile(path if store.is_local else store.filesystem.open(path)) as file:
                many = file.metadata.num_rows > _ROWS_AT_ONCE  # for less, threads cost more than they save
                yield from file.iter_batches(_ROWS_AT_ONCE, columns=SIGNATURE.names, use_threads=many)


def _settle_ties(order: Ints, keys: Sequence[npt.NDArray[Any]], leaves: list[Leaf]) -> None:
    """Put rows that nothing else tells apart in the order of their records' ids."""
    same = np.ones(len(order) - 1, bool) if len(order) else np.zeros(0, bool)
    for key in keys:
        same &= key[order[1:]] == key[order[:-1]]
    tied = np.zeros(len(order), bool)
    tied[1:] |= same
    tied[:-1] |= same
    places = np.flatnonzero(tied)
    if not len(places):
        return
    rows = order[places]
    wanted = np.sort(rows)
    records = pa.concat_arrays(list(_of_rows(leaves, "signatures", "record_id", wanted)))
    names = records.take(pa.array(np.searchsorted(wanted, rows))).to_pylist()
    group = np.cumsum(np.append(True, ~same))[places].tolist()
    settled = sorted(range(len(rows)), key=lambda n: (group[n], names[n]))
    order[places] = rows[settled]


def _key(stored: Stored) -> str:
    return stored.partition or stored.asset


def _of_rows(leaves: list[Leaf], table: str, column: str, wanted: Ints) -> Iterator[pa.Array]:
    """One column of rows given in ascending order."""
    for leaf in leaves:
        low, high = np.searchsorted(wanted, [leaf.first, leaf.first + leaf.rows])
        if high > low:
            yield from _taken(leaf.stored, table, column, wanted[low:high] - leaf.first)


def _taken(stored: Stored, table: str, column: str, rows: Ints) -> Iterator[pa.Array]:
    """Rows of one column, batch by batch."""
    begin = 0
    for batch in stored.batches(table, [column]):
        low, high = np.searchsorted(rows, [begin, begin + batch.num_rows])
        if high > low:
            yield batch[column].take(pa.array(rows[low:high] - begin))
        begin += batch.num_rows


def _matrix(column: pa.Array, kind: type, width: int) -> npt.NDArray[Any]:
    whole: npt.NDArray[Any] = np.frombuffer(column.buffers()[1], kind)
    return whole[column.offset * width : (column.offset + len(column)) * width].reshape(-1, width)
