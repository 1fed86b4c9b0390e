"""Verdicts in a spreadsheet: the examples to be read as CSV, and the same file back with verdicts in it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from medai_assets.reviews.history import ReviewError, checked

COLUMNS = ("example_id", "verdict", "fault", "comment")
_BLANK = ("", None)


def read_reviews(file: Path, reviewer: str, role: str) -> list[dict[str, str]]:
    """The verdicts of a file; lines without one are what is still to be read.

    Args:
        reviewer, role: of lines that name none in columns of their own.

    Raises:
        ReviewError: a column is missing, or lines cannot be entered; the message names the first few.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReviewError(f"{file} cannot be read as CSV in UTF-8: {error}") from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if missing := [name for name in COLUMNS[:2] if name not in (reader.fieldnames or ())]:
        raise ReviewError(
            f"{file} lacks the column {', '.join(missing)}; `medai review sample` writes such a file"
        )
    found, wrong = [], []
    for row in reader:
        if row.get("verdict") in _BLANK:
            continue
        told = {name: row.get(name) or "" for name in (*COLUMNS, "reviewer", "role")}
        told |= {"reviewer": told["reviewer"] or reviewer, "role": told["role"] or role}
        try:
            found.append(checked(told))
        except ReviewError as error:
            wrong.append(f"line {reader.line_num}: {error}")
    if wrong:
        more = f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise ReviewError(f"nothing of {file} was entered: {'; '.join(wrong[:3])}{more}")
    return found
