"""The user's own withdrawals: a small CSV of record ids, each with a reason, a person and a day.

Read by collection (a record taken down is not stored again), by the asset ``withdrawals``, and by lineage.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from medai_assets.foundation.files import write_whole
from medai_assets.sources.record_ids import is_record_id

if TYPE_CHECKING:
    from medai_assets.storage import Receipt, Store

COLUMNS = ("record_id", "reason", "reported_by", "reported_at")
FORMS_TOLD = (
    "they look like fda:<set id>, pubmed:31031480, nhs:<path>, cdc:<number>, medquad:<folder>/<file>#<pair>, "
    "hf:<data set>/<row>; `medai lineage` finds them by words"
)


class TakeDownError(ValueError):
    """The user's take-down file cannot be read; the message names the line."""


def read_take_downs(file: Path) -> list[dict[str, Any]]:
    """The user's own withdrawals; an absent file has none.

    The file is CSV with the columns record_id, reason, reported_by, reported_at (ISO date).

    Raises:
        TakeDownError: a column or a reason is missing, or a record id is none that a source makes.
    """
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8-sig") as stream:  # spreadsheets write a mark before the header
        reader = csv.DictReader(stream)
        missing = [c for c in COLUMNS if c not in (reader.fieldnames or [])]
        if missing:
            raise TakeDownError(
                f"{file} lacks the column {missing[0]!r}; its header must be {','.join(COLUMNS)}"
            )
        rows = []
        for number, row in enumerate(reader, start=2):
            told = {column: (row[column] or "").strip() for column in COLUMNS}
            if not is_record_id(told["record_id"]):
                raise TakeDownError(
                    f"{file} line {number}: {told['record_id']!r} is no record id; {FORMS_TOLD}"
                )
            if not told["reason"]:
                raise TakeDownError(f"{file} line {number}: {told['record_id']} has no reason")
            rows.append({**told, "kind": "take_down", "version": None, "evidence": None})
    return rows


def add_take_down(file: Path, record_id: str, reason: str, person: str) -> None:
    """Append one withdrawal to the user's file, whole or not at all.

    Raises:
        TakeDownError: the id is none that a source makes, the reason is empty, or the record is in the file already.
    """
    if not is_record_id(record_id):
        raise TakeDownError(f"{record_id!r} is no record id; {FORMS_TOLD}")
    if not reason.strip():
        raise TakeDownError('a withdrawal needs a reason: --reason "…"')
    with _alone(file):
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
        _write(file, rows)


def remove_take_down(file: Path, record_id: str) -> None:
    """Take one of the user's own withdrawals back.

    Raises:
        TakeDownError: the file does not name the record.
    """
    with _alone(file):
        rows = read_take_downs(file)
        left = [row for row in rows if row["record_id"] != record_id]
        if len(left) == len(rows):
            raise TakeDownError(f"{record_id} is not in {file}; what an upstream withdrew stays withdrawn")
        _write(file, left)


def left_out(store: Store, receipt: Receipt) -> frozenset[str]:
    """Records that a raw slice lacks because they were taken down when it was made."""
    from medai_assets.sources.taken_down import REASON

    told = receipt.metadata
    ids = set(told.get("taken_down", ()))
    if told.get("rejected_reasons", {}).get(REASON):
        stored = store.open(receipt.asset, receipt.partition, receipt.data_version)
        rejected = stored.table("rejected", columns=["record_id", "reason"]).to_pylist()
        ids |= {row["record_id"] for row in rejected if row["reason"] == REASON}
    return frozenset(ids)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Keep other commands from changing the file meanwhile, so that no entry is lost."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_name(f".{file.name}.lock")):
        yield


def _write(file: Path, rows: list[dict[str, Any]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(file, text.getvalue().encode(), durable=True)
