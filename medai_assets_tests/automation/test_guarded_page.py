"""Whether Dagster's page came up with its guard is asked of the page itself."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

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
