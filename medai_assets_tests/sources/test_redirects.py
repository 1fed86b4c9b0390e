"""Where a reply sends the client: to the upstream's own hosts, never with the key, never into this machine's network."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from pydantic import SecretStr

from medai_assets.transport.errors import UpstreamError
from medai_assets.transport.http import Http
from medai_assets_tests.open_faults import open_fault
from medai_assets_tests.transport.faulty_server import FaultyServer, faulty_server, reply

Client = Callable[..., Http]
ISSUE = "collection nothing can stop"
KEY = "planted-key-7f3a9c"


@pytest.fixture
def elsewhere() -> Iterator[FaultyServer]:
    """Another host, to which the upstream sends its clients."""
    with faulty_server() as running:
        yield running


@open_fault(ISSUE, "a redirect of a POST takes key and address to another host")
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


def test_a_key_in_a_header_is_not_sent_to_another_host(
    server: FaultyServer, elsewhere: FaultyServer, client: Client
) -> None:
    server.script = [reply(302, Location=f"{elsewhere.url}/take")]
    client(key=SecretStr(KEY), key_header="X-Api-Key").get("x")
    assert len(elsewhere.asked) == 1
    assert KEY not in str(elsewhere.asked[0].headers)


@open_fault(ISSUE, "a redirect to the machine's own metadata service is followed")
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
