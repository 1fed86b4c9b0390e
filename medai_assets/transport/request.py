"""One request on its way out: its address, where the key goes, and the session that carries it.

What belongs here: building and sending. Whether it is sent again is decided in ``http.py``.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from medai_assets import __version__
from medai_assets.foundation.redaction import is_loopback
from medai_assets.transport.errors import UpstreamRefused
from medai_assets.transport.redirects import (
    PRIVATE,
    is_named,
    is_private,
    no_address,
    problem_of,
    stands_in_private,
)
from medai_assets.transport.upstreams import Upstream, secrets_of

_YEAR = 365 * 86_400.0


@dataclass(frozen=True, slots=True)
class Request:
    """Everything one attempt needs; ``deadline`` is of ``time.monotonic()``."""

    method: str
    url: str
    params: Mapping[str, str] | None
    data: Mapping[str, str] | bytes | None
    headers: Mapping[str, str]
    deadline: float


def prepare(
    upstream: Upstream,
    method: str,
    path_or_url: str,
    params: Mapping[str, str] | None = None,
    data: Mapping[str, str] | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = 300.0,
) -> Request:
    """The request with the upstream's own parameters and key, which go to its own host only.

    Args:
        path_or_url: a path below the upstream's base, or a whole URL.
        seconds: until the deadline.

    Raises:
        UpstreamRefused: the URL is at a host that the source does not name.
    """
    base = upstream.base_url.rstrip("/")
    whole = path_or_url.startswith(("http://", "https://"))
    url = path_or_url if whole else f"{base}/{path_or_url.lstrip('/')}".rstrip("?")
    if whole and (problem := no_address(url)):
        raise _not_asked(upstream, url, problem)
    if is_loopback(url) and is_loopback(base):  # a kept reply may name the port of a sandbox that has ended
        url = urlunsplit(urlsplit(url)._replace(netloc=urlsplit(base).netloc))
    if whole and (problem := problem_of(method, base, url, upstream)):
        raise _not_asked(upstream, url, problem)
    merged = {"Accept-Encoding": "identity", **(headers or {})}
    if urlsplit(url)[:2] == urlsplit(base)[:2]:
        own = dict(upstream.parameters)
        key = upstream.key.get_secret_value() if upstream.key else ""
        if key and upstream.key_parameter:
            own[upstream.key_parameter] = key
        if key and upstream.key_header:
            merged[upstream.key_header] = key
        if data is not None and not isinstance(data, bytes):
            data = {**data, **own}
        else:
            params = {**(params or {}), **own}
    return Request(method, url, params, data, merged, time.monotonic() + seconds)


def _not_asked(upstream: Upstream, url: str, problem: str) -> UpstreamRefused:
    shown = secrets_of(upstream)
    return UpstreamRefused(
        upstream.name, shown.url(url), shown.text(f"this address will not be requested: {problem}")
    )


class RedirectRefused(requests.RequestException):
    """A reply leads where the client does not follow."""


class _Adapter(HTTPAdapter):
    """Connections that lead to no private place unasked, and on which the head of a reply comes in time or not at all."""

    def __init__(self, upstream: Upstream) -> None:
        self._pools = {
            "http": _pool(HTTPConnectionPool, HTTPConnection, upstream),
            "https": _pool(HTTPSConnectionPool, HTTPSConnection, upstream),
        }
        super().__init__()

    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        super().init_poolmanager(*args, **named)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **named: Any) -> Any:
        manager = super().proxy_manager_for(*args, **named)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pool(pool: Any, connection: Any, upstream: Upstream) -> Any:
    class Connection(connection):  # type: ignore[misc]
        def connect(self) -> None:
            """Other hosts than the upstream's own: only where their names lead out of the private network."""
            super().connect()
            if self.proxy or is_named(self.host, upstream) or stands_in_private(upstream):
                return  # it is a proxy that looks up names for those who use one
            if is_private(place := self.sock.getpeername()[0]):
                self.close()
                problem = f"this address will not be requested: {PRIVATE} ({place})"
                raise UpstreamRefused(upstream.name, self.host, problem)

        def getresponse(self) -> Any:
            """The status and all headers within the time for one read, which a slow drip would renew with each byte."""
            late, sock = threading.Event(), self.sock

            def give_up() -> None:
                late.set()
                with suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)  # below TLS, which the reader still uses

            timer = threading.Timer(self.timeout, give_up)
            timer.daemon = True
            timer.start()
            try:
                reply = super().getresponse()
            except (OSError, HTTPException):
                if not late.is_set():
                    raise
            finally:
                timer.cancel()
            if late.is_set():  # also where what came so far passes for a whole head
                raise TimeoutError
            return reply

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})


class Session(requests.Session):
    """A session that sends the key to one host only, also when that host redirects elsewhere."""

    def __init__(self, upstream: Upstream) -> None:
        super().__init__()
        self.trust_env = not is_loopback(upstream.base_url)  # no proxy between us and this machine
        self.max_redirects = 5
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # none is kept or sent back
        self._upstream = upstream
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(upstream))
        self.headers["User-Agent"] = f"medai-assets/{__version__} (python-requests/{requests.__version__})"

    def send_request(self, request: Request) -> requests.Response:
        left = max(1.0, request.deadline - time.monotonic())
        return self.request(
            request.method,
            request.url,
            params=request.params,
            data=request.data,
            headers=dict(request.headers),
            stream=True,
            timeout=(min(self._upstream.connect_timeout, left), min(self._upstream.read_timeout, left)),
        )

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Where a reply leads, if the client may follow; raises RedirectRefused. What it says beside that is not read."""
        try:
            location = super().get_redirect_target(resp)
        except UnicodeDecodeError:
            raise RedirectRefused("the reply redirects to something that is not an address") from None
        if location is None:
            return None
        if problem := self._problem_of_redirect(resp, location):
            raise RedirectRefused(
                f"the reply leads to {secrets_of(self._upstream).url(location)}, and {problem}"
            )
        resp.close()
        return location

    def _problem_of_redirect(self, reply: requests.Response, location: str) -> str:
        if reply.request.method == "POST" and reply.status_code not in (307, 308):
            return "the form would be lost on the way"
        return no_address(location) or problem_of(
            reply.request.method or "GET", reply.url, urljoin(reply.url, location), self._upstream
        )

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        super().rebuild_auth(prepared_request, response)  # type: ignore[no-untyped-call]
        prepared_request.headers.pop("Cookie", None)
        asked, target = urlsplit(response.request.url or ""), urlsplit(prepared_request.url or "")
        if self._upstream.key_header and asked[:2] != target[:2]:
            prepared_request.headers.pop(self._upstream.key_header, None)


def root_reason(error: BaseException) -> str:
    """The innermost reason of a broken connection, which names no URL."""
    reason: Any = error.args[0] if error.args else error
    inner = getattr(reason, "reason", reason)
    return f"{type(error).__name__}: {inner}"


def retry_after(value: str) -> float:
    """Seconds of a ``Retry-After`` header, given as seconds or as a date (RFC 9110, 10.2.3); 0 when unreadable, a year at most."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), _YEAR)
    try:
        return min(max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()), _YEAR)
    except (ValueError, TypeError, OverflowError):
        return 0.0
