"""`medai`: a thin command line over the graph. Each command lives in a module of ``commands``."""

from __future__ import annotations

import typer

from medai_assets.commands import doctor, plan, run, ui

app = typer.Typer(
    name="medai",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Collect openly licensed medical text, turn it into traced instruction data, train an adapter and judge it. "
    "Not for clinical use.",
)
app.command()(run.run)
app.command()(plan.plan)
app.command()(run.collect)
app.command()(ui.ui)
app.command()(ui.sandbox)
app.command()(doctor.doctor)
app.command()(ui.version)


def main() -> None:
    """Entry point of the ``medai`` command."""
    app()


if __name__ == "__main__":
    main()
