"""`medai influence` on a store with a tiny model: who raised an answer, as a table and as JSON."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner, Result

from medai_assets.commands import console
from medai_assets.commands.influence import influence
from medai_assets_tests.commands.conftest import Finished

app = typer.Typer()
app.command()(influence)
QUESTION = "What should I know about metformin tablets?"


def medai_influence(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_examples_records_licences_and_publishers_are_listed(finished: Finished) -> None:
    found = medai_influence(QUESTION, "--answer", "They lower blood sugar.")
    assert found.exit_code == 0, found.output
    for word in ("share", "learned example", "record", "licence", "publisher", "fda:aaa", "CC0-1.0"):
        assert word in found.output
    assert "as given" in found.output
    assert "docs/influence.md" in found.output


def test_where_no_terminal_is_it_says_on_standard_error_how_far_it_is(
    finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "HEARTBEAT", -1)
    found = medai_influence(QUESTION, "--answer", "They lower blood sugar.", "--json")
    assert json.loads(found.stdout)["answer"] == "They lower blood sugar."
    first, *others = found.stderr.splitlines()
    assert first == "  … loading the adapter"
    assert "  … gradient of the answer" in others


def test_as_json_the_shares_of_records_add_up_to_those_of_their_examples(finished: Finished) -> None:
    found = json.loads(medai_influence(QUESTION, "--max-tokens", "4", "--json").stdout)
    assert found["own_answer"]
    assert found["proof"] is None
    learned = finished.store.require("lora_adapter", "smollm2-135m").table("learned")
    assert {one["example_id"] for one in found["examples"]} == set(learned["example_id"].to_pylist())
    raised = [one["share"] for one in found["examples"] if one["share"] > 0]
    assert abs(sum(raised) - 1) < 1e-9
    for rows in (found["licences"], found["publishers"]):
        assert abs(sum(r["share"] for r in rows) - sum(one["share"] for one in found["examples"])) < 1e-9


def test_what_is_asked_wrongly_or_cannot_be_answered_is_a_sentence(finished: Finished) -> None:
    assert medai_influence(" ").exit_code == console.USAGE
    assert "there is no recipe" in medai_influence(QUESTION, "--model", "nothing").stderr
    long = medai_influence(QUESTION, "--answer", "water " * 300)
    assert long.exit_code == console.FAILED
    assert "the model was trained on at most" in long.stderr
