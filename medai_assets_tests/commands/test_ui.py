"""`medai ui` lets nobody else in unless its user says so."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from medai_assets.cli import app


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "my.host"])
def test_beyond_loopback_it_says_what_others_could_do_and_needs_a_flag(host: str) -> None:
    result = CliRunner().invoke(app, ["ui", "--host", host])
    assert result.exit_code == 64
    assert "launch runs, wipe assets" in result.output
    assert "--reachable-by-others" in result.output
