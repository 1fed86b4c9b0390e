"""A real ``medai ui`` over a data root, and a real Chromium to look at it with."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from medai_assets_tests.waiting import PATIENCE, eventually

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Without these, Chromium's own background connections are refused one by one on a machine without a network.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--host-resolver-rules=MAP rebound.example 127.0.0.1"]  # fmt: skip

TOKEN = "the-token-of-the-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def served(
    command: list[str], url: str, environment: Mapping[str, str], patience: float = 20
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in a session of its own until the block ends; its children end with it, after ``patience`` seconds
    by force."""
    server = subprocess.Popen(
        command,
        env={**os.environ, "MEDAI_UI_TOKEN": TOKEN, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        eventually(f"an answer at {url}", lambda: _answers(url), server)
        yield server
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def medai(command: str) -> tuple[list[str], str]:
    """``medai ui`` or ``medai lineage`` on a free port: the command line, and the address."""
    port = free_port()
    return [
        sys.executable,
        "-m",
        "medai_assets.cli",
        command,
        "--port",
        str(port),
    ], f"http://127.0.0.1:{port}"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=BEARER), timeout=PATIENCE / 10):
            return True
    except OSError:
        return False


@contextmanager
def browser_page(width: int = 1500, height: int = 950) -> Iterator[Page]:
    """A page of a headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            context = browser.new_context(viewport={"width": width, "height": height})
            page = context.new_page()  # a test may open another tab beside it
            page.set_default_timeout(PATIENCE * 1_000)
            yield page
        finally:
            browser.close()


def appears(place: Locator) -> bool:
    """Wait for something on a page; raises Playwright's TimeoutError when it does not come."""
    place.wait_for()
    return place.is_visible()


def comes_to_show(page: Page, address: str, text: str) -> None:
    """Open a page again and again until it shows a text.

    A receipt is written before Dagster has its event, and a page that was opened in between does not renew itself, so a
    long wait on one opening may be for nothing; each next one waits twice as long, for a machine on which drawing is slow.
    """
    from playwright.sync_api import TimeoutError as NotShown

    seconds = (5 * 2**opening for opening in count())

    def shown() -> bool:
        page.goto(address)
        try:
            page.get_by_text(text).first.wait_for(timeout=next(seconds) * 1_000)
        except NotShown:
            return False
        return True

    eventually(f"“{text}” on {address}", shown)
