"""`medai versions`, `diff`, `gc` and `lineage-export`: the versions that are kept, compared, removed and told to others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from medai_assets.commands import console
from medai_assets.commands.lineage import Json, answering
from medai_assets.foundation.plurals import counted

FORMATS = ("openlineage", "prov")


def versions(
    asset: Annotated[
        str, typer.Argument(help="An asset, or one partition as asset\\[partition].")
    ] = "instruction_dataset",
    as_json: Json = False,
) -> None:
    """List the kept versions of an asset: when and by which run and code each was made, from what, and what uses it."""
    name, _, key = asset.partition("[")
    with answering() as lineage:
        there = lineage.store.partitions(name)
        wanted = [key.rstrip("]")] if key else there
        rows = [
            _row(lineage, ref)
            for p in wanted
            if p in there
            for ref in reversed(lineage.versions.kept(name, p))
        ]
    if not rows:
        raise console.fail(
            f"nothing of {escape(asset)} is stored; the store has {', '.join(lineage.store.assets()) or 'nothing'}"
        )
    if as_json:
        console.print_json(json.dumps(rows))
        return
    table = Table("version", "made", "code", "run", "made from", "used by", box=None, header_style="bold")
    for row in rows:
        mark = " [green]current[/]" if row["current"] else ""
        partition = f"{escape(row['partition'])} " if row["partition"] else ""
        table.add_row(
            f"{partition}{console.short(row['data_version'])}{mark}",
            row["made"][:16].replace("T", " "),
            row["code_version"],
            console.short(row["run_id"], 8),
            _few(row["made_from"]),
            _few(row["used_by"]),
        )
    console.out.print(table)


def _row(lineage: Any, ref: Any) -> dict[str, Any]:
    step = lineage.versions.step(ref)
    return {
        "asset": ref.asset,
        "partition": ref.partition,
        "data_version": ref.data_version,
        "current": lineage.versions.current(ref.asset, ref.partition) == ref,
        "made": step.finished_at,
        "code_version": step.code_version,
        "run_id": step.run_id,
        "made_from": [_named(r) for r in lineage.versions.made_from(ref)],
        "used_by": [_named(r) for r in lineage.versions.used_by(ref)],
    }


def _named(ref: Any) -> str:
    from medai_assets.storage.errors import label

    return f"{label(ref.asset, ref.partition)} {ref.data_version}"


def _few(names: list[str], shown: int = 3) -> str:
    """Names of versions, one a line, with short ids and as many as fit on a terminal."""
    if not console.out.is_screen:
        return escape(", ".join(names))
    more = f"\n… {len(names) - shown} more" if len(names) > shown else ""
    named = (name.rpartition(" ") for name in names[:shown])
    return escape("\n".join(f"{name} {console.short(version)}" for name, _, version in named) + more)


def diff(
    before: Annotated[
        str, typer.Argument(help="A data set version: previous, current, or its first characters.")
    ] = "previous",
    after: Annotated[str, typer.Argument(help="The version to compare it with.")] = "current",
    as_json: Json = False,
) -> None:
    """Compare two kept versions of the data set: examples added, gone and changed, and which upstream change caused it."""
    from medai_assets.commands.lineage_trees import diff_view
    from medai_assets.lineage.diff import diff as compare
    from medai_assets.lineage.model import to_json

    with answering() as lineage:
        found = compare(lineage, lineage.dataset(before), lineage.dataset(after))
    if as_json:
        console.print_json(to_json(found).decode())
        return
    for part in diff_view(found):
        console.out.print(part)


def gc(
    keep: Annotated[
        int, typer.Option(min=1, help="How many of the newest versions of data sets and models to keep.")
    ] = 2,
    yes: Annotated[bool, typer.Option("--yes", help="Remove what is listed.")] = False,
    as_json: Json = False,
) -> None:
    """List stored versions that nothing refers to. With --yes, remove them."""
    from medai_assets.commands.lineage_trees import removal_tree
    from medai_assets.foundation.progress import read_progress
    from medai_assets.lineage.gc import plan_removal, remove
    from medai_assets.lineage.model import to_json
    from medai_assets.settings import get_settings

    work = get_settings().work_dir
    running = [p.name for p in read_progress(work)]
    if yes and running:
        raise console.fail(
            f"{escape(running[0])} is being made right now and may read an older version; try again when it is done"
        )
    with answering() as lineage:
        plan = plan_removal(lineage.store, lineage.folder, keep, work)
        if yes:
            remove(lineage.store, lineage.folder, plan)
    if as_json:
        console.print_json(to_json({"removed": yes, "plan": plan}).decode())
        return
    if not (plan.remove or plan.indexes or plan.scratch or plan.leftovers):
        console.out.print(
            f"Nothing to remove: {counted(plan.kept, 'stored version')}, each current, kept or referred to."
        )
        return
    console.out.print(removal_tree(plan))
    console.out.print("Removed." if yes else "Nothing was removed; `medai gc --yes` removes what is listed.")


def lineage_export(
    form: Annotated[
        str,
        typer.Argument(metavar="FORMAT", help="openlineage: run events, one a line; prov: W3C PROV-JSON."),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; default: standard output.")
    ] = None,
    dataset: Annotated[str, typer.Option("--dataset", help="For prov: the data set version.")] = "current",
    rows: Annotated[
        list[str] | None,
        typer.Option("--rows", help="For prov: an example's id, or a record's for all that rest on it."),
    ] = None,
) -> None:
    """Export lineage for other tools: OpenLineage events of every materialization, or the provenance of one data set version.

    With --rows that goes down to examples, passages and records, each with its licence.
    """
    from medai_assets.lineage.openlineage import event_lines
    from medai_assets.lineage.prov import add_rows, prov_document, traced

    if form not in FORMATS:
        raise console.fail(f"there is no format {form!r}; use {' or '.join(FORMATS)}", console.USAGE)
    if rows and form != "prov":
        raise console.fail("--rows goes with prov alone; leave it out for openlineage", console.USAGE)
    with answering() as lineage:
        if form == "openlineage":
            text = "".join(event_lines(lineage.store))
        else:
            chosen = lineage.dataset(dataset)
            document = prov_document(lineage.versions, chosen.input)
            add_rows(document, traced(lineage, chosen, rows or ()))
            text = json.dumps(document, indent=1) + "\n"
    if out is None:
        typer.echo(text, nl=False)
        return
    console.write_file(out, text)
