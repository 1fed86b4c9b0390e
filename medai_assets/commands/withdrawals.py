"""`medai withdraw` and `withdrawals`: taking a record out of use, and who did so, when, why and for which request."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import to_builtins
from rich.markup import escape
from rich.table import Table

from medai_assets.commands import console
from medai_assets.commands.lineage import RECORD_FORMS, Json, answering
from medai_assets.commands.plan import CHECK_IT, plan_document, print_plan
from medai_assets.foundation.plurals import counted, few
from medai_assets.graph.graph import Graph
from medai_assets.planning.staleness import Staleness
from medai_assets.settings import get_settings
from medai_assets.storage.errors import label

if TYPE_CHECKING:
    from medai_assets.lineage.taint import Mark

SHOWN_RECORDS = 5  # that say the same


def withdraw(
    record: Annotated[str, typer.Argument(help=f"The record's id, e.g. {RECORD_FORMS}, or its url.")],
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
    from medai_assets.lineage.corpus import Corpus
    from medai_assets.lineage.impact_targets import record_named
    from medai_assets.lineage.taint import mark_models
    from medai_assets.lineage.versions import CORPUS
    from medai_assets.sources.take_down_history import actor, take_back, take_downs_in_force
    from medai_assets.sources.take_down_history import withdraw as enter
    from medai_assets.withdrawals.erase import erase_taken_down, same_article, take_downs_without_record

    settings = get_settings()
    file = settings.take_downs_file
    with answering() as lineage:
        record = record_named(lineage.store, record)
        if back:
            record = take_back(lineage.store, file, record, reason, request)
        else:
            record = enter(lineage.store, file, record, reason, person or actor(), request)
        matches = record not in take_downs_without_record(lineage.store, file, thoroughly=True)
        slices = erase_taken_down(lineage.store, file)
        marks = mark_models(lineage.store, file)
        withdrawn = {row["record_id"] for row in take_downs_in_force(lineage.store, file)}
        corpus = Corpus(lineage.store.current_if_kept(CORPUS))  # it still has the record
        also_from = {one: n for one, n in corpus.also_from(record).items() if one not in withdrawn}
        alike = [one for one in same_article(lineage.store, record) if one not in withdrawn]
        graph = Graph(settings)
        states = Staleness(graph, lineage.store).states()
    if as_json:
        document = {
            "taken_back" if back else "withdrawn": record,
            "file": str(file),
            "matches_a_record": matches,
            "also_from": also_from,
            "same_article": alike,
            "stored_anew": [label(s.asset, s.partition) for s in slices],
            "tainted": [{"model": m.label, "data_version": m.data_version} for m in marks],
            "plan": plan_document(graph, states),
        }
        console.print_json(json.dumps(document))
        return
    done = "no longer withdrawn" if back else "withdrawn"
    console.say(escape(f"{record} is {done}: noted in the store for every host, and in {file}."))
    if not (back or matches):
        console.say(f"[red]No record collected so far has this id[/], so nothing is taken out; {CHECK_IT}")
    for stored in slices:
        name = label(stored.asset, stored.partition)
        console.say(
            escape(f"{name} is stored again without it, version {console.short(stored.data_version)}.")
        )
    _report_tainted(record, marks)
    if not back:
        _report_copies_elsewhere(also_from, alike)
    print_plan(graph, states)
    if matches and not back:
        console.say(
            "To the end: `medai run`, then `medai erase --yes` for what older versions, caches and logs hold of it, then "
            f"`medai certify {escape(record)}`."
        )


def _report_tainted(record: str, marks: Sequence[Mark]) -> None:
    """The models that learned the record, and from how many examples."""
    for mark in marks:
        learned = next((r for r in mark.records if r.record_id == record), None)
        if learned and mark.asset != "evaluation_report":
            model = escape(f"{mark.label} {console.short(mark.data_version)}")
            console.say(f"[red]tainted[/] {model}: learned it from {counted(learned.examples, 'example')}")


def _report_copies_elsewhere(also_from: dict[str, int], alike: Sequence[str]) -> None:
    """Which other records say the same, or are the same article: they stay, unless a person takes them out too."""
    said = [f"{one} ({counted(count, 'passage')})" for one, count in also_from.items()]
    for others, what in ((said, "The same text also comes from"), (alike, "The same article is also")):
        if others:
            named = escape(few(others, SHOWN_RECORDS))
            console.say(f"[yellow]{what}[/] {named}: still in use; `medai withdraw` takes each out.")


def withdrawals(as_json: Json = False) -> None:
    """Show the history of take-downs, shared by every host that uses the store, and which are in force."""
    from medai_assets.lineage.withdrawal_times import entered_by
    from medai_assets.sources.take_down_history import history, take_downs_in_force

    with answering() as lineage:
        entries = history(lineage.store)
        rows = take_downs_in_force(lineage.store, get_settings().take_downs_file)
    if as_json:
        console.print_json(json.dumps({"in_force": rows, "history": to_builtins(entries)}))
        return
    table = Table("when", "record", "what", "by", "why", "request", box=None, header_style="bold")
    for entry in entries:
        row = (
            entry.at[:16].replace("T", " "),
            entry.record_id,
            entry.action,
            entered_by(entry),
            entry.reason,
            entry.request,
        )
        table.add_row(*map(escape, row))
    if entries:
        console.out.print(table)
    noted = {entry.record_id for entry in entries}
    sentence = f"{counted(len(rows), 'take-down is', 'take-downs are')} in force."
    if waiting := [row["record_id"] for row in rows if row["record_id"] not in noted]:
        sentence += f" Only in the file of this host until `medai run`: {', '.join(waiting)}."
    console.say(escape(sentence))
