"""Work on several cores: eight bulk files read by two processes against one.

    python benchmarks/two_processes.py

The processes exist before the clock starts, as they do in a collection. Wall time: cores are the question, so the
machine has to be idle otherwise.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from common import print_ratio, print_table
from pubmed_update import BASELINE, UPDATE, by_medai, extract

FILES = 8
TIMES = 2


def seconds(processes: int, paths: list[Path]) -> float:
    """Wall seconds in which a pool of so many processes reads all files; the best of TIMES."""
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        list(pool.map(by_medai, paths[:1] * processes))
        taken = []
        for _ in range(TIMES):
            start = time.perf_counter()
            read = sum(pool.map(by_medai, paths))
            taken.append(time.perf_counter() - start)
    print(f"{processes} process(es): {read:,} citations")
    return min(taken)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        two = [extract(name, Path(folder)) for name in (UPDATE, BASELINE)]
        paths = two * (FILES // 2)
        one_process, two_processes = (seconds(processes, paths) for processes in (1, 2))
        load = os.getloadavg()[0]
        print_table(
            ("processes", "wall s"), [(1, one_process), (2, two_processes), (f"load average {load:.1f}", "")]
        )
        print_ratio("two-processes", one_process / two_processes, 1.7)
