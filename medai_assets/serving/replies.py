"""What a client is sent: errors as OpenAI's API words them, and the model server's stream as OpenAI's API sends answers.

The model server ends where a stop text is complete, names its files' revision with the model, and sends no end mark. Here an
answer ends before its stop text, under the name that was asked for, in pieces with ``[DONE]`` after them or as a whole.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.types import Message, Send

from medai_assets.serving.chat_requests import error_body
from medai_assets.serving.shown import Repetition

UNABLE = "the model server could not answer"


class Reply:
    """A reply on its way; what the model server words as an error is worded as OpenAI does."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = self.refused = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= HTTPStatus.BAD_REQUEST:
            return await self.refuse(UNABLE, message["status"])
        if not self.refused:
            self.begun = True
            await self._send(message)

    async def refuse(self, why: str, status: int, param: str | None = None, code: str | None = None) -> None:
        """An error instead of a reply; where one has begun already, it ends there."""
        if self.refused:
            return
        self.refused = True
        body = error_body(why, status, param, code)
        if self.begun:
            body = b"data: " + body + b"\n\n"
        else:
            headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
            if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
                headers.append((b"retry-after", b"10"))
            await self._send({"type": "http.response.start", "status": int(status), "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


class Enough(Exception):
    """An answer was cut, and nothing more of it is wanted."""


class Answer:
    """One answer of the model, taken from the model server's stream.

    Args:
        reply: where it goes.
        asked: the checked request: its model, stop texts, and whether pieces and a count of tokens are wanted.
        ended: whether the model ended the answer itself, asked when no more comes; else it was cut ("length").
        cut_seconds: after so long the answer is cut, and where it begins to repeat itself; None leaves that to the server.
    """

    def __init__(
        self,
        reply: Reply,
        asked: Mapping[str, Any],
        ended: Callable[[str], bool],
        cut_seconds: float | None = None,
    ) -> None:
        self._reply, self._ended_itself = reply, ended
        self._in_pieces = bool(asked.get("stream"))
        self._counted = bool((asked.get("stream_options") or {}).get("include_usage"))
        stops = asked.get("stop") or []
        self._stops = [stops] if isinstance(stops, str) else stops
        self._named: dict[str, Any] = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": asked["model"],
        }
        self._unread = b""
        self._held = ""  # may be the beginning of a stop text
        self._said: list[str] = []
        self._usage: Mapping[str, int] | None = None
        self._stopped = self._ended = False
        self._repetition, self._cut_at = Repetition(), cut_seconds and time.monotonic() + cut_seconds

    async def take(self, message: Message) -> None:
        """Take what the model server sends, in place of its client.

        Raises:
            Enough: the answer is cut here.
        """
        if message["type"] == "http.response.start":
            if message["status"] >= HTTPStatus.BAD_REQUEST:
                await self._reply.refuse(UNABLE, message["status"])
            return
        *events, self._unread = (self._unread + message.get("body", b"")).split(b"\n\n")
        for event in events:
            await self._take(event)
        if not message.get("more_body") and not self._ended:
            await self._reply.refuse(UNABLE, HTTPStatus.INTERNAL_SERVER_ERROR)

    async def cut(self) -> bool:
        """End the answer where it is; whether its client was told how it ended, since of a word unsaid nothing can be told."""
        if self._reply.refused:
            return True
        if not self._ended and (self._said or self._held or self._reply.begun):
            self._ended = True
            await self._end("length", self._usage)
        return self._ended

    async def _take(self, event: bytes) -> None:
        if self._reply.refused or self._ended:
            return
        try:
            chunk = orjson.loads(event.removeprefix(b"data: "))
            (choice,) = chunk["choices"]
        except (ValueError, KeyError, TypeError):  # an error is sent as an event too, not always as JSON
            return await self._reply.refuse(UNABLE, HTTPStatus.INTERNAL_SERVER_ERROR)
        reason = choice.get("finish_reason")
        self._usage = chunk.get("usage") or self._usage
        if text := self._before_stop(choice["delta"].get("content") or "", last=bool(reason)):
            await self._say(text)
        is_enough = self._cut_at and (time.monotonic() > self._cut_at or self._repetition.ends(text))
        if reason or is_enough:
            self._ended = True
            is_whole = self._stopped or (reason and self._ended_itself(reason))
            await self._end("stop" if is_whole else "length", self._usage)
        if is_enough and not reason:
            raise Enough

    def _before_stop(self, text: str, *, last: bool) -> str:
        """What can be said by now: nothing from a stop text on, nor what may become one."""
        if self._stopped:
            return ""
        text, self._held = self._held + text, ""
        places = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if places:
            self._stopped = True
            return text[: min(places)]
        if not last:
            begun = [n for stop in self._stops for n in range(1, len(stop)) if text.endswith(stop[:n])]
            place = len(text) - max(begun, default=0)
            text, self._held = text[:place], text[place:]
        return text

    async def _say(self, text: str) -> None:
        if not self._in_pieces:
            self._said.append(text)
            return
        if not self._reply.begun:
            await self._piece({"role": "assistant", "content": ""})
        await self._piece({"content": text})

    async def _piece(self, delta: Mapping[str, str], reason: str | None = None) -> None:
        await self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})

    async def _event(self, fields: dict[str, Any]) -> None:
        body = self._named | {"object": "chat.completion.chunk"} | fields
        await self._send(b"text/event-stream", b"data: " + orjson.dumps(body) + b"\n\n", more=True)

    async def _end(self, reason: str, usage: Mapping[str, int] | None) -> None:
        if self._held:  # no stop text, as nothing follows
            await self._say(self._held)
        if self._in_pieces:
            await self._piece({}, reason)
            if self._counted:
                await self._event({"choices": [], "usage": usage})
            return await self._send(b"text/event-stream", b"data: [DONE]\n\n", more=False)
        message = {"role": "assistant", "content": "".join(self._said), "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
        body = self._named | {"object": "chat.completion", "choices": [choice], "usage": usage}
        await self._send(b"application/json", orjson.dumps(body), more=False)

    async def _send(self, kind: bytes, body: bytes, *, more: bool) -> None:
        if not self._reply.begun:
            headers = [(b"content-type", kind)]
            await self._reply.send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._reply.send({"type": "http.response.body", "body": body, "more_body": more})
