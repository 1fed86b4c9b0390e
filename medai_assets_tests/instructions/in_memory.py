"""The data set made in memory, without a store: from passages to rows, for tests of rules and of the mixture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.schemas import REMOVED
from medai_assets.instructions.dataset.build import (
    NO_FAULTS,
    NO_REWRITES,
    Built,
    Rewrites,
    mixed_and_split,
    never_shown,
)
from medai_assets.instructions.dataset.candidates import Candidates, is_read_by_a_rule, unused_rows
from medai_assets.instructions.dataset.checks import Forbidden
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.passages import documents


def build_examples(
    passages: Iterable[pa.RecordBatch],
    mixture: Mixture,
    banned: Forbidden | None = None,
    *,
    last_rows: npt.NDArray[np.bool_] | None = None,
    faults: Mapping[str, str] = NO_FAULTS,
    rewrites: Rewrites = NO_REWRITES,
) -> Built:
    """The data set made from PASSAGE batches in any order, in memory.

    Args:
        rewrites: as of ``mixed_and_split``.
        faults: example id -> what a reviewer found wrong with it; it is set aside, in whatever form it is told.
        banned: what no example may use; a row that does is set aside.
        last_rows: see ``passages.documents``, over the passages that are read.
    """
    candidates = Candidates(mixture)
    unread: list[pa.RecordBatch] = []

    def read() -> Iterator[pa.RecordBatch]:
        for batch in passages:
            wanted = is_read_by_a_rule(batch)
            unread.append(unused_rows(batch.filter(pc.invert(wanted)), candidates.tally))
            yield batch.filter(wanted)

    for document in documents(read(), last_rows):
        candidates.document(document)
    built = mixed_and_split(candidates, faults, banned, rewrites)
    shown = {passage for row in built.rows for passage in row["passage_ids"]}
    rows = [*candidates.removed, *never_shown(candidates.unshown, built.unused, shown)]
    made = pa.RecordBatch.from_pylist(rows, schema=REMOVED)
    removed = pa.concat_tables([pa.Table.from_batches([*unread, made]), built.removed])
    order = ("source", "passage_id", "step", "reason", "detail")
    built.removed = removed.sort_by([(name, "ascending") for name in order])
    return built
