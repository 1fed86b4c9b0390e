"""The lineage page beside Dagster's: served by a process of its own that ends with the one that `medai ui` becomes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from medai_assets.commands.ui import serve_lineage
from medai_assets.settings import Settings
from medai_assets_tests.browser.dagster_page import BEARER, TOKEN, free_port
from medai_assets_tests.waiting import PATIENCE, ended, eventually

# As `medai ui` does: start the page beside, and become another program, which here only waits.
PROGRAM = """
import os, signal, sys
from medai_assets.lineage.page.sidecar import start_sidecar
start_sidecar("127.0.0.1", int(sys.argv[1]), ("127.0.0.1", int(sys.argv[2])), "the-token-of-the-tests")
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background job would have it ignore
print("started", flush=True)
os.execv(sys.executable, [sys.executable, "-c", "input()"])
"""


@contextmanager
def parent(port: int, data: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-c", PROGRAM, str(port), str(free_port())]
    with subprocess.Popen(
        words,
        env={**os.environ, "MEDAI_DATA": str(data), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            yield process
        finally:
            process.kill()


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        return True
    except ConnectionRefusedError:
        return False


def assert_it_goes(port: int) -> None:
    """The lineage page ends, sooner or later."""
    eventually("the lineage page's end", lambda: not is_listening(port))
    assert not is_listening(port)


def test_it_answers_and_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    port = free_port()
    with parent(port, tmp_path) as process:
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/versions", headers=BEARER)
        with urllib.request.urlopen(asked, timeout=PATIENCE) as reply:
            assert "lineage" in reply.read().decode().lower()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/versions", timeout=PATIENCE)
        process.send_signal(signal.SIGKILL)
        ended(process, "the page's parent")
        assert_it_goes(port)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_before_anybody_has_asked(tmp_path: Path, ending: signal.Signals) -> None:
    port = free_port()
    with parent(port, tmp_path) as process:
        process.send_signal(ending)
        ended(process, "the page's parent")
        assert_it_goes(port)


def test_an_error_of_its_own_is_told_where_the_parent_tells_its_own(tmp_path: Path) -> None:
    port = free_port()
    with parent(port, tmp_path, MEDAI_WORKERS="0") as process:
        assert is_listening(port)
        assert process.stderr is not None
        assert process.stderr.readline().startswith("medai: the lineage page ended (")
        assert_it_goes(port)


def test_what_listens_already_is_left_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = Settings(lineage_address=f"http://127.0.0.1:{port}/")
        assert "already in use" in serve_lineage(settings, ("127.0.0.1", 1), TOKEN)


@pytest.mark.parametrize("address", ["https://lineage.example.org", "http://127.0.0.1:3070/medai"])
def test_an_address_that_is_not_this_machines_is_served_by_others(address: str) -> None:
    assert "served elsewhere" in serve_lineage(Settings(lineage_address=address), ("127.0.0.1", 1), TOKEN)


@pytest.mark.parametrize("address", ["127.0.0.1:3070", "http://", "http://127.0.0.1:99999", "ftp://x"])
def test_an_address_that_leads_nowhere_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="lineage_address"):
        Settings(lineage_address=address)
