"""The asset ``model_card``: an adapter's card with the origins of what it learned as the data set notes them now.

Only licences, attributions and samples can differ from the card within the adapter, which tells them as they were
noted when it was trained. They have a version of their own, so that a change makes the card new and no training.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.digests import text_digest
from medai_assets.storage import Store, Stored
from medai_assets.training.adapter import MANIFEST, METRICS
from medai_assets.training.learned_tables import rights
from medai_assets.training.model_card import model_card
from medai_assets.training.recipe import recipe_from

ASSET = "model_card"
CARD, RIGHTS = "README.md", "rights.json"


def publish_card(store: Store, adapter: Stored, dataset: Stored, publishing: dict[str, Any]) -> Stored:
    """Publish card and rights.

    Args:
        adapter: a version of ``lora_adapter``.
        dataset: the version of ``instruction_dataset`` whose notes are told.
        publishing: arguments of ``Draft.publish``.

    Returns:
        The stored version; ``noted_before`` in its metadata counts the learned examples that the data set no longer
        holds, of which the adapter's own notes are told.
    """
    rows = {row["example_id"]: row for row in as_learned(adapter)}
    now = {row["example_id"]: row for row in _as_noted(dataset, list(rows))}
    found = rights((rows | now).values())
    directory = adapter.local_path()
    manifest, metrics = (json.loads((directory / name).read_text()) for name in (MANIFEST, METRICS))
    card = model_card(
        recipe_from(manifest["recipe"], str(directory)),
        metrics=metrics,
        facts=manifest["facts"] | found,
        lineage=manifest["lineage"],
    )
    written = json.dumps(found, indent=2, sort_keys=True) + "\n"
    facts = {"licences": found["licences"], "learned": len(rows), "noted_before": len(rows) - len(now)}
    with store.draft(ASSET, adapter.partition) as draft:
        draft.path(CARD).write_text(card, encoding="utf-8")
        draft.path(RIGHTS).write_text(written, encoding="utf-8")
        version = text_digest(adapter.data_version, written)
        return draft.publish(data_version=version, **publishing, metadata=facts)


def as_learned(adapter: Stored) -> Iterator[dict[str, Any]]:
    """The learned examples with the origins that the adapter itself keeps."""
    records = adapter.table("learned_records").to_pylist()
    for row in adapter.table("learned", ["example_id", "records", "authored"]).to_pylist():
        yield row | {"origins": [records[n] for n in row["records"]]}


def _as_noted(dataset: Stored, example_ids: list[str]) -> Iterator[dict[str, Any]]:
    wanted = pc.field("example_id").isin(pa.array(example_ids, pa.string()))
    for batch in dataset.batches("examples", ["example_id", "origins", "authored"], filter=wanted):
        yield from batch.to_pylist()
