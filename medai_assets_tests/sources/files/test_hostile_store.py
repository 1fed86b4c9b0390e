"""An object store that never comes to an end: of its list of files, of a file, of an answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from medai_assets.sources.files import folder
from medai_assets.transport.errors import CollectionFailed
from medai_assets_tests.object_store import KEYS
from medai_assets_tests.sources.files.conftest import PAIRS, Mine

TABLE = b"id,q,a\n1,Why?,So.\n"
PIECE = TABLE * 4_096


class Hostile(BaseHTTPRequestHandler):
    """A bucket with one sound file, unless ``ways`` names in what it is hostile."""

    ways: frozenset[str] = frozenset()
    stated = 0  # bytes of the file; 0: what it has
    stopped = threading.Event()

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(self.stated or len(TABLE)))
        self.send_header("ETag", '"a"')
        self.end_headers()

    def do_GET(self) -> None:
        if "refused" in self.ways:
            self.send_response(403)
            self.end_headers()
            self.endlessly(b"<Error>" * 4_096)
        elif "list-type=2" in self.path:
            self.listing()
        else:
            self.send_response(200)
            self.send_header("ETag", '"a"')
            if "file" in self.ways:
                self.end_headers()
                self.endlessly(PIECE)
            else:
                self.send_header("Content-Length", str(len(TABLE)))
                self.end_headers()
                self.wfile.write(TABLE)

    def listing(self) -> None:
        self.send_response(200)
        if "drip" in self.ways:
            self.end_headers()
            self.endlessly(b" ", pause=0.05)
            return
        if "page" in self.ways:
            self.end_headers()
            self.wfile.write(b"<ListBucketResult><Name>b</Name>")
            self.endlessly(b"<Contents><Key>in/a.csv</Key></Contents>" * 4_096)
            return
        number = time.monotonic_ns() if "list" in self.ways else 0
        size = self.stated or len(TABLE)
        keys = (
            f"<Contents><Key>in/{number + n}.csv</Key><LastModified>2026-11-01T00:00:00.000Z</LastModified><ETag>&quot;a&quot;"
            f"</ETag><Size>{size}</Size></Contents>"
            for n in range(0 if self.ways & {"empty pages", "folders"} else 200 if number else 1)
        )
        below = "<CommonPrefixes><Prefix>in/x/</Prefix></CommonPrefixes>" * (300 * ("folders" in self.ways))
        more = bool(self.ways & {"list", "empty pages", "folders"})
        head = (
            f"<IsTruncated>{str(more).lower()}</IsTruncated><NextContinuationToken>t</NextContinuationToken>"
        )
        body = f"<ListBucketResult><Name>b</Name>{head}{''.join(keys)}{below}</ListBucketResult>".encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def endlessly(self, piece: bytes, pause: float = 0.0) -> None:
        try:
            while not self.stopped.wait(pause):
                self.wfile.write(piece)
        except OSError:
            pass

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def hostile() -> Iterator[type[Hostile]]:
    s3fs = pytest.importorskip("s3fs", reason="needs s3fs (the extra s3)")
    s3fs.S3FileSystem.clear_instance_cache()  # clients are kept, with the server that they ask

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": address}.items():
            environment.setenv(name, value)
        yield Hostile
    Hostile.stopped.set()
    s3fs.S3FileSystem.clear_instance_cache()
    server.shutdown()
    server.server_close()


def collected(mine: Mine, hostile: type[Hostile], *ways: str, stated: int = 0) -> None:
    hostile.ways, hostile.stated = frozenset(ways), stated
    mine.sets(faq=("*.csv", f"{PAIRS}\n  folder: s3://b/in"))
    mine.collect("faq")


def test_a_sound_one_is_read(mine: Mine, hostile: type[Hostile]) -> None:
    collected(mine, hostile)
    assert mine.ids("faq") == ["1"]


@pytest.mark.parametrize("way", ["list", "folders"])
def test_a_list_without_end_is_told(
    mine: Mine, hostile: type[Hostile], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(folder, "MOST_FILES", 1_000)
    with pytest.raises(CollectionFailed, match=r"there are more than 1,000 files below s3://b/in"):
        collected(mine, hostile, way)


@pytest.mark.parametrize("way", ["page", "refused"])
def test_a_reply_of_more_bytes_than_any_is_told(mine: Mine, hostile: type[Hostile], way: str) -> None:
    with pytest.raises(CollectionFailed, match=r"cannot be listed: a reply has more than 4,194,304 bytes"):
        collected(mine, hostile, way)


@pytest.mark.parametrize("way", ["empty pages", "drip"])
def test_an_answer_without_end_is_told(
    mine: Mine, hostile: type[Hostile], monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(folder, "ANSWERED_WITHIN", 0.5)
    with pytest.raises(CollectionFailed, match=r"cannot be listed: no whole answer came within"):
        collected(mine, hostile, way)


def test_a_file_without_end_is_told(mine: Mine, hostile: type[Hostile]) -> None:
    with pytest.raises(CollectionFailed, match=r"0.csv changed while it was read"):
        collected(mine, hostile, "file")


def test_a_file_without_end_that_is_stated_as_large_is_told(
    mine: Mine, hostile: type[Hostile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "COPIED_WITHIN", 0.5)
    with pytest.raises(CollectionFailed, match=r"0.csv cannot be read \(no whole answer came within"):
        collected(mine, hostile, "file", stated=1 << 32)


def test_a_table_of_more_bytes_than_any_is_set_aside(mine: Mine, hostile: type[Hostile]) -> None:
    collected(mine, hostile, "file", stated=1 << 62)
    assert mine.rejected("faq") == [("too large", "0.csv: more than 8,589,934,592 bytes; divide it")]
