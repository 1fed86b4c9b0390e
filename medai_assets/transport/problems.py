"""Turning what went wrong into an exception with the upstream's own words and with advice, and without keys.

What belongs here: the wording. Whether something is tried again is decided in ``http.py``.
"""

from __future__ import annotations

import re

import requests

from medai_assets.foundation.plain_text import plain, plain_line
from medai_assets.foundation.redaction import Secrets
from medai_assets.transport.errors import ReplyInvalid, UpstreamRefused, UpstreamUnavailable
from medai_assets.transport.request import Request
from medai_assets.transport.transfer import BodyCut, BodyTooLarge, body_pieces, bounded
from medai_assets.transport.upstreams import Upstream

_SAID = 300  # characters of an upstream's message that are repeated
_LARGEST_MESSAGE = 1 << 16  # bytes of an error's body that are looked at
_TAG = re.compile(r"<[^<>]*>")
_MESSAGE = re.compile(r'"(?:message|error|diagnostics)"\s*:\s*"((?:[^"\\]|\\.)*)"')


class Problems:
    """Exceptions about one upstream."""

    def __init__(self, upstream: Upstream, secrets: Secrets) -> None:
        self._upstream = upstream
        self._secrets = secrets

    def unavailable(self, request: Request, problem: str, status: int | None = None) -> UpstreamUnavailable:
        """The upstream could not be reached."""
        advice = "Run the slice again later: it goes on from the last finished request"
        return UpstreamUnavailable(self._upstream.name, *self._shown(request, problem), advice, status)

    def refused(self, request: Request, problem: str, status: int | None = None) -> UpstreamRefused:
        """The upstream refused."""
        return UpstreamRefused(
            self._upstream.name, *self._shown(request, problem), self._advice(status, problem), status
        )

    def invalid(self, request: Request, problem: str, advice: str = "") -> ReplyInvalid:
        """The upstream sent something other than it promises."""
        return ReplyInvalid(self._upstream.name, *self._shown(request, problem), advice)

    def said(self, response: requests.Response, request: Request) -> str:
        """The upstream's own words out of an error's body, shortened."""
        otherwise = response.reason or "no message"
        try:
            pieces = bounded(body_pieces(response, request.deadline, decode=True), _LARGEST_MESSAGE)
            body = b"".join(pieces).decode("utf-8", "replace")
        except (BodyCut, BodyTooLarge):
            return otherwise
        found = _MESSAGE.search(body)
        text = " ".join(plain(_TAG.sub(" ", found.group(1) if found else body)).split())
        return self._secrets.text(text)[:_SAID] or otherwise

    def _shown(self, request: Request, problem: str) -> tuple[str, str]:
        return self._secrets.url(request.url), self._secrets.text(plain_line(problem))

    def _advice(self, status: int | None, problem: str) -> str:
        variable, has_key = self._upstream.key_variable, self._upstream.key is not None
        # NCBI refuses a key with 400 and these words.
        is_about_key = status in (401, 403) or (status == 400 and "api key" in problem.lower())
        if is_about_key and variable:
            return (
                f"Check the key in {variable}"
                if has_key
                else f"It needs a key: set {variable} in the environment"
            )
        if status in (404, 410):
            return "Nothing is at this address; the upstream may have moved it"
        return "Asking again will not help; compare the request with the upstream's documentation"
