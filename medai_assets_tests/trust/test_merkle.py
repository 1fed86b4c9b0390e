"""Proofs of absence hold for every name that is not there, for none that is, and for no other root."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.trust.merkle import absence, is_absent, root

NAMES = st.lists(st.text("abc", max_size=3), max_size=12)


@given(NAMES, st.text("abcd", max_size=4))
def test_absence_is_proved_exactly_where_a_name_is_absent(names: list[str], name: str) -> None:
    if name in names:
        with pytest.raises(ValueError, match="is among them"):
            absence(names, name)
    else:
        assert is_absent(name, absence(names, name), root(names))


@given(NAMES, st.text("abc", max_size=3), st.text("abcd", max_size=4))
def test_the_proof_for_one_name_proves_nothing_for_a_name_that_is_there(
    names: list[str], present: str, absent: str
) -> None:
    names = [*names, present]
    if absent not in names:
        assert not is_absent(present, absence(names, absent), root(names))


@given(NAMES, NAMES, st.text("d", min_size=1, max_size=2))
def test_a_proof_leads_to_one_root(names: list[str], others: list[str], name: str) -> None:
    if set(names) != set(others):
        assert not is_absent(name, absence(names, name), root(others))


def test_a_neighbour_left_out_or_moved_proves_nothing() -> None:
    names = ["a", "b", "d", "e", "f"]
    proof = absence(names, "c")
    for spoil in (
        lambda p: p["neighbours"].pop(),
        lambda p: p["neighbours"].pop(0),
        lambda p: p["neighbours"][0].update(index=0),
        lambda p: p.update(size=2),
        lambda p: p["neighbours"][1]["path"].pop(),
    ):
        spoilt = copy.deepcopy(proof)
        spoil(spoilt)
        assert not is_absent("c", spoilt, root(names))
    assert root(["b", "a", "b"]) == root(["a", "b"])
