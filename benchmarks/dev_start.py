"""How long ``dagster dev`` takes until its page answers with the definitions loaded, against an empty project.

Run as a script. Both start in turns, the first of a round changing from round to round; the ratio is the median over
the rounds of our wall seconds over the empty project's of the same round.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

from common import REPOSITORY, print_ratio, print_table

from medai_assets_tests.browser.dagster_page import free_port

ROUNDS = 4
LIMIT_SECONDS = 180
EMPTY = "import dagster as dg\ndefs = dg.Definitions()\n"
LOADED = """{ workspaceOrError { ... on Workspace {
  locationEntries { loadStatus locationOrLoadError { __typename } } } } }"""


def ready_after(arguments: list[str], folder: Path) -> float:
    """Seconds until the server answers and every code location is loaded."""
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
        _wait(f"http://127.0.0.1:{port}")
        return time.perf_counter() - started
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)


def _wait(base: str) -> None:
    end = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < end:
        if _answer(f"{base}/server_info") is not None and _is_loaded(base):
            return
        time.sleep(0.1)
    raise TimeoutError(f"nothing is ready at {base} after {LIMIT_SECONDS} s")


def _is_loaded(base: str) -> bool:
    """Whether all code locations are there; an error in one of them ends the benchmark."""
    reply = _answer(f"{base}/graphql?query={quote(LOADED)}")
    entries = json.loads(reply)["data"]["workspaceOrError"].get("locationEntries") if reply else None
    if not entries or any(e["loadStatus"] != "LOADED" for e in entries):
        return False
    kinds = {e["locationOrLoadError"]["__typename"] for e in entries if e["locationOrLoadError"]}
    if kinds - {"RepositoryLocation"}:
        raise RuntimeError(f"the definitions did not load: {kinds}")
    return bool(kinds)


def _answer(url: str) -> bytes | None:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.read() if reply.status == 200 else None
    except OSError:
        return None


def start_empty(folder: Path) -> float:
    (folder / "empty.py").write_text(EMPTY)
    return ready_after(["-f", str(folder / "empty.py")], folder)


def start_ours(folder: Path) -> float:
    return ready_after(["-m", "medai_assets.definitions"], folder)


def main() -> None:
    # Dagster ends on SIGTERM as on SIGINT, which a shell's background job would have it ignore.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    contestants = [("an empty project", start_empty), ("medai_assets", start_ours)]
    times: dict[str, list[float]] = {name: [] for name, _ in contestants}
    for number in range(ROUNDS):
        for name, start in contestants if number % 2 == 0 else reversed(contestants):
            with tempfile.TemporaryDirectory() as folder:
                times[name].append(start(Path(folder)))
    rows = [
        [name, f"{statistics.median(t):.1f}", ", ".join(f"{s:.1f}" for s in t)] for name, t in times.items()
    ]
    print_table(["what", "seconds until ready", "each"], rows)
    empty, ours = times.values()
    print_ratio("dev-start", statistics.median(o / e for o, e in zip(ours, empty)), 1.2)


if __name__ == "__main__":
    main()
