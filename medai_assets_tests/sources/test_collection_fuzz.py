"""Damaged replies of every upstream, through the real collectors: nothing is lost in silence, and nothing takes long.

The sandbox answers; between it and the collector one record of one reply is damaged. ``make fuzz`` tries many thousands a
source; here a few are tried with the same mutations, by a seed that stays.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import os
import random
import re
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pytest

from medai_assets.sandbox.files import PACKAGED
from medai_assets.sources.collection import CollectionReport
from medai_assets.sources.registry import SOURCES, sandbox_endpoints, slices
from medai_assets.transport.errors import CollectionFailed, UpstreamError
from medai_assets_tests.bench import Bench, workbench
from medai_assets_tests.corpus import damages
from medai_assets_tests.small_kit import citation, write_kit
from medai_assets_tests.transport.faulty_server import FaultyServer, faulty_server, reply
from medai_assets_tests.waiting import PATIENCE

ROUNDS = int(os.environ.get("MEDAI_COLLECTION_FUZZ", "4"))
SEED = os.environ.get("MEDAI_FUZZ_SEED", "")
LONGEST = 1.0  # seconds of processor time for the slices tried here, which are small
KEPT = ("content-type", "location", "etag", "last-modified")
ASKED = [name for name, source in SOURCES.items() if source.endpoints]
MANY = re.compile(rb"<PubmedArticle>.*?</PubmedArticle>", re.DOTALL)


@dataclass
class Between:
    """Passes every request on to the sandbox, and damages one record of the reply under ``path``."""

    sandbox: str
    server: FaultyServer
    path: str = ""
    seed: str = ""
    seen: set[str] = field(default_factory=set)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path
        self.seen.add(path)
        asked = self.server.asked[-1]
        status, headers, body = self._passed_on(asked.method, handler.path, asked.headers, asked.body)
        if status == 200 and path == self.path:
            body = damaged(body, random.Random(self.seed))
        elif (
            status == 200 and path == f"{self.path}.md5"
        ):  # the file is damaged before it is published, not under way
            _, _, whole = self._passed_on("GET", self.path, asked.headers, b"")
            digest = hashlib.md5(damaged(whole, random.Random(self.seed))).hexdigest()
            body = re.sub(rb"[0-9a-f]{32}", digest.encode(), body)
        kept = {name.replace("-", "_"): value for name, value in headers.items() if name in KEPT}
        reply(status, body, **kept)(handler)

    def _passed_on(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.sandbox).netloc, timeout=PATIENCE)
        plain = {name: value for name, value in headers.items() if name.lower() != "accept-encoding"}
        connection.request(method, path, body or None, plain)
        with connection.getresponse() as answer:
            found = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, found, answer.read()


def damaged(body: bytes, choose: random.Random) -> bytes:
    """The reply with one of its records damaged, or all of it where it holds one or is of no known form."""
    if body[:2] == b"\x1f\x8b":
        return gzip.compress(damaged(gzip.decompress(body), choose), mtime=0)
    if body[:4] == b"PK\x03\x04":
        return _in_zip(body, choose)
    if found := list(MANY.finditer(body)):
        one = choose.choice(found)
        return body[: one.start()] + mutated(one[0], choose) + body[one.end() :]
    if body[:1] == b"{" and b"\n{" in body:
        return _one_of(body.splitlines(keepends=True), choose)
    if body[:1] == b"{" and "meta" in (held := orjson.loads(body)) and len(held.get("results") or ()) > 1:
        told = [orjson.dumps(one) for one in held["results"]]
        place = choose.randrange(len(told))
        told[place] = mutated(told[place], choose)
        return b'{"meta":' + orjson.dumps(held["meta"]) + b',"results":[' + b",".join(told) + b"]}"
    if body.startswith(b"Record ID,"):
        head, *lines = body.splitlines(keepends=True)
        return head + _one_of(lines, choose)
    return mutated(body, choose)


def _one_of(lines: list[bytes], choose: random.Random) -> bytes:
    place = choose.randrange(len(lines))
    return b"".join([*lines[:place], mutated(lines[place], choose) + b"\n", *lines[place + 1 :]])


def mutated(record: bytes, choose: random.Random) -> bytes:
    return damages.damaged(record.decode("utf-8", "replace"), choose).encode("utf-8", "surrogatepass")


def _in_zip(body: bytes, choose: random.Random) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as whole, zipfile.ZipFile(target, "w") as made:
        names = whole.namelist()
        place = choose.choice([name for name in names if name.endswith(".xml")])
        for name in names:
            content = whole.read(name)
            made.writestr(zipfile.ZipInfo(name), mutated(content, choose) if name == place else content)
    return target.getvalue()


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = [
        citation(n, f"On asthma, part {n}", "Some words on asthma.", mesh=("Asthma",)) for n in range(1, 9)
    ]
    return write_kit(tmp_path_factory.mktemp("kit"), written, written)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kit: Path) -> Iterator[Bench]:
    (tmp_path / "records").symlink_to(PACKAGED, target_is_directory=True)
    with workbench(tmp_path, monkeypatch, kit) as bench:
        yield bench


@pytest.mark.parametrize("source", ASKED)
def test_a_damaged_reply_costs_what_is_damaged_or_is_refused_in_words(bench: Bench, source: str) -> None:
    wanted = slices(source, bench.settings)[0]
    with faulty_server() as server:
        between = Between(bench.base, server)
        server.otherwise = between.answer
        settings = bench.settings.with_endpoints(sandbox_endpoints(server.url))
        settings = settings.model_copy(update={"max_rejected_share": 1.0})

        def collected() -> CollectionReport:
            bench.forget()
            return bench.collect(wanted, settings=settings, from_scratch=True, force_shrink=True)

        sound = named(collected())
        assert sound, "nothing to damage"
        paths = sorted(between.seen)
        fates = Counter[str]()
        for number in range(ROUNDS):
            between.seed = f"{source} {SEED} {number}"
            between.path = random.Random(between.seed).choice(paths)
            fates[fate(collected, sound)] += 1
        print(source, dict(fates))
        assert fates.total() == ROUNDS
        assert not fates["lost"], fates


def named(report: CollectionReport) -> set[str]:
    rows = [*report.stored.table("records").to_pylist(), *report.stored.table("rejected").to_pylist()]
    return {row["record_id"] for row in rows if row["record_id"]}


def fate(collect: Callable[[], CollectionReport], sound: set[str]) -> str:
    """``refused`` in words, or ``published`` with every record of the sound reply as a record or a rejected row."""
    begun = time.process_time()
    try:
        report: CollectionReport | None = collect()
    except (UpstreamError, CollectionFailed) as error:
        report, told = None, str(error)
    assert time.process_time() - begun < LONGEST
    if report is None:
        assert told.isprintable()
        return "refused"
    found = named(report)
    rows = report.counts["records"] + report.counts["rejected"]
    if "announced, not received" in report.rejected_reasons:
        return "short, and said so"  # damage that swallows what follows in one JSON text: the row counts what is missing
    return "published" if not sound - found or rows >= len(sound) else "lost"
