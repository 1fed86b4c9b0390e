"""The application: addresses, headers that keep the page to itself, and errors as pages. Only loopback.

All pages only read, but for one form: a verdict on an example. TensorBoard's have scripts of their own.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from medai_assets.foundation.guard import LOOPBACK, Guard
from medai_assets.lineage.lookup import LineageError
from medai_assets.lineage.page import browse, copies, files, review, rows, stale, versions
from medai_assets.lineage.page.curves import PLACE, Curves
from medai_assets.lineage.page.page_context import Endpoints
from medai_assets.lineage.versions import VersionNotFound
from medai_assets.reviews.history import ReviewError
from medai_assets.reviews.reviewers import Reviewer, holder
from medai_assets.settings import Settings
from medai_assets.sources.take_downs import TakeDownError
from medai_assets.storage import StoreError

# Nothing from elsewhere, no script at all, and nobody may frame the page or post from it.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all a browser sends its own forms as if from nowhere
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(settings: Settings, token: str | None = None) -> Starlette:
    """The lineage page over the store that the settings name.

    Args:
        token: what whoever asks must bring, unless they were invited as reviewers and bring their own; None asks for none.
    """
    endpoints, curves = Endpoints(settings), Curves(settings)
    routes = [
        Route("/", endpoints.page(rows.home)),
        Route("/search", endpoints.page(rows.search)),
        Route("/examples", endpoints.page(browse.examples)),
        Route("/examples.csv", endpoints.page(browse.examples_csv)),
        Route("/examples.parquet", endpoints.page(browse.examples_parquet)),
        Route("/set-aside", endpoints.page(browse.aside)),
        Route("/set-aside.csv", endpoints.page(browse.aside_csv)),
        Route("/example/{example_id}", endpoints.page(rows.example)),
        Route("/passages", endpoints.page(rows.passages)),
        Route("/records", endpoints.page(rows.records)),
        Route("/passage/{passage_id}", endpoints.page(rows.passage)),
        Route("/record/{record_id:path}", endpoints.page(rows.record)),
        Route("/copy/{record_id:path}", endpoints.page(copies.copy)),
        Route("/withdrawals", endpoints.page(rows.withdrawals)),
        Route("/source/{source}", endpoints.page(rows.source)),
        Route("/slice/{source}/{key:path}", endpoints.page(rows.slice_page)),
        Route("/version/{asset}/{partition:path}/{data_version}", endpoints.page(versions.version)),
        Route("/file/{asset}/{partition}/{data_version}/{name:path}", endpoints.page(files.file)),
        Route("/versions", endpoints.page(versions.overview)),
        Route("/review", endpoints.page(review.next_example), methods=["GET"]),
        Route("/review", endpoints.form(review.enter), methods=["POST"]),
        Route("/stale", endpoints.page(stale.stale)),
        Route("/diff", endpoints.page(versions.diff_page)),
        *(Route(path, curves.answer, methods=["GET", "POST"]) for path in (PLACE, PLACE + "/{rest:path}")),
        Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
    ]
    problems = {
        LineageError: endpoints.problem(404),
        VersionNotFound: endpoints.problem(404),
        StoreError: endpoints.problem(404),
        TakeDownError: endpoints.problem(500),
        ReviewError: endpoints.problem(422),
        HTTPException: endpoints.problem(None),
    }
    invited = partial(_holder, settings.profile_dir)
    middleware = [Middleware(Guard, hosts=LOOPBACK, token=token, holder=invited), Middleware(_Headers)]
    return Starlette(routes=routes, exception_handlers=problems, middleware=middleware)


def _holder(profile_dir: Path, token: str) -> Reviewer | None:
    """Whose token it is; where the file of tokens is damaged nobody's, so that the owner still comes in and reads why."""
    try:
        return holder(profile_dir, token)
    except ReviewError:
        return None


class _Headers:
    """Adds HEADERS to every reply that does not say otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)
