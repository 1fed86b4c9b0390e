"""Run the tests on each of the supported interpreters that this machine has: ``make test-interpreters``.

Each gets an environment of its own, ``.venv-3.12`` and so on, with the pinned set. With ``--without-training`` the packages
around torch are left out, which are gigabytes where only CUDA builds are to be had; the tests that need them are then
skipped, and say so. Other words are pytest's own.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from install import PROJECT, ROOT, requirements

VERSIONS = [
    c.rpartition(" ")[2]
    for c in PROJECT["classifiers"]
    if c.startswith("Programming Language :: Python :: 3.")
]
TRAINING = {"accelerate", "bitsandbytes", "lm-eval", "peft", "torch", "trl"}


def interpreter(version: str) -> str | None:
    """The interpreter of a version: on the path, or among pyenv's."""
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    known = sorted(folder.glob(f"{version}.*/bin/python"))
    places = [shutil.which(f"python{version}"), *map(str, known)]
    return next((p for p in places if p and _answers(p, version)), None)


def _answers(python: str, version: str) -> bool:
    """Whether it runs and is of that version; pyenv's stand-ins on the path do not always."""
    found = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
    return found.returncode == 0 and found.stdout.startswith(f"Python {version}.")


def install(python: str, version: str, training: bool) -> str:
    """The interpreter of an environment with the project and what its tests need."""
    folder = ROOT / f".venv-{version}"
    own = str(folder / "bin" / "python")
    if not Path(own).exists():
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
    if training:
        subprocess.run([own, str(ROOT / "scripts" / "install.py"), "dev"], check=True)
        return own
    pip = [own, "-m", "pip", "install", "--quiet", "--constraint", str(ROOT / "constraints.txt")]
    named = {one: re.match(r"[\w-]+", one)[0] for one in requirements(["dev"])}
    names = [re.sub(r"\[.*?\]", "", one) for one in named if named[one] not in TRAINING]  # extras bring torch
    subprocess.run([*pip, *names], check=True)
    subprocess.run([*pip, "--no-deps", "--editable", str(ROOT)], check=True)
    return own


def main() -> int:
    """0 when the tests passed on every interpreter that is at hand, and there was one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-training", action="store_true")
    parser.add_argument("--only", action="append", choices=VERSIONS, help="a version to try; may be repeated")
    options, words = parser.parse_known_args()
    codes = {}
    for version in options.only or VERSIONS:
        python = interpreter(version)
        if python is None:
            print(f"Python {version}: not at hand", flush=True)
            continue
        own = install(python, version, not options.without_training)
        codes[version] = subprocess.call([own, "-m", "pytest", "-n", "2", *words], cwd=ROOT)
        print(f"Python {version}: the tests ended with {codes[version]}", flush=True)
    return max(codes.values(), default=1)


if __name__ == "__main__":
    sys.exit(main())
