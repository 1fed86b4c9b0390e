"""Take-downs as the store remembers them: entries that are only ever added, so every host over one store sees the same.

An entry says who withdrew a record or took that back, when, why and for which request. The user's file on one host is an
import: each of its lines becomes an entry once.
"""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.rows import WithdrawalRow
from medai_assets.sources.take_down_file import COLUMNS, TakeDownError
from medai_assets.sources.take_downs import (
    add_take_down,
    canonical,
    line_of,
    read_take_downs,
    remove_take_down,
    take_down,
)
from medai_assets.storage import Store
from medai_assets.storage.entries import Entries, Noted

FOLDER = ".withdrawals"  # hidden, so that it is no asset's
ACTOR = "MEDAI_ACTOR"
Action = Literal["withdrawn", "taken back", "erased"]


class Entry(Noted, frozen=True, kw_only=True):
    """One thing that was done to one record; ``line`` is the digest of the take-down as a file would hold it."""

    record_id: str
    action: Action
    reason: str = ""
    request: str = ""  # whose wish, or under which number it is kept elsewhere
    reported_by: str = ""
    reported_at: str = ""
    line: str = ""


_ENTRIES = Entries(FOLDER, Entry, "withdrawals")


def actor() -> str:
    """Who acts: ``MEDAI_ACTOR``, else the user of this machine."""
    if named := os.environ.get(ACTOR, "").strip():
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user id without a name, as in containers
        raise TakeDownError(f"this user id has no name here; set {ACTOR} to yours") from None


def history(store: Store) -> list[Entry]:
    """Every entry, oldest first.

    Raises:
        StoreError: one is damaged, or one that another was made after is gone.
    """
    return _ENTRIES.all(store)


def take_downs_in_force(store: Store, file: Path | None) -> list[WithdrawalRow]:
    """Take-downs in force, as rows of ``withdrawals``: those of the store, and lines of the file not imported yet.

    Raises:
        TakeDownError: the file cannot be used.
        StoreError: the history is damaged.
    """
    entries = history(store)
    last = {entry.record_id: entry for entry in entries if entry.action != "erased"}
    rows = {entry.record_id: _row(entry) for entry in last.values() if entry.action == "withdrawn"}
    rows |= {row["record_id"]: row for row in _not_imported(entries, file)}
    return [rows[record] for record in sorted(rows)]


def import_file(store: Store, file: Path) -> int:
    """Make each new line of the user's file an entry; returns how many there were.

    Raises:
        TakeDownError: the file cannot be used.
    """
    new = _not_imported(history(store), file)
    for row in new:
        _add(store, row["record_id"], "withdrawn", row=row)
    return len(new)


def withdraw(store: Store, file: Path, record_id: str, reason: str, person: str, request: str = "") -> str:
    """Enter a take-down into the user's file and the history; returns the record's canonical id.

    Raises:
        TakeDownError: no source makes such an id, the reason is empty, or the record is withdrawn already.
    """
    import_file(store, file)
    record = canonical(record_id)
    if any(row["record_id"] == record for row in take_downs_in_force(store, file)):
        raise TakeDownError(f"{record} is withdrawn already; `medai withdrawals` shows by whom")
    if any(row["record_id"] == record for row in read_take_downs(file)):
        remove_take_down(file, record)  # its line was taken back from another host
    add_take_down(file, record, reason, person)
    row = next(row for row in read_take_downs(file) if row["record_id"] == record)
    _add(store, record, "withdrawn", row=row, request=request)
    return record


def take_back(store: Store, file: Path, record_id: str, reason: str = "", request: str = "") -> str:
    """Reverse a take-down, whichever host entered it; returns the record's canonical id.

    Raises:
        TakeDownError: the record is not taken down.
    """
    import_file(store, file)
    record = canonical(record_id)
    if all(row["record_id"] != record for row in take_downs_in_force(store, file)):
        raise TakeDownError(f"{record} is not taken down; what an upstream withdrew stays withdrawn")
    if any(row["record_id"] == record for row in read_take_downs(file)):
        remove_take_down(file, record)
    _add(store, record, "taken back", reason=reason, request=request)
    return record


def note_erased(store: Store, record_ids: Sequence[str], what: str, *, anew: bool = True) -> None:
    """Note that the records' text was taken out of what is kept beside the current versions.

    Args:
        anew: also of records of which this was the last that was noted.
    """
    last = {entry.record_id: entry.action for entry in history(store)}
    for record in record_ids:
        if anew or last.get(record) != "erased":
            _add(store, record, "erased", reason=what)


def _not_imported(entries: Sequence[Entry], file: Path | None) -> list[WithdrawalRow]:
    known = {entry.line for entry in entries}
    return [row for row in read_take_downs(file) if _line(row) not in known] if file else []


def _line(row: WithdrawalRow) -> str:
    return text_digest(line_of(row))


def _row(entry: Entry) -> WithdrawalRow:
    return take_down(entry.record_id, entry.reason, entry.reported_by, entry.reported_at)


def _add(
    store: Store,
    record_id: str,
    action: Action,
    *,
    row: WithdrawalRow | None = None,
    reason: str = "",
    request: str = "",
) -> None:
    facts: dict[str, Any] = {"reason": reason}
    if row:
        facts = {name: value for name, value in row.items() if name in COLUMNS and name != "record_id"}
    entry = Entry(
        record_id=record_id,
        action=action,
        at=store.now(),
        actor=actor(),
        host=socket.gethostname(),
        request=" ".join(request.split()),
        line=_line(row) if row else "",
        **facts,
    )
    _ENTRIES.add(store, entry)
