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


@pytest.mark.parametrize("token", ["x", "fifteen-letters", "not&for=an address"])
def test_a_token_that_can_be_guessed_or_breaks_the_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("MEDAI_UI_TOKEN", token)
    result = CliRunner().invoke(app, ["ui"])
    assert result.exit_code == 64
    assert "MEDAI_UI_TOKEN" in result.output
    assert token not in result.output
