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

from medai_assets.foundation.yaml_files import YamlRefused
from medai_assets.instructions.dataset.mixture import Mixture, choose_examples, rooms_within
from medai_assets_tests.instructions.conftest import MIXTURE
from medai_assets_tests.tries import tries


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
        {"emergency_country": ""},
        {"validation_share": 0},
        {"most_set_aside": 0},
        {"most_words_of": {"poems": 40}},
        {"most_words": 29},
        {"near_duplicate_jaccard": 0.3},
        {"audience_weights": {"consumer": float("nan")}},
        {"rule_weights": {"drug_information.poem": 0.1}},
        {"rule_weights": {"drug_information.active_ingredient": 1.1}},
        {"text_in_hand": ["poems"]},
        {"text_in_hand": ["emergency_escalation"]},
        {"form_shares": {"sung": 0.1}},
        {"form_shares": {"cited": 0.6, "with_text": 0.5}},
        {"form_shares": {"cited": -0.1}},
        {"most_per_subject": 0},
        {"left_out": [{"rule": "question_answer.pair"}]},
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


def test_the_country_is_kept_in_capitals_and_a_kind_may_have_a_length_of_its_own() -> None:
    mixture = Mixture(emergency_country="gb", most_words=100, most_words_of={"drug_information": 250})
    assert mixture.emergency_country == "GB"
    assert (mixture.longest_answer("drug_information"), mixture.longest_answer("question_answer")) == (
        250,
        100,
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("seed: 1\nseed: 2\n", "seed"),
        ("- a\n- b\n", "names and values"),
        ("a: &x 1\nb: *x\n", "line 1"),
        ("", "names and values"),
    ],
)
def test_a_file_that_may_mean_two_things_is_refused_by_its_line(
    tmp_path: Path, text: str, problem: str
) -> None:
    (tmp_path / "mixture.yaml").write_text(text)
    with pytest.raises(YamlRefused, match=problem):
        Mixture.load(tmp_path / "mixture.yaml")


def test_authored_texts_are_wanted_whole_whatever_the_caps() -> None:
    rows = [example(n, subject="aspirin", authored=True) for n in range(9)]
    assert len(chosen(rows, ["one"] * 9, most_per_document=2, most_per_subject=2)) == 9


def test_a_subject_is_the_same_in_capitals_and_none_is_no_subject() -> None:
    rows = [example(n, subject="Aspirin" if n % 2 else "ASPIRIN") for n in range(8)]
    groups = [str(n) for n in range(8)]
    assert len(chosen(rows, groups, most_per_subject=3)) == 3
    assert len(chosen([example(n, subject="") for n in range(8)], groups, most_per_subject=3)) == 8


def test_a_cap_is_one_of_a_kind_not_of_all() -> None:
    rows = [example(n, kind="question_answer" if n % 2 else "symptom_analysis") for n in range(12)]
    kept = chosen(rows, ["one"] * 12, most_per_document=2)
    assert Counter(r["kind"] for r in rows if r["example_id"] in kept) == {
        "question_answer": 2,
        "symptom_analysis": 2,
    }


@pytest.mark.parametrize(("most", "kept"), [(0, 0), (3, 3), (None, 10), (99, 10)])
def test_a_kind_has_at_most_so_many_and_none_means_all(most: int | None, kept: int) -> None:
    rows = [example(n) for n in range(10)]
    assert len(chosen(rows, [str(n) for n in range(10)], most_examples={"question_answer": most})) == kept


def test_authored_twins_are_taken_side_by_side() -> None:
    rows = [example(n, authored=True) for n in range(40)]
    groups = [f"pair{n // 2}" for n in range(40)]
    kept = chosen(rows, groups, most_examples={"question_answer": 20})
    taken = Counter(groups[n] for n in range(40) if f"e{n}" in kept)
    assert set(taken.values()) == {2}


def test_an_audience_has_its_share_and_what_is_cut_says_which() -> None:
    rows = [example(n, audience="professional" if n % 4 else "consumer") for n in range(80)]
    made = choose_examples(rows, [str(n) for n in range(80)], Mixture(audience_weights={"professional": 0.5}))
    assert Counter(rows[p]["audience"] for p in made.kept) == {"consumer": 20, "professional": 20}
    assert made.cut == {"question_answer": {"audience share of professional": 40}}


def test_a_rule_has_its_share_whatever_its_version() -> None:
    name = "drug_information.active_ingredient"
    rows = [example(n, rule=f"{name}/{n % 3}" if n % 2 else "other.rule/1") for n in range(80)]
    made = choose_examples(rows, [str(n) for n in range(80)], Mixture(rule_weights={name: 0.2}))
    assert Counter(rows[p]["rule"].partition("/")[0] for p in made.kept) == {"other.rule": 40, name: 10}
    assert made.cut == {"question_answer": {f"rule share of {name}": 30}}


@pytest.mark.parametrize(
    ("counts", "shares", "most", "rooms"),
    [
        ({"a": 60, "b": 40}, {"a": 0.5}, 100, {"a": 40}),
        ({"a": 60, "b": 40}, {"a": 0.5}, 20, {"a": 10}),
        ({"a": 60, "b": 40}, {}, 100, {}),
        ({"a": 60}, {"a": 0.25}, 100, {"a": 60}),
        ({"a": 60, "b": 60}, {"a": 0.2, "b": 0.2}, 100, {"a": 50, "b": 50}),
        ({"a": 60, "b": 40}, {"a": 0.0}, 100, {"a": 0}),
        ({"a": 60, "b": 0}, {"a": 0.5, "c": 0.5}, 100, {"a": 0}),
        ({}, {"a": 0.5}, 10, {}),
        ({"a": 5}, {"a": 1.0}, 0, {"a": 5}),
    ],
)
def test_rooms_are_shares_of_what_is_taken_in_the_end(
    counts: dict[str, int], shares: dict[str, float], most: int, rooms: dict[str, int]
) -> None:
    assert rooms_within(counts, shares, most) == rooms


ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.sampled_from(["nhs", "fda"]), st.booleans()),
    max_size=40,
)


@tries(40)
@given(ROWS, st.integers(1, 4), st.integers(1, 4), st.integers(0, 20))
def test_whatever_is_chosen_keeps_every_cap_and_everything_is_kept_or_counted(
    drawn: list[tuple[int, int, str, bool]], of_document: int, of_subject: int, most: int
) -> None:
    rows = [
        example(n, subject=f"s{subject}", source=source, authored=authored)
        for n, (_, subject, source, authored) in enumerate(drawn)
    ]
    groups = [f"d{document}" for document, *_ in drawn]
    bounds = {
        "most_per_document": of_document,
        "most_per_subject": of_subject,
        "most_examples": {"question_answer": most},
    }
    made = choose_examples(rows, groups, Mixture(**bounds))
    kept = [p for p in made.kept if not rows[p]["authored"]]
    assert made.kept == sorted(set(made.kept))
    assert len(made.kept) <= most
    assert max(Counter(groups[p] for p in kept).values(), default=0) <= of_document
    assert max(Counter(rows[p]["subject"] for p in kept).values(), default=0) <= of_subject
    assert len(made.kept) + sum(made.cut.get("question_answer", {}).values()) == len(rows)
