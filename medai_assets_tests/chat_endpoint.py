"""A server on loopback that speaks OpenAI's chat completions, or pretends to, for what asks a model behind an endpoint."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from medai_assets.transport import chat

Answer = Callable[
    [str], "tuple[int, str]"
]  # from the last message's text to a status and a body; status 0 says nothing


class ChatServer(ThreadingHTTPServer):
    daemon_threads = True
    answer: Answer
    asked: list[dict[str, Any]]
    keys: set[str | None]
    held: threading.Event

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: ChatServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        self.server.keys.add(self.headers["Authorization"])
        status, text = self.server.answer(body["messages"][-1]["content"])
        if status == 0:
            self.server.held.wait(60)
            return
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *told: Any) -> None:
        """Nothing."""


@contextmanager
def endpoint(answer: Answer) -> Iterator[ChatServer]:
    server = ChatServer(("127.0.0.1", 0), _Handler)
    server.answer, server.asked, server.keys, server.held = answer, [], set(), threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.held.set()
        server.shutdown()
        thread.join()
        server.server_close()


def completion(text: str) -> tuple[int, str]:
    return 200, json.dumps(
        {"model": "stub-1", "choices": [{"message": {"role": "assistant", "content": text}}]}
    )


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waits between attempts, and no pace."""
    made = chat.Upstream

    def quick(*args: Any, **told: Any) -> Any:
        name, url, _, *rest = args
        return made(name, url, (), *rest, **told, first_backoff=0.001, longest_backoff=0.001)

    monkeypatch.setattr(chat, "Upstream", quick)
