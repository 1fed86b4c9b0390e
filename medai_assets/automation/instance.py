"""Dagster's own folder and instance, the same for the command line and the page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from filelock import FileLock

from medai_assets.foundation.extras import require
from medai_assets.foundation.redaction import secrets_of_environment
from medai_assets.settings import Settings
from medai_assets.storage import StoreError

# One run an upstream at a time, two runs in all, nothing told to anyone; runs that never begin or end are closed.
DAGSTER_YAML = """\
telemetry: {enabled: false}
nux: {enabled: false}
concurrency:
  runs: {max_concurrent_runs: 2}
  pools: {default_limit: 1, granularity: run}
freshness: {enabled: true}
run_monitoring: {enabled: true, start_timeout_seconds: 300, cancel_timeout_seconds: 180}
"""
SQLITE = b"SQLite format 3\0"  # how such a file begins
DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


def prepare_home(settings: Settings) -> Path:
    """Create Dagster's folder with its ``dagster.yaml`` and its databases where missing, and name it in the environment
    for a process that Dagster itself is to open. Raises as ``open_instance``."""
    with _claimed(settings) as home:
        os.environ["DAGSTER_HOME"] = str(home)
        if not all((home / database).exists() for database in DATABASES):
            _open(home).dispose()
    return home


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance over that folder.

    Raises:
        StoreError: a database is damaged or cannot be opened, or two files claim to be the ``dagster.yaml``.
    """
    with _claimed(settings) as home:
        return _open(home)


def _open(home: Path) -> dg.DagsterInstance:
    before = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = str(home)
    try:
        return dg.DagsterInstance.get()
    except Exception as error:  # of any kind that a storage's client has
        reason = secrets_of_environment().text(" ".join(str(error).split()))
        if "dagster_postgres" in reason:
            require("postgres", f"{home / 'dagster.yaml'}")
        raise StoreError(
            f"Dagster could not be opened with {home / 'dagster.yaml'} ({type(error).__name__}: {reason[:300]}); "
            "check that file, and whether the database that it names answers"
        ) from error
    finally:
        if before is None:
            del os.environ["DAGSTER_HOME"]
        else:
            os.environ["DAGSTER_HOME"] = before


def _place_yaml(home: Path, own: Path | None) -> None:
    """The file that says how Dagster stores and launches: the one that is there, the user's own, or the plain one."""
    place = home / "dagster.yaml"
    if own is None:
        if not os.path.lexists(place):
            place.write_text(DAGSTER_YAML)
        return
    if not own.is_file():
        raise StoreError(f"MEDAI_DAGSTER_YAML names {own}, which is not a file")
    if place.exists() and place.samefile(own):
        return
    if place.is_symlink() or (place.exists() and place.read_text() == DAGSTER_YAML):
        place.unlink()
    if place.exists():
        raise StoreError(
            f"{place} is a file of your own already, and MEDAI_DAGSTER_YAML names another; remove one of the two"
        )
    place.symlink_to(own.resolve())


@contextmanager
def _claimed(settings: Settings) -> Iterator[Path]:
    """Dagster's folder, for one process at a time; what is the user's in it is left alone.

    Processes that open a new folder at once would each create its tables and leave two schema versions in one of them,
    which Dagster refuses from then on.
    """
    home = settings.dagster_home
    settings.profile_dir.mkdir(0o777 if settings.open_to_others else 0o700, parents=True, exist_ok=True)
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / ".opening.lock"):
        _place_yaml(home, settings.dagster_yaml)
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
