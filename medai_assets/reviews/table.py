"""The asset ``reviews``: the verdicts that stand, as a table. Data, so that a verdict makes the data set stale and nothing else."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa

from medai_assets.foundation.schemas import REVIEW
from medai_assets.reviews.history import latest_verdicts
from medai_assets.storage import Store, Stored, content_hash

ASSET = "reviews"


def publish_reviews(store: Store, publishing: dict[str, Any]) -> Stored:
    """Store the last word of each reviewer on each example."""
    rows = latest_verdicts(store)
    table = pa.Table.from_pylist(rows, schema=REVIEW)
    with store.draft(ASSET) as draft:
        draft.write_table("reviews", table)
        version = content_hash(table, [name for name in REVIEW.names if name != "reviewed_at"])
        facts = {
            "by_verdict": dict(sorted(Counter(row["fault"] or row["verdict"] for row in rows).items())),
            "by_role": dict(sorted(Counter(row["role"] for row in rows).items())),
        }
        return draft.publish(data_version=version, **publishing, metadata=facts)
