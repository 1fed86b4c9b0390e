"""Verdicts in a spreadsheet: the examples to be read as CSV, and the same file back with verdicts in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from medai_assets.foundation.spreadsheet import NotCSV, decoded, header_of, stated_delimiter
from medai_assets.reviews.history import ReviewError, checked

COLUMNS = ("example_id", "verdict", "fault", "comment")
MOST_TOLD = 3  # faults of one file


def read_reviews(file: Path, reviewer: str, role: str) -> list[dict[str, str]]:
    """The verdicts of a file as a spreadsheet saves it; lines without one are what is still to be read.

    Args:
        reviewer, role: of lines that name none in columns of their own.

    Raises:
        ReviewError: a column is missing, or lines cannot be entered; the message names the first few.
    """
    try:
        _, text = decoded(file.read_bytes())
        rows = list(_rows(text))
    except OSError as error:
        raise ReviewError(f"{file} cannot be read: {error.strerror}") from None
    except NotCSV as error:
        raise ReviewError(f"{file} {error}") from None
    found: dict[tuple[str, str], tuple[int, dict[str, str]]] = {}
    wrong = []
    for line, row in rows:
        try:
            if (verdict := _verdict(row, reviewer, role)) is None:
                continue
        except ReviewError as error:
            wrong.append(f"line {line}: {error}")
            continue
        before, known = found.setdefault((verdict["example_id"], verdict["reviewer"]), (line, verdict))
        if known != verdict:
            wrong.append(
                f"the verdicts on {verdict['example_id']} in lines {before} and {line} differ; keep one"
            )
    if wrong:
        more = f"; and {len(wrong) - MOST_TOLD} more" if len(wrong) > MOST_TOLD else ""
        raise ReviewError(f"nothing of {file} was entered: {'; '.join(wrong[:MOST_TOLD])}{more}")
    return [verdict for _, verdict in found.values()]


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows by the names of the header, each with the line on which it begins. Raises NotCSV."""
    lines = io.StringIO(text, newline="")
    first = lines.readline()
    stated = stated_delimiter(first)
    number = 1 if stated is None else 2
    delimiter, names = header_of(first if stated is None else lines.readline(), COLUMNS, stated)
    if missing := [name for name in COLUMNS[:2] if name not in names]:
        raise NotCSV(f"lacks the column {', '.join(missing)}; `medai review sample` writes such a file")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    done = 0
    try:
        for cells in reader:
            begins, done = number + done + 1, reader.line_num
            if spare := [cell for cell in cells[len(names) :] if cell.strip()]:
                raise NotCSV(
                    f"line {begins} has more cells than the header ({spare[0].strip()!r}); "
                    'put the comment in quotes "…"'
                )
            yield begins, dict(zip(names, cells))
    except csv.Error:
        raise NotCSV(f"line {number + done + 1} or one below: a quote is opened and not closed") from None


def _verdict(row: dict[str, str], reviewer: str, role: str) -> dict[str, str] | None:
    """What a row says, checked; None where it is still to be read."""
    cells = {name: row.get(name, "") for name in (*COLUMNS, "reviewer", "role")}
    if not cells["verdict"].strip():
        if cells["fault"].strip() or cells["comment"].strip():
            raise ReviewError(f"{cells['example_id']} has no verdict beside its fault or comment")
        return None
    cells |= {"reviewer": cells["reviewer"].strip() or reviewer, "role": cells["role"].strip() or role}
    return checked(cells)
