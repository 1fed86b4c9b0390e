"""A sample holds the lowest hashes of each stratum, each example once, however the candidates come."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.choice import number
from medai_assets.instructions.dataset import sample
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.sample import Candidate, Sample, of_document
from medai_assets_tests.tries import tries

KIND = "question_answer"


def candidate(name: int, group: str = "d", **other: Any) -> Candidate:
    values = {
        "kind": KIND,
        "source": "nhs",
        "audience": "consumer",
        "rule": "r/1",
        "example_id": f"e{name:04}",
    }
    return Candidate({**values, **other}, group)  # type: ignore[typeddict-item]


def names(held: list[Candidate]) -> list[str]:
    return [one.row["example_id"] for one in held]


def test_a_kind_without_a_bound_is_held_whole() -> None:
    whole = Sample(Mixture())
    for n in range(3000):
        whole.add(candidate(n))
    assert len(whole.held()) == 3000


def test_a_kind_with_a_bound_holds_at_least_a_thousand_and_four_for_each_that_is_wanted() -> None:
    held = {}
    for most in (0, 10, 500):
        some = Sample(Mixture(most_examples={KIND: most}))
        for n in range(2600):
            some.add(candidate(n))
        held[most] = len(some.held())
    assert held == {0: 1000, 10: 1000, 500: 2000}


@tries(30)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["nhs", "cdc"])), max_size=120),
    st.randoms(use_true_random=False),
)
def test_the_sample_depends_neither_on_the_order_nor_on_repeats(
    pairs: list[tuple[int, str]], shuffled: Any
) -> None:
    mixture = Mixture(most_examples={KIND: 1})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample, "LEAST", 4)
        one, other = Sample(mixture), Sample(mixture)
        for n, source in pairs:
            one.add(candidate(n, source=source))
        again = [*pairs, *pairs]
        shuffled.shuffle(again)
        for n, source in again:
            other.add(candidate(n, source=source))
        assert names(one.held()) == names(other.held())
        for source in ("nhs", "cdc"):
            ours = sorted({n for n, s in pairs if s == source}, key=lambda n: number(17, KIND, f"e{n:04}"))[
                :4
            ]
            assert {f"e{n:04}" for n in ours} <= set(names(one.held()))


def test_of_an_example_made_from_several_documents_the_first_by_name_counts() -> None:
    for order in (("b", "a", "c"), ("c", "b", "a")):
        some = Sample(Mixture())
        for group in order:
            some.add(candidate(1, group))
        assert [one.group for one in some.held()] == ["a"]
        assert some.count_again() == {KIND: 2}


def test_kinds_are_counted_apart() -> None:
    some = Sample(Mixture())
    for kind in (KIND, "drug_information", KIND):
        some.add(candidate(1 if kind == KIND else 2, kind=kind))
    assert some.count_again() == {KIND: 1}


def test_a_document_keeps_its_order_and_is_bounded_for_each_kind_by_itself() -> None:
    rows = [candidate(n, kind=KIND if n % 3 else "drug_information").row for n in range(60)]
    held = of_document(rows, Mixture(most_per_document=2))
    kinds = [row["kind"] for row in held]
    assert kinds.count(KIND) == kinds.count("drug_information") == 2 * sample.OVERSAMPLE
    assert held == [row for row in rows if row in held]
    assert of_document(rows[:8], Mixture(most_per_document=2)) == rows[:8]
    assert of_document([], Mixture()) == []
