"""`medai ui`, `medai sandbox`, `medai doctor`, `medai version`: the page, the pretend upstreams, and the machine."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from typing import Annotated

import typer

from medai_assets import __version__
from medai_assets.commands import console
from medai_assets.commands.plan import checked_graph
from medai_assets.foundation.started import ORDERLY, Ended, all_ended
from medai_assets.settings import Settings, get_settings


def ui(
    port: Annotated[int, typer.Option(help="Port on loopback.")] = 3000,
    host: Annotated[
        str, typer.Option(help="Address to listen on; anything but loopback shows your data to others.")
    ] = "127.0.0.1",
    with_lineage: Annotated[
        bool,
        typer.Option("--lineage/--no-lineage", help="Serve the lineage page beside it, to which it links."),
    ] = True,
) -> None:
    """Open Dagster's page over the same runs that `medai run` made, and beside it the lineage page."""
    from medai_assets.automation.instance import prepare_home

    settings = checked_graph().settings
    prepare_home(settings)
    with console.ended_by_signal(), all_ended():
        left = [
            sys.executable,
            "-m",
            "medai_assets.automation.orphaned_runs",
        ]  # beside the page's own start, which takes longer
        subprocess.Popen(left, stdout=subprocess.DEVNULL, start_new_session=True)
        console.out.print(f"Dagster's page: http://{host}:{port}   (Ctrl-C ends it)")
        if with_lineage:
            console.out.print(
                f"Lineage page:   {settings.lineage_address}{serve_lineage(settings, (host, port))}"
            )
        sys.stdout.flush()
        page = _start_page(host, port)
        try:
            code = page.wait()
        except Ended:
            console.err.print("Ending the page, and the runs that it started …")
            page.send_signal(signal.SIGINT)  # Dagster ends its own processes, and notes how their runs ended
            _wait(page, ORDERLY)
            raise
    raise console.fail(f"Dagster's page ended by itself with code {code}; its own message stands above")


def _start_page(host: str, port: int) -> subprocess.Popen[bytes]:
    """Dagster's page in a session of its own, so that Ctrl-C reaches this process alone, which then ends all of it."""
    words = ["dagster", "dev", "-m", "medai_assets.definitions", "-h", host, "-p", str(port)]
    # Warnings of Dagster's preview features would bury the addresses.
    quiet = os.environ | {"PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore")}
    return subprocess.Popen([sys.executable, "-m", *words], env=quiet, start_new_session=True)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return  # it is ended for good next


def serve_lineage(settings: Settings, page: tuple[str, int]) -> str:
    """Start the lineage page beside Dagster's where it is this machine's to serve; returns what to say of it."""
    from medai_assets.lineage.page.beside import start_beside

    if settings.lineage_place is None:
        return "   (served elsewhere, as MEDAI_LINEAGE_ADDRESS says)"
    try:
        start_beside(*settings.lineage_place, page)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return "   (something listens there already, and is left alone)"
        return f"   (cannot be served: {error.strerror}; MEDAI_LINEAGE_ADDRESS names another address)"
    return ""


def sandbox(
    port: Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.")] = 3080,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="Misbehave on purpose: KIND:PATTERN[:COUNT[:AFTER[:VALUE]]], as docs/collection.md lists them. Repeatable."
        ),
    ] = None,
) -> None:
    """Serve the sample upstreams on loopback until Ctrl-C, to look at what the clients see."""
    from medai_assets.sandbox.faults import Faults
    from medai_assets.sandbox.server import serve

    with console.clear_errors(ValueError):
        faults = Faults.parse(*(fault or []))
    serve(get_settings(), port, faults=faults)


def version() -> None:
    """Print the versions of medai-assets and of the packages that shape its results."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    console.out.print(f"medai-assets {__version__}")
    for name in ("dagster", "pyarrow", "torch", "transformers", "peft", "trl"):
        try:
            found = installed(name)
        except PackageNotFoundError:
            found = "not installed"
        console.out.print(f"  {name} {found}")
