"""The API of a Dagster page elsewhere: what is asked of it, the shape of its answers, and each way it may fail as one sentence."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from medai_assets.automation.orphaned_runs import PARTITION_TAG
from medai_assets.foundation.extras import require
from medai_assets.foundation.guard import TOKEN
from medai_assets.foundation.plurals import shortened
from medai_assets.graph.graph import PartitionId

if TYPE_CHECKING:
    from gql.transport.requests import RequestsHTTPTransport

T = TypeVar("T")
JOB = "__ASSET_JOB"  # Dagster's own job of all assets
TIMEOUT = 30  # seconds, of one request
MOST_TOLD = 300  # characters of what a page answers
GONE = "RunNotFoundError"

LOCATIONS = """{
  repositoriesOrError { __typename
    ... on RepositoryConnection { nodes { name location { name } assetNodes { assetKey { path } opVersion } } }
    ... on Error { message } }
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"""
UNDER_WAY = """query ($tags: [ExecutionTag!]) {
  runsOrError(filter: {statuses: [QUEUED, NOT_STARTED, STARTING, STARTED], tags: $tags}, limit: 1) {
    __typename ... on Runs { results { runId } } ... on Error { message } } }"""
STATUS = """query ($run: ID!) { runOrError(runId: $run) { __typename
  ... on Run { status } ... on Error { message } } }"""
EVENTS = """query ($run: ID!, $after: String) { logsForRun(runId: $run, afterCursor: $after) { __typename
  ... on EventConnection { cursor hasMore events { __typename
    ... on MessageEvent { message }
    ... on ErrorEvent { error { message errorChain { error { message } } } }
    ... on AssetCheckEvaluationEvent { evaluation { checkName success severity } } } }
  ... on Error { message } } }"""


class PageRefused(Exception):
    """The page cannot have the run made; the message says why and what to do."""


class _Answer(msgspec.Struct, rename="camel", frozen=True):
    """A part of an answer; its names are those of the schema."""


class _Key(_Answer, frozen=True):
    path: list[str]


class _Asset(_Answer, frozen=True):
    asset_key: _Key
    op_version: str | None


class _Named(_Answer, frozen=True):
    name: str


class _Repository(_Answer, frozen=True):
    name: str
    location: _Named
    asset_nodes: list[_Asset]


class _Repositories(_Answer, frozen=True):
    nodes: list[_Repository]


class _Daemon(_Answer, frozen=True):
    daemon_type: str
    required: bool
    healthy: bool | None


class _Daemons(_Answer, frozen=True):
    all_daemon_statuses: list[_Daemon]


class _Instance(_Answer, frozen=True):
    daemon_health: _Daemons


class Locations(_Answer, frozen=True):
    """The answer to LOCATIONS."""

    repositories_or_error: _Repositories
    instance: _Instance


class _Run(_Answer, frozen=True):
    run_id: str


class _Runs(_Answer, frozen=True):
    results: list[_Run]


class UnderWay(_Answer, frozen=True):
    """The answer to UNDER_WAY."""

    runs_or_error: _Runs


class _Status(_Answer, frozen=True):
    status: str = "CANCELED"  # a run that was deleted is none


class Status(_Answer, frozen=True):
    """The answer to STATUS."""

    run_or_error: _Status


class _Error(_Answer, frozen=True):
    message: str


class _Cause(_Answer, frozen=True):
    error: _Error


class Raised(_Answer, frozen=True):
    """What a step, or Dagster around it, raised, and what that came of."""

    message: str
    error_chain: list[_Cause]


class _Evaluation(_Answer, frozen=True):
    check_name: str
    success: bool
    severity: str


class _Event(_Answer, frozen=True):
    kind: str = msgspec.field(name="__typename")
    message: str = ""
    error: Raised | None = None
    evaluation: _Evaluation | None = None


class _Log(_Answer, frozen=True):
    events: list[_Event] = []
    has_more: bool = False
    cursor: str = ""


class Events(_Answer, frozen=True):
    """The answer to EVENTS."""

    logs_for_run: _Log


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

    def ask(self, query: str, kind: type[T], **variables: Any) -> T:
        """What the page answers.

        Raises:
            PageRefused: it does not, or with an error of its own.
        """
        return self._told(lambda: self._read(self._execute(query, variables), kind), msgspec.ValidationError)

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
            ),
            *(KeyError, TypeError),  # its client looks at no shape
        )

    def _execute(self, query: str, variables: dict[str, Any]) -> Any:
        from gql import Client, gql

        request = gql(query)
        request.variable_values = variables
        return Client(transport=self._transport()).execute(request)

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

    def _told(self, act: Callable[[], T], *shapeless: type[Exception]) -> T:
        """What is done with the page.

        Args:
            shapeless: raised where something answers that is no page.
        """
        from dagster_graphql import DagsterGraphQLClientError
        from gql.transport.exceptions import TransportError, TransportProtocolError
        from requests.exceptions import RequestException

        of = f"Dagster's page at {self.address}"
        shapeless = (*shapeless, AssertionError, TransportProtocolError)  # as gql has them
        told: tuple[type[Exception], ...] = (
            DagsterGraphQLClientError,
            TransportError,
            RequestException,
            *shapeless,
        )
        try:
            return act()
        except told as error:
            causes = list(_causes(error))
            code = next((found for cause in causes if (found := getattr(cause, "code", None))), None)
            if code in (401, 403):
                why = f"{of} asks for a token; set {TOKEN} to the one that it was started with"
            elif code is not None:
                why = (
                    f"{of} answers with HTTP status {code}; see its own log, and whether that is its address"
                )
            elif any(isinstance(cause, RequestException) for cause in causes):
                why = f"{of} does not answer ({type(causes[-1]).__name__}); is it running, and is that its address?"
            elif isinstance(causes[-1], shapeless):
                why = f"what answers at {self.address} is no page of Dagster; is that its address?"
            else:
                why = f"{of}: {shortened(str(causes[-1]) or type(causes[-1]).__name__, MOST_TOLD)}"
            raise PageRefused(why) from error

    def _read(self, answer: Any, kind: type[T]) -> T:
        """An answer in its shape; the page's own error is raised in its words."""
        for part in answer.values() if isinstance(answer, dict) else ():
            if isinstance(part, dict) and "message" in part and part.get("__typename") != GONE:
                raise PageRefused(
                    f"Dagster's page at {self.address}: {shortened(str(part['message']), MOST_TOLD)}"
                )
        return msgspec.convert(answer, kind)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came of, of ours the last."""
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__
