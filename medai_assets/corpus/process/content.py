"""The content hash of passages, fast enough for millions: whole columns are joined, one SHA-256 a row.

Order-free like ``storage.content_hash``: the sum of the rows' hashes. What follows from other columns by code (quality,
words) is no content of its own.
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
)
_OF_ORIGIN = ("record_id", "slice", "version", "url", "licence", "attribution")
_MODULUS = 1 << 256
_FIELD, _ITEM = "\x1f", "\x1e"


class PassageDigest:
    """Sums up batches of passages; ``hexdigest`` names their content whatever the order and the batching."""

    def __init__(self) -> None:
        self._total = 0
        self._rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a PASSAGE batch."""
        origins = batch["origins"]
        values = pc.list_flatten(origins)
        joined = pc.binary_join_element_wise(*(values.field(n) for n in _OF_ORIGIN), _FIELD)
        lists = pa.ListArray.from_arrays(_offsets(origins), joined)
        columns = [pc.fill_null(batch[name], "") for name in _PLAIN]
        columns += [
            batch["position"].cast(pa.string()),
            pc.binary_join(batch["flags"], _ITEM),
            pc.binary_join(batch["aliases"], _ITEM),
            pc.binary_join(lists, _ITEM),
        ]
        rows = pc.binary_join_element_wise(*columns, _FIELD).cast(pa.binary()).to_pylist()
        self._rows += len(rows)
        self._total = (self._total + sum(int.from_bytes(hashlib.sha256(r).digest()) for r in rows)) % _MODULUS

    def hexdigest(self) -> str:
        """32 hexadecimal digits."""
        return hashlib.sha256(f"{self._rows}|{self._total:064x}".encode()).hexdigest()[:HASH_LENGTH]


def _offsets(lists: pa.Array) -> pa.Array:
    lengths = pc.list_value_length(lists)
    return pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
