"""Runs that a Dagster elsewhere makes: what is asked of its page, and what a person is told of how they end."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from graphql import parse, validate

from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.running import submitted
from medai_assets.running.page import EVENTS, LOCATIONS, STATUS, UNDER_WAY, Page, PageRefused, Status
from medai_assets.running.waves import Wave
from medai_assets.running.worker import Outcome, _launched_elsewhere
from medai_assets.settings import Settings
from medai_assets.storage import Store, StoreError
from medai_assets.storage.lease import Lease, leased
from medai_assets_tests.browser.dagster_page import free_port

TARGET = PartitionId("curation_policy", None)
ADDRESS = "http://dagster.example.org"
CUT_OFF = 299  # the status of an answer that ends before its end
ANSWERS = {
    LOCATIONS: ("repositoriesOrError",),
    UNDER_WAY: ("runsOrError",),
    STATUS: ("runOrError",),
    EVENTS: ("logsForRun",),
}


def test_the_queries_are_such_as_dagsters_page_answers() -> None:
    schema_of = pytest.importorskip("dagster_graphql.schema", reason="needs the extra ui")
    schema = schema_of.create_schema().graphql_schema
    for query in (LOCATIONS, UNDER_WAY, STATUS, EVENTS):
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
        self.refuses: dict[str, str] = {}  # by query, in whose words
        self.tags: list[dict[str, str]] = []

    def execute(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        if error := self.refuses.get(query):
            return {name: {"__typename": "PythonError", "message": error} for name in ANSWERS[query]}
        if query == LOCATIONS:
            nodes = [{"assetKey": {"path": [name]}, "opVersion": self.version} for name in self.assets]
            repository: dict[str, Any] = {
                "name": "__repository__",
                "location": {"name": "medai"},
                "assetNodes": nodes,
            }
            daemon = {"daemonType": submitted.QUEUE, "required": True, "healthy": self.healthy}
            return {
                "repositoriesOrError": {"nodes": [repository]},
                "instance": {"daemonHealth": {"allDaemonStatuses": [daemon]}},
            }
        if query == UNDER_WAY:
            assert variables["tags"] == [{"key": submitted.TARGET_TAG, "value": str(TARGET)}]
            return {"runsOrError": {"results": [{"runId": one} for one in self.under_way]}}
        if query == EVENTS:
            said = {"message": "medai_assets.storage.errors.StoreError: the bucket is full\n"}
            error = {"message": "Step failed", "errorChain": [{"error": said}]}
            evaluation = {"checkName": "bounds", "success": False, "severity": "ERROR"}
            failure = {"__typename": "ExecutionStepFailureEvent", "message": "", "error": error}
            check = {"__typename": "AssetCheckEvaluationEvent", "evaluation": evaluation}
            unreachable = {"message": "UserCodeUnreachable: it took 60 s\n", "errorChain": []}
            engine = {"__typename": "EngineEvent", "message": "not dequeued", "error": unreachable}
            ended = {
                "__typename": "RunFailureEvent",
                "message": "marked as failed from outside",
                "error": None,
            }
            events = {"check": [check], "unreachable": [engine, ended], "killed": [ended]}
            return {
                "logsForRun": {"events": events.get(self.error, [engine, failure, ended]), "hasMore": False}
            }
        self.polls -= 1
        if self.polls > 0:
            return {"runOrError": {"status": "STARTED"}}
        if self.publishes and self.status == "SUCCESS":
            self.publish()
        return {"runOrError": {"status": self.status}}

    def submit(self, location: str, repository: str, target: PartitionId, tags: dict[str, str]) -> str:  # fmt: skip
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
    monkeypatch.setattr(Page, "_execute", made.execute)
    monkeypatch.setattr(Page, "submit", made.submit)
    monkeypatch.setattr(submitted, "POLL_SECONDS", 0.01)
    return made


def made_by(graph: Graph, forced: bool = False) -> tuple[Wave, Outcome]:
    """A wave of one partition, and how it ended."""
    target = frozenset({TARGET})
    wave = Wave(graph, Store(graph.settings.store_root), target, target if forced else frozenset())
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


def test_a_followed_run_that_had_published_by_then_ended_well(elsewhere: Elsewhere, graph: Graph) -> None:
    elsewhere.under_way, elsewhere.publishes = ["r1"], False
    elsewhere.publish()
    assert made_by(graph, forced=True)[1].error is None


def test_an_error_of_the_page_is_no_end_of_a_run(
    elsewhere: Elsewhere, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may not know for a while, as when its database is away."""

    def back_soon(page: Page, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        answer = elsewhere.execute(query, variables)
        if query == STATUS:
            elsewhere.refuses = {}
        return answer

    elsewhere.refuses = {STATUS: "the database is away"}
    with monkeypatch.context() as for_a_while:
        for_a_while.setattr(Page, "_execute", back_soon)
        assert made_by(graph)[1].error is None
    elsewhere.refuses = {STATUS: "the database is away"}
    monkeypatch.setattr(submitted, "LOST_SECONDS", 0.0)
    told = made_by(graph, forced=True)[1].error or ""
    assert told.endswith("the database is away. Run r1 may go on there")


def test_a_fault_of_the_store_ends_one_run_and_not_the_wave(
    elsewhere: Elsewhere, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> str:
        raise StoreError("the store cannot be reached")

    monkeypatch.setattr(submitted.Staleness, "digest", full)
    outcome = made_by(graph)[1]
    assert (outcome.succeeded, outcome.error) == (False, "the store cannot be reached")


@pytest.mark.parametrize("held", [True, False], ids=["a host makes it", "its host died"])
def test_a_run_is_followed_as_long_as_a_host_makes_it(
    elsewhere: Elsewhere, graph: Graph, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    """Where none does, a run whose host died stands as started for ever."""
    monkeypatch.setattr(submitted, "CLAIM_POLL_SECONDS", 0.0)
    settings = graph.settings.model_copy(update={"longest_wait": 1e-6})
    elsewhere.polls = 5
    lease = Lease("another host", "a run on another host makes it")
    # Without a wave, which leaves to another what another has claimed.
    with (
        leased(elsewhere.store, str(TARGET), lease) if held else nullcontext(),
        submitted.Submitted(settings, 1, {}) as runs,
    ):
        runs.begin(TARGET, "was never made")
        (future,) = runs.running
        future.exception()
        outcome = runs.outcome(future)
    told = f"waited 1e-06 h: {ADDRESS}/runs/r1 is STARTED, and no host was making it"
    assert outcome.succeeded if held else told in (outcome.error or "")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": "FAILURE"}, f"the bucket is full ({ADDRESS}/runs/r1)"),
        ({"status": "FAILURE", "error": "check"}, f"blocking check bounds failed ({ADDRESS}/runs/r1)"),
        ({"status": "FAILURE", "error": "unreachable"}, f"UserCodeUnreachable: it took 60 s ({ADDRESS}/"),
        ({"status": "FAILURE", "error": "killed"}, f"marked as failed from outside ({ADDRESS}/runs/r1)"),
        ({"status": "CANCELED"}, f"run r1 was ended at {ADDRESS}/runs/r1"),
        ({"publishes": False}, "left nothing new in"),
        ({"healthy": False}, "no daemon takes runs from the queue of"),
        ({"version": "0"}, "install the same release on both"),
        ({"assets": []}, "has the asset curation_policy; is one running"),
        ({"refuses": {LOCATIONS: "the code server fell over"}}, "the code server fell over"),
        ({"refuses": {UNDER_WAY: "the database is down"}}, f"page at {ADDRESS}: the database is down"),
        ({"status": "FAILURE", "refuses": {EVENTS: "no log"}}, f"page at {ADDRESS}: no log"),
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
def answers() -> Iterator[tuple[str, list[tuple[int, bytes]]]]:
    """The address of a server, and what it answers: status and body, the last one again and again."""
    given: list[tuple[int, bytes]] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = given[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) + (status == CUT_OFF)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", given
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (401, b"", "asks for a token; set MEDAI_UI_TOKEN"),
        (502, b"<html>Bad gateway", "answers with HTTP status 502"),
        (404, b"", "answers with HTTP status 404; see its own log, and whether that is its address"),
        (CUT_OFF, b'{"data": {"ru', "does not answer"),
        (200, b"<html>Sign in", "is no page of Dagster"),
        (200, b"", "is no page of Dagster"),
        (200, b"[]", "is no page of Dagster"),
        (200, b"{}", "is no page of Dagster"),
        (200, b'{"data": null}', "is no page of Dagster"),
        (200, b'{"data": {}}', "is no page of Dagster"),
        (200, b'{"data": {"runOrError": null}}', "is no page of Dagster"),
        (200, b'{"data": {"runOrError": {"status": 7}}}', "is no page of Dagster"),
        (200, b'{"errors": [{"message": "Cannot query field"}]}', "Cannot query field"),
    ],
)
def test_whatever_answers_in_the_place_of_a_page_is_one_sentence(
    answers: tuple[str, list[tuple[int, bytes]]], status: int, body: bytes, told: str
) -> None:
    pytest.importorskip("dagster_graphql", reason="needs the extra ui")
    address, given = answers
    given[:] = [(status, body)]
    with pytest.raises(PageRefused, match=re.escape(told)):
        Page(address).ask(STATUS, Status, run="r1")
    with pytest.raises(PageRefused, match=re.escape(address)):
        Page(address).submit("medai", "__repository__", TARGET, {})


def test_a_page_that_is_not_there_is_one_sentence() -> None:
    pytest.importorskip("dagster_graphql", reason="needs the extra ui")
    with pytest.raises(PageRefused, match="does not answer"):
        Page(f"http://127.0.0.1:{free_port()}").submit("medai", "__repository__", TARGET, {})


def test_a_run_of_this_host_is_none_of_an_instance_that_launches_elsewhere() -> None:
    class K8sRunLauncher:
        pass

    instance: Any = SimpleNamespace(run_launcher=K8sRunLauncher())
    assert "runs started by K8sRunLauncher" in (_launched_elsewhere(instance) or "")
    own: Any = SimpleNamespace(run_launcher=dg.DefaultRunLauncher())
    assert _launched_elsewhere(own) is None
