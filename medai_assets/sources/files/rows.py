"""Rows of a person's tables: CSV as spreadsheets leave it, JSON lines, Parquet.

What belongs here: one row after the other in little memory, a bad one set aside by its line. What a row's values mean is
decided in ``collect.py``.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import orjson

from medai_assets.foundation.json_stream import LARGEST
from medai_assets.sources.files.documents import ADVICE, FileUnusable, encoding_of
from medai_assets.sources.table_files import TableDamaged, bounded_lines, parquet_rows

DELIMITERS = (",", ";", "\t", "|")
MOST_CHARACTERS = 1 << 20  # of a row; the longest drug label has about half of it


@dataclass(frozen=True, slots=True)
class Row:
    """A row with the columns that were asked for, by the line on which it ends or its number in a Parquet file."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read: a short, countable reason, what to do, and as much of it as could be read."""

    line: int
    reason: str
    detail: str
    text: str = ""


Rows = Iterator[Row | BadRow]


def rows_of(path: Path, name: str, columns: tuple[str, ...], encoding: str) -> Rows:
    """The rows of a file.

    Args:
        path: where its content is; ``name`` is what it is called, whose ending says the form.
        columns: those that are wanted.

    Raises:
        FileUnusable: it lacks a column, is damaged, or has another encoding as a whole.
    """
    try:
        yield from _READERS[Path(name).suffix.lower()](path, columns, encoding)
    except UnicodeDecodeError as error:
        raise FileUnusable(f"it is not {error.encoding} ({error.reason}); {ADVICE}") from None
    except TableDamaged as error:
        raise FileUnusable(f"it is damaged: {error}; write it again") from error


def _csv(path: Path, columns: tuple[str, ...], encoding: str) -> Rows:
    csv.field_size_limit(LARGEST)
    with _opened(path, encoding) as stream:
        lines = bounded_lines(stream)
        first = next(lines, "")
        delimiter = first.strip('" \r\n')[4:] if first.lower().strip('" ').startswith("sep=") else None
        head = next(lines, "") if delimiter else first
        delimiter = delimiter or max(DELIMITERS, key=lambda sign: len(set(_cells(head, sign)) & set(columns)))
        header = _cells(head, delimiter)
        _check_header(header, columns)
        offset = 2 if head is not first else 1
        yield from _records(csv.reader(lines, delimiter=delimiter, strict=True), header, columns, offset)


def _records(reader: Any, header: list[str], columns: tuple[str, ...], offset: int) -> Rows:
    places = {name: header.index(name) for name in columns}
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            line = reader.line_num + offset
            if "end of data" in str(error) or "field limit" in str(error):
                raise FileUnusable(
                    f"a quote that is opened before line {line} is never closed, or a cell is longer than "
                    f"{csv.field_size_limit():,} characters; close it, or give long texts a file each"
                ) from None
            yield BadRow(line, "not a row of CSV", f"{error}; write a quote inside a cell twice")
            continue
        line = reader.line_num + offset
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            problem = f"{len(cells)} cells under {len(header)} headings; put a cell that holds the delimiter in quotes"
            yield BadRow(line, "another number of cells", problem)
        elif _is_undecoded(text := "".join(cells)):
            yield BadRow(line, "wrong encoding", ADVICE)
        elif len(text) > MOST_CHARACTERS:
            yield _too_large(line)
        else:
            yield Row(line, {name: cells[place] for name, place in places.items()})


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _check_header(header: list[str], columns: tuple[str, ...]) -> None:
    if missing := [name for name in columns if name not in header]:
        raise FileUnusable(
            f"there is no column {missing[0]!r}; its columns are {', '.join(map(repr, header))[:500] or 'none'}. Name in "
            "files.yaml under `columns` what they are called"
        )
    if twice := [name for name in columns if header.count(name) > 1]:
        raise FileUnusable(f"two columns are called {twice[0]!r}; rename one")


def _json_lines(path: Path, columns: tuple[str, ...], encoding: str) -> Rows:
    with _opened(path, encoding) as lines:
        number = 0
        while text := lines.readline(MOST_CHARACTERS + 1):
            number += 1
            if len(text) > MOST_CHARACTERS:
                while text and not text.endswith("\n"):
                    text = lines.readline(MOST_CHARACTERS)
                yield _too_large(number)
            elif text.strip():
                yield _json_line(number, text.strip(), columns)


def _json_line(number: int, text: str, columns: tuple[str, ...]) -> Row | BadRow:
    if _is_undecoded(text):
        return BadRow(number, "wrong encoding", ADVICE)
    try:
        row = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return BadRow(number, "not JSON", f"{error}; every line must hold one object", text)
    if not isinstance(row, dict):
        return BadRow(number, "not JSON", "it is not an object; write {…}, one a line", text)
    return Row(number, {name: row.get(name) for name in columns})


def _parquet(path: Path, columns: tuple[str, ...], encoding: str) -> Rows:
    def wanted(names: list[str]) -> list[str]:
        _check_header(names, columns)
        return list(columns)

    for number, row in enumerate(parquet_rows(path, wanted), 1):
        yield Row(number, row) if isinstance(row, dict) else BadRow(number, "unreadable row", row)


def _opened(path: Path, encoding: str) -> TextIO:
    with path.open("rb") as raw:
        found = encoding_of(raw.read(4096), encoding)
    # A byte that does not fit becomes a lone surrogate, so that only its row is set aside; in UTF-16 all after it is lost.
    wide = found.lower().startswith(("utf-16", "utf16", "utf-32", "utf32"))
    return path.open(encoding=found, errors="strict" if wide else "surrogateescape", newline="")


def _is_undecoded(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _too_large(line: int) -> BadRow:
    return BadRow(line, "too large", f"more than {MOST_CHARACTERS:,} characters; divide it")


_READERS: dict[str, Callable[[Path, tuple[str, ...], str], Rows]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}
