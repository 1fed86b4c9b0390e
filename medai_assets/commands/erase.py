"""`medai erase`: takes what is left of withdrawn records out of everything that is kept beside the current versions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from medai_assets.commands import console
from medai_assets.commands.lineage import Json, answering
from medai_assets.foundation.plurals import counted
from medai_assets.settings import Settings, get_settings

if TYPE_CHECKING:
    from medai_assets.lineage.lookup import Lineage
    from medai_assets.withdrawals.leftovers import Erased

SHOWN = 20
SHOWN_RECORDS = 5  # that say the same
NOT_KNOWN = {
    False: "no stored version holds a passage from it, so there is no text to search for",
    True: "everything it says is in other records as well",
}


def erase(
    records: Annotated[
        list[str] | None, typer.Argument(help="Withdrawn records; default: all that you took down.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove what is found.")] = False,
    as_json: Json = False,
) -> None:
    """List where text of withdrawn records remains: older versions, indexes, journals, logs. With --yes, remove it."""
    from medai_assets.sources.take_down_history import note_erased
    from medai_assets.withdrawals import leftovers

    settings = get_settings()
    with answering(settings) as lineage:
        wanted = _withdrawn(lineage, records or [])
        if yes:
            _refuse_while_running(settings)
            found = leftovers.erase(settings, lineage.store, wanted, lambda texts: _forget(settings, texts))
            changed = bool(found.rewritten or found.removed)
            if (
                changed or not found.left
            ):  # the same again is no news, but for one whose noting a kill prevented
                note_erased(lineage.store, wanted, _summary(found, len(wanted)), anew=changed)
        else:
            found = leftovers.find_remnants(settings, lineage.store, wanted)
    if as_json:
        console.print_json(json.dumps({"records": wanted, **asdict(found)}))
    else:
        _show(wanted, found, yes)
    if found.left and yes:
        raise typer.Exit(1)


def _withdrawn(lineage: Lineage, named: list[str]) -> list[str]:
    from medai_assets.lineage.impact_targets import record_named

    if not named:
        taken = sorted({row["record_id"] for row in lineage.withdrawn.rows if row["kind"] == "take_down"})
        if not taken:
            raise console.fail("you have taken no record down; `medai withdraw RECORD --reason “…”` does")
        return taken
    found = [record_named(lineage.store, name) for name in named]
    for record in found:
        if not lineage.withdrawn.of(record):
            raise console.fail(
                f"{escape(record)} is not withdrawn; `medai withdraw {escape(record)} --reason “…”` does it"
            )
    return found


def _refuse_while_running(settings: Settings) -> None:
    from medai_assets.foundation.progress import read_progress

    if running := next(read_progress(settings.work_dir), None):
        raise console.fail(f"{escape(running.name)} is being made right now; try again when it is done")


def _forget(settings: Settings, texts: Sequence[str]) -> list[str]:
    from medai_assets.automation.erased_runs import forget_runs
    from medai_assets.automation.instance import open_instance

    with open_instance(settings) as instance:
        return forget_runs(instance, texts, settings.dagster_home)


def _summary(found: Erased, records: int) -> str:
    whose = "its text" if records == 1 else f"text of {records:,} records"
    changed = f"{counted(len(found.rewritten), 'older version')} made again, {len(found.removed):,} removed"
    held = f"{counted(len(found.left), 'file')} still held one"
    elsewhere = f"; {_others_say(found)}" if found.shared else ""
    return f"{changed}; of {counted(found.searched, 'stretch', 'stretches')} of {whose} looked for, {held}{elsewhere}"


def _others_say(found: Erased) -> str:
    whose = Counter(found.shared.values()).most_common(SHOWN_RECORDS)
    stay = counted(len(found.shared), "further one stays", "further ones stay")
    return f"{stay}, since others say the same: {', '.join(f'{who} ({count:,})' for who, count in whose)}"


def _show(records: list[str], found: Erased, yes: bool) -> None:
    named = escape(", ".join(records[:3])) + (f" and {len(records) - 3} more" if len(records) > 3 else "")
    console.out.print(
        f"{named}: {counted(found.searched, 'stretch', 'stretches')} of text found nowhere else."
        if found.searched
        else f"{named}: {NOT_KNOWN[bool(found.shared)]}."
    )
    if found.shared:
        console.say(f"{escape(_others_say(found))}.")
    for version, lost in found.rewritten.items():
        rows = ", ".join(f"{count:,} of {table}" for table, count in lost.items())
        console.say(f"made again without them: {escape(version)} (rows: {rows})")
    for name in found.removed:
        console.say(f"removed: {escape(name)}")
    for left in found.left[:SHOWN]:
        where = f"{left.path} ({left.inside.strip()})" if left.inside.strip() else left.path
        console.say(f"[red]found in[/] {escape(where)}: {escape(left.remedy)}")
    if len(found.left) > SHOWN:
        console.out.print(f"… and in {counted(len(found.left) - SHOWN, 'further file')}")
    if not found.left:
        known = "No file below the data root holds it." if found.searched else "No slice holds the record."
        console.out.print(known)
    elif not found.rewritten:
        remedy = "" if yes else " `medai erase --yes` removes what is not said to need something else."
        console.out.print(("Nothing else was removed." if found.removed else "Nothing was removed.") + remedy)
