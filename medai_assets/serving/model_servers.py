"""The two servers that stand behind the limits (limited.py): `transformers serve` in the same process, and vLLM, another
program, at a Unix socket that nobody else knows.

Each takes a checked request for an answer in pieces, and sends events as OpenAI's API does; wherein they differ stands in
``ModelServer`` and nowhere else.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from medai_assets.serving.generate import stop_ids

AT_ONCE = 32  # answers of vLLM in the making, which it makes together


@dataclass(frozen=True, slots=True)
class ModelServer:
    """What answers.

    Attributes:
        ended: whether the model ended its last answer itself, rather than a bound of tokens or time, given the reason
            that the server told.
        at_once: answers in the making.
        is_bounded: it keeps the bounds of time and repetition itself; any other is left where an answer breaks them.
        more: what each request to it says besides.
    """

    app: ASGIApp
    ended: Callable[[str], bool]
    at_once: int = 1
    is_bounded: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)


def run_transformers(
    front: Callable[[ModelServer], ASGIApp],
    model_dir: Path,
    tokenizer: Any,
    identity: str,
    host: str,
    port: int,
) -> None:
    """Serve a model of the hub's cache until the process ends: `transformers serve` with ``front`` before its application."""
    import uvicorn
    from transformers.cli.transformers import main as transformers

    ended = _notice_ends(model_dir, tokenizer)
    configure: Callable[..., Any] = uvicorn.Config

    def limited(app: ASGIApp, **options: Any) -> Any:
        return configure(front(ModelServer(app, lambda told: ended())), **options)

    uvicorn.Config = limited  # type: ignore[misc, assignment]
    sys.argv = ["transformers", "serve", identity, "--host", host, "--port", str(port)]
    transformers()


def _notice_ends(model_dir: Path, tokenizer: Any) -> Callable[[], bool]:
    """Let the model server note the last token of each answer, and tell whether it is one that ends an answer.

    The server itself calls an answer cut that ends with its last allowed token, and whole that ran out of time.
    """
    from transformers import GenerationConfig
    from transformers.cli.serving import utils

    ends, last = stop_ids(GenerationConfig.from_pretrained(model_dir), tokenizer), [-1]

    put = utils.DirectStreamer.put

    def noticing(streamer: Any, value: Any) -> None:
        put(streamer, value)
        last[0] = value.flatten()[-1].item()

    utils.DirectStreamer.put = noticing
    return lambda: last[0] in ends


def run_vllm(front: Callable[[ModelServer], ASGIApp], socket: str, host: str, port: int) -> None:
    """Serve what vLLM serves at a Unix socket, until the process ends."""
    import uvicorn

    uvicorn.run(front(vllm_at(socket)), host=host, port=port, log_level="warning")


def vllm_at(socket: str) -> ModelServer:
    """vLLM at a Unix socket; each of its pieces counts the tokens so far, so that an answer that is cut has its count too."""
    counted = {"stream_options": {"include_usage": True, "continuous_usage_stats": True}}
    return ModelServer(_Passed(socket), lambda told: told == "stop", AT_ONCE, is_bounded=False, more=counted)


class _Passed:
    """An ASGI application that passes a request on to a Unix socket, and back what comes as it comes; a client that has
    gone is gone there too, so that its answer is made no further."""

    def __init__(self, socket: str) -> None:
        transport = httpx2.AsyncHTTPTransport(verify=False, limits=httpx2.Limits(), uds=socket)
        self._client = httpx2.AsyncClient(transport=transport, base_url="http://vllm", timeout=None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        answered = asyncio.ensure_future(self._answer(scope, body, send))
        left = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait((answered, left), return_when=asyncio.FIRST_COMPLETED)
            if answered.done():
                answered.result()
        finally:
            for task in (answered, left):
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task

    async def _answer(self, scope: Scope, body: bytes, send: Send) -> None:
        headers = {"content-type": "application/json"}
        asked = self._client.stream(scope["method"], scope["path"], content=body, headers=headers)
        try:
            async with asked as reply:
                kind = reply.headers.get("content-type", "").encode()
                start = {"type": "http.response.start", "status": reply.status_code}
                await send(start | {"headers": [(b"content-type", kind)]})
                async for piece in reply.aiter_raw():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except httpx2.TransportError:
            await send(
                {"type": "http.response.start", "status": HTTPStatus.SERVICE_UNAVAILABLE, "headers": []}
            )


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message: Message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
