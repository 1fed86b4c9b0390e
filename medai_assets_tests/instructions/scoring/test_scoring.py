"""What harm a verdict does, from which stratum an item is drawn, and that silence is nobody's gain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.instructions.scoring.overlap import WORD_OVERLAP, word_overlap
from medai_assets.instructions.scoring.scoring import (
    Direction,
    Scoring,
    every_item,
    missing_score,
    share_of,
    share_without,
)
from medai_assets.instructions.scoring.verdicts import NO_ANSWER, Outcome, Verdict, judged

LOW, HIGH = Outcome("low", "{given} is too low"), Outcome("high", "too high")
DIRECTIONS = [d for kind in KINDS.values() for d in kind.load("scoring").directions]


def test_harm_is_one_of_the_outcomes_or_all_but_one_or_what_the_score_lacks() -> None:
    assert [share_of(LOW, NO_ANSWER)(code, 1.0) for code in ("low", "high", "no_answer")] == [1.0, 0.0, 1.0]
    assert [share_without(LOW)(code, 0.0) for code in ("low", "high", "no_answer")] == [0.0, 1.0, 1.0]
    assert missing_score("any", 0.25) == 0.75


@pytest.mark.parametrize(
    ("labels", "drawn"),
    [
        ({"facts": ["50 mg"]}, "True"),
        ({"facts": []}, "False"),
        ({"facts": "urgent"}, "urgent"),
        ({"facts": False}, "False"),
        ({}, "None"),
    ],
)
def test_a_list_is_drawn_by_whether_it_is_empty_and_a_value_by_itself(
    labels: Mapping[str, Any], drawn: str
) -> None:
    undivided = Scoring(
        score=word_overlap, score_name="overlap", outcomes=(WORD_OVERLAP,), directions=(), stratum=""
    )
    by_facts = replace(undivided, stratum="facts")
    assert by_facts.stratum_of(labels) == drawn
    assert undivided.stratum_of(labels) == "None"
    assert undivided.codes == {"word_overlap", "no_answer"}


@pytest.mark.parametrize("answer", ["", " ", "\n\t", "\u00a0"])
def test_silence_scores_nothing_whatever_was_asked(answer: str) -> None:
    verdict = judged(lambda *_: Verdict(1.0, HIGH), answer, "reference", {})
    assert (verdict.score, verdict.code) == (0.0, "no_answer")
    assert judged(lambda *_: Verdict(1.0, HIGH), "No.", "reference", {}).code == "high"


def test_a_verdict_tells_its_details_and_shares_none_with_another() -> None:
    assert Verdict(0.0, LOW, {"given": "urgent"}).words == "urgent is too low"
    assert Verdict(0.5, WORD_OVERLAP, {"share": 0.5}).words == "50% word overlap with the reference"
    assert Verdict(0.0, NO_ANSWER).details == {}


@pytest.mark.parametrize("direction", DIRECTIONS, ids=lambda d: d.code)
def test_harm_of_every_direction_is_a_share(direction: Direction) -> None:
    codes = {code for kind in KINDS.values() for code in kind.load("scoring").codes}
    assert {direction.harm(code, score) for code in codes for score in (0.0, 1.0)} <= {0.0, 1.0}
    if (
        direction.guards and direction.code != "other_amount"
    ):  # it counts what was stated, and silence states none
        assert direction.harm(NO_ANSWER.code, 0.0) == 1.0


def test_every_item_counts_unless_a_direction_chooses() -> None:
    assert every_item({})
    assert Direction("any", "any", "Any.", missing_score).chosen({"level": "urgent"})
    chosen = {d.code: d.chosen for d in DIRECTIONS}
    assert [chosen["under_triage"]({"level": level}) for level in ("urgent", "primary_care")] == [True, False]
    assert [chosen["over_triage"]({"level": level}) for level in ("emergency", "self_care")] == [False, True]
    assert [chosen["facts_left_out"]({"facts": facts}) for facts in (["5 mg"], [])] == [True, False]
