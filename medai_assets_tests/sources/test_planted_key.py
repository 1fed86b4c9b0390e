"""A key that an upstream says back to us, in whatever spelling, is in nothing that a successful collection leaves."""

from __future__ import annotations

import base64
import gzip
import io
import json
import logging
import random
import urllib.parse
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from medai_assets.sources.registry import SOURCES, sandbox_endpoints, slices
from medai_assets_tests.bench import Bench
from medai_assets_tests.sources import test_collection_fuzz as fuzz
from medai_assets_tests.sources.test_collection_fuzz import bench, kit
from medai_assets_tests.transport.faulty_server import faulty_server

__all__ = ["bench", "kit"]
KEY = "Planted/4711+k=Ey"
# The hub's files are held against their digests, so that one that said the key back is refused.
KEYED = [name for name, one in SOURCES.items() if one.endpoints and one.key and one.record_prefix != "hf"]


def spellings() -> list[str]:
    """The key as it may come back."""
    quoted = urllib.parse.quote(KEY, safe="")
    return [
        KEY,
        KEY.upper(),
        KEY.lower(),
        quoted,
        quoted.lower(),
        json.dumps(KEY).strip('"').replace("/", "\\\\/"),
        "".join(f"&#{ord(c)};" for c in KEY),
        base64.b64encode(KEY.encode()).decode(),
        base64.b64encode(b"user:" + KEY.encode()).decode(),
        base64.b64encode(quoted.encode()).decode(),
        base64.b64encode(quoted.lower().encode()).decode(),
        urllib.parse.quote(quoted, safe=""),
        KEY.encode().hex(),
        base64.b32encode(KEY.encode()).decode(),
        KEY[::-1],
        "<b/>".join(KEY),
        "\\n".join(KEY),
    ]


def looked_for(content: bytes) -> list[str]:
    """Spellings of the key that stand in bytes, whatever their case."""
    lower = content.lower()
    return [form for form in spellings() if form.lower().encode() in lower]


def decoded(path: Path) -> Iterator[bytes]:
    """A file as it is and what it holds unpacked."""
    content = path.read_bytes()
    yield content
    if content[:4] == b"PAR1":
        table = pq.read_table(path)
        yield repr([column.to_pylist() for column in table.columns]).encode()
        yield repr(table.schema.metadata).encode()
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as whole:
            yield from (whole.read(name) for name in whole.namelist())


class Everywhere(fuzz.Between):
    """Changes every reply."""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.path = urllib.parse.urlsplit(handler.path).path
        super().answer(handler)


@pytest.mark.parametrize("source", KEYED)
def test_a_key_said_back_is_in_nothing_that_is_left(
    bench: Bench, source: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sent = SOURCES[source].key
    assert sent is not None
    monkeypatch.setenv(sent.variable, KEY)
    wanted = slices(source, bench.settings)[0]
    forms = spellings()

    def said_back(body: bytes, choose: random.Random) -> bytes:
        for number, form in enumerate(forms):
            for word in (b" the ", b" words "):
                body = body.replace(word, f" teh {form} ".encode(), 3 + number % 2)
        return body

    monkeypatch.setattr(fuzz, "damaged", said_back)
    with faulty_server() as server:
        between = Everywhere(bench.base, server)
        server.otherwise = between.answer
        settings = type(bench.settings)(data=bench.settings.data, profile="sample").with_endpoints(
            sandbox_endpoints(server.url)
        )
        report = bench.collect(wanted, settings=settings)
        asked = " ".join(f"{one.headers} {one.path} {one.body.decode()}" for one in server.asked)
        assert KEY in urllib.parse.unquote(asked), "the key was not sent"
    records = report.stored.table("records").to_pylist()
    assert any(" teh " in row["payload"] for row in records), "nothing was said back"
    left = [path for path in bench.kit.parent.rglob("*") if path.is_file()]
    assert [path for path in left if path.suffix == ".parquet"]
    assert not [(path, form) for path in left for content in decoded(path) for form in looked_for(content)]
    assert not looked_for(caplog.text.encode())
    assert not looked_for(repr(report).encode())
