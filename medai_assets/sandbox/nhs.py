"""The NHS website content API, version 2: the manifest and the pages.

Pages are served as their record files hold them, so their addresses name the real host, as the real sandbox's do.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from medai_assets.sandbox.files import Handler, RecordFiles
from medai_assets.sandbox.replies import json_reply, whole_number

HOST = "https://api.service.nhs.uk/nhs-website-content"
MANIFEST_PAGE = 100


class Content(Handler):
    """The pages below ``records/nhs/<section>/``."""

    folder = "nhs"

    def routes(self) -> list[Route]:
        return [
            Route("/manifest/pages/", self.manifest),
            Route("/{path:path}", self.page_at),
        ]

    def received(self, query: Mapping[str, str]) -> Iterator[str]:
        return RecordFiles(self.files.root / query["section"]).digests("**/*.json")

    def pages(self) -> list[dict[str, Any]]:
        """All pages, by address."""
        found = map(self.page, self.files.find("*/**/*.json"))
        return sorted(found, key=lambda page: path_of(page["url"]))

    def page(self, path: Path) -> dict[str, Any]:
        """One page, dated by its last edit."""
        page, edited = self.files.json(path), self.files.edited_at(path)
        found: dict[str, Any] = page | {"dateModified": edited} if edited else page
        return found

    def manifest(self, request: Request) -> Response:
        """``GET /manifest/pages/?page=N``: every page with its date of change, 100 at a time."""
        entries = [manifest_entry(page) for page in self.pages()]
        number = whole_number(request.query_params.get("page"), 1)
        last = max(1, -(-len(entries) // MANIFEST_PAGE))
        if number is None or not 1 <= number <= last:
            return error(404, "Resource not found")
        address = f"{HOST}/manifest/pages/?page="
        pagination = {"first": f"{address}1", "last": f"{address}{last}", "self": f"{address}{number}"}
        pagination["next"] = f"{address}{number + 1}" if number < last else None  # type: ignore[assignment]
        pagination["count"] = len(entries)  # type: ignore[assignment]
        start = (number - 1) * MANIFEST_PAGE
        return json_reply({"pagination": pagination, "results": entries[start : start + MANIFEST_PAGE]})

    def page_at(self, request: Request) -> Response:
        """``GET /<section>/<slug>/``; the proxy adds a missing slash."""
        path = request.path_params["path"]
        if not path.endswith("/"):
            return RedirectResponse(
                f"{request.url.path}/{'?' * bool(request.url.query)}{request.url.query}", 301
            )
        likely = self.files.root / f"{path.strip('/')}.json"  # a page's file usually has its address's name
        if likely.is_file() and path_of(self.files.json(likely)["url"]) == path:
            return json_reply(self.page(likely))
        page = next((page for page in self.pages() if path_of(page["url"]) == path), None)
        return json_reply(page) if page else error(404, "Resource not found")


def path_of(url: str) -> str:
    """``<section>/<slug>/`` of a page's address, with or without the API's own prefix."""
    return urlsplit(url).path.removeprefix("/nhs-website-content").strip("/") + "/"


def manifest_entry(page: Mapping[str, Any]) -> dict[str, Any]:
    """One page as the manifest lists it."""
    path = path_of(page["url"])
    parts = page.get("hasPart")
    parts = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    aspects = [part.get("hasHealthAspect", "").rpartition("/")[2] for part in parts]
    return {
        "id": zlib.crc32(path.encode()),
        "dateFirstPublished": page.get("datePublished"),
        "dateModified": page.get("dateModified"),
        "dateNextReview": (page.get("lastReviewed") or [None])[-1],
        "description": page.get("description"),
        "genre": page.get("genre", []),
        "healthAspects": sorted(filter(None, aspects)),
        "modules": bool(any(aspects)),
        "name": page["name"],
        "type": path.split("/")[0].title().replace("-", "") + "Page",
        "url": page["url"],
        "webpage": page.get("webpage"),
    }


def error(status: int, message: str) -> Response:
    return json_reply({"statusCode": status, "message": message}, status)
