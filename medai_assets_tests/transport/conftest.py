"""What the tests of the sources share: a server that misbehaves, and clients that do not wait long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from medai_assets.transport import upstreams
from medai_assets.transport.http import Http
from medai_assets.transport.limits import Rate
from medai_assets.transport.upstreams import Upstream
from medai_assets_tests.transport.faulty_server import FaultyServer, faulty_server
from medai_assets_tests.waiting import PATIENCE


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as running:
        yield running


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox may be asked at any pace; the pace itself is tested in test_upstreams.py."""
    monkeypatch.setattr(upstreams, "paced", lambda rates: (Rate(1000, 1.0),))


@pytest.fixture
def client(server: FaultyServer, tmp_path: Path) -> Callable[..., Http]:
    """A client of the server: no rate to speak of, short waits; keyword arguments change the upstream."""

    def make(**changes: Any) -> Http:
        facts = {
            "name": "test",
            "base_url": f"{server.url}/base",
            "rates": (Rate(10_000, 1.0),),
            "first_backoff": 0.01,
            "longest_backoff": 0.05,
            "attempts": 4,
            "deadline": PATIENCE,
            "key_variable": "TEST_API_KEY",
        }
        return Http(Upstream(**(facts | changes)), rates_folder=tmp_path / "rates")

    return make
