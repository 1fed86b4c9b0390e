"""Runs that a Dagster elsewhere makes: submitted through the API of its page, and followed until they end.

What belongs here: the same as of ``Workers``, over runs of a page in the place of processes of this host. A run belongs to the
Dagster that makes it: when this process ends, it goes on.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.claims import WaitedTooLong, Waiting, claimed_elsewhere
from medai_assets.planning.staleness import Staleness
from medai_assets.running.page import (
    EVENTS,
    LOCATIONS,
    STATUS,
    UNDER_WAY,
    Events,
    Locations,
    Page,
    PageRefused,
    Raised,
    Status,
    UnderWay,
)
from medai_assets.running.worker import OWN_CLASS, WHY_TAG, Outcome
from medai_assets.settings import Settings
from medai_assets.storage import Store, StoreError

TARGET_TAG = "medai/target"
POLL_SECONDS = 1.0
CLAIM_POLL_SECONDS = 30.0  # each look asks the store
LOST_SECONDS = 120.0  # for which the page may not answer while a run is followed
QUEUE = "QUEUED_RUN_COORDINATOR"  # the daemon that takes runs from the queue
ENDED = ("SUCCESS", "FAILURE", "CANCELED")


class Submitted:
    """Runs of a page, begun and followed as ``Workers`` begins and follows its own.

    Args:
        count: runs at a time; the page's own limits count as well.
        left: holds the ids of the runs that are under way there.
    """

    def __init__(self, settings: Settings, count: int, left: dict[PartitionId, str]) -> None:
        self.page, self.settings, self.count = Page(settings.submit_to), settings, count
        self.graph, self.store = Graph(settings), Store(settings.store_root)
        self.left = left
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="follows")
        self._busy: dict[Future[Outcome], PartitionId] = {}
        self._leaving = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def free(self) -> int:
        """How many more can be begun now."""
        return self.count - len(self._busy)

    @property
    def running(self) -> dict[Future[Outcome], PartitionId]:
        return dict(self._busy)

    def begin(self, target: PartitionId, why: str, forced: bool = False) -> None:
        """Have a partition made; a run that another `medai run` submitted for it, and that is under way, is followed instead.

        A run of the page's own is none of these: the one that is begun waits for it, and takes over what it makes. What a run is
        begun for is made there whatever the state, so ``forced`` says nothing more.
        """
        self._busy[self._pool.submit(self._make, target, why)] = target

    def outcome(self, future: Future[Outcome]) -> Outcome:
        """How a finished run ended."""
        del self._busy[future]
        return future.result()

    def _make(self, target: PartitionId, why: str) -> Outcome:
        began, run_id = time.monotonic(), ""
        try:
            before = self.store.current_receipt(*target)
            found = self.page.ask(UNDER_WAY, UnderWay, tags=[{"key": TARGET_TAG, "value": str(target)}])
            runs = [run.run_id for run in found.runs_or_error.results]
            run_id = runs[0] if runs else self._submit(target, why)
            self.left[target] = run_id
            error = self._ended(target, run_id)
            # What is followed may have published before.
            if error is None and not runs and self.store.current_receipt(*target) == before:
                error = (
                    f"run {run_id} ended well at {self.page.address} and left nothing new in {self.store.url}; do MEDAI_DATA "
                    "and MEDAI_PROFILE there name this store?"
                )
        except (PageRefused, StoreError, WaitedTooLong) as refused:
            error = str(refused)
        return Outcome(target, error is None, run_id, time.monotonic() - began, error)

    def _submit(self, target: PartitionId, why: str) -> str:
        from medai_assets.automation.failed_attempts import TRIED_TAG

        location, repository = self._place(target)
        tried = Staleness(self.graph, self.store).digest(target)
        tags = {WHY_TAG: why[:200], TARGET_TAG: str(target), TRIED_TAG: tried}
        return self.page.submit(location, repository, target, tags)

    def _place(self, target: PartitionId) -> tuple[str, str]:
        """The code location that has the asset, in the version that this host's plan is of."""
        found = self.page.ask(LOCATIONS, Locations)
        daemons = found.instance.daemon_health.all_daemon_statuses
        if any(d.daemon_type == QUEUE and d.required and not d.healthy for d in daemons):
            raise PageRefused(
                f"no daemon takes runs from the queue of {self.page.address}; start `dagster-daemon run` there"
            )
        for repository in found.repositories_or_error.nodes:
            for asset in repository.asset_nodes:
                if asset.asset_key.path != [target.asset]:
                    continue
                ours, theirs = self.graph.nodes[target.asset].code_version, asset.op_version
                if theirs != ours:
                    raise PageRefused(
                        f"the code server of {self.page.address} makes {target.asset} by version {theirs} of its code, and "
                        f"this host plans for {ours}; install the same release on both"
                    )
                return repository.location.name, repository.name
        raise PageRefused(
            f"no code server of {self.page.address} has the asset {target.asset}; is one running, with the same "
            "MEDAI_SOURCES, MEDAI_BASE_MODELS and release?"
        )

    def _ended(self, target: PartitionId, run_id: str) -> str | None:
        """Follow a run to its end, or to that of this process; why nothing came of it, None where something did.

        Raises:
            PageRefused: the page did not answer for too long.
            WaitedTooLong: no host was making it for longer than the settings allow.
        """
        status = self._followed(target, run_id)
        if status not in ENDED:
            return "no longer followed"
        del self.left[target]
        return None if status == "SUCCESS" else self._why(run_id, status)

    def _followed(self, target: PartitionId, run_id: str) -> str:
        """The run's status when it has ended, or when this process is to end; raises as ``_ended``."""
        answered = looked = time.monotonic()
        waiting = Waiting(self.settings, target)
        while True:
            try:
                status = self.page.ask(STATUS, Status, run=run_id).run_or_error.status
                answered = time.monotonic()
            except PageRefused as error:
                if time.monotonic() - answered > LOST_SECONDS:
                    raise PageRefused(f"{error}. Run {run_id} may go on there") from error
                status = "UNKNOWN"
            if status in ENDED or self._leaving.wait(POLL_SECONDS):
                return status
            if time.monotonic() - looked >= CLAIM_POLL_SECONDS:
                looked = time.monotonic()
                waiting = self._still_waiting(target, run_id, status, waiting)

    def _still_waiting(self, target: PartitionId, run_id: str, status: str, waiting: Waiting) -> Waiting:
        """The wait for a host to make it, begun anew where one does; a run whose host died keeps its status, but no claim."""
        try:
            claimed = claimed_elsewhere(self.settings, target)
        except StoreError:
            return waiting  # of which the run itself will tell, should it last
        if claimed:
            return Waiting(self.settings, target)
        waiting.look(f"{self.page.link(run_id)} is {status}, and no host was making it")
        return waiting

    def _why(self, run_id: str, status: str) -> str:
        """What a person can act on, as of a run of this host."""
        if status == "CANCELED":
            return f"run {run_id} was ended at {self.page.link(run_id)}"
        said, around, failed, after = "", "", [], None
        while True:
            log = self.page.ask(EVENTS, Events, run=run_id, after=after).logs_for_run
            for event in log.events:
                check = event.evaluation
                if check and not check.success and check.severity == "ERROR":
                    failed.append(f"blocking check {check.check_name} failed")
                if event.error and event.kind == "ExecutionStepFailureEvent":
                    said = _innermost(event.error)
                elif event.error:  # as when no code server began it
                    around = event.error.message.strip()
                elif event.kind == "RunFailureEvent":
                    around = around or event.message
            if not log.has_more:
                break
            after = log.cursor
        told = "; ".join(failed) or said or around or "it ended without giving a reason"
        return f"{told} ({self.page.link(run_id)})"


def _innermost(error: Raised) -> str:
    """As ``first_error`` tells it: an error in words of ours is that sentence alone."""
    chain = [error.message, *(one.error.message for one in error.error_chain)]
    own = [message for message in chain if OWN_CLASS.match(message)]
    return OWN_CLASS.sub("", (own or chain[-1:])[0].strip())
