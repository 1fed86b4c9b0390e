"""`medai`: a thin command line over the graph. Each command lives in a module of ``commands``."""

from __future__ import annotations

import typer

from medai_assets.commands import ask, doctor, history, lineage, plan, run, serve, train, ui

MAKE, LOOK, USE, MACHINE = "Make", "Look and trace", "Use", "This machine"

app = typer.Typer(
    name="medai",
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
