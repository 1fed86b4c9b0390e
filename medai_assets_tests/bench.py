"""A workbench for collection tests: a sandbox over a test's own records, a store, and upstreams without their pace.

Real parts throughout: a server on loopback, the HTTP client, the journal and the store. Only rates and pauses between
attempts are shortened, so that a test takes milliseconds where politeness takes seconds.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from medai_assets.foundation.slices import Slice
from medai_assets.sandbox.faults import Fault
from medai_assets.sandbox.server import create_app, serving
from medai_assets.settings import Settings
from medai_assets.sources import collection, upstream_check
from medai_assets.sources.collection import CollectionReport, collect_slice
from medai_assets.sources.registry import sandbox_endpoints, upstream
from medai_assets.storage import Store
from medai_assets.transport import upstreams
from medai_assets.transport.limits import Rate
from medai_assets_tests.waiting import PATIENCE


class Bench:
    """One sandbox and one data root.

    Args:
        folder: of this test; ``records`` below it is what the sandbox serves.
        base: the sandbox's address.
    """

    def __init__(self, folder: Path, base: str, app: Starlette, counts: Counter[str]) -> None:
        self.records = folder / "records"
        self.kit = folder / "kit"
        self.base = base
        self.app = app
        self.counts = counts
        settings = Settings(data=str(folder / "data"), profile="sample")
        self.settings = settings.with_endpoints(sandbox_endpoints(base))
        self.store = Store(folder / "store")

    def write(self, name: str, content: object) -> Path:
        """One record file: text or bytes as they are, anything else as JSON."""
        path = self.records / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def collect(self, wanted: Slice, **further: Any) -> CollectionReport:
        """Collect a slice; ``settings`` and all else may be replaced."""
        arguments: dict[str, Any] = {"settings": self.settings, "store": self.store, "code_version": "1"}
        return collect_slice(wanted, **(arguments | further))

    def rows(self, wanted: Slice, table: str = "records") -> list[dict[str, Any]]:
        """Rows of the current version, by record id."""
        stored = self.store.current(wanted.asset, wanted.key)
        assert stored is not None
        return sorted(stored.table(table).to_pylist(), key=lambda row: row["record_id"] or "")

    def spoil(self, kind: str, path: str, **further: Any) -> None:
        """Plan a fault."""
        self.app.state.faults.add(Fault(kind, path, **further))

    def mend(self) -> None:
        """Take every fault away."""
        self.app.state.faults.clear()

    def asked(self, upstream: str) -> dict[str, int]:
        """Paths the upstream was asked for since the last call, with the number of requests."""
        paths = {path: count for path, count in self.counts.items() if path.split("/")[1] == upstream}
        self.counts.clear()
        return paths

    def requests(self, pattern: str = "*") -> int:
        """Requests since the last call whose path matches."""
        count = sum(count for path, count in self.counts.items() if fnmatchcase(path, pattern))
        self.counts.clear()
        return count

    def forget(self) -> None:
        """Remove what earlier collections left for later ones to share, such as archives."""
        shutil.rmtree(self.settings.work_dir, ignore_errors=True)

    def struck(self) -> int:
        """Requests that planned faults have spoilt."""
        return sum(rule.done for rule in self.app.state.faults.rules)


@contextmanager
def workbench(folder: Path, monkeypatch: pytest.MonkeyPatch, kit: Path | None = None) -> Iterator[Bench]:
    """A bench that lives as long as the block."""
    (folder / "records").mkdir(parents=True, exist_ok=True)
    for asking in (collection, upstream_check):
        monkeypatch.setattr(asking, "upstream", _unhurried)
    app = create_app(folder / "records", kit)
    counts = request_counts(app)
    with serving(app) as base:
        yield Bench(folder, base, app, counts)


def request_counts(app: Starlette) -> Counter[str]:
    """By path, how often an application that does not yet run is asked from now on."""
    counts = Counter[str]()
    app.add_middleware(_Counting, counts=counts)
    return counts


class _Counting:
    def __init__(self, app: ASGIApp, counts: Counter[str]) -> None:
        self.app, self.counts = app, counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.counts[scope["path"]] += 1
        await self.app(scope, receive, send)


def _unhurried(source: str, settings: Settings) -> upstreams.Upstream:
    """The upstream as it is, without waiting for its pace and with short pauses between attempts."""
    return replace(
        upstream(source, settings),
        rates=(Rate(10_000, 1.0),),
        first_backoff=0.01,
        longest_backoff=0.05,
        read_timeout=PATIENCE,
        deadline=PATIENCE,
    )
