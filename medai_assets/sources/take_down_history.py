"""Take-downs as the store remembers them: entries that are only ever added, so every host over one store sees the same.

An entry says who withdrew a record or took that back, when, why and for which request. The user's file on one host is an
import: each of its lines becomes an entry once. Each entry names the digests of those that nothing followed when it was
made, so a removed one is noticed.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import socket
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

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
from medai_assets.storage import Store, StoreError
from medai_assets.storage.sealed import BrokenSeal, seal, unseal

FOLDER = ".withdrawals"  # hidden, so that it is no asset's
ACTOR = "MEDAI_ACTOR"
Action = Literal["withdrawn", "taken back", "erased"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done to one record.

    ``line`` is the digest of the take-down as a file would hold it; ``after`` the digests of the entries before it.
    """

    record_id: str
    action: Action
    at: str  # ISO 8601 in UTC
    actor: str  # who did it here
    host: str
    reason: str = ""
    request: str = ""  # whose wish, or under which number it is kept elsewhere
    reported_by: str = ""
    reported_at: str = ""
    line: str = ""
    after: list[str] = []


def actor() -> str:
    """Who acts: ``MEDAI_ACTOR``, else the user of this machine."""
    if named := os.environ.get(ACTOR, "").strip():
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user id without a name, as in containers
        raise TakeDownError(f"this user has no name here; say who acts in {ACTOR}") from None


def history(store: Store) -> list[Entry]:
    """Every entry, oldest first.

    Raises:
        StoreError: one is damaged, or one that another was made after is gone.
    """
    return [entry for _, entry in _read(store)]


def standing(store: Store, file: Path | None) -> list[WithdrawalRow]:
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
    if any(row["record_id"] == record for row in standing(store, file)):
        raise TakeDownError(f"{record} is withdrawn already; `medai withdrawals` tells by whom")
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
    if all(row["record_id"] != record for row in standing(store, file)):
        raise TakeDownError(f"{record} is not taken down; what an upstream withdrew stays withdrawn")
    if any(row["record_id"] == record for row in read_take_downs(file)):
        remove_take_down(file, record)
    _add(store, record, "taken back", reason=reason, request=request)
    return record


def note_erased(store: Store, record_ids: Sequence[str], what: str) -> None:
    """Note that the records' text was taken out of what is kept beside the current versions."""
    for record in record_ids:
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
    before = _read(store)
    followed = {digest for _, entry in before for digest in entry.after}
    told: dict[str, Any] = {"reason": reason}
    if row:
        told = {name: value for name, value in row.items() if name in COLUMNS and name != "record_id"}
    entry = Entry(
        record_id=record_id,
        action=action,
        at=store.now(),
        actor=actor(),
        host=socket.gethostname(),
        request=" ".join(request.split()),
        line=_line(row) if row else "",
        after=sorted(digest for digest, _ in before if digest not in followed),
        **told,
    )
    name = f"{entry.at.replace(':', '').replace('+0000', 'Z')}-{uuid.uuid4().hex[:6]}.json"
    data = seal(msgspec.json.format(msgspec.json.encode(entry, order="sorted"), indent=1))
    store.put_file(f"{store.root}/{FOLDER}/{name}", data)


def _read(store: Store) -> list[tuple[str, Entry]]:
    """Digest and content of every entry, oldest first; two hosts' clocks may differ, what one knew of the other counts."""
    found = {}
    for path in store.files_beside(FOLDER):
        data = store.filesystem.cat_file(path)
        try:
            found[hashlib.sha256(data).hexdigest()] = msgspec.json.decode(unseal(data), type=Entry)
        except (BrokenSeal, msgspec.DecodeError) as error:
            raise StoreError(
                f"{path} is damaged: it is an entry of the history of withdrawals; put it back from a copy"
            ) from error
    for entry in found.values():
        if gone := [digest for digest in entry.after if digest not in found]:
            raise StoreError(
                f"the history of withdrawals in {store.root}/{FOLDER} lacks an entry (SHA-256 {gone[0][:12]}…) that "
                f"came before {entry.at}; put it back from a copy"
            )
    return _in_order(found)


def _in_order(found: dict[str, Entry]) -> list[tuple[str, Entry]]:
    ordered: dict[str, Entry] = {}
    waiting = sorted(found, key=lambda digest: (found[digest].at, digest))
    while waiting:
        ready = next(digest for digest in waiting if all(before in ordered for before in found[digest].after))
        ordered[ready] = found[ready]
        waiting.remove(ready)
    return list(ordered.items())
