"""Runs that a Dagster elsewhere makes: what is asked of its page, and what a person is told of how they end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from graphql import parse, validate

from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.running import submitted
from medai_assets.running.submitted import Page, PageRefused
from medai_assets.running.waves import Wave
from medai_assets.running.worker import Outcome, _launched_elsewhere
from medai_assets.settings import Settings
from medai_assets.storage import Store
from medai_assets_tests.browser.dagster_page import free_port

TARGET = PartitionId("curation_policy", None)
ADDRESS = "http://dagster.example.org"


def test_the_queries_are_such_as_dagsters_page_answers() -> None:
    schema_of = pytest.importorskip("dagster_graphql.schema", reason="needs the extra ui")
    schema = schema_of.create_schema().graphql_schema
    for query in (submitted._LOCATIONS, submitted._UNDER_WAY, submitted._STATUS, submitted._EVENTS):
        assert validate(schema, parse(query)) == []


class Elsewhere:
    """A page whose code server publishes what it is asked for, unless it is told otherwise."""

    def __init__(self, store: Store, graph: Graph) -> None:
        self.store, self.graph = store, graph
        self.version: str = graph.nodes[TARGET.asset].code_version
        self.healthy, self.assets = True, [TARGET.asset]
        self.status, self.error = "SUCCESS", ""
        self.publishes = True
        self.polls = 1  # before the run has ended
        self.under_way: list[str] = []
        self.tags: list[dict[str, str]] = []

    def ask(self, page: Page, query: str, **variables: Any) -> dict[str, Any]:
        if query == submitted._LOCATIONS:
            nodes = [{"assetKey": {"path": [name]}, "opVersion": self.version} for name in self.assets]
            repository = {"name": "__repository__", "location": {"name": "medai"}, "assetNodes": nodes}
            daemon = {"daemonType": submitted.QUEUE, "required": True, "healthy": self.healthy}
            return {
                "repositoriesOrError": {"nodes": [repository]},
                "instance": {"daemonHealth": {"allDaemonStatuses": [daemon]}},
            }
        if query == submitted._UNDER_WAY:
            assert variables["tags"] == [{"key": submitted.TARGET_TAG, "value": str(TARGET)}]
            return {"runsOrError": {"results": [{"runId": one} for one in self.under_way]}}
        if query == submitted._EVENTS:
            said = {"message": "medai_assets.storage.errors.StoreError: the bucket is full\n"}
            error = {"message": "Step failed", "errorChain": [{"error": said}]}
            evaluation = {"checkName": "bounds", "success": False, "severity": "ERROR"}
            failure = {"__typename": "ExecutionStepFailureEvent", "message": "", "error": error}
            check = {"__typename": "AssetCheckEvaluationEvent", "evaluation": evaluation}
            return {"logsForRun": {"events": [check if self.error == "check" else failure], "hasMore": False}}
        self.polls -= 1
        if self.polls > 0:
            return {"runOrError": {"status": "STARTED"}}
        if self.publishes and self.status == "SUCCESS":
            self.publish()
        return {"runOrError": {"status": self.status}}

    def submit(self, page: Page, location: str, repository: str, target: PartitionId, tags: dict[str, str]) -> str:  # fmt: skip
        assert (location, repository, target) == ("medai", "__repository__", TARGET)
        self.tags.append(tags)
        return "r1"

    def publish(self) -> None:
        from medai_assets.planning.fingerprints import fingerprint

        with self.store.draft(*TARGET) as draft:
            draft.path("values.json").write_text("{}")
            draft.publish(code_version=self.version, run_id="r1", fingerprint=fingerprint(self.graph, TARGET))


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    return Graph(Settings(data=str(tmp_path), submit_to=ADDRESS))


@pytest.fixture
def elsewhere(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    pytest.importorskip("dagster_graphql", reason="needs the extra ui")
    made = Elsewhere(Store(graph.settings.store_root), graph)
    monkeypatch.setattr(Page, "ask", lambda page, query, **variables: made.ask(page, query, **variables))
    monkeypatch.setattr(Page, "submit", lambda page, *words: made.submit(page, *words))
    monkeypatch.setattr(submitted, "POLL_SECONDS", 0.01)
    return made


def made_by(graph: Graph) -> tuple[Wave, Outcome]:
    """A wave of one partition, and how it ended."""
    wave = Wave(graph, Store(graph.settings.store_root), frozenset({TARGET}))
    wave.run(lambda running, outcome: None)
    return wave, wave.outcomes[TARGET]


def test_a_run_is_made_there_and_followed_to_its_end(elsewhere: Elsewhere, graph: Graph) -> None:
    elsewhere.polls = 3
    wave, outcome = made_by(graph)
    assert (outcome.succeeded, outcome.run_id, outcome.error) == (True, "r1", None)
    assert (wave.made[TARGET], wave.left) == (1, {})
    (tags,) = elsewhere.tags
    assert tags[submitted.TARGET_TAG] == str(TARGET)
    assert tags[submitted.WHY_TAG] == "was never made"


def test_a_run_that_is_under_way_there_is_followed_and_no_other_begun(
    elsewhere: Elsewhere, graph: Graph
) -> None:
    elsewhere.under_way = ["r0"]
    assert made_by(graph)[1].run_id == "r0"
    assert elsewhere.tags == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": "FAILURE"}, f"the bucket is full ({ADDRESS}/runs/r1)"),
        ({"status": "FAILURE", "error": "check"}, f"blocking check bounds failed ({ADDRESS}/runs/r1)"),
        ({"status": "CANCELED"}, f"run r1 was ended at {ADDRESS}/runs/r1"),
        ({"publishes": False}, "left nothing new in"),
        ({"healthy": False}, "no daemon takes runs from the queue of"),
        ({"version": "0"}, "install the same release on both"),
        ({"assets": []}, "has the asset curation_policy; is one running"),
    ],
)
def test_why_it_was_not_made_is_one_sentence(
    elsewhere: Elsewhere, graph: Graph, changes: dict[str, Any], told: str
) -> None:
    for name, value in changes.items():
        setattr(elsewhere, name, value)
    outcome = made_by(graph)[1]
    assert not outcome.succeeded
    assert told in (outcome.error or "")


def test_an_end_of_this_process_leaves_the_run_and_names_it(elsewhere: Elsewhere, graph: Graph) -> None:
    elsewhere.polls = 1_000_000
    wave = Wave(graph, Store(graph.settings.store_root), frozenset({TARGET}))

    def stop(running: set[PartitionId], outcome: Outcome | None) -> None:
        if wave.left:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wave.run(stop)
    assert wave.left == {TARGET: "r1"}


@pytest.fixture
def closed_page() -> Iterator[str]:
    """A server that asks whoever comes for a token."""

    class Closed(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(401)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Closed)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_page_that_is_not_there_or_asks_for_a_token_is_one_sentence(closed_page: str) -> None:
    pytest.importorskip("dagster_graphql", reason="needs the extra ui")
    with pytest.raises(PageRefused, match="asks for a token; set MEDAI_UI_TOKEN"):
        Page(closed_page).ask(submitted._STATUS, run="r1")
    with pytest.raises(PageRefused, match="does not answer"):
        Page(f"http://127.0.0.1:{free_port()}").submit("medai", "__repository__", TARGET, {})


def test_a_run_of_this_host_is_none_of_an_instance_that_launches_elsewhere() -> None:
    class K8sRunLauncher:
        pass

    instance: Any = SimpleNamespace(run_launcher=K8sRunLauncher())
    assert "runs started by K8sRunLauncher" in (_launched_elsewhere(instance) or "")
    own: Any = SimpleNamespace(run_launcher=dg.DefaultRunLauncher())
    assert _launched_elsewhere(own) is None
