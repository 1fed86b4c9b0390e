"""The guard before a server on this machine: own names, own pages, and a token, for requests and websockets alike."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from medai_assets.foundation.guard import LOOPBACK, Guard, is_loopback, names_of

TOKEN = "secret-token"
OWN = "http://127.0.0.1:3000"
TALK = "ws://127.0.0.1:3000/talk"


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


def client(token: str | None = TOKEN, base_url: str = OWN) -> TestClient:
    methods = ["GET", "POST"]
    routes = [
        Route("/graphql", lambda _: PlainTextResponse("reached"), methods=methods),
        Route("/{rest:path}", lambda _: PlainTextResponse("reached"), methods=methods),
        WebSocketRoute("/talk", talk),
    ]
    guard = Guard(Starlette(routes=routes), LOOPBACK, token, posted=("/graphql",))
    return TestClient(guard, base_url=base_url, follow_redirects=False)


def known() -> TestClient:
    """A client that opened the address with the token."""
    made = client()
    assert made.get(f"/?token={TOKEN}").status_code == 303
    return made


def test_the_address_with_the_token_is_opened_once_and_leaves_the_token_out() -> None:
    reply = client().get(f"/runs?token={TOKEN}&view=all")
    assert reply.headers["location"] == "/runs?view=all"
    cookie = reply.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert known().get("/runs").text == "reached"


def test_the_redirect_stays_on_this_server() -> None:
    assert client().get(f"{OWN}//elsewhere.example/?token={TOKEN}").headers["location"].startswith("/else")


@pytest.mark.parametrize("path", ["/", "/?token=", "/?token=wrong", "/graphql"])
def test_without_the_token_nothing_is_read(path: str) -> None:
    assert client().get(path).status_code == 401


def test_pages_of_one_token_share_its_cookie_and_those_of_another_stay_apart() -> None:
    """A browser sends a cookie to every port of a host."""
    login = known()
    beside = Guard(Starlette(routes=[Route("/", lambda _: PlainTextResponse("beside"))]), LOOPBACK, TOKEN)
    other = Guard(beside.app, LOOPBACK, "another-token")
    for guard, status in ((beside, 200), (other, 401)):
        page = TestClient(guard, base_url="http://127.0.0.1:3070", cookies=dict(login.cookies))
        assert page.get("/").status_code == status


def test_a_script_sends_the_token_as_a_bearer() -> None:
    assert client().post("/graphql", headers={"Authorization": f"Bearer {TOKEN}"}).text == "reached"


@pytest.mark.parametrize(
    "host",
    ["elsewhere.example", "127.0.0.1.elsewhere.example", "", "[", "a@b", "10.0.0.1", "elsewhere.example@localhost",
     "localhost/elsewhere.example", "localhost:99999", "localhost:port", "[::1", "localhost localhost"],
)  # fmt: skip
def test_another_name_is_refused(host: str) -> None:
    assert known().get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:3000", "127.0.0.1", "[::1]:3000", "LOCALHOST"])
def test_own_names_are_known_with_any_port(host: str) -> None:
    headers = {"Host": host, "Authorization": f"Bearer {TOKEN}"}
    assert client().get("/", headers=headers).text == "reached"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://127.0.0.1:4000"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://["},
        {"Origin": "https://127.0.0.1:3000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("token", [TOKEN, None])
def test_another_page_changes_nothing(headers: dict[str, str], token: str | None) -> None:
    made = known() if token else client(None)
    assert made.post("/graphql", headers=headers).status_code == 403
    with pytest.raises(WebSocketDisconnect), made.websocket_connect(TALK, headers=headers):
        pass


def test_what_is_said_twice_is_not_believed() -> None:
    bearer = ("Authorization", f"Bearer {TOKEN}")
    hosts = [("Host", "127.0.0.1:3000"), ("Host", "elsewhere.example"), bearer]
    origins = [("Origin", OWN), ("Origin", "https://elsewhere.example"), bearer]
    assert client().get("/", headers=hosts).status_code == 421
    assert client().post("/graphql", headers=origins).status_code == 403


def test_the_token_in_an_address_logs_in_and_sends_nothing_on() -> None:
    assert client().post(f"/graphql?token={TOKEN}", data={"query": "mutation"}).status_code == 401


@pytest.mark.parametrize("headers", [{"Origin": OWN}, {"Sec-Fetch-Site": "same-origin"}, {}])
def test_its_own_page_changes_what_it_likes(headers: dict[str, str]) -> None:
    made = known()
    assert made.post("/graphql", headers=headers).text == "reached"
    with made.websocket_connect(TALK, headers=headers) as socket:
        assert socket.receive_text() == "hello"


def test_a_websocket_needs_the_token() -> None:
    with pytest.raises(WebSocketDisconnect), client().websocket_connect(TALK):
        pass


@pytest.mark.parametrize("path", ["/graphql?query=mutation", "/graphql/?query=mutation"])
def test_a_query_is_not_taken_from_an_address(path: str) -> None:
    assert known().get(path).status_code == 405


def test_no_other_page_may_frame_it() -> None:
    assert known().get("/").headers["x-frame-options"] == "SAMEORIGIN"


def test_what_is_loopback() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "127.0.0.2")] == [True] * 4
    assert [is_loopback(host) for host in ("0.0.0.0", "::", "192.168.0.2", "my.host")] == [False] * 4
    assert "my.host" in names_of("my.host")
