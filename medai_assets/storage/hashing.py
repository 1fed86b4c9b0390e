"""Hashes that name content: of rows whatever their order, of files, of text.

Row order, file layout and compression are no content, so a table's hash is the sum of its rows' hashes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from medai_assets.foundation.digests import HASH_LENGTH, text_digest

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "HASH_LENGTH", "ChecksumWrong", "RowsHash", "checked", "content_hash", "digest_of_files", "file_sha256", "text_digest",
    "with_checksum",
]  # fmt: skip

_MODULUS = 1 << 256


class RowsHash:
    """Order-free hash of the rows that are added, over ``columns`` only.

    The sum modulo 2**256 of each row's SHA-256: the same rows in any order and any batching give the same
    hash, and a row that occurs twice counts twice (which XOR would lose).
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._total = 0
        self.rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        values = [batch.column(name).to_pylist() for name in self._columns]
        self.rows += batch.num_rows
        for row in zip(*values):
            digest = hashlib.sha256(orjson.dumps(row, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS))
            self._total = (self._total + int.from_bytes(digest.digest(), "big")) % _MODULUS

    def hexdigest(self) -> str:
        """32 hexadecimal digits."""
        named = f"{','.join(self._columns)}|{self.rows}|{self._total:064x}"
        return hashlib.sha256(named.encode()).hexdigest()[:HASH_LENGTH]


def content_hash(batches: Iterable[pa.RecordBatch] | pa.Table, columns: Sequence[str]) -> str:
    """The ``RowsHash`` of all rows."""
    import pyarrow as pa

    rows = RowsHash(columns)
    for batch in batches.to_batches() if isinstance(batches, pa.Table) else batches:
        rows.add(batch)
    return rows.hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hexadecimal, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of_files(digests: dict[str, str]) -> str:
    """One hash for a directory from ``{relative path: SHA-256}``."""
    lines = "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()[:HASH_LENGTH]


# A document's checksum is its first member and covers every byte after it; to any other program the file is plain JSON.
_HEAD = re.compile(rb'\{\n "sha256": "([0-9a-f]{64})",')


class ChecksumWrong(ValueError):
    """The bytes are not those of which the checksum was taken."""


def with_checksum(document: bytes) -> bytes:
    """A JSON object with at least one member, and its checksum before that."""
    rest = document[document.index(b"{") + 1 :]
    return b'{\n "sha256": "' + hashlib.sha256(rest).hexdigest().encode() + b'",' + rest


def checked(data: bytes) -> bytes:
    """The document without its checksum.

    Raises:
        ChecksumWrong: a byte has changed since it was written.
    """
    head = _HEAD.match(data)
    if head is None or hashlib.sha256(rest := data[head.end() :]).hexdigest().encode() != head[1]:
        raise ChecksumWrong
    return b"{" + rest
