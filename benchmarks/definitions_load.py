"""How long the definitions take to load, against a bare ``import dagster``, and how long a plan takes.

Run as a script. The ratio is CPU seconds of loading over those of the bare import, medians of fresh processes in turns.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys

from common import print_ratio, print_table

ROUNDS = 5
CONTESTANTS = {
    "import dagster": "import dagster",
    "import medai_assets.definitions": "import medai_assets.definitions",
    "import medai_assets.cli": "import medai_assets.cli",
}


def cpu_seconds(program: str) -> float:
    """CPU time of a fresh interpreter that runs a program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def main() -> None:
    times: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    for _ in range(ROUNDS):
        for name, program in CONTESTANTS.items():
            times[name].append(cpu_seconds(program))
    medians = {name: statistics.median(values) for name, values in times.items()}
    print_table(["what", "CPU seconds"], [[name, f"{value:.2f}"] for name, value in medians.items()])
    bare, loaded, _ = medians.values()
    print_ratio("definitions-load", loaded / bare, 1.5)


if __name__ == "__main__":
    main()
