"""The model server with limits in front: `medai serve` runs this module where `transformers serve` runs the bare one.

Only the models and the chat are served, under this machine's own names and to no page of another origin. A request is
read up to a size, checked (chat_requests.py), waits its turn in a queue of bounded length, and ends within a bound of
time whatever the model does; errors are worded as OpenAI's API words them.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from medai_assets.foundation.guard import Guard, names_of
from medai_assets.serving.chat_requests import BadRequest, Limits
from medai_assets.serving.generate import stop_ids
from medai_assets.serving.replies import Answer, Reply
from medai_assets.training.chat import default_system

CHAT = "/v1/chat/completions"
MODELS = "/v1/models"
HEALTH = "/health"
OWNER = "medai"
MOST_BYTES = 1 << 20  # of a request
MOST_WAITING = 64  # requests that wait for their turn
READ_SECONDS = 30.0  # for a request to arrive
ANSWER_SECONDS = 120.0  # for one answer; the model is told to stop a little earlier
WAIT_SECONDS = 900.0  # for a turn


class Limited:
    """An ASGI application in front of a model server that answers one request at a time.

    Args:
        limits: the check of a request.
        ended: whether the model ended its last answer itself, rather than a bound of tokens or time.
        answer_seconds: how long one answer may take.
        most_waiting: requests that wait for their turn; more are answered with 429.
        read_seconds: how long a request may take to arrive.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits,
        ended: Callable[[], bool],
        *,
        answer_seconds: float = ANSWER_SECONDS,
        most_waiting: int = MOST_WAITING,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self.app, self.limits, self.ended = app, limits, ended
        self.answer_seconds, self.most_waiting, self.read_seconds = answer_seconds, most_waiting, read_seconds
        self.turn = asyncio.Semaphore(1)
        self.waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close"})
        reply = Reply(send)
        try:
            await self._answer(scope, receive, reply)
        except BadRequest as error:
            await reply.refuse(str(error), error.status, error.param, error.code)
        except TimeoutError:
            await reply.refuse("the answer took too long", HTTPStatus.GATEWAY_TIMEOUT)

    async def _answer(self, scope: Scope, receive: Receive, reply: Reply) -> None:
        method, path = scope["method"], scope["path"]
        if (path, method) == (HEALTH, "GET"):
            return await self.app(scope, receive, reply.send)
        own = {"id": self.limits.model, "object": "model", "created": 0, "owned_by": OWNER}
        known = {MODELS: {"object": "list", "data": [own]}, f"{MODELS}/{self.limits.model}": own}
        if path in known and method == "GET":
            return await JSONResponse(known[path])(scope, receive, reply.send)
        if path != CHAT:
            raise BadRequest(f"there is no {method} {path[:100]} here", HTTPStatus.NOT_FOUND)
        if method != "POST":
            raise BadRequest(f"{CHAT} takes only POST", HTTPStatus.METHOD_NOT_ALLOWED)
        try:
            async with asyncio.timeout(self.read_seconds):
                body = await _read(receive)
        except TimeoutError:
            raise BadRequest("the request took too long to arrive", HTTPStatus.REQUEST_TIMEOUT) from None
        asked = await asyncio.to_thread(self.limits.checked, body)
        # Always in pieces: a stream ends when its client has gone, where a whole answer would be made to its end.
        request = orjson.dumps({k: v for k, v in asked.items() if k != "stream_options"} | {"stream": True})
        # whoever takes a free turn is counted until it has it
        about_to_begin = 0 if self.turn.locked() else 1
        if self.waiting >= self.most_waiting + about_to_begin:
            raise BadRequest("too many requests wait already; try again later", HTTPStatus.TOO_MANY_REQUESTS)
        self.waiting += 1
        try:
            if not await self._has_turn(receive):
                return
        finally:
            self.waiting -= 1
        try:
            async with asyncio.timeout(self.answer_seconds):
                answer = Answer(reply, asked, self.ended)
                await self.app(_with_length(scope, len(request)), _replay(request, receive), answer.take)
        finally:
            self.turn.release()

    async def _has_turn(self, receive: Receive) -> bool:
        """Wait for a turn; False where the client went away first, whose answer nobody would read.

        Raises:
            TimeoutError: none came in time.
        """
        left, turn = asyncio.ensure_future(receive()), asyncio.ensure_future(self.turn.acquire())
        has_turn = False
        try:
            await asyncio.wait((left, turn), timeout=WAIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not left.done() and not turn.done():
                raise TimeoutError
            has_turn = not left.done()
            return has_turn
        finally:
            left.cancel()
            if not has_turn and not turn.cancel():  # it came at the same moment
                self.turn.release()


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("the client went away")
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            raise BadRequest(f"a request may have {MOST_BYTES:,} bytes", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if not message.get("more_body"):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _with_length(scope: Scope, length: int) -> Scope:
    replaced = (b"content-length", b"transfer-encoding", b"content-type")
    headers = [(name, value) for name, value in scope["headers"] if name not in replaced]
    headers += [(b"content-length", str(length).encode()), (b"content-type", b"application/json")]
    return {**scope, "headers": headers}


def limits_of(model_dir: Path, identity: str) -> Limits:
    """The limits of a merged model: its tokenizer, its system text, and how long a conversation it knows."""
    from transformers import AutoConfig, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    config = AutoConfig.from_pretrained(model_dir).get_text_config()
    system, _ = default_system(str(tokenizer.chat_template))
    return Limits(identity, tokenizer, system, int(config.max_position_embeddings))


def notice_ends(model_dir: Path, tokenizer: Any) -> Callable[[], bool]:
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


def main(model_dir: str, identity: str, host: str, port: str) -> None:
    """``python -m medai_assets.serving.limited DIRECTORY MODEL HOST PORT``."""
    import uvicorn
    from transformers.cli.transformers import main as transformers

    limits = limits_of(Path(model_dir), identity)
    ended = notice_ends(Path(model_dir), limits.tokenizer)
    configure: Callable[..., Any] = uvicorn.Config

    def limited(app: ASGIApp, **options: Any) -> Any:
        return configure(Guard(Limited(app, limits, ended), names_of(host)), **options)

    uvicorn.Config = limited  # type: ignore[misc, assignment]
    sys.argv = ["transformers", "serve", identity, "--host", host, "--port", port]
    transformers()


if __name__ == "__main__":
    main(*sys.argv[1:])
