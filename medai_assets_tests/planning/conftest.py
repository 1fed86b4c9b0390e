"""A bucket of a real S3 server in a process of its own, where its packages are installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from medai_assets_tests.object_store import served_bucket


@pytest.fixture
def bucket(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    yield from served_bucket(tmp_path_factory, monkeypatch)
