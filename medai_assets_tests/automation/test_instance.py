"""Dagster's folder: made once, whoever comes first."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from medai_assets.automation.instance import DAGSTER_YAML, DATABASES, open_instance, prepare_home
from medai_assets.automation.orphaned_runs import announced
from medai_assets.foundation.files import write_whole
from medai_assets.graph.graph import PartitionId
from medai_assets.planning.claims import claimed_elsewhere
from medai_assets.reviews.reviewers import invite
from medai_assets.sandbox.server import prepare_records
from medai_assets.settings import Settings
from medai_assets.sources.take_downs import add_take_down
from medai_assets.storage import StoreError
from medai_assets_tests.waiting import ended

# Two processes at one starting line: what `medai ui` does, where Dagster's own server opens the instance after us, and
# what a worker of `medai run` does.
START = """
import sys
import dagster as dg
from medai_assets.automation.instance import open_instance, prepare_home
from medai_assets.settings import get_settings
settings = get_settings()
print("ready", flush=True)
input()
"""
PAGE = START + "prepare_home(settings)\ndg.DagsterInstance.get().dispose()"
WORKER = START + "open_instance(settings).dispose()"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DAGSTER_HOME", "")  # so that it is put back
    return Settings(data=str(tmp_path / "data"))


def schema_versions(home: Path) -> list[int]:
    """How many schema versions each database claims to have; Dagster refuses one that has two."""
    versions = []
    for database in DATABASES:
        with sqlite3.connect(home / database) as connection:
            versions.append(connection.execute("SELECT count(*) FROM alembic_version").fetchone()[0])
    return versions


def test_the_page_and_a_run_that_start_together_on_a_new_folder_do_not_hurt_it(settings: Settings) -> None:
    environment = os.environ | {"MEDAI_DATA": settings.data}
    starts = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", program],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for program in (PAGE, WORKER)
    ]  # fmt: skip
    for process in starts:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in starts:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [ended(process, "a start on a new folder") for process in starts] == [0, 0]
    assert schema_versions(settings.dagster_home) == [1, 1, 1]


def test_what_was_lost_is_made_again_and_a_file_of_the_users_is_left_alone(settings: Settings) -> None:
    home = prepare_home(settings)
    assert (home / "dagster.yaml").read_text() == DAGSTER_YAML
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    (home / DATABASES[-1]).unlink()
    prepare_home(settings)
    assert schema_versions(home) == [1, 1, 1]
    assert (home / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"


@pytest.mark.parametrize("left", [b"", bytes(4096)], ids=["emptied", "zeroed"])
def test_a_damaged_database_is_named_with_what_to_do(settings: Settings, left: bytes) -> None:
    database = prepare_home(settings) / DATABASES[0]
    database.write_bytes(left)
    with pytest.raises(StoreError, match=r"runs.db is damaged; remove the folder .*history"):
        open_instance(settings)


@pytest.mark.parametrize(("opened", "mode"), [(False, 0o700), (True, 0o755)])
def test_what_is_stored_is_for_its_owner_unless_a_setting_opens_it(
    settings: Settings, opened: bool, mode: int
) -> None:
    before = os.umask(0o022)
    try:
        prepare_home(settings.model_copy(update={"open_to_others": opened}))
    finally:
        os.umask(before)
    assert settings.profile_dir.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(lambda of: claimed_elsewhere(of, PartitionId("raw_fda", "2024")), id="a look at who else makes it"),
        pytest.param(lambda of: announced(of.work_dir, "x").__enter__(), id="what is being made"),
        pytest.param(prepare_home, id="Dagster's home"),
        pytest.param(lambda of: prepare_records(of.sandbox_records), id="the sandbox's records"),
        pytest.param(lambda of: add_take_down(of.take_downs_file, "fda:x", "why", "me"), id="a withdrawal"),
        pytest.param(lambda of: invite(of.profile_dir, "Ada", "editor"), id="a reviewer"),
        pytest.param(lambda of: write_whole(of.exports_dir / "x", b""), id="a file"),
    ],
)  # fmt: skip
def test_the_data_root_is_its_owners_whatever_comes_first(
    settings: Settings, first: Callable[[Settings], object]
) -> None:
    before = os.umask(0o022)
    try:
        first(settings)
    finally:
        os.umask(before)
    made = [settings.profile_dir, settings.profile_dir.parent]
    assert [place for place in made if not place.stat().st_mode & 0o077]
