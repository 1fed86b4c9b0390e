"""Dagster's history in Postgres, as several hosts share it; two processes with two names are two hosts here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from medai_assets.automation.heartbeat import HEARTBEAT_TAG, PAST, is_shared
from medai_assets.automation.instance import DAGSTER_YAML, open_instance
from medai_assets.automation.orphaned_runs import fail_orphaned_runs
from medai_assets.graph.graph import PartitionId
from medai_assets.running.worker import materialize, waited_for_the_page
from medai_assets.settings import Settings, get_settings
from medai_assets.storage import Store, StoreError, lease
from medai_assets_tests.database import served_database

TARGET = PartitionId("curation_policy", None)
# A worker of `medai run`, or a run of the page, that stays in the middle of its asset.
LASTING = """
import sys
from medai_assets.assets import made_once
from medai_assets.graph.graph import PartitionId

def lasting(*_):
    print("under way", flush=True)
    sys.stdin.readline()

from medai_assets.definitions import defs
made_once._made_meanwhile = lasting
if sys.argv[1] == "worker":
    from medai_assets.running.worker import materialize
    materialize(PartitionId("curation_policy", None), "it is missing")
else:
    import dagster as dg
    from medai_assets.automation.instance import open_instance
    from medai_assets.settings import get_settings
    with open_instance(get_settings()) as instance:
        defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, asset_selection=[dg.AssetKey("curation_policy")]
        )
"""


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with served_database() as address:
        yield address


@pytest.fixture
def here(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """One host; its Dagster is as a user's own file says, its data root a folder that hosts share."""
    yaml = tmp_path / "mine.yaml"
    yaml.write_text(
        "storage: {postgres: {postgres_url: {env: TEST_DATABASE}}}\ntelemetry: {enabled: false}\n"
    )
    for name, value in {
        "TEST_DATABASE": database, "MEDAI_DAGSTER_YAML": str(yaml), "MEDAI_DATA": str(tmp_path / "data"),
        "MEDAI_HOST": "here", "DAGSTER_HOME": str(tmp_path / "home of here"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    return get_settings()


@contextmanager
def under_way(kind: str, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A run of another host."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", LASTING, kind],
        env=os.environ | {"MEDAI_HOST": "there", "DAGSTER_HOME": str(tmp_path / "home of there")},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "under way\n"
        yield process
    finally:
        process.kill()
        process.wait()


def runs(instance: dg.DagsterInstance) -> list[tuple[str, str]]:
    return [(run.status.value, run.tags.get(HEARTBEAT_TAG, "")) for run in instance.get_runs()]


def test_a_partition_is_made_over_postgres_and_nothing_is_held_afterwards(here: Settings) -> None:
    assert materialize(TARGET, "it is missing").error is None
    with open_instance(here) as instance:
        assert is_shared(instance)
        assert runs(instance)[0][0] == "SUCCESS"
    store = Store(here.store_root)
    assert [name for name in store.names_in(f"{store.root}/.leases") if name.startswith("run")] == []
    assert not (here.profile_dir / "dagster").exists(), "Dagster's folder is the one that DAGSTER_HOME names"


@pytest.mark.parametrize("kind", ["worker", "page"])
def test_a_live_run_of_another_host_is_left_alone_and_a_dead_one_ends_once_its_heartbeat_stopped(
    kind: str, here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(here.store_root)
    with under_way(kind, tmp_path) as process, open_instance(here) as instance:
        assert fail_orphaned_runs(instance, store) == [], "it lives, whatever has its process id here"
        process.kill()
        process.wait()
        assert fail_orphaned_runs(instance, store) == [], "its heartbeat may only be late"
        monkeypatch.setattr(lease, "LEASE_SECONDS", 0.0)  # the time is over, by the store's clock
        elsewhere = Store(tmp_path / "another data root")
        assert fail_orphaned_runs(instance, elsewhere) == [], (
            "a run of another data root is not ours to judge"
        )
        (closed,) = fail_orphaned_runs(instance, store)
        (event,) = instance.all_logs(closed, of_type=dg.DagsterEventType.RUN_FAILURE)
        assert "disappeared without reporting how the run ended" in event.message
        assert fail_orphaned_runs(instance, store) == []


def test_a_wait_for_a_run_of_the_page_has_an_end_and_names_the_run(here: Settings, tmp_path: Path) -> None:
    short = here.model_copy(update={"longest_wait": 1e-9})
    with under_way("page", tmp_path), open_instance(here) as instance:
        (run,) = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        says = (
            rf"curation_policy waited 1e-09 h: run {run.run_id} of Dagster's page is making curation_policy"
        )
        with pytest.raises(Exception, match=says):
            waited_for_the_page(instance, short, TARGET)


def test_a_step_that_ended_leaves_a_run_that_says_so(here: Settings, tmp_path: Path) -> None:
    with under_way("page", tmp_path) as process:
        process.communicate("\n")
    with open_instance(here) as instance:
        assert runs(instance)[0][1] == PAST


def test_a_database_that_does_not_answer_is_one_sentence(
    here: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEST_DATABASE", f"postgresql://dagster@/postgres?host={tmp_path}")
    monkeypatch.setattr("dagster_postgres.utils.time.sleep", lambda _: None)
    with pytest.raises(StoreError, match=r"Dagster could not be opened with .*dagster.yaml .* answers$"):
        open_instance(here)


def test_a_file_of_the_users_is_linked_and_none_of_theirs_is_overwritten(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    for file in (first, second):
        file.write_text(DAGSTER_YAML)
    settings = Settings(data=str(tmp_path / "data"))
    for yaml in (None, first, second):  # from the plain one to their own, and on to another
        open_instance(settings.model_copy(update={"dagster_yaml": yaml})).dispose()
    place = settings.dagster_home / "dagster.yaml"
    assert place.resolve() == second
    place.unlink()
    place.write_text("telemetry: {enabled: false}\n")
    with pytest.raises(
        StoreError, match=r"is a file of your own already, and MEDAI_DAGSTER_YAML names another"
    ):
        open_instance(settings.model_copy(update={"dagster_yaml": first}))
    assert place.read_text() == "telemetry: {enabled: false}\n"
    with pytest.raises(StoreError, match="which is not a file"):
        open_instance(settings.model_copy(update={"dagster_yaml": tmp_path / "none.yaml"}))
