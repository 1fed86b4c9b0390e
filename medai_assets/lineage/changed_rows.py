"""Rows of two versions of a table side by side: how many were added, changed and gone, by a group a reader asks for.

Rows are matched by what stays when their content changes: a record's id, a passage's place in its document. Arrow does
the matching, so that a million rows cost seconds and no Python object each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.storage import Stored

NAMED = 3  # rows named as examples of a change
SORTS = ("added", "changed", "gone")
_KEY, _CONTENT, _GROUP = "key", "content", "group"
_SIDE = pa.schema([(_KEY, pa.string()), (_CONTENT, pa.string()), (_GROUP, pa.string())])


def of_table(before: Stored, after: Stored, table: str, key: str, content: str, group: str) -> pa.Table:
    """Two versions of a table matched by the column ``key``."""
    columns = [key, content, group]
    sides = [
        pa.table([s.table(table, columns=columns)[c].cast(pa.string()) for c in columns], schema=_SIDE)
        for s in (before, after)
    ]
    return _match(*sides)


def of_passages(before: Stored, after: Stored) -> pa.Table:
    """Passages of two versions, by source."""
    return _match(_passages(before), _passages(after))


def of_slices(before: Stored, after: Stored) -> pa.Table:
    """Passages of two versions of a source, by slice; a slice that both keep by reference is not read."""
    same = set(before.manifest.parts) & set(after.manifest.parts)
    sides = []
    for stored in (before, after):
        parts = [part for info, part in zip(stored.manifest.parts, stored.parts) if info not in same]
        sides.append(pa.concat_tables([_SIDE.empty_table(), *map(_slice, parts)]))
    return _match(*sides)


def _slice(part: Stored) -> pa.Table:
    table = _passages(part)
    name = (part.partition or "").split("/", 1)[-1]
    return table.set_column(2, _GROUP, pa.array([name] * table.num_rows, pa.string()))


def _passages(stored: Stored) -> pa.Table:
    """Passages by their place in their document; what stands there is told by the id, a hash of the text."""
    read = stored.table("passages", columns=["document_id", "position", "passage_id", "source"])
    place = pc.binary_join_element_wise(read["document_id"], read["position"].cast(pa.string()), "#")
    return pa.table([place, read["passage_id"], read["source"]], schema=_SIDE)


def _match(before: pa.Table, after: pa.Table) -> pa.Table:
    """Every key of either side with both contents; null where a side has none."""
    sides = []
    for name, table in (("before", before), ("after", after)):
        unique = table.group_by([_KEY]).aggregate([(_CONTENT, "min"), (_GROUP, "min")])
        chosen = unique.select([_KEY, f"{_CONTENT}_min", f"{_GROUP}_min"])
        sides.append(chosen.rename_columns([_KEY, f"{_CONTENT}_{name}", f"{_GROUP}_{name}"]))
    matched = sides[0].join(sides[1], _KEY, join_type="full outer")
    group = pc.coalesce(matched[f"{_GROUP}_after"], matched[f"{_GROUP}_before"])
    return matched.append_column(_GROUP, group).sort_by(_KEY)


def by_sort(matched: pa.Table) -> dict[str, pa.Table]:
    """The matched rows that were added, changed and gone."""
    old, new = matched[f"{_CONTENT}_before"], matched[f"{_CONTENT}_after"]
    chosen = (pc.is_null(old), pc.fill_null(pc.not_equal(old, new), False), pc.is_null(new))
    return {sort: matched.filter(mask) for sort, mask in zip(SORTS, chosen)}


def totals(matched: pa.Table) -> dict[str, int]:
    """How many rows were added, changed and gone."""
    return {sort: rows.num_rows for sort, rows in by_sort(matched).items()}


def by_group(matched: pa.Table, name: str) -> list[dict[str, Any]]:
    """One row a group that has changes, called ``name``."""
    counts: dict[str, dict[str, int]] = {}
    for sort, rows in by_sort(matched).items():
        for one in pc.value_counts(rows[_GROUP]).to_pylist():
            counts.setdefault(str(one["values"]), {})[sort] = one["counts"]
    return [{name: group, **_filled(by)} for group, by in sorted(counts.items())]


def _filled(counts: Mapping[str, int]) -> dict[str, int]:
    return {sort: counts.get(sort, 0) for sort in SORTS}


def named(matched: pa.Table, noun: str) -> list[dict[str, Any]]:
    """One row a sort of change, with the first keys by name."""
    found = []
    for sort, rows in by_sort(matched).items():
        if rows.num_rows:
            more = f" and {rows.num_rows - NAMED:,} more" if rows.num_rows > NAMED else ""
            first = ", ".join(rows[_KEY].slice(0, NAMED).to_pylist()) + more
            found.append({"change": sort, noun: rows.num_rows, "for example": first})
    return found
