"""What another web page that the user has open could do to the servers of this machine: nothing that changes something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route

from medai_assets.foundation.guard import LOOPBACK, Guard
from medai_assets.sandbox.server import serving
from medai_assets.serving.chat_requests import Limits
from medai_assets.serving.limited import CHAT, MODELS, Limited
from medai_assets.serving.model_servers import ModelServer
from medai_assets_tests.browser.conftest import Site
from medai_assets_tests.browser.dagster_page import BEARER, CHROMIUM, TOKEN
from medai_assets_tests.waiting import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIPE = 'mutation { wipeAssets(assetPartitionRanges: [{assetKey: {path: ["nobody"]}}]) { __typename } }'
ELSEWHERE = {"Origin": "https://elsewhere.example"}
IN_CHROMIUM = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)"
)
REPORTS = ("materialization", "check", "observation")


def reached(answer: requests.Response) -> bool:
    """Whether Dagster itself answered the mutation, whatever it said."""
    return answer.ok and "wipeAssets" in answer.text


def test_a_script_with_the_token_reaches_dagster(site: Site) -> None:
    """So that a refusal below is one by the guard."""
    answer = requests.post(f"{site.dagster}/graphql", json={"query": WIPE}, headers=BEARER, timeout=PATIENCE)
    assert reached(answer)


@pytest.mark.parametrize("token", [{}, BEARER], ids=["without token", "with token"])
def test_a_mutation_is_not_taken_from_an_address(site: Site, token: dict[str, str]) -> None:
    assert not reached(
        requests.get(f"{site.dagster}/graphql", params={"query": WIPE}, headers=token, timeout=PATIENCE)
    )


@pytest.mark.parametrize("token", [{}, BEARER], ids=["without token", "with token"])
def test_a_mutation_is_not_taken_from_another_origin(site: Site, token: dict[str, str]) -> None:
    headers = ELSEWHERE | token
    assert not reached(
        requests.post(f"{site.dagster}/graphql", json={"query": WIPE}, headers=headers, timeout=PATIENCE)
    )


@pytest.mark.parametrize("path", ["/", "/server_info", "/runs", "/logs/a.out"])
def test_nothing_is_read_without_the_token(site: Site, path: str) -> None:
    answer = requests.get(f"{site.dagster}{path}", timeout=PATIENCE)
    assert answer.status_code == 401
    assert "medai ui" in answer.text
    assert TOKEN not in answer.text


@pytest.mark.parametrize("path", ["/", "/examples.csv", "/stale"])
def test_nothing_of_the_lineage_page_is_read_without_the_token(site: Site, path: str) -> None:
    """Other users of this machine reach loopback too, and the data root is its owner's alone."""
    assert requests.get(f"{site.lineage}{path}", timeout=PATIENCE).status_code == 401
    assert requests.get(f"{site.lineage}{path}", headers=BEARER, timeout=PATIENCE).status_code == 200


def test_the_page_answers_only_under_its_own_name(site: Site) -> None:
    headers = {"Host": "elsewhere.example"} | BEARER
    assert requests.get(f"{site.dagster}/server_info", headers=headers, timeout=PATIENCE).status_code == 421


def test_the_lineage_page_answers_only_under_its_own_name(site: Site) -> None:
    answer = requests.get(site.lineage, headers={"Host": "elsewhere.example"}, timeout=PATIENCE)
    assert answer.status_code in (400, 421)


@pytest.mark.parametrize("token", [{}, BEARER], ids=["without token", "with token"])
@pytest.mark.parametrize("what", REPORTS)
def test_nothing_is_reported_from_outside(site: Site, what: str, token: dict[str, str]) -> None:
    """Asked with an asset that is not there, so that nothing is recorded whatever the answer."""
    answer = requests.post(
        f"{site.dagster}/report_asset_{what}/", json={}, headers=ELSEWHERE | token, timeout=PATIENCE
    )
    assert answer.status_code in (401, 403)


ATTACK = """<!doctype html><title>attack</title><iframe name=hidden></iframe>
<form id=wipe method=post target=hidden action="{dagster}/graphql"><input name=query value='{wipe}'></form>
<script>
const asked = (path, options) => fetch("{dagster}" + path, {{credentials: "include", ...options}})
  .then(async reply => reply.status + " " + await reply.text(), error => "refused");
const query = encodeURIComponent(`{wipe}`);
const body = JSON.stringify({{query: `{wipe}`}});
const socket = () => new Promise(done => {{
  const opened = new WebSocket("{dagster}/graphql".replace("http", "ws"), "graphql-ws");
  opened.onopen = () => done("open");
  opened.onerror = () => done("refused");
}});
const loaded = (tag, name) => new Promise(done => {{
  const element = document.createElement(tag);
  element.onload = element.onerror = event => done(event.type);
  element[name] = "{dagster}/";
  document.body.append(element);
}});
const events = () => new Promise(done => {{
  const source = new EventSource("{dagster}/", {{withCredentials: true}});
  source.onopen = source.onerror = event => done(event.type);
}});
const image = () => new Promise(done => {{
  const shown = new Image();
  shown.onload = shown.onerror = event => done(event.type);
  shown.src = "{dagster}/graphql?query=" + query;
}});
window.attacks = async () => [
  await asked("/graphql", {{method: "POST", body, headers: {{"Content-Type": "application/json"}}}}),
  await asked("/graphql", {{method: "POST", body, headers: {{"Content-Type": "text/plain"}}, mode: "no-cors"}}),
  await asked("/graphql?query=" + query),
  await asked("/report_asset_materialization/nobody", {{method: "POST", body: "{{}}", mode: "no-cors"}}),
  await image(),
  await socket(),
  await loaded("script", "src"),
  await events(),
];
</script>"""


@pytest.fixture
def elsewhere(site: Site) -> Iterator[str]:
    """A page of another origin that tries all that a script can, with the user's own browser."""
    text = ATTACK.format(dagster=site.dagster, wipe=WIPE)
    with serving(Starlette(routes=[Route("/", lambda _: HTMLResponse(text))])) as address:
        yield address


@IN_CHROMIUM
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "rebound.example"])
def test_a_page_elsewhere_changes_nothing_although_the_user_is_known_here(
    page: Page, site: Site, elsewhere: str, name: str
) -> None:
    """The browser holds the token's cookie: a page on another port of the same name is sent with it, and refused too."""
    answers: list[tuple[str, int]] = []
    tab = page.context.new_page()
    tab.on("response", lambda reply: answers.append((reply.url, reply.status)))
    try:
        tab.goto(elsewhere.replace("127.0.0.1", name))
        seen = tab.evaluate("attacks()")
        with tab.expect_response(f"{site.dagster}/graphql") as posted:
            tab.evaluate("document.getElementById('wipe').submit()")
    finally:
        tab.close()
    assert posted.value.status in (401, 403)
    assert seen[:3] == ["refused", "0 ", "refused"]
    assert seen[4:] == ["error", "refused", "error", "error"]
    reached_dagster = [(url, status) for url, status in answers if url.startswith(site.dagster)]
    assert reached_dagster
    assert {status for _, status in reached_dagster} <= {401, 403, 405}


@IN_CHROMIUM
@pytest.mark.parametrize("which", ["dagster", "lineage"])
def test_a_name_that_was_made_to_point_here_reads_neither_page(page: Page, site: Site, which: str) -> None:
    """DNS rebinding: to the browser that name's page and the server behind it are of one origin."""
    tab = page.context.new_page()
    try:
        answer = tab.goto(getattr(site, which).replace("127.0.0.1", "rebound.example"))
    finally:
        tab.close()
    assert answer is not None
    assert answer.status == 421


ASKING = """<!doctype html><title>attack</title><iframe name=hidden></iframe>
<form id=ask method=post target=hidden enctype=text/plain action="{server}{chat}"><input name=messages value=x></form>
<script>
const asked = (path, options) => fetch("{server}" + path, options)
  .then(async reply => reply.status + " " + await reply.text(), error => "refused");
const body = JSON.stringify({{model: "medai/x", messages: [{{role: "user", content: "x"}}]}});
window.attacks = async () => [
  await asked("{models}"),
  await asked("{chat}", {{method: "POST", body, headers: {{"Content-Type": "application/json"}}}}),
  await asked("{chat}", {{method: "POST", body, mode: "no-cors"}}),
];
</script>"""


@IN_CHROMIUM
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "rebound.example"])
def test_a_page_elsewhere_asks_the_model_server_nothing_and_reads_nothing_of_it(
    page: Page, name: str
) -> None:
    """As `medai serve` has it, which asks for no token: its guard, and the limits that answer where the guard lets through."""
    tokenizer: Any = None  # no question gets as far as that
    limits = Limits("medai/x", tokenizer, "", 1)
    server = Starlette(routes=[Mount("/", Limited(ModelServer(Starlette(), lambda told: True), limits))])
    server.add_middleware(Guard, hosts=LOOPBACK)
    tab, answers = page.context.new_page(), dict[tuple[str, str], set[int]]()
    with serving(server) as address:
        text = ASKING.format(server=address, chat=CHAT, models=MODELS)
        own = requests.post(f"{address}{CHAT}", data="x", timeout=PATIENCE)
        assert own.status_code == 400, "a program of this machine is answered by the limits"

        def note(reply: Response) -> None:
            path = reply.url.removeprefix(address)
            answers.setdefault((reply.request.method, path), set()).add(reply.status)

        tab.on("response", note)
        try:
            with serving(Starlette(routes=[Route("/", lambda _: HTMLResponse(text))])) as elsewhere:
                tab.goto(elsewhere.replace("127.0.0.1", name))
                seen = tab.evaluate("attacks()")
                with tab.expect_response(f"{address}{CHAT}"):
                    tab.evaluate("document.getElementById('ask').submit()")
            rebound = tab.goto(address.replace("127.0.0.1", "rebound.example") + MODELS)
        finally:
            tab.close()
    assert seen == ["refused", "refused", "0 "]
    assert answers["POST", CHAT] == {403}
    assert rebound is not None
    assert rebound.status == 421
