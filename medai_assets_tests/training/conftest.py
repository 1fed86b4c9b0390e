"""Fixtures for training and serving: tiny base models, a small data set, a quiet reporter."""

from __future__ import annotations

from pathlib import Path

import pytest

from medai_assets.training.machine import Machine
from medai_assets.training.reporting import Reporter
from medai_assets_tests.training import tiny


class Listener(Reporter):
    """A reporter that remembers what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture(scope="session")
def cpu() -> Machine:
    """A CPU like any: no bf16, 8 GiB."""
    return Machine("cpu", "test CPU", 1, 8 * 2**30, False, 5e10)


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Base model directories by family."""
    root = tmp_path_factory.mktemp("bases")
    return {family: tiny.build_base(family, root / family) for family in tiny.FAMILIES}


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write_dataset(tmp_path_factory.mktemp("dataset"))
