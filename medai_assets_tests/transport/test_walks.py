"""When the walk of a paged list is believed."""

from __future__ import annotations

import pytest

from medai_assets.transport.errors import ReplyInvalid
from medai_assets.transport.walks import (
    LONGEST_SERIES,
    MOST_PAGES,
    Walk,
    confirmed_entries,
    require_new_entries,
)


def series(*walks: tuple[str, int]) -> tuple[dict[str, str], int]:
    """Entries believed from walks given as (letters met, total stated), and how many walks it took."""
    done = []

    def walk(number: int) -> Walk:
        letters, total = walks[min(number, len(walks) - 1)]
        done.append(number)
        return Walk(dict.fromkeys(letters, ""), total)

    return dict(confirmed_entries(walk, "test", "/list")), len(done)


def test_a_walk_that_meets_as_many_as_stated_is_believed_at_once() -> None:
    assert series(("abc", 3)) == ({"a": "", "b": "", "c": ""}, 1)


def test_a_walk_that_missed_an_entry_is_repeated() -> None:
    entries, walks = series(("ab", 3), ("abc", 3))
    assert (set(entries), walks) == (set("abc"), 2)


def test_two_walks_that_agree_prove_the_total_wrong() -> None:
    entries, walks = series(("abc", 9), ("abc", 10))
    assert (set(entries), walks) == (set("abc"), 2)


def test_two_walks_that_agree_on_nothing_prove_nothing() -> None:
    with pytest.raises(ReplyInvalid, match="states 9 entries and shows none"):
        series(("", 9), ("", 9))
    assert series(("", 0)) == ({}, 1)


def test_a_list_that_never_stands_still_is_an_error() -> None:
    moving = [("a" * 0 + chr(97 + n), 9) for n in range(LONGEST_SERIES)]
    with pytest.raises(ReplyInvalid, match="changed during each of 4 walks"):
        series(*moving)


def test_a_list_without_end_is_an_error() -> None:
    require_new_entries(MOST_PAGES - 1, 1, 2, "test", "/list")
    with pytest.raises(ReplyInvalid, match="after 10,000 pages the list still announces another one"):
        require_new_entries(MOST_PAGES, 1, 2, "test", "/list")
