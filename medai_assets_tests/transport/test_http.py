"""The one HTTP client: it repeats what may help, never what was refused, and keeps the key to itself."""

from __future__ import annotations

import gzip
import hashlib
import logging
import pickle
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from medai_assets.sources.pubmed.source import is_ncbi_rate_limit
from medai_assets.transport.errors import (
    ReplyInvalid,
    UpstreamError,
    UpstreamRefused,
    UpstreamUnavailable,
)
from medai_assets.transport.http import Http
from medai_assets.transport.limits import Rate
from medai_assets.transport.reply import Reply
from medai_assets_tests.transport.faulty_server import (
    FaultyServer,
    cut,
    cut_chunks,
    dripping,
    faulty_server,
    hung_up,
    raw,
    reply,
)
from medai_assets_tests.waiting import PATIENCE

Client = Callable[..., Http]
KEY = "planted+key/7f3a9c"


def test_a_reply_has_its_body_its_headers_and_when_it_came(server: FaultyServer, client: Client) -> None:
    server.script = [reply(200, b'{"a": 1}', X_Total="7")]
    got = client().get("list", params={"q": "a b"})
    assert (got.status, got.json(), got.headers["x-total"]) == (200, {"a": 1}, "7")
    assert server.asked[0].path == "/base/list?q=a+b"
    assert got.url == "sandbox:/base/list?q=a+b"
    assert datetime.now(UTC) - got.retrieved_at < timedelta(seconds=5)


def test_a_gzipped_body_is_unpacked(server: FaultyServer, client: Client) -> None:
    server.script = [reply(200, gzip.compress(b"plain"), Content_Encoding="gzip")]
    assert client().get("x").body == b"plain"
    assert server.asked[0].headers["Accept-Encoding"] == "gzip"


def test_it_says_who_it_is_and_keeps_its_connection(server: FaultyServer, client: Client) -> None:
    http = client()
    for _ in range(3):
        http.get("x")
    assert all(asked.headers["User-Agent"].startswith("medai-assets/") for asked in server.asked)
    assert len({asked.connection for asked in server.asked}) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_later_is_asked_again(status: int, server: FaultyServer, client: Client) -> None:
    server.script = [reply(status), reply(status)]
    http = client()
    assert http.get("x").json() == {"fine": True}
    assert (http.tally.requests, http.tally.retries) == (3, 2)


def test_retry_after_is_honoured_and_holds_back_other_clients_too(
    server: FaultyServer, client: Client
) -> None:
    server.script = [reply(429, Retry_After="1")]
    client().get("x")
    assert server.asked[1].at - server.asked[0].at >= 1.0
    server.script = [reply(429, Retry_After="1")]
    with pytest.raises(UpstreamUnavailable):
        client(attempts=1).get("x")
    client().get("x")
    assert server.asked[3].at - server.asked[2].at >= 1.0


def test_retry_after_may_be_a_date(server: FaultyServer, client: Client) -> None:
    begun = time.monotonic()
    moment = datetime.now(UTC) + timedelta(seconds=2)
    server.script = [reply(503, Retry_After=format_datetime(moment, usegmt=True))]
    client().get("x")
    assert server.asked[1].at - begun >= 0.9


def test_a_pause_longer_than_the_deadline_is_not_waited_for(server: FaultyServer, client: Client) -> None:
    server.script = [reply(429, b'{"error": {"message": "slow down"}}', Retry_After="3600")]
    begun = time.monotonic()
    with pytest.raises(UpstreamUnavailable, match=r"429: slow down; it asks for a pause of 3,600 s"):
        client(deadline=PATIENCE).get("x")
    assert time.monotonic() - begun < PATIENCE


def test_what_stays_broken_is_given_up_with_the_upstreams_own_words(
    server: FaultyServer, client: Client
) -> None:
    server.otherwise = reply(500, b'{"error": {"code": "SERVER_ERROR", "message": "Check your request"}}')
    with pytest.raises(UpstreamUnavailable, match="answered 500: Check your request") as caught:
        client().get("x")
    assert len(server.asked) == 4
    assert caught.value.status == 500
    assert "goes on from the last finished request" in str(caught.value)


def test_no_cookie_is_sent_back(server: FaultyServer, client: Client) -> None:
    server.otherwise = reply(200, b"{}", Set_Cookie="seen=yes; Path=/")
    http = client()
    http.get("x")
    server.script = [reply(302, Location="/base/y", Set_Cookie="led=yes; Path=/")]
    http.get("x")
    assert [asked.headers.get("Cookie") for asked in server.asked] == [None, None, None]


@pytest.mark.parametrize("sign", [b"<", b"/"])
def test_words_of_an_error_are_found_in_proportion(sign: bytes, server: FaultyServer, client: Client) -> None:
    server.otherwise = reply(500, sign * 65_000)
    begun = time.process_time()
    with pytest.raises(UpstreamUnavailable):
        client().get("x")
    assert time.process_time() - begun < 2  # a square takes several a reply


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
def test_no_is_never_asked_again(status: int, server: FaultyServer, client: Client) -> None:
    server.otherwise = reply(status, b'{"message": "No."}')
    with pytest.raises(UpstreamRefused, match=rf"answered {status}: No\.") as caught:
        client().get("x")
    assert (len(server.asked), caught.value.status) == (1, status)


def test_a_missing_key_is_named_by_its_variable(server: FaultyServer, client: Client) -> None:
    server.otherwise = reply(401)
    with pytest.raises(UpstreamRefused, match="set TEST_API_KEY in the environment"):
        client().get("x")
    with pytest.raises(UpstreamRefused, match="Check the key in TEST_API_KEY"):
        client(key=SecretStr("wrong"), key_header="apikey").get("x")


def test_a_status_that_is_an_answer_comes_back(server: FaultyServer, client: Client) -> None:
    server.script = [reply(404, b"the end"), reply(304)]
    assert client().get("x", accept=(404,)).body == b"the end"
    assert client().get("x", headers={"If-None-Match": '"1"'}).status == 304


@pytest.mark.parametrize(
    "broken",
    [
        cut(b'{"a": 1', 100),
        cut_chunks(b'{"a": 1'),
        hung_up,
        reply(200, gzip.compress(b'{"a": 1}' * 99)[:-9], Content_Encoding="gzip"),
        reply(200, b"not gzip at all", Content_Encoding="gzip"),
    ],
    ids=["cut short", "cut chunks", "hung up", "truncated gzip", "damaged gzip"],
)
def test_a_broken_body_is_asked_again(broken: object, server: FaultyServer, client: Client) -> None:
    server.script = [broken]  # type: ignore[list-item]
    http = client()
    assert http.get("x").json() == {"fine": True}
    assert http.tally.retries == 1


def test_a_body_that_drips_ends_at_the_deadline(server: FaultyServer, client: Client) -> None:
    server.otherwise = dripping(b"x" * 100_000, 0.02)
    begun = time.monotonic()
    with pytest.raises(UpstreamUnavailable, match="too slow"):
        client(deadline=0.5).get("x")
    assert time.monotonic() - begun < PATIENCE, "the body alone takes longer"


_OK = b"HTTP/1.1 200 OK\r\n"
_MOVED = b"HTTP/1.1 302 Found\r\n"


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (_OK + b"Content-Length: \xb2\r\n\r\n{}", "cut short"),
        (_OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}", "cut short"),
        (_OK + b"Content-MD5: !!!a\r\nContent-Length: 2\r\n\r\n{}", "announced was !!!a"),
        (_OK + b"Content-MD5: \xe9\xe9\r\nContent-Length: 2\r\n\r\n{}", "announced was"),
        (b"HTTP/1.1 503 x\r\nRetry-After: \xb2\r\nContent-Length: 0\r\n\r\n", "answered 503"),
        (b"HTTP/1.1 503 x\r\nRetry-After: " + b"9" * 5000 + b"\r\nContent-Length: 0\r\n\r\n", "31,536,000 s"),
        (_MOVED + b"Location: /b\xe9\xff\r\nContent-Length: 0\r\n\r\n", "not an address"),
        (_MOVED + b"Content-Length: 0\r\n\r\n", "answered 302"),
        (b"HTTP/1.1 204 None\r\n\r\n", "answered 204"),
        (b"HTTP/1.1 206 Part\r\nContent-Length: 2\r\n\r\n{}", "answered 206"),
        (b"HTTP/1.1 300 Choose\r\nContent-Length: 2\r\n\r\n{}", "answered 300"),
        (b"HTTP/1.1 304 Same\r\n\r\n", "answered 304"),
    ],
)
def test_an_odd_head_of_a_reply_is_told_and_no_file_comes_of_it(
    head: bytes, told: str, server: FaultyServer, client: Client, tmp_path: Path
) -> None:
    server.otherwise = raw(head)
    with pytest.raises(UpstreamError, match=told):
        client(attempts=2).download("x", tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_what_a_redirect_says_beside_its_address_is_not_read(server: FaultyServer, client: Client) -> None:
    server.script = [raw(_MOVED + b"Location: /base/y\r\n\r\n", then=b"x" * 65536)]
    assert client().get("x").json() == {"fine": True}


@pytest.mark.parametrize(
    "first", [b"", _OK + b"X-Long: "], ids=["100 again and again", "a header by letters"]
)
def test_a_head_that_does_not_end_is_given_up(first: bytes, server: FaultyServer, client: Client) -> None:
    server.otherwise = raw(first, then=b"x" if first else b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.01)
    with pytest.raises(UpstreamUnavailable, match="timed out"):
        client(attempts=1, read_timeout=0.3).get("x")


def test_a_server_that_is_not_there_is_unavailable(client: Client) -> None:
    with pytest.raises(UpstreamUnavailable, match="no connection"):
        client(base_url="http://127.0.0.1:9", attempts=2).get("x")


def test_an_error_with_status_200_is_an_error(server: FaultyServer, client: Client) -> None:
    server.script = [
        reply(200, b'{"error":"API rate limit exceeded","api-key":"1.2.3.4","count":"4","limit":"3"}')
    ]
    http = client(examine=is_ncbi_rate_limit)
    assert http.get("x").json() == {"fine": True}
    assert http.tally.retries == 1


def test_a_reply_that_is_not_as_expected_is_asked_again_and_then_refused(
    server: FaultyServer, client: Client
) -> None:
    server.script = [reply(200, b'{"cut": ')]
    assert client().get("x", expect=Reply.json).json() == {"fine": True}
    server.otherwise = reply(200, b'{"cut": ')
    with pytest.raises(ReplyInvalid, match="not JSON"):
        client().get("x", expect=Reply.json)


def test_an_upstream_whose_replies_stay_wrong_is_asked_once_for_each_further_one(
    server: FaultyServer, client: Client
) -> None:
    """Else a section of a thousand pages that are all a notice of maintenance would be asked for through a night."""
    server.otherwise, http = reply(200, b"<html>"), client()

    def asked_in_vain() -> int:
        before = len(server.asked)
        with pytest.raises(ReplyInvalid):
            http.get("x", expect=Reply.json)
        return len(server.asked) - before

    assert [asked_in_vain() for _ in range(5)] == [4, 4, 4, 1, 1]
    server.script = [reply(200, b"{}")]
    http.get("x", expect=Reply.json)
    assert asked_in_vain() == 4


def test_json_with_raw_line_ends_is_read(server: FaultyServer, client: Client) -> None:
    server.script = [reply(200, b'{"ERROR": "line one\nline two"}')]
    assert client().get("x").json() == {"ERROR": "line one\nline two"}


def test_a_form_is_posted_with_the_upstreams_own_parameters(server: FaultyServer, client: Client) -> None:
    http = client(parameters={"tool": "medai-assets"}, key=SecretStr("k1"), key_parameter="api_key")
    got = http.post("efetch", {"id": "1,2"})
    assert server.asked[0].body == b"id=1%2C2&tool=medai-assets&api_key=k1"
    assert "k1" not in got.url


def test_an_allowance_used_up_is_said_at_once(client: Client) -> None:
    http = client(rates=(Rate(1, 86_400.0),))
    http.get("x")
    with pytest.raises(UpstreamUnavailable, match="allowance is used up"):
        http.get("x")


# the key


@pytest.mark.parametrize("place", [{"key_header": "apikey"}, {"key_parameter": "api_key"}])
def test_the_key_is_in_the_request_and_nowhere_else(
    place: dict[str, str], server: FaultyServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script = [
        reply(200, f'{{"you": "{KEY}"}}'.encode(), Link=f"<{server.url}/next?api_key={KEY}&page=2>"),
        reply(500, f'{{"error": "API rate limit exceeded", "api-key": "{KEY}"}}'.encode()),
        reply(403, f"key {KEY} is not known".encode()),
        raw(b"HTTP/1.1 200 OK\r\nno header ", KEY.encode(), b"\r\nContent-Length: 2\r\n\r\n{}"),
    ]
    http = client(key=SecretStr(KEY), **place)
    got = http.get("x", params={"q": "1"})
    with pytest.raises(UpstreamRefused) as caught:
        http.get("x")
    http.get("x", params={"q": "1"})
    sent = server.asked[0]
    assert sent.headers.get("apikey") == KEY or "api_key=planted%2Bkey%2F7f3a9c" in sent.path
    for seen in (
        got,
        got.body,
        dict(got.headers),
        str(caught.value),
        pickle.dumps(caught.value),
        caplog.text,
        http,
    ):
        assert "7f3a9c" not in repr(seen)
    assert caplog.text, "the log was looked at"


@pytest.mark.parametrize(
    "broken",
    [
        b"key \x1b[0m%s\x00%s",
        b"key %s\r\n %s",
        b"<p>key <b>%s</b>%s</p>",
        b'{"message": "key %s\x1b[31m%s"}',
        b'{"message": "key %s<b>%s</b>"}',
        "key %s%s".encode("utf-16"),
    ],
)
def test_a_key_that_an_error_says_in_pieces_is_not_put_together(
    broken: bytes, server: FaultyServer, client: Client
) -> None:
    half = len(KEY) // 2
    wide = broken[:2] in (b"\xff\xfe", b"\xfe\xff")
    said = (
        broken.decode("utf-16") % (KEY[:half], KEY[half:])
        if wide
        else broken.decode() % (KEY[:half], KEY[half:])
    )
    server.otherwise = reply(403, said.encode("utf-16" if wide else "utf-8"))
    with pytest.raises(UpstreamRefused) as caught:
        client(key=SecretStr(KEY), key_header="apikey").get("x")
    assert "7f3a9c" not in str(caught.value)
    assert "planted" not in str(caught.value)


def test_the_key_goes_to_its_own_host_only(server: FaultyServer, client: Client) -> None:
    with faulty_server() as elsewhere:
        other = elsewhere.url.replace("127.0.0.1", "localhost")
        server.script = [reply(302, Location=f"{other}/moved")]
        http = client(key=SecretStr(KEY), key_header="apikey", downloads_from=("localhost",))
        http.get("x")
        http.get(f"{other}/y")
        assert len(elsewhere.asked) + len(server.asked) == 3
        assert all("apikey" not in asked.headers for asked in elsewhere.asked)


def test_a_broken_connection_names_no_key(client: Client) -> None:
    http = client(base_url="http://127.0.0.1:9", attempts=1, key=SecretStr(KEY), key_parameter="api_key")
    with pytest.raises(UpstreamUnavailable) as caught:
        http.get("x")
    error: BaseException | None = caught.value
    while error is not None:
        assert "7f3a9c" not in repr(error)
        error = error.__cause__ or error.__context__


# files


def test_a_file_comes_whole(server: FaultyServer, client: Client, tmp_path: Path) -> None:
    body = b"some bytes" * 100_000
    server.script = [reply(200, body, ETag='"v1"')]
    http = client()
    got = http.download("f.bin", tmp_path / "f.bin", md5=hashlib.md5(body).hexdigest())
    assert (tmp_path / "f.bin").read_bytes() == body
    assert (got.bytes, http.tally.bytes) == (len(body), len(body))


@pytest.mark.parametrize(
    ("answer", "wrong", "error"),
    [
        (cut(b"half", 8), {}, UpstreamUnavailable),
        (reply(200, b"other"), {"md5": hashlib.md5(b"announced").hexdigest()}, ReplyInvalid),
        (reply(200, b"large" * 100), {"max_bytes": 10}, ReplyInvalid),
        (reply(404), {}, UpstreamRefused),
    ],
    ids=["cut", "wrong md5", "too large", "not there"],
)
def test_or_it_is_not_there_at_all(
    answer: object, wrong: dict, error: type[Exception], server: FaultyServer, client: Client, tmp_path: Path
) -> None:
    server.otherwise = answer  # type: ignore[assignment]
    (tmp_path / "kept").mkdir()
    with pytest.raises(error):
        client(attempts=2).download("f.bin", tmp_path / "kept" / "f.bin", **wrong)
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_file_that_was_wrong_once_is_fetched_again(
    server: FaultyServer, client: Client, tmp_path: Path
) -> None:
    server.script = [reply(200, b"wrong"), cut(b"righ", 5), reply(200, b"right")]
    client().download("f", tmp_path / "f", md5=hashlib.md5(b"right").hexdigest())
    assert (tmp_path / "f").read_bytes() == b"right"


def test_a_gz_file_stays_packed_even_when_it_is_called_an_encoding(
    server: FaultyServer, client: Client, tmp_path: Path
) -> None:
    packed = gzip.compress(b"text")
    server.script = [reply(200, packed, Content_Encoding="x-gzip")]
    client().download("f.xml.gz", tmp_path / "f.xml.gz", md5=hashlib.md5(packed).hexdigest())
    assert (tmp_path / "f.xml.gz").read_bytes() == packed


def test_only_the_headers(server: FaultyServer, client: Client) -> None:
    server.script = [reply(200, b"body", ETag='"7"')]
    got = client().head("x")
    assert (got.headers["etag"], got.body, server.asked[0].method) == ('"7"', b"", "HEAD")
