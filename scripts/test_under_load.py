"""Run the tests several times while other processes keep this machine's processors busy: ``make test-under-load``.

What passes only on a quiet machine fails here. Words after the options are pytest's own, e.g. a room's folder.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

BUSY = "while True: pass"
SPREAD = ("--dist", "loadfile", "--no-loadscope-reorder")  # as `make test` spreads them


def main() -> int:
    """The exit code of the first run that failed, 0 when all passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="runs, one after the other")
    parser.add_argument("--busy", type=int, default=4, help="other processes that never rest")
    parser.add_argument("--workers", default="3", help="pytest's own processes")
    options, words = parser.parse_known_args()
    others = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(options.busy)]
    try:
        for number in range(1, options.times + 1):
            print(f"run {number} of {options.times}, beside {options.busy} busy processes", flush=True)
            begun = time.monotonic()
            code = subprocess.call([sys.executable, "-m", "pytest", "-n", options.workers, *SPREAD, *words])
            print(f"run {number} ended with {code} after {time.monotonic() - begun:.0f} s", flush=True)
            if code:
                return code
    finally:
        for other in others:
            other.kill()
            other.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
