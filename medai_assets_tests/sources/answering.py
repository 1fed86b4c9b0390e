"""Collecting from an upstream that answers given paths with given bytes, whatever they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from medai_assets.foundation.slices import Slice
from medai_assets.sources.collection import CollectionReport
from medai_assets.sources.registry import sandbox_endpoints
from medai_assets_tests.bench import Bench, workbench
from medai_assets_tests.transport.faulty_server import faulty_server, reply

Page = bytes | tuple[bytes, dict[str, str]]  # with headers
Collect = Callable[[Slice, Mapping[str, Page]], CollectionReport]


@pytest.fixture
def collect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collect]:
    """Collects a slice from an upstream that answers these paths with these bytes."""
    with workbench(tmp_path, monkeypatch) as bench, faulty_server() as server:

        def run(wanted: Slice, pages: Mapping[str, Page]) -> CollectionReport:
            def answer(handler: BaseHTTPRequestHandler) -> None:
                found = pages.get(urlsplit(handler.path).path.strip("/"))
                body, headers = found if isinstance(found, tuple) else (found, {})
                (reply(404) if body is None else reply(200, body, **headers))(handler)

            server.otherwise = answer
            return _collected(bench, server.url, wanted)

        yield run


def _collected(bench: Bench, base: str, wanted: Slice) -> CollectionReport:
    settings = bench.settings.with_endpoints(sandbox_endpoints(base))
    return bench.collect(wanted, settings=settings.model_copy(update={"max_rejected_share": 0.9}))


def ids(report: CollectionReport) -> list[str]:
    return sorted(report.stored.table("records")["record_id"].to_pylist())
