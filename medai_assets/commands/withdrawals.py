"""`medai withdrawals`: who withdrew what, when, why and for which request, and who took it back."""

from __future__ import annotations

import json

from msgspec import to_builtins
from rich.markup import escape
from rich.table import Table

from medai_assets.commands import console
from medai_assets.commands.lineage import Json, answering
from medai_assets.foundation.plurals import counted


def withdrawals(as_json: Json = False) -> None:
    """Show the history of take-downs, shared by every host that uses the store, and which are in force."""
    from medai_assets.settings import get_settings
    from medai_assets.sources.take_down_history import history, standing

    with answering() as lineage:
        entries = history(lineage.store)
        rows = standing(lineage.store, get_settings().take_downs_file)
    if as_json:
        console.print_json(json.dumps({"in_force": rows, "history": to_builtins(entries)}))
        return
    table = Table("when", "record", "what", "by", "why", "request", box=None, header_style="bold")
    for entry in entries:
        said = "" if entry.reported_by in ("", entry.actor) else f" for {entry.reported_by}"
        row = (
            entry.at[:16].replace("T", " "),
            entry.record_id,
            entry.action,
            f"{entry.actor} on {entry.host}{said}",
            entry.reason,
            entry.request,
        )
        table.add_row(*map(escape, row))
    if entries:
        console.out.print(table)
    noted = {entry.record_id for entry in entries}
    told = f"{counted(len(rows), 'take-down is', 'take-downs are')} in force."
    if waiting := [row["record_id"] for row in rows if row["record_id"] not in noted]:
        told += f" Only in the file of this host until `medai run`: {', '.join(waiting)}."
    console.out.print(escape(told), soft_wrap=True)
