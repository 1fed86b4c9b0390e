"""Training in processes of its own, without each importing the training stack anew: they are forks of one that has.

Python's own fork server imports it once in each of the workers that run tests; a fork begins with nothing computed.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

from medai_assets_tests.waiting import PATIENCE

# What `python -m medai_assets.training.train` does.
TRAIN = "import sys; from medai_assets.training import train; sys.exit(train.main(sys.argv[1:]))"
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["medai_assets.training.train"])


class Ended(NamedTuple):
    """As ``subprocess.run`` tells it."""

    returncode: int | None
    stdout: str
    stderr: str


class Started(NamedTuple):
    """A process with the files that it writes to."""

    process: BaseProcess
    stdout: Path
    stderr: Path

    def end(self) -> Ended:
        """Wait for it."""
        self.process.join(PATIENCE)
        assert self.process.exitcode is not None, f"nothing came of waiting {PATIENCE:.0f} s for its end"
        return Ended(self.process.exitcode, self.stdout.read_text(), self.stderr.read_text())


@contextmanager
def started(
    folder: Path,
    code: str,
    *words: str,
    first: Callable[[], Any] = os.getpid,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Started]:
    """Run a program as ``python -c`` would, within this block.

    Args:
        folder: where its output is kept.
        first: is called in the process before the program; it has to be picklable; by default it changes nothing.
    """
    number = len(list(folder.glob("*.stdout")))
    files = [folder / f"{number}.{name}" for name in ("stdout", "stderr")]
    for file in files:
        file.touch()
    arguments = (code, words, files, {**os.environ, **(environment or {})}, first)
    process = _FORKS.Process(target=_run, args=arguments)
    process.start()
    try:
        yield Started(process, *files)
    finally:
        process.kill()
        process.join()


def ran(folder: Path, code: str, *words: str, **more: Any) -> Ended:
    """Run a program to its end."""
    with started(folder, code, *words, **more) as running:
        return running.end()


def _run(
    code: str,
    words: tuple[str, ...],
    files: list[Path],
    environment: dict[str, str],
    first: Callable[[], Any],
) -> None:
    for number, file in zip((1, 2), files):
        os.dup2(os.open(file, os.O_WRONLY | os.O_APPEND), number)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["-c", *words]
    first()
    exec(compile(code, "<program>", "exec"), {"__name__": "__main__"})
