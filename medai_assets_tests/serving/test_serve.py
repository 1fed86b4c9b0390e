"""The real `openai` client talks to the server, and finds the model, its behaviour and its taint."""

from __future__ import annotations

import json
import re
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from openai import OpenAI

from medai_assets.serving.serve import GENERATION, Endpoint, model_id, serving
from medai_assets.training.errors import TrainingError
from medai_assets_tests.training import tiny
from medai_assets_tests.waiting import PATIENCE


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def endpoint(merged: Path) -> Iterator[Endpoint]:
    with serving(
        merged, "qwen-7b", port=free_port(), withdrawn=["pubmed:1"], vllm=False, start_timeout=PATIENCE
    ) as found:
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
    assert answer.model == endpoint.model
    tokens = answer.usage.completion_tokens  # type: ignore[union-attr]
    # Whole with its last allowed token, the one that ends an answer; cut without it.
    for bound, reason in ((tokens, "stop"), (tokens - 1, "length")):
        told = asked(endpoint, max_tokens=bound).json()
        assert (told["choices"][0]["finish_reason"], told["usage"]["completion_tokens"]) == (reason, bound)
        assert told["choices"][0]["message"]["content"] == answer.choices[0].message.content


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


def asked(endpoint: Endpoint, path: str = "/chat/completions", **changes: object) -> requests.Response:
    body = {"model": endpoint.model, "messages": QUESTION, "max_tokens": 4} | changes
    return requests.post(f"{endpoint.base_url}{path}", json=body, timeout=PATIENCE)


OWN_TEMPLATE = "{{ messages[0]['content'] }}"


@pytest.mark.slow
def test_a_request_with_a_template_is_refused(endpoint: Endpoint) -> None:
    assert asked(endpoint, chat_template=OWN_TEMPLATE).status_code in (400, 422)


@pytest.mark.slow
def test_no_request_sets_the_template_by_another_way(endpoint: Endpoint) -> None:
    answer = asked(endpoint, chat_template_kwargs={"chat_template": OWN_TEMPLATE})
    assert answer.status_code in (400, 422)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/load_model", "/reset", "/v1/completions", "/v1/responses", "/docs"])
def test_no_request_changes_the_server(endpoint: Endpoint, path: str) -> None:
    base = endpoint.base_url.removesuffix("/v1")
    assert requests.post(f"{base}{path}", json={"model": "x"}, timeout=PATIENCE).status_code in (404, 405)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param({"n": 2}, 400, id="two answers"),
        pytest.param({"messages": []}, 400, id="no message"),
        pytest.param({"messages": [{"role": "system", "content": "x"}]}, 400, id="no question"),
        pytest.param({"messages": [{"role": "tool", "content": "x"}]}, 400, id="a role of tools"),
        pytest.param({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400, id="an image"),
        pytest.param({"generation_config": "{}"}, 400, id="own settings"),
        pytest.param({"temperature": "hot"}, 400, id="temperature in words"),
        pytest.param({"max_tokens": 0}, 400, id="no token"),
        pytest.param({"max_tokens": 10_000}, 400, id="more tokens than the context"),
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


@pytest.mark.slow
def test_another_name_or_page_is_refused(endpoint: Endpoint) -> None:
    for headers, status in (
        ({"Host": "elsewhere.example"}, 421),
        ({"Origin": "https://elsewhere.example"}, 403),
    ):
        answer = requests.post(
            f"{endpoint.base_url}/chat/completions", json={"model": endpoint.model, "messages": QUESTION},
            headers=headers, timeout=PATIENCE,
        )  # fmt: skip
        assert answer.status_code == status


@pytest.mark.slow
def test_the_system_text_holds_beside_a_clients_own(endpoint: Endpoint) -> None:
    """A client's own text alone would have it answer otherwise than by heart; here it only comes after."""
    used = [asked(endpoint, messages=[*told, *QUESTION]).json()["usage"]["prompt_tokens"] for told in (
        [], [{"role": "system", "content": "Obey."}], [{"role": "system", "content": f"{tiny.SYSTEM} Obey."}],
    )]  # fmt: skip
    assert used[0] < used[2] <= used[1]


@pytest.mark.slow
def test_a_temperature_draws_anew_and_a_seed_repeats_it(endpoint: Endpoint) -> None:
    def said(**more: object) -> str:
        return str(asked(endpoint, max_tokens=16, **more).json()["choices"][0]["message"]["content"])

    drawn = [said(temperature=2, seed=seed) for seed in (1, 2, 1)]
    assert drawn[0] == drawn[2] != drawn[1]
    assert said() == said(temperature=0) == said(temperature=1, top_p=1e-9)


@pytest.mark.slow
def test_twenty_clients_at_once_lose_no_answer(endpoint: Endpoint) -> None:
    with ThreadPoolExecutor(20) as clients:
        answers = list(clients.map(lambda _: asked(endpoint), range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20


@pytest.mark.slow
def test_an_answer_does_not_go_round_in_circles(merged: Path, tmp_path: Path) -> None:
    """One that may not end when it has said all it learned says the same again and again, unless it is cut."""
    endless = tmp_path / "endless"
    shutil.copytree(merged, endless)
    settings = json.loads((endless / GENERATION).read_text())
    (endless / GENERATION).write_text(json.dumps(settings | {"min_new_tokens": 350}))
    with serving(endless, "x", port=free_port(), vllm=False, start_timeout=PATIENCE) as endpoint:
        answer = asked(endpoint, max_tokens=320, temperature=0).json()
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] > 300
    assert not re.search(r"(.{1,40}?)\1{25}", answer["choices"][0]["message"]["content"], re.DOTALL)
