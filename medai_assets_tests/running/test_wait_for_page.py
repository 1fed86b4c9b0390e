"""A run that Dagster's page starts and a worker of `medai run` make a partition once, and each says why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from medai_assets.assets.made_once import BY_SENSOR
from medai_assets.automation.instance import open_instance
from medai_assets.automation.orphaned_runs import PID_TAG
from medai_assets.definitions import build_defs
from medai_assets.graph.graph import PartitionId
from medai_assets.planning.claims import Claimed, claim, claimed_elsewhere
from medai_assets.running import worker
from medai_assets.settings import Settings, get_settings
from medai_assets.storage import Store
from medai_assets_tests.waiting import PATIENCE, ended, eventually

pytestmark = pytest.mark.slow
TARGET = PartitionId("curation_policy", None)

# A worker that holds the claim until it is told to go on.
WORKER = """
import pathlib, sys, time
from medai_assets.definitions import build_defs
from medai_assets.graph.graph import PartitionId
from medai_assets.running import worker
look, folder = worker.needs_run, pathlib.Path(sys.argv[1])

def look_when_told(settings, target):
    (folder / "claimed").touch()
    while not (folder / "go").exists():
        time.sleep(0.05)
    return look(settings, target)

worker.needs_run = look_when_told
outcome = worker.materialize(PartitionId("curation_policy", None), "it is missing")
print(outcome.succeeded, outcome.error)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path / "data"))


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with open_instance(settings) as opened:
        yield opened


@contextmanager
def started(settings: Settings, *words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", *words],
        env=os.environ | {"MEDAI_DATA": settings.data, "DAGSTER_HOME": str(settings.dagster_home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def of_the_page() -> list[str]:
    """The job that the page starts, in Dagster's own processes."""
    return [
        "-m",
        "dagster",
        "asset",
        "materialize",
        "--select",
        TARGET.asset,
        "-m",
        "medai_assets.definitions",
    ]


def said(instance: dg.DagsterInstance, run_id: str) -> str:
    return "\n".join(entry.user_message for entry in instance.all_logs(run_id))


def page_run(instance: dg.DagsterInstance) -> str | None:
    """The newest run of the page."""
    return next((run.run_id for run in instance.get_runs() if PID_TAG not in run.tags), None)


def waits(instance: dg.DagsterInstance) -> Callable[[], bool]:
    def happened() -> bool:
        run = page_run(instance)
        return run is not None and f"{TARGET} is waiting: " in said(instance, run)

    return happened


def test_the_page_takes_over_what_a_worker_makes_while_it_waits(
    settings: Settings, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    def let_go() -> None:
        try:
            eventually("a run of the page that waits", waits(instance))
        finally:
            (tmp_path / "go").touch()

    with started(settings, "-c", WORKER, str(tmp_path)) as worker, ThreadPoolExecutor(1) as other:
        eventually("the worker's claim", (tmp_path / "claimed").exists, worker)
        waited = other.submit(let_go)
        run = asked_by_name(settings, instance).run_id
        waited.result()
        assert worker.communicate(timeout=PATIENCE)[0].strip() == "True None"
    receipt = Store(settings.store_root).current_receipt(*TARGET)
    assert receipt is not None
    assert receipt.run_id != run
    log = said(instance, run)
    assert f"{TARGET} is waiting: `medai run` (process {worker.pid}) is making {TARGET}." in log
    assert f"Run {receipt.run_id} has made {TARGET} in the meantime" in log
    event = instance.get_latest_materialization_event(dg.AssetKey(TARGET.asset))
    assert event is not None
    assert event.run_id == run
    assert event.asset_materialization is not None
    assert (event.asset_materialization.tags or {})["dagster/data_version"] == receipt.data_version
    assert verdicts(instance, run) == verdicts(instance, receipt.run_id) != {}


def verdicts(instance: dg.DagsterInstance, run_id: str) -> dict[str, bool]:
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    told = [e.dagster_event.asset_check_evaluation_data for e in entries if e.dagster_event]
    return {check.check_name: check.passed for check in told}


def test_a_worker_leaves_alone_what_the_page_makes_and_a_person_may_ask_again(
    settings: Settings, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    (tmp_path / "go").touch()
    with started(settings, *of_the_page()) as page, started(settings, "-c", WORKER, str(tmp_path)) as worker:
        with claim(settings, TARGET):
            eventually("a run of the page that waits", waits(instance), page)
        assert ended(page, "the page's run") == 0
        told = worker.communicate(timeout=PATIENCE)[0].strip()
    # whichever it met first
    assert told.startswith(("False the page was making it", "False another process"))
    assert [receipt.run_id for receipt in Store(settings.store_root).receipts(*TARGET)] == [
        page_run(instance)
    ]

    again = asked_by_name(settings, instance)
    runs = [receipt.run_id for receipt in Store(settings.store_root).receipts(*TARGET)]
    assert runs[1:] == [again.run_id], "asked for by name, though it was fresh"


def asked_by_name(
    settings: Settings, instance: dg.DagsterInstance, tags: dict[str, str] | None = None
) -> dg.ExecuteInProcessResult:
    """A run of the page's job in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDAI_DATA", settings.data)
        get_settings.cache_clear()
        job = build_defs(settings).resolve_implicit_global_asset_job_def()
        done = job.execute_in_process(
            instance=instance, asset_selection=[dg.AssetKey(TARGET.asset)], tags=tags
        )
    get_settings.cache_clear()
    return done


def test_a_run_of_the_page_that_was_queued_takes_over_what_a_worker_made_before_its_turn(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    create, made = dg.DagsterInstance.create_run_for_job, []

    def create_and_let_a_worker_go_first(
        self: dg.DagsterInstance, *words: Any, **named: Any
    ) -> dg.DagsterRun:
        run = create(self, *words, **named)
        if not made:
            made.append(run.run_id)
            outcome = worker.materialize(TARGET, "it is missing")
            assert (outcome.succeeded, outcome.error) == (True, None)
        return run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dg.DagsterInstance, "create_run_for_job", create_and_let_a_worker_go_first)
        queued = asked_by_name(settings, instance)
    assert queued.success
    (receipt,) = Store(settings.store_root).receipts(*TARGET)
    assert receipt.run_id != queued.run_id == made[0]
    assert f"Run {receipt.run_id} has made {TARGET} in the meantime" in said(instance, queued.run_id)
    assert verdicts(instance, queued.run_id) == verdicts(instance, receipt.run_id) != {}


def test_a_run_that_nobody_asked_for_by_name_makes_nothing_fresh_again(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    """As when the sensor had asked for it before, and another made it until its step began."""
    first, second = (asked_by_name(settings, instance, tags) for tags in ({}, {BY_SENSOR: "true"}))
    assert [r.run_id for r in Store(settings.store_root).receipts(*TARGET)] == [first.run_id]
    assert f"Run {first.run_id} has made {TARGET} in the meantime" in said(instance, second.run_id)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_of_the_page_ends_while_it_still_waits(
    settings: Settings, instance: dg.DagsterInstance, number: signal.Signals, everything: bool
) -> None:
    if number is signal.SIGINT and not everything:
        pytest.skip("SIGTERM is tried; `make search` tries both")
    with claim(settings, TARGET), started(settings, *of_the_page()) as page:
        eventually("a run of the page that waits", waits(instance), page)
        page.send_signal(number)
        eventually("the step's end", lambda: has_ended(instance), page)
        ended(page, "Dagster's own processes, one after another")
    run = page_run(instance)
    assert run is not None
    found = instance.get_run_by_id(run)
    assert found is not None
    assert found.status in (dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE)
    assert Store(settings.store_root).current_receipt(*TARGET) is None


def has_ended(instance: dg.DagsterInstance) -> bool:
    run = page_run(instance)
    return run is not None and bool(instance.all_logs(run, of_type=dg.DagsterEventType.STEP_FAILURE))


def test_a_claim_is_handed_down_and_free_after_its_block(settings: Settings) -> None:
    with claim(settings, TARGET):
        with claim(settings, TARGET):
            pass
        assert not claimed_elsewhere(settings, TARGET)
        with ThreadPoolExecutor(1) as other, pytest.raises(Claimed, match="is making curation_policy"):
            other.submit(lambda: claim(settings, TARGET).__enter__()).result()
    with ThreadPoolExecutor(1) as other:
        assert not other.submit(claimed_elsewhere, settings, TARGET).result()
