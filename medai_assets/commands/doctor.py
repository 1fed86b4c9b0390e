"""`medai doctor`: what this machine has and lacks, and what each lack means."""

from __future__ import annotations

import json
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from medai_assets.commands import console
from medai_assets.foundation.extras import ExtraMissing
from medai_assets.foundation.kit import WHEELS, KitMissing, wheel
from medai_assets.foundation.plain_text import plain_line
from medai_assets.settings import Settings, get_settings
from medai_assets.sources.registry import SOURCES, sandbox_endpoints
from medai_assets.sources.source import Source

if TYPE_CHECKING:
    from medai_assets.sources.upstream_check import ReplyCheck

GIB = 1 << 30
CLOCK_SECONDS = 5.0  # by which the clocks of a store and a host may differ
MARKS = {"ok": "[green]✓[/]", "note": "[yellow]·[/]", "lack": "[red]✗[/]"}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: ``ok``, a ``note`` (something is limited), or a ``lack`` (a plain run cannot work)."""

    what: str
    state: str
    found: str
    means: str = ""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    compare: Annotated[
        bool,
        typer.Option(
            "--reach",
            help="Also ask each live upstream for one small reply of each kind, and say which of its fields are not as recorded.",
        ),
    ] = False,
) -> None:
    """Look at Python, memory, disk, GPU, the sample kit, the store, Dagster's databases and keys.

    Exit code 1 when a plain run cannot work; with --reach also when an upstream cannot be compared, or has moved.
    """
    settings = get_settings()
    findings = [check(settings) for check in CHECKS] + _keys(settings)
    if compare:
        findings += _reached(settings)
    if as_json:
        console.print_json(json.dumps([asdict(f) for f in findings]))
    else:
        table = Table(box=None, show_header=False, padding=(0, 1))
        for f in findings:
            table.add_row(MARKS[f.state], f.what, escape(f.found), f"[dim]{escape(f.means)}[/]")
        console.out.print(table)
    if any(f.state == "lack" for f in findings):
        raise typer.Exit(console.FAILED)


def _python(_: Settings) -> Finding:
    good = sys.version_info >= (3, 11)
    return Finding(
        "Python",
        "ok" if good else "lack",
        platform.python_version(),
        "" if good else "3.11 or newer is needed",
    )


def _memory(settings: Settings) -> Finding:
    import psutil

    free = psutil.virtual_memory().available
    needed = 6 * GIB
    means = "" if free >= needed else "the sample run peaks below 6 GiB; close something else first"
    return Finding("memory", "ok" if free >= needed else "note", f"{console.size(free)} available", means)


def _disk(settings: Settings) -> Finding:
    folder = settings.local_root
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    needed = (3 if settings.profile == "sample" else 60) * GIB
    means = (
        ""
        if free >= needed
        else f"the {settings.profile} profile wants {console.size(needed)}; set MEDAI_DATA to a larger disk"
    )
    return Finding(
        "disk", "ok" if free >= needed else "lack", f"{console.size(free)} free at {folder}", means
    )


def _gpu(_: Settings) -> Finding:
    from medai_assets.training.machine import find_machine

    machine = find_machine()
    if machine.device == "cuda":
        return Finding("GPU", "ok", machine.says())
    return Finding(
        "GPU",
        "note",
        "none found",
        "the sample model trains on the CPU in minutes; 7–8 B models need a GPU of 16 GiB or more",
    )


def _kit(settings: Settings) -> Finding:
    try:
        for pattern in WHEELS:
            wheel(settings.kit_dir, pattern)
    except KitMissing as missing:
        return Finding(
            "sample kit", "lack" if settings.profile == "sample" else "note", "missing", str(missing)
        )
    return Finding("sample kit", "ok", str(settings.kit_dir))


def _store(settings: Settings) -> Finding:
    """Whether a remote store is written, read and, of two who create one file, refuses the second; and its clock."""
    from medai_assets.storage import Store, StoreError
    from medai_assets.storage.probe import probe

    if not settings.is_remote:
        return Finding("store", "ok", settings.store_root)
    try:
        ahead = probe(Store(settings.store_root))
    except (StoreError, ExtraMissing) as error:
        return Finding("store", "lack", settings.store_root, str(error))
    clock = f"its clock differs by {abs(ahead):.0f} s"
    if abs(ahead) <= CLOCK_SECONDS:
        return Finding("store", "ok", settings.store_root, f"written, read and created once; {clock}")
    means = f"{clock}: dates that several hosts note do not agree, and above an hour their order; set this machine's clock by NTP"
    return Finding("store", "note", settings.store_root, means)


def _history(settings: Settings) -> Finding:
    """Whether the databases of Dagster's runs answer, those of a server that the ``dagster.yaml`` names among them."""
    from medai_assets.automation.instance import open_instance
    from medai_assets.storage import StoreError

    place = settings.dagster_home / "dagster.yaml"
    if not place.exists() and settings.dagster_yaml is None:
        return Finding("history of runs", "ok", f"none yet; the first run makes it in {place.parent}")
    try:
        with open_instance(settings) as instance:
            kind = type(instance.run_storage).__name__
            return Finding("history of runs", "ok", f"{instance.get_runs_count()} runs ({kind}, by {place})")
    except (StoreError, ExtraMissing) as error:
        return Finding("history of runs", "lack", str(place), str(error))


CHECKS: list[Callable[[Settings], Finding]] = [_python, _memory, _disk, _gpu, _kit, _store, _history]


def _keys(settings: Settings) -> list[Finding]:
    known = [
        (key.variable, settings.key(key.variable), key.without)
        for key in (source.key for source in SOURCES.values())
        if key
    ]
    return [
        Finding(
            name,
            "ok" if key else "note",
            "set" if key else "not set",
            "" if key else f"{means} (live profile only)",
        )
        for name, key, means in known
    ]


def _reached(settings: Settings) -> list[Finding]:
    """What each upstream answers now, held against the recorded replies; all upstreams at a time, each at its own pace."""
    from concurrent.futures import ThreadPoolExecutor

    from medai_assets.sources.upstream_check import check_upstream

    asked = _live(settings)
    sources = [source for source in SOURCES.values() if source.endpoints]
    with ThreadPoolExecutor(len(sources)) as pool:
        found = pool.map(lambda source: list(check_upstream(source, asked)), sources)
        return [_as_finding(source, one) for source, several in zip(sources, found) for one in several]


def _live(settings: Settings) -> Settings:
    """Settings by which the live upstreams are asked, or the sandbox that MEDAI_SANDBOX_URL names."""
    if settings.sandbox_url:
        return settings.with_endpoints(sandbox_endpoints(settings.sandbox_url.rstrip("/")))
    return settings.model_copy(update={"profile": "live"})


def _as_finding(source: Source, reached: ReplyCheck) -> Finding:
    what = f"{source.name} {reached.contract.name}"
    if reached.problem:
        return Finding(what, "lack", "not compared", reached.problem)
    if reached.differences:
        moved = "\n".join(map(str, reached.differences))
        return Finding(
            what, "lack", "has changed", f"{moved}\nThe form was stated at {reached.contract.stated_at}"
        )
    new = ", ".join(map(plain_line, reached.further[:5])) + (", …" if len(reached.further) > 5 else "")
    return Finding(what, "ok", "as recorded", f"new fields: {new}" if new else "")
