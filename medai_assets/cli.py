"""`medai`: a thin command line over the graph. Each command lives in a module of ``commands``."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from medai_assets.commands import ask, console, doctor, history, lineage, plan, run, serve, train, ui
from medai_assets.storage import StoreError

MAKE, LOOK, USE, MACHINE = "Make", "Look and trace", "Use", "This machine"


class Commands(TyperGroup):
    """Whatever the command, stored content that is gone or damaged is told in one sentence."""

    def invoke(self, ctx: Any) -> Any:
        with console.clear_errors(StoreError):
            return super().invoke(ctx)


app = typer.Typer(
    name="medai",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Collect openly licensed medical text, turn it into traced instruction data, train an adapter and judge it. "
    "Not for clinical use.",
)
for command, panel in (
    (run.run, MAKE),
    (plan.plan, MAKE),
    (run.collect, MAKE),
    (train.train, MAKE),
    (ask.ask, USE),
    (serve.serve, USE),
    (ui.ui, LOOK),
    (lineage.lineage, LOOK),
    (lineage.trace, LOOK),
    (lineage.impact, LOOK),
    (lineage.withdraw, LOOK),
    (history.versions, LOOK),
    (history.diff, LOOK),
    (history.gc, LOOK),
    (history.lineage_export, LOOK),
    (doctor.doctor, MACHINE),
    (ui.sandbox, MACHINE),
    (ui.version, MACHINE),
):
    app.command(rich_help_panel=panel)(command)


def main() -> None:
    """Entry point of the ``medai`` command."""
    app()


if __name__ == "__main__":
    main()
