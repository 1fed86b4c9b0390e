"""A client that knows OpenAI's API alone: whatever it asks for, it is answered, or refused in that API's own words."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import openai
import pytest
from openai import AsyncOpenAI
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_assets.foundation.guard import LOOPBACK, Guard
from medai_assets.serving.chat_requests import Limits
from medai_assets.serving.limited import CHAT, Limited, refusal
from medai_assets.serving.model_servers import ModelServer
from medai_assets_tests.serving.test_limited import MODEL, QUESTION, alone, streamed
from medai_assets_tests.waiting import PATIENCE

Ask = Callable[[AsyncOpenAI], Coroutine[Any, Any, Any]]
TOOL = {"type": "function", "function": {"name": "dose", "parameters": {"type": "object", "properties": {}}}}
SCHEMA = {"name": "answer", "schema": {"type": "object"}}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
CALLED = {"id": "1", "type": "function", "function": {"name": "dose", "arguments": "{}"}}


class Advice(BaseModel):
    """What a client would have answers parsed as."""

    text: str


async def answers(request: Request) -> Response:
    if "crash" in (await request.json())["messages"][-1]["content"]:
        raise RuntimeError("/secret/path")
    return streamed("Rest", ".")


def refused(limits: Limits, ask: Ask, **client: Any) -> openai.APIStatusError:
    """The error that the client raises; a body that is no error of OpenAI's has no message to be read from it."""

    async def talk() -> openai.APIStatusError:
        server = ModelServer(Starlette(routes=[Route(CHAT, answers, methods=["POST"])]), lambda told: True)
        transport = httpx.ASGITransport(Guard(Limited(server, limits), LOOPBACK, refusal=refusal))
        base = client.pop("base_url", "http://127.0.0.1/v1")
        async with httpx.AsyncClient(transport=transport, timeout=PATIENCE) as http:
            asked = AsyncOpenAI(base_url=base, api_key="any", http_client=http, max_retries=0, **client)
            with pytest.raises(openai.APIStatusError) as error:
                await _read(ask(asked))
        return error.value

    error = alone(talk())
    told: Any = error.body
    assert set(told) == {"message", "type", "param", "code"}, told
    assert told["message"]
    assert "secret" not in str(told)
    assert error.response.headers["content-type"] == "application/json"
    return error


async def _read(answer: Coroutine[Any, Any, Any]) -> None:
    """Read what the client gives to its end, where it comes in pieces."""
    async for _ in await answer:
        pass


def chat(**more: Any) -> Ask:
    return lambda client: client.chat.completions.create(**{"model": MODEL, "messages": [QUESTION]} | more)


UNABLE = {
    "tools": {"tools": [TOOL]},
    "tool_choice": {"tools": [TOOL], "tool_choice": "required"},
    "functions": {"functions": [TOOL["function"]]},
    "n": {"n": 2},
    "logprobs": {"logprobs": True},
    "top_logprobs": {"top_logprobs": 3},
    "logit_bias": {"logit_bias": {"5": 100}},
    "response_format": {"response_format": {"type": "json_schema", "json_schema": SCHEMA}},
    "response_format ": {"response_format": {"type": "json_object"}},
    "reasoning_effort": {"reasoning_effort": "high"},
    "verbosity": {"verbosity": "low"},
    "modalities": {"modalities": ["text", "audio"]},
    "web_search_options": {"web_search_options": {}},
    "prediction": {"prediction": {"type": "content", "content": "x"}},
    "presence_penalty": {"presence_penalty": 1.5},
    "temperature": {"temperature": 3},
    "max_tokens": {"max_completion_tokens": 0},
    "top_k": {"extra_body": {"top_k": 5}},
    "chat_template": {"extra_body": {"chat_template": "{{ x }}"}},
    "messages[0].content": {"messages": [{"role": "user", "content": [PICTURE]}]},
    "messages[1]": {"messages": [QUESTION, {"role": "tool", "tool_call_id": "1", "content": "5 mg"}]},
    "messages[1].content": {
        "messages": [QUESTION, {"role": "assistant", "content": None, "tool_calls": [CALLED]}]
    },
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streaming"])
@pytest.mark.parametrize("what", UNABLE)
def test_what_it_cannot_do_is_told_with_the_parameter(limits: Limits, what: str, stream: bool) -> None:
    error = refused(limits, chat(**UNABLE[what], stream=stream))
    assert isinstance(error, openai.BadRequestError)
    assert (error.type, error.param) == ("invalid_request_error", what.strip())


@pytest.mark.parametrize(
    ("what", "kind", "code"),
    [
        (chat(model="gpt-5"), openai.NotFoundError, "model_not_found"),
        (lambda client: client.models.retrieve("gpt-5"), openai.NotFoundError, "model_not_found"),
        (chat(messages=[QUESTION | {"content": "word " * 600}]), openai.BadRequestError, "context_length_exceeded"),
        (chat(messages=[QUESTION | {"content": "x" * 2_000_000}]), openai.APIStatusError, None),
        (chat(messages=[QUESTION | {"content": "crash"}]), openai.InternalServerError, None),
        (chat(messages=[QUESTION | {"content": "crash"}], stream=True), openai.InternalServerError, None),
        (lambda client: client.chat.completions.parse(model=MODEL, messages=[QUESTION], response_format=Advice),
         openai.BadRequestError, "unsupported_value"),
        (lambda client: client.responses.create(model=MODEL, input="x"), openai.NotFoundError, None),
        (lambda client: client.responses.create(model=MODEL, input="x", stream=True), openai.NotFoundError, None),
        (lambda client: client.completions.create(model=MODEL, prompt="x"), openai.NotFoundError, None),
        (lambda client: client.embeddings.create(model=MODEL, input="x"), openai.NotFoundError, None),
        (lambda client: client.moderations.create(input="x"), openai.NotFoundError, None),
        (lambda client: client.images.generate(prompt="x"), openai.NotFoundError, None),
        (lambda client: client.files.list(), openai.NotFoundError, None),
        (lambda client: client.models.delete(MODEL), openai.NotFoundError, None),
        (lambda client: client.chat.completions.list(), openai.APIStatusError, None),
    ],
    ids=["another model", "another model's page", "longer than the context", "2 MB", "a fault", "a fault in pieces",
         "parsed answers", "responses", "responses in pieces", "completions", "embeddings", "moderations", "images",
         "files", "deleting", "stored answers"],
)  # fmt: skip
def test_what_is_not_there_is_told_as_openai_does(
    limits: Limits, what: Ask, kind: type[openai.APIStatusError], code: str | None
) -> None:
    error = refused(limits, what)
    assert isinstance(error, kind)
    assert error.code == code


@pytest.mark.parametrize(
    "path", [chat(), lambda client: client.models.retrieve(MODEL)], ids=["chat", "model"]
)
def test_another_host_name_is_told_as_openai_does(limits: Limits, path: Ask) -> None:
    error = refused(limits, path, base_url="http://rebound.example/v1")
    assert (error.status_code, error.type) == (421, "invalid_request_error")


def test_another_page_is_told_as_openai_does(limits: Limits) -> None:
    error = refused(limits, chat(), default_headers={"Origin": "https://elsewhere.example"})
    assert isinstance(error, openai.PermissionDeniedError)
    assert error.type == "invalid_request_error"
