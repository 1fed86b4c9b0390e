"""Hashes of words and of word n-grams of a whole Arrow string array, without one Python string a word.

A word is a run of ASCII letters, digits, underscores and bytes of other scripts; ASCII capitals are lowered. Words are
hashed by a polynomial over their bytes, n-grams by a polynomial over their words' hashes, both modulo 2**64 and
finished by a mixing step, so the same words give the same hash in every process, on every machine and in any batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Hashes = npt.NDArray[np.uint64]
Offsets = npt.NDArray[np.int64]

CHUNK_BYTES = 1 << 19  # of text; its columns of eight bytes a letter then stay near the processor
_BYTE_BASE = 0x5851F42D4C957F2D  # odd multipliers (Knuth's MMIX and PCG constants): invertible modulo 2**64
_WORD_BASE = 0xDA942042E4DD58B5
_MIX = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


class Words(NamedTuple):
    """Hashes of words in text order; text ``i`` has ``hashes[offsets[i]:offsets[i + 1]]``."""

    hashes: Hashes
    offsets: Offsets


def word_hashes(texts: pa.Array) -> Words:
    """One hash a word of a string or large_string array; null is an empty text."""
    data, offsets = _buffers(texts)
    tables = _tables()
    # bytes.translate is four times as fast as numpy's indexing.
    within = np.frombuffer(data.tobytes().translate(tables.within), np.bool_)
    starts = _word_starts(within, offsets)
    if not len(starts):
        return Words(np.zeros(0, np.uint64), np.zeros(len(texts) + 1, np.int64))
    powers, inverses = _powers(_BYTE_BASE, len(data))
    values = np.take(tables.values, data, mode="clip")
    values *= powers[: len(data)]
    # Bytes between words are worth nothing, so a sum up to the next word is the sum of this one.
    hashes = np.add.reduceat(values, starts)
    hashes *= inverses[starts]
    return Words(_mixed(hashes), np.searchsorted(starts, offsets).astype(np.int64))


def ngram_hashes(words: Words, n: int) -> Words:
    """Hashes of all runs of ``n`` words within each text; a text of fewer words counts as one run of all it has."""
    hashes, offsets = words
    counts = np.diff(offsets)
    grams = np.maximum(counts - (n - 1), np.minimum(counts, 1))
    gram_offsets = np.concatenate([[0], np.cumsum(grams)]).astype(np.int64)
    if not len(hashes):
        return Words(hashes, gram_offsets)
    _, inverses = _powers(_WORD_BASE, len(hashes) + 1)
    sums = running_sums(words)
    first = np.arange(gram_offsets[-1]) + np.repeat(offsets[:-1] - gram_offsets[:-1], grams)
    last = first + n
    short = np.flatnonzero((counts > 0) & (counts < n))
    last[gram_offsets[short]] = offsets[short + 1]
    return Words(_mixed((sums[last] - sums[first]) * inverses[first]), gram_offsets)


def running_sums(words: Words) -> Hashes:
    """Prefix sums from which ``runs`` takes the runs of any length; one element more than there are words."""
    powers, _ = _powers(_WORD_BASE, len(words.hashes) + 1)
    sums = np.zeros(len(words.hashes) + 1, np.uint64)
    np.cumsum(words.hashes * powers[: len(words.hashes)], out=sums[1:])
    return sums


def runs(sums: Hashes, n: int) -> Hashes:
    """A value for each run of ``n`` words, by the place of its first word; runs over the end of a text are among them.

    Not finished by a mixing step: three passes over memory, for looking up by the upper bits.
    """
    count = max(len(sums) - n, 0)
    _, inverses = _powers(_WORD_BASE, len(sums))
    return (sums[n : n + count] - sums[:count]) * inverses[:count]


def runs_at(sums: Hashes, firsts: npt.NDArray[np.int64], n: int | npt.NDArray[np.int64]) -> Hashes:
    """The values of ``runs`` at some places; ``n`` may be a length for each."""
    _, inverses = _powers(_WORD_BASE, len(sums))
    found: Hashes = (sums[firsts + n] - sums[firsts]) * inverses[firsts]
    return found


def chunks(texts: pa.Array, most_bytes: int = CHUNK_BYTES, most_rows: int = 4096) -> Iterator[pa.Array]:
    """The array in slices of about ``most_bytes`` of text and at most ``most_rows`` rows."""
    _, offsets = _buffers(texts)
    begin = 0
    while begin < len(texts):
        end = int(np.searchsorted(offsets, offsets[begin] + most_bytes, side="right")) - 1
        end = min(max(end, begin + 1), begin + most_rows, len(texts))
        yield texts.slice(begin, end - begin)
        begin = end


def text_bytes(texts: pa.Array) -> tuple[npt.NDArray[np.uint8], Offsets]:
    """UTF-8 bytes of a string array and the offset of each text in them; no copy."""
    return _buffers(texts)


def counts_of(texts: pa.Array, characters: bytes) -> npt.NDArray[np.int64]:
    """How many of some ASCII characters each text has; a third of the time of pyarrow's count of one of them."""
    data, offsets = _buffers(texts)
    met = data == characters[0]
    for character in characters[1:]:
        met |= data == character
    return np.diff(np.searchsorted(np.flatnonzero(met), offsets))


def contains_literal(texts: pa.Array, literal: bytes) -> npt.NDArray[np.bool_]:
    """Which texts hold a run of bytes; looked for by its first byte that is no blank, as that is rare."""
    data, offsets = _buffers(texts)
    anchor = len(literal) - len(literal.lstrip())
    places = np.flatnonzero(data == literal[anchor]) - anchor
    places = places[(places >= 0) & (places + len(literal) <= len(data))]
    for number, byte in enumerate(literal):
        places = places[data[places + number] == byte]
    rows = np.searchsorted(offsets, places, side="right") - 1
    holds = np.zeros(len(texts), np.bool_)
    holds[rows[places + len(literal) <= offsets[rows + 1]]] = True
    return holds


class _Tables(NamedTuple):
    within: bytes  # byte -> 1 for what words are made of, 0 for what separates them
    values: Hashes  # byte -> a fixed random number, the same for both cases of a letter, 0 between words


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    within = np.zeros(256, np.uint8)
    within[[*range(48, 58), *range(65, 91), *range(97, 123), 95, *range(128, 256)]] = 1
    # SplitMix64 from 1 upwards: fixed numbers that owe nothing to a library's generator.
    values = _mixed(_mixed(np.arange(1, 257, dtype=np.uint64) * _MIX))
    values[65:91] = values[97:123]
    values[within == 0] = 0
    return _Tables(within.tobytes(), values)


def _buffers(texts: pa.Array) -> tuple[npt.NDArray[np.uint8], Offsets]:
    if texts.null_count:
        texts = texts.fill_null("")
    _, offset_buffer, data_buffer = texts.buffers()
    kind = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    if offset_buffer is None or not len(texts):
        return np.zeros(0, np.uint8), np.zeros(len(texts) + 1, np.int64)
    offsets = np.frombuffer(offset_buffer, kind)[texts.offset : texts.offset + len(texts) + 1].astype(
        np.int64
    )
    if data_buffer is None:
        return np.zeros(0, np.uint8), offsets - offsets[0]
    return np.frombuffer(data_buffer, np.uint8)[offsets[0] : offsets[-1]], offsets - offsets[0]


def _word_starts(within: npt.NDArray[np.bool_], offsets: Offsets) -> Offsets:
    starts = within.copy()
    np.greater(within[1:], within[:-1], out=starts[1:])
    firsts = offsets[:-1][offsets[:-1] < len(within)]
    starts[firsts] = within[firsts]
    return np.flatnonzero(starts)


_cache: dict[int, tuple[Hashes, Hashes]] = {}


def _powers(base: int, length: int) -> tuple[Hashes, Hashes]:
    """Powers of ``base`` and of its inverse modulo 2**64, at least ``length`` of each."""
    known = _cache.get(base)
    if known is None or len(known[0]) < length:
        size = max(length, CHUNK_BYTES + (1 << 16))  # enough for nearly every chunk, so that it is done once
        _cache[base] = known = (_geometric(base, size), _geometric(pow(base, -1, 1 << 64), size))
    return known


def _geometric(base: int, size: int) -> Hashes:
    factors = np.full(size, np.uint64(base))
    factors[0] = 1
    return np.cumprod(factors)


def _mixed(values: Hashes) -> Hashes:
    """A finishing step that lets every bit of the input touch the upper and the lower half."""
    values = values ^ (values >> _HALF)
    values *= _MIX
    values ^= values >> np.uint64(29)
    return values
