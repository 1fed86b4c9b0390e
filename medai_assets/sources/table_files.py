"""Tables that other programs wrote, read row by row: what one bad row or one endless line may cost, whatever the source.

What belongs here: reading within bounds. Which columns are wanted, and what a row means, stands with the sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from medai_assets.foundation.json_stream import LARGEST
from medai_assets.sources.one_record import read_by_bisection, words_of

_ROWS = 200  # at once


class TableDamaged(ValueError):
    """The file as a whole cannot be read; the message says where and why."""


def bounded_lines(stream: TextIO) -> Iterator[str]:
    """The lines of a text.

    Raises:
        TableDamaged: a line has more than LARGEST characters.
    """
    number = 0
    while line := stream.readline(LARGEST):
        number += 1
        if len(line) == LARGEST and line[-1] not in "\r\n":
            raise TableDamaged(f"line {number:,} has more than {LARGEST:,} characters")
        yield line


def parquet_rows(
    path: Path, columns: Callable[[list[str]], list[str]] | None = None
) -> Iterator[dict[str, Any] | str]:
    """The rows of a Parquet file; of one whose values cannot be had, what is wrong with them.

    Args:
        columns: from those there are to those that are wanted; default: all.

    Raises:
        TableDamaged: it is not a readable Parquet file.
    """
    try:
        with pq.ParquetFile(path) as file:
            wanted = columns(file.schema_arrow.names) if columns else None
            for batch in file.iter_batches(batch_size=_ROWS, columns=wanted):
                for rows in read_by_bisection(batch, _rows, _unreadable):
                    yield from rows
    except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError) as error:
        raise TableDamaged(str(error)) from error


def _rows(batch: pa.RecordBatch) -> list[dict[str, Any] | str]:
    found: list[dict[str, Any] | str] = batch.to_pylist()
    return found


def _unreadable(row: pa.RecordBatch, error: Exception) -> list[dict[str, Any] | str]:
    return [words_of(error)]
