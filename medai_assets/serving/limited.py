"""The limits in front of a model server: `medai serve` runs this module, with `transformers serve` in it or vLLM behind it.

Only the models and the chat are served, under this machine's own names and to no page of another origin. A request is
read up to a size, checked (chat_requests.py), waits its turn in a queue of bounded length, and ends within a bound of
time whatever the model does; errors are worded as OpenAI's API words them. Which server answers: model_servers.py.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from medai_assets.foundation.guard import Guard, Refused, names_of
from medai_assets.serving.chat_requests import BadRequest, Limits, error_body
from medai_assets.serving.model_servers import ModelServer, run_transformers, run_vllm
from medai_assets.serving.replies import UNABLE, Answer, Enough, Reply
from medai_assets.training.architecture import context_of
from medai_assets.training.chat import default_system

CHAT = "/v1/chat/completions"
MODELS = "/v1/models"
HEALTH = "/health"
OWNER = "medai"
MOST_BYTES = 1 << 20  # of a request
MOST_WAITING = 64  # requests that wait for their turn
READ_SECONDS = 30.0  # for a request to arrive
ANSWER_SECONDS = 120.0  # for one answer
CUT_SECONDS = 110.0  # after which an answer is cut
WAIT_SECONDS = 900.0  # for a turn


class Limited:
    """An ASGI application in front of a model server.

    Args:
        limits: the check of a request.
        answer_seconds: how long one answer may take.
        most_waiting: requests that wait for their turn; more are answered with 429.
        read_seconds: how long a request may take to arrive.
    """

    def __init__(
        self,
        server: ModelServer,
        limits: Limits,
        *,
        answer_seconds: float = ANSWER_SECONDS,
        most_waiting: int = MOST_WAITING,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self.server, self.limits = server, limits
        self.answer_seconds, self.most_waiting, self.read_seconds = answer_seconds, most_waiting, read_seconds
        self.turn = asyncio.Semaphore(server.at_once)
        self.taken = 0  # requests that wait or are answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.server.app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close"})
        reply = Reply(send)
        try:
            await self._answer(scope, receive, reply)
        except BadRequest as error:
            await reply.refuse(str(error), error.status, error.param, error.code)
        except TimeoutError:
            await reply.refuse("the answer took too long", HTTPStatus.GATEWAY_TIMEOUT)
        except Exception:
            logging.getLogger(__name__).exception("%s %s", scope["method"], scope["path"])
            await reply.refuse(UNABLE, HTTPStatus.INTERNAL_SERVER_ERROR)

    async def _answer(self, scope: Scope, receive: Receive, reply: Reply) -> None:
        method, path = scope["method"], scope["path"]
        if (path, method) == (HEALTH, "GET"):
            return await self.server.app(scope, receive, reply.send)
        own = {"id": self.limits.model, "object": "model", "created": 0, "owned_by": OWNER}
        known = {MODELS: {"object": "list", "data": [own]}, f"{MODELS}/{self.limits.model}": own}
        if path in known and method == "GET":
            return await JSONResponse(known[path])(scope, receive, reply.send)
        if path.startswith(f"{MODELS}/") and method == "GET":
            self.limits.named(path.removeprefix(f"{MODELS}/"))
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
        if self.taken >= self.server.at_once + self.most_waiting:
            raise BadRequest("too many requests wait already; try again later", HTTPStatus.TOO_MANY_REQUESTS)
        self.taken += 1
        try:
            if await self._has_turn(receive):
                await self._take_turn(scope, receive, reply, asked)
        finally:
            self.taken -= 1

    async def _take_turn(self, scope: Scope, receive: Receive, reply: Reply, asked: dict[str, Any]) -> None:
        server = self.server
        # Always in pieces: a stream ends when its client has gone, where a whole answer would be made to its end.
        asks = {name: value for name, value in asked.items() if name != "stream_options"}
        request = orjson.dumps({**asks, "stream": True, **server.more})
        answer = Answer(reply, asked, server.ended, None if server.is_bounded else CUT_SECONDS)
        try:
            async with asyncio.timeout(self.answer_seconds):
                await server.app(_with_length(scope, len(request)), _replay(request, receive), answer.take)
        except Enough:
            pass  # said; the model server is left, and makes no more of it
        except TimeoutError:
            if not await answer.cut():
                raise
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
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    system, _ = default_system(str(tokenizer.chat_template))
    return Limits(identity, tokenizer, system, context_of(model_dir))


def refusal(refused: Refused) -> Response:
    """What the guard does not let through, as OpenAI's clients read it."""
    body = error_body(refused.why, refused.status)
    return Response(body, refused.status, media_type="application/json")


def main(model_dir: str, identity: str, host: str, port: str, socket: str | None = None) -> None:
    """``python -m medai_assets.serving.limited DIRECTORY MODEL HOST PORT [SOCKET]``: vLLM listens at the socket, where
    one is named."""
    limits = limits_of(Path(model_dir), identity)

    def guarded(server: ModelServer) -> ASGIApp:
        return Guard(Limited(server, limits), names_of(host), refusal=refusal)

    if socket is None:
        run_transformers(guarded, Path(model_dir), limits.tokenizer, identity, host, int(port))
    else:
        run_vllm(guarded, socket, host, int(port))


if __name__ == "__main__":
    main(*sys.argv[1:])
