"""Runs that a Dagster elsewhere makes: submitted through the API of its page, and followed until they end.

What belongs here: the same as of ``Workers``, over runs of a page in the place of processes of this host. A run belongs to the
Dagster that makes it: when this process ends, it goes on.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self, TypeVar

from medai_assets.automation.orphaned_runs import PARTITION_TAG
from medai_assets.foundation.extras import require
from medai_assets.foundation.guard import TOKEN
from medai_assets.foundation.plurals import shortened
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.staleness import Staleness
from medai_assets.running.worker import OWN_CLASS, WHY_TAG, Outcome
from medai_assets.settings import Settings
from medai_assets.storage import Store

if TYPE_CHECKING:
    from gql.transport.requests import RequestsHTTPTransport

T = TypeVar("T")
JOB = "__ASSET_JOB"  # Dagster's own job of all assets
TARGET_TAG = "medai/target"
POLL_SECONDS = 1.0
LOST_SECONDS = 120.0  # for which the page may not answer while a run is followed
TIMEOUT = 30  # seconds, of one request
QUEUE = "QUEUED_RUN_COORDINATOR"  # the daemon that takes runs from the queue
MOST_TOLD = 300  # characters of what a page answers
ENDED = ("SUCCESS", "FAILURE", "CANCELED")

_LOCATIONS = """{
  repositoriesOrError { __typename
    ... on RepositoryConnection { nodes { name location { name } assetNodes { assetKey { path } opVersion } } }
    ... on PythonError { message } }
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"""
_UNDER_WAY = """query ($tags: [ExecutionTag!]) {
  runsOrError(filter: {statuses: [QUEUED, NOT_STARTED, STARTING, STARTED], tags: $tags}, limit: 1) {
    __typename ... on Runs { results { runId } } } }"""
_STATUS = """query ($run: ID!) { runOrError(runId: $run) { __typename ... on Run { status } } }"""
_EVENTS = """query ($run: ID!, $after: String) { logsForRun(runId: $run, afterCursor: $after) { __typename
  ... on EventConnection { cursor hasMore events { __typename
    ... on MessageEvent { message }
    ... on ExecutionStepFailureEvent { error { message errorChain { error { message } } } }
    ... on AssetCheckEvaluationEvent { evaluation { checkName success severity } } } } } }"""


class PageRefused(Exception):
    """The page cannot have the run made; the message says why and what to do."""


class Page:
    """The API of a Dagster page.

    Args:
        address: of the page, as a browser has it.

    Raises:
        ExtraMissing: what speaks with it is not installed.
    """

    def __init__(self, address: str) -> None:
        require("ui", "MEDAI_SUBMIT_TO")
        self.address = address.rstrip("/")
        self._local = threading.local()  # a connection is of one thread

    def link(self, run_id: str) -> str:
        """Where a person looks at a run."""
        return f"{self.address}/runs/{run_id}"

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """What the page answers.

        Raises:
            PageRefused: it does not.
        """
        from gql import Client, gql

        request = gql(query)
        request.variable_values = variables
        return self._told(lambda: Client(transport=self._transport()).execute(request))

    def submit(self, location: str, repository: str, target: PartitionId, tags: dict[str, str]) -> str:
        """Have one partition made; returns the run's id.

        Raises:
            PageRefused: it does not take the run.
        """
        from dagster_graphql import DagsterGraphQLClient

        partition = {PARTITION_TAG: target.partition} if target.partition is not None else {}
        return self._told(
            lambda: DagsterGraphQLClient(self.address, transport=self._transport()).submit_job_execution(
                JOB, location, repository, tags={**tags, **partition}, asset_selection=[target.asset]
            )
        )

    def _transport(self) -> RequestsHTTPTransport:
        from gql.transport.requests import RequestsHTTPTransport

        if not hasattr(self._local, "transport"):
            token = os.environ.get(TOKEN, "")
            self._local.transport = RequestsHTTPTransport(
                url=f"{self.address}/graphql",
                headers={"Authorization": f"Bearer {token}"} if token else {},
                timeout=TIMEOUT,
            )
        transport: RequestsHTTPTransport = self._local.transport
        return transport

    def _told(self, act: Callable[[], T]) -> T:
        from dagster_graphql import DagsterGraphQLClientError
        from gql.transport.exceptions import TransportError
        from requests.exceptions import RequestException

        try:
            return act()
        except (DagsterGraphQLClientError, TransportError, RequestException) as error:
            causes = list(_causes(error))
            if any(getattr(cause, "code", None) in (401, 403) for cause in causes):
                raise PageRefused(
                    f"Dagster's page at {self.address} asks for a token; set {TOKEN} to the one that it was started with"
                ) from error
            if any(isinstance(cause, RequestException) for cause in causes):
                raise PageRefused(
                    f"Dagster's page at {self.address} does not answer ({type(causes[-1]).__name__}); is it running, and is "
                    "that its address?"
                ) from error
            said = str(causes[-1]) or type(causes[-1]).__name__
            raise PageRefused(f"Dagster's page at {self.address}: {shortened(said, MOST_TOLD)}") from error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came of, of ours the last."""
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__


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
        """Have a partition made; a run that is under way there for it is followed instead."""
        self._busy[self._pool.submit(self._make, target, why)] = target

    def outcome(self, future: Future[Outcome]) -> Outcome:
        """How a finished run ended."""
        target, began = self._busy.pop(future), time.monotonic()
        error = future.exception()
        if isinstance(error, PageRefused):
            return Outcome(target, False, "", time.monotonic() - began, str(error))
        return future.result()

    def _make(self, target: PartitionId, why: str) -> Outcome:
        began, before = time.monotonic(), self.store.current_receipt(*target)
        run_id = self._under_way(target) or self._submit(target, why)
        self.left[target] = run_id
        status = self._followed(run_id)
        seconds = time.monotonic() - began
        if status not in ENDED:
            return Outcome(target, False, run_id, seconds, "no longer followed")
        del self.left[target]
        error = None if status == "SUCCESS" else self._why(run_id, status)
        if error is None and self.store.current_receipt(*target) == before:
            error = (
                f"run {run_id} ended well at {self.page.address} and left nothing new in {self.store.url}; do MEDAI_DATA and "
                "MEDAI_PROFILE there name this store?"
            )
        return Outcome(target, error is None, run_id, seconds, error)

    def _under_way(self, target: PartitionId) -> str | None:
        found = self.page.ask(_UNDER_WAY, tags=[{"key": TARGET_TAG, "value": str(target)}])["runsOrError"]
        results = found.get("results") or []
        return str(results[0]["runId"]) if results else None

    def _submit(self, target: PartitionId, why: str) -> str:
        from medai_assets.automation.failed_attempts import TRIED_TAG

        location, repository = self._place(target)
        tried = Staleness(self.graph, self.store).digest(target)
        tags = {WHY_TAG: why[:200], TARGET_TAG: str(target), TRIED_TAG: tried}
        return self.page.submit(location, repository, target, tags)

    def _place(self, target: PartitionId) -> tuple[str, str]:
        """The code location that has the asset, in the version that this host's plan is of."""
        found = self.page.ask(_LOCATIONS)
        daemons = found["instance"]["daemonHealth"]["allDaemonStatuses"]
        if any(d["daemonType"] == QUEUE and d["required"] and not d["healthy"] for d in daemons):
            raise PageRefused(
                f"no daemon takes runs from the queue of {self.page.address}; start `dagster-daemon run` there"
            )
        for repository in found["repositoriesOrError"].get("nodes") or ():
            for asset in repository["assetNodes"]:
                if asset["assetKey"]["path"] != [target.asset]:
                    continue
                ours, theirs = self.graph.nodes[target.asset].code_version, asset["opVersion"]
                if theirs != ours:
                    raise PageRefused(
                        f"the code server of {self.page.address} makes {target.asset} by version {theirs} of its code, and "
                        f"this host plans for {ours}; install the same release on both"
                    )
                return repository["location"]["name"], repository["name"]
        raise PageRefused(
            f"no code server of {self.page.address} has the asset {target.asset}; is one running, with the same "
            "MEDAI_SOURCES, MEDAI_BASE_MODELS and release?"
        )

    def _followed(self, run_id: str) -> str:
        """The run's status when it has ended, or when this process is to end."""
        answered = time.monotonic()
        while True:
            try:
                found = self.page.ask(_STATUS, run=run_id)["runOrError"]
                answered = time.monotonic()
            except PageRefused as error:
                if time.monotonic() - answered > LOST_SECONDS:
                    raise PageRefused(f"{error}. Run {run_id} may go on there") from error
                found = {"status": "UNKNOWN"}
            status = str(found.get("status", "CANCELED"))  # a run that was deleted is none
            if status in ENDED or self._leaving.wait(POLL_SECONDS):
                return status

    def _why(self, run_id: str, status: str) -> str:
        """What a person can act on, as of a run of this host."""
        if status == "CANCELED":
            return f"run {run_id} was ended at {self.page.link(run_id)}"
        said, failed, after = "", [], None
        while True:
            found = self.page.ask(_EVENTS, run=run_id, after=after)["logsForRun"]
            for event in found.get("events") or ():
                evaluation = event.get("evaluation")
                if evaluation and not evaluation["success"] and evaluation["severity"] == "ERROR":
                    failed.append(f"blocking check {evaluation['checkName']} failed")
                if event.get("error"):
                    said = _innermost(event["error"])
                elif event["__typename"] == "RunFailureEvent":
                    said = said or event["message"]
            if not found.get("hasMore"):
                break
            after = found["cursor"]
        told = "; ".join(failed) or said or "it ended without giving a reason"
        return f"{told} ({self.page.link(run_id)})"


def _innermost(error: dict[str, Any]) -> str:
    """As ``first_error`` tells it: an error in words of ours is that sentence alone."""
    chain = [error["message"], *(one["error"]["message"] for one in error["errorChain"])]
    own = [message for message in chain if OWN_CLASS.match(message)]
    return OWN_CLASS.sub("", (own or chain[-1:])[0].strip())
