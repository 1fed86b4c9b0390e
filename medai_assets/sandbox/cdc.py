"""CDC content services, version 2: the media list, one media, its syndicated HTML, and the topics.

Each record file holds ``{"media": {...}, "syndicate": {...}}``: what the list shows and what ``/syndicate`` returns.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from medai_assets.sandbox.files import Handler
from medai_assets.sandbox.replies import json_reply, whole_number

DEFAULT_MAX = 100
ROOT = "/api/v2/resources"


class Media(Handler):
    """The media below ``records/cdc/``."""

    folder = "cdc"

    def routes(self) -> list[Route]:
        return [
            Route("/resources/media", self.listing),
            Route("/resources/topics", self.topics),
            Route("/resources/media/{name}/syndicate", self.syndicate),
        ]

    def received(self, query: Mapping[str, str]) -> Iterator[str]:
        """Records with a tag of the slice's topic."""
        for path in self.files.find("*.json"):
            if query["topic"] in map(topic_slug, topics_of(self.files.json(path)["media"])):
                yield self.files.digest(path)

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
        """``GET /resources/media``: filtered and paged, in the order of the numbers."""
        params = {name.lower(): value for name, value in request.query_params.items()}
        found = [media for record in self.records() if wanted(media := record["media"], params)]
        size, number = whole_number(params.get("max"), DEFAULT_MAX), whole_number(params.get("pagenum"), 1)
        if size is None or number is None or params.get("sort", "id") != "id":
            return envelope(400, [], {}, "max and pagenum must be numbers, and sort an attribute")
        size = DEFAULT_MAX if size < 0 else (size or max(1, len(found)))
        start = (max(1, number) - 1) * size
        page = found[start : start + size]
        return envelope(200, page, pagination(request, len(found), len(page), size, max(1, number)))

    def syndicate(self, request: Request) -> Response:
        """``GET /resources/media/{id}/syndicate``: an object with the HTML, an empty list for an unknown number."""
        record = self.find(request.path_params["name"])
        return envelope(200, record["syndicate"] if record else [])

    def topics(self, request: Request) -> Response:
        """``GET /resources/topics`` with the number of media of each."""
        tally = Counter(topic for record in self.records() for topic in topics_of(record["media"]).items())
        entries = [
            {"id": number, "name": name, "language": "English", "mediaUsageCount": count, "items": []}
            for (name, number), count in sorted(tally.items())
        ]
        return envelope(200, entries)

    def find(self, identifier: str) -> dict[str, Any] | None:
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
    topic, kinds = params.get("topic"), params.get("mediatypes")
    if topic and topic.lower() not in [name.lower() for name in topics_of(media)]:
        return False
    if kinds and str(media.get("mediaType")).lower() not in kinds.lower().split(","):
        return False
    return (media.get("dateContentUpdated") or "")[:10] >= params.get("contentupdatedsincedate", "")[:10]


def pagination(request: Request, total: int, count: int, size: int, number: int) -> dict[str, Any]:
    """The paging block; its addresses carry the service's own host-less paths, "" at the end."""

    def address(page: int) -> str:
        return f"{ROOT}/media?{urlencode({**request.query_params, 'pagenum': page})}"

    pages = -(-total // size)
    return {
        "total": total,
        "count": count,
        "max": size,
        "offset": 0,
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
