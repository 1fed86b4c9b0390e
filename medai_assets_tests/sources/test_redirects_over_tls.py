"""Downloads that an upstream sends to another host, over TLS with a certificate authority of the tests' own.

Names lead to one server on this machine, which stands for all hosts of the network; 127.0.0.2 passes for a public address.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from medai_assets.foundation.redaction import Secrets
from medai_assets.settings import Settings
from medai_assets.sources.registry import SOURCES, upstream
from medai_assets.transport import request
from medai_assets.transport.errors import UpstreamRefused
from medai_assets.transport.http import Http
from medai_assets_tests.transport.faulty_server import FaultyServer, faulty_server, reply

pytest.importorskip("cryptography", reason="makes the certificates")
KEY, PERSON = "planted-key-7f3a9c/+Z", "planted.person@example.org"
PUBLIC = "127.0.0.2"
ASKED = {
    name: urlsplit(one.endpoints[0].address).hostname or "" for name, one in SOURCES.items() if one.endpoints
}
LEAVING = [(name, host.replace("*", "cdn-1")) for name in ASKED for host in SOURCES[name].downloads_from]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``ca.pem``, and ``server.pem``: a certificate for every host, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder, now = tmp_path_factory.mktemp("tls"), datetime.now(UTC)
    authority, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer, subject = (
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("authority", "server")
    )
    hosts = sorted({*ASKED.values(), *(host for _, host in LEAVING)})

    def signed(name: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType) -> bytes:
        made = x509.CertificateBuilder(issuer, name, key.public_key(), x509.random_serial_number())
        made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        certificate = made.add_extension(extension, critical=True).sign(authority, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM)

    (folder / "ca.pem").write_bytes(
        signed(issuer, authority, x509.BasicConstraints(ca=True, path_length=None))
    )
    (folder / "server.pem").write_bytes(
        signed(subject, server, x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]))
        + server.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder


@pytest.fixture
def network(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServer]:
    """The server, behind every name; whoever looks a number up fails the test, for nothing is to be asked there."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates / "server.pem")
    with faulty_server(PUBLIC, tls) as server:
        port = int(server.url.rpartition(":")[2])

        def address(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
            assert host in {*ASKED.values(), *(host for _, host in LEAVING)}, f"{host} was looked up"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, port))]

        monkeypatch.setattr(socket, "getaddrinfo", address)
        private = request.is_private
        monkeypatch.setattr(request, "is_private", lambda host: host != PUBLIC and private(host))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "ca.pem"))
        yield server


@contextmanager
def client(source: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Http]:
    """The source's client at the live address, with a key and a person's address where it takes them."""
    if key := SOURCES[source].key:
        monkeypatch.setenv(key.variable, KEY)
    settings = Settings(data=str(folder), profile="live", contact_email=PERSON)
    with Http(upstream(source, settings), rates_folder=folder / "rates") as http:
        yield http


@pytest.mark.parametrize(("source", "host"), LEAVING)
@pytest.mark.parametrize("status", [302, 307])
def test_a_download_goes_to_a_named_host_without_key_and_person(
    network: FaultyServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    source: str,
    host: str,
    status: int,
) -> None:
    network.script = [reply(status, b"not here", Location=f"https://{host}/file?of=1", Set_Cookie="a=b")]
    network.otherwise = reply(200, b"the file")
    with client(source, monkeypatch, tmp_path) as http:
        http.download("archive", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"the file"
    first, second = network.asked
    assert (first.headers["Host"], second.headers["Host"]) == (ASKED[source], host)
    assert (second.method, second.path, second.body) == ("GET", "/file?of=1", b"")
    sent = unquote(f"{second.path} {second.headers}")
    assert not Secrets([KEY, PERSON]).stand_in(sent)
    assert not {"authorization", "cookie", "referer", "from"} & {name.lower() for name in second.headers}
    assert bool(SOURCES[source].key) == (KEY in str(first.headers))


@pytest.mark.parametrize("source", sorted(ASKED))
def test_what_is_posted_goes_to_no_other_host(
    network: FaultyServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str
) -> None:
    other = next((host for name, host in LEAVING if name == source), LEAVING[0][1])
    network.otherwise = reply(308, Location=f"https://{other}/take")
    with client(source, monkeypatch, tmp_path) as http, pytest.raises(UpstreamRefused, match="no other host"):
        http.post("search", {"term": "pain"})
    assert [one.headers["Host"] for one in network.asked] == [ASKED[source]]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "[::1]", "[fd00::1]", "[fe80::1]", "[::ffff:169.254.169.254]", "[::ffff:7f00:1]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]",
        "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "127.1", "0", "localhost", "metadata.google.internal",
    ],
)  # fmt: skip
def test_a_download_goes_to_no_private_address(
    network: FaultyServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str
) -> None:
    source = "huggingface"  # whose list has names with any beginning
    network.otherwise = reply(302, Location=f"https://{host}/latest/meta-data/")
    with client(source, monkeypatch, tmp_path) as http, pytest.raises(UpstreamRefused):
        http.download("archive", tmp_path / "file")
    assert [one.headers["Host"] for one in network.asked] == [ASKED[source]]
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize(
    "location", ["http://{host}/file", "https://{host}:8443/file", "https://{host}.evil.example/file"]
)
@pytest.mark.parametrize(("source", "host"), LEAVING)
def test_a_download_goes_nowhere_beside_the_named_host(
    network: FaultyServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    source: str,
    host: str,
    location: str,
) -> None:
    network.otherwise = reply(302, Location=location.format(host=host))
    with client(source, monkeypatch, tmp_path) as http, pytest.raises(UpstreamRefused):
        http.download("archive", tmp_path / "file")
    assert len(network.asked) == 1
