"""Write requirements.lock: each pin of constraints.txt with the hashes of its files, for every platform (``make lock``).

A version is chosen in constraints.txt; what only another platform or Python needs is pinned in the lock alone. uv resolves;
pip installs (``scripts/install.py``).
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
CPU_BUILDS = ROOT / "scripts" / "torch_cpu.txt"
TOOLS = "pip\nsetuptools\n"  # what installs the rest
HEADER = "# Written by `make lock` from pyproject.toml and constraints.txt; `make install` accepts no other file.\n"


def resolved() -> str:
    """The lock as uv writes it: requirements with markers, a hash a line."""
    command = [
        "uv", "pip", "compile", "pyproject.toml", "-", "--all-extras", "--universal", "--python-version", "3.11",
        "--constraint", "constraints.txt", "--generate-hashes", "--no-header", "--no-annotate", "--quiet",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, input=TOOLS, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def with_cpu_builds(lock: str) -> str:
    """The same, PyTorch's CPU builds accepted beside the registry's."""
    pin = re.search(r"^torch==(\S+) \\\n", lock, re.MULTILINE)
    builds = re.findall(r"^([0-9a-f]{64})  torch-(\S+?)\+cpu-", CPU_BUILDS.read_text(), re.MULTILINE)
    if pin is None or {version for _, version in builds} != {pin[1]}:
        sys.exit(f"{CPU_BUILDS} has to hold the CPU builds of torch {pin and pin[1]}, and no others")
    hashes = "".join(f"    --hash=sha256:{digest} \\\n" for digest, _ in builds)
    return lock[: pin.end()] + hashes + lock[pin.end() :]


if __name__ == "__main__":
    LOCK.write_text(HEADER + with_cpu_builds(resolved()))
