"""A real HTTP server on loopback that misbehaves by script: what the client's tests run against."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Asked:
    """One request as it arrived."""

    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class FaultyServer:
    """Gives the scripted answers in order, then ``otherwise`` for ever."""

    url: str = ""
    script: list[Answer] = field(default_factory=list)
    otherwise: Answer = field(default_factory=lambda: reply(200, b'{"fine": true}'))
    asked: list[Asked] = field(default_factory=list)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        self.asked.append(
            Asked(
                time.monotonic(),
                handler.command,
                handler.path,
                dict(handler.headers.items()),
                handler.rfile.read(length),
                handler.client_address[1],
            )
        )
        (self.script.pop(0) if self.script else self.otherwise)(handler)


def reply(status: int, body: bytes = b"", **headers: str) -> Answer:
    """A whole reply; header names are written with underscores."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in ({"Content-Length": str(len(body))} | named).items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)

    return answer


def cut(body: bytes, announced: int, **headers: str) -> Answer:
    """A body that ends before the announced length, with the connection."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        reply(200, body, Content_Length=str(announced), **headers)(handler)
        handler.close_connection = True

    return answer


def cut_chunks(body: bytes) -> Answer:
    """A chunked body whose last chunk never comes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
        handler.close_connection = True

    return answer


def dripping(body: bytes, seconds_a_byte: float) -> Answer:
    """A body that comes byte by byte."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        try:
            for number in body:
                handler.wfile.write(bytes([number]))
                time.sleep(seconds_a_byte)
        except OSError:  # the client has given up, as it should
            handler.close_connection = True

    return answer


def raw(*parts: bytes, then: bytes = b"", pause: float = 0.0) -> Answer:
    """Bytes as they are, with the head of the reply; ``then`` comes again and again until the client goes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        with suppress(OSError):
            handler.wfile.write(b"".join(parts))
            while then:
                time.sleep(pause)
                handler.wfile.write(then)

    return answer


def hung_up(handler: BaseHTTPRequestHandler) -> None:
    """No reply at all."""
    handler.close_connection = True


@contextmanager
def faulty_server(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[FaultyServer]:
    """A running server; its ``url`` has no path."""
    plan = FaultyServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else a body waits 40 ms for the client's word that the head has come

        def do_GET(self) -> None:
            plan.answer(self)

        do_POST = do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """The test's output stays its own."""

    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    plan.url = f"http{'s' if tls else ''}://{host}:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield plan
    finally:
        server.shutdown()
        server.server_close()
