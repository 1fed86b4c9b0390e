"""What changed outside the graph since a partition was made, in the words of whoever changed it.

That something changed is told by its fingerprint (``fingerprints.py``); here it is only named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from medai_assets.foundation.plurals import change_told, counted, few
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.fingerprints import DATA_OF
from medai_assets.reviews.history import latest_verdicts
from medai_assets.sources.take_down_history import history

if TYPE_CHECKING:
    from medai_assets.storage import Receipt, Store

WHAT = {
    "withdrawals": "what was taken down, or taken back,",
    "benchmark_questions": "a file of benchmark questions, or which sets are asked,",
    "judged_report": "the judge's model, or what it is asked,",
    "question_rewrites": "the teacher's model, what it is told, or how much it is asked,",
    "reviews": "what reviewers said",
}


def outside_change(graph: Graph, store: Store, target: PartitionId, receipt: Receipt) -> str:
    """One sentence for a partition whose fingerprint is not the one that its receipt recorded."""
    if values := DATA_OF.get(target.asset):
        before = _flat(receipt.metadata.get("values", {}))
        return _values_told(target, before, _flat(values(graph.settings, target.partition or "")))
    when = receipt.finished_at[:16].replace("T", " ")
    entered = _ENTERED.get(target.asset)
    if entered is not None and (told := entered(store, receipt.started_at)):
        return f"since {when}: {told}"
    is_raw = graph.nodes[target.asset].source is not None
    what = "its upstream records or its query" if is_raw else WHAT[target.asset]
    return f"{what} changed since {when}"


def _values_told(target: PartitionId, before: dict[str, Any], after: dict[str, Any]) -> str:
    changes = [
        change_told(key, before.get(key, "unset"), after.get(key, "unset"))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
    words = target.asset.split("_")
    name = f"{words[-1]} {target.partition}" if target.partition else " ".join(words)
    return f"{name}: {', '.join(changes) or 'changed'}"


def _flat(values: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Nested values under one name each, as in ``most_examples.question_answer``."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= _flat(value, f"{above}{key}.") if isinstance(value, dict) else {f"{above}{key}": value}
    return found


def _verdicts(store: Store, since: str) -> str:
    """Who entered how many; "" where none is newer, as when what stands beside one was erased."""
    said = Counter(row["reviewer"] for row in latest_verdicts(store) if row["reviewed_at"] > since)
    by = few([f"{number:,} by {reviewer}" for reviewer, number in said.most_common()])
    return f"{counted(said.total(), 'verdict')} entered ({by})" if said else ""


def _take_downs(store: Store, since: str) -> str:
    """Which records; "" where none is newer, as when a line was written into the file of take-downs by hand."""
    last = {one.record_id: one.action for one in history(store) if one.at > since and one.action != "erased"}
    return few([f"{record} {action}" for record, action in last.items()])


_ENTERED: dict[str, Callable[[Store, str], str]] = {"reviews": _verdicts, "withdrawals": _take_downs}
