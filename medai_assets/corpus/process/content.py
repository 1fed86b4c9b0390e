"""Content hashes of passages and of their signatures, fast enough for millions: columns are joined, one SHA-256 a row.

Order-free like ``storage.content_hash``: the sum of the rows' hashes. Every column counts, also what follows from others by
code: other code makes another of it, and a version keeps the rows that it was first made with. The text alone is told by
its id.
"""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.storage.hashing import HASH_LENGTH

_PLAIN = (
    "passage_id",
    "title",
    "section",
    "heading",
    "document_id",
    "source",
    "subject",
    "audience",
    "evidence",
    "attributes",
    "masked",
    "language",
    "quality",
)
_OF_ORIGIN = ("record_id", "source", "slice", "version", "url", "licence", "attribution")
_MODULUS = 1 << 256
_FIELD, _ITEM = b"\x1f", "\x1e"


class RowDigest:
    """Sums up rows; ``hexdigest`` names their content whatever the order and the batching."""

    def __init__(self) -> None:
        self._total = 0
        self._rows = 0

    def add_joined(self, columns: list[pa.Array]) -> None:
        """Add rows given as columns of bytes, of equal length and without nulls."""
        rows = pc.binary_join_element_wise(*columns, _FIELD).to_pylist()
        self._rows += len(rows)
        self._total = (self._total + sum(int.from_bytes(hashlib.sha256(r).digest()) for r in rows)) % _MODULUS

    def hexdigest(self) -> str:
        """32 hexadecimal digits."""
        return hashlib.sha256(f"{self._rows}|{self._total:064x}".encode()).hexdigest()[:HASH_LENGTH]


class SignatureDigest(RowDigest):
    """Of SIGNATURE batches."""

    def add(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a SIGNATURE batch."""
        texts = (c if pa.types.is_fixed_size_binary(c.type) else c.cast(pa.string()) for c in batch.columns)
        self.add_joined([pc.fill_null(c.cast(pa.binary()), b"") for c in texts])


class PassageDigest(RowDigest):
    """Of PASSAGE batches."""

    def add(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a PASSAGE batch."""
        origins = batch["origins"]
        values = pc.list_flatten(origins)
        joined = pc.binary_join_element_wise(*(values.field(n) for n in _OF_ORIGIN), _FIELD.decode())
        lists = pa.ListArray.from_arrays(_offsets(origins), joined)
        columns = [pc.fill_null(batch[name], "") for name in _PLAIN]
        columns += [
            batch["position"].cast(pa.string()),
            batch["words"].cast(pa.string()),
            pc.binary_join(batch["flags"], _ITEM),
            pc.binary_join(batch["aliases"], _ITEM),
            pc.binary_join(lists, _ITEM),
        ]
        self.add_joined([column.cast(pa.binary()) for column in columns])


def _offsets(lists: pa.Array) -> pa.Array:
    lengths = pc.list_value_length(lists)
    return pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
