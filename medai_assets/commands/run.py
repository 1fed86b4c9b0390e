"""`medai run` and `medai collect`: make what is stale, with progress all the while."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from typing import Annotated

import typer
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from medai_assets.automation.orphaned_runs import forget_dead, stop_orphans
from medai_assets.commands import console
from medai_assets.commands.plan import MAY_RUN, checked_graph, expected_seconds, print_plan
from medai_assets.foundation.child_processes import Ended, children_ended
from medai_assets.foundation.kit import KitMissing
from medai_assets.foundation.plurals import counted, shortened
from medai_assets.foundation.progress import Progress, read_progress
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.shared_settings import SettingsDiffer, agree
from medai_assets.planning.staleness import UNSETTLED, PartitionState, Staleness, Status
from medai_assets.running.selection import (
    SelectionError,
    select,
    unsettled_above,
    upstream,
    with_missing_ancestors,
)
from medai_assets.running.waves import MOST_TIMES, Wave
from medai_assets.running.worker import Outcome
from medai_assets.settings import Settings, get_settings, variable
from medai_assets.sources.registry import SOURCES, find_slice, slices
from medai_assets.storage import Store, Stored
from medai_assets.storage.snapshot import consistent_view

MOST_NAMED = 3  # partitions in one sentence
MOST_TOLD = 600  # characters of an error, as far as a person reads; the rest is with the run in the UI
NO_REASON = "it ended without giving a reason; see its run on the page of `medai ui`"


def run(
    selection: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            "-s",
            help="Only this asset, asset\\[partition] or group; a trailing + adds everything downstream, a leading + "
            "everything upstream. Takes Dagster's selection syntax too. Repeatable.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and stop.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Run the selection even if it is fresh.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask every upstream again first.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="How many runs at a time.")] = None,
    submit_to: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Have the runs made by the Dagster of this page; MEDAI_SUBMIT_TO."
        ),
    ] = None,
) -> None:
    """Make whatever is missing or stale, and nothing else. Run it again to resume where it stopped."""
    if submit_to is not None:
        os.environ[variable("submit_to")] = submit_to
        get_settings.cache_clear()
    graph = checked_graph()
    store = Store(graph.settings.store_root)
    with (
        consistent_view(store),
        console.clear_errors(KitMissing),
        console.clear_errors(SelectionError, code=console.USAGE),
    ):
        chosen = select(graph, selection, store) if selection else None
        wanted = frozenset(t for t in graph.all_partitions() if graph.is_wanted(t))
        forced = frozenset[PartitionId]()
        if force:
            forced = wanted if chosen is None else chosen
        if chosen:
            chosen = with_missing_ancestors(graph, store, chosen)
            forced |= {t for t in chosen if not graph.is_wanted(t) and store.current_receipt(*t) is None}
        if refresh:
            forced |= frozenset(t for t in wanted if graph.nodes[t.asset].source)
        if dry_run:
            states = Staleness(graph, store, forced).states()
            above = _warn_about_stale_parents(graph, states, chosen)
            shown = {t: s for t, s in states.items() if chosen is None or t in chosen}
            if not above or any(s.status in UNSETTLED for s in shown.values()):
                print_plan(graph, shown)
            return
    _run_wave(Wave(graph, store, chosen, forced, workers or graph.settings.workers))


def collect(
    source: Annotated[str, typer.Argument(help=f"one of {', '.join(SOURCES)}")],
    keys: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SLICE]...", help="Slices to collect; all of them by default."),
    ] = None,
    accept_shrinkage: Annotated[
        bool,
        typer.Option("--accept-shrinkage", help="Replace a slice even if it lost more records than allowed."),
    ] = False,
    from_scratch: Annotated[
        bool,
        typer.Option(
            "--from-scratch",
            help="Ask for everything again: copy nothing, and use nothing that earlier attempts received.",
        ),
    ] = False,
    show_slices: Annotated[
        bool, typer.Option("--list", help="List the slices of the source and stop.")
    ] = False,
) -> None:
    """Collect slices of one source again, and say what is stale now. Nothing else runs."""
    graph = checked_graph()
    settings = graph.settings
    with console.clear_errors(ValueError, code=console.USAGE):
        known = slices(source, settings)
        for key in keys or []:
            find_slice(source, key, settings)
    if source not in graph.sources:
        raise console.fail(
            f"{source} is not one of the sources in use, which are {', '.join(graph.sources)}", console.USAGE
        )
    if show_slices:
        for one in known:
            console.out.print(f"{one.key:32} {one.title}")
        return
    if settings.submit_to and (accept_shrinkage or from_scratch):
        raise console.fail(
            "--accept-shrinkage and --from-scratch apply only to runs on this host; unset MEDAI_SUBMIT_TO to use them",
            console.USAGE,
        )
    if accept_shrinkage:
        os.environ["MEDAI_ACCEPT_SHRINKAGE"] = "1"
    if from_scratch:
        os.environ["MEDAI_FROM_SCRATCH"] = "1"
    chosen = frozenset(PartitionId(f"raw_{source}", key) for key in (keys or [s.key for s in known]))
    _run_wave(Wave(graph, Store(settings.store_root), chosen, chosen, settings.workers), then_plan=True)


def _run_wave(wave: Wave, then_plan: bool = False) -> None:
    with console.clear_errors(OSError):  # the data root is full, or cannot be written
        try:
            _run_and_report(wave, then_plan)
        except OSError as error:
            if error.filename is None or error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            raise OSError(
                f"{error.filename}: {error.strerror}; set MEDAI_DATA to a folder that you can write to, "
                "or change the permissions of this one"
            ) from None


def _run_and_report(wave: Wave, then_plan: bool) -> None:
    clear_up(wave.graph.settings)
    with console.clear_errors(SettingsDiffer):
        agree(wave.graph, wave.store)
    states = wave.states()
    started = time.monotonic()
    above = _warn_about_stale_parents(wave.graph, states, wave.selection)
    if not wave.ready(()) and not wave.elsewhere:
        held = [s for s in states.values() if s.status is Status.HELD]
        failed = [
            (t, check) for t in states if t in (wave.selection or ()) for check in states[t].failed_checks
        ]
        if failed:
            (target, check), *_ = failed
            raise console.fail(
                escape(
                    f"nothing in the selection has changed since blocking check {check} of {target} failed. "
                    f"`medai run --force --select '{target}'` makes it again and says why; so does its page in `medai ui`"
                )
            )
        if above:
            behind = [t for t in wave.selection or () if states[t].status is Status.WAITING]
            why = (
                f"{escape(str(min(behind, key=str)))} waits for that"
                if behind
                else "nothing in the selection has changed"
            )
            console.out.print(f"Nothing to run: {why}.")
        elif any(s.needs_run for s in states.values()):
            console.out.print("Nothing in the selection is stale, nor is anything it is made from.")
        elif held:
            raise console.fail(escape(f"{held[0].target} is held: {held[0].reasons[-1]}"))
        else:
            console.out.print("[green]Nothing is stale.[/]")
        return
    waiting = [
        t
        for t, s in states.items()
        if s.status in MAY_RUN and (wave.selection is None or t in wave.selection)
    ]
    _require_signing_key(wave.graph.settings, waiting)
    expected = expected_seconds(states, waiting)
    about = f"; about {console.duration(expected)}" if expected else ""
    there = wave.graph.settings.submit_to
    where = f" at {there}. Ctrl-C leaves what is under way there" if there else ". Ctrl-C stops"
    console.out.print(
        f"{counted(len(waiting), 'partition')} to check{about}{escape(where)}; run again to go on."
    )
    reporter = Reporter(wave)
    try:
        with children_ended(), reporter:
            wave.run(reporter.watch)
    except Ended as ended:
        console.err.print("Stopped. What was finished is kept; `medai run` goes on from there.")
        for target, run_id in sorted(wave.left.items()):
            console.say_on_stderr(
                escape(
                    f"{target} is still being made: {there}/runs/{run_id} shows it, and ends it; `medai run` follows it again."
                )
            )
        raise typer.Exit(ended.exit_code) from None
    _summarise(wave, time.monotonic() - started)
    if then_plan:
        with consistent_view(wave.store):
            print_plan(wave.graph, Staleness(wave.graph, wave.store).states())
    if wave.failures:
        raise typer.Exit(console.FAILED)


def _require_signing_key(settings: Settings, targets: list[PartitionId]) -> None:
    """End the command where models are to be made and the key that is to sign them cannot be used: not hours later."""
    if settings.signing_key is None:
        return
    from medai_assets.foundation.extras import ExtraMissing
    from medai_assets.trust.envelope import NotTrusted
    from medai_assets.trust.models import MODELS, require_key

    with console.clear_errors(NotTrusted, ExtraMissing):
        if any(t.asset in MODELS for t in targets):
            require_key(settings)


def _warn_about_stale_parents(
    graph: Graph, states: dict[PartitionId, PartitionState], chosen: frozenset[PartitionId] | None
) -> list[PartitionId]:
    """Say what a selection is made from that is stale and not part of it, and what to type to have it made first."""
    above = unsettled_above(graph, states, chosen) if chosen else []
    if above:
        roots = [t for t in chosen or () if set(above) & upstream(graph, [t])]
        first = min(roots, key=lambda t: list(states).index(t))
        named = ", ".join(map(str, above[:MOST_NAMED])) + (" …" if len(above) > MOST_NAMED else "")
        console.say(
            escape(
                f"The selection is made from {counted(len(above), 'stale partition')} outside it ({named}). "
                f"`medai run --select '+{first}'` makes {'it' if len(above) == 1 else 'them'} first."
            )
        )
    return above


def clear_up(settings: Settings) -> None:
    """After a kill: say what was under way, end what outlived it, and close its runs in Dagster's database."""
    names = forget_dead(settings.work_dir)
    if not names:
        return
    stop_orphans()
    subprocess.run(
        [sys.executable, "-m", "medai_assets.automation.orphaned_runs"],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    console.say_on_stderr(
        escape(f"An earlier run was killed while it made {', '.join(names)}; its runs are marked as failed.")
    )


def _summarise(wave: Wave, seconds: float) -> None:
    done = [o for o in wave.outcomes.values() if o.succeeded]
    console.out.print(
        f"\n[bold]{len(done)} made, {len(wave.failures)} failed[/] in {console.duration(seconds)}."
    )
    for outcome in wave.failures:
        console.say_on_stderr(
            f"[red]{escape(str(outcome.target))}[/]: {escape(shortened(outcome.error or NO_REASON, MOST_TOLD))}"
        )
    states = wave.states().values()
    for state in states:
        if state.status is Status.HELD:
            console.say_on_stderr(escape(f"{state.target} is held: {state.reasons[-1]}"))
    moved = [s.target for s in states if s.needs_run and wave.made[s.target] >= MOST_TIMES]
    if moved:
        console.err.print(escape(f"Still changing: {', '.join(map(str, moved))}; run `medai run` again."))
    held = wave.graph.downstream({o.target for o in wave.failures})
    if held:
        console.say_on_stderr(
            f"Not run because of that: {', '.join(sorted({t.asset for t in held}))}. Fix it and run `medai run` again."
        )


def _rows(stored: Stored) -> str:
    """Rows of the version's main table, for a person, and of a slice how many records of it cannot be used."""
    for table in ("records", "passages", "examples", "withdrawals", "questions"):
        if stored.has_table(table):
            rejected = stored.rows("rejected") if stored.has_table("rejected") else 0
            aside = f", {rejected:,} set aside" if rejected else ""
            return counted(stored.rows(table), table.removesuffix("s")) + aside
    return console.size(stored.manifest.bytes)


class Reporter:
    """Shows what is under way: a live table on a terminal, a line now and then elsewhere."""

    def __init__(self, wave: Wave) -> None:
        self.wave = wave
        self.since: dict[PartitionId, float] = {}
        self.last_line = time.monotonic()
        self.named_elsewhere: set[tuple[PartitionId, str]] = set()
        self.warned: set[str] = set()
        self.live = (
            Live(console=console.out, refresh_per_second=4, transient=True) if console.out.is_screen else None
        )

    def __enter__(self) -> Reporter:
        if self.live:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            self.live.stop()

    def watch(self, running: set[PartitionId], outcome: Outcome | None) -> None:
        """Called by the wave twice a second, and once for each outcome."""
        now = time.monotonic()
        self.since = {t: self.since.get(t, now) for t in running}
        for target, who in sorted(set(self.wave.elsewhere.items()) - self.named_elsewhere):
            console.say(escape(f"  … {target} waits: {who}"))
        self.named_elsewhere |= set(self.wave.elsewhere.items())
        if outcome is not None:
            self._print_outcome(outcome)
        progress = {p.name: p for p in read_progress(self.wave.graph.settings.work_dir)}
        if self.live:
            self.live.update(self._table(progress, now))
        elif now - self.last_line > console.HEARTBEAT and running:
            self.last_line = now
            for target, began in self.since.items():
                line = f"  … {escape(str(target))} {console.duration(now - began)} {_told(progress.get(str(target)))}"
                console.say(line)

    def _print_outcome(self, outcome: Outcome) -> None:
        receipt = self.wave.store.current_receipt(*outcome.target) if outcome.succeeded else None
        mark = "[green]✓[/]" if outcome.succeeded else "[red]✗[/]"
        note = " unchanged" if receipt and receipt.unchanged else ""
        made = _rows(self.wave.store.open(*outcome.target, receipt.data_version)) if receipt else ""
        name, took = escape(str(outcome.target)), console.duration(outcome.seconds)
        console.say(f"{mark} {name:44} {took:>12}  {made}{note}")
        if outcome.warning and outcome.warning not in self.warned:
            self.warned.add(outcome.warning)
            console.say_on_stderr(f"[yellow]medai:[/] {escape(outcome.warning)}")
        self.last_line = time.monotonic()

    def _table(self, progress: dict[str, Progress], now: float) -> Table:
        table = Table.grid(padding=(0, 2))
        for target, began in self.since.items():
            table.add_row(
                "[cyan]▸[/]",
                escape(str(target)),
                console.duration(now - began),
                _told(progress.get(str(target))),
            )
        return table


def _told(progress: Progress | None) -> str:
    if progress is None:
        return ""
    if progress.total:
        return escape(f"{progress.done:,.0f} of {progress.total:,.0f} {progress.what}")
    return escape(f"{progress.done:,.0f} {progress.what}" if progress.done else progress.what)
