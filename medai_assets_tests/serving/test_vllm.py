"""vLLM behind the limits, by a program that speaks its API: the same answers, refusals and bounds as of `transformers serve`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import uvicorn
from openai import OpenAI, OpenAIError

from medai_assets.serving.chat_requests import Limits
from medai_assets.serving.limited import CHAT, Limited
from medai_assets.serving.model_servers import vllm_at
from medai_assets.serving.serve import serving
from medai_assets.serving.shown import TWICE
from medai_assets.training.errors import TrainingError
from medai_assets_tests.serving import vllm_stand_in
from medai_assets_tests.serving.test_limited import QUESTION, alone, body
from medai_assets_tests.serving.test_serve import free_port
from medai_assets_tests.waiting import PATIENCE, eventually

T = TypeVar("T")
Talk = Callable[[httpx.AsyncClient], Coroutine[Any, Any, T]]


def talked(tmp_path: Path, limits: Limits, talk: Talk[T], **bounds: Any) -> tuple[T, list[Any]]:
    """What a client makes of it, and what the server behind the limits noted."""
    socket, notes = tmp_path / "s", tmp_path / "notes"

    async def run() -> T:
        server = uvicorn.Server(
            uvicorn.Config(vllm_stand_in.application(notes), uds=str(socket), log_level="error")
        )
        served = asyncio.ensure_future(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        transport = httpx.ASGITransport(Limited(vllm_at(str(socket)), limits, **bounds))
        try:
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1", timeout=PATIENCE
            ) as asked:
                return await talk(asked)
        finally:
            server.should_exit = True
            await served

    return alone(run()), [json.loads(line) for line in notes.read_text().splitlines()]


def said(text: str, **more: Any) -> bytes:
    return body(QUESTION | {"content": text}, **more)


def test_an_answer_comes_whole_and_in_pieces(tmp_path: Path, limits: Limits) -> None:
    async def talk(asked: httpx.AsyncClient) -> list[httpx.Response]:
        return [await asked.post(CHAT, content=said("What helps a cough?", stream=s)) for s in (False, True)]

    (whole, pieces), asked = talked(tmp_path, limits, talk)
    told = whole.json()
    assert told["choices"][0]["message"]["content"] == "What helps a cough? "
    assert (told["choices"][0]["finish_reason"], told["usage"]["completion_tokens"]) == ("stop", 4)
    assert pieces.text.count("data: ") == 4 + 3  # the role before, the reason and the end mark behind
    assert pieces.text.endswith("data: [DONE]\n\n")
    assert "usage" not in pieces.text
    assert [one["stream_options"]["continuous_usage_stats"] for one in asked] == [True, True]
    assert {one["messages"][0]["role"] for one in asked} == {"system"}


@pytest.mark.parametrize("stream", [True, False])
def test_what_repeats_itself_is_cut(tmp_path: Path, limits: Limits, stream: bool) -> None:
    async def talk(asked: httpx.AsyncClient) -> httpx.Response:
        return await asked.post(CHAT, content=said("loop", stream=stream, max_tokens=400))

    reply, _ = talked(tmp_path, limits, talk)
    if stream:
        chunks = [json.loads(line[6:]) for line in reply.text.split("\n\n") if line.startswith("data: {")]
        text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
        assert chunks[-1]["choices"][0]["finish_reason"] == "length"
        assert reply.text.endswith("data: [DONE]\n\n")
    else:
        choice = reply.json()["choices"][0]
        text = choice["message"]["content"]
        assert choice["finish_reason"] == "length"
        assert reply.json()["usage"]["completion_tokens"] == len(text.split())
    assert len(vllm_stand_in.LOOP) + TWICE <= len(text) < len(vllm_stand_in.LOOP) + TWICE + 10


def test_a_slow_answer_is_cut_in_time_and_made_no_further(
    tmp_path: Path, limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("medai_assets.serving.limited.CUT_SECONDS", 2.0)

    async def talk(asked: httpx.AsyncClient) -> httpx.Response:
        reply = await asked.post(CHAT, content=said("slow"))
        while "left" not in (tmp_path / "notes").read_text():
            await asyncio.sleep(0.02)
        return reply

    reply, _ = talked(tmp_path, limits, talk)
    assert reply.json()["choices"][0]["finish_reason"] == "length"
    assert reply.json()["choices"][0]["message"]["content"].startswith("word0 word1 ")


def test_many_are_answered_at_once(tmp_path: Path, limits: Limits) -> None:
    async def talk(asked: httpx.AsyncClient) -> list[httpx.Response]:
        return await asyncio.gather(*(asked.post(CHAT, content=said(f"Is it {n}?")) for n in range(40)))

    replies, _ = talked(tmp_path, limits, talk)
    assert [r.json()["choices"][0]["message"]["content"] for r in replies] == [
        f"Is it {n}? " for n in range(40)
    ]


def test_what_it_refuses_or_breaks_is_told_as_openai_does(tmp_path: Path, limits: Limits) -> None:
    async def talk(asked: httpx.AsyncClient) -> httpx.Response:
        return await asked.post(CHAT, content=said("refuse"))

    refused, _ = talked(tmp_path, limits, talk)
    assert refused.status_code == 400
    assert refused.json()["error"]["message"] == "the model server could not answer"

    async def nobody() -> httpx.Response:
        transport = httpx.ASGITransport(Limited(vllm_at(str(tmp_path / "none")), limits))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as asked:
            return await asked.post(CHAT, content=said("x"))

    assert alone(nobody()).status_code == 503


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program ``vllm`` on the search path; what it notes is in the returned file."""
    path = tmp_path / "bin" / "vllm"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\nfrom {vllm_stand_in.__name__} import main\nmain()\n")
    path.chmod(0o755)
    root = str(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", root)
    monkeypatch.setenv("PATH", str(path.parent), prepend=":")
    monkeypatch.setenv("VLLM_NOTES", str(tmp_path / "notes"))
    return tmp_path / "notes"


def test_where_it_is_installed_it_makes_the_answers(merged: Path, program: Path) -> None:
    with serving(merged, "qwen-7b", port=free_port(), start_timeout=PATIENCE) as endpoint:
        assert endpoint.maker == "vLLM"
        client = OpenAI(base_url=endpoint.base_url, api_key="none", max_retries=0)
        question: Any = [{"role": "user", "content": "What helps?"}]
        answer = client.chat.completions.create(model=endpoint.model, messages=question)
        assert (answer.choices[0].message.content, answer.model) == ("What helps? ", endpoint.model)
        stream = client.chat.completions.create(
            model=endpoint.model, messages=[{"role": "user", "content": "slow"}], stream=True
        )
        next(iter(stream))
        stream.close()
        eventually("the answer to end with its client", lambda: '"left"' in program.read_text())
        command = json.loads(program.read_text().splitlines()[0])
        assert command[:4] == ["serve", str(merged), "--served-model-name", "medai/qwen-7b"]
        with pytest.raises(OpenAIError):
            client.chat.completions.create(
                model=endpoint.model, messages=[{"role": "user", "content": "die"}]
            )
        assert endpoint.ended() == 7


def test_one_that_cannot_run_is_told(merged: Path, program: Path, tmp_path: Path) -> None:
    (tmp_path / "bin" / "vllm").write_text(f"#!{sys.executable}\nraise SystemExit(3)\n")
    with (
        pytest.raises(TrainingError, match=r"exited at once with code 3.*--no-vllm"),
        serving(merged, "x", port=free_port(), start_timeout=PATIENCE),
    ):
        pass


def test_none_is_taken_for_it(merged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(TrainingError, match="vLLM is not installed"), serving(merged, "x", vllm=True):
        pass
