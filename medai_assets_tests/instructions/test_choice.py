"""Choices: the same on every machine and in every order; what they give is part of every data set's version."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.choice import choose, hash_mod_6, in_order, number

PARTS = st.lists(st.one_of(st.text(max_size=20), st.integers()), max_size=4)


def test_numbers_are_those_of_sha_256_on_every_machine() -> None:
    """As ``printf 'a\\x1f1' | sha256sum`` prints its first 16 digits; another number is another data set."""
    assert number("a", 1) == number("a", "1") == 0x839E11A421D370BE
    assert number() == 0xE3B0C44298FC1C14


@pytest.mark.parametrize(("one", "other"), [(("ab", "c"), ("a", "bc")), (("a",), ("a", "")), ((), ("x",))])
def test_parts_are_kept_apart(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert number(*one) != number(*other)


def test_nothing_is_chosen_of_nothing() -> None:
    with pytest.raises(ZeroDivisionError):
        choose([], "p1")
    assert choose(["only"], "p1") == "only"
    assert in_order([], "p1") == []


@given(st.lists(st.integers(0, 3)), PARTS)
def test_an_order_holds_every_item_as_often_as_it_was_and_depends_on_the_parts_alone(
    items: list[int], parts: list[str | int]
) -> None:
    assert Counter(in_order(items, *parts)) == Counter(items)
    assert in_order(items, *parts) == in_order(items, *parts)
    if items:
        assert choose(items, *parts) in items


def test_choices_are_spread_evenly_over_passages() -> None:
    sixths = Counter(hash_mod_6(f"p{n}", "rule/1") for n in range(1200))
    assert set(sixths) == set(range(6))
    assert min(sixths.values()) > 150
    firsts = Counter(in_order("abc", f"p{n}")[0] for n in range(600))
    assert min(firsts.values()) > 150
