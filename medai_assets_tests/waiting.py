"""Waiting in tests: for an event, never for a time, with one bound that also a slow and busy machine keeps."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

# Seconds. What a test waits for takes ten at most on two quiet cores; a machine four times slower that does four other
# things meanwhile needs its twenty-fold. A bound that is reached is a fault, so its length costs nothing else.
PATIENCE = 300.0
_PAUSE = 0.05


def eventually(what: str, found: Callable[[], T], patience: float = PATIENCE) -> T:
    """What ``found`` returns once that is true.

    Args:
        what: is waited for, to be read in ``nothing came of waiting for …``.
        patience: seconds.
    """
    end = time.monotonic() + patience
    while not (seen := found()):
        if time.monotonic() > end:
            raise AssertionError(f"nothing came of waiting {patience:.0f} s for {what}")
        time.sleep(_PAUSE)
    return seen


def ended(process: subprocess.Popen[Any], what: str, patience: float = PATIENCE) -> int:
    """The exit code of a process that has to end by itself."""
    try:
        return process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"nothing came of waiting {patience:.0f} s for the end of {what}") from None
