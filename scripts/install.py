"""Install the project, editable, with some of its extras, from files whose hashes requirements.lock holds.

``python scripts/install.py dev`` or ``train,s3``, with the interpreter of the environment to fill. PyTorch has a build for each
kind of machine: the one that this machine's pip is set up for is fetched first, and accepted only if the lock has its hash.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def requirements(extras: list[str]) -> list[str]:
    """What the project and these extras need, those that an extra names in turn included.

    Raises:
        KeyError: the project has no such extra.
    """
    found, waiting = set(PROJECT["dependencies"]), list(extras)
    while waiting:
        for one in PROJECT["optional-dependencies"][waiting.pop()]:
            own = re.fullmatch(rf"{PROJECT['name']}\[([\w,]+)\]", one)
            waiting += own[1].split(",") if own else []
            found |= set() if own else {one}
    return sorted(found)


def locked(name: str) -> str:
    """The lock's own lines of a requirement, its hashes among them."""
    found = re.search(rf"^{name}==.*(?:(?<=\\)\n.*)+", LOCK.read_text(), re.MULTILINE)
    if found is None:
        sys.exit(f"{LOCK} has no {name}; write it again with `make lock`")
    return found[0]


def main(extras: list[str]) -> None:
    """Fill the environment of this interpreter."""
    wanted = requirements(extras)
    with tempfile.TemporaryDirectory(dir=sys.prefix) as scratch:
        folder, own = Path(scratch) / "files", Path(scratch) / "torch"
        _with_hashes("install", [locked("pip"), locked("setuptools")], "--no-deps", "--no-compile")
        if any(re.match(r"torch\b", one) for one in wanted):
            lines = locked("torch")
            pin = lines.split()[0]
            _pip("download", "--no-deps", "--dest", str(own), pin)
            [file] = own.iterdir()
            wanted.remove(pin)
            wanted.append(lines.replace(pin, f"torch @ {file.as_uri()}", 1))
        _with_hashes("wheel", wanted, "--wheel-dir", str(folder))
        _unpack(folder)
    _pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    _compile()


def _with_hashes(command: str, wanted: list[str], *options: str) -> None:
    """Have pip take what is wanted, each file only if the lock has its hash."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("\n".join(wanted))
        _pip(command, "--require-hashes", "--constraint", str(LOCK), *options, "--requirement", str(file))


def _unpack(folder: Path) -> None:
    """Install all wheels of a folder, by up to four processes of pip, one a core: one alone uses one."""
    shares: list[list[Path]] = [[] for _ in range(min(os.cpu_count() or 1, 4))]
    for file in sorted(folder.iterdir(), key=lambda file: file.stat().st_size, reverse=True):
        min(shares, key=lambda share: sum(one.stat().st_size for one in share)).append(file)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--no-index",
               "--find-links", str(folder)]  # fmt: skip
    pins = [["==".join(file.name.split("-")[:2]) for file in share] for share in shares if share]
    ended = [process.wait() for process in [subprocess.Popen([*command, *share]) for share in pins]]
    if any(ended):
        sys.exit(max(ended))


# A third of all code, of which a command imports a file or two, and Python compiles these then.
SELDOM = (
    r"/(tests?|transformers/models|mlflow|openai/(types|resources)|databricks|torch/(testing|_vendor)|mypyc?|lm_eval/tasks"
    r"|sympy/physics|pygments/lexers|fontTools|sklearn|nltk|narwhals|joblib|moto|pyasn1_modules|sqlalchemy/testing)/"
)


def _compile() -> None:
    """Bytecode of what is installed, on every core at once; pip would compile it file by file on one."""
    where = sysconfig.get_paths()["purelib"]
    command = [sys.executable, "-m", "compileall", "-qq", "-j", "0", "-x", SELDOM, where]
    # packages hold templates that are no Python: pip passes them over too
    subprocess.run(command, check=False)


def _pip(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", *words], check=False)
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    main(sys.argv[1].split(",") if sys.argv[1:] else [])
