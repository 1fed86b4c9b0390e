"""The user's own withdrawals: a small CSV of record ids, each with a reason, a person and a day.

Read by collection (a record taken down is not stored again), by the asset ``withdrawals``, and by lineage.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

COLUMNS = ("record_id", "reason", "reported_by", "reported_at")
KNOWN_PREFIXES = ("fda:", "pubmed:", "nhs:", "cdc:", "medquad:", "hf:")


class TakeDownError(ValueError):
    """The user's take-down file cannot be read; the message names the line."""


def read_take_downs(file: Path) -> list[dict[str, Any]]:
    """The user's own withdrawals; an absent file has none.

    The file is CSV with the columns record_id, reason, reported_by, reported_at (ISO date).

    Raises:
        TakeDownError: a column is missing or a record id has no known prefix.
    """
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        missing = [c for c in COLUMNS if c not in (reader.fieldnames or [])]
        if missing:
            raise TakeDownError(
                f"{file} lacks the column {missing[0]!r}; its header must be {','.join(COLUMNS)}"
            )
        rows = []
        for number, row in enumerate(reader, start=2):
            if not str(row["record_id"]).startswith(KNOWN_PREFIXES):
                known = ", ".join(KNOWN_PREFIXES)
                raise TakeDownError(
                    f"{file} line {number}: {row['record_id']!r} is no record id; they begin with {known}"
                )
            rows.append(
                {**{c: row[c] for c in COLUMNS}, "kind": "take_down", "version": None, "evidence": None}
            )
    return rows


def add_take_down(file: Path, record_id: str, reason: str, person: str) -> None:
    """Append one withdrawal to the user's file, whole or not at all.

    Raises:
        TakeDownError: the id has no known prefix, the reason is empty, or the record is in the file already.
    """
    if not record_id.startswith(KNOWN_PREFIXES):
        raise TakeDownError(f"{record_id!r} is no record id; they begin with {', '.join(KNOWN_PREFIXES)}")
    if not reason.strip():
        raise TakeDownError('a withdrawal needs a reason: --reason "…"')
    rows = read_take_downs(file)
    if any(row["record_id"] == record_id for row in rows):
        raise TakeDownError(f"{record_id} is withdrawn already; see {file}")
    rows.append(
        {
            "record_id": record_id,
            "reason": reason,
            "reported_by": person,
            "reported_at": datetime.now(UTC).date().isoformat(),
        }
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.new")
    with beside.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    beside.replace(file)
