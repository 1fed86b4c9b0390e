"""A wait ends with what it waited for, or at once where the process that was to bring it is dead."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from medai_assets_tests.waiting import eventually


def started(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-S", "-c", code])


def test_a_dead_process_ends_the_wait_at_once_and_is_named() -> None:
    begun = time.monotonic()
    with (
        started("raise SystemExit(3)") as dead,
        pytest.raises(AssertionError, match=r"for the moon is in vain: process \d+ \(.*SystemExit.*code 3$"),
    ):
        eventually("the moon", lambda: False, dead)
    assert time.monotonic() - begun < 60


def test_what_a_process_did_last_counts(tmp_path: Path) -> None:
    with started(f"open({str(tmp_path / 'done')!r}, 'w').close()") as dead:
        dead.wait()
        assert eventually("its last deed", (tmp_path / "done").exists, dead)


def test_a_bound_that_is_reached_says_what_was_waited_for() -> None:
    with pytest.raises(AssertionError, match="nothing came of waiting 0 s for the moon"):
        eventually("the moon", lambda: False, patience=0)
