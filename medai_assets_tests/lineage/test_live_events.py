"""OpenLineage events while things run: to a receiver on this machine, by openlineage-python's own settings."""

from __future__ import annotations

import http.server
import json
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from medai_assets.lineage.live_events import LiveEvents, Receiver, is_configured
from medai_assets.lineage.openlineage import events
from medai_assets.storage import Input, StoreError
from medai_assets_tests.lineage.library import Library
from medai_assets_tests.lineage.test_openlineage import problems_of

RUN = "0b6f6a52-9a5e-4b1a-8a53-2f6f3f4f8f10"


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What a receiver is sent; its address is in the environment."""
    got: list[dict[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(503 if "refuse" in self.path else 201)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("OPENLINEAGE_URL", f"http://127.0.0.1:{server.server_port}")
    yield got
    server.shutdown()
    server.server_close()


def live(library: Library, warnings: list[str], receiver: Receiver | None = None) -> LiveEvents:
    dataset = "instruction_dataset"
    return LiveEvents(
        library.settings, library.store, dataset, None, RUN, warnings.append, receiver or Receiver()
    )


def test_nothing_is_sent_unless_somebody_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_configured()
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT__TYPE", "console")
    assert is_configured()


def test_a_run_is_told_from_its_start_to_its_end_as_the_export_tells_it(
    library: Library, received: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(
        library, "_publishing", lambda asset, inputs: {"code_version": "3", "inputs": [i.input for i in inputs], "run_id": RUN}
    )  # fmt: skip
    dataset = library.materialize(train=False)
    with live(library, warnings).around(lambda: dataset.manifest.inputs):
        pass
    start, complete = received
    assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == complete["run"]["runId"]
    exported = [e for e in events(library.store) if e["job"]["name"] == "instruction_dataset"]
    assert {e["run"]["runId"] for e in exported} == {start["run"]["runId"]}
    assert {i["name"] for i in start["inputs"]} == {"curated_corpus", "instruction_mixture"}
    (output,) = complete["outputs"]
    assert output["facets"]["version"]["datasetVersion"] == dataset.data_version
    columns = output["facets"]["columnLineage"]["fields"]
    assert {"namespace": "medai", "name": "curated_corpus", "field": "text"} in columns["completion"][
        "inputFields"
    ]
    assert {row["licence"] for row in output["facets"]["medai_licences"]["licences"]} >= {"CC0-1.0"}
    assert complete["run"]["facets"]["medai_code"]["stageVersion"] == "3"
    assert [problem for one in received for problem in problems_of(one)] == []
    assert warnings == []


def test_a_run_that_fails_or_is_stopped_says_so(library: Library, received: list[dict[str, Any]]) -> None:
    library.settings = library.settings.model_copy(update={"ncbi_api_key": SecretStr("k-17-secret")})
    said = "the slice at https://x.org/?api_key=other of k-17-secret is empty\nsecond line"
    for error in (ValueError(said), KeyboardInterrupt()):
        with pytest.raises(type(error)), live(library, []).around(list):
            raise error
    with live(library, []).around(list):
        pass  # no receipt is of this run
    start, fail, _, abort, _ = received
    assert start["eventType"] == "START"
    assert (fail["eventType"], abort["eventType"]) == ("FAIL", "ABORT")
    assert (
        fail["run"]["facets"]["errorMessage"]["message"]
        == "the slice at https://x.org/ of [removed] is empty"
    )
    assert [problem for one in received for problem in problems_of(one)] == []


def in_vain() -> list[Input]:
    raise StoreError("a receipt is damaged")


@pytest.mark.parametrize(
    ("transport", "inputs", "told"),
    [
        (
            '{"type": "http", "url": "http://me:pass-17@127.0.0.1:9", "retry": {"total": 0}}',
            list,
            "OpenLineage's receiver took no event (ConnectionError)",
        ),
        ('{"type": "no such transport: pass-17"}', list, "OpenLineage's receiver took no event ("),
        ('{"pass-17', list, "OpenLineage's receiver took no event ("),
        ('{"type": "console"}', in_vain, "an OpenLineage event was not sent: StoreError"),
    ],
)
def test_whatever_fails_in_telling_costs_a_warning_without_addresses_and_never_the_run(
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
    transport: str,
    inputs: Callable[[], list[Input]],
    told: str,
) -> None:
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT", transport)
    warnings: list[str] = []
    with live(library, warnings).around(inputs):
        made = True
    assert made
    (said,) = warnings
    assert said.startswith(told)
    assert "pass-17" not in said


def test_a_receiver_that_takes_nothing_is_tried_twice_then_left_alone_for_a_while(
    library: Library, received: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_ENDPOINT", "refuse")
    receiver = Receiver()
    for _ in range(3):
        warnings: list[str] = []
        with live(library, warnings, receiver).around(list):
            pass
        (said,) = warnings
        assert said == receiver.complaint
        assert "OPENLINEAGE_URL" in said
        assert "`medai lineage-export openlineage`" in said
    assert len(received) == 2


def test_a_receiver_is_tried_again_after_the_pause_as_often_as_its_settings_say(
    library: Library, received: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Receiver, "pause", -1.0)
    address = os.environ["OPENLINEAGE_URL"]
    http_transport = {"type": "http", "url": address, "endpoint": "refuse", "retry": {"total": 0}}
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT", json.dumps(http_transport))
    receiver = Receiver()
    for tried in (1, 2, 3):
        assert not receiver.takes(live(library, [])._event("START"))
        assert len(received) == tried
