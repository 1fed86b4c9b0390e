"""Where a reply sends the client: to the upstream's own hosts, never with the key, never into this machine's network."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import SecretStr

from medai_assets.transport.errors import UpstreamError, UpstreamRefused
from medai_assets.transport.http import Http
from medai_assets.transport.redirects import problem_of
from medai_assets.transport.upstreams import Upstream
from medai_assets_tests.transport.faulty_server import FaultyServer, faulty_server, reply

Client = Callable[..., Http]
KEY = "planted-key-7f3a9c"


@pytest.fixture
def elsewhere() -> Iterator[FaultyServer]:
    """Another host, to which the upstream sends its clients."""
    with faulty_server() as running:
        yield running


@pytest.mark.parametrize("status", [307, 308])
def test_a_form_is_not_sent_to_another_host(
    server: FaultyServer, elsewhere: FaultyServer, client: Client, status: int
) -> None:
    server.script = [reply(status, Location=f"{elsewhere.url}/take")]
    http = client(key=SecretStr(KEY), key_parameter="api_key", parameters={"email": "person@example.org"})
    with suppress(UpstreamError):
        http.post("search", {"term": "pain"})
    sent = b"".join(asked.path.encode() + asked.body for asked in elsewhere.asked)
    assert KEY.encode() not in sent
    assert b"person" not in sent


def test_a_file_is_fetched_from_a_host_that_the_source_names_without_the_key(
    server: FaultyServer, elsewhere: FaultyServer, client: Client, tmp_path: Path
) -> None:
    server.script = [reply(302, Location=f"{elsewhere.url}/take")]
    elsewhere.otherwise = reply(200, b"the file")
    http = client(key=SecretStr(KEY), key_header="X-Api-Key", downloads_from=("127.0.0.*",))
    http.download("x", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"the file"
    assert len(elsewhere.asked) == 1
    assert KEY not in str(elsewhere.asked[0].headers)


@pytest.mark.parametrize("address", ["169.254.169.254", "10.0.0.1", "[fd00::1]"])
def test_a_redirect_into_the_machines_own_network_is_not_followed(
    server: FaultyServer, client: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    connect = socket.socket.connect

    def watched(self: socket.socket, place: tuple[str, int]) -> None:
        if place[0].startswith("127."):
            return connect(self, place)
        tried.append(place[0])
        raise OSError("no connection is made from a test")

    monkeypatch.setattr(socket.socket, "connect", watched)
    server.otherwise = reply(302, Location=f"http://{address}/latest/meta-data/")
    with pytest.raises(UpstreamError):
        client(attempts=1).get("x")
    assert tried == []


def test_a_named_host_whose_name_leads_into_the_private_network_gets_no_request(
    elsewhere: FaultyServer, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As who answers for names may have it: the name is one that the source names for downloads."""
    port = int(elsewhere.url.rpartition(":")[2])
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))],
    )
    named = client(base_url="http://api.example.org", downloads_from=("files.example.org",))
    with pytest.raises(UpstreamRefused, match="private network"):
        named.download("http://files.example.org/x", tmp_path / "file")
    assert elsewhere.asked == []
    named.download("x", tmp_path / "own")  # whoever sets an upstream's address may place it anywhere
    assert len(elsewhere.asked) == 1


def test_a_host_that_the_source_does_not_name_is_not_asked(
    server: FaultyServer, elsewhere: FaultyServer, client: Client
) -> None:
    server.otherwise = reply(302, Location=f"{elsewhere.url}/take")
    with pytest.raises(
        UpstreamRefused, match="another host, and those that the source names for downloads are none"
    ):
        client().get("x")
    assert elsewhere.asked == []


def test_an_address_in_a_reply_is_held_to_the_same(client: Client, elsewhere: FaultyServer) -> None:
    """As the bulk manifest names the files that are to be fetched; what it says of a key is not repeated."""
    http = client(base_url="https://api.example.org", key=SecretStr(KEY), key_header="X-Api-Key")
    with pytest.raises(UpstreamRefused, match="this address will not be requested") as caught:
        http.get(f"{elsewhere.url}/take/{KEY}")
    assert KEY not in str(caught.value)
    assert elsewhere.asked == []


@pytest.mark.parametrize("after_host", ["\\@api.example.org/a", "\\.api.example.org/a", ":x/a"])
def test_an_address_that_two_parsers_read_differently_is_not_asked(
    client: Client, elsewhere: FaultyServer, after_host: str
) -> None:
    """``urlsplit`` sees the host behind the @, urllib3 the one before the backslash, and it is urllib3 that connects."""
    with pytest.raises(UpstreamRefused, match="this address will not be requested"):
        client(base_url="http://api.example.org").get(f"{elsewhere.url}{after_host}")
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    "location",
    ["http://[bad/", "http://a:b:c/", "http://℀.example.org/", "////127.0.0.1/x", "https:////evil.example/x"],
)
def test_a_redirect_to_what_is_no_address_is_refused_in_words(
    server: FaultyServer, client: Client, location: str
) -> None:
    server.otherwise = reply(302, Location=location.encode().decode("latin-1"))
    with pytest.raises(UpstreamRefused, match="it is not a plain host address"):
        client().get("x")


@pytest.mark.parametrize("secret", [KEY, "person@example.org", "person%40example.org", KEY.upper()])
def test_a_redirect_that_takes_the_key_to_another_host_is_refused(
    server: FaultyServer, elsewhere: FaultyServer, client: Client, tmp_path: Path, secret: str
) -> None:
    server.otherwise = reply(302, Location=f"{elsewhere.url}/take?of={secret}")
    http = client(
        key=SecretStr(KEY), parameters={"email": "person@example.org"}, downloads_from=("127.0.0.*",)
    )
    with pytest.raises(UpstreamRefused, match="holds the key or the address of a person"):
        http.download("x", tmp_path / "file")
    assert elsewhere.asked == []


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_form_is_not_turned_into_a_question_without_it(
    server: FaultyServer, client: Client, status: int
) -> None:
    """A browser fetches what a form leads to; here it would be the answer to another question."""
    server.script = [reply(status, Location=f"{server.url}/base/other")]
    with pytest.raises(UpstreamRefused, match="the form would be lost"):
        client().post("search", {"term": "pain"})
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("method", "asked", "told", "problem"),
    [
        ("GET", "https://api.example.org/a", "https://api.example.org/b", ""),
        ("POST", "https://api.example.org/a", "https://api.example.org:443/b", ""),
        ("GET", "http://api.example.org/a", "https://api.example.org/a", ""),
        ("GET", "https://api.example.org/a", "https://cdn.example.org/a", ""),
        ("HEAD", "https://api.example.org/a", "https://cdn.example.org/a", ""),
        ("GET", "https://api.example.org/a", "https://files.example.org/a", ""),
        ("GET", "https://api.example.org/a", "http://api.example.org/a", "leave https"),
        ("GET", "https://cdn.example.org/a", "http://cdn.example.org/a", "leave https"),
        ("POST", "https://api.example.org/a", "https://cdn.example.org/a", "a form"),
        ("GET", "https://api.example.org/a", "https://cdn.example.org.evil.net/a", "another host"),
        ("GET", "https://api.example.org/a", "https://192.168.0.1/a", "private network"),
        ("GET", "https://api.example.org/a", "https://[::1]/a", "private network"),
        ("GET", "https://api.example.org/a", "https://169.254.169.254/latest", "private network"),
        ("GET", "https://api.example.org/a", "https://localhost/a", "private network"),
        ("GET", "https://api.example.org/a", "https://[::ffff:169.254.169.254]/a", "private network"),
        ("GET", "https://api.example.org/a", "https://user@api.example.org/a", "not a plain host address"),
        ("GET", "https://api.example.org/a", "https://cdn.example.org:0x/a", "not a plain host address"),
        ("GET", "https://api.example.org/a", "https://[64:ff9b::a9fe:a9fe]/a", "private network"),
        ("GET", "https://api.example.org/a", "https://[2002:a00:1::]/a", "private network"),
        ("GET", "https://api.example.org/a", "https://[::169.254.169.254]/a", "private network"),
        ("GET", "https://api.example.org/a", "https://[64:ff9b:1::a9fe:a9fe]/a", "private network"),
        ("GET", "https://api.example.org/a", "https://cdn.example.org:443/a", ""),
        ("GET", "https://api.example.org/a", "https://cdn.example.org:8443/a", "a port"),
        ("GET", "https://api.example.org/a", "https://cdn.example.org:22/a", "a port"),
        ("GET", "http://api.example.org/a", "https://api.example.org:6379/a", "another port"),
        ("GET", "https://api.example.org/a", "file:///etc/passwd", "scheme"),
    ],
)
def test_where_a_request_may_follow(method: str, asked: str, told: str, problem: str) -> None:
    upstream = Upstream(
        "test",
        "https://api.example.org",
        (),
        endpoints=("https://files.example.org",),
        downloads_from=("cdn.example.org", "192.*", "localhost", "169.*", "::1"),
    )
    found = problem_of(method, asked, told, upstream)
    assert problem in found
    assert bool(found) == bool(problem)
