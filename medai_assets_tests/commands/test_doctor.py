"""`medai doctor` on a store that cannot be used."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from medai_assets.cli import app
from medai_assets.foundation import extras
from medai_assets.settings import get_settings


def test_a_missing_extra_is_told_with_the_whole_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "s3", ("a_module_that_nobody_has",))
    monkeypatch.setenv("MEDAI_DATA", "s3://nobody/medai")
    monkeypatch.setenv("COLUMNS", "1000")
    get_settings.cache_clear()
    result = CliRunner().invoke(app, ["doctor"])
    get_settings.cache_clear()
    assert result.exit_code == 1
    assert "'medai-assets[s3]'" in "".join(result.output.split("\n"))
