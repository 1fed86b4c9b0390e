"""The only HTTP client: every byte from an upstream comes through here.

What belongs here: attempts, waits, the deadline, and what counts as "later" and as "no". What does not: what is asked
for (the source modules), how a request is built (``request.py``) and how fast it may be asked (``upstreams.py``).
"""

from __future__ import annotations

import base64
import hashlib
import logging
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import orjson
import requests
import tenacity

from medai_assets.foundation.redaction import hide_in_logs, is_loopback
from medai_assets.storage import Store
from medai_assets.transport.errors import ReplyInvalid, UpstreamError
from medai_assets.transport.limits import AllowanceUsed, SharedBucket
from medai_assets.transport.limits_of_hosts import HostsBucket
from medai_assets.transport.problems import Problems
from medai_assets.transport.reply import Download, Reply, headers
from medai_assets.transport.request import Request, Session, prepare, retry_after, root_reason
from medai_assets.transport.transfer import BodyCut, BodyTooLarge, beginning, body_pieces, bounded
from medai_assets.transport.upstreams import Busy, Upstream, secrets_of

RETRIED = frozenset({429, 500, 502, 503, 504})
# requests in a row whose replies stay wrong; the next are asked once until one is right
MOST_WRONG_IN_A_ROW = 3
LONGEST_PAUSE = 3600.0  # seconds for which one Retry-After can hold back every process of this machine
_BROKEN = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tally:
    """What a run cost the upstream, for the manifest and the asset's page."""

    requests: int = 0
    retries: int = 0
    bytes: int = 0
    waited_seconds: float = 0.0

    def as_metadata(self) -> dict[str, float]:
        return asdict(self) | {"waited_seconds": round(self.waited_seconds, 1)}


class _Later(Exception):
    """An attempt that may be repeated; ``error`` is what the caller gets when there are no more."""

    def __init__(self, error: UpstreamError, retry_after: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_after = retry_after


class Http:
    """A client of one upstream; one instance a run. As a context manager it closes its connections at the end.

    Args:
        upstream: address, rates and key.
        rates_folder: where the shared buckets lie; default: one folder for this user on this machine.
        hosts: the store and this host's name, where the rates are kept together with other hosts.

    All methods raise ``UpstreamRefused`` for a 4xx that means no, ``UpstreamUnavailable`` when attempts, allowance or
    time are used up, and ``ReplyInvalid`` when what came back stays wrong.
    """

    def __init__(
        self,
        upstream: Upstream,
        rates_folder: Path | None = None,
        hosts: tuple[Store, str] | None = None,
    ) -> None:
        self.upstream = upstream
        self.tally = Tally()
        self.secrets = secrets_of(upstream)
        hide_in_logs(self.secrets.values)
        self._problems = Problems(upstream, self.secrets)
        self._bucket: SharedBucket | HostsBucket
        if hosts and not is_loopback(upstream.base_url):  # each host has a sandbox of its own
            self._bucket = HostsBucket(*hosts, upstream.name, upstream.rates)
        else:
            place = "-sandbox" if is_loopback(upstream.base_url) else ""
            bucket = upstream.bucket or f"{upstream.name}{place}"
            self._bucket = SharedBucket(bucket, upstream.rates, rates_folder)
        self._session = Session(upstream)
        self._wrong_in_a_row = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def get(
        self,
        path_or_url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        expect: Callable[[Reply], object] | None = None,
        accept: Container[int] = (),
        first: int | None = None,
    ) -> Reply:
        """GET a path below the upstream's base or a whole URL; status 2xx or, with a condition in ``headers``, 304.

        Args:
            expect: called with the reply; what it raises as ``ReplyInvalid`` is taken as a damaged reply and asked again.
            accept: further statuses that are answers here, e.g. 404 where it ends a walk.
            first: read no more than so many bytes of the body, and ask for no more where the upstream can give parts.
        """
        if first is not None:
            headers = {**(headers or {}), "Range": f"bytes=0-{first - 1}", "Accept-Encoding": "identity"}
        return self._exchange("GET", path_or_url, params, None, headers, expect, accept, first)

    def head(self, path_or_url: str) -> Reply:
        """Only the headers, to see whether something has changed."""
        return self._exchange("HEAD", path_or_url, None, None, None, None, ())

    def post(
        self,
        path_or_url: str,
        data: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        expect: Callable[[Reply], object] | None = None,
    ) -> Reply:
        """POST a form; used only where a query is too long for a URL, so repeating it is safe."""
        return self._exchange("POST", path_or_url, None, data, headers, expect, ())

    def post_json(self, path: str, body: Any, expect: Callable[[Reply], object]) -> Reply:
        """POST a JSON value whose repetition does no harm; arguments as of ``get``."""
        headers = {"Content-Type": "application/json"}
        return self._exchange("POST", path, None, orjson.dumps(body), headers, expect, ())

    def download(
        self,
        path_or_url: str,
        to: Path,
        md5: str | None = None,
        max_bytes: int | None = None,
        headers: Mapping[str, str] | None = None,
        check: Callable[[Path], str | None] | None = None,
    ) -> Download:
        """Fetch a file to ``to``: whole and checked, or not there at all.

        Args:
            md5: hexadecimal digest to compare with; ``Content-Length`` and ``Content-MD5`` are compared when sent.
            check: looks at the file and says what is wrong with it, or None.

        A wrong file is fetched again, until the same wrong bytes come twice: then they are what the upstream has.
        """
        request = prepare(
            self.upstream, "GET", path_or_url, headers=headers, seconds=self.upstream.download_deadline
        )
        partial = to.with_name(f"{to.name}.part")
        wrong: set[str] = set()
        try:
            download = self._attempts(
                request, lambda r: self._save(r, request, partial, md5, max_bytes, check, wrong)
            )
            partial.replace(to)
        finally:
            partial.unlink(missing_ok=True)
        found: Download = download
        return found

    def _exchange(
        self,
        method: str,
        path_or_url: str,
        params: Mapping[str, str] | None,
        data: Mapping[str, str] | bytes | None,
        headers: Mapping[str, str] | None,
        expect: Callable[[Reply], object] | None,
        accept: Container[int],
        first: int | None = None,
    ) -> Reply:
        headers = {"Accept-Encoding": "gzip", **(headers or {})}
        request = prepare(self.upstream, method, path_or_url, params, data, headers, self.upstream.deadline)
        found: Reply = self._attempts(
            request, lambda response: self._read(response, request, expect, first), accept
        )
        return found

    def _attempts(
        self, request: Request, use: Callable[[requests.Response], Any], accept: Container[int] = ()
    ) -> Any:
        up = self.upstream
        jittered = tenacity.wait_exponential_jitter(
            up.first_backoff, up.longest_backoff, jitter=up.first_backoff
        )

        def wait(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            return max(jittered(state), error.retry_after if isinstance(error, _Later) else 0.0)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Later),
            wait=wait,
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(up.attempts if self._wrong_in_a_row < MOST_WRONG_IN_A_ROW else 1),
                tenacity.stop_before_delay(request.deadline - time.monotonic()),
            ),
            before_sleep=self._before_sleep,
            reraise=True,
        )
        try:
            found = retrying(self._attempt, request, use, accept)
        except _Later as later:
            error = later.error
        else:
            self._wrong_in_a_row = 0
            return found
        self._wrong_in_a_row += isinstance(error, ReplyInvalid)
        raise error  # outside the handler: no context that might quote a key

    def _before_sleep(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        self.tally.retries += 1
        self.tally.waited_seconds += state.upcoming_sleep
        _log.info("attempt %d: %s; again in %.1f s", state.attempt_number, error, state.upcoming_sleep)

    def _attempt(
        self, request: Request, use: Callable[[requests.Response], Any], accept: Container[int]
    ) -> Any:
        self._wait_for_turn(request)
        self.tally.requests += 1
        problem: Exception | None = None  # raised outside the handlers, so that no context quotes a key
        try:
            response = self._session.send_request(request)
        except _BROKEN as error:
            problem = _Later(self._problems.unavailable(request, f"no connection ({root_reason(error)})"))
        except requests.RequestException as error:
            problem = self._problems.refused(request, f"the request cannot be made ({error})")
        if problem is not None:
            raise problem
        with response:
            if response.status_code not in accept and not _is_answer(response.status_code, request):
                raise self._said_no(response, request)
            try:
                return use(response)
            except BodyCut as cut:
                problem = _Later(self._problems.unavailable(request, str(cut)))
            except BodyTooLarge as large:
                problem = self._problems.invalid(request, str(large))
        raise problem

    def _wait_for_turn(self, request: Request) -> None:
        try:
            wait = self._bucket.reserve(max(0.0, request.deadline - time.monotonic()))
        except AllowanceUsed as used:
            raise self._problems.unavailable(
                request, f"the allowance is used up: the next request is free in {used.wait:,.0f} s"
            ) from None
        self.tally.waited_seconds += wait
        time.sleep(wait)

    def _said_no(self, response: requests.Response, request: Request) -> Exception:
        """The exception for a status that is no answer: to be repeated, or final."""
        said = self._problems.said(response, request)
        status = response.status_code
        if status not in RETRIED:
            return self._problems.refused(request, f"answered {status}: {said}", status)
        pause = retry_after(response.headers.get("Retry-After", ""))
        if status == 429 or pause:
            self._bucket.pause(min(pause, LONGEST_PAUSE))
        asked = f"; it asks for a pause of {pause:,.0f} s" if pause else ""
        return _Later(self._problems.unavailable(request, f"answered {status}: {said}{asked}", status), pause)

    def _read(
        self,
        response: requests.Response,
        request: Request,
        expect: Callable[[Reply], object] | None,
        first: int | None,
    ) -> Reply:
        pieces = body_pieces(response, request.deadline, decode=True)
        body = b"".join(
            bounded(pieces, self.upstream.largest_reply) if first is None else beginning(pieces, first)
        )
        self.tally.bytes += len(body)
        shown = {n: self.secrets.text(v) for n, v in response.headers.items() if n.lower() != "set-cookie"}
        reply = Reply(
            self.upstream.name,
            response.status_code,
            headers(shown),
            self.secrets.body(body),
            self.secrets.url(response.url),
            datetime.now(UTC),
        )
        try:
            if self.upstream.examine:
                self.upstream.examine(reply)
            if expect:
                expect(reply)
        except Busy as busy:
            raise _Later(self._problems.unavailable(request, str(busy))) from None
        except ReplyInvalid as invalid:
            raise _Later(invalid) from None
        return reply

    def _save(
        self,
        response: requests.Response,
        request: Request,
        partial: Path,
        md5: str | None,
        max_bytes: int | None,
        check: Callable[[Path], str | None] | None,
        wrong: set[str],
    ) -> Download:
        computed, size = hashlib.md5(usedforsecurity=False), 0
        # A server may label a .gz file as an encoding; then the file is what is on the wire.
        decode = not urlsplit(request.url).path.endswith(".gz")
        with partial.open("wb") as file:
            for piece in bounded(body_pieces(response, request.deadline, decode), max_bytes):
                file.write(piece)
                computed.update(piece)
                size += len(piece)
                self.tally.bytes += len(piece)
        sent = response.headers.get("Content-MD5")
        expected = (md5 or (_hexadecimal(sent) if sent else computed.hexdigest())).lower()
        if computed.hexdigest() != expected:
            problem: str | None = f"the file's md5 is {computed.hexdigest()}, announced was {expected}"
        else:
            problem = check(partial) if check else None
        if problem:
            advice = "Nothing was kept; try again when the file has settled"
            invalid, came_before = (
                self._problems.invalid(request, problem, advice),
                computed.hexdigest() in wrong,
            )
            wrong.add(computed.hexdigest())
            raise invalid if came_before else _Later(invalid)
        return Download(self.secrets.url(request.url), size, expected, datetime.now(UTC))


def _is_answer(status: int, request: Request) -> bool:
    """Whether a reply with this status holds what was asked for: all of it, the part that was wanted, or that nothing is new."""
    asked = {name.lower() for name in request.headers}
    return (
        status in (200, 203)
        or (status == 206 and "range" in asked)
        or (status == 304 and not asked.isdisjoint({"if-none-match", "if-modified-since"}))
    )


def _hexadecimal(digest: str) -> str:
    """A digest given in base64; as it came where it is none, so that it is no file's."""
    try:
        return base64.b64decode(digest, validate=True).hex()
    except ValueError:
        return digest[:40]
