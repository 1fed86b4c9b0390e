"""Upstream faults on purpose: a plan of what goes wrong, and the middleware that carries it out.

A fault is written ``KIND:PATTERN[:COUNT[:AFTER[:VALUE]]]``, for example ``too_many_requests:/fda/*:2``: the first two
requests whose path matches are refused. COUNT ``*`` means every one; AFTER lets that many pass first; VALUE is the
seconds of a ``Retry-After`` or of a slow body.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import Lock

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from medai_assets.sandbox.refusals import CORRUPTIONS, REFUSALS

DELIVERIES = {
    "slow_body": "the body comes in small pieces, VALUE seconds in all",
    "cut_connection": "the connection closes in the middle of the body",
}
REPLAYS = {"repeated_page": "the body of the previous reply of the same address comes again"}
KINDS = {
    **{kind: refusal.__doc__ or "" for kind, refusal in REFUSALS.items()},
    **{kind: corruption.__doc__ or "" for kind, corruption in CORRUPTIONS.items()},
    **DELIVERIES,
    **REPLAYS,
}
PIECES = 8


@dataclass(slots=True)
class Fault:
    """One rule of the plan.

    Args:
        kind: one of KINDS.
        path: pattern (``*``, ``?``) of the paths it concerns, the upstream's prefix included.
        count: how many matching requests it spoils; None for all.
        after: how many matching requests it lets pass first.
        value: seconds, where the kind has a duration.
    """

    kind: str
    path: str
    count: int | None = 1
    after: int = 0
    value: float = 1.0
    seen: int = 0
    done: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no fault {self.kind!r}; the faults are {', '.join(sorted(KINDS))}")

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read ``KIND:PATTERN[:COUNT[:AFTER[:VALUE]]]``.

        Raises:
            ValueError: the text has another form, or the kind does not exist.
        """
        kind, *rest = text.split(":")
        if not 1 <= len(rest) <= 4:
            raise ValueError(f"a fault is KIND:PATTERN[:COUNT[:AFTER[:VALUE]]], not {text!r}")
        pattern, count, after, value = (rest + ["1", "0", "1"][len(rest) - 1 :])[:4]
        return cls(kind, pattern, None if count == "*" else int(count), int(after), float(value))

    def spoils(self, path: str) -> bool:
        """Whether it strikes this request; counts it when it matches."""
        if not fnmatchcase(path, self.path):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.count is not None and self.done >= self.count):
            return False
        self.done += 1
        return True


@dataclass
class Faults:
    """The plan: for each request the first rule that strikes."""

    rules: list[Fault] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @classmethod
    def parse(cls, *texts: str) -> Faults:
        return cls([Fault.parse(text) for text in texts])

    def add(self, fault: Fault) -> None:
        with self.lock:
            self.rules.append(fault)

    def clear(self) -> None:
        with self.lock:
            self.rules.clear()

    def strike(self, path: str) -> Fault | None:
        """The fault of this request, if any."""
        with self.lock:
            return next((rule for rule in self.rules if rule.spoils(path)), None)

    def watches(self, path: str) -> bool:
        """Whether a page of this path may have to be repeated later."""
        with self.lock:
            return any(rule.kind in REPLAYS and fnmatchcase(path, rule.path) for rule in self.rules)


class FaultMiddleware:
    """Carries out the plan around the upstreams."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self.app = app
        self.faults = faults
        self.pages: dict[str, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or path.startswith("/_"):
            await self.app(scope, receive, send)
            return
        fault = self.faults.strike(path)
        if fault is None and not self.faults.watches(path):
            await self.app(scope, receive, send)
        elif fault is not None and fault.kind in REFUSALS:
            await REFUSALS[fault.kind](path, fault.value)(scope, receive, send)
        else:
            reply = await whole_reply(self.app, scope, receive)
            await self.deliver(fault, path, reply, scope, receive, send)

    async def deliver(
        self, fault: Fault | None, path: str, reply: Response, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Send a reply, spoilt as the fault says."""
        body = bytes(reply.body)
        previous = self.pages.get(path, body)
        self.pages[path] = body
        if fault is None:
            await reply(scope, receive, send)
        elif fault.kind == "slow_body":
            await send_slowly(reply, body, fault.value, send)
        elif fault.kind == "cut_connection":
            await send_half(reply, body, send)
        else:
            corrupt = CORRUPTIONS.get(fault.kind)
            spoilt = corrupt(path, body, fault.seen) if corrupt else previous
            await with_body(reply, spoilt)(scope, receive, send)


async def whole_reply(app: ASGIApp, scope: Scope, receive: Receive) -> Response:
    """Run the application and keep its reply instead of sending it."""
    start: Message = {}
    body = bytearray()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] == "http.response.body":
            body.extend(message.get("body", b""))

    await app(scope, receive, keep)
    reply = Response(bytes(body), start["status"])
    reply.raw_headers = [item for item in start["headers"] if item[0] != b"content-length"]
    reply.raw_headers.append((b"content-length", str(len(body)).encode()))
    return reply


def with_body(reply: Response, body: bytes) -> Response:
    """The same reply with another body and its length."""
    changed = Response(body, reply.status_code)
    changed.raw_headers = [item for item in reply.raw_headers if item[0] not in (b"content-length", b"etag")]
    changed.raw_headers.append((b"content-length", str(len(body)).encode()))
    return changed


async def send_slowly(reply: Response, body: bytes, seconds: float, send: Send) -> None:
    """The whole body in PIECES pieces, the time spread between them."""
    await send({"type": "http.response.start", "status": reply.status_code, "headers": reply.raw_headers})
    step = max(1, -(-len(body) // PIECES))
    for start in range(0, len(body), step):
        await asyncio.sleep(seconds / PIECES)
        await send({"type": "http.response.body", "body": body[start : start + step], "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def send_half(reply: Response, body: bytes, send: Send) -> None:
    """Half of what ``Content-Length`` promises, then nothing: the server closes the connection."""
    await send({"type": "http.response.start", "status": reply.status_code, "headers": reply.raw_headers})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
