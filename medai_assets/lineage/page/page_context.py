"""What every page needs: a view of the store that is fresh and cheap, templates, and the way a problem is shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from medai_assets.foundation import templates
from medai_assets.foundation.guard import HOLDER
from medai_assets.lineage.impact_targets import slice_label
from medai_assets.lineage.index import Index
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.versions import CURRENT
from medai_assets.reviews.reviewers import Reviewer
from medai_assets.settings import Settings
from medai_assets.storage import Input

FRESH_SECONDS = 5.0  # how long a thread goes on with what it has read of the store
PAGE_ROWS = 25
MOST_SENT = 1 << 16  # bytes of a form


class PageContext:
    """One request: the store, the data set version it is about, and the page of a list that is shown."""

    def __init__(self, request: Request, lineage: Lineage, lock: threading.Lock, settings: Settings) -> None:
        self.request = request
        self.settings = settings
        self.lineage = lineage
        self.lock = lock
        self.path: dict[str, str] = request.path_params
        self.dataset_name = request.query_params.get("dataset", "")
        asked = request.query_params.get("page", "1")
        self.page = max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 1

    @property
    def holder(self) -> Reviewer | None:
        """The invited reviewer whose token was brought; None for whoever started the page."""
        found: Reviewer | None = self.request.scope.get(HOLDER)
        return found

    @property
    def index(self) -> Index:
        """The index of the data set version asked for; other requests wait while it is built."""
        with self.lock:
            return self.lineage.index(self.lineage.dataset(self.dataset_name or CURRENT))

    def query(self, name: str) -> str:
        return self.request.query_params.get(name, "")

    def link(self, *parts: str, **query: str) -> str:
        """An address on this page that stays within the data set version asked for."""
        if self.dataset_name:
            query.setdefault("dataset", self.dataset_name)
        address = "/" + "/".join(quote(part, safe="") for part in parts)
        return f"{address}?{urlencode(query)}" if query else address

    def narrowed(self, address: str, wanted: Mapping[str, str], **changes: str) -> str:
        """A list's address with what it is narrowed by, some of it otherwise; "" for anything."""
        asked = {**wanted, **changes}
        words = asked.pop("words", "")
        return self.link(
            address,
            **{name: value for name, value in {**asked, "q": words or asked.get("q", "")}.items() if value},
        )

    def version_named(self) -> Input:
        """The kept version that the address names, by ``current``, ``previous`` or its first characters.

        Raises:
            VersionNotFound: there is none.
        """
        partition = None if self.path["partition"] == "_" else self.path["partition"]
        return self.lineage.versions.find(self.path["asset"], partition, self.path["data_version"])

    def file_link(self, ref: Input, name: str) -> str:
        """A file of a version; only what ``files`` can show is linked."""
        return f"{self.link('file', ref.asset, ref.partition or '_', ref.data_version)}/{quote(name)}"

    def version_link(self, ref: Input) -> str:
        return self.link("version", ref.asset, ref.partition or "_", ref.data_version)

    def here(self, page: int) -> str:
        """This very address, at another page of its list."""
        return str(self.request.url.include_query_params(page=page).replace(scheme="", netloc=""))

    def paged(self, index: Index, query: str, values: tuple[Any, ...]) -> tuple[list[int], bool]:
        """Numbers of one page of a list, and whether there are more."""
        found = index.numbers(
            f"{query} LIMIT ? OFFSET ?", (*values, PAGE_ROWS + 1, (self.page - 1) * PAGE_ROWS)
        )
        return found[:PAGE_ROWS], len(found) > PAGE_ROWS


View = Callable[[PageContext], "tuple[str, dict[str, Any]] | str | Response"]


class Endpoints:
    """Turns views into endpoints; each thread of the server keeps its own lineage for a few seconds."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lock = threading.Lock()
        self.local = threading.local()

    def lineage(self) -> Lineage:
        now = time.monotonic()
        if now - getattr(self.local, "since", -FRESH_SECONDS) >= FRESH_SECONDS:
            if hasattr(self.local, "lineage"):
                self.local.lineage.close()
            self.local.lineage, self.local.since = Lineage.of(self.settings), now
        found: Lineage = self.local.lineage
        return found

    def page(self, view: View) -> Callable[[Request], Response]:
        """An endpoint: a view gives a template and its values, or the address to go to."""

        def endpoint(request: Request) -> Response:
            context = PageContext(request, self.lineage(), self.lock, self.settings)
            shown = view(context)
            if isinstance(shown, Response):
                return shown
            if isinstance(shown, str):
                return RedirectResponse(shown, status_code=303)
            name, values = shown
            return HTMLResponse(environment().get_template(name).render(context=context, **values))

        return endpoint

    def form(
        self, view: Callable[[PageContext, dict[str, str]], str]
    ) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that takes what a form of these pages sent; the view gives the address to go to.

        Who may send one the guard in front decides: a page of this server, with the token.
        """

        async def endpoint(request: Request) -> Response:
            size = request.headers.get("content-length", "")
            if not size.isdigit() or int(size) > MOST_SENT:
                raise HTTPException(413, f"a form may hold {MOST_SENT:,} bytes")
            sent = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
            values = {name: texts[-1] for name, texts in sent.items()}

            def answer() -> Response:
                address = view(PageContext(request, self.lineage(), self.lock, self.settings), values)
                return RedirectResponse(address, status_code=303)

            return await run_in_threadpool(answer)

        return endpoint

    def problem(self, status: int | None) -> Callable[[Request, Exception], Response]:
        """A handler that says in words what is wrong."""

        def handle(request: Request, error: Exception) -> Response:
            code, words = status or 500, str(error)
            if isinstance(error, HTTPException):
                code, words = (
                    error.status_code,
                    "there is no such page" if error.status_code == 404 else error.detail,
                )
            context = PageContext(request, self.lineage(), self.lock, self.settings)
            page = environment().get_template("problem.html").render(context=context, words=words)
            return HTMLResponse(page, status_code=code, headers=getattr(error, "headers", None))

        return handle


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Templates; everything that is put into them is escaped."""
    env = templates.environment(Path(__file__).parent / "templates")
    env.globals["slice_label"] = slice_label
    env.tests["address"] = lambda url: str(url).startswith(("https://", "http://"))
    return env
