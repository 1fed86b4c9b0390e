"""What curation must know of every passage at once: about 400 bytes each, read from the processed slices.

Texts stay on disk; they are read slice by slice where a rule needs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from pyarrow.fs import FSSpecHandler, LocalFileSystem, PyFileSystem

from medai_assets.corpus.process.signatures import BANDS, BINS, SIGNATURE
from medai_assets.foundation.licences import rank
from medai_assets.sources.registry import SOURCES
from medai_assets.storage import Stored

_NAMES = tuple(SOURCES)  # a passage's source is kept as its place here


_STRINGS = ("passage_id", "source", "subject", "record_id", "version", "licence")

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
        record, version: codes into ``records`` and ``versions``; the record the passage comes from.
        subject: code of the subject without regard to case, -1 for none.
        preference: place of each row in the order in which texts are kept, 0 = first choice.
    """

    leaves: list[Leaf]
    passage_ids: pa.Array
    records: list[str]
    record: Ints
    versions: list[str]
    version: Ints
    licences: list[str]
    licence: Ints
    source: Ints
    subject: Ints
    words: Ints
    preference: Ints
    distinct: Ints
    template: npt.NDArray[np.uint64]
    bands: npt.NDArray[np.uint32]
    signature: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.record)

    def texts(self, wanted: Ints) -> pa.Array:
        """Texts of rows given in ascending order."""
        found: list[pa.Array] = []
        for leaf in self.leaves:
            low, high = np.searchsorted(wanted, [leaf.first, leaf.first + leaf.rows])
            if high > low:
                found += _taken(leaf.stored, "text", wanted[low:high] - leaf.first)
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


def load_rows(leaves: list[Leaf]) -> PassageRows:
    """Read the columns of all leaves, one leaf after the other, keeping of each row only what is compared.

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
    table = _read(leaves)
    if table["record_id"].null_count:
        raise ValueError("processed slices of an older version of this program: process them again")
    columns = {name: table[name].combine_chunks() for name in _STRINGS}
    numbers = {name: table[name].to_numpy() for name in ("words", "repackager", "shingles", "template")} | {
        "bands": _matrix(table["bands"], np.uint32, BANDS),
        "signature": _matrix(table["signature"], np.uint8, BINS),
    }
    del table
    record, records = _encoded(columns.pop("record_id"))
    version, versions = _encoded(columns.pop("version"))
    licence, licences = _encoded(columns.pop("licence"))
    subject, _ = _encoded(columns.pop("subject"))
    source, sources = _encoded(columns.pop("source"))
    source = np.array([_NAMES.index(name) for name in sources], np.int64)[source] if sources else source
    ids = columns.pop("passage_id")
    ranks = np.array([rank(name) for name in licences], np.int64)[licence] if licences else licence
    words = numbers["words"].astype(np.int64)
    keys = [_alphabetic(records)[record], _ranked(ids), source, ranks, -words, numbers["repackager"]]
    preference = np.empty(len(ids), np.int64)
    preference[np.lexsort(keys)] = np.arange(len(ids))
    return PassageRows(
        leaves, ids, records, record, versions, version, licences, licence, source, subject, words, preference,
        numbers["shingles"].astype(np.int64), numbers["template"], numbers["bands"], numbers["signature"],
    )  # fmt: skip


def _read(leaves: list[Leaf]) -> pa.Table:
    """The signatures of all leaves in one scan: opening a data set costs more than reading a small slice."""
    store = leaves[0].stored.store
    paths = [path for leaf in leaves for path in leaf.stored.table_paths("signatures")]
    files = LocalFileSystem() if store.is_local else PyFileSystem(FSSpecHandler(store.filesystem))
    return ds.dataset(paths, schema=SIGNATURE, format="parquet", filesystem=files).to_table()


def _key(stored: Stored) -> str:
    return stored.partition or stored.asset


def _taken(stored: Stored, column: str, rows: Ints) -> Iterator[pa.Array]:
    """Rows of one column, batch by batch."""
    begin = 0
    for batch in stored.batches("passages", [column]):
        low, high = np.searchsorted(rows, [begin, begin + batch.num_rows])
        if high > low:
            yield batch[column].take(pa.array(rows[low:high] - begin))
        begin += batch.num_rows


def _encoded(values: pa.Array) -> tuple[Ints, list[str]]:
    encoded = values.dictionary_encode()
    return encoded.indices.fill_null(-1).to_numpy().astype(np.int64), encoded.dictionary.to_pylist()


def _alphabetic(values: list[str]) -> Ints:
    """Place of each value in alphabetic order."""
    places = np.empty(len(values), np.int64)
    places[sorted(range(len(values)), key=values.__getitem__)] = np.arange(len(values))
    return places


def _ranked(values: pa.Array) -> Ints:
    found: Ints = pc.rank(values, sort_keys="ascending", tiebreaker="dense").to_numpy().astype(np.int64)
    return found


def _matrix(column: pa.ChunkedArray, kind: type, width: int) -> npt.NDArray[Any]:
    parts: list[npt.NDArray[Any]] = [
        np.frombuffer(chunk.buffers()[1], kind)[chunk.offset * width : (chunk.offset + len(chunk)) * width]
        for chunk in column.chunks
        if len(chunk)
    ]
    return np.concatenate(parts).reshape(-1, width) if parts else np.zeros((0, width), kind)
