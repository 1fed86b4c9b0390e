"""The terminal: one console, one way to say an error, exit codes that mean something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

OK = 0
FAILED = 1  # something ran and failed
STALE = 2  # `plan`: something is stale
USAGE = 64  # the command's words or the settings are wrong (sysexits.h EX_USAGE)
INTERRUPTED = 130

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def fail(message: str, code: int = FAILED) -> typer.Exit:
    """Print one clear sentence on standard error; use as ``raise fail(...)``."""
    err.print(f"[bold red]medai:[/] {message}", soft_wrap=True, markup=True)
    return typer.Exit(code)


def clock(seconds: float) -> str:
    """Seconds as people read them: 8 s, 2 min 05 s, 1 h 10 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def size(count: float) -> str:
    """Bytes as people read them, in binary units."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return ""


def write_file(path: Path, text: str) -> None:
    """Write what was asked for to a file of the user's choice, or say in one sentence why it cannot be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise fail(escape(f"{path} cannot be written: {error.strerror}")) from None
    err.print(escape(f"Written to {path}"))


@contextmanager
def clear_errors(*expected: type[Exception]) -> Iterator[None]:
    """Turn expected errors into one sentence and exit code 1."""
    try:
        yield
    except expected as error:
        raise fail(escape(str(error))) from None
