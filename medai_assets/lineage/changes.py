"""What a new version changed against the one before, and why it was made: sentences and small tables for an asset's page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.plurals import counted
from medai_assets.lineage.diff import diff
from medai_assets.lineage.lookup import Lineage, LineageError
from medai_assets.lineage.versions import ADAPTER, CORPUS, DATASET
from medai_assets.storage import Receipt, Stored, StoreError
from medai_assets.storage.errors import label

SETTINGS = ("curation_policy", "instruction_mixture", "training_recipe")
Table = list[dict[str, Any]]


@dataclass(frozen=True)
class Changes:
    """``words`` say it in a sentence; ``tables`` (title to rows of equal columns) say it in numbers."""

    words: str
    tables: Mapping[str, Table] = field(default_factory=dict)


def since(before: Stored | None, after: Stored, lineage: Lineage) -> Changes:
    """Compare a version that was just published with the one that was current until then.

    Args:
        before: None when nothing was ever published.
        lineage: over the same store; the index of a data set version is built when it is missing.
    """
    if before is None:
        return Changes("This is the first version.")
    if before.data_version == after.data_version:
        made = (before.receipt.finished_at if before.receipt else before.manifest.created_at)[:16]
        return Changes(f"Nothing: the content is what it was on {made.replace('T', ' ')} UTC.")
    try:
        return _compare(before, after, lineage)
    except (LineageError, StoreError, FileNotFoundError) as error:
        return Changes(f"It differs, but the version before can no longer be read: {error}")


def reasons(before: Receipt | None, after: Receipt) -> str:
    """Why a materialization was due: what differed among inputs, code, and what lies outside the graph."""
    if before is None:
        return "it was never made before"
    used = {(i.asset, i.partition): i.data_version for i in before.inputs}
    now = {(i.asset, i.partition): i.data_version for i in after.inputs}
    found = [f"{label(*p)} has new content" for p in now if p in used and used[p] != now[p]]
    found += [f"{label(*p)} is a new input" for p in now if p not in used]
    found += [f"{label(*p)} is no longer an input" for p in used if p not in now]
    if before.code_version != after.code_version:
        found.append(f"its code changed: version {before.code_version} → {after.code_version}")
    if before.fingerprint != after.fingerprint:
        found.append("what it reads from outside the graph changed")
    return "; ".join(found) or "it was asked for; nothing it is made from had changed"


def _compare(before: Stored, after: Stored, lineage: Lineage) -> Changes:
    asset = after.asset
    if asset.startswith("raw_"):
        matched = of_table(before, after, "records", "record_id", "payload_sha256", "slice")
        return _counted(totals(matched), "records", {"changes": named(matched, "records")})
    if asset == "withdrawals":
        matched = of_table(before, after, asset, "record_id", "reason", "kind")
        tables = {"changes by kind": by_group(matched, "kind"), "changes": named(matched, asset)}
        return _counted(totals(matched), asset, tables)
    if asset == "benchmark_questions":
        matched = of_table(before, after, "questions", "item_id", "question", "benchmark")
        return _grouped(matched, "benchmark", "questions")
    if asset == "processed_corpus":
        return _grouped(of_slices(before, after), "slice", "passages")
    if asset == CORPUS:
        return _grouped(of_passages(before, after), "source", "passages")
    if asset == DATASET:
        return _examples(before, after, lineage)
    return _fields_changed(_facts(before, lineage), _facts(after, lineage))


def _grouped(matched: Any, group: str, noun: str) -> Changes:
    return _counted(totals(matched), noun, {f"changes by {group}": by_group(matched, group)})


def _examples(before: Stored, after: Stored, lineage: Lineage) -> Changes:
    """Examples by kind, source and cause, and what had changed upstream."""
    found = diff(lineage, before, after)
    tables = {
        f"changes by {group}": [
            {"added": one.added, "changed": one.changed, "gone": one.gone, group: one.name}
            for one in counts
        ]
        for group, counts in (("kind", found.by_kind), ("source", found.by_source), ("cause", found.causes))
    }  # fmt: skip
    tables["changes upstream"] = [{"what": change.what} for change in found.upstream]
    counts = {"added": found.added, "changed": found.changed, "gone": found.gone}
    changes = _counted(counts, "examples", tables)
    moved = totals(of_table(before, after, "examples", "example_id", "split", "kind"))["changed"]
    words = f"{changes.words} {moved:,} moved between training and validation." if moved else changes.words
    return Changes(words, changes.tables)


def _counted(counts: Mapping[str, int], noun: str, tables: Mapping[str, Table]) -> Changes:
    words = (
        f"{counted(counts['added'], noun.removesuffix('s'))} added, {counts['changed']:,} changed, {counts['gone']:,} gone."
        if any(counts.values())
        else f"No {noun} were added, changed or gone; only what is noted beside them differs."
    )
    return Changes(words, {title: table for title, table in tables.items() if table})


def _facts(stored: Stored, lineage: Lineage) -> dict[str, Any]:
    """What a reader compares of a version without rows: its settings, scores, and what it was made from."""
    stated = stored.facts
    if stored.asset in SETTINGS:
        found: dict[str, Any] = stated.get("values", {})
        return found
    facts = {label(i.asset, i.partition): i.data_version[:12] for i in stored.manifest.inputs}
    if stored.asset == ADAPTER:
        for used in stored.manifest.inputs:
            if used.asset == "training_recipe" and (recipe := lineage.versions.manifest(used)) is not None:
                facts |= {f"recipe: {name}": value for name, value in recipe.metadata["values"].items()}
        losses = stated.get("metrics", {}).get("tuned", {})
        return facts | {f"validation loss: {kind}": round(of["loss"], 4) for kind, of in losses.items()}
    for score in stated.get("summary", ()):
        facts |= {f"{score['what']}: {which}": score[which] for which in ("base", "tuned")}
    if "gate" in stated:
        facts["gate passed"] = stated["gate"]["passed"]
    return facts


def _fields_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    table = [
        {"what": name.replace("_", " "), "before": _text(before, name), "after": _text(after, name)}
        for name in [*after, *(name for name in before if name not in after)]
        if before.get(name) != after.get(name)
    ]
    if not table:
        return Changes("None of the values shown here; the files differ.")
    words = ", ".join(f"{row['what']} {row['before']} → {row['after']}" for row in table[:NAMED])
    more = f", and {len(table) - NAMED} more below" if len(table) > NAMED else ""
    return Changes(f"{words}{more}.", {"changes": table})


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name, "unset")
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        shown = (f"{key.replace('_', ' ')} {of}" if isinstance(key, str) else str(of) for key, of in pairs)
        return ", ".join(shown) or "none"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


NAMED = 3  # rows and fields told by name; the tables have them all
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
