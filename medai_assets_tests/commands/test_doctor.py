"""`medai doctor` on a store that cannot be used, and beside upstreams that moved or are not there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from typer.testing import CliRunner

from medai_assets.cli import app
from medai_assets.foundation import extras
from medai_assets.sandbox.files import PACKAGED
from medai_assets.sandbox.server import create_app, serving
from medai_assets.settings import get_settings
from medai_assets_tests.bench import request_counts
from medai_assets_tests.database import served_database
from medai_assets_tests.small_kit import citation, write_kit

Doctor = Callable[..., Result]
CITED = [citation(7_000_001, "Asthma in adults", "It was written for a test.", mesh=("Asthma",))]


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Doctor]:
    monkeypatch.setenv("COLUMNS", "1000")
    monkeypatch.setenv("MEDAI_DATA", str(tmp_path))

    def run(*words: str, **environment: str) -> Result:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        return CliRunner().invoke(app, ["doctor", *words])

    yield run
    get_settings.cache_clear()


@pytest.fixture
def sandbox(tmp_path: Path) -> Starlette:
    return create_app(PACKAGED, write_kit(tmp_path / "kit", CITED, CITED))


def test_a_missing_extra_is_told_with_the_whole_command(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(extras.EXTRAS, "s3", ("a_module_that_nobody_has",))
    result = doctor(MEDAI_DATA="s3://nobody/medai")
    assert result.exit_code == 1
    assert "'medai-assets[s3]'" in "".join(result.output.split("\n"))


def history(result: Result) -> dict[str, str]:
    return next(f for f in json.loads(result.stdout) if f["what"] == "history of runs")


def test_a_history_that_no_run_has_made_is_not_made_by_looking(doctor: Doctor, tmp_path: Path) -> None:
    assert history(doctor("--json"))["state"] == "ok"
    assert not list(tmp_path.rglob("dagster.yaml"))


def test_the_database_of_runs_that_a_server_keeps_is_asked(doctor: Doctor, tmp_path: Path) -> None:
    with served_database() as address:
        own = tmp_path / "dagster.yaml"
        own.write_text(f"storage: {{postgres: {{postgres_url: '{address}'}}}}")
        found = history(doctor("--json", MEDAI_DAGSTER_YAML=str(own)))
    assert (found["state"], found["found"].split(", by")[0]) == ("ok", "0 runs (PostgresRunStorage")
    gone = doctor("--json")
    assert gone.exit_code == 1
    assert history(gone)["state"] == "lack"
    assert "whether the database that it names answers" in history(gone)["means"]


def test_what_every_upstream_answers_is_held_against_the_recorded_replies(
    doctor: Doctor, sandbox: Starlette
) -> None:
    asked = request_counts(sandbox)
    with serving(sandbox) as base:
        found = reached(doctor("--reach", "--json", MEDAI_SANDBOX_URL=base))
    assert len(found) > 15
    assert {one["found"] for one in found.values()} == {"as recorded"}, found
    assert asked.total() == len(found) + 1  # GitHub redirects one


def test_fields_that_an_upstream_lost_or_renamed_are_told_one_by_one(
    doctor: Doctor, sandbox: Starlette
) -> None:
    def moved(request: Request) -> Response:
        body = {"header": {}, "esearchresult": {"count": "1", "ids\x1b[2J": ["1"]}}
        return Response(json.dumps(body), media_type="application/json")

    sandbox.router.routes.insert(0, Route("/eutils/esearch.fcgi", moved, methods=["POST"]))
    with serving(sandbox) as base:
        result = doctor("--reach", "--json", MEDAI_SANDBOX_URL=base)
    assert result.exit_code == 1
    found = reached(result)
    told = found.pop("pubmed search.json")["means"].splitlines()
    assert "esearchresult.idlist is missing; new beside it: ids" in told
    assert "header.type is missing" in told
    assert told[-1] == "The form was stated at https://www.ncbi.nlm.nih.gov/books/NBK25499/"
    # its PMIDs come with the search
    assert found.pop("pubmed citations.xml")["means"].startswith("not asked for")
    assert {one["found"] for one in found.values()} == {"as recorded"}


def test_without_a_network_each_upstream_is_one_sentence_and_the_exit_code_tells(doctor: Doctor) -> None:
    result = doctor("--reach", "--json", MEDAI_SANDBOX_URL="http://127.0.0.1:9")
    assert result.exit_code == 1
    found = reached(result)
    assert {one["state"] for one in found.values()} == {"lack"}
    for name, one in found.items():
        assert one["means"].startswith(("no connection (", "not asked for: it is found through ")), name
        assert "\n" not in one["means"]


def reached(result: Result) -> dict[str, Any]:
    """The findings on upstreams, by source and reply."""
    findings = json.loads(result.stdout)
    return {one["what"]: one for one in findings if one["what"].endswith(SUFFIXES)}


SUFFIXES = (".json", ".jsonl", ".xml", ".csv", ".html", ".txt", ".head")
