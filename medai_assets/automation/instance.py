"""Dagster's own folder and instance, the same for the command line and the page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from filelock import FileLock

from medai_assets.settings import Settings
from medai_assets.storage import StoreError

# One run an upstream at a time, two runs in all, nothing told to anyone.
DAGSTER_YAML = """\
telemetry: {enabled: false}
nux: {enabled: false}
concurrency:
  runs: {max_concurrent_runs: 2}
  pools: {default_limit: 1, granularity: run}
freshness: {enabled: true}
"""
SQLITE = b"SQLite format 3\0"  # how such a file begins
DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


def prepare_home(settings: Settings) -> Path:
    """Create Dagster's folder with its ``dagster.yaml`` and its databases where missing, for a process that Dagster
    itself is to open."""
    with _claimed(settings) as home:
        if not all((home / database).exists() for database in DATABASES):
            dg.DagsterInstance.get().dispose()
    return home


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance over that folder."""
    with _claimed(settings):
        return dg.DagsterInstance.get()


@contextmanager
def _claimed(settings: Settings) -> Iterator[Path]:
    """Dagster's folder, for one process at a time; a user's own ``dagster.yaml`` is left alone.

    Processes that open a new folder at once would each create its tables and leave two schema versions in one of them,
    which Dagster refuses from then on.
    """
    home = settings.dagster_home
    settings.profile_dir.mkdir(0o777 if settings.open_to_others else 0o700, parents=True, exist_ok=True)
    home.mkdir(parents=True, exist_ok=True)
    os.environ["DAGSTER_HOME"] = str(home)
    with FileLock(home / ".opening.lock"):
        if not (home / "dagster.yaml").exists():
            (home / "dagster.yaml").write_text(DAGSTER_YAML)
        for database in DATABASES:
            _require_database(home / database)
        yield home


def _require_database(path: Path) -> None:
    """Raises StoreError when a file is there that is no SQLite database, as a failing disk leaves it."""
    if path.exists() and path.open("rb").read(len(SQLITE)) != SQLITE:
        raise StoreError(
            f"{path} is damaged; remove the folder {path.parent}: it holds Dagster's history of runs alone, and plan and "
            "lineage need none of it"
        )
