"""Which lines of the rooms that hold rules no test of theirs reaches: ``pytest --rules-covered=97``, as CI runs it.

With a number the tests fail where fewer per cent of the lines and branches are reached.

Only while the quick tests of these rooms run is anything watched, since what is watched takes half as long again: what is reached
only by building a whole data set, or by a test elsewhere, does not count (``make coverage`` watches all of it).
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import coverage

ROOMS = ("verification", "instructions", "corpus", "text")
TESTS = Path(__file__).resolve().parent
PACKAGE = TESTS.parent / "medai_assets"
# What a module does on import is done once a process, and before anybody watches.
IMPORTED = """
import importlib, pkgutil, sys
from medai_assets_tests.rules_covered import ROOMS, watching
seen = watching(sys.argv[1], data_suffix=True)
with seen.collect():
    for room in ROOMS:
        package = importlib.import_module(f"medai_assets.{room}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
seen.save()
"""


def watching(folder: str, **options: Any) -> coverage.Coverage:
    """What watches the rooms, and keeps in a folder what it saw."""
    import coverage

    return coverage.Coverage(
        str(Path(folder) / "seen"),
        source=[str(PACKAGE / room) for room in ROOMS],
        branch=True,
        config_file=False,
        messages=False,
        **options,
    )


def _is_long(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None or bool(
        {"built", "passages"} & {*getattr(item, "fixturenames", ())}
    )


class _Watch:
    """Watches the tests of the rooms in one process of pytest."""

    def __init__(self, folder: str) -> None:
        self.seen = watching(folder, data_suffix=True)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        if item.path.relative_to(TESTS).parts[0] not in ROOMS or _is_long(item):
            return (yield)
        with self.seen.collect():
            return (yield)

    @pytest.hookimpl(tryfirst=True)  # before the process says that it has ended
    def pytest_sessionfinish(self) -> None:
        self.seen.save()


class _Report:
    """In the process that was started: tells the others where to write, and puts together what they saw."""

    def __init__(self, folder: str, least: float) -> None:
        self.folder, self.least = folder, least
        self.told, self.reached = io.StringIO(), 0.0

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["rules_covered"] = self.folder

    def pytest_sessionstart(self) -> None:
        """While the tests run, since nothing else runs when they have ended."""
        self.importing = subprocess.Popen([sys.executable, "-c", IMPORTED, self.folder], cwd=TESTS.parent)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        assert self.importing.wait() == 0
        together = watching(self.folder)
        together.combine([self.folder])
        self.reached = together.report(file=self.told, show_missing=True, skip_covered=True, precision=1)
        if self.reached < self.least and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("lines of the rules' rooms that their tests do not reach")
        terminalreporter.write(self.told.getvalue())
        if self.reached < self.least:
            told = f"{self.reached:.1f} % are reached, and {self.least:g} % have to be: write tests of what is listed"
            terminalreporter.write_line(told, red=True)


def configure(config: pytest.Config) -> None:
    """Begin to watch where it is asked for."""
    least = config.getoption("--rules-covered")
    if least is None:
        return
    folder = getattr(config, "workerinput", {}).get("rules_covered")
    if folder is None:
        folder = tempfile.mkdtemp(prefix="medai-covered-")
        config.add_cleanup(partial(shutil.rmtree, folder))
        config.pluginmanager.register(_Report(folder, least), "rules-covered-report")
    config.pluginmanager.register(_Watch(folder), "rules-covered")
