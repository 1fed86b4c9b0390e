"""What stands in front of a server on this machine: who may ask it, and from which page.

A browser lets any web page send requests to loopback, and lets a name of that page's choice point there. So a server is
asked only under names that are its own, changed only from its own pages, and, where it has a token, used only by
whoever was told the address with the token in it. Pure ASGI, for HTTP and websockets alike.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN = "MEDAI_UI_TOKEN"  # the variable that holds a page's token
HOLDER = "medai.holder"  # in the scope of a request: whose token it brought, None for that of the page itself
_HOLDERS_COOKIE = "medai_holder"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_READING = ("GET", "HEAD", "OPTIONS")
# A name or address, and a port.
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?")
_MOST_PORT = 65535
_POLICY_VIOLATED = 1008  # close code of a websocket (RFC 6455)
_NO_TOKEN = """<!doctype html><title>medai</title>
<p>This page is for whoever started it: open the address that <code>medai ui</code> or
<code>medai lineage</code> printed, with the token in it.
<p>If you have opened that before and followed a link from elsewhere, <a href="">open this page again</a>.
"""


def is_loopback(host: str) -> bool:
    """Whether a server that listens on this address is reached from this machine alone."""
    if host in LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def names_of(host: str) -> frozenset[str]:
    """The names and addresses by which a server that listens on ``host`` may be asked."""
    if is_loopback(host):
        return LOOPBACK | {host}
    import psutil

    addresses = {a.address.partition("%")[0] for found in psutil.net_if_addrs().values() for a in found}
    names = {host, socket.gethostname(), socket.getfqdn()}
    return LOOPBACK | {name.lower() for name in names | addresses}


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a request is not let through."""

    status: HTTPStatus
    why: str


class Guard:
    """Lets a request through to an application, or answers it with a refusal.

    Args:
        hosts: names in the Host header that are the server's own, without a port; any other is answered with 421.
        token: what whoever asks must bring, as a cookie, as ``?token=`` or as a bearer; None asks for none.
        posted: paths whose queries may change something and are therefore not taken from an address.
        holder: whose a token is that others were given beside that one; what it returns stands in the scope as ``HOLDER``.
        refusal: how it is worded that a request comes from elsewhere; as plain text where nothing is said.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Collection[str],
        token: str | None = None,
        posted: Collection[str] = (),
        holder: Callable[[str], object | None] = lambda token: None,
        refusal: Callable[[Refused], Response] = lambda r: PlainTextResponse(f"{r.why}\n", r.status),
    ) -> None:
        self.app, self.hosts, self.token, self.posted, self.holder = app, hosts, token, posted, holder
        self.refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        if refused := self._elsewhere(scope, headers):
            return await _answer(self.refusal(refused), scope, receive, send)
        if self.token is None:
            return await self.app(scope, receive, send)
        if (response := self._without_token(scope, headers, self.token)) is not None:
            return await _answer(response, scope, receive, send)
        await self.app(scope, receive, _unframed(send))

    def _elsewhere(self, scope: Scope, headers: Headers) -> Refused | None:
        """A refusal where the request comes from another page, or under another name."""
        if _host(headers) not in self.hosts:
            return Refused(HTTPStatus.MISDIRECTED_REQUEST, "this server does not answer to that host name")
        changes = scope["type"] == "websocket" or scope["method"] not in _READING
        if changes and not _is_own(scope, headers):
            return Refused(HTTPStatus.FORBIDDEN, "another page may not change anything here")
        if not changes and scope["path"].rstrip("/") in self.posted and scope["query_string"]:
            return Refused(HTTPStatus.METHOD_NOT_ALLOWED, "queries must be sent by POST")
        return None

    def _without_token(self, scope: Scope, headers: Headers, token: str) -> Response | None:
        """The answer to a request that has yet to show the token; None where it did."""
        own = _cookie_name(token)
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        is_read = scope["type"] == "http" and scope["method"] in _READING
        given = dict(query).get("token", "")
        is_own = _same(given, token)
        if is_read and given and (is_own or self.holder(given) is not None):
            rest = urlencode([pair for pair in query if pair[0] != "token"])
            path = "/" + scope["path"].lstrip("/\\")  # never another host's
            response: Response = RedirectResponse(
                f"{path}?{rest}" if rest else path, status_code=HTTPStatus.SEE_OTHER
            )
            response.delete_cookie(_HOLDERS_COOKIE)  # whose token was opened last counts
            response.set_cookie(own if is_own else _HOLDERS_COOKIE, given, httponly=True, samesite="strict")
            return response
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        scope[HOLDER] = self.holder(_cookie(headers, _HOLDERS_COOKIE) or bearer)
        if scope[HOLDER] or _same(bearer, token) or _same(_cookie(headers, own), token):
            return None
        return HTMLResponse(_NO_TOKEN, HTTPStatus.UNAUTHORIZED)


async def _answer(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()  # the request to connect
        await send({"type": "websocket.close", "code": _POLICY_VIOLATED})
    else:
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        await response(scope, receive, send)


def _host(headers: Headers) -> str | None:
    """The name under which a server is asked; None where it is not said once and plainly."""
    said = headers.getlist("host")
    found = _HOST.fullmatch(said[0]) if len(said) == 1 else None
    if found is None or int(found[3] or 0) > _MOST_PORT:
        return None
    return (found[1] or found[2]).lower()


def _is_own(scope: Scope, headers: Headers) -> bool:
    """Whether a request was sent by a page of this server, or by no page at all."""
    if origins := headers.getlist("origin"):
        scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
        return origins == [f"{scheme}://{headers['host']}"]
    return headers.get("sec-fetch-site", "none") in ("same-origin", "none")


def _same(given: str | None, token: str) -> bool:
    return given is not None and secrets.compare_digest(given.encode(), token.encode())


def _cookie_name(token: str) -> str:
    """Cookies are of a host whatever the port: pages with one token share theirs, and others' stay apart."""
    return f"medai_{hashlib.sha256(token.encode()).hexdigest()[:16]}"


def _cookie(headers: Headers, name: str) -> str | None:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return None
    return found.value if found else None


def _unframed(send: Send) -> Send:
    """Adds to every reply that no other page may show it in a frame or read it."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Frame-Options"] = "SAMEORIGIN"
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
        await send(message)

    return with_headers
