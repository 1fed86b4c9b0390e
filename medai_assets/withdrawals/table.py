"""Withdrawals as data: what upstreams retract or supersede, and the user's own take-downs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.rows import WithdrawalRow
from medai_assets.foundation.schemas import WITHDRAWAL
from medai_assets.sources.registry import SOURCES
from medai_assets.sources.take_down_history import import_file, take_downs_in_force
from medai_assets.storage import Store, Stored, content_hash
from medai_assets.withdrawals.erase import WITHOUT_RECORD, other_names, take_downs_without_record

RETRACTION = "retraction"


def publish_withdrawals(
    store: Store, raw: Sequence[Stored], take_downs: Path, publishing: dict[str, Any]
) -> Stored:
    """Collect the withdrawals of raw slices and the user's file into one table, one row a record, kind and version."""
    import_file(store, take_downs)
    rows = take_downs_in_force(store, take_downs)
    for stored in raw:
        if stored.has_table("withdrawals"):
            rows += stored.table("withdrawals").to_pylist()
    rows = of_held_records(under_all_names(rows, raw), raw)
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
                WITHOUT_RECORD: take_downs_without_record(store, take_downs, thoroughly=True),
            },
        )


def under_all_names(rows: list[WithdrawalRow], raw: Sequence[Stored]) -> list[WithdrawalRow]:
    """The rows, with each retraction told of every record that is the same article.

    A notice names an article by one id, and the sources that hold it know it by others. The slices' tables ``aliases`` say
    which are the same. A DOI is no record id: what is retracted by it alone, and held by nobody, is left out.
    """
    for _ in range(2):  # a DOI may stand between the two
        retracted = {r["record_id"]: r for r in sorted(rows, key=_order) if r["kind"] == RETRACTION}
        found = [(one, other) for one, other in other_names(raw, retracted) if other not in retracted]
        rows = rows + [retracted[one] | {"record_id": other, "version": None} for one, other in found]
    return [row for row in rows if not row["record_id"].startswith("doi:")]


def of_held_records(rows: list[WithdrawalRow], raw: Sequence[Stored]) -> list[WithdrawalRow]:
    """The rows without what lists of retractions say of records that no slice holds.

    Such a list names articles of all sciences; kept, each new line of it would make all that is curated stale. A slice that
    brings the article later makes the withdrawals anew.
    """
    listed = {row["record_id"] for row in rows if _is_listed(row)}
    if not listed:
        return rows
    asked, held = pa.array(sorted(listed), pa.string()), set[str]()
    for stored in raw:
        for batch in stored.batches("records", ["record_id"]):
            held |= set(batch.filter(pc.is_in(batch["record_id"], asked))["record_id"].to_pylist())
    return [row for row in rows if row["record_id"] in held or not _is_listed(row)]


def _is_listed(row: WithdrawalRow) -> bool:
    source = SOURCES.get(row["reported_by"])
    return source is not None and not source.has_texts


def _order(row: WithdrawalRow) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("record_id", "kind", "version", "reason", "evidence"))
