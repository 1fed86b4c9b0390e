"""The terminal: one console, one way to say an error, exit codes that mean something.

Whatever reads the output, nothing is lost in it: a pipe gets whole lines, a terminal that knows only ASCII gets marks in
ASCII, and one that is closed ends the command quietly.
"""

from __future__ import annotations

import codecs
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console, ConsoleDimensions, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.segment import Segment

from medai_assets.foundation.child_processes import Ended
from medai_assets.foundation.plain_text import plain
from medai_assets.foundation.redaction import PUT_IN_PLACE, secrets_of_environment

OK = 0
FAILED = 1  # something ran and failed
STALE = 2  # `plan`: something is stale
USAGE = 64  # the command's words or the settings are wrong (sysexits.h EX_USAGE)
CLOSED = 141  # 128 + SIGPIPE: nobody reads the output any more
EXIT_CODES = (
    "Exit codes: 0 done; 1 it failed; 2 `medai plan`: something is stale; 64 wrong arguments or settings; "
    "130 stopped by Ctrl-C; 129 or 143 stopped by another signal; 141 the reader of the output has gone."
)

HEARTBEAT = 15  # seconds between two lines of progress where the output is no terminal
UNBROKEN = 100_000  # columns, where no terminal is: lines end where they end
_PLAIN = {
    "✓": "ok", "✗": "failed", "…": "...", "–": "-", "—": "-", "→": "->", "·": ".", "▸": ">", "≥": ">=", "≤": "<=", "×": "x",
    "“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " ", "─": "-", "━": "-", "│": "|",
}  # fmt: skip


class Terminal(Console):
    """A console that breaks lines only on a terminal, and ends the command quietly where nobody reads."""

    @property
    def is_screen(self) -> bool:
        """Whether a terminal reads the output. Rich's ``is_terminal`` takes FORCE_COLOR's word for it, of a pipe too."""
        return self.file.isatty()

    @property
    def size(self) -> ConsoleDimensions:
        found = super().size
        return found if self.is_screen else ConsoleDimensions(UNBROKEN, found.height)

    @size.setter
    def size(self, new: tuple[int, int]) -> None:
        self._width, self._height = new

    @property
    def speaks_unicode(self) -> bool:
        return self.encoding.startswith("utf")

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The pieces of text, without what could control a terminal: much of what is shown was written by others."""
        for piece in super().render(renderable, options):
            known = piece.control or piece.text.isprintable()
            yield piece if known else Segment(plain(piece.text), piece.style)

    def on_broken_pipe(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            with open(os.devnull, "w") as nowhere:
                # What is still buffered goes nowhere, without a word.
                os.dup2(nowhere.fileno(), stream.fileno())
        raise SystemExit(CLOSED)


out = Terminal(highlight=False)
err = Terminal(stderr=True, highlight=False)


def prepare_streams() -> None:
    """Make every character printable in whatever encoding the terminal has, here and in the processes started."""
    codecs.register_error("medai", _in_plain)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:  # closed by who started the command
            setattr(sys, name, open(os.devnull, "w" if number else "r"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="medai")
    if not out.speaks_unicode:
        os.environ["PYTHONIOENCODING"] = f"{out.encoding}:backslashreplace"
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # a line of an export is UTF-8 everywhere


def _in_plain(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that the terminal's encoding lacks: a mark, else its code."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    plain = (_PLAIN.get(c) or c.encode("ascii", "backslashreplace").decode() for c in letters)
    return "".join(plain), error.end


def say(text: str) -> None:
    """A sentence on standard output, on one line whatever the terminal's width: it may hold an id or a command to copy."""
    out.print(text, soft_wrap=True)


def say_on_stderr(text: str) -> None:
    """The same on standard error: what is said beside the answer."""
    err.print(text, soft_wrap=True)


def print_json(text: str) -> None:
    """Data on standard output; in ASCII where the terminal knows no more, so that it stays valid."""
    out.print_json(text, ensure_ascii=not out.speaks_unicode)


def fail(message: str, code: int = FAILED) -> typer.Exit:
    """Print one clear sentence on standard error; use as ``raise fail(...)``."""
    told = secrets_of_environment().text(message)
    # What was put in a key's place is no markup; the message's own markup stays.
    told = re.sub(rf"(?<!\\){re.escape(PUT_IN_PLACE)}", lambda _: escape(PUT_IN_PLACE), told)
    err.print(f"[bold red]medai:[/] {told}", soft_wrap=True, markup=True)
    return typer.Exit(code)


def duration(seconds: float) -> str:
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


def short(identity: str, most: int = 12) -> str:
    """An id as people read it on a terminal; whole where a program reads it."""
    return identity[:most] if out.is_screen else identity


def write_file(path: Path, text: str) -> None:
    """Write what was asked for to a file of the user's choice, or say in one sentence why it cannot be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise fail(escape(f"{path} cannot be written: {error.strerror}")) from None
    err.print(escape(f"Written to {path}"))


@contextmanager
def clear_errors(*expected: type[Exception], code: int = FAILED) -> Iterator[None]:
    """Turn expected errors into one sentence and an exit code."""
    try:
        yield
    except expected as error:
        told = str(error)
        if isinstance(error, OSError) and error.filename and error.strerror:
            told = f"{error.filename}: {error.strerror}"  # without its number
        raise fail(escape(told), code) from None


@contextmanager
def ended_by_signal() -> Iterator[None]:
    """Say in one word that a signal ended the command, and end it with that signal's exit code."""
    try:
        yield
    except Ended as ended:
        err.print("Stopped.")
        raise typer.Exit(ended.exit_code) from None


@contextmanager
def progress(first: str, told_at_once: bool = False) -> Iterator[Callable[..., None]]:
    """How far the work is, on standard error: what is done, of how much, and of what; a line now and then without a terminal.

    Args:
        first: what is under way until the work says so itself.
        told_at_once: without a terminal too, since it takes long for certain.
    """
    columns, last = (SpinnerColumn(), TextColumn("{task.description}")), time.monotonic()
    with Progress(*columns, console=err, transient=True, disable=not err.is_screen) as bar:
        task = bar.add_task(first, total=None)
        if told_at_once and not err.is_screen:
            say_on_stderr(f"  … {escape(first)}")

        def tell(done: float, total: float | None = None, what: str = "") -> None:
            nonlocal last
            text = escape(what + (f" {done:,.0f} of {total:,.0f}" if total else ""))
            bar.update(task, description=text)
            if not err.is_screen and time.monotonic() - last > HEARTBEAT:
                last = time.monotonic()
                say_on_stderr(f"  … {text}")

        yield tell
