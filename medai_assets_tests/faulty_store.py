"""A proxy in front of a store's server, for tests: it counts requests, delays them, and answers some with faults."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

FAULT = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>as the test asked</Message></Error>'
CODES = {403: "AccessDenied", 500: "InternalError", 503: "SlowDown"}


@dataclass
class Proxy:
    """What it does with each request; ``fault`` gives the status that a method and path are answered with, or None."""

    url: str = ""
    delay: float = 0.0  # seconds before each request
    fault: Callable[[str, str], int | None] = lambda method, path: None
    asked: list[tuple[str, str]] = field(default_factory=list)  # method and path


@contextmanager
def in_front_of(address: str) -> Iterator[Proxy]:
    """The proxy within the block."""
    proxy, behind = Proxy(), urlsplit(address)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            proxy.asked.append((self.command, self.path))
            time.sleep(proxy.delay)
            status = proxy.fault(self.command, self.path)
            if status is not None:
                told = FAULT.format(code=CODES[status]).encode()
                self._answer(status, {"Content-Type": "application/xml"}, told)
                return
            server = http.client.HTTPConnection(behind.hostname or "", behind.port or 80)
            server.request(self.command, self.path, body, dict(self.headers.items()))
            answer = server.getresponse()
            found = answer.read()
            headers = {k: v for k, v in answer.getheaders() if k.lower() != "transfer-encoding"}
            self._answer(answer.status, headers, found)
            server.close()

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = pass_on

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "date", "server"):
                    self.send_header(name, value)
            length = (
                headers.get("Content-Length", str(len(body))) if self.command == "HEAD" else str(len(body))
            )
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
