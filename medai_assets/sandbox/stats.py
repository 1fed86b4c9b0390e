"""How often each upstream was asked, and when: what a test of politeness reads at ``/_stats``."""

from __future__ import annotations

import time
from collections import Counter, deque
from threading import Lock
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEPT = 100_000  # newest requests of each upstream whose times are kept


class Stats:
    """Requests by upstream. Only paths are kept, never a query, a header or a body: those may hold a key."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.clear()

    def clear(self) -> None:
        with self.lock:
            self.times: dict[str, deque[float]] = {}
            self.statuses: dict[str, Counter[int]] = {}
            self.paths: dict[str, Counter[str]] = {}

    def arrived(self, path: str) -> str:
        """Count a request; returns the upstream's name."""
        upstream = path.split("/")[1]
        with self.lock:
            self.times.setdefault(upstream, deque(maxlen=KEPT)).append(time.time())
            self.paths.setdefault(upstream, Counter())[path] += 1
        return upstream

    def answered(self, upstream: str, status: int) -> None:
        with self.lock:
            self.statuses.setdefault(upstream, Counter())[status] += 1

    def report(self) -> dict[str, Any]:
        """``{upstream: {requests, times (seconds since the epoch), statuses, paths}}``."""
        with self.lock:
            return {
                upstream: {
                    "requests": sum(self.paths[upstream].values()),
                    "times": list(times),
                    "statuses": {str(code): count for code, count in self.statuses.get(upstream, {}).items()},
                    "paths": dict(self.paths[upstream]),
                }
                for upstream, times in self.times.items()
            }


class StatsMiddleware:
    """Counts every request to an upstream."""

    def __init__(self, app: ASGIApp, stats: Stats) -> None:
        self.app = app
        self.stats = stats

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or path.startswith("/_"):
            await self.app(scope, receive, send)
            return
        upstream = self.stats.arrived(path)

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.stats.answered(upstream, message["status"])
            await send(message)

        await self.app(scope, receive, watched)
