"""The NHS website content API, version 2: the manifest, the lists of a section, and the pages.

Pages are served as their record files hold them, so their addresses name the real host, as the real sandbox's do.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from medai_assets.sandbox.files import RecordFiles
from medai_assets.sandbox.replies import json_reply, whole_number

HOST = "https://api.service.nhs.uk/nhs-website-content"
MANIFEST_PAGE = 100
LIST_PAGE = 25
SORTS = {"dateModified", "lastReviewed", "nextReview"}
SECTIONS = (
    "health-a-to-z",
    "conditions",
    "symptoms",
    "tests-and-treatments",
    "medicines",
    "mental-health",
    "live-well",
    "pregnancy",
    "nhs-services",
    "contraception",
    "vaccinations",
    "womens-health",
    "baby",
    "social-care-and-support",
)
LICENCE = "medai-sample: written for medai-assets as sample data, not NHS text"
SAMPLE = {"@type": "Organization", "name": "medai-assets sample"}


class Content:
    """The pages below ``records/nhs/<section>/``."""

    def __init__(self, records: Path) -> None:
        self.files = RecordFiles(records / "nhs")

    def routes(self) -> list[Route]:
        return [
            Route("/manifest/pages/", self.manifest),
            Route("/{path:path}", self.page_or_list),
        ]

    def pages(self, section: str = "*") -> list[dict[str, Any]]:
        """Pages of a section, of all by default, by address."""
        found = map(self.page, self.files.find(f"{section}/**/*.json"))
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

    def page_or_list(self, request: Request) -> Response:
        """``GET /<section>/`` is a list, anything longer a page; the proxy adds a missing slash."""
        path = request.path_params["path"]
        if not path.endswith("/"):
            return RedirectResponse(
                f"{request.url.path}/{'?' * bool(request.url.query)}{request.url.query}", 301
            )
        section, _, rest = path.strip("/").partition("/")
        if section not in SECTIONS:
            return error(404, "Resource not found")
        if not rest:
            return self.listing(section, request.query_params)
        page = self.find(section, path)
        return json_reply(page) if page else error(404, "Resource not found")

    def find(self, section: str, path: str) -> dict[str, Any] | None:
        """The page at an address; its file usually has the address's name."""
        likely = self.files.root / f"{path.strip('/')}.json"
        if likely.is_file() and path_of(self.files.json(likely)["url"]) == path:
            return self.page(likely)
        return next((page for page in self.pages(section) if path_of(page["url"]) == path), None)

    def listing(self, section: str, params: Mapping[str, str]) -> Response:
        """A section's list: links to pages, 25 at a time unless a letter was asked for."""
        if params.get("orderBy", "dateModified") not in SORTS:
            return error(400, "Invalid orderBy")
        pages = selected(self.pages(section), params)
        number = whole_number(params.get("page"), 1) or 1
        last = max(1, -(-len(pages) // LIST_PAGE))
        if number > last:
            return error(404, "Resource not found")
        whole = "category" in params
        shown = pages if whole else pages[(number - 1) * LIST_PAGE : number * LIST_PAGE]
        reply = {
            "@context": "http://schema.org",
            "@type": "MedicalWebPage",
            "name": section.replace("-", " ").title(),
            "copyrightHolder": SAMPLE,
            "license": LICENCE,
            "author": SAMPLE,
            "url": f"{HOST}/{section}/",
            "genre": [],
            "significantLink": [link(page) for page in shown],
            "relatedLink": [] if whole else pagination_links(section, params, number, last),
            "webpage": f"https://www.nhs.uk/{section}/",
        }
        return json_reply(reply)


def path_of(url: str) -> str:
    """``<section>/<slug>/`` of a page's address, with or without the API's own prefix."""
    return urlsplit(url).path.removeprefix("/nhs-website-content").strip("/") + "/"


def selected(pages: list[dict[str, Any]], params: Mapping[str, str]) -> list[dict[str, Any]]:
    """Pages of a list, after its filters and in its order."""
    field = params.get("orderBy", "")
    if "category" in params:
        letter = params["category"].upper()
        pages = [page for page in pages if page["name"].upper().startswith(letter)]
    if "genre" in params:
        wanted = params["genre"].lower()
        pages = [page for page in pages if wanted in [genre.lower() for genre in page.get("genre", [])]]
    start, end = params.get("startDate", ""), params.get("endDate", "9999")
    pages = [page for page in pages if start <= date_of(page, field)[:10] <= end]
    if not field:
        return sorted(pages, key=lambda page: page["name"].lower())
    newest = params.get("order", "newest") == "newest"
    return sorted(pages, key=lambda page: date_of(page, field), reverse=newest)


def date_of(page: Mapping[str, Any], field: str) -> str:
    """The date a list is ordered and filtered by; ``lastReviewed`` of a page is [last, next]."""
    reviewed = page.get("lastReviewed") or ["", ""]
    found: str = {"lastReviewed": reviewed[0], "nextReview": reviewed[-1]}.get(
        field, page.get("dateModified", "")
    )
    return found


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


def link(page: Mapping[str, Any]) -> dict[str, Any]:
    """One page as a list shows it."""
    return {
        "description": page.get("description", ""),
        "linkRelationship": "Result",
        "@type": "LinkRole",
        "articleStatus": "published",
        "mainEntityOfPage": {
            "@type": "MedicalWebPage",
            "genre": page.get("genre", []),
            "dateModified": page.get("dateModified"),
            "lastReviewed": page.get("lastReviewed", []),
            "keywords": "",
        },
        "url": page["url"],
        "name": page["name"],
    }


def pagination_links(section: str, params: Mapping[str, str], number: int, last: int) -> list[dict[str, str]]:
    """First, last, self and, unless this is the end, next."""
    targets = {"First Page": 1, "Last Page": last, "Self": number}
    if number < last:
        targets["Next Page"] = number + 1
    return [
        {
            "@type": "LinkRole",
            "url": f"{HOST}/{section}/?{urlencode({**params, 'page': target})}",
            "name": name,
            "description": f"Link to {name}",
            "linkRelationship": "Self" if name == "Self" else "Pagination",
        }
        for name, target in targets.items()
    ]


def error(status: int, message: str) -> Response:
    return json_reply({"statusCode": status, "message": message}, status)
