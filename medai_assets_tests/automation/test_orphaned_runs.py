"""Runs of processes that were really killed are closed; those of processes that live are left alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.tags import HIDDEN_TAG_PREFIX

from medai_assets.automation.failed_attempts import TRIED_TAG
from medai_assets.automation.heartbeat import HEARTBEAT_TAG
from medai_assets.automation.instance import open_instance
from medai_assets.automation.orphaned_runs import (
    DIED_TAG,
    HOST_TAG,
    STARTED_TAG,
    WORKER_VARIABLE,
    announced,
    fail_orphaned_runs,
    forget_dead,
    own_tags,
    stop_orphans,
)
from medai_assets.foundation.child_processes import process_start
from medai_assets.foundation.progress import ProgressFile, read_progress
from medai_assets.settings import Settings
from medai_assets.storage import Store
from medai_assets_tests.waiting import ended, eventually

# A run that tells when it is under way and then lasts; its tags are those of `medai run` or none, as from the page.
PROGRAM = """
import sys, time
import dagster as dg
from medai_assets.automation.instance import open_instance
from medai_assets.automation.orphaned_runs import own_tags
from medai_assets.settings import get_settings

@dg.asset
def lasting():
    open(sys.argv[1], "w").close()
    time.sleep(3600)

with open_instance(get_settings()) as instance:
    dg.materialize([lasting], instance=instance, tags=own_tags() if sys.argv[2] == "tagged" else {})
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path / "data"))


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with open_instance(settings) as opened:
        yield opened


def start(settings: Settings, kind: str, tmp_path: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(tmp_path / kind), kind]
    environment = os.environ | {"MEDAI_DATA": settings.data}
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


def test_runs_of_killed_processes_are_closed_and_no_others(
    settings: Settings, instance: dg.DagsterInstance, store: Store, tmp_path: Path
) -> None:
    kinds = ("tagged", "of the page")
    processes = [start(settings, kind, tmp_path) for kind in kinds]
    try:
        eventually("both runs", lambda: all((tmp_path / kind).exists() for kind in kinds), *processes)
        assert fail_orphaned_runs(instance, store) == [], "both still run"
        processes[0].kill()
        processes[0].wait()
        (closed,) = fail_orphaned_runs(instance, store)
        processes[1].kill()
        processes[1].wait()
        (other,) = fail_orphaned_runs(instance, store)
    finally:
        for process in processes:
            process.kill()
    for run_id in (closed, other):
        run = instance.get_run_by_id(run_id)
        assert run is not None
        assert run.status is dg.DagsterRunStatus.FAILURE
        assert run.tags[DIED_TAG] == "true"
        (event,) = instance.all_logs(run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
        assert "disappeared without reporting how the run ended" in event.message
    assert fail_orphaned_runs(instance, store) == []


def test_runs_of_this_process_and_those_that_name_none_are_left_alone(
    instance: dg.DagsterInstance, store: Store
) -> None:
    @dg.job
    def nothing() -> None: ...

    for tags in (own_tags(), own_tags() | {HOST_TAG: "renamed since"}, {}):
        instance.create_run_for_job(nothing, tags=tags)
    assert fail_orphaned_runs(instance, store) == []


def test_runs_that_a_moved_folder_brings_from_another_host_are_closed(
    instance: dg.DagsterInstance, store: Store
) -> None:
    @dg.job
    def nothing() -> None: ...

    elsewhere = own_tags() | {HOST_TAG: "elsewhere", STARTED_TAG: "another boot:1"}
    run = instance.create_run_for_job(nothing, tags=elsewhere)
    assert fail_orphaned_runs(instance, store) == [run.run_id]


def test_a_live_run_of_another_host_is_left_alone_although_an_old_history_lies_about(tmp_path: Path) -> None:
    """The database is none of the folder's own, as with Postgres; the folder still holds one from before."""

    @dg.job
    def nothing() -> None: ...

    (tmp_path / "history").mkdir()
    elsewhere = own_tags() | {HOST_TAG: "elsewhere", STARTED_TAG: "another boot:1"}
    with dg.DagsterInstance.ephemeral(tempdir=str(tmp_path)) as shared:
        shared.create_run_for_job(nothing, tags=elsewhere)
        assert fail_orphaned_runs(shared, Store(tmp_path / "store")) == []


def test_tags_that_tell_a_person_nothing_are_not_shown_on_dagsters_page() -> None:
    assert all(tag.startswith(HIDDEN_TAG_PREFIX) for tag in (*own_tags(), TRIED_TAG, HEARTBEAT_TAG))


def test_a_process_is_known_by_more_than_its_number() -> None:
    assert process_start(os.getpid()) == process_start(os.getpid()) != ""
    later = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert process_start(later.pid) not in ("", process_start(os.getpid()))
    later.communicate(b"\n")
    assert process_start(later.pid) == ""


def test_what_a_dead_worker_started_is_ended_and_nothing_else() -> None:
    sleeping = [sys.executable, "-c", "import time; time.sleep(3600)"]
    owners = {
        "dead": f"{os.getpid()} 1:1",  # this process's number, but another start
        "alive": f"{os.getpid()} {process_start(os.getpid())}",
    }
    started = {
        name: subprocess.Popen(sleeping, env=os.environ | {WORKER_VARIABLE: owner})
        for name, owner in owners.items()
    }
    try:
        assert started["dead"].pid in stop_orphans()
        ended(started["dead"], "what the dead worker started")
        assert started["alive"].poll() is None
    finally:
        for process in started.values():
            process.kill()


def test_what_a_dead_process_was_making_is_named_and_its_progress_forgotten(tmp_path: Path) -> None:
    ProgressFile.of(tmp_path, "raw_fda[2024]")(1, 2, "records")
    with announced(tmp_path, "curated_corpus"):
        (tmp_path / "running" / "999999999.pid").write_text("1:1\nraw_fda[2024]")
        assert forget_dead(tmp_path) == ["raw_fda[2024]"]
        assert forget_dead(tmp_path) == []
    assert list(read_progress(tmp_path)) == []
