"""openFDA drug labels: the search of a span of dates, in order of date, page by page.

Behaviour after the service's published server source and replies: open.fda.gov/apis, FDA/openfda on GitHub.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_assets.sandbox.files import Handler, RecordFiles
from medai_assets.sandbox.replies import base_url, json_reply, whole_number

PARAMETERS = {"search", "limit", "skip", "sort", "search_after", "api_key"}
SORT = "effective_time:asc"  # the one order there is here; ties are broken by set_id
SPAN = re.compile(r"effective_time:\[(\d{8}) TO (\d{8})\]")
MAX_LIMIT = 1000
REQUESTS_A_MINUTE = 240
LICENCE = "medai-sample: labels written for medai-assets as sample data, not FDA text"
DISCLAIMER = (
    "Sample data. Do not rely on it to make decisions regarding medical care; it was written to try software."
)


class Labels(Handler):
    """The label search over the record files."""

    folder = "fda"

    def __init__(self, records: Path) -> None:
        super().__init__(records)
        self.requests: list[float] = []

    def routes(self) -> list[Route]:
        return [Route("/drug/label.json", self.label)]

    def received(self, query: Mapping[str, str]) -> Iterator[str]:
        """Labels whose ``effective_time`` begins with the slice's year; the order of a label's keys does not matter."""
        for path in self.files.find("*.json"):
            for record in self.files.json(path):
                if str(record.get("effective_time", "")).startswith(query["effective_time"]):
                    yield hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def label(self, request: Request) -> Response:
        """``GET /drug/label.json``."""
        try:
            reply, next_link = self.answer(dict(request.query_params), base_url(request) + request.url.path)
        except Refusal as refusal:
            return self.reply(refusal.body, refusal.status)
        return self.reply(reply, 200, {"Link": f'<{next_link}>; rel="next"'} if next_link else {})

    def reply(self, body: Any, status: int, headers: Mapping[str, str] | None = None) -> Response:
        now = time.monotonic()
        self.requests = [moment for moment in self.requests if moment > now - 60] + [now]
        remaining = max(0, REQUESTS_A_MINUTE - len(self.requests))
        limits = {"X-RateLimit-Limit": str(REQUESTS_A_MINUTE), "X-RateLimit-Remaining": str(remaining)}
        return json_reply(body, status, {**limits, **(headers or {})})

    def answer(self, params: dict[str, str], url: str) -> tuple[dict[str, Any], str]:
        """The reply's body and the address of the next page, "" when there is none.

        Raises:
            Refusal: with the status and the body openFDA would send.
        """
        limit = checked(params)
        ordered = sorted(self.matching(params.get("search", "")), key=position)
        after = params.get("search_after")
        page = [record for record in ordered if not after or cursor(record) > after][:limit]
        if not page:
            raise Refusal(404, "NOT_FOUND", "No matches found!")
        body = {"meta": meta(self.files, skip=0, limit=limit, total=len(ordered)), "results": page}
        if len(page) < limit or len(ordered) == limit:
            return body, ""
        further = {name: value for name, value in params.items() if name in ("search", "sort")}
        further |= {"limit": str(limit), "skip": "0", "search_after": cursor(page[-1])}
        return body, f"{url}?{urlencode(further)}"

    def matching(self, search: str) -> list[dict[str, Any]]:
        """Records whose date lies in the span; without a search all of them."""
        span = SPAN.fullmatch(search)
        if search and span is None:
            raise Refusal(500, "SERVER_ERROR", "Check your request and try again")
        first, last = span.groups() if span else ("", "~")
        return [record for record in all_labels(self.files) if first <= position(record)[0] <= last]


class Refusal(Exception):
    """An error reply."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message}}


def all_labels(files: RecordFiles) -> list[dict[str, Any]]:
    """Every label of every ``*.json`` file, each file an array."""
    return [record for path in files.find("*.json") for record in files.json(path)]


def meta(files: RecordFiles, **results: int) -> dict[str, Any]:
    """The ``meta`` block; ``results`` are its skip, limit and total, which the list of bulk files has not."""
    return {
        "disclaimer": DISCLAIMER,
        "terms": "https://open.fda.gov/terms/",
        "license": LICENCE,
        "last_updated": files.newest_change("*.json").date().isoformat(),
        **({"results": results} if results else {}),
    }


def checked(params: Mapping[str, str]) -> int:
    """The limit of a request.

    Raises:
        Refusal: 400 for anything openFDA does not accept, or that a walk by date does not ask for.
    """
    for name in params:
        if name not in PARAMETERS:
            raise Refusal(400, "BAD_REQUEST", f"Invalid parameter: {name}")
    limit = whole_number(params.get("limit"), 1)
    if limit is None or limit < 1:
        raise Refusal(400, "BAD_REQUEST", "Invalid parameter value: limit is a number.")
    if limit > MAX_LIMIT:
        raise Refusal(400, "BAD_REQUEST", f"Limit cannot exceed {MAX_LIMIT} results.")
    if params.get("sort", SORT) != SORT:
        raise Refusal(400, "BAD_REQUEST", f"Sorting allowed by non-analyzed fields only: {params['sort']}")
    return limit


def position(record: Mapping[str, Any]) -> tuple[str, str]:
    """What labels are ordered by."""
    return str(record.get("effective_time", "")), str(record.get("set_id", ""))


def cursor(record: Mapping[str, Any]) -> str:
    """Where a label stands in the walk, as ``search_after`` says it; dates have one length, so it sorts as text."""
    date, set_id = position(record)
    return f"0={date};1={set_id}"
