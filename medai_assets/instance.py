"""Dagster's own folder and instance, the same for the command line and the page."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
from filelock import FileLock

from medai_assets.settings import Settings

# One run an upstream at a time, two runs in all, nothing told to anyone.
DAGSTER_YAML = """\
telemetry: {enabled: false}
nux: {enabled: false}
concurrency:
  runs: {max_concurrent_runs: 2}
  pools: {default_limit: 1, granularity: run}
freshness: {enabled: true}
"""


def prepare_home(settings: Settings) -> Path:
    """Create Dagster's folder with its ``dagster.yaml`` where missing; a user's own file is left alone."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        (home / "dagster.yaml").write_text(DAGSTER_YAML)
    return home


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance over that folder."""
    home = prepare_home(settings)
    os.environ["DAGSTER_HOME"] = str(home)
    # Two processes that open a new home at once would both create its tables, and one would fail.
    with FileLock(home / ".opening.lock"):
        return dg.DagsterInstance.get()
