"""`medai trace`, `impact` and `lineage`: where a row comes from, and where it went."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from medai_assets.commands import console
from medai_assets.foundation.plurals import counted
from medai_assets.settings import Settings, get_settings
from medai_assets.sources.registry import SOURCES

if TYPE_CHECKING:
    from medai_assets.lineage.lookup import Lineage

# What can be named, by the first sources of the registry.
_FIRST = next(iter(SOURCES.values()))
RECORD_FORMS = " or ".join(list(dict.fromkeys(source.record_example for source in SOURCES.values()))[:2])
ORIGIN_FORMS = (
    f"A record ({RECORD_FORMS}, with @<version> for one version), its url, a slice ({_FIRST.asset}[{_FIRST.slices[-1].key}]), "
    f"a source ({_FIRST.name}) or a passage id."
)
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
        typer.Argument(help=escape(ORIGIN_FORMS)),
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
        console.say(escape(f"Lineage page: {address}   (Ctrl-C ends it)"))

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
    settings = settings or get_settings()
    with console.progress("reading") as report, console.clear_errors(*expected):
        try:
            with Lineage.of(settings, report) as found:
                yield found
        except sqlite3.OperationalError as error:
            folder = settings.profile_dir / "lineage"
            raise console.fail(escape(f"the lineage index in {folder} cannot be used: {error}")) from None
