"""Rows of a data file: JSON lines, JSON, CSV and Parquet alike.

What belongs here: reading files row by row in little memory. Which files a set has is asked in collect.py.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from medai_assets.foundation.json_stream import LARGEST, JsonDamaged, check_depth, elements
from medai_assets.sources.table_files import TableDamaged, bounded_lines, parquet_rows

Row = dict[str, Any]
_PIECE = 1 << 20
_MARK = b"\xef\xbb\xbf"  # of byte order, as some editors write it before UTF-8
# An array; an object whose first member, or second behind a plain value, is an array of objects ({"version": …, "data": […]});
# or an object.
_FORM_WITHIN = 1 << 12  # bytes
_FORM = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*(?:\[|(?P<list>\{\s*(?:"[^"\\]*"\s*:\s*(?:"[^"\\]*"|[\d.]+)\s*,\s*)?"[^"\\]*"\s*:\s*\[)(?=\s*\{)|\{)'
)
_AFTER = re.compile(rb"\s*")
_AFTER_LIST = re.compile(rb"\s*+(?:,.*)?\}\s*", re.DOTALL)


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
    """A row a line; a line of more than LARGEST bytes comes in parts, none of which is a row."""
    with path.open("rb") as lines:
        for number, line in enumerate(iter(lambda: lines.readline(LARGEST), b"")):
            content = line.removeprefix(_MARK) if not number else line
            if content.strip():
                yield _row(content) or line


def _json(path: Path, key: str) -> Iterator[Row | bytes]:
    """An array of objects, an object of objects, an object with one array of objects, or lines in spite of the name."""
    with path.open("rb") as stream:
        form = _FORM.match(stream.read(_FORM_WITHIN))
        if not form:
            raise FileInvalid("it begins as neither an array nor an object")
        is_array = form[0].endswith(b"[")
        if not is_array and _is_lines(path):
            yield from _json_lines(path, key)
            return
        stream.seek(form.end())
        pieces = iter(lambda: stream.read(_PIECE), b"")
        after = _AFTER_LIST.fullmatch if is_array and form["list"] else _AFTER.fullmatch
        try:
            for element in elements(pieces, after):
                found = _row(element) if is_array else _member(element, key)
                yield found or (element if is_array else b"{%b}" % element)
        except JsonDamaged as error:
            raise FileInvalid(f"the JSON is damaged: {error}") from error


def _is_lines(path: Path) -> bool:
    """Whether the first line is an object by itself and another one follows."""
    with path.open("rb") as lines:
        first, second = lines.readline(LARGEST).removeprefix(_MARK), lines.readline(LARGEST)
    return second.lstrip()[:1] == b"{" and _row(first) is not None


def _row(text: bytes) -> Row | None:
    """The JSON object, None when it is none. NaN, as other writers put it, is read as no number is: as null."""
    value: Any = None
    with suppress(ValueError, RecursionError):
        check_depth(text)
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            value = json.loads(text, parse_constant=lambda name: None)
    return value if isinstance(value, dict) else None


def _member(text: bytes, key: str) -> Row | None:
    """A member of an object of objects, its name put under ``key``."""
    held = _row(b"{" + text + b"}")
    name, row = next(iter(held.items()), ("", None)) if held else ("", None)
    return {key: name, **row} if isinstance(row, dict) else None


def _csv(path: Path, key: str) -> Iterator[Row | bytes]:
    # What is not UTF-8 spoils its own row only: it cannot be written as one.
    csv.field_size_limit(LARGEST)
    with path.open(encoding="utf-8-sig", newline="", errors="surrogateescape") as stream:
        try:
            for row in csv.DictReader(bounded_lines(stream), delimiter=_delimiter(path)):
                # Cells beyond the header's come under None: the line is not what the header says.
                yield json.dumps(row[None]).encode() if None in row else dict(row)
        except (csv.Error, TableDamaged) as error:
            raise FileInvalid(f"the CSV is damaged: {error}") from error


def _delimiter(path: Path) -> str:
    """What stands most often in the header outside quotes: a comma, a semicolon or a tab."""
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        header = re.sub(r'"[^"]*"', "", stream.readline(_FORM_WITHIN))
    return max(",;\t", key=header.count)


def _parquet(path: Path, key: str) -> Iterator[Row | bytes]:
    try:
        for row in parquet_rows(path):
            yield row if isinstance(row, dict) else row.encode()
    except TableDamaged as error:
        raise FileInvalid(f"the Parquet file is damaged: {error}") from error


_READERS: dict[str, Callable[[Path, str], Iterator[Row | bytes]]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json,
    ".csv": _csv,
    ".parquet": _parquet,
}
ENDINGS = tuple(_READERS)
