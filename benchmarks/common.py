"""What every benchmark shares: a measured child process, a table, and the last line with the ratio.

Run a benchmark as a script, for example ``python benchmarks/pubmed_update.py``; it imports this as ``common``.
Compare CPU seconds of single-threaded work on a machine that others use too, wall seconds where cores are the question.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Measured:
    """One call in a process of its own.

    Attributes:
        seconds: wall time of the call, imports and start of the process not included.
        cpu_seconds: processor time of the call, all threads.
        peak_mib: largest resident memory of the process, imports included.
        value: what the call returned; it was pickled.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float
    value: Any


def measure_in_process(function: Callable[..., Any], *arguments: Any) -> Measured:
    """Call a function of a module's top level in a fresh process, with pickled arguments.

    Raises:
        RuntimeError: the process ended without a result; what it wrote to stderr says why.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_measured, args=(sender, function, arguments))
    child.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        raise RuntimeError(f"{function.__name__} failed in its process") from None
    finally:
        child.join()


def best_of_each(times: int, contestants: Sequence[Callable[..., Any]], *arguments: Any) -> list[Measured]:
    """Each contestant's repetition with the least CPU time, in turns, so that a busy minute does not hit one alone."""
    rounds = [[measure_in_process(function, *arguments) for function in contestants] for _ in range(times)]
    return [min(runs, key=lambda run: run.cpu_seconds) for runs in zip(*rounds)]


def print_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table with aligned columns; numbers are grouped by thousands."""
    cells = [list(headers), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for number, line in enumerate(cells):
        print("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))


def print_ratio(name: str, value: float, target: float) -> None:
    """The last line of a benchmark, for people and for ``grep``: ``ratio NAME VALUE target TARGET``."""
    print(f"ratio {name} {value:.2f} target {target:g}")


def kit_folder() -> Path:
    """Folder of the sample kit's wheels: ``MEDAI_KIT`` or ``data/kit`` in the repository."""
    return Path(os.environ.get("MEDAI_KIT", REPOSITORY / "data" / "kit"))


def real_data_folder() -> Path:
    """Folder of publishers' files: ``MEDAI_REAL_DATA`` or ``../shared/data`` beside the repository."""
    return Path(os.environ.get("MEDAI_REAL_DATA", REPOSITORY.parent / "shared" / "data"))


def stop(message: str) -> None:
    """End a benchmark that cannot run here."""
    sys.exit(message)


def _measured(sender: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    value = function(*arguments)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    sender.send(Measured(wall, cpu, peak_mib(), value))
    sender.close()


def peak_mib() -> float:
    """Largest resident memory of this process so far, MiB (VmHWM: unlike ru_maxrss not inherited from the parent)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell the peak memory of a process in /proc/self/status")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
