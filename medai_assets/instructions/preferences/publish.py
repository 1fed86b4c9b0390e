"""The asset ``preference_dataset``: pairs made from the data set, the corpus and superseded versions, as one table.

The rejected side is no example and never among ``training_examples``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.schemas import EXAMPLE, PREFERENCE
from medai_assets.instructions.dataset.mixture import MIXTURE_FILE, Mixture
from medai_assets.instructions.preferences.pairs import (
    REASONS,
    pairs_of_twins,
    pairs_of_urgency,
    pairs_of_versions,
    superseded,
)
from medai_assets.storage import Store, Stored, content_hash

ASSET = "preference_dataset"
TABLE = "pairs"
# A pair of this reason is there to unlearn the old version, whose being replaced does not forbid that.
UNLEARNS_OLD = "current_label"


def publish_preferences(
    store: Store,
    dataset: Stored,
    curated: Stored,
    processed: Sequence[Stored],
    *,
    withdrawals: Stored,
    mixture: Stored,
    publishing: dict[str, Any],
) -> Stored:
    """Make and publish the pairs, in the order of their ids.

    Args:
        dataset: a version of ``instruction_dataset``; curated: of ``curated_corpus``; processed: of ``processed_corpus``, every
            source's.
        withdrawals: no pair names a record that this table withdraws, on either side.
    """
    wanted = Mixture.load(mixture.local_path() / MIXTURE_FILE)
    rows = dataset.table("examples", EXAMPLE.names).to_pylist()
    found = [*pairs_of_twins(rows), *pairs_of_urgency(rows, wanted.least_words)]
    if old := superseded(_removed(curated)):
        of_old = pc.field("document_id").isin(sorted({record for record, _ in old}))
        passages = (batch for one in processed for batch in one.batches("passages", filter=of_old))
        found += pairs_of_versions(rows, passages, old, wanted)
    allowed = without_withdrawn(found, withdrawals.table("withdrawals").to_pylist())
    unique = {pair["pair_id"]: pair for pair in allowed}
    table = pa.Table.from_pylist([unique[key] for key in sorted(unique)], schema=PREFERENCE)
    with store.draft(ASSET) as draft:
        draft.write_table(TABLE, table)
        counts = Counter(zip(table["reason"].to_pylist(), table["split"].to_pylist()))
        by_reason = [
            {"reason": reason, "train": counts[reason, "train"], "validation": counts[reason, "validation"],
             "meaning": meaning}
            for reason, meaning in REASONS.items()
        ]  # fmt: skip
        of_receipt = {"by_reason": by_reason, "withdrawn": len(found) - len(allowed)}
        version = content_hash(table, PREFERENCE.names)
        return draft.publish(data_version=version, **publishing, metadata=of_receipt)


def without_withdrawn(
    pairs: Iterable[dict[str, Any]], withdrawals: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The pairs of which no side rests on withdrawn records only.

    An old version may be told as what is no longer to be said; one that was retracted or taken down may not.
    """
    rows = list(withdrawals)

    def gone(origins: list[dict[str, Any]], but_superseded: bool) -> bool:
        return bool(origins) and all(
            any(_covers(row, origin) for row in rows if not (but_superseded and row["kind"] == "superseded"))
            for origin in origins
        )

    return [
        pair
        for pair in pairs
        if not gone(pair["chosen_origins"], False)
        and not gone(pair["rejected_origins"], pair["reason"] == UNLEARNS_OLD)
    ]


def _covers(withdrawal: Mapping[str, Any], origin: Mapping[str, Any]) -> bool:
    same = withdrawal["record_id"] == origin["record_id"]
    return same and withdrawal["version"] in (None, "", origin["version"])


def _removed(curated: Stored) -> Iterator[pa.RecordBatch]:
    if curated.has_table("removed"):
        yield from curated.batches("removed", columns=["step", "reason", "origins"])
