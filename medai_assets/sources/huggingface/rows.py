"""Rows of a data file: JSON lines, JSON, CSV and Parquet alike.

What belongs here: reading files row by row in little memory. Which files a set has is asked in ``huggingface.py``.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ijson
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]
_BATCH = 500


class FileInvalid(Exception):
    """The file does not hold rows in the form its name promises."""


def rows_of(path: Path, name: str, key: str = "id") -> Iterator[Row | bytes]:
    """The rows of a file; a line that is no JSON object comes as its bytes, to be set aside.

    Args:
        name: of the file on the hub; its ending says the form.
        key: where a JSON object of objects has its keys put, as in PubMedQA's own files (``{"21645374": {…}, …}``).

    Raises:
        FileInvalid: the ending is not known, or the file is damaged.
    """
    for ending, read in _READERS.items():
        if name.lower().endswith(ending):
            return read(path, key)
    raise FileInvalid(f"{name} has none of the endings that are read: {', '.join(_READERS)}")


def _json_lines(path: Path, key: str) -> Iterator[Row | bytes]:
    with path.open("rb") as lines:
        for line in lines:
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                row = None
            yield row if isinstance(row, dict) else line


def _json(path: Path, key: str) -> Iterator[Row | bytes]:
    """An array of objects, or an object of objects."""
    with path.open("rb") as stream:
        first = stream.read(1 << 12).lstrip()[:1]
        stream.seek(0)
        try:
            if first == b"[":
                for row in ijson.items(stream, "item", use_float=True):
                    yield row if isinstance(row, dict) else json.dumps(row).encode()
            else:
                for name, row in ijson.kvitems(stream, "", use_float=True):
                    yield {key: name, **row} if isinstance(row, dict) else json.dumps({name: row}).encode()
        except ijson.JSONError as error:
            raise FileInvalid(f"the JSON is damaged: {error}") from error


def _csv(path: Path, key: str) -> Iterator[Row | bytes]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        try:
            for row in csv.DictReader(stream):
                # Cells beyond the header's come under None: the line is not what the header says.
                yield json.dumps(row[None]).encode() if None in row else dict(row)
        except (csv.Error, UnicodeDecodeError) as error:
            raise FileInvalid(f"the CSV is damaged: {error}") from error


def _parquet(path: Path, key: str) -> Iterator[Row | bytes]:
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                yield from batch.to_pylist()
    except (pa.ArrowInvalid, OSError) as error:
        raise FileInvalid(f"the Parquet file is damaged: {error}") from error


_READERS: dict[str, Callable[[Path, str], Iterator[Row | bytes]]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json,
    ".csv": _csv,
    ".parquet": _parquet,
}
ENDINGS = tuple(_READERS)
