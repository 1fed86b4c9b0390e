"""How many rows differ between two kept versions of a table, for the sentence that says why something is stale.

Rows are compared as a person counts them: by identity and content, however often an identity occurs. What the two
versions share by reference is not read.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from medai_assets.foundation.plurals import counted
from medai_assets.graph.graph import PartitionId

if TYPE_CHECKING:
    from medai_assets.storage import Part, Store, Stored


class RowTable(NamedTuple):
    """Tables whose rows have an identity and a content."""

    tables: tuple[str, ...]
    noun: str
    identity: str
    contents: tuple[str, ...]
    changed: str = "changed"  # what a row is whose content alone differs


ROW_TABLES = {
    "raw": RowTable(("records",), "records", "record_id", ("payload_sha256", "version", "licence", "url")),
    "withdrawals": RowTable(("withdrawals",), "withdrawals", "record_id", ("reason", "kind", "version")),
    # A passage's and an example's identity is a hash of its text, so that the text never changes.
    "processed_corpus": RowTable(
        ("passages",), "passages", "passage_id", ("document_id",), "in another document"
    ),
    "curated_corpus": RowTable(
        ("passages",), "passages", "passage_id", ("document_id",), "in another document"
    ),
    "reviews": RowTable(
        ("reviews",), "verdicts", "example_id", ("reviewer", "verdict", "fault", "comment", "role")
    ),
    "question_rewrites": RowTable(("rewrites",), "rewrites", "example_id", ("rewritten", "reason", "model")),
    "training_examples": RowTable(
        ("train", "validation"),
        "examples",
        "example_id",
        ("system", "labels"),
        "in the other split, or with another system text or labels",
    ),
    "preference_dataset": RowTable(("pairs",), "pairs", "pair_id", ("split",), "in the other split"),
    "instruction_dataset": RowTable(
        ("examples",), "examples", "example_id", ("split",), "in the other split"
    ),
}


def table_of(asset: str) -> RowTable | None:
    """The rows of an asset, or None for one without such rows."""
    return ROW_TABLES.get("raw" if asset.startswith("raw_") else asset)


def row_changes(store: Store, target: PartitionId, old: str, new: str) -> str:
    """Rows added, changed and gone between two versions, in words; "" for an asset without rows.

    Raises:
        StoreError: one of the versions is no longer kept.
    """
    rows = table_of(target.asset)
    if rows is None:
        return ""
    before, after = (store.open(*target, version) for version in (old, new))
    shared = set(before.manifest.parts) & set(after.manifest.parts)
    left, come = _counted(before, rows, shared), _counted(after, rows, shared)
    left, come = left - come, come - left
    names = [Counter(identity for identity, *_ in side.elements()) for side in (left, come)]
    changed = (names[0] & names[1]).total()
    added, gone = names[1].total() - changed, names[0].total() - changed
    if not (added or changed or gone):
        return f"the same {rows.noun}, with other details noted beside them"
    return f"{counted(added, rows.noun.removesuffix('s'))} added, {changed} {rows.changed}, {gone} gone"


def _counted(stored: Stored, rows: RowTable, shared: set[Part]) -> Counter[tuple[object, ...]]:
    """How often each pair of identity and content occurs, in what the other version does not share."""
    found: Counter[tuple[object, ...]] = Counter()
    columns = (rows.identity, *rows.contents)
    own = [] if stored.parts else [stored]
    for one in [
        *own,
        *(part for info, part in zip(stored.manifest.parts, stored.parts) if info not in shared),
    ]:
        for table in filter(one.has_table, rows.tables):
            for batch in one.batches(table, columns):
                contents_of = zip(*(batch[name].to_pylist() for name in columns))
                found.update((*row, table) for row in contents_of)
    return found
