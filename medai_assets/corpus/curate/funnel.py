"""The funnel: how many records and passages each step left, by source, and why the others went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.corpus.curate.rows import Leaf
from medai_assets.corpus.curate.steps import STEPS, Decisions
from medai_assets.sources.registry import SOURCES

_NAMES = tuple(SOURCES)  # a passage's source is kept as its place here


FUNNEL = pa.schema(
    [
        pa.field("order", pa.int32(), nullable=False),
        pa.field("step", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),  # records | passages
        pa.field("kept", pa.int64(), nullable=False),  # after the step
        pa.field("removed", pa.int64(), nullable=False),  # by the step
    ]
)
REASONS = pa.schema(
    [
        pa.field("stage", pa.string(), nullable=False),
        pa.field("step", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("count", pa.int64(), nullable=False),
    ]
)
_PROCESS_STEPS = ("language", "quality")
# (step, reason, source, licence) -> how many: passages, whose step is empty where they are kept, and what processing left
# out, which has no licence here.
Tally = Counter[tuple[str, str, str, str]]


def tally(
    leaf: Leaf,
    decisions: Decisions,
    source: npt.NDArray[np.integer],
    licence: npt.NDArray[np.integer],
    licences: Sequence[str],
) -> Tally:
    """What became of the records and passages of a slice.

    Args:
        source, licence: of each of its passages, the place among all sources and in ``licences``.
    """
    found = _process_reasons(leaf)
    step, reasons = decisions.step[leaf.span] + 1, ["", *decisions.reasons]
    reason = np.where(step > 0, decisions.reason[leaf.span] + 1, 0)
    shape = (len(STEPS) + 1, len(reasons), len(_NAMES), len(licences))
    same, counts = np.unique(np.ravel_multi_index((step, reason, source, licence), shape), return_counts=True)
    for s, r, n, code, count in zip(*(c.tolist() for c in np.unravel_index(same, shape)), counts.tolist()):
        found["" if s == 0 else STEPS[s - 1], reasons[r], _NAMES[n], licences[code]] = count
    return found


def funnel(leaves: Sequence[Leaf], tallies: Iterable[Tally]) -> tuple[pa.Table, pa.Table]:
    """FUNNEL and REASONS of everything from the raw records to the curated passages."""
    records, reasons = Counter[str](), Counter[tuple[str, str, str]]()
    by_step: dict[str, Counter[str]] = {_source(leaf): Counter() for leaf in leaves}
    for leaf in leaves:
        records[_source(leaf)] += _records(leaf)
    for one in tallies:
        for (step, reason, source, _), count in one.items():
            by_step.setdefault(source, Counter())[step] += count
            if step:
                reasons[step, reason, source] += count
    table: list[dict[str, object]] = []
    for source in sorted({_source(leaf) for leaf in leaves}, key=_NAMES.index):
        table += _of_source(source, records[source], by_step[source])
    listed = [
        {
            "stage": "curated_corpus" if step in STEPS else "processed_corpus",
            "step": step,
            "reason": reason,
            "source": source,
            "count": n,
        }
        for (step, reason, source), n in sorted(reasons.items())
    ]
    return pa.Table.from_pylist(table, schema=FUNNEL), pa.Table.from_pylist(listed, schema=REASONS)


def _of_source(source: str, records: int, by_step: Counter[str]) -> list[dict[str, object]]:
    lines = [
        ("raw", "records", records, 0),
        ("parsed", "records", records - by_step["parse"], by_step["parse"]),
    ]
    left = sum(by_step[name] for name in ("", *STEPS, *_PROCESS_STEPS))
    lines.append(("passages", "passages", left, 0))
    for name in (*_PROCESS_STEPS, *STEPS):
        left -= by_step[name]
        lines.append((name, "passages", left, by_step[name]))
    return [
        {"order": order, "step": name, "source": source, "unit": unit, "kept": kept, "removed": gone}
        for order, (name, unit, kept, gone) in enumerate(lines)
    ]


def _process_reasons(leaf: Leaf) -> Tally:
    found: Tally = Counter()
    for batch in leaf.stored.batches("removed", ["step", "reason", "source"]):
        told = (batch[name].to_pylist() for name in ("step", "reason", "source"))
        found.update((*one, "") for one in zip(*told))
    return found


def _records(leaf: Leaf) -> int:
    """Raw records of a leaf: told by its manifest, else counted from what became of them."""
    stated = leaf.stored.manifest.metadata.get("records")
    if isinstance(stated, int):
        return stated
    ids = set[str]()
    for table in ("passages", "removed"):
        for batch in leaf.stored.batches(table, ["origins"]):
            ids.update(pc.list_flatten(batch["origins"]).field("record_id").to_pylist())
    return len(ids)


def _source(leaf: Leaf) -> str:
    return leaf.key.split("/", 1)[0]
