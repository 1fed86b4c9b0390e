"""Columns over all passages in few bytes: ids and names as numbers, sketches in a file of their own.

What belongs here: how a value is kept, and how it is had back. What does not: which columns there are (rows.py).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from medai_assets.corpus.process.signatures import BANDS, BINS

Ints = npt.NDArray[np.int64]
_HEX = np.full(256, 255, np.uint8)
_HEX[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)
_LETTERS = 25  # of a passage id: "p" and 24 hexadecimal digits


class PassageIds:
    """Passage ids in 12 bytes each; numbers are ordered as the ids are."""

    def __init__(self, high: npt.NDArray[np.uint64], low: npt.NDArray[np.uint32]) -> None:
        self.high = high
        self.low = low

    @staticmethod
    def numbers(ids: pa.Array) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32]]:
        """The first 16 and the last 8 digits of each id.

        Raises:
            ValueError: one is no passage id.
        """
        letters = np.frombuffer("".join(ids.to_pylist()).encode(), np.uint8)
        if len(letters) != _LETTERS * len(ids):
            raise ValueError("passage ids are in an older format; process the slices again")
        digits = _HEX[letters.reshape(-1, _LETTERS)[:, 1:]]
        if (digits == 255).any():
            raise ValueError("passage ids are in an older format; process the slices again")
        octets = digits[:, ::2] << 4 | digits[:, 1::2]
        high = np.ascontiguousarray(octets[:, :8]).view(">u8").ravel()
        low = np.ascontiguousarray(octets[:, 8:]).view(">u4").ravel()
        return high.astype(np.uint64), low.astype(np.uint32)

    def __getitem__(self, row: int) -> str:
        return f"p{int(self.high[row]):016x}{int(self.low[row]):08x}"

    def of(self, rows: Ints) -> list[str]:
        """The ids of several rows."""
        halves = (self.high[rows].astype(">u8"), self.low[rows].astype(">u4"))
        octets = np.hstack([half.view(np.uint8).reshape(len(rows), half.itemsize) for half in halves])
        digits = octets.tobytes().hex()
        return [f"p{digits[at : at + _LETTERS - 1]}" for at in range(0, len(digits), _LETTERS - 1)]


class Codes:
    """Numbers for the few distinct values of a column."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}

    def of(self, values: pa.Array) -> npt.NDArray[np.int32]:
        """The numbers of values, new ones added."""
        encoded = values.dictionary_encode()
        numbers = []
        for name in encoded.dictionary.to_pylist():
            if name not in self._numbers:
                self._numbers[name] = len(self.names)
                self.names.append(name)
            numbers.append(self._numbers[name])
        found: npt.NDArray[np.int32] = np.array(numbers, np.int32)[encoded.indices.to_numpy()]
        return found


class Sketches:
    """Band keys and signatures of all rows, on disk: a band is read as a whole, signatures row by row.

    Args:
        folder: where the files lie that go with this object; on a disk, since they take 160 bytes a row.
    """

    def __init__(self, folder: Path) -> None:
        # Open as long as this object is: they have no name, so that a kill leaves nothing.
        self._bands = [tempfile.TemporaryFile(dir=folder) for _ in range(BANDS)]  # noqa: SIM115
        self._signatures = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115

    def add(self, bands: npt.NDArray[np.uint32], signatures: npt.NDArray[np.uint8]) -> None:
        """Append rows: bands (n, 16), signatures (n, 96)."""
        for file, column in zip(self._bands, bands.T):
            file.write(np.ascontiguousarray(column).tobytes())
        self._signatures.write(signatures.tobytes())

    def written(self) -> None:
        """No more is added."""
        for file in (*self._bands, self._signatures):
            file.flush()

    def band(self, number: int) -> npt.NDArray[np.uint32]:
        """The keys of one band of all rows."""
        self._bands[number].seek(0)
        return np.frombuffer(self._bands[number].read(), np.uint32)

    def signatures(self, rows: Ints) -> npt.NDArray[np.uint8]:
        """Signatures (n, 96) of rows."""
        distinct, places = np.unique(rows, return_inverse=True)
        file = self._signatures.fileno()
        read = b"".join(os.pread(file, BINS, row * BINS) for row in distinct.tolist())
        return np.frombuffer(read, np.uint8).reshape(-1, BINS)[places]


class Bands:
    """The band keys of some rows in an order of their own, indexed as an array (n, 16) is."""

    def __init__(self, sketches: Sketches, rows: npt.NDArray[Any]) -> None:
        self._sketches, self._rows = sketches, rows

    def __getitem__(self, place: tuple[Ints, int]) -> npt.NDArray[np.uint32]:
        rows, band = place
        found: npt.NDArray[np.uint32] = self._sketches.band(band)[self._rows[rows]]
        return found


class Signatures:
    """Their signatures, indexed as an array (n, 96) is."""

    def __init__(self, sketches: Sketches, rows: npt.NDArray[Any]) -> None:
        self._sketches, self._rows = sketches, rows

    def __getitem__(self, rows: Ints) -> npt.NDArray[np.uint8]:
        return self._sketches.signatures(self._rows[rows])
