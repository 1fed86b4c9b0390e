"""Whether Dagster's page came up with its guard is asked of the page itself; and its pages lead to what makes what is stale."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from medai_assets.automation.everything_stale import ADDRESS, WORDS, with_stale_link
from medai_assets.automation.guarded_page import is_guarded
from medai_assets.foundation.guard import LOOPBACK, Guard
from medai_assets.sandbox.server import serving
from medai_assets_tests.browser.dagster_page import free_port

BARE = Starlette(routes=[Route("/server_info", lambda _: PlainTextResponse("{}"))])
GUARDED = Starlette(routes=BARE.routes, middleware=[])
GUARDED.add_middleware(Guard, hosts=LOOPBACK, token="x")


@pytest.mark.parametrize(("page", "guarded"), [(BARE, False), (GUARDED, True)], ids=["bare", "guarded"])
def test_a_bare_page_is_told_from_a_guarded_one(page: Starlette, guarded: bool) -> None:
    with serving(page) as address:
        assert is_guarded("127.0.0.1", int(address.rpartition(":")[2])) == guarded


def test_a_page_that_is_not_there_yet_is_no_answer() -> None:
    with pytest.raises(ConnectionRefusedError):
        is_guarded("127.0.0.1", free_port())


PAGE = "<!DOCTYPE html><html><head></head><body><div id=root>é</div></body></html>"


@pytest.mark.parametrize(
    ("answer", "has_link"),
    [
        (lambda: HTMLResponse(PAGE), True),
        (lambda: HTMLResponse(PAGE.replace("</body>", "")), False),
        (lambda: StreamingResponse(iter([PAGE[:40], PAGE[40:]]), media_type="text/html"), True),
        (lambda: HTMLResponse("", 304), False),
        (lambda: HTMLResponse(PAGE, headers={"Content-Encoding": "identity"}), False),
        (lambda: PlainTextResponse(PAGE), False),
    ],
    ids=["page", "no end", "in pieces", "empty", "encoded", "text"],
)
def test_each_page_and_nothing_else_has_the_link_and_is_else_as_it_was(
    answer: Callable[[], Response], has_link: bool
) -> None:
    asked = TestClient(with_stale_link(Starlette(routes=[Route("/", lambda _: answer())])))
    bare = TestClient(Starlette(routes=[Route("/", lambda _: answer())])).get("/")
    told = asked.get("/")
    assert (told.text.count(f'href="{ADDRESS}"'), told.text.count(WORDS)) == (has_link, has_link)
    before, link, after = told.text.partition("<a href")
    assert before + after[after.index("</a>") + 4 :] == bare.text if link else before == bare.text
    assert told.headers.items() <= bare.headers.items()


def test_the_page_that_the_link_leads_to_has_it_too_as_it_has_when_one_comes_by_the_link() -> None:
    page = Starlette(routes=[Route(ADDRESS, lambda _: HTMLResponse(PAGE))])
    assert WORDS in TestClient(with_stale_link(page)).get(ADDRESS).text
