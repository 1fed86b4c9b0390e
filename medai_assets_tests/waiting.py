"""Waiting in tests: for an event, never for a time, with one bound that also a slow and busy machine keeps."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

T = TypeVar("T")
Process = subprocess.Popen[Any] | BaseProcess

# Seconds. What a test waits for takes ten at most on two quiet cores; a machine four times slower that does four other
# things meanwhile needs its twenty-fold. A bound that is reached is a fault, so its length costs nothing else.
PATIENCE = 300.0
_PAUSE = 0.05


def eventually(what: str, found: Callable[[], T], *by: Process, patience: float = PATIENCE) -> T:
    """What ``found`` returns once that is true.

    Args:
        what: is waited for, to be read in ``nothing came of waiting for …``.
        by: processes that have to live until then; where one has ended there is nothing to wait for.
        patience: seconds.
    """
    end = time.monotonic() + patience
    while True:
        dead = [told for process in by if (told := _end_of(process))]  # before the look, for what it did last
        if seen := found():
            return seen
        if dead:
            raise AssertionError(f"waiting for {what} is in vain: {'; '.join(dead)}")
        if time.monotonic() > end:
            raise AssertionError(f"nothing came of waiting {patience:.0f} s for {what}")
        time.sleep(_PAUSE)


def _end_of(process: Process) -> str:
    """How a process ended, with its name; empty while it lives."""
    if isinstance(process, BaseProcess):
        name, code = process.name, process.exitcode
    else:
        words = process.args if isinstance(process.args, list | tuple) else [process.args]
        name, code = " ".join(shlex.join(map(str, words)).split())[:200], process.poll()
    return "" if code is None else f"process {process.pid} ({name}) ended with exit code {code}"


def ended(process: subprocess.Popen[Any], what: str, patience: float = PATIENCE) -> int:
    """The exit code of a process that has to end by itself."""
    try:
        return process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"nothing came of waiting {patience:.0f} s for the end of {what}") from None
