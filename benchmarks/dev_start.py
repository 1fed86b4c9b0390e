"""How long ``dagster dev`` takes until its page answers, against an empty project, in turns.

Run as a script. The ratio is the median wall time of ours over that of the empty project.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from common import REPOSITORY, print_ratio, print_table

from medai_assets_tests.browser.dagster_page import free_port

ROUNDS = 3
LIMIT_SECONDS = 180
EMPTY = "import dagster as dg\ndefs = dg.Definitions()\n"


def ready_after(arguments: list[str], folder: Path) -> float:
    """Seconds until the definitions' asset nodes can be asked for over GraphQL."""
    port = free_port()
    command = [sys.executable, "-m", "dagster", "dev", *arguments, "-h", "127.0.0.1", "-p", str(port)]
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(folder),
        "MEDAI_DATA": str(folder / "data"),
        "PYTHONPATH": str(REPOSITORY),
    }
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    started = time.perf_counter()
    server = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _wait(f"http://127.0.0.1:{port}/graphql?query=%7BassetNodes%7Bid%7D%7D")
        return time.perf_counter() - started
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def _wait(url: str) -> None:
    end = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5) as reply:
                reply.read()
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nothing answers at {url} after {LIMIT_SECONDS} s")


def main() -> None:
    times: dict[str, list[float]] = {"an empty project": [], "medai_assets": []}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "empty.py").write_text(EMPTY)
            times["an empty project"].append(
                ready_after(["-f", str(Path(folder) / "empty.py")], Path(folder))
            )
        with tempfile.TemporaryDirectory() as folder:
            times["medai_assets"].append(ready_after(["-m", "medai_assets.definitions"], Path(folder)))
    medians = {name: statistics.median(values) for name, values in times.items()}
    print_table(["what", "seconds until ready"], [[name, f"{value:.1f}"] for name, value in medians.items()])
    empty, ours = medians.values()
    print_ratio("dev-start", ours / empty, 1.2)


if __name__ == "__main__":
    main()
