"""Withdrawals as data: what upstreams retract or supersede, and the user's own take-downs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.schemas import WITHDRAWAL
from medai_assets.sources.take_down_history import import_file, standing
from medai_assets.storage import Store, Stored, content_hash
from medai_assets.withdrawals.erase import IN_VAIN, entered_in_vain

RETRACTION = "retraction"


def publish_withdrawals(
    store: Store, raw: Sequence[Stored], take_downs: Path, publishing: dict[str, Any]
) -> Stored:
    """Collect the withdrawals of raw slices and the user's file into one table, one row a record, kind and version."""
    import_file(store, take_downs)
    rows = standing(store, take_downs)
    for stored in raw:
        if stored.has_table("withdrawals"):
            rows += stored.table("withdrawals").to_pylist()
    rows = under_all_names(rows, raw)
    unique = {(r["record_id"], r["kind"], r["version"] or ""): r for r in sorted(rows, key=_order)}
    table = pa.Table.from_pylist([unique[key] for key in sorted(unique)], schema=WITHDRAWAL)
    counts = Counter(table.column("kind").to_pylist())
    with store.draft("withdrawals") as draft:
        draft.write_table("withdrawals", table)
        version = content_hash(table, ["record_id", "kind", "version", "reason"])
        return draft.publish(
            data_version=version,
            **publishing,
            metadata={
                "by_kind": dict(sorted(counts.items())),
                IN_VAIN: entered_in_vain(store, take_downs, thoroughly=True),
            },
        )


def under_all_names(rows: list[dict[str, Any]], raw: Sequence[Stored]) -> list[dict[str, Any]]:
    """The rows, with each retraction told of every record that is the same article.

    A notice names an article by one id, and the sources that hold it know it by others. The slices' tables ``aliases`` say
    which are the same. A DOI is no record id: what is retracted by it alone, and held by nobody, is left out.
    """
    aliases = [s.table("aliases") for s in raw if s.has_table("aliases")]
    for known, other in (("name", "record_id"), ("record_id", "name")):
        retracted = {r["record_id"]: r for r in sorted(rows, key=_order) if r["kind"] == RETRACTION}
        asked = pa.array(sorted(retracted), pa.string())
        found: list[dict[str, Any]] = []
        for table in aliases:
            for pair in table.filter(pc.is_in(table[known], asked)).to_pylist():
                found.append(retracted[pair[known]] | {"record_id": pair[other], "version": None})
        rows = [*rows, *found]
    return [row for row in rows if not row["record_id"].startswith("doi:")]


def _order(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("record_id", "kind", "version", "reason", "evidence"))
