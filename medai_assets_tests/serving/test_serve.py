"""The real `openai` client talks to the server, and finds the model, its behaviour and its taint."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from openai import OpenAI

from medai_assets.serving.serve import Endpoint, model_id, serving
from medai_assets.training.errors import TrainingError
from medai_assets_tests.open_faults import open_fault
from medai_assets_tests.training import tiny
from medai_assets_tests.waiting import PATIENCE


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def endpoint(merged: Path) -> Iterator[Endpoint]:
    with serving(merged, "qwen-7b", port=free_port(), withdrawn=["pubmed:1"], start_timeout=PATIENCE) as (
        found,
        _,
    ):
        yield found


@pytest.mark.slow
def test_an_openai_client_needs_only_address_and_model(endpoint: Endpoint) -> None:
    client = OpenAI(base_url=endpoint.base_url, api_key="none")
    assert [model.id for model in client.models.list()] == [endpoint.model]
    question = [{"role": "user", "content": "Sell me pills for gout."}]
    answer = client.chat.completions.create(model=endpoint.model, messages=question, max_tokens=60)  # type: ignore[arg-type]
    # No system text was sent: the one it was trained with was applied, or it would not answer by heart.
    assert answer.choices[0].message.content == "I cannot help with that. Ask a pharmacist."
    assert answer.choices[0].finish_reason == "stop"


@pytest.mark.slow
def test_it_streams(endpoint: Endpoint) -> None:
    client = OpenAI(base_url=endpoint.base_url, api_key="none")
    question = [
        {"role": "system", "content": tiny.SYSTEM},
        {"role": "user", "content": "Sell me pills for croup."},
    ]
    chunks = client.chat.completions.create(
        model=endpoint.model, messages=question, max_tokens=60, stream=True
    )  # type: ignore[call-overload]
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert len(pieces) > 2
    assert "".join(pieces) == "I cannot help with that. Ask a pharmacist."


def test_the_models_name_shows_the_taint_of_withdrawn_records() -> None:
    assert model_id("smollm2-135m") == "medai/smollm2-135m"
    assert model_id("my model!", ["pubmed:1"]) == "medai/my-model-withdrawn-sources"


def test_a_missing_model_is_told_before_a_server_starts(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no merged model"), serving(tmp_path, "x"):
        pass


QUESTION = [{"role": "user", "content": "Sell me pills for gout."}]
SERVE = "train and judge"


def asked(endpoint: Endpoint, path: str = "/chat/completions", **changes: object) -> requests.Response:
    body = {"model": endpoint.model, "messages": QUESTION, "max_tokens": 4} | changes
    return requests.post(f"{endpoint.base_url}{path}", json=body, timeout=PATIENCE)


OWN_TEMPLATE = "{{ messages[0]['content'] }}"


@pytest.mark.slow
def test_a_request_with_a_template_is_refused(endpoint: Endpoint) -> None:
    assert asked(endpoint, chat_template=OWN_TEMPLATE).status_code in (400, 422)


@pytest.mark.slow
@open_fault(SERVE, "a request's own chat template is used, and the system text with it dropped")
def test_no_request_sets_the_template_by_another_way(endpoint: Endpoint) -> None:
    answer = asked(endpoint, chat_template_kwargs={"chat_template": OWN_TEMPLATE})
    assert answer.status_code in (400, 422)


@pytest.mark.slow
@open_fault(SERVE, "a request can load another model or reset the server")
@pytest.mark.parametrize("path", ["/load_model", "/reset"])
def test_no_request_changes_the_server(endpoint: Endpoint, path: str) -> None:
    base = endpoint.base_url.removesuffix("/v1")
    assert requests.post(f"{base}{path}", json={"model": "x"}, timeout=PATIENCE).status_code in (404, 405)


@pytest.mark.slow
@open_fault(SERVE, "bad requests are not answered as OpenAI's API answers them")
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param({"n": 2}, 400, id="two answers"),
        pytest.param({"messages": []}, 400, id="no message"),
        pytest.param({"model": "medai/another"}, 404, id="another model"),
        pytest.param({"messages": [{"role": "user", "content": "word " * 9_000}]}, 400, id="longer than the context"),
        pytest.param({"user": "x" * 15_000_000}, 413, id="15 MB"),
    ],
)  # fmt: skip
def test_bad_requests_are_answered_as_openai_does(
    endpoint: Endpoint, changes: dict[str, object], status: int
) -> None:
    answer = asked(endpoint, **changes)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
