"""Walking a paged list whose pages may shift while they are read.

What belongs here: the rule for when to believe such a walk. How a page is asked for and read stands with its source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from medai_assets.transport.errors import ReplyInvalid

LONGEST_SERIES = 4  # walks before it is given up
MOST_PAGES = 10_000  # of one list; the longest known has about a thousand


class Walk(NamedTuple):
    """The entries one walk met, by key, and the total the upstream stated at its end."""

    entries: Mapping[Any, Any]
    total: int


def confirmed_entries(walk: Callable[[int], Walk], source: str, url: str) -> Mapping[Any, Any]:
    """Entries of the first walk that met as many as the upstream says it has, or of two walks that agree.

    A list that grows or is re-sorted while it is read can push an entry from a page not yet read to one already read;
    then fewer entries are met than stated. When two walks in a row meet the same entries it is the total that is wrong,
    unless they meet none at all.

    Args:
        walk: does the n-th walk (from 0) and must not answer it from what an earlier one received.
        url: of the list, for the error.

    Raises:
        ReplyInvalid: the list never stood still, or shows nothing of what it states.
    """
    before: Mapping[Any, Any] | None = None
    for number in range(LONGEST_SERIES):
        entries, total = walk(number)
        if len(entries) == total or (before is not None and entries.keys() == before.keys()):
            if total > 0 and not entries:
                raise ReplyInvalid(source, url, f"the list states {total:,} entries and shows none")
            return entries
        before = entries
    raise ReplyInvalid(
        source,
        url,
        f"the list changed during each of {LONGEST_SERIES} walks: it states {total:,} entries and showed {len(entries):,}",
        "Nothing was replaced; collect the slice again when the upstream has settled",
    )


def require_new_entries(page: int, before: int, now: int, source: str, url: str) -> None:
    """Whether a page that names a next one has brought anything: a list that leads round and round has no end.

    Args:
        page: its number, from 1.
        before, now: entries met before the page, and with it.

    Raises:
        ReplyInvalid: it has not, or there is no end of pages.
    """
    if page >= MOST_PAGES:
        raise ReplyInvalid(source, url, f"after {MOST_PAGES:,} pages the list still announces another one")
    if now == before:
        raise ReplyInvalid(source, url, "the page brings no new entry, yet announces another page")
