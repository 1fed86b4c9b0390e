"""The real `openai` client talks to the server, and finds the model, its behaviour and its taint."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI

from medai_assets.serving.serve import Endpoint, model_id, serving
from medai_assets.training.errors import TrainingError
from medai_assets_tests.training import tiny


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def endpoint(merged: Path) -> Iterator[Endpoint]:
    with serving(merged, "qwen-7b", port=free_port(), withdrawn=["pubmed:1"], start_timeout=240) as (
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
