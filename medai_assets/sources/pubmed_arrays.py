"""Arrow arrays as numpy and back through their buffers.

Arrow's own conversions load pandas, which costs half a second and 40 MB in each worker process that reads a file.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

_ARROW = {"int16": pa.int16(), "int32": pa.int32(), "int64": pa.int64()}


def bits(column: pa.BooleanArray) -> np.ndarray:
    """A boolean column as numpy, null as False."""
    return _unpacked(column.buffers()[1], column) & valid(column)


def valid(column: pa.Array) -> np.ndarray:
    """Where the column is not null."""
    if column.null_count == 0:
        return np.ones(len(column), bool)
    validity = column.buffers()[0]
    return np.zeros(len(column), bool) if validity is None else _unpacked(validity, column)


def integers(column: pa.UInt32Array) -> np.ndarray:
    """A column of unsigned 32-bit integers without nulls as int64."""
    values = np.frombuffer(column.buffers()[1], np.uint32)
    return values[column.offset : column.offset + len(column)].astype(np.int64)


def arrow(values: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """A numpy array of booleans or signed integers as Arrow; null where ``missing``."""
    validity = None if missing is None else _packed(~missing)
    if values.dtype == bool:
        return pa.Array.from_buffers(pa.bool_(), len(values), [validity, _packed(values)])
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(_ARROW[values.dtype.name], len(values), [validity, data])


def _unpacked(buffer: pa.Buffer, column: pa.Array) -> np.ndarray:
    spread = np.unpackbits(np.frombuffer(buffer, np.uint8), bitorder="little")
    return spread[column.offset : column.offset + len(column)].astype(bool)


def _packed(values: np.ndarray) -> pa.Buffer:
    return pa.py_buffer(np.packbits(values, bitorder="little"))
