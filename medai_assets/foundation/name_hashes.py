"""Hashes by which names are compared where there are too many of them to be held: of one, and of a column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

NONE = -1  # stands for null

Hashes = npt.NDArray[np.int64]


def hash_of(name: str) -> int:
    """The hash by which a name is known, 63 bits."""
    return xxhash.xxh3_64_intdigest(name.encode()) >> 1


def hashed(names: pa.Array) -> Hashes:
    """The hashes of a column of names, each distinct one hashed once; NONE for null."""
    encoded = names.dictionary_encode()
    digests = map(xxhash.xxh3_64_intdigest, encoded.dictionary.cast(pa.large_binary()).to_pylist())
    hashes = (np.fromiter(digests, np.uint64) >> np.uint64(1)).astype(np.int64)
    found: Hashes = np.append(hashes, NONE)[encoded.indices.fill_null(NONE).to_numpy()]  # the last is NONE
    return found
