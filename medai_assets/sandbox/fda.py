"""openFDA drug labels: the search endpoint and the bulk files.

Behaviour after the service's published server source and replies: open.fda.gov/apis, FDA/openfda on GitHub.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_assets.sandbox.fda_search import SearchError, compile_search, values
from medai_assets.sandbox.files import RecordFiles
from medai_assets.sandbox.replies import base_url, json_reply, whole_number

PARAMETERS = {"search", "count", "limit", "skip", "sort", "search_after", "api_key"}
MAX_LIMIT = 1000
MAX_SKIP = 25_000
DEFAULT_COUNT = 100
SORTABLE = {"effective_time", "set_id", "id", "version"}
REQUESTS_A_MINUTE = 240
LICENCE = "medai-sample: labels written for medai-assets as sample data, not FDA text"
DISCLAIMER = (
    "Sample data. Do not rely on it to make decisions regarding medical care; it was written to try software."
)


class Labels:
    """The label search over the record files."""

    def __init__(self, records: Path) -> None:
        self.files = RecordFiles(records / "fda")
        self.requests: list[float] = []

    def routes(self) -> list[Route]:
        return [Route("/drug/label.json", self.label)]

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
        limit, skip = checked(params)
        matching = self.matching(params.get("search", ""))
        if not matching:
            raise Refusal(404, "NOT_FOUND", "No matches found!")
        if "count" in params:
            return {"meta": meta(self.files), "results": counts(matching, params["count"], limit)}, ""
        keys = sort_keys(params.get("sort"))
        ordered = ordered_by(matching, keys)
        start = position_after(ordered, keys, params.get("search_after")) + skip
        page = ordered[start : start + limit]
        if not page:
            raise Refusal(404, "NOT_FOUND", "No matches found!")
        body = {"meta": meta(self.files, skip, limit, len(ordered)), "results": page}
        full = len(page) == limit and len(ordered) != limit
        return body, next_page(url, params, keys, page[-1], skip, limit) if full else ""

    def matching(self, search: str) -> list[dict[str, Any]]:
        """Records that match, in file order."""
        try:
            predicate = compile_search(search)
        except SearchError as error:
            raise Refusal(500, "SERVER_ERROR", "Check your request and try again") from error
        return [record for record in all_labels(self.files) if predicate(record)]


class Refusal(Exception):
    """An error reply."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message}}


def all_labels(files: RecordFiles) -> list[dict[str, Any]]:
    """Every label of every ``*.json`` file, each file an array."""
    return [record for path in files.find("*.json") for record in files.json(path)]


def meta(files: RecordFiles, skip: int | None = None, limit: int = 0, total: int = 0) -> dict[str, Any]:
    """The ``meta`` block; a count has no ``results`` in it."""
    block: dict[str, Any] = {
        "disclaimer": DISCLAIMER,
        "terms": "https://open.fda.gov/terms/",
        "license": LICENCE,
        "last_updated": date.fromtimestamp(files.newest_change("*.json")).isoformat(),
    }
    if skip is not None:
        block["results"] = {"skip": skip, "limit": limit, "total": total}
    return block


def checked(params: Mapping[str, str]) -> tuple[int, int]:
    """Limit and skip of a request.

    Raises:
        Refusal: 400 for anything openFDA does not accept.
    """
    for name in params:
        if name not in PARAMETERS:
            raise Refusal(400, "BAD_REQUEST", f"Invalid parameter: {name}")
    counting = "count" in params
    limit = whole_number(params.get("limit"), DEFAULT_COUNT if counting else 1)
    skip = whole_number(params.get("skip"), 0)
    if limit is None or skip is None or limit < 1 or skip < 0:
        raise Refusal(400, "BAD_REQUEST", "Invalid parameter value: limit and skip are numbers.")
    if limit > MAX_LIMIT:
        raise Refusal(400, "BAD_REQUEST", f"Limit cannot exceed {MAX_LIMIT} results.")
    if skip > MAX_SKIP:
        raise Refusal(400, "BAD_REQUEST", f"Skip value must {MAX_SKIP} or less.")
    if skip and (counting or params.get("search_after")):
        raise Refusal(400, "BAD_REQUEST", "Should not use skip together with count or search_after.")
    return limit, skip


def sort_keys(sort: str | None) -> list[tuple[str, bool]]:
    """(field, descending) of each key; set_id is the default and breaks ties."""
    keys = []
    for part in (sort or "").split(","):
        field, _, direction = part.partition(":")
        if part and field.removesuffix(".exact") == field and field not in SORTABLE:
            raise Refusal(400, "BAD_REQUEST", "Sorting allowed by non-analyzed fields only: " + field)
        if part:
            keys.append((field.removesuffix(".exact"), direction == "desc"))
    return [*keys, ("set_id", False)]


def ordered_by(records: list[dict[str, Any]], keys: list[tuple[str, bool]]) -> list[dict[str, Any]]:
    ordered = list(records)
    for field, descending in reversed(keys):
        ordered.sort(key=lambda record: _sort_value(record, field), reverse=descending)
    return ordered


def position_after(ordered: list[dict[str, Any]], keys: list[tuple[str, bool]], cursor: str | None) -> int:
    """Index of the first record behind the cursor ``0=<value>;1=<value>``, which need not exist itself."""
    if not cursor:
        return 0
    wanted = [part.partition("=")[2] for part in cursor.split(";")]
    if len(wanted) != len(keys):
        raise Refusal(400, "BAD_REQUEST", "Invalid search_after value.")
    for index, record in enumerate(ordered):
        if _is_behind(record, keys, wanted):
            return index
    return len(ordered)


def next_page(
    url: str,
    params: Mapping[str, str],
    keys: list[tuple[str, bool]],
    last: dict[str, Any],
    skip: int,
    limit: int,
) -> str:
    """The address in the ``Link`` header: by cursor, or by skip once skip was used; never with the key."""
    kept = {name: params[name] for name in ("search", "sort") if name in params}
    if skip:
        return f"{url}?{urlencode({**kept, 'limit': limit, 'skip': skip + limit})}"
    cursor = ";".join(f"{index}={_sort_value(last, field)}" for index, (field, _) in enumerate(keys))
    return f"{url}?{urlencode({**kept, 'limit': limit, 'skip': 0, 'search_after': cursor})}"


def counts(records: list[dict[str, Any]], field: str, limit: int) -> list[dict[str, Any]]:
    """Terms of a field with the number of records that have them, most frequent first."""
    tally: dict[str, int] = {}
    for record in records:
        for term in set(values(record, field.removesuffix(".exact"))):
            tally[term] = tally.get(term, 0) + 1
    ranked = sorted(tally.items(), key=lambda item: (-item[1], item[0]))
    return [{"term": term, "count": count} for term, count in ranked[:limit]]


def _sort_value(record: Mapping[str, Any], field: str) -> str:
    return next(iter(values(record, field)), "")


def _is_behind(record: Mapping[str, Any], keys: list[tuple[str, bool]], wanted: list[str]) -> bool:
    for (field, descending), value in zip(keys, wanted, strict=True):
        own = _sort_value(record, field)
        if own != value:
            return (own < value) if descending else (own > value)
    return False
