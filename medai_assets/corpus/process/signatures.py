"""What curation needs to know of a passage: where it is from, how long it is, and a sketch of its text in 160 bytes.

The table stands beside the passages, so that all sources can be compared without reading a text.

One-permutation MinHash with rotation (Li, Owen, Zhang 2012; Shrivastava, Li 2014) over the set of word 5-grams:
the hashes of a text are sorted once, each of 96 bins keeps its smallest, empty bins take the next bin's. The same sort
tells how many 5-grams repeat. ``near_duplicates.py`` verifies what shares a band.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.text.word_hashes import Words, chunks, ngram_hashes, word_hashes

SHINGLE = 5  # words; DATAWORK's and datatrove's customary size for prose
BANDS = 16
ROWS = 6  # P(a pair of Jaccard 0.8 shares a band) = 1 - (1 - 0.8**6)**16 = 0.992; of 0.5: 0.22, left to verification
BINS = BANDS * ROWS

SIGNATURE = pa.schema(
    [
        pa.field("passage_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("record_id", pa.string(), nullable=False),
        pa.field("version", pa.string(), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("subject", pa.string()),  # in lower case
        pa.field("words", pa.int32(), nullable=False),
        pa.field("repackager", pa.bool_(), nullable=False),
        pa.field("shingles", pa.int32(), nullable=False),  # distinct word 5-grams
        pa.field("template", pa.uint64(), nullable=False),  # of templates.py; 0 = names no subject
        pa.field("bands", pa.binary(BANDS * 4), nullable=False),  # 16 uint32 keys, little-endian
        pa.field("signature", pa.binary(BINS), nullable=False),  # the lowest byte of each bin's smallest hash
    ]
)

_ROW_BITS = np.uint64(52)  # 12 bits of row number stand above 52 bits of hash in a sort key
_MOST_ROWS = 1 << 12
_MIX = np.uint64(0x9E3779B97F4A7C15)


class Sketch(NamedTuple):
    """Of each text: words, word 5-grams with and without repeats, band keys (n, 16), signature (n, 96)."""

    words: npt.NDArray[np.int64]
    total: npt.NDArray[np.int64]
    distinct: npt.NDArray[np.int64]
    bands: npt.NDArray[np.uint32]
    signature: npt.NDArray[np.uint8]


def sketch(texts: pa.Array) -> Sketch:
    """Sketches of all texts of a string array."""
    parts = [_sketch(chunk) for chunk in chunks(texts, most_rows=_MOST_ROWS)]
    if not parts:
        parts = [_sketch(texts)]
    return Sketch(*(np.concatenate(columns) for columns in zip(*parts)))


def signature_batch(
    passages: pa.RecordBatch, sketched: Sketch, templates: npt.NDArray[np.uint64]
) -> pa.RecordBatch:
    """Rows of SIGNATURE beside a PASSAGE batch of one origin a passage."""
    rows = passages.num_rows
    origin = pc.list_element(passages["origins"], 0)
    repackager = np.zeros(rows, bool)
    flagged = pc.equal(pc.list_flatten(passages["flags"]), "repackager").to_numpy(zero_copy_only=False)
    repackager[pc.list_parent_indices(passages["flags"]).to_numpy()[flagged]] = True
    columns = {name: passages[name] for name in ("passage_id", "source", "words")}
    columns |= {name: origin.field(name) for name in ("record_id", "version", "licence")}
    columns |= {
        "subject": pc.utf8_lower(passages["subject"]),
        "repackager": pa.array(repackager),
        "shingles": pa.array(sketched.distinct.astype(np.int32)),
        "template": pa.array(templates),
        "bands": _binary(sketched.bands.astype("<u4"), BANDS * 4),
        "signature": _binary(sketched.signature, BINS),
    }
    return pa.record_batch([columns[f.name] for f in SIGNATURE], schema=SIGNATURE)


def _binary(matrix: npt.NDArray[Any], width: int) -> pa.Array:
    return pa.Array.from_buffers(
        pa.binary(width), len(matrix), [None, pa.py_buffer(np.ascontiguousarray(matrix))]
    )


def shingle_sets(texts: pa.Array) -> Words:
    """The distinct word 5-grams of each text, sorted within each: for exact Jaccard."""
    words = ngram_hashes(word_hashes(texts), SHINGLE)
    counts = np.diff(words.offsets)
    owner = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((words.hashes, owner))
    hashes, owner = words.hashes[order], owner[order]
    new = np.ones(len(hashes), bool)
    new[1:] = (hashes[1:] != hashes[:-1]) | (owner[1:] != owner[:-1])
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owner[new], minlength=len(counts)))])
    return Words(hashes[new], offsets.astype(np.int64))


def _sketch(texts: pa.Array) -> Sketch:
    rows = len(texts)
    words = word_hashes(texts)
    grams = ngram_hashes(words, SHINGLE)
    total = np.diff(grams.offsets)
    owner = np.repeat(np.arange(rows, dtype=np.uint64), total)
    keys = (owner << _ROW_BITS) | (grams.hashes >> np.uint64(64 - 52))
    keys.sort()
    new = np.ones(len(keys), bool)
    new[1:] = keys[1:] != keys[:-1]
    keys = keys[new]
    rows_of_keys = (keys >> _ROW_BITS).astype(np.int64)
    filled = _bins(keys, rows_of_keys, rows)
    return Sketch(
        np.diff(words.offsets),
        total,
        np.bincount(rows_of_keys, minlength=rows),
        _bands(filled),
        filled.astype(np.uint8),
    )


def _bins(keys: npt.NDArray[np.uint64], owner: npt.NDArray[np.int64], rows: int) -> npt.NDArray[np.uint32]:
    """The smallest hash of each bin, (rows, BINS); keys are sorted, so it is the first with its row and bin."""
    hashes = keys & np.uint64((1 << 52) - 1)
    place = ((hashes >> np.uint64(20)) * np.uint64(BINS) >> np.uint64(32)).astype(np.int64) + owner * BINS
    first = np.ones(len(place), bool)
    first[1:] = place[1:] != place[:-1]
    table = np.zeros(rows * BINS, np.uint32)
    known = np.zeros(rows * BINS, bool)
    table[place[first]] = _low(hashes[first])
    known[place[first]] = True
    return _rotated(table.reshape(rows, BINS), known.reshape(rows, BINS))


def _low(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint32]:
    """32 bits of the hash that owe nothing to its bin."""
    return ((hashes * _MIX) >> np.uint64(32)).astype(np.uint32)


def _rotated(table: npt.NDArray[np.uint32], known: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint32]:
    """Give each empty bin the value of the next filled one, going round, changed by the distance."""
    doubled = np.concatenate([known, known], axis=1)[:, ::-1]
    places = np.where(doubled, np.arange(2 * BINS), -1)
    nearest = (2 * BINS - 1 - np.maximum.accumulate(places, axis=1))[:, ::-1][:, :BINS]
    nearest = np.where(nearest >= 2 * BINS, np.arange(BINS), nearest)  # a text without words
    values = np.take_along_axis(table, nearest % BINS, axis=1)
    distance = (nearest - np.arange(BINS)).astype(np.uint32)
    return values + distance * np.uint32(0x9E3779B1)


def _bands(filled: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """One key a band of ROWS neighbouring bins; bands are told apart by their number."""
    grouped = filled.reshape(len(filled), BANDS, ROWS).astype(np.uint64)
    key = np.broadcast_to(np.arange(1, BANDS + 1, dtype=np.uint64) * _MIX, (len(filled), BANDS)).copy()
    for row in range(ROWS):
        key = (key ^ grouped[:, :, row]) * _MIX
        key ^= key >> np.uint64(31)
    return (key >> np.uint64(32)).astype(np.uint32)
