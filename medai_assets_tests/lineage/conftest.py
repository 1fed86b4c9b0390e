"""A library for tests that change it, and one made once for tests that only read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from medai_assets.lineage.lookup import Lineage
from medai_assets_tests.lineage.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """An empty library: nothing has been materialized."""
    return Library.at(tmp_path)


@pytest.fixture(scope="session")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Every stage made once; read only."""
    made = Library.at(tmp_path_factory.mktemp("settled"))
    made.materialize()
    return made


@pytest.fixture
def lineage(settled: Library) -> Iterator[Lineage]:
    """Lineage of the settled library."""
    with Lineage.of(settled.settings) as found:
        yield found
