"""Runs that a killed process left behind in Dagster's database, where they would stay "started" for ever.

Dagster learns how a run ends from the process that runs it; after a SIGKILL or a power cut nobody tells it. Each
run of `medai run` therefore carries tags that name its process beyond doubt, and a run started from the page has
the process id in its log. Whoever starts next (`medai run`, `medai ui`, the sensor) closes the runs whose process
is gone. Where several hosts share the database, process ids mean nothing, and a run's heartbeat tells (``heartbeat.py``).
Nothing here touches data: a version is published whole or not at all.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from medai_assets.automation.heartbeat import has_stopped, is_shared
from medai_assets.foundation.child_processes import process_start
from medai_assets.foundation.files import make_owned
from medai_assets.foundation.progress import ProgressFile

if TYPE_CHECKING:
    import dagster as dg
    import psutil

    from medai_assets.storage import Store

PARTITION_TAG = "dagster/partition"  # Dagster's own
# What is for programs alone begins as Dagster's own tags that its page does not show.
HOST_TAG = ".dagster/medai_host"
PID_TAG = ".dagster/medai_pid"
STARTED_TAG = ".dagster/medai_process_started"
DIED_TAG = "medai/died"  # the run did not fail by itself: its process went away
WORKER_VARIABLE = "MEDAI_WORKER"  # in the environment of a worker and of all that it starts
RUNNING = "running"  # folder of locks and of the files of processes at work
ORPHAN_GRACE = 20.0  # seconds for training to write a checkpoint
CLOCK_SLACK = 2.0  # seconds by which two readings of a process's start time may differ


def own_tags() -> dict[str, str]:
    """Tags that name this process: the machine, the process id, and when the process started."""
    return {
        HOST_TAG: os.environ.get("MEDAI_HOST") or socket.gethostname(),
        PID_TAG: str(os.getpid()),
        STARTED_TAG: process_start(os.getpid()),
    }


def announce_worker() -> None:
    """Say in the environment which worker whatever is started from here belongs to."""
    os.environ[WORKER_VARIABLE] = f"{os.getpid()} {process_start(os.getpid())}"


def stop_orphans() -> list[int]:
    """End processes that a worker had started and that outlived it, as training does; returns their ids."""
    import psutil

    orphans = [process for process in psutil.process_iter() if _has_lost_its_worker(process)]
    for process in orphans:
        process.terminate()
    _, alive = psutil.wait_procs(orphans, timeout=ORPHAN_GRACE)
    for process in alive:
        process.kill()
    return [process.pid for process in orphans]


def _has_lost_its_worker(process: psutil.Process) -> bool:
    import psutil

    try:
        worker = process.environ().get(WORKER_VARIABLE, "")
    except (psutil.Error, OSError):
        return False  # another user's, or gone meanwhile
    pid, _, started = worker.partition(" ")
    return bool(started) and process_start(int(pid)) != started


@contextmanager
def announced(work_dir: Path, name: str) -> Iterator[None]:
    """Leave a small file while ``name`` is being made, so that the next process sees without Dagster that one died."""
    file = work_dir / RUNNING / f"{os.getpid()}.pid"
    make_owned(file.parent)
    file.write_text(f"{process_start(os.getpid())}\n{name}")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def forget_dead(work_dir: Path) -> list[str]:
    """Names of what dead processes were making; removes their small files and what they had told of their progress."""
    names = []
    for file in (work_dir / RUNNING).glob("*.pid"):
        started, _, name = file.read_text().partition("\n")
        if process_start(int(file.stem)) != started:
            ProgressFile.of(work_dir, name).remove()
            file.unlink(missing_ok=True)
            names.append(name)
    return sorted(names)


def fail_orphaned_runs(instance: dg.DagsterInstance, store: Store) -> list[str]:
    """Mark every run whose process is gone as failed, with a message in words; returns their ids."""

    closed = []
    for run in _unfinished(instance):
        if not _is_orphaned(instance, run, store) or _has_ended(instance, run):
            continue
        pid, host = run.tags.get(PID_TAG), run.tags.get(HOST_TAG)
        named = f" (pid {pid} on the host {host})" if pid else ""
        process = f"The process running it{named} disappeared"
        instance.add_run_tags(run.run_id, {DIED_TAG: "true"})
        instance.report_run_failed(
            run, f"{process} without reporting how the run ended: it was killed, or the machine stopped."
        )
        closed.append(run.run_id)
    return closed


def fail_own_runs(instance: dg.DagsterInstance) -> None:
    """Mark what this process was asked to stop before Dagster had begun it."""
    for run in _unfinished(instance):
        if own_tags().items() <= run.tags.items():
            instance.add_run_tags(run.run_id, {DIED_TAG: "true"})
            instance.report_run_failed(run, "It was stopped before it began.")


def _unfinished(instance: dg.DagsterInstance) -> Sequence[dg.DagsterRun]:
    import dagster as dg

    status = dg.DagsterRunStatus
    statuses = [status.NOT_STARTED, status.STARTING, status.STARTED, status.CANCELING]
    return instance.get_runs(dg.RunsFilter(statuses=statuses))


def _is_orphaned(instance: dg.DagsterInstance, run: dg.DagsterRun, store: Store) -> bool:
    """Whether nobody makes the run any more, as far as can be told beyond doubt.

    A database in a local folder is of this machine's processes: where the tags name another host, the machine was renamed,
    or the folder was moved here.
    """
    if is_shared(instance):
        return has_stopped(run.tags, store)
    if STARTED_TAG in run.tags:
        return process_start(int(run.tags[PID_TAG])) != run.tags[STARTED_TAG]
    return _page_process_is_gone(instance, run)


def _has_ended(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether it ended after it was looked up: its process may have gone because it was done."""
    now = instance.get_run_by_id(run.run_id)
    return now is None or now.is_finished


def _page_process_is_gone(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether a run started by the page or its daemon has lost its process, as far as this machine can tell.

    Only asked of a database in a local folder, so that the process was one of this machine; a run that has not told
    its process yet is left alone.
    """
    import dagster as dg

    processes = [
        (entry.timestamp, event.engine_event_data.metadata["pid"].value)
        for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
        if (event := entry.dagster_event) is not None and "pid" in event.engine_event_data.metadata
    ]
    return bool(processes) and not any(_ran_at(int(str(pid)), at) for at, pid in processes)


def _ran_at(pid: int, moment: float) -> bool:
    """Whether the process with that id today was there at that moment."""
    import psutil

    try:
        process = psutil.Process(pid)
        found: bool = (
            process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= moment + CLOCK_SLACK
        )
        return found
    except psutil.NoSuchProcess:
        return False


def main() -> None:
    """``python -m medai_assets.automation.orphaned_runs``: close what was left, in a process of its own."""
    from medai_assets.automation.instance import open_instance
    from medai_assets.settings import get_settings
    from medai_assets.storage import Store

    settings = get_settings()
    if forget_dead(settings.work_dir):
        stop_orphans()
    with open_instance(settings) as instance:
        for run_id in fail_orphaned_runs(instance, Store(settings.store_root)):
            print(f"run {run_id} was orphaned (its process is gone) and has been marked as failed")


if __name__ == "__main__":
    main()
