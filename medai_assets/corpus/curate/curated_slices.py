"""What is left of a processed slice, as a stored version of its own (``curated_slice``).

A slice whose content and decisions are what they were is kept, so that a change in one slice costs that slice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from medai_assets.corpus.curate import steps
from medai_assets.corpus.curate.compact_columns import PassageIds
from medai_assets.corpus.curate.rows import Leaf, PassageRows
from medai_assets.corpus.process.content import PassageDigest
from medai_assets.foundation.rows import Origin
from medai_assets.foundation.schemas import PASSAGE, REMOVED
from medai_assets.storage import Store, Stored, text_digest

SLICE_ASSET = "curated_slice"
STAGE = "curated_corpus"
Origins = dict[int, list[Origin]]  # row -> its own and those of the rows merged into it


def merged_origins(rows: PassageRows, decisions: steps.Decisions) -> Origins:
    """All origins of each row that others were merged into, each once, sorted by record."""
    root = decisions.root()
    members = np.flatnonzero(root != np.arange(len(rows)))
    if not len(members):
        return {}
    heads = np.unique(root[members])
    wanted = np.union1d(members, heads)
    groups: Origins = {}
    for leaf in rows.leaves:
        low, high = np.searchsorted(wanted, [leaf.first, leaf.first + leaf.rows])
        if high == low:
            continue
        column = leaf.stored.table("passages", ["origins"])["origins"].take(
            pa.array(wanted[low:high] - leaf.first)
        )
        for row, found in zip(wanted[low:high].tolist(), column.to_pylist()):
            groups.setdefault(int(root[row]), []).extend(found)
    return {head: _distinct(found) for head, found in groups.items()}


def of_leaves(leaves: Sequence[Leaf], decisions: steps.Decisions, origins: Origins) -> Iterator[Origins]:
    """Of each leaf's rows that are kept, those that others were merged into."""
    heads = sorted(origins)
    for leaf in leaves:
        own = heads[bisect_left(heads, leaf.first) : bisect_left(heads, leaf.first + leaf.rows)]
        yield {row: origins[row] for row in own if decisions.step[row] < 0}


def _distinct(origins: list[Origin]) -> list[Origin]:
    keyed = {(o["record_id"], o["source"], o["slice"], o["version"]): o for o in origins}
    return [keyed[key] for key in sorted(keyed)]


def written(
    store: Store,
    leaf: Leaf,
    ids: PassageIds,
    decisions: steps.Decisions,
    own: Origins,
    code_version: str,
) -> tuple[Stored, bool]:
    """The curated version of a slice, and whether the same code had made it already.

    Args:
        own: as ``of_leaves`` has them.
    """
    decided = _decisions_digest(leaf, ids, decisions, own)
    made_from = text_digest(decided, code_version)
    kept = store.current_if_kept(SLICE_ASSET, leaf.key, lambda receipt: receipt.fingerprint == made_from)
    if kept is not None:
        return kept, True
    content = PassageDigest()
    with store.draft(SLICE_ASSET, leaf.key) as draft:
        with draft.table("passages", PASSAGE) as passages, draft.table("removed", REMOVED) as removed:
            begin = leaf.first
            for batch in leaf.stored.batches("passages"):
                kept = _kept_rows(batch, begin, decisions, own)
                content.add(kept)
                passages.write(kept)
                removed.write(_removed_rows(batch, begin, ids, decisions))
                begin += batch.num_rows
        part = draft.publish(
            data_version=text_digest(decided, content.hexdigest()),
            code_version=code_version,
            inputs=[leaf.stored.input],
            fingerprint=made_from,
            metadata={"content": content.hexdigest()},
        )
    return part, False


def _decisions_digest(leaf: Leaf, ids: PassageIds, decisions: steps.Decisions, origins: Origins) -> str:
    """Names what a curated slice is made from: the slice, what happens to each row, the origins that others brought."""
    decided = [
        f"{row - leaf.first}:{decisions.reason_of(row)}:{decisions.detail_of(row, ids) or ''}"
        for row in (np.flatnonzero(decisions.step[leaf.span] >= 0) + leaf.first).tolist()
    ]
    brought = [f"{row - leaf.first}:{sorted(map(repr, found))}" for row, found in sorted(origins.items())]
    return text_digest(
        leaf.stored.data_version,
        decisions.step[leaf.span].tobytes(),
        "\n".join(decided),
        "\n".join(brought),
    )


def _kept_rows(
    batch: pa.RecordBatch, begin: int, decisions: steps.Decisions, origins: Origins
) -> pa.RecordBatch:
    kept = np.flatnonzero(decisions.step[begin : begin + batch.num_rows] < 0)
    batch = batch.take(pa.array(kept))
    changed = {
        place: origins[begin + row] for place, row in enumerate(kept.tolist()) if begin + row in origins
    }
    if not changed:
        return batch
    mask = np.zeros(len(kept), bool)
    mask[list(changed)] = True
    column = batch["origins"]
    found = pa.concat_arrays([column, pa.array(list(changed.values()), column.type)])
    places = np.arange(len(kept))
    places[mask] = len(kept) + np.arange(len(changed))
    return batch.set_column(
        PASSAGE.get_field_index("origins"), PASSAGE.field("origins"), found.take(pa.array(places))
    )


def _removed_rows(
    batch: pa.RecordBatch, begin: int, ids: PassageIds, decisions: steps.Decisions
) -> pa.RecordBatch:
    gone = np.flatnonzero(decisions.step[begin : begin + batch.num_rows] >= 0)
    taken = batch.select(["passage_id", "source", "text", "origins"]).take(pa.array(gone))
    rows = (gone + begin).tolist()
    columns = {
        "stage": pa.repeat(STAGE, len(rows)),
        "step": pa.array([steps.STEPS[decisions.step[row]] for row in rows], pa.string()),
        "reason": pa.array([decisions.reason_of(row) for row in rows], pa.string()),
        "detail": pa.array([decisions.detail_of(row, ids) for row in rows], pa.string()),
    }
    return pa.record_batch(
        [columns.get(f.name, taken[f.name] if f.name in taken.schema.names else None) for f in REMOVED],
        schema=REMOVED,
    )
