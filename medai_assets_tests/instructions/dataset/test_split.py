"""The split: groups whole on one side, whatever ties them; every kind in both; nothing shared, measured anew."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.split import REPEATS, STRADDLES, overlap, split_rows
from medai_assets_tests.instructions.builders import origin
from medai_assets_tests.tries import tries

LOOSE = Mixture(least_validation=1, validation_share=0.3)


def example(
    number: int,
    records: list[str],
    *,
    answer: str | None = None,
    passages: list[str] | None = None,
    **other: Any,
) -> dict[str, Any]:
    return {
        "example_id": f"e{number}",
        "kind": "question_answer",
        "completion": answer
        or f"{number} is told in words of its own, {number * 7} times over and {number * 3} times again",
        "prompt": f"q{number}",
        "labels": "{}",
        "passage_ids": passages or [f"p{number}"],
        "origins": [origin(r) for r in records],
        "authored": False,
        **other,
    }


def splits_of(
    rows: list[dict[str, Any]], mixture: Mixture = LOOSE, twins: list[str] | None = None
) -> list[str | None]:
    return split_rows(rows, twins or ["" for _ in rows], mixture).splits


@tries(60)
@given(
    st.lists(st.lists(st.integers(0, 15), min_size=1, max_size=3), min_size=1, max_size=40), st.integers(0, 5)
)
def test_whatever_the_documents_share_nothing_is_on_both_sides(shared: list[list[int]], seed: int) -> None:
    rows = [example(n, [f"nhs:{r}" for r in records]) for n, records in enumerate(shared)]
    found = split_rows(rows, ["" for _ in rows], LOOSE.model_copy(update={"seed": seed}))
    kept = [{**row, "split": side} for row, side in zip(rows, found.splits) if side]
    assert not any(overlap(kept, 0.8).values())
    assert len(kept) + len(found.cut) == len(rows)


def test_pairs_of_one_medquad_file_stay_together() -> None:
    rows = [example(n, [f"medquad:A/{n // 4}.xml#{n % 4}"]) for n in range(40)]
    found = splits_of(rows)
    assert all(len(set(found[i : i + 4])) == 1 for i in range(0, 40, 4))
    assert set(found) == {
        "train",
        "validation",
    }


def test_nearly_the_same_answer_ties_documents() -> None:
    text = "take two tablets every six hours with water and do not take more than eight tablets in one day"
    rows = [example(n, [f"fda:{n}"]) for n in range(60)] + [
        example(60 + n, [f"fda:{60 + n}"], answer=f"{text} {n}") for n in range(3)
    ]
    assert len(set(splits_of(rows)[60:])) == 1


def test_twins_stay_together() -> None:
    rows = [example(n, [f"authored:{n}"], authored=True, passages=[]) for n in range(40)]
    found = splits_of(rows, twins=[f"pair{n // 2}" for n in range(40)])
    assert all(found[i] == found[i + 1] for i in range(0, 40, 2))
    assert set(found) == {"train", "validation"}


def test_a_sentence_of_very_many_documents_ties_none_and_goes_where_they_are_apart() -> None:
    rows = [example(n, [f"fda:{n}"]) for n in range(40)]
    rows.append(example(99, [f"fda:{n}" for n in range(40)], passages=["everywhere"]))
    found = split_rows(rows, ["" for _ in rows], LOOSE)
    assert {"train", "validation"} <= set(found.splits)
    assert found.cut == {40: STRADDLES}


def test_of_one_answer_in_many_documents_one_stays() -> None:
    text = "keep out of reach of children and in case of overdose get medical help right away at any hour"
    rows = [example(n, [f"fda:{n}"], answer=text) for n in range(12)]
    found = split_rows(rows, ["" for _ in rows], LOOSE)
    assert list(found.cut.values()) == [REPEATS] * 11


def test_validation_has_its_share_of_every_kind() -> None:
    kinds = ["question_answer"] * 300 + ["symptom_analysis"] * 60
    rows = [example(n, [f"nhs:{n}"], kind=kind) for n, kind in enumerate(kinds)]
    found = splits_of(rows, Mixture(validation_share=0.12, least_validation=20))
    counts = {k: sum(s == "validation" for s, kind in zip(found, kinds) if kind == k) for k in set(kinds)}
    assert counts == {"question_answer": 36, "symptom_analysis": 20}


def test_overlap_sees_what_is_shared() -> None:
    one, other = example(1, ["nhs:a"], answer="x y z"), example(2, ["nhs:a"], passages=["p1"], answer="x y z")
    measured = overlap([{**one, "split": "train"}, {**other, "split": "validation"}], 0.8)
    assert measured == {"passages": 1, "records": 1, "answers": 1, "near_duplicates": 1}


@pytest.mark.parametrize(
    ("apart", "shared"),
    [
        ({}, {"passages": 0, "records": 0, "answers": 0, "near_duplicates": 0}),
        ({"passage_ids": ["p1"]}, {"passages": 1, "records": 0, "answers": 0, "near_duplicates": 0}),
        ({"origins": [origin("nhs:a", "2")]}, {"passages": 0, "records": 1, "answers": 0, "near_duplicates": 0}),
        ({"completion": "Rest, and drink water: it helps most people well."},
         {"passages": 0, "records": 0, "answers": 0, "near_duplicates": 1}),
    ],
)  # fmt: skip
def test_each_thing_that_both_sides_share_is_measured_by_itself(
    apart: dict[str, Any], shared: dict[str, int]
) -> None:
    one = example(1, ["nhs:a"], answer="rest and drink water it helps most people well", split="train")
    other = example(2, ["nhs:b"], answer="see a doctor where it does not go away", split="validation")
    assert overlap([one, {**other, **apart}], 0.8) == shared
    assert not any(overlap([one, {**other, **apart, "split": "train"}], 0.8).values())


def test_one_record_in_two_versions_is_one_document() -> None:
    rows = [
        example(n, [f"nhs:{n // 2}"]) | {"origins": [origin(f"nhs:{n // 2}", str(n % 2))]} for n in range(40)
    ]
    found = splits_of(rows)
    assert all(found[i] == found[i + 1] for i in range(0, 40, 2))


def test_a_passage_that_two_records_share_ties_them() -> None:
    rows = [example(n, [f"nhs:{n}"], passages=[f"p{n // 2}"]) for n in range(40)]
    found = splits_of(rows)
    assert all(found[i] == found[i + 1] for i in range(0, 40, 2))


def test_nothing_and_a_single_document_are_all_training() -> None:
    assert splits_of([]) == []
    assert set(splits_of([example(n, ["nhs:one"]) for n in range(9)])) == {"train"}


def test_a_document_that_holds_most_of_a_kind_is_never_held_out() -> None:
    rows = [example(n, ["nhs:large" if n < 30 else f"nhs:{n}"]) for n in range(60)]
    for seed in range(6):
        found = splits_of(rows, LOOSE.model_copy(update={"seed": seed}))
        assert set(found[:30]) == {"train"}
        assert "validation" in found[30:]


def test_a_third_of_a_small_kind_is_held_out_at_most() -> None:
    rows = [example(n, [f"nhs:{n}"]) for n in range(30)]
    found = splits_of(rows, Mixture(least_validation=50))
    assert found.count("validation") == 10


def test_the_seed_alone_decides_which_documents_are_held_out() -> None:
    rows = [example(n, [f"nhs:{n}"]) for n in range(60)]
    by_seed = [splits_of(rows, LOOSE.model_copy(update={"seed": seed})) for seed in (1, 1, 2)]
    assert by_seed[0] == by_seed[1] != by_seed[2]


def test_of_authored_texts_the_pair_is_the_document_whatever_their_origins() -> None:
    rows = [example(n, ["authored:all"], authored=True, passages=[]) for n in range(20)]
    assert set(splits_of(rows, twins=[f"pair{n}" for n in range(20)])) == {"train", "validation"}


def test_every_row_has_a_side_or_a_reason() -> None:
    rows = [
        example(n, [f"fda:{n}"], answer="keep out of reach of children at any hour of the day")
        for n in range(12)
    ]
    rows += [example(50 + n, [f"fda:{50 + n}"]) for n in range(12)]
    found = split_rows(rows, ["" for _ in rows], LOOSE)  # type: ignore[arg-type]
    assert all((side is None) == (place in found.cut) for place, side in enumerate(found.splits))
    assert len(found.groups) == len(rows)


def test_that_a_text_does_not_say_is_no_answer_that_both_sides_share() -> None:
    silent = {"completion": "The text does not say.", "labels": '{"form":"with_text","is_there":false}'}
    one = example(1, ["nhs:a"], split="train") | silent
    other = example(2, ["nhs:b"], split="validation") | silent
    assert not any(overlap([one, other], 0.8).values())
    said = {"labels": '{"form":"with_text","is_there":true}'}
    assert overlap([one | said, other | said], 0.8)["answers"] == 1
