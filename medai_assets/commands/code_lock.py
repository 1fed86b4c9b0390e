"""`medai code-lock`: state that changed code makes another output, or the same; for who edits this package."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.markup import escape

from medai_assets.commands import console

WAITS = (
    "a source or a kind of example was added: one command that states all of the above takes it in "
    "(docs/extending.md)"
)
NAMES = "A stage, a rule, or a group: all, stages, rules, raw, a kind of example. May be given again."


def code_lock(
    raises: Annotated[
        list[str] | None, typer.Option("--raise", help=f"Raise the version: the output may differ. {NAMES}")
    ] = None,
    same: Annotated[
        list[str] | None,
        typer.Option("--same", help=f"The output is the same; golden outputs must confirm it. {NAMES}"),
    ] = None,
    because: Annotated[
        str,
        typer.Option(help="Why the output is the same where no golden output can tell; kept in the lock."),
    ] = "",
    renew_golden: Annotated[
        bool, typer.Option("--renew-golden", help="Record the outputs of changed golden inputs.")
    ] = False,
) -> None:
    """State what changed code does to the output. Without options: list what is not stated yet; exit code 1 if anything is."""
    from medai_assets.code_identity import statements
    from medai_assets.code_identity.golden import golden, inputs_digest
    from medai_assets.code_identity.identities import identities
    from medai_assets.code_identity.lock import Lock

    with console.clear_errors(statements.NotStated, ValueError, FileNotFoundError):
        found, before, inputs = identities(), Lock.read(), inputs_digest()
        with TemporaryDirectory() as folder:
            outputs = golden(Path(folder))
        lock = statements.tidied(before, found, outputs)
        if renew_golden or not before.inputs:
            lock = statements.renewed(lock, found, outputs, inputs)
        to_raise = statements.members(raises or (), found)
        others = statements.not_yet_stated(same or (), lock, found, to_raise)
        grown = statements.adds_source_or_kind(before, found)
        lock = statements.same(lock, others, found, outputs, inputs, because, grown=grown)
        lock = statements.raised(lock, to_raise, found, outputs, inputs)
        left = statements.problems(lock, found) + statements.golden_problems(lock, outputs, inputs)
        if grown and left and not (raises or same or renew_golden):
            # Taken in by itself, what has come would be nothing new to the statement of what changes with it.
            left.append(WAITS)
        elif lock != before:
            lock.write()
    for problem in left:
        console.say_on_stderr(escape(problem))
    if left:
        raise typer.Exit(console.FAILED)
    console.out.print("The lock holds the code as it is.")
