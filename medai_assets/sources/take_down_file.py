"""The take-down file as spreadsheets leave it: its encoding, its delimiter, and each line checked by itself.

A line is read alone, so that an open quote is found where it stands and swallows nothing. What cannot be read for certain
is refused by line, all faults at once, and nothing of the file is used.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from medai_assets.foundation.spreadsheet import NotCSV, decoded, header_of, stated_delimiter
from medai_assets.sources.record_ids import canonical_record_id

COLUMNS = ("record_id", "reason", "reported_by", "reported_at")
MOST_TOLD = 5  # faults of one file
MOST_AHEAD = timedelta(days=366)  # of a date; a clock may be set back, a year may be mistyped
_DATES = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:[T ].*)?", re.ASCII),
    # German, French, Russian Excel
    re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})", re.ASCII),
)


class TakeDownError(ValueError):
    """The user's take-down file cannot be read; the message names the line."""


@dataclass(frozen=True)
class Format:
    """How a file is written, so that it can be written again as the user's spreadsheet reads it."""

    encoding: str = "utf-8"
    delimiter: str = ","

    def encode(self, rows: list[dict[str, str]]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", delimiter=self.delimiter)
        writer.writeheader()
        writer.writerows(rows)
        try:
            return text.getvalue().encode(self.encoding)
        except UnicodeEncodeError:  # a letter that the old code page lacks
            return text.getvalue().encode("utf-8-sig")


def parse(data: bytes, where: str) -> tuple[Format, list[dict[str, str]]]:
    """The format of a file and its rows, ids and days in their canonical form.

    Args:
        where: how messages name the file.

    Raises:
        TakeDownError: names each line that cannot be used, and what to do.
    """
    try:
        encoding, text = decoded(data)
    except NotCSV as error:
        raise TakeDownError(f"{where} {error}") from None
    lines = re.split(r"\r\n|\r|\n", text)  # and no other: a stray line separator stays in its line
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise TakeDownError(f"{where} is empty; its header must be {','.join(COLUMNS)}")
    stated = stated_delimiter(lines[first])
    first += stated is not None
    delimiter, header = _header(lines[first] if first < len(lines) else "", stated, where)
    rows: list[dict[str, str]] = []
    wrong: list[str] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines[first + 1 :], start=first + 2):
        try:
            row = _row(line, delimiter, header)
        except ValueError as error:
            wrong.append(f"{where} line {number}: {error}")
            continue
        if row and (before := seen.setdefault(row["record_id"], number)) != number:
            wrong.append(f"{where} line {number}: {row['record_id']} is already in line {before}; keep one")
        elif row:
            rows.append(row)
    if wrong:
        more = f"; and {len(wrong) - MOST_TOLD} more" if len(wrong) > MOST_TOLD else ""
        raise TakeDownError("; ".join(wrong[:MOST_TOLD]) + more)
    return Format(encoding, delimiter), rows


def _header(line: str, stated: str | None, where: str) -> tuple[str, list[str]]:
    """The delimiter, and the name of each column; unnamed ones at the end are a spreadsheet's."""
    delimiter, names = header_of(line, ["record_id"], stated)
    missing = [column for column in COLUMNS if column not in names]
    further = [name for name in names if name and name not in COLUMNS]
    twice = [name for name in COLUMNS if names.count(name) > 1]
    for problem in (
        *(f"lacks the column {name!r}" for name in missing),
        *(f"has an unknown column {name!r}" for name in further),
        *(f"has the column {name!r} twice" for name in twice),
    ):
        raise TakeDownError(f"{where} {problem}; its header must be {','.join(COLUMNS)}")
    return delimiter, names


def _row(line: str, delimiter: str, header: list[str]) -> dict[str, str] | None:
    """One line's values; None when all cells are empty. Raises ValueError in words."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        raise ValueError(
            "a quote is opened and not closed in this line; close it, and write the reason in one line"
        ) from None
    if not any(cell.strip() for cell in cells):
        return None
    spare = [cell for cell in cells[len(header) :] if cell.strip()]
    spare += [cell for cell, name in zip(cells, header) if not name and cell.strip()]
    if spare:
        raise ValueError(
            f'it has more cells than the header ({spare[0].strip()!r}); put the reason in quotes "…"'
        )
    values = {name: _one_line(cell, name) for name, cell in zip(header, cells) if name}
    values = {column: values.get(column, "") for column in COLUMNS}
    values["record_id"] = canonical_record_id(values["record_id"])
    return checked(values)


def checked(values: dict[str, str]) -> dict[str, str]:
    """A row whose id is canonical, with its reason and person there and its day in ISO form.

    Raises:
        ValueError: a value is missing or is none; says which.
    """
    record = values["record_id"]
    if not values["reason"]:
        raise ValueError(f"{record} has no reason")
    if not any(unicodedata.category(letter).startswith("L") for letter in values["reported_by"]):
        raise ValueError(f"{record} has no name of a person in reported_by")
    return values | {"reported_at": _day(values["reported_at"], record)}


def _one_line(cell: str, name: str) -> str:
    """A cell without outer blanks; terminals obey control characters, so none may stay."""
    value = cell.strip()
    if any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") and letter != "\t" for letter in value):
        raise ValueError(f"{name} holds control characters; write it again by hand")
    return value


def _day(text: str, record: str) -> str:
    for form in _DATES:
        if match := form.fullmatch(text):
            try:
                day = date(int(match["year"]), int(match["month"]), int(match["day"]))
            except ValueError:
                break
            if date(1990, 1, 1) <= day <= datetime.now(UTC).date() + MOST_AHEAD:
                return day.isoformat()
            break
    problem = f"has {text!r} as its day" if text else "has no day"
    raise ValueError(f"{record} {problem} in reported_at; write year-month-day, as in 2026-11-28")
