"""The asset ``training_examples``: of the data set only what training and evaluation read, so that it has a version of its own.

Tables: ``train`` and ``validation``. Where an example comes from, when that was changed and under which licence is noted
in the data set beside it; a change of notes alone gives the same version here, and nothing is trained again.
"""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc

from medai_assets.foundation.schemas import TRAINING_EXAMPLE
from medai_assets.foundation.vocabularies import SPLITS
from medai_assets.storage import Store, Stored, content_hash, text_digest

ASSET = "training_examples"
DATASET = "instruction_dataset"


def publish_training_examples(store: Store, dataset: Stored, publishing: dict[str, Any]) -> Stored:
    """Publish the columns that models learn from and are judged by, in the order of their ids.

    Args:
        dataset: a version of ``instruction_dataset``.
        publishing: arguments of ``Draft.publish``.
    """
    rows = dataset.table("examples", [*TRAINING_EXAMPLE.names, "split"]).sort_by("example_id")
    tables = {
        split: rows.filter(pc.equal(rows["split"], split)).drop_columns(["split"]).cast(TRAINING_EXAMPLE)
        for split in SPLITS
    }
    version = text_digest(*(content_hash(tables[split], TRAINING_EXAMPLE.names) for split in SPLITS))
    with store.draft(ASSET) as draft:
        for split, table in tables.items():
            draft.write_table(split, table)
        counts = {split: table.num_rows for split, table in tables.items()}
        return draft.publish(data_version=version, **publishing, metadata={"examples": counts})


def noted_in(examples: Stored) -> Stored:
    """The data set version in which the passages and origins of these examples were noted last.

    Raises:
        StoreError: it is no longer kept.
    """
    made = examples.receipt or examples.manifest
    (dataset,) = [i for i in made.inputs if i.asset == DATASET]
    return examples.store.open(dataset.asset, dataset.partition, dataset.data_version)
