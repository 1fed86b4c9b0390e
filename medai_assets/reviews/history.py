"""Verdicts as the store remembers them: entries that are only ever added. The last word of each reviewer on an example counts.

An example's id is a hash of its words, so that a verdict holds as long as they do, and no longer. What a reviewer wrote beside
a verdict is a file named by its SHA-256: entries name it and do not hold it, so that ``medai erase`` can remove it.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from typing import Literal, get_args

import msgspec

from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.plain_text import plain
from medai_assets.foundation.rows import ReviewRow
from medai_assets.sources.take_down_history import actor
from medai_assets.storage import Store, StoreError
from medai_assets.storage.entries import Entries, Noted

FOLDER = ".reviews"  # hidden, so that it is no asset's
COMMENTS = ".review_comments"  # beside it: an entry is never changed, and a comment that quotes a withdrawn text can go
Verdict = Literal["approve", "fault"]
Role = Literal["clinician", "pharmacist", "editor", "engineer", "lay reader"]
ROLES: tuple[str, ...] = get_args(Role)
FAULTS = {
    "not_the_source": "it says what its source does not",
    "urgency": "it leaves out, adds or lowers how urgent something is",
    "cut": "it breaks off, runs together, or lost a list",
    "question": "nobody would ask so",
    "not_answered": "the answer is to something else",
    "useless": "nobody learns anything from it",
    "promotional": "unapproved, homeopathic or marketing",
    "duplicate": "it says what another example says",
    "harmful": "following it could hurt somebody",
}
MOST_COMMENT = 2000  # characters
_EXAMPLE_ID = re.compile(r"e[0-9a-f]{24}")


class ReviewError(ValueError):
    """A verdict that cannot be entered; the message says what is wanted."""


class ReviewVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """One verdict; ``comment`` is the name of what was written beside it."""

    example_id: str
    verdict: Verdict
    fault: str
    comment: str
    reviewer: str
    role: str


class Entry(Noted, frozen=True, kw_only=True):
    """Verdicts that were entered together; ``actor`` is who entered them here."""

    verdicts: list[ReviewVerdict]


_ENTRIES = Entries(FOLDER, Entry, "reviews")


def checked(row: dict[str, str]) -> dict[str, str]:
    """A verdict as it is kept: names in their own spelling, white space put right, nothing that controls a terminal.

    Args:
        row: example_id, verdict, fault, comment, reviewer, role.

    Raises:
        ReviewError: says which is wrong, and what is known.
    """
    kept = {
        name: " ".join(plain(str(row.get(name) or "")).split())
        for name in ("example_id", "verdict", "fault", "reviewer", "role")
    }
    kept |= {name: kept[name].lower().replace(" ", "_") for name in ("verdict", "fault")}
    kept["role"] = kept["role"].lower()
    kept["comment"] = plain(str(row.get("comment") or "")).strip()
    if not _EXAMPLE_ID.fullmatch(kept["example_id"]):
        raise ReviewError(
            f"{kept['example_id'] or 'nothing'!r} is not the id of an example (e followed by 24 hexadecimal digits)"
        )
    if kept["verdict"] not in get_args(Verdict):
        raise ReviewError(
            f"the verdict on {kept['example_id']} is {kept['verdict']!r}; it must be approve or fault"
        )
    if kept["verdict"] == "approve":
        if kept["fault"]:
            raise ReviewError(f"{kept['example_id']} has the verdict approve, and a fault; keep one")
    elif kept["fault"] not in FAULTS:
        raise ReviewError(
            f"the fault of {kept['example_id']} is {kept['fault']!r}; known are {', '.join(FAULTS)}"
        )
    if not kept["reviewer"]:
        raise ReviewError(f"no reviewer is named for {kept['example_id']}")
    if len(kept["comment"]) > MOST_COMMENT:
        raise ReviewError(
            f"the comment on {kept['example_id']} has {len(kept['comment']):,} characters; at most {MOST_COMMENT:,} are kept"
        )
    if kept["role"] not in ROLES:
        raise ReviewError(f"the reviewer's role is {kept['role']!r}; known are {', '.join(ROLES)}")
    return kept


def add_reviews(store: Store, rows: Iterable[dict[str, str]]) -> int:
    """Enter verdicts, all or none; those that say what was said last already are left out. Returns how many were new.

    Raises:
        ReviewError: one of them cannot be entered.
        StoreError: the history is damaged.
    """
    known = {(row["example_id"], row["reviewer"]): _said(row) for row in latest_verdicts(store)}
    new: dict[tuple[str, str], dict[str, str]] = {}
    for row in map(checked, rows):
        key = (row["example_id"], row["reviewer"])
        if known.get(key) != _said(row):
            new[key] = row
    if new:
        verdicts = [_kept(store, row) for row in new.values()]
        _ENTRIES.add(
            store, Entry(at=store.now(), actor=actor(), host=socket.gethostname(), verdicts=verdicts)
        )
    return len(new)


def _kept(store: Store, row: dict[str, str]) -> ReviewVerdict:
    return msgspec.convert(row | {"comment": keep_comment(store, row["comment"])}, ReviewVerdict)


def latest_verdicts(store: Store) -> list[ReviewRow]:
    """The last word of each reviewer on each example, by example and reviewer. Raises StoreError as a damaged history does."""
    last = {
        (one.example_id, one.reviewer): (one, entry.at)
        for entry in _ENTRIES.all(store)
        for one in entry.verdicts
    }
    return [
        ReviewRow(
            example_id=one.example_id, verdict=one.verdict, fault=one.fault, comment=read_comment(store, one.comment),
            reviewer=one.reviewer, role=one.role, reviewed_at=at,
        )
        for _, (one, at) in sorted(last.items(), key=lambda item: item[0])
    ]  # fmt: skip


def digest(store: Store) -> str:
    """Of the verdicts that stand, whoever entered them when."""
    return text_digest(*("\t".join(_said(row)) for row in latest_verdicts(store)))


def _said(row: ReviewRow | dict[str, str]) -> tuple[str, ...]:
    names = ("example_id", "reviewer", "verdict", "fault", "comment", "role")
    return tuple(row[name] for name in names)  # type: ignore[literal-required]


def keep_comment(store: Store, comment: str) -> str:
    """Write a comment and return its name; "" for none."""
    if not comment:
        return ""
    name = text_digest(comment)
    store.put_file(_comment_path(store, name), comment.encode())
    return name


def read_comment(store: Store, name: str) -> str:
    """A comment by its name, "" where it was erased. Raises StoreError where it is not what was written."""
    data = store.read_bytes(_comment_path(store, name)) if name else None
    if data is None:
        return ""
    comment = data.decode("utf-8", "replace")
    if text_digest(comment) != name:
        raise StoreError(
            f"{_comment_path(store, name)} is damaged; it holds a reviewer's comment: restore it or remove it"
        )
    return comment


def _comment_path(store: Store, name: str) -> str:
    return f"{store.root}/{COMMENTS}/{name}.txt"
