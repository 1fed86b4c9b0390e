"""`medai`: a thin command line over the graph. Each command lives in a module of ``commands``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.markup import escape
from typer.core import TyperGroup

from medai_assets import __version__
from medai_assets.commands import (
    ask,
    bom,
    code_lock,
    console,
    doctor,
    erase,
    forgotten,
    history,
    influence,
    lineage,
    plan,
    publish,
    review,
    run,
    serve,
    settings,
    train,
    trust,
    ui,
    withdrawals,
)
from medai_assets.foundation.extras import ExtraMissing
from medai_assets.foundation.redaction import told_without_keys
from medai_assets.foundation.yaml_files import YamlRefused
from medai_assets.settings import SettingsError
from medai_assets.sources.take_downs import TakeDownError
from medai_assets.storage import StoreError

MAKE, LOOK, USE, MACHINE = "Make", "Look and trace", "Use", "This machine"


UsageError: type[Exception] = typer.BadParameter.__mro__[1]  # what Typer raises for words it does not know


class Commands(TyperGroup):
    """Whatever the command: expected errors are told in one sentence, exit codes are ours, output reaches any terminal."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        console.prepare_streams()
        return super().main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _usage():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        settings.warn_about_unknown_variables(os.environ)
        with (
            _usage(),
            console.clear_errors(ExtraMissing, StoreError, TakeDownError, YamlRefused),
            console.clear_errors(SettingsError, code=console.USAGE),
            told_without_keys(),
        ):
            return super().invoke(ctx)


@contextmanager
def _usage() -> Iterator[None]:
    """Words that are not understood are told as every error is, and end with a code of their own: 2 says stale."""
    try:
        yield
    except UsageError as error:
        error.exit_code = console.USAGE  # type: ignore[attr-defined]
        if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help
            raise
        problem = error.format_message().rstrip(".")  # type: ignore[attr-defined]
        path = error.ctx.command_path if error.ctx else "medai"  # type: ignore[attr-defined]
        raise console.fail(
            escape(f"{problem}{'' if problem.endswith('?') else ';'} `{path} --help` says what there is"),
            console.USAGE,
        ) from None


app = typer.Typer(
    name="medai",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=console.EXIT_CODES,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        console.out.print(f"medai-assets {__version__}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    """Collect openly licensed medical text, turn it into traced instruction data, train an adapter and judge it.

    Not for clinical use.
    """


for command, panel in (
    (run.run, MAKE),
    (plan.plan, MAKE),
    (run.collect, MAKE),
    (train.train, MAKE),
    (ask.ask, USE),
    (serve.serve, USE),
    (publish.publish, USE),
    (ui.ui, LOOK),
    (lineage.lineage, LOOK),
    (lineage.trace, LOOK),
    (lineage.impact, LOOK),
    (influence.influence, LOOK),
    (forgotten.forgotten, LOOK),
    (withdrawals.withdraw, LOOK),
    (withdrawals.withdrawals, LOOK),
    (erase.erase, LOOK),
    (trust.certify, LOOK),
    (bom.bom, LOOK),
    (bom.bundle, LOOK),
    (trust.verify, LOOK),
    (trust.keygen, MACHINE),
    (trust.sign, USE),
    (history.versions, LOOK),
    (history.diff, LOOK),
    (history.gc, LOOK),
    (history.lineage_export, LOOK),
    (doctor.doctor, MACHINE),
    (settings.settings, MACHINE),
    (ui.sandbox, MACHINE),
    (ui.version, MACHINE),
    (code_lock.code_lock, MACHINE),
):
    app.command(rich_help_panel=panel)(settings.with_profile(command))

for one in review.app.registered_commands:
    one.callback = settings.with_profile(one.callback) if one.callback else None
app.add_typer(review.app, name="review", rich_help_panel=LOOK)


def main() -> None:
    """Entry point of the ``medai`` command."""
    app()


if __name__ == "__main__":
    main()
