"""Telling others how training goes: log lines, a progress file, and Dagster when it started the process."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from medai_assets.foundation.files import write_whole
from medai_assets.foundation.progress import ProgressFile
from medai_assets.foundation.redaction import secrets_of_environment, told_without_keys

RESULT = "result.json"  # what a process of its own leaves beside its job file


class Reporter:
    """Where the training process says things. Only rank 0 speaks when there are several."""

    def __init__(self, pipes: Any = None, progress_file: Path | None = None) -> None:
        self._pipes = pipes
        self._progress = ProgressFile(progress_file) if progress_file else None
        self._speaks = int(os.environ.get("RANK", "0")) == 0

    def say(self, line: str) -> None:
        """One line for the log, and for Dagster's page."""
        if not self._speaks:
            return
        line = secrets_of_environment().text(line)
        if self._pipes is not None:
            self._pipes.log.info(line)
        print(line, file=sys.stderr, flush=True)

    def progress(self, done: float, total: float | None, what: str) -> None:
        """How far the work is, for the command line."""
        if self._speaks and self._progress:
            self._progress(done, total, what)


@contextmanager
def reporter(progress_file: Path | None) -> Iterator[Reporter]:
    """A reporter for a process of its own; connected to Dagster Pipes when it was started by it.

    A stop ends the process wherever it is, without a traceback: a handler in Python, as for SIGINT, would wait for the operation
    under way, and there is nothing to save, since what is written is whole before it counts.
    """
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.SIG_DFL)
    if "DAGSTER_PIPES_CONTEXT" not in os.environ or int(os.environ.get("RANK", "0")) != 0:
        yield Reporter(progress_file=progress_file)
        return
    from dagster_pipes import open_dagster_pipes

    with open_dagster_pipes() as pipes:
        yield Reporter(pipes, progress_file)


def run_job_file(
    arguments: list[str],
    work: Callable[[dict[str, Any], Reporter], dict[str, Any]],
    *expected: type[Exception],
    keep_result: bool = False,
) -> int:
    """Do what a job file asks for; 0, or 1 where ``work`` raised one of ``expected``.

    Its sentence then stands in ``result.json`` beside the job file, as does what ``work`` returns where that is to be kept.
    """
    file = Path(arguments[0])
    job = orjson.loads(file.read_bytes())
    with reporter(Path(job["progress_file"]) if job.get("progress_file") else None) as report:
        try:
            with told_without_keys():
                result = work(job, report)
        except expected as error:
            report.say(str(error))
            write_whole(file.parent / RESULT, orjson.dumps({"error": str(error)}))
            return 1
    if keep_result:
        write_whole(file.parent / RESULT, orjson.dumps(result))
    return 0
