"""Alarm signs are asked for in the page's words, all of them, before a lower level is given; and never of an emergency."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import orjson
import pytest

from medai_assets.instructions.forms.registry import FORMS, in_form
from medai_assets.instructions.passages import SourceDocument
from medai_assets.instructions.proof import evidence_of, example_of, prove
from medai_assets.verification.form_kept import ALARMS_ASKED, NONE_OF_THEM, form_kept
from medai_assets_tests.instructions.builders import document, made_by, row

SIGNS = "- your lips turn blue\n- you cannot speak"
FORM = FORMS["alarms_first"]


def page(signs: str = SIGNS, heading: str = "Call 999 if:") -> SourceDocument:
    return document(
        row("Wheeze is a whistling sound when you breathe out.", "overview"),
        row("- you have a wheeze that keeps coming back\n- you get a wheeze at night", "care_non_urgent",
            heading="See a GP if:", position=1),
        row(signs, "care_emergency", heading=heading, position=2),
    )  # fmt: skip


def told_of(made_from: SourceDocument, level: str) -> dict[str, Any]:
    rows = [made.row() for made in made_by("triage_recommendation.care_card", made_from)]
    return dict(next(one for one in rows if orjson.loads(one["labels"])["level"] == level))


def test_the_first_answer_holds_every_alarm_sign_and_the_second_is_the_plain_one() -> None:
    made_from = page()
    plain = told_of(made_from, "primary_care")
    assert prove(plain, made_from, "US") == []  # type: ignore[arg-type]
    formed = in_form(plain, made_from, FORM, "US", Counter())  # type: ignore[arg-type]
    assert formed is not None
    asked, answered = formed["history"]
    assert asked == {"role": "user", "content": plain["prompt"]}
    assert f"Call 999 if:\n{SIGNS}" in answered["content"]
    assert answered["content"].startswith("This is NHS England advice on a wheeze (United Kingdom).")
    assert answered["content"].endswith(ALARMS_ASKED)
    assert formed["prompt"] in NONE_OF_THEM
    assert formed["completion"] == plain["completion"]
    assert set(plain["passage_ids"]) <= set(formed["passage_ids"])


def test_an_emergency_is_asked_nothing() -> None:
    made_from = page()
    assert in_form(told_of(made_from, "emergency"), made_from, FORM, "US", Counter()) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("signs", "heading"),
    [
        ("You or someone with you has any of these symptoms.", "Call 999 if:"),
        ("- you have any of these symptoms", "Call 999 if:"),
        (f"{SIGNS}\n\n1. Lie down.\n2. Wait for help.", "Call 999 if:"),
    ],
)
def test_a_card_that_nobody_could_say_no_to_is_not_asked(signs: str, heading: str) -> None:
    made_from, refused = page(signs, heading), Counter[tuple[str, str]]()
    assert in_form(told_of(made_from, "primary_care"), made_from, FORM, "US", refused) is None  # type: ignore[arg-type]
    assert list(refused) == [
        ("alarms_first", "an emergency card is no list of signs that one could say yes or no to")
    ]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda t: {"completion": t.completion.replace("a wheeze at night", "a cough")}, "is another"),
        (lambda t: {"asks": "Are you fine?"}, "other words"),
        (lambda t: {"prompt": "Yes."}, "other words"),
    ],
)
def test_what_is_changed_on_the_way_is_refused(change: Any, why: str) -> None:
    made_from = page()
    plain: Any = told_of(made_from, "primary_care")
    formed = FORM.make(plain, made_from, ())
    assert formed is not None
    assert formed.earlier is not None
    example, evidence = example_of(plain, "US"), evidence_of(plain, made_from)
    earlier = (example_of(formed.earlier, "US"), evidence_of(formed.earlier, made_from))
    assert form_kept(example, formed.rendering, evidence, earlier) is None
    found = form_kept(example, replace(formed.rendering, **change(formed.rendering)), evidence, earlier)
    assert found is not None
    assert why in found.reason


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("\n- you cannot speak", ""),
        lambda text: text.replace("999", "111"),
        lambda text: text.replace(" (United Kingdom)", ""),
        lambda text: text + " It is nothing.",
    ],
)
def test_a_first_answer_that_is_not_the_page_s_is_refused(damage: Any) -> None:
    made_from = page()
    plain: Any = told_of(made_from, "primary_care")
    formed = FORM.make(plain, made_from, ())
    assert formed is not None
    assert formed.earlier is not None
    before = example_of(formed.earlier, "US")
    damaged = replace(before, completion=damage(before.completion))
    assert damaged != before
    evidence = evidence_of(plain, made_from)
    found = form_kept(example_of(plain, "US"), formed.rendering, evidence, (damaged, evidence))
    assert found is not None
    assert "word for word" in found.reason
