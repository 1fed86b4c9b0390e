"""Withdrawals, benchmark questions and settings that others must not build on are told in words."""

from __future__ import annotations

from typing import Any

import pytest

from medai_assets.graph.graph import recipe_keys
from medai_assets.planning import input_checks as given
from medai_assets.planning.fingerprints import mixture, policy, recipe
from medai_assets.settings import Settings

SETTINGS = Settings()


def withdrawal(record_id: str, **other: Any) -> dict[str, Any]:
    told = {"kind": "retraction", "reason": "retracted", "reported_by": "pubmed", "reported_at": "2021-06-07"}
    return {"record_id": record_id} | told | other


@pytest.mark.parametrize(
    "record_id",
    ["fda:61a97009-4153-5d0b-b357-800e2456d16e", "pubmed:31031480", "nhs:conditions/asthma", "cdc:300101",
     "medquad:1_CancerGov_QA/0000001_1#0000001_1-2", "hf:medai-sample/symptom_dialogues/84e8cafb6c12c7b4",
     "hf:owner/set/question 7"],
)  # fmt: skip
def test_a_record_of_each_source_may_be_withdrawn(record_id: str) -> None:
    assert given.unknown_records([withdrawal(record_id)]) == []


@pytest.mark.parametrize(
    "record_id",
    [
        "31031480",
        "pubmed:PMC31031480",
        "pubmed:31031480 ",
        "fda:abc@3",
        "cdc:",
        "medquad:1_CancerGov_QA",
        "hf:x",
    ],
)
def test_an_id_that_withdraws_nothing_is_found(record_id: str) -> None:
    assert given.unknown_records([withdrawal(record_id)]) == [repr(record_id)]


def test_a_withdrawal_says_why_who_and_when() -> None:
    assert (
        given.unaccounted([withdrawal("pubmed:1"), withdrawal("pubmed:2", kind="deletion", reported_at=None)])
        == []
    )
    assert given.unaccounted(
        [
            withdrawal("fda:a", reason=" "),
            withdrawal("fda:b", reported_by=""),
            withdrawal("fda:c", kind="take_down", reported_at=None),
            withdrawal("fda:d", kind="whim"),
        ]
    ) == [
        "fda:a lacks reason",
        "fda:b lacks reported_by",
        "fda:c lacks reported_at",
        "fda:d lacks a known kind (it has 'whim')",
    ]  # fmt: skip


def test_a_benchmark_that_was_not_read_whole_is_found() -> None:
    by_file, counts = {"medqa-test.jsonl": 3, "own.csv": 0}, {"medqa": 3}
    assert given.unread_benchmarks({"own.csv": 2}, counts, {"medqa": 3}) == []
    assert given.unread_benchmarks({}, {"medqa": 5}, {"medqa": 3}) == [], "the user has added some"
    assert given.unread_benchmarks(by_file, counts, {"medqa": 1273, "pubmedqa": 1000}) == [
        "own.csv gave no question",
        "medqa has 3 questions, 1,273 are stated",
        "pubmedqa has 0 questions, 1,000 are stated",
    ]


def test_an_item_that_occurs_twice_is_found() -> None:
    rows = [{"benchmark": name, "item_id": item} for name, item in (("a", "1"), ("b", "1"), ("a", "1"))]
    assert given.repeated_items(rows) == ["a 1"]
    assert given.repeated_items(rows[:2]) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"licence_policy": "all"}, "no licence policy 'all'; choose open, research or own"),
        ({"licence_policy": "own", "own_licences": ["WTFPL"]}, "no licence 'WTFPL'; known are Apache-2.0"),
        ({"licence_policy": "own", "own_licences": []}, "the policy allows no licence at all"),
    ],
)
def test_a_policy_names_known_licences(change: dict[str, Any], told: str) -> None:
    assert given.policy_licences(policy(SETTINGS)) == []
    (wrong,) = given.policy_licences(policy(SETTINGS) | change)
    assert wrong.startswith(told)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"near_duplicate_jaccard": 0.2}, "near_duplicate_jaccard is 0.2, not above 0.3 and at most 1"),
        ({"near_duplicate_jaccard": None}, "near_duplicate_jaccard is None, not above 0.3 and at most 1"),
        ({"benchmark_ngram": 200}, "benchmark_ngram is 200, not from 8 to 50"),
        ({"bencmark_ngram": 13}, "bencmark_ngram is not a setting"),
    ],
)
def test_a_policy_finds_duplicates_and_leaks(change: dict[str, Any], told: str) -> None:
    assert given.policy_bounds(policy(SETTINGS)) == []
    assert given.policy_bounds(policy(SETTINGS) | change) == [told]


def test_a_mixture_has_known_values_names_and_bounds() -> None:
    values = mixture(SETTINGS)
    checks = (given.mixture_values, given.mixture_names, given.mixture_bounds)
    assert [check(values) for check in checks] == [[], [], []]
    (wrong,) = given.mixture_values(values | {"most_examples": {"poem": 3}})
    assert "unknown kinds in most_examples: poem" in wrong
    (wrong,) = given.mixture_names(values | {"source_weights": {"pubmd": 0.4, "authored": 0.5}})
    assert wrong.startswith("source_weights names pubmd; there are fda, ")
    assert given.mixture_bounds(values | {"audience_weights": {"consumer": 0.3, "professional": 0.3}}) == [
        "audience_weights name all there are and add up to 0.6, less than 1"
    ]
    assert given.mixture_bounds(values | {"most_examples": {"safety_refusal": 20}}) == [
        "most_examples of safety_refusal is 20, least_examples 30"
    ]
    assert given.mixture_bounds(values | {"least_words": 181}) == ["least_words is 181, most_words 180"]


@pytest.mark.parametrize("name", recipe_keys(SETTINGS))
def test_every_packaged_recipe_is_pinned_and_accepted(name: str) -> None:
    values = recipe(SETTINGS, name)
    checks = (given.recipe_revision, given.recipe_values, given.recipe_kinds)
    assert [check(values) for check in checks] == [[], [], []]


def test_a_recipe_that_would_train_something_else_is_found() -> None:
    values = recipe(SETTINGS, "smollm2-135m")
    assert given.recipe_revision(values | {"revision": "main"}) == [
        "revision is 'main', not a commit of 40 hex digits"
    ]
    (wrong,) = given.recipe_values(values | {"dropout": 1.5})
    assert "dropout: Input should be less than 1" in wrong
    unknown, negative = given.recipe_kinds(values | {"kind_weights": {"poem": 1, "safety_refusal": -1}})
    assert unknown.startswith("poem is not a kind; the kinds are question_answer")
    assert negative == "the weight of safety_refusal is -1"
    (unknown,) = given.recipe_kinds(values | {"strata": {"poem": {"by": "rhyme"}}})
    assert unknown.startswith("poem is not a kind")
