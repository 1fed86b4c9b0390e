"""Withdrawals as data: what upstreams retract or supersede, and the user's own take-downs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from medai_assets.foundation.schemas import WITHDRAWAL
from medai_assets.sources.take_downs import read_take_downs
from medai_assets.storage import Store, Stored, content_hash
from medai_assets.withdrawals.erase import IN_VAIN, entered_in_vain


def publish_withdrawals(
    store: Store, raw: Sequence[Stored], take_downs: Path, publishing: dict[str, Any]
) -> Stored:
    """Collect the withdrawals of raw slices and the user's file into one table, one row a record, kind and version."""
    rows = read_take_downs(take_downs)
    for stored in raw:
        if stored.has_table("withdrawals"):
            rows += stored.table("withdrawals").to_pylist()
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


def _order(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("record_id", "kind", "version", "reason", "evidence"))
