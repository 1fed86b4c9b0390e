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

from medai_assets.corpus.licences import rank
from medai_assets.corpus.signatures import BANDS, BINS
from medai_assets.schemas import SOURCES
from medai_assets.storage import Stored

_COLUMNS = ("passage_id", "source", "subject", "words", "flags", "origins")
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
    """Read the columns of all leaves.

    Raises:
        ValueError: a leaf's signatures do not stand beside its passages.
    """
    schema = leaves[0].stored.dataset("passages").schema if leaves else None
    tables = [leaf.stored.table("passages", _COLUMNS) for leaf in leaves]
    signed = [leaf.stored.table("signatures") for leaf in leaves]
    for leaf, passages, signatures in zip(leaves, tables, signed):
        if not passages["passage_id"].equals(signatures["passage_id"]):
            raise ValueError(
                f"{leaf.key}: the signatures are not those of the passages; process the slice again"
            )
    if schema is None:
        raise ValueError("nothing to curate: no processed slice was given")
    passages, signatures = pa.concat_tables(tables), pa.concat_tables(signed)
    origin = pc.list_element(passages["origins"].combine_chunks(), 0)
    record, records = _encoded(origin.field("record_id"))
    version, versions = _encoded(origin.field("version"))
    licence, licences = _encoded(origin.field("licence"))
    subject, _ = _encoded(pc.utf8_lower(passages["subject"].combine_chunks()))
    source = np.array([SOURCES.index(s) for s in passages["source"].to_pylist()], np.int64)
    words = passages["words"].to_numpy().astype(np.int64)
    ids = passages["passage_id"].combine_chunks()
    ranks = np.array([rank(name) for name in licences], np.int64)[licence] if licences else licence
    repackaged = _has_flag(passages["flags"].combine_chunks(), "repackager")
    keys = [_alphabetic(records)[record], _ranked(ids), source, ranks, -words, repackaged]
    preference = np.empty(len(ids), np.int64)
    preference[np.lexsort(keys)] = np.arange(len(ids))
    return PassageRows(
        leaves, ids, records, record, versions, version, licences, licence, source, subject, words, preference,
        signatures["shingles"].to_numpy().astype(np.int64), signatures["template"].to_numpy(),
        _matrix(signatures["bands"], np.uint32, BANDS), _matrix(signatures["signature"], np.uint8, BINS),
    )  # fmt: skip


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
    return pc.rank(values, sort_keys="ascending", tiebreaker="dense").to_numpy().astype(np.int64)


def _has_flag(flags: pa.Array, name: str) -> Ints:
    found = np.zeros(len(flags), np.int64)
    hits = pc.equal(pc.list_flatten(flags), name).to_numpy(zero_copy_only=False)
    found[pc.list_parent_indices(flags).to_numpy()[hits]] = 1
    return found


def _matrix(column: pa.ChunkedArray, kind: type, width: int) -> npt.NDArray[Any]:
    parts: list[npt.NDArray[Any]] = [
        np.frombuffer(chunk.buffers()[1], kind)[chunk.offset * width : (chunk.offset + len(chunk)) * width]
        for chunk in column.chunks
        if len(chunk)
    ]
    return np.concatenate(parts).reshape(-1, width) if parts else np.zeros((0, width), kind)
