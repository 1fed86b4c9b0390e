"""What it costs to hold every stored file against its manifest before it is read.

    python benchmarks/integrity.py [CITATIONS, default 40000]

The kit's citations in twenty slices, processed and curated, as in ``incremental.py``: once from nothing, then after
one slice changed, each in a process of its own, which therefore hashes what it reads anew. The share is processor time
spent in hashing over that of the whole process.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import measure_in_process, print_ratio, print_table
from incremental import build, change, collect
from pubmed_update import BASELINE, UPDATE, extract

from medai_assets.foundation import file_hashes
from medai_assets.storage import stored

MOST_PERCENT = 3
SLICES = 20


def verified(root: Path) -> tuple[float, int]:
    """Build, and tell the seconds of processor time spent in hashing, and the bytes hashed."""
    spent, size = 0.0, 0
    original = stored.file_digest

    def timed(path: str, filesystem: Any = None) -> str | None:
        nonlocal spent, size
        known = path in file_hashes._hashed
        began = time.thread_time()
        found = original(path, filesystem)
        spent += time.thread_time() - began
        size += 0 if known else Path(path).stat().st_size
        return found

    stored.file_digest = timed  # type: ignore[assignment]
    build(root)
    return spent, size


def main(citations: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "store"
        files = [extract(name, Path(folder)) for name in (BASELINE, UPDATE)]
        collect(root, files, citations, SLICES)
        rows, shares = [], []
        for what in ("from nothing", "one slice changed"):
            run = measure_in_process(verified, root)
            spent, size = run.value
            shares.append(spent / run.cpu_seconds)
            rows.append(
                [what, f"{run.cpu_seconds:.1f}", f"{spent:.3f}", f"{size / 2**20:.0f}", f"{shares[-1]:.2%}"]
            )
            change(root, 3)
        print_table(["run", "CPU s", "hashing, CPU s", "MiB hashed", "share"], rows)
        print_ratio("integrity-percent", 100 * max(shares), MOST_PERCENT)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000)
