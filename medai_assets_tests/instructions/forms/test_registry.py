"""Which example takes which form, and what its row then holds."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from medai_assets.instructions.forms.form import Form, Formed
from medai_assets.instructions.forms.registry import FORMS, chosen_form, in_form
from medai_assets.instructions.forms.rewritten import REWRITTEN, in_other_words
from medai_assets.instructions.rules import example_id
from medai_assets.verification.form_kept import Rendering
from medai_assets_tests.instructions.builders import origin
from medai_assets_tests.instructions.forms.builders import SIGNS, example_row, ids, labels, page, told


def any_row(number: int, kind: str = "question_answer") -> dict[str, Any]:
    return {"example_id": ids(number), "kind": kind}


def test_shares_are_kept_and_an_example_always_takes_the_same_form() -> None:
    shares = {
        "as_people_write": 0.2,
        "cited": 0.1,
        "with_text": 0.05,
        "conversation": 0.07,
        "alarms_first": 0.06,
    }
    chosen = [chosen_form(any_row(n), shares, 17) for n in range(4000)]
    counts = Counter(form.name for form in chosen if form)
    assert {name: round(counts[name] / 4000, 2) for name in FORMS} == pytest.approx(shares, abs=0.02)
    assert chosen == [chosen_form(any_row(n), shares, 17) for n in range(4000)]
    assert not any(chosen_form(any_row(n), {}, 17) for n in range(100))


@pytest.mark.parametrize("name", FORMS)
def test_a_share_of_one_takes_every_example_and_a_share_of_none_takes_none(name: str) -> None:
    assert {chosen_form(any_row(n), {name: 1.0}, 17).name for n in range(50)} == {name}  # type: ignore[union-attr]
    assert {chosen_form(any_row(n), {name: 0.0}, 17) for n in range(50)} == {None}


def test_another_seed_chooses_other_examples_and_a_larger_share_keeps_those_chosen() -> None:
    few, more, other = (
        {n for n in range(400) if chosen_form(any_row(n), {"as_people_write": share}, seed)}
        for share, seed in ((0.2, 17), (0.4, 17), (0.2, 18))
    )
    assert few < more
    assert few != other


def test_a_kind_that_is_asked_with_the_text_in_hand_takes_that_form_whatever_the_shares_are() -> None:
    in_hand = ["drug_information"]
    chosen = [
        chosen_form(any_row(n, "drug_information"), {"as_people_write": 1.0}, 17, in_hand) for n in range(20)
    ]
    assert {form.name for form in chosen if form} == {"with_text"}
    assert chosen_form(any_row(1), {}, 17, in_hand) is None


def test_a_form_that_does_not_fit_is_counted_as_that() -> None:
    refused: Counter[tuple[str, str]] = Counter()
    plain = example_row(page(), prompt="Tell me about wheeze.")
    assert in_form(plain, page(), FORMS["as_people_write"], "US", refused) is None
    assert refused == {("as_people_write", "does not fit"): 1}


def test_a_form_that_says_something_else_is_refused_with_the_reason() -> None:
    def lies(*told_of: object) -> Formed:
        return Formed(Rendering("as_people_write", "what are the signs of wheeze", SIGNS))

    refused: Counter[tuple[str, str]] = Counter()
    form = Form("as_people_write", "", lies)
    assert in_form(example_row(page()), page(), form, "US", refused) is None
    assert refused == {("as_people_write", "the question has other words"): 1}


def test_a_row_in_a_form_names_each_passage_and_each_record_once_in_a_fixed_order() -> None:
    both = [origin("nhs:conditions/wheeze", "2"), origin("nhs:conditions/wheeze", "1")]
    seen = page(origins=both)
    made = told("with_text", seen, example_row(seen))
    assert made is not None
    assert [o["version"] for o in made["origins"]] == ["1", "2"]
    assert len(made["passage_ids"]) == len(set(made["passage_ids"])) == 2
    assert list(labels(made)) == sorted(labels(made))


REWRITE = {"rewritten": "Which signs does wheeze have?", "model": "teacher-1"}


def test_a_rewritten_example_differs_in_its_question_id_and_labels_alone() -> None:
    plain = example_row(page(), history=[])
    made = in_other_words(plain, REWRITE)  # type: ignore[arg-type]
    assert made["prompt"] == REWRITE["rewritten"]
    assert made["example_id"] == example_id("question_answer", REWRITE["rewritten"], SIGNS)
    assert labels(made) == labels(plain) | {  # type: ignore[arg-type]
        "form": REWRITTEN,
        "question": plain["prompt"],
        "teacher": "teacher-1",
    }
    changed = {"prompt", "example_id", "labels"}
    assert {k: v for k, v in made.items() if k not in changed} == {
        k: v for k, v in plain.items() if k not in changed
    }


def test_a_rewriting_takes_no_share_of_the_forms() -> None:
    assert REWRITTEN not in FORMS
