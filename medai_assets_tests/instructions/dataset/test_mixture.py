"""The mixture: typed, and caps applied by hash, so that the same candidates give the same choice in any order."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from medai_assets.instructions.dataset.mixture import Mixture, choose_examples, rooms_within
from medai_assets_tests.instructions.conftest import MIXTURE


def example(number: int, *, kind: str = "question_answer", **other: Any) -> dict[str, Any]:
    values = {
        "example_id": f"e{number}",
        "kind": kind,
        "rule": "r/1",
        "subject": None,
        "source": "nhs",
        "audience": "consumer",
    }
    return {**values, "authored": False, **other}


def chosen(rows: list[dict[str, Any]], groups: list[str], **mixture: Any) -> set[str]:
    return {rows[p]["example_id"] for p in choose_examples(rows, groups, Mixture(**mixture)).kept}


def test_the_packaged_file_is_valid(tmp_path: Path) -> None:
    loaded = Mixture.load(MIXTURE)
    (tmp_path / "values.json").write_text(loaded.model_dump_json())
    assert Mixture.load(tmp_path / "values.json") == loaded


@pytest.mark.parametrize(
    "values",
    [
        {"sed": 1},
        {"validation_share": 0.9},
        {"most_examples": {"poems": 3}},
        {"source_weights": {"nhs": 2}},
        {"source_weights": {"nhs": -0.1}},
        {"emergency_country": "XX"},
    ],
)
def test_unknown_names_and_values_out_of_bounds_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Mixture(**values)


def test_no_document_and_no_subject_fills_a_kind() -> None:
    rows = [example(n, subject="aspirin") for n in range(30)]
    assert len(chosen(rows, ["one"] * 30, most_per_document=5)) == 5
    assert len(chosen(rows, [str(n) for n in range(30)], most_per_subject=7)) == 7


def test_a_document_s_rules_take_turns() -> None:
    rows = [example(n, rule="many/1" if n < 20 else "few/1") for n in range(22)]
    kept = chosen(rows, ["one"] * 22, most_per_document=4)
    assert Counter(r["rule"] for r in rows if r["example_id"] in kept) == {"many/1": 2, "few/1": 2}


def test_a_source_has_at_most_its_share_of_what_is_taken() -> None:
    rows = [example(n, source="pubmed" if n % 4 else "nhs") for n in range(80)]
    kept = chosen(rows, [str(n) for n in range(80)], source_weights={"pubmed": 0.5})
    taken = Counter(r["source"] for r in rows if r["example_id"] in kept)
    assert taken == {"nhs": 20, "pubmed": 20}


@given(
    counts=st.dictionaries(st.sampled_from("abcd"), st.integers(0, 200), min_size=1),
    share=st.floats(0.05, 1),
    most=st.integers(0, 300),
)
def test_no_limited_value_has_more_than_its_share_while_others_are_there(
    counts: dict[str, int], share: float, most: int
) -> None:
    rooms = rooms_within(counts, {"a": share}, most)
    taken = sum(rooms.get(v, n) for v, n in counts.items())
    if "a" in rooms and taken <= most:
        assert rooms["a"] <= share * taken + 1 or set(counts) == {"a"}


def test_a_share_does_not_empty_a_kind_that_has_one_source_only() -> None:
    rows = [example(n, source="pubmed") for n in range(40)]
    assert len(chosen(rows, [str(n) for n in range(40)], source_weights={"pubmed": 0.25})) == 40


def test_a_source_without_a_share_gives_nothing_even_where_it_is_alone() -> None:
    alone = [example(n, source="pubmed") for n in range(40)]
    assert chosen(alone, [str(n) for n in range(40)], source_weights={"pubmed": 0.0}) == set()
    beside = [example(n, source="pubmed" if n % 4 else "nhs") for n in range(80)]
    kept = chosen(beside, [str(n) for n in range(80)], source_weights={"pubmed": 0.0})
    assert {r["source"] for r in beside if r["example_id"] in kept} == {"nhs"}
    assert len(kept) == 20


def test_the_choice_does_not_depend_on_the_order_of_the_candidates() -> None:
    rows = [example(n, subject=f"s{n % 9}") for n in range(200)]
    groups = [f"d{n % 17}" for n in range(200)]
    order = list(range(200))
    random.Random(3).shuffle(order)
    bounds: dict[str, Any] = {
        "most_per_document": 6,
        "most_per_subject": 11,
        "most_examples": {"question_answer": 50},
    }
    assert chosen(rows, groups, **bounds) == chosen(
        [rows[i] for i in order], [groups[i] for i in order], **bounds
    )


def test_what_is_cut_is_counted_by_kind_and_reason() -> None:
    rows = [example(n) for n in range(10)]
    cut = choose_examples(
        rows, ["one"] * 10, Mixture(most_per_document=8, most_examples={"question_answer": 5})
    ).cut
    assert cut == {"question_answer": {"most_examples": 3, "most_per_document": 2}}
