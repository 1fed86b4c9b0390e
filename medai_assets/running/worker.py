"""One materialization as a Dagster run, in a worker process that has loaded the definitions once.

A worker stands in a process group of its own, so that Ctrl-C reaches `medai run` alone, which then ends its workers
one by one; it ends by itself when `medai run` is killed, and what it started (training) ends with it.
"""

from __future__ import annotations

import os
import re
import signal
import time
import traceback
import warnings
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import active_children, get_context
from types import FrameType
from typing import TYPE_CHECKING, Self

from medai_assets.automation.orphaned_runs import (
    HOST_TAG,
    PARTITION_TAG,
    STARTED_TAG,
    announce_worker,
    announced,
    fail_orphaned_runs,
    fail_own_runs,
    forget_dead,
    own_tags,
    stop_orphans,
)
from medai_assets.foundation.child_processes import ENDINGS, ORDERLY, exit_with_parent
from medai_assets.foundation.progress import ProgressFile
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.claims import Claimed, WaitedTooLong, Waiting, claim
from medai_assets.settings import Settings, get_settings
from medai_assets.storage import Store, StoreError

if TYPE_CHECKING:
    import dagster as dg

# The class that Python writes before the message of an exception that this project raises in its own words.
OWN_CLASS = re.compile(r"^(medai_assets(\.\w+)+|dagster(\.\w+)*\.Failure): ")
WHY_TAG = "medai/why"
GRACE_SECONDS = ORDERLY  # for Dagster to note the end of a run, and for training to end


@dataclass(frozen=True)
class Outcome:
    """How one materialization ended."""

    target: PartitionId
    succeeded: bool
    run_id: str
    seconds: float
    error: str | None = None
    elsewhere: bool = False  # not begun: another run was making it, or using its pool
    warning: str = ""  # what a person should know although it ended well


class Workers:
    """Worker processes, each in a pool of its own, so that one that is killed takes no other with it.

    A block that an exception leaves, Ctrl-C among them, first ends what is under way.
    """

    def __init__(self, count: int) -> None:
        self._idle = [_pool() for _ in range(count)]
        self._busy: dict[Future[Outcome], tuple[PartitionId, ProcessPoolExecutor]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is not None:
                self._stop()
        finally:
            self._close()

    @property
    def free(self) -> int:
        """How many more can be begun now."""
        return len(self._idle)

    @property
    def running(self) -> dict[Future[Outcome], PartitionId]:
        return {future: target for future, (target, _) in self._busy.items()}

    def begin(self, target: PartitionId, why: str, forced: bool = False) -> None:
        """Make a partition; one that is not ``forced`` only if it still needs it once nobody else is at it."""
        pool = self._idle.pop()
        self._busy[pool.submit(work, target, why, forced)] = (target, pool)

    def outcome(self, future: Future[Outcome]) -> Outcome:
        """How a finished run ended; a worker that died is replaced, and what it had started is ended."""
        target, pool = self._busy.pop(future)
        error = future.exception()
        if isinstance(error, BrokenProcessPool):
            pool.shutdown(wait=True, cancel_futures=True)
            forget_dead(get_settings().work_dir)
            stop_orphans()
            pool = _pool()
        self._idle.append(pool)
        return describe_crash(target, error) if error else future.result()

    def _stop(self) -> None:
        """End what is under way, as Dagster ends a run, and the workers."""
        children = active_children()
        for child in children:
            child.terminate()
        end = time.monotonic() + GRACE_SECONDS
        for child in children:
            child.join(max(0.0, end - time.monotonic()))
            child.kill()

    def _close(self) -> None:
        for pool in [*self._idle, *(pool for _, pool in self._busy.values())]:
            pool.shutdown(wait=True, cancel_futures=True)


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        1, mp_context=get_context("spawn"), initializer=start_worker, initargs=(os.getpid(),)
    )


def start_worker(parent: int) -> None:
    """A group of its own, ended with its parent; warnings of preview features stay out of the terminal."""
    os.setpgid(0, 0)
    announce_worker()
    for ending in ENDINGS:
        signal.signal(ending, _leave)
    warnings.filterwarnings("ignore", module="dagster|medai_assets")
    exit_with_parent(parent, GRACE_SECONDS)  # first as Dagster ends a run, then for good


def _leave(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


def work(target: PartitionId, why: str, forced: bool = False) -> Outcome:
    """``materialize``, in which a signal is Dagster's interrupt; a worker that waits for work ends without a word."""
    try:
        for ending in ENDINGS:
            signal.signal(ending, signal.default_int_handler)
        return materialize(target, why, forced)
    finally:
        for ending in ENDINGS:
            signal.signal(ending, _leave)


def materialize(target: PartitionId, why: str, forced: bool = False) -> Outcome:
    """Run Dagster's own asset job for one partition and report how it ended; errors are told, never raised.

    Between the plan and the lock another process may have made it: what no longer needs a run is not made twice.
    """
    from medai_assets.automation.heartbeat import beating
    from medai_assets.automation.instance import open_instance
    from medai_assets.lineage.live_events import RECEIVER
    from medai_assets.storage import Store

    settings, started = get_settings(), time.monotonic()
    store = Store(settings.store_root)
    try:
        with open_instance(settings) as instance:
            if problem := _launched_elsewhere(instance):
                return Outcome(target, False, "", 0.0, problem)
            # Before the claim: what a run of the page is about to make would wait for it.
            if waited_for_the_page(instance, settings, target):
                return Outcome(target, False, "", 0.0, "the page was making it", elsewhere=True)
            with (
                claim(settings, target, "`medai run`"),
                announced(settings.work_dir, str(target)),
                beating(instance, store, settings.host) as heartbeat,
            ):
                if not forced and not needs_run(settings, target):
                    return Outcome(target, False, "", 0.0, "another process has made it", elsewhere=True)
                try:
                    result = _execute(instance, settings, target, heartbeat | {WHY_TAG: why[:200]})
                finally:
                    fail_own_runs(instance)
    except Claimed as claimed:
        return Outcome(target, False, "", 0.0, str(claimed), elsewhere=True)
    except (WaitedTooLong, StoreError) as problem:
        return Outcome(target, False, "", time.monotonic() - started, str(problem))
    error = None if result.success else first_error(result)
    seconds = time.monotonic() - started
    return Outcome(target, result.success, result.run_id, seconds, error, warning=RECEIVER.complaint)


def _launched_elsewhere(instance: dg.DagsterInstance) -> str | None:
    """Why a run of this process would be no run of the instance; None where it would be one."""
    import dagster as dg

    if isinstance(instance.run_launcher, dg.DefaultRunLauncher):
        return None
    launcher = type(instance.run_launcher).__name__
    return (
        f"dagster.yaml has runs started by {launcher}, whose monitoring would take one of this host for dead; set "
        "MEDAI_SUBMIT_TO to the address of Dagster's page, and they are made there"
    )


def needs_run(settings: Settings, target: PartitionId) -> bool:
    """Whether a partition is missing or stale now."""
    from medai_assets.planning.staleness import Staleness
    from medai_assets.storage import Store

    return Staleness(Graph(settings), Store(settings.store_root)).states()[target].needs_run


def _execute(
    instance: dg.DagsterInstance, settings: Settings, target: PartitionId, tags: dict[str, str]
) -> dg.ExecuteInProcessResult:
    import dagster as dg

    from medai_assets.automation.failed_attempts import TRIED_TAG
    from medai_assets.definitions import all_defs
    from medai_assets.planning.staleness import Staleness
    from medai_assets.storage import Store

    tried = Staleness(Graph(settings), Store(settings.store_root)).digest(target)
    return (
        all_defs(settings)
        .resolve_implicit_global_asset_job_def()
        .execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(target.asset)],
            partition_key=target.partition,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            tags={**own_tags(), **tags, TRIED_TAG: tried},
        )
    )


def first_error(result: dg.ExecuteInProcessResult) -> str:
    """The innermost message of the failed step: what a person can act on.

    An error in words of ours is that sentence alone, whatever it came from; its class stays in Dagster's log. Where
    blocking checks failed, it is what they found.
    """
    if found := _failed_checks(result):
        return found
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error:
            error = event.step_failure_data.error
            while error.cause and "_RemoteTraceback" not in error.cause.message:
                if OWN_CLASS.match(error.message):
                    break
                error = error.cause
            return OWN_CLASS.sub("", error.message.strip())
    return "the run failed before its step began; see the run in the UI"


def _failed_checks(result: dg.ExecuteInProcessResult) -> str:
    """Blocking checks that did not pass, each with the facts that it told; "" when there are none."""
    import dagster as dg

    failed = []
    for evaluation in result.get_asset_check_evaluations():
        if not evaluation.passed and evaluation.severity is dg.AssetCheckSeverity.ERROR:
            facts = ", ".join(f"{name}: {value.value}" for name, value in evaluation.metadata.items())
            failed.append(f"blocking check {evaluation.check_name} failed" + (f" ({facts})" if facts else ""))
    return "; ".join(failed)


def describe_crash(target: PartitionId, error: BaseException) -> Outcome:
    """An outcome for a worker that died or could not start."""
    if isinstance(error, BrokenProcessPool):
        reason = "its process was killed, perhaps because memory ran out; see the system's log"
    else:
        reason = "".join(traceback.format_exception_only(error)).strip()
    return Outcome(target, False, "", 0.0, reason)


PAGE_POLL_SECONDS = 2.0


def waited_for_the_page(instance: dg.DagsterInstance, settings: Settings, target: PartitionId) -> bool:
    """Wait until no run of the page is at it, and say meanwhile which one is; whether there was one.

    Raises:
        WaitedTooLong: it took longer than the settings allow.
    """
    graph, store, waiting = Graph(settings), Store(settings.store_root), Waiting(settings, target)
    progress = ProgressFile.of(settings.work_dir, str(target))
    waited = False
    while True:
        fail_orphaned_runs(instance, store)
        who = _page_is_at(instance, graph, target)
        if who is None:
            if waited:
                progress.remove()
            return waited
        waited = True
        progress(0, None, f"waits: {who}")
        waiting.look(who)
        time.sleep(PAGE_POLL_SECONDS)


def _page_is_at(instance: dg.DagsterInstance, graph: Graph, target: PartitionId) -> str | None:
    """Which run of the page makes the partition or uses its pool, in words; None for none."""
    import dagster as dg

    status, pool = dg.DagsterRunStatus, graph.nodes[target.asset].pool
    for run in instance.get_runs(dg.RunsFilter(statuses=[status.STARTING, status.STARTED])):
        if STARTED_TAG in run.tags:  # of a `medai run`: known by its lock
            continue
        assets = {key.to_user_string() for key in run.asset_selection or ()} & graph.nodes.keys()
        partition = run.tags.get(PARTITION_TAG)
        same = target.asset in assets and partition == target.partition
        if same or (pool is not None and pool in {graph.nodes[name].pool for name in assets}):
            made = ", ".join(str(PartitionId(name, partition)) for name in sorted(assets))
            host = f" on the host {run.tags[HOST_TAG]}" if HOST_TAG in run.tags else ""
            return f"run {run.run_id} of Dagster's page is making {made}{host}"
    return None
