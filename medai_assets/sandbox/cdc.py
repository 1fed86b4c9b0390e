"""CDC content services, version 2: the media list, one media, its syndicated HTML, and the topics.

Each record file holds ``{"media": {...}, "syndicate": {...}}``: what the list shows and what ``/syndicate`` returns.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_assets.sandbox.files import RecordFiles
from medai_assets.sandbox.replies import json_reply, whole_number

DEFAULT_MAX = 100
ROOT = "/api/v2/resources"


class Media:
    """The media below ``records/cdc/``."""

    def __init__(self, records: Path) -> None:
        self.files = RecordFiles(records / "cdc")

    def routes(self) -> list[Route]:
        return [
            Route("/resources/media{extension}", self.listing),
            Route("/resources/media", self.listing),
            Route("/resources/topics{extension}", self.topics),
            Route("/resources/topics", self.topics),
            Route("/resources/media/{name}", self.one),
            Route("/resources/media/{name}/{part}", self.part),
        ]

    def records(self) -> list[dict[str, Any]]:
        return sorted(map(self.record, self.files.find("*.json")), key=lambda record: record["media"]["id"])

    def record(self, path: Path) -> dict[str, Any]:
        """One record, its media dated by its last edit."""
        record, edited = self.files.json(path), self.files.edited_at(path)
        if edited is None:
            found: dict[str, Any] = record
            return found
        date = edited[:19] + "Z"
        found = record | {"media": record["media"] | {"dateModified": date, "dateContentUpdated": date}}
        return found

    def listing(self, request: Request) -> Response:
        """``GET /resources/media``: filtered, sorted and paged."""
        params = {name.lower(): value for name, value in request.query_params.items()}
        media = [record["media"] for record in self.records()]
        found = ordered([item for item in media if wanted(item, params)], params.get("sort", "id"))
        size = whole_number(params.get("max"), DEFAULT_MAX)
        number, offset = whole_number(params.get("pagenum"), 1), whole_number(params.get("offset"), 0)
        if size is None or number is None or offset is None:
            return envelope(400, [], {}, "max, pagenum and offset must be numbers")
        size = DEFAULT_MAX if size < 0 else (size or max(1, len(found)))
        start = offset + (max(1, number) - 1) * size
        page = [restricted(item, params.get("fields")) for item in found[start : start + size]]
        return envelope(200, page, pagination(request, len(found), len(page), size, offset, max(1, number)))

    def one(self, request: Request) -> Response:
        """``GET /resources/media/{id}``: a list of one; of none when the number is unknown."""
        record = self.find(request.path_params["name"])
        return envelope(200, [record["media"]] if record else [])

    def part(self, request: Request) -> Response:
        """``GET /resources/media/{id}/syndicate`` is an object, ``/content`` the HTML itself."""
        record = self.find(request.path_params["name"])
        part = request.path_params["part"].partition(".")[0]
        if part == "content" and record:
            return Response(record["syndicate"]["content"], media_type="text/html; charset=utf-8")
        if part not in ("syndicate", "content"):
            return envelope(404, [], {}, "unknown resource")
        return envelope(200, record["syndicate"] if record else [])

    def topics(self, request: Request) -> Response:
        """``GET /resources/topics`` with the number of media of each."""
        tally = Counter(topic for record in self.records() for topic in topics_of(record["media"]).items())
        entries = [
            {"id": number, "name": name, "language": "English", "mediaUsageCount": count, "items": []}
            for (name, number), count in sorted(tally.items())
        ]
        return envelope(200, entries)

    def find(self, name: str) -> dict[str, Any] | None:
        identifier = name.partition(".")[0]
        likely = self.files.root / f"{identifier}.json"
        if likely.is_file() and str(self.files.json(likely)["media"]["id"]) == identifier:
            return self.record(likely)
        return next((record for record in self.records() if str(record["media"]["id"]) == identifier), None)


def topics_of(media: Mapping[str, Any]) -> dict[str, int]:
    """Names and numbers of the tags of type Topic."""
    return {tag["name"]: tag["id"] for tag in media.get("tags") or [] if tag.get("type", "Topic") == "Topic"}


def topic_slug(name: str) -> str:
    """``Heart Disease & Stroke`` as slices write it: ``heart-disease-stroke``."""
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))


def wanted(media: Mapping[str, Any], params: Mapping[str, str]) -> bool:
    """Whether one media passes the filters of a list request (names in lower case)."""
    source = media.get("source") or {}
    language = media.get("language") or {}
    updated = (media.get("dateContentUpdated") or "")[:10]
    checks: dict[str, Callable[[str], object]] = {
        "topic": lambda value: value.lower() in [name.lower() for name in topics_of(media)],
        "topicids": lambda value: set(map(str, topics_of(media).values())) & set(value.split(",")),
        "mediatypes": lambda value: str(media.get("mediaType")).lower() in value.lower().split(","),
        "name": lambda value: media.get("name") == value,
        "sourceacronym": lambda value: source.get("acronym") == value,
        "languagename": lambda value: language.get("name", "").lower() in value.lower().split(","),
        "languageisocode": lambda value: language.get("isoCode", "") in value.split(","),
        "contentupdatedsincedate": lambda value: updated >= value[:10],
        "contentupdatedbeforedate": lambda value: bool(updated) and updated < value[:10],
        "q": lambda value: (
            value.strip('"').lower()
            in f"{media.get('name')} {media.get('description')} {list(topics_of(media))}".lower()
        ),
    }
    return all(check(params[name]) for name, check in checks.items() if params.get(name))


def ordered(media: list[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """Sorted by the attributes of ``sort``, a minus sign for descending."""
    for field in reversed([part.strip() for part in sort.split(",") if part.strip()]):
        name = field.removeprefix("-")
        media = sorted(
            media,
            key=lambda item: (
                (item.get(name) is not None, item.get(name) or 0) if name == "id" else str(item.get(name))
            ),
            reverse=field.startswith("-"),
        )
    return media


def restricted(media: dict[str, Any], fields: str | None) -> dict[str, Any]:
    """Only the first-level attributes named in ``fields``; all when none are."""
    if not fields:
        return media
    names = {name.partition("{")[0].strip().lower() for name in fields.split(",")}
    return {name: value for name, value in media.items() if name.lower() in names}


def pagination(
    request: Request, total: int, count: int, size: int, offset: int, number: int
) -> dict[str, Any]:
    """The paging block; its addresses carry the service's own host-less paths, "" at the end."""

    def address(page: int) -> str:
        return f"{ROOT}/media?{urlencode({**request.query_params, 'pagenum': page})}"

    pages = -(-max(0, total - offset) // size) if size else 0
    return {
        "total": total,
        "count": count,
        "max": size,
        "offset": offset,
        "pageNum": number,
        "totalPages": pages,
        "sort": request.query_params.get("sort", ""),
        "currentUrl": address(number),
        "previousUrl": address(number - 1) if number > 1 else "",
        "nextUrl": address(number + 1) if number < pages else "",
    }


def envelope(
    status: int, results: Any, paging: Mapping[str, Any] | None = None, message: str = ""
) -> Response:
    """What wraps every reply; the status is inside as well as outside."""
    messages = [
        {"type": "Error", "code": "", "id": "", "userMessage": message, "developerMessage": message}
    ] * bool(message)
    one = {
        "total": 1,
        "count": 1,
        "max": 1,
        "offset": 0,
        "pageNum": 1,
        "totalPages": 1,
        "sort": "",
        "nextUrl": None,
    }
    meta = {
        "status": status,
        "message": messages,
        "resultSet": {"id": str(uuid.uuid4())},
        "pagination": paging or one,
    }
    return json_reply({"meta": meta, "results": results}, status)
