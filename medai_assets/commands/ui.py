"""`medai ui`, `medai sandbox`, `medai doctor`, `medai version`: the page, the pretend upstreams, and the machine."""

from __future__ import annotations

import errno
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from medai_assets import __version__
from medai_assets.commands import console
from medai_assets.commands.plan import checked_graph
from medai_assets.foundation.child_processes import LOOK_SECONDS, ORDERLY, Ended, children_ended
from medai_assets.foundation.extras import ExtraMissing, require
from medai_assets.settings import Settings, get_settings


def ui(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 3000,
    host: Annotated[
        str,
        typer.Option(help="Address to listen on; anything but loopback also needs --reachable-by-others."),
    ] = "127.0.0.1",
    reachable: Annotated[
        bool,
        typer.Option(
            "--reachable-by-others",
            help="Listen beyond loopback: whoever learns the address with its token can launch runs and wipe assets.",
        ),
    ] = False,
    with_lineage: Annotated[
        bool,
        typer.Option("--lineage/--no-lineage", help="Serve the lineage page beside it, to which it links."),
    ] = True,
) -> None:
    """Open Dagster's UI, which also shows the runs of `medai run`, and the lineage page beside it.

    The addresses that are printed hold a token: without it nobody reads a page or changes anything. Each start makes
    a new one; MEDAI_UI_TOKEN sets one that stays.
    """
    from medai_assets.automation.instance import prepare_home

    _refuse_unasked(host, reachable)
    token = page_token()
    with console.clear_errors(ExtraMissing):
        require("ui", "`medai ui`")
    settings = checked_graph().settings
    prepare_home(settings)
    with console.ended_by_signal(), children_ended():
        # Beside the page's own start, which takes longer.
        left = [sys.executable, "-m", "medai_assets.automation.orphaned_runs"]
        subprocess.Popen(left, stdout=subprocess.DEVNULL, start_new_session=True)
        address = f"http://{_in_address(host)}:{port}/?token={token}"
        console.say(escape(f"Dagster's page: {address}   (Ctrl-C ends it)"))
        if with_lineage:
            console.say(escape(f"Lineage page:   {serve_lineage(settings, (host, port), token)}"))
        sys.stdout.flush()
        services = _start(host, port, token)
        try:
            name, code = _watch(services, host, port)
        except Ended:
            console.err.print("Stopping the page and the runs that it started …")
            for service in services.values():
                service.send_signal(signal.SIGINT)  # Dagster notes how the runs ended
            until = time.monotonic() + ORDERLY
            for service in services.values():
                _wait(service, max(0.0, until - time.monotonic()))
            raise
    raise console.fail(f"Dagster's {name} exited with code {code}; see its message above")


def _refuse_unasked(host: str, reachable: bool) -> None:
    """End the command where the page would be reached by others and nobody said that it may be."""
    from medai_assets.foundation.guard import is_loopback

    if not is_loopback(host) and not reachable:
        raise console.fail(
            f"on {host} others on the network can reach the page. Anyone who has the address with its token, which travels "
            "unencrypted, could launch runs, wipe assets and read everything. Add --reachable-by-others "
            "if you mean that, or stay on loopback and use an SSH tunnel",
            console.USAGE,
        )


def page_token() -> str:
    """The token of this start; it is taken out of the environment, so that no run has it."""
    from medai_assets.foundation.guard import TOKEN

    token = os.environ.pop(TOKEN, "") or secrets.token_urlsafe(24)
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,}", token):
        raise console.fail(
            f"{TOKEN} must have at least 16 characters, only letters, digits, - and _: it is part of an address and must "
            "be hard to guess. Leave it unset, and each start makes a new one",
            console.USAGE,
        )
    return token


def _in_address(host: str) -> str:
    """What stands for an address to listen on in the address that a browser opens."""
    if host in ("0.0.0.0", "::"):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def _start(host: str, port: int, token: str) -> dict[str, subprocess.Popen[bytes]]:
    """Dagster's page and daemon, as `dagster dev` starts them, but with the guard in front of the page.

    In sessions of their own, so that Ctrl-C reaches this process alone, which then ends all of it.
    """
    from medai_assets.automation.guarded_page import CODE, command
    from medai_assets.foundation.guard import TOKEN

    # Warnings of Dagster's preview features would bury the addresses.
    quiet = os.environ | {"PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore")}
    daemon = [str(Path(sysconfig.get_path("scripts"), "dagster-daemon")), "run", *CODE]
    return {
        "page": subprocess.Popen(command(host, port), env=quiet | {TOKEN: token}, start_new_session=True),
        "daemon": subprocess.Popen(daemon, env=quiet, start_new_session=True),
    }


def _watch(services: dict[str, subprocess.Popen[bytes]], host: str, port: int) -> tuple[str, int]:
    """Wait until a service ends; returns which, and its exit code. A page that came up without its guard is ended."""
    from medai_assets.automation.guarded_page import is_guarded

    guarded = False
    while True:
        for name, service in services.items():
            if (code := service.poll()) is not None:
                return name, code
        with suppress(OSError):  # it is not there yet
            if not guarded and not (guarded := is_guarded(host, port)):
                raise console.fail(
                    "this version of Dagster would start its page without the access guard; install the pinned version"
                )
        time.sleep(LOOK_SECONDS)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return  # it is ended for good next


def serve_lineage(settings: Settings, page: tuple[str, int], token: str) -> str:
    """Start the lineage page beside Dagster's where it is this machine's to serve; returns its address, and what to say."""
    from medai_assets.lineage.page.sidecar import start_sidecar

    if settings.lineage_place is None:
        return f"{settings.lineage_address}   (served elsewhere, as MEDAI_LINEAGE_ADDRESS says)"
    try:
        start_sidecar(*settings.lineage_place, page, token)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"{settings.lineage_address}   (that port is already in use)"
        return f"{settings.lineage_address}   (cannot be served: {error.strerror}; MEDAI_LINEAGE_ADDRESS names another)"
    return f"{settings.lineage_address}/?token={token}"


def sandbox(
    port: Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.")] = 3080,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="Misbehave on purpose: KIND:PATTERN[:COUNT[:AFTER[:VALUE]]], as docs/collection.md lists them. Repeatable."
        ),
    ] = None,
) -> None:
    """Serve the sample upstreams on loopback until Ctrl-C, so that you can see what the clients see."""
    from medai_assets.sandbox.faults import Faults
    from medai_assets.sandbox.server import serve

    with console.clear_errors(ValueError, code=console.USAGE):
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
