"""`medai trace`, `impact`, `withdraw` and `lineage`: where a row comes from, where it went, and how to take it back."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn

from medai_assets.commands import console
from medai_assets.foundation.plurals import counted
from medai_assets.settings import Settings, get_settings

if TYPE_CHECKING:
    from medai_assets.lineage.lookup import Lineage

LINEAGE_PORT = 3070  # where the settings name an address that is not this machine's
Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
DatasetName = Annotated[
    str | None,
    typer.Option("--dataset", help="Only this data set version: current, previous, or its first characters."),
]


def trace(
    example: Annotated[
        str | None,
        typer.Argument(
            help="Its id (e…), or a line of the exported JSONL; - reads the line from standard input."
        ),
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", help="A question, an answer, or a sentence of one, word for word.")
    ] = None,
    dataset: DatasetName = None,
    as_json: Json = False,
) -> None:
    """Show where an example comes from: its passages with the sentences used, its records, and the runs in between."""
    from medai_assets.commands.lineage_trees import trace_tree
    from medai_assets.lineage.model import to_json
    from medai_assets.lineage.trace import trace as find

    wanted = text or (sys.stdin.readline() if example == "-" else example)
    if not wanted or not wanted.strip():
        raise console.fail(
            "name an example: its id, --text “…”, or - and a line on standard input", console.USAGE
        )
    with answering() as lineage:
        found = find(lineage, wanted, lineage.dataset(dataset) if dataset else None)
        if as_json:
            console.print_json(to_json(found).decode())
            return
        for one in found:
            console.out.print(trace_tree(one))


def impact(
    target: Annotated[
        str,
        typer.Argument(
            help="A record (pubmed:31031480, fda:<set_id>, with @<version> for one version), its url, "
            "a slice (raw_fda\\[2024]), a source (fda) or a passage id."
        ),
    ],
    dataset: DatasetName = None,
    as_json: Json = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the answer to this file as an HTML page.")
    ] = None,
) -> None:
    """Show what was made from a record, slice or source: passages, examples, data set versions, models that learned it."""
    from medai_assets.commands.lineage_trees import impact_tree
    from medai_assets.lineage.impact import impact as find
    from medai_assets.lineage.impact_page import impact_page
    from medai_assets.lineage.model import to_json

    with answering() as lineage:
        found = find(lineage, target, lineage.dataset(dataset) if dataset else None)
    if html is not None:
        console.write_file(html, impact_page(found))
    if as_json:
        console.print_json(to_json(found).decode())
    elif html is None:
        console.out.print(impact_tree(found))


def withdraw(
    record: Annotated[
        str, typer.Argument(help="The record's id, e.g. fda:<set_id> or pubmed:31031480, or its url.")
    ],
    reason: Annotated[
        str, typer.Option("--reason", help="Why it must no longer be used; kept with the entry.")
    ] = "",
    person: Annotated[
        str | None, typer.Option("--by", help="Who says so; default: MEDAI_ACTOR, else your user name.")
    ] = None,
    request: Annotated[
        str, typer.Option("--request", help="The request behind it: who asked, or its ticket number.")
    ] = "",
    back: Annotated[
        bool, typer.Option("--back", help="Take your withdrawal back; its slice is then collected again.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take a record out of use: enter the withdrawal, mark the models that learned it, show what `medai run` will remake."""
    from medai_assets.commands.plan import CHECK_IT, plan_document, print_plan
    from medai_assets.graph.graph import Graph
    from medai_assets.lineage.impact_targets import record_named
    from medai_assets.lineage.model import label
    from medai_assets.lineage.taint import mark_models
    from medai_assets.planning.staleness import Staleness
    from medai_assets.sources.take_down_history import actor, take_back
    from medai_assets.sources.take_down_history import withdraw as enter
    from medai_assets.withdrawals.erase import entered_in_vain, erase_taken_down

    settings = get_settings()
    file = settings.take_downs_file
    with answering() as lineage:
        record = record_named(lineage.store, record)
        if back:
            record = take_back(lineage.store, file, record, reason, request)
        else:
            record = enter(lineage.store, file, record, reason, person or actor(), request)
        matches = record not in entered_in_vain(lineage.store, file, thoroughly=True)
        slices = erase_taken_down(lineage.store, file)
        marks = mark_models(lineage.store, file)
        graph = Graph(settings)
        states = Staleness(graph, lineage.store).states()
    if as_json:
        import json

        tainted = [{"model": m.label, "data_version": m.data_version} for m in marks]
        document = {
            "taken_back" if back else "withdrawn": record,
            "file": str(file),
            "matches_a_record": matches,
            "stored_anew": [label(s.asset, s.partition) for s in slices],
            "tainted": tainted,
            "plan": plan_document(graph, states),
        }
        console.print_json(json.dumps(document))
        return
    done = "withdrawn no longer" if back else "withdrawn"
    console.out.print(
        escape(f"{record} is {done}: noted in the store for every host, and in {file}."), soft_wrap=True
    )
    if not (back or matches):
        console.out.print(
            f"[red]No record collected so far has this id[/], so nothing is taken out; {CHECK_IT}",
            soft_wrap=True,
        )
    for stored in slices:
        name = label(stored.asset, stored.partition)
        console.out.print(
            escape(f"{name} is stored anew without it, version {console.short(stored.data_version)}.")
        )
    for mark in marks:
        learned = next((r for r in mark.records if r.record_id == record), None)
        if learned and mark.asset != "evaluation_report":
            model = escape(f"{mark.label} {console.short(mark.data_version)}")
            console.out.print(
                f"[red]tainted[/] {model}: learned it from {counted(learned.examples, 'example')}",
                soft_wrap=True,
            )
    print_plan(graph, states)


def lineage(
    port: Annotated[
        int | None,
        typer.Option(help="Port on loopback; 0 takes a free one. Default: MEDAI_LINEAGE_ADDRESS's, or 3070."),
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Only rebuild the indexes and the marks on models, then stop.")
    ] = False,
) -> None:
    """Serve the lineage page on loopback until Ctrl-C: search, and follow a model to the publisher's page and back.

    The address that is printed holds a token, without which nobody reads the page; MEDAI_UI_TOKEN sets one that stays.
    """
    from medai_assets.commands.ui import page_token
    from medai_assets.lineage.rebuild import rebuild as make_again

    if rebuild:
        with answering() as open_lineage:
            marks = make_again(open_lineage)
            count = len(open_lineage.datasets())
        console.out.print(
            f"Indexes of {counted(count, 'data set version')} made again; tainted: {counted(len(marks), 'model version')}."
        )
        return
    from medai_assets.lineage.page.server import serve

    token = page_token()
    with answering() as open_lineage:
        if open_lineage.datasets():
            from medai_assets.lineage.rebuild import refresh

            refresh(open_lineage)

    def tell(address: str) -> None:
        console.out.print(
            f"Lineage page: {address}   (Ctrl-C ends it)", soft_wrap=True, markup=False, highlight=False
        )

    settings = get_settings()
    if port is None:
        port = settings.lineage_place[1] if settings.lineage_place else LINEAGE_PORT
    try:
        serve(settings, port, token, tell)
    except OSError as error:
        raise console.fail(
            f"port {port} cannot be used ({error.strerror}); choose another with --port"
        ) from None


@contextmanager
def answering(settings: Settings | None = None) -> Iterator[Lineage]:
    """Lineage of the settings' store; shows the building of an index, and says expected errors in one sentence."""
    from medai_assets.lineage.impact_targets import TargetError
    from medai_assets.lineage.lookup import Lineage, LineageError
    from medai_assets.lineage.versions import VersionNotFound
    from medai_assets.sources.take_downs import TakeDownError
    from medai_assets.storage import StoreError

    expected = (LineageError, VersionNotFound, TargetError, TakeDownError, StoreError, OSError)
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console.err, transient=True, disable=not console.err.is_terminal) as bar:
        task = bar.add_task("reading", total=None)

        def told(done: float, total: float | None = None, what: str = "") -> None:
            of = f" {done:,.0f} of {total:,.0f}" if total else ""
            bar.update(task, description=f"{what}{of}")

        try:
            with Lineage.of(settings or get_settings(), told) as found:
                yield found
        except sqlite3.OperationalError as error:
            folder = (settings or get_settings()).profile_dir / "lineage"
            raise console.fail(escape(f"the lineage index in {folder} cannot be used: {error}")) from None
        except expected as error:
            raise console.fail(escape(str(error))) from None
