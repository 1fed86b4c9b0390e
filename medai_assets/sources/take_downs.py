"""The user's own withdrawals: a small CSV of record ids, each with a reason, a person and a day.

Read by collection (a record taken down is not stored again), by the asset ``withdrawals``, and by lineage. How the file may
be written is in ``take_down_file``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from medai_assets.foundation.files import make_owned, write_whole
from medai_assets.foundation.rows import WithdrawalRow
from medai_assets.sources.record_ids import canonical_record_id
from medai_assets.sources.take_down_file import COLUMNS, Format, TakeDownError, checked, parse

if TYPE_CHECKING:
    from medai_assets.storage import Receipt

__all__ = [
    "COLUMNS",
    "TakeDownError",
    "add_take_down",
    "canonical",
    "line_of",
    "read_take_downs",
    "remove_take_down",
    "take_down",
    "taken_down_before",
]


def read_take_downs(file: Path) -> list[WithdrawalRow]:
    """The user's own withdrawals; an absent file has none.

    The file is CSV with the columns record_id, reason, reported_by, reported_at, as spreadsheets write it.

    Raises:
        TakeDownError: the file or a line of it cannot be used; the message names the lines.
    """
    return [take_down(**row) for row in _read(file)[1]]


def take_down(record_id: str, reason: str, reported_by: str, reported_at: str) -> WithdrawalRow:
    """A row of ``withdrawals`` for one of the user's own."""
    return {
        "record_id": record_id, "kind": "take_down", "reason": reason, "version": None, "reported_by": reported_by,
        "reported_at": reported_at, "evidence": None,
    }  # fmt: skip


def line_of(row: WithdrawalRow) -> str:
    """What a line of the file says, however it is written there."""
    return "\t".join(str(dict(row)[column]) for column in COLUMNS)


def add_take_down(file: Path, record_id: str, reason: str, person: str) -> str:
    """Append one withdrawal to the user's file, whole or not at all; returns the record's canonical id.

    Raises:
        TakeDownError: the id is none that a source makes, the reason is empty, or the record is in the file already.
    """
    if not reason.strip():
        raise TakeDownError('a withdrawal needs a reason: --reason "…"')
    row = {"record_id": canonical(record_id), "reason": " ".join(reason.split())}
    row |= {"reported_by": " ".join(person.split()), "reported_at": datetime.now(UTC).date().isoformat()}
    try:
        row = checked(row)
    except ValueError as error:
        raise TakeDownError(str(error)) from None
    with _alone(file):
        format, rows = _read(file)
        if any(other["record_id"] == row["record_id"] for other in rows):
            raise TakeDownError(f"{row['record_id']} is withdrawn already; see {file}")
        write_whole(file, format.encode([*rows, row]), durable=True)
    return row["record_id"]


def remove_take_down(file: Path, record_id: str) -> str:
    """Take one of the user's own withdrawals back; returns the record's canonical id.

    Raises:
        TakeDownError: the file does not name the record.
    """
    record = canonical(record_id)
    with _alone(file):
        format, rows = _read(file)
        left = [row for row in rows if row["record_id"] != record]
        if len(left) == len(rows):
            raise TakeDownError(f"{record} is not in {file}; what an upstream withdrew stays withdrawn")
        write_whole(file, format.encode(left), durable=True)
    return record


def taken_down_before(receipt: Receipt) -> frozenset[str]:
    """Records that a raw slice lacks because they were taken down when it was made."""
    return frozenset(receipt.metadata.get("taken_down", ()))


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Keep other commands from changing the file meanwhile, so that no entry is lost."""
    make_owned(file.parent)
    with FileLock(file.with_name(f".{file.name}.lock")):
        yield


def _read(file: Path) -> tuple[Format, list[dict[str, str]]]:
    try:
        return parse(file.read_bytes(), str(file))
    except FileNotFoundError:
        return Format(), []
    except OSError as error:
        raise TakeDownError(f"{file} cannot be read: {error.strerror}") from None


def canonical(record_id: str) -> str:
    """The one way a record's id is written. Raises TakeDownError when no source makes such an id."""
    try:
        return canonical_record_id(record_id)
    except ValueError as error:
        raise TakeDownError(str(error)) from None
