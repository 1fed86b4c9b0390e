"""The sentences at the top of a report: each says what its rows say, and nothing where they say nothing."""

from __future__ import annotations

from typing import Any

import pytest

from medai_assets.evaluation.plain_words import CAUTION, PREFERENCES, plain_words

OPEN: dict[str, Any] = {"warnings": []}


def row(
    what: str, change: str = "unclear", base: float = 0.5, tuned: float = 0.75, items: int = 40
) -> dict[str, Any]:
    return {"what": what, "change": change, "base": base, "tuned": tuned, "items": items}


def direction(name: str, change: str = "unclear", **further: Any) -> dict[str, Any]:
    known = {"name": name, "code": name.replace(" ", "_"), "guards": True, "detectable": 0.25}
    return row("", change, base=0.0, tuned=0.1) | known | further


def told(
    summary: Any = (), directions: Any = (), losses: Any = (), gate: Any = OPEN, **further: Any
) -> list[str]:
    """The sentences, without the caution that ends them."""
    lines = plain_words(summary, directions, losses, gate, **further).split("\n\n")
    assert lines.pop() == f"_{CAUTION}_"
    return lines


def test_of_nothing_there_is_only_the_caution() -> None:
    assert told() == []


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ("better", "Better than its base"),
        ("worse", "Worse than its base"),
        ("unclear", "No significant change"),
    ],
)
def test_a_score_stands_under_what_changed_with_both_shares_and_its_items(change: str, title: str) -> None:
    assert told([row("drug_information", change)]) == [
        f"**{title}:** drug information (50% → 75%, 40 items)."
    ]


def test_better_comes_before_worse_and_worse_before_what_cannot_be_told() -> None:
    rows = [row("a"), row("b", "worse"), row("c", "better"), row("d", "better")]
    assert [line.partition(":**")[0] for line in told(rows)] == [
        "**Better than its base", "**Worse than its base", "**No significant change",
    ]  # fmt: skip
    assert "c (50% → 75%, 40 items); d (50% → 75%, 40 items)." in told(rows)[0]


def test_what_the_second_model_is_held_against_is_called_by_its_name() -> None:
    assert told([row("a", "better")], than=PREFERENCES["than"]) == [
        "**Better than before it learned preferences:** a (50% → 75%, 40 items)."
    ]


def test_a_harm_that_moved_is_told_beside_the_scores() -> None:
    lines = told([row("a", "worse")], [direction("false alarms", "worse")])
    assert lines[0] == "**Worse than its base:** a (50% → 75%, 40 items); false alarms (0% → 10%, 40 items)."


@pytest.mark.parametrize(
    "silent",
    [
        direction("false alarms"),  # a warning tells of it, if anything does
        direction("false alarms", "worse", items=0),
        direction("wrong answers", "worse", code="benchmark_wrong"),  # stands in the summary
    ],
)
def test_a_harm_that_did_not_move_is_not_told_twice_or_at_all(silent: dict[str, Any]) -> None:
    assert not any(line.startswith("**") for line in told([], [silent]))


def test_warnings_of_the_gate_are_one_sentence() -> None:
    assert told(gate={"warnings": ["this rose", "so did that"]}) == ["**Warning:** this rose; so did that."]


def test_the_loss_is_told_as_perplexity_and_on_how_many_kinds_it_fell() -> None:
    whole = {"kind": "all", "change": "better", "base_perplexity": 20.04, "tuned_perplexity": 7.35}
    kinds = [
        {"kind": kind, "change": change}
        for kind, change in (("a", "better"), ("b", "unclear"), ("c", "worse"))
    ]
    (line,) = told(losses=[*kinds, whole])
    assert line.startswith("Held-out perplexity 20.0 → 7.3; ")
    assert line.endswith("significantly lower on 1 of 3 kinds.")
    assert told(losses=kinds) == [], "without a whole there is nothing to tell"


def test_what_could_have_been_seen_is_told_of_guarded_directions_with_items() -> None:
    shown = direction("false alarms")
    hidden = direction("missed emergencies", detectable=None, items=5)
    lines = told([], [shown, hidden, direction("levels", guards=False), direction("doses", items=0)])
    assert len(lines) == 2
    assert "false alarms, 25 points (40 items). A smaller one can pass unseen." in lines[0]
    assert lines[1].endswith("no rise can be named that would be seen: missed emergencies (5 items).")
    assert "levels" not in "".join(lines)
    assert "doses" not in "".join(lines)


@pytest.mark.parametrize(("wanted", "named"), [(None, False), (40, False), (41, True)])
def test_a_kind_of_which_fewer_were_held_out_than_wanted_is_named(wanted: int | None, named: bool) -> None:
    lines = told([row("drug_information"), row("benchmark medqa", items=3)], per_kind=wanted)
    said = [line for line in lines if line.startswith("Asked were all")]
    assert (
        said
        == ["Asked were all held-out items of kinds that have fewer than 41: drug information (40)."] * named
    )
