"""What is left of a processed slice, as a stored version of its own (``curated_slice``).

A slice whose content and decisions are what they were is kept, so that a change in one slice costs that slice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.corpus.curate import steps
from medai_assets.corpus.curate.compact_columns import PassageIds
from medai_assets.corpus.curate.rows import Ints, Leaf, PassageRows
from medai_assets.corpus.process.content import PassageDigest
from medai_assets.foundation.schemas import ORIGIN, PASSAGE, REMOVED
from medai_assets.storage import Store, Stored, text_digest

SLICE_ASSET = "curated_slice"
STAGE = "curated_corpus"


@dataclass(frozen=True, slots=True)
class Merged:
    """All origins of rows that others were merged into: of each row each once, sorted by record.

    Attributes:
        heads: the row of each origin, ascending. origins: ORIGIN structs.
    """

    heads: Ints
    origins: pa.StructArray

    def of(self, leaf: Leaf, decisions: steps.Decisions) -> Merged:
        """Those of the rows of a leaf that are kept."""
        low, high = np.searchsorted(self.heads, [leaf.first, leaf.first + leaf.rows])
        heads = self.heads[low:high]
        kept = decisions.step[heads] < 0
        return Merged(heads[kept], self.origins[low:high].filter(pa.array(kept)))

    def beside(self, others: Merged) -> Merged:
        """Those of both, which have no row in common."""
        heads = np.concatenate([self.heads, others.heads])
        order = np.argsort(heads, kind="stable")
        origins = pa.concat_arrays([self.origins.cast(others.origins.type), others.origins])
        return Merged(heads[order], origins.take(pa.array(order)))

    def lists(self) -> tuple[Ints, pa.ListArray]:
        """The rows, ascending, and the origins of each."""
        rows, begins = np.unique(self.heads, return_index=True)
        offsets = pa.array(np.append(begins, len(self.heads)), pa.int32())
        return rows, pa.ListArray.from_arrays(offsets, self.origins, type=PASSAGE.field("origins").type)

    def content(self) -> str:
        """What the origins say."""
        fields = (self.origins.field(name).cast(pa.string()) for name in ORIGIN.names)
        told = pc.binary_join_element_wise(*fields, "\x1f")
        whole = pa.ListArray.from_arrays(pa.array([0, len(told)], pa.int32()), told)
        return str(pc.binary_join(whole, "\x1e")[0].as_py())


def merged_origins(rows: PassageRows, decisions: steps.Decisions) -> Merged:
    """The origins of each row that others were merged into, its own and theirs."""
    root = decisions.root()
    members = np.flatnonzero(root != np.arange(len(rows)))
    wanted = np.union1d(members, root[members])
    heads, origins = [np.zeros(0, np.int64)], [pa.array([], ORIGIN)]
    for leaf in rows.leaves:
        low, high = np.searchsorted(wanted, [leaf.first, leaf.first + leaf.rows])
        if high > low:
            column = leaf.stored.table("passages", ["origins"])["origins"]
            found = column.take(pa.array(wanted[low:high] - leaf.first)).combine_chunks()
            heads.append(np.repeat(root[wanted[low:high]], pc.list_value_length(found).to_numpy()))
            origins.append(found.flatten())
    return _distinct(np.concatenate(heads), pa.concat_arrays(origins))


def _distinct(heads: Ints, origins: pa.StructArray) -> Merged:
    """Sorted; of origins that name the same version of a record in a slice the last one stays."""
    columns = [pa.array(heads), *map(origins.field, range(4))]  # record, source, slice and version of ORIGIN
    table = pa.table(columns, [*map(str, range(5))])
    order = pc.sort_indices(table, [(name, "ascending") for name in table.column_names])
    again = np.ones(max(len(order) - 1, 0), bool)
    for column in columns:
        ordered = column.take(order)
        again &= pc.equal(ordered[1:], ordered[:-1]).to_numpy(zero_copy_only=False)
    last = np.append(~again, np.ones(len(order) - len(again), bool))
    order = order.filter(pa.array(last))
    return Merged(heads[order.to_numpy()], origins.take(order))


def written(
    store: Store,
    leaf: Leaf,
    ids: PassageIds,
    decisions: steps.Decisions,
    own: Merged,
    code_version: str,
) -> tuple[Stored, bool]:
    """The curated version of a slice, and whether the same code had made it already.

    Args:
        own: as ``Merged.of`` has them.
    """
    decided = _decided(leaf, ids, decisions)
    brought = (own.heads - leaf.first).astype("<i8").tobytes()
    made_from = text_digest(*decided, brought, own.content(), code_version)
    kept = store.current_if_kept(SLICE_ASSET, leaf.key, lambda receipt: receipt.fingerprint == made_from)
    if kept is not None:
        return kept, True
    content, lists = PassageDigest(), own.lists()
    decided_by = text_digest(*decided, _brought(leaf, *lists))
    with store.draft(SLICE_ASSET, leaf.key) as draft:
        with draft.table("passages", PASSAGE) as passages, draft.table("removed", REMOVED) as removed:
            begin = leaf.first
            for batch in leaf.stored.batches("passages"):
                kept = _kept_rows(batch, begin, decisions, *lists)
                content.add(kept)
                passages.write(kept)
                removed.write(_removed_rows(batch, begin, ids, decisions))
                begin += batch.num_rows
        part = draft.publish(
            data_version=text_digest(decided_by, content.hexdigest()),
            code_version=code_version,
            inputs=[leaf.stored.input],
            fingerprint=made_from,
            metadata={"content": content.hexdigest()},
        )
    return part, False


def _decided(leaf: Leaf, ids: PassageIds, decisions: steps.Decisions) -> tuple[str, bytes, str]:
    """What a curated slice is made from: the slice, and what happens to each row."""
    gone = [
        f"{row - leaf.first}:{decisions.reason_of(row)}:{decisions.detail_of(row, ids) or ''}"
        for row in (np.flatnonzero(decisions.step[leaf.span] >= 0) + leaf.first).tolist()
    ]
    return leaf.stored.data_version, decisions.step[leaf.span].tobytes(), "\n".join(gone)


def _brought(leaf: Leaf, rows: Ints, lists: pa.ListArray) -> str:
    """The origins that others brought, as data versions have named them from the first; slow, and read only where one is made."""
    told = zip((rows - leaf.first).tolist(), lists.to_pylist())
    return "\n".join(f"{row}:{sorted(map(repr, found))}" for row, found in told)


def _kept_rows(
    batch: pa.RecordBatch, begin: int, decisions: steps.Decisions, rows: Ints, lists: pa.ListArray
) -> pa.RecordBatch:
    kept = np.flatnonzero(decisions.step[begin : begin + batch.num_rows] < 0)
    low, high = np.searchsorted(rows, [begin, begin + batch.num_rows])
    batch = batch.take(pa.array(kept))
    if high == low:
        return batch
    found = pa.concat_arrays([batch["origins"], lists[low:high].cast(batch["origins"].type)])
    places = np.arange(len(kept))
    places[np.searchsorted(kept, rows[low:high] - begin)] = len(kept) + np.arange(high - low)
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
