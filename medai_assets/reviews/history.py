"""Verdicts as the store remembers them: entries that are only ever added. The last word of each reviewer on an example counts.

An example's id is a hash of its words, so that a verdict holds as long as they do, and no longer.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from typing import Literal, get_args

from medai_assets.foundation.digests import text_digest
from medai_assets.foundation.rows import ReviewRow
from medai_assets.sources.take_down_history import actor
from medai_assets.storage import Store
from medai_assets.storage.entries import Entries, Noted

FOLDER = ".reviews"  # hidden, so that it is no asset's
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


class Entry(Noted, frozen=True, kw_only=True):
    """One verdict; ``actor`` is who entered it here, ``reviewer`` whose it is."""

    example_id: str
    verdict: Verdict
    fault: str = ""
    comment: str = ""
    reviewer: str
    role: str


_ENTRIES = Entries(FOLDER, Entry, "reviews")


def checked(row: dict[str, str]) -> dict[str, str]:
    """A verdict with its white space put right.

    Args:
        row: example_id, verdict, fault, comment, reviewer, role.

    Raises:
        ReviewError: says which is wrong, and what is known.
    """
    told = {
        name: " ".join(str(row.get(name) or "").split())
        for name in ("example_id", "verdict", "fault", "reviewer", "role")
    }
    told["comment"] = str(row.get("comment") or "").strip()[:MOST_COMMENT]
    if not _EXAMPLE_ID.fullmatch(told["example_id"]):
        raise ReviewError(
            f"{told['example_id'] or 'nothing'!r} is no example's id (e and 24 hexadecimal digits)"
        )
    if told["verdict"] not in get_args(Verdict):
        raise ReviewError(f"the verdict on {told['example_id']} is {told['verdict']!r}; say approve or fault")
    if told["verdict"] == "approve":
        told["fault"] = ""
    elif told["fault"] not in FAULTS:
        raise ReviewError(
            f"the fault of {told['example_id']} is {told['fault']!r}; known are {', '.join(FAULTS)}"
        )
    if not told["reviewer"]:
        raise ReviewError(f"nobody is named as the reviewer of {told['example_id']}")
    if told["role"] not in ROLES:
        raise ReviewError(f"the reviewer's role is {told['role']!r}; known are {', '.join(ROLES)}")
    return told


def add_reviews(store: Store, rows: Iterable[dict[str, str]]) -> int:
    """Enter verdicts, all or none; those that say what was said last already are left out. Returns how many were new.

    Raises:
        ReviewError: one of them cannot be entered.
        StoreError: the history is damaged.
    """
    known = {(row["example_id"], row["reviewer"]): _said(row) for row in standing(store)}
    new: dict[tuple[str, str], dict[str, str]] = {}
    for row in map(checked, rows):
        key = (row["example_id"], row["reviewer"])
        if known.get(key) != _said(row):
            new[key] = row
    at, who, host = store.now(), actor(), socket.gethostname()
    _ENTRIES.add(store, *(Entry(at=at, actor=who, host=host, **row) for row in new.values()))  # type: ignore[arg-type]
    return len(new)


def standing(store: Store) -> list[ReviewRow]:
    """The last word of each reviewer on each example, by example and reviewer. Raises StoreError as a damaged history does."""
    last = {(entry.example_id, entry.reviewer): entry for entry in _ENTRIES.all(store)}
    return [
        ReviewRow(
            example_id=entry.example_id, verdict=entry.verdict, fault=entry.fault, comment=entry.comment,
            reviewer=entry.reviewer, role=entry.role, reviewed_at=entry.at,
        )
        for _, entry in sorted(last.items())
    ]  # fmt: skip


def digest(store: Store) -> str:
    """Of the verdicts that stand, whoever entered them when."""
    return text_digest(*("\t".join(_said(row)) for row in standing(store)))


def _said(row: ReviewRow | dict[str, str]) -> tuple[str, ...]:
    names = ("example_id", "reviewer", "verdict", "fault", "comment", "role")
    return tuple(row[name] for name in names)  # type: ignore[literal-required]
