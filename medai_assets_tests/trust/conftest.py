"""Signing is tried on the library of stored versions that lineage is tried on, with keys made for the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from medai_assets.settings import Settings
from medai_assets.trust.envelope import generate
from medai_assets_tests.lineage.conftest import library
from medai_assets_tests.lineage.library import Library

__all__ = ["library"]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "keys" / "steward.pem"
    generate(file)
    return file


@pytest.fixture
def signing(library: Library, key: Path) -> Settings:
    """The library's settings with a key to sign by."""
    return library.settings.model_copy(update={"signing_key": key})
