"""What one adapter learned, in full: its examples with their texts, and the records, licences and publishers behind them.

What belongs here: reading a stored adapter's own tables. Nothing is asked of the data set, which may have moved on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.rows import Origin
from medai_assets.foundation.schemas import TRAINING_EXAMPLE
from medai_assets.lineage.versions import EXAMPLES, Versions
from medai_assets.storage import Store, Stored, StoreError
from medai_assets.training.data import TEXT
from medai_assets.training.recipe import Recipe


@dataclass(frozen=True)
class LearnedSet:
    """One adapter and the examples whose tokens entered an optimiser step.

    ``texts`` are rows of TRAINING_EXAMPLE in the order in which they were trained on, ``validation`` the others' split.
    """

    adapter: Stored
    recipe: Recipe
    base_dir: Path
    texts: pa.Table
    validation: pa.Table

    @classmethod
    def of(cls, store: Store, adapter: Stored, recipe: Recipe, base_dir: Path) -> LearnedSet:
        """Read what a stored adapter learned.

        Raises:
            StoreError: the examples that it was trained on are no longer kept, or have lost some, or are of an older form.
        """
        ref = Versions(store).input_of(adapter.input, EXAMPLES)
        if ref is None or not store.holds(ref.asset, ref.partition, ref.data_version):
            raise StoreError(
                f"the training examples that {adapter.asset}[{adapter.partition}] learned from are no longer kept, so it "
                f"cannot be said which of them taught it what; `medai run --force -s '{adapter.asset}[{adapter.partition}]'` "
                "trains it on the current ones"
            )
        examples = store.open(ref.asset, ref.partition, ref.data_version)
        learned = adapter.table("learned", ["example_id", "kind"])
        # What was read before any example is no answer, and is not asked about.
        ids = learned.filter(pc.not_equal(learned["kind"], TEXT))["example_id"]
        train = examples.table("train")
        texts = train.filter(pc.is_in(train["example_id"], value_set=ids))
        if lost := len(ids) - len(texts):
            raise StoreError(
                f"the texts of {lost:,} of {len(ids):,} examples that {adapter.asset}[{adapter.partition}] version "
                f"{adapter.data_version[:12]} learned were erased, so what they taught cannot be measured any more; ask before "
                "`medai erase --yes`"
            )
        if not set(TRAINING_EXAMPLE.names).issubset(train.column_names):
            raise StoreError(
                f"{adapter.asset}[{adapter.partition}] version {adapter.data_version[:12]} learned from examples in the form of "
                "an older release; `medai run` trains it on those of this one"
            )
        return cls(adapter, recipe, base_dir, texts, examples.table("validation"))

    @cached_property
    def notes(self) -> dict[str, dict[str, Any]]:
        """Rows of LEARNED by example id, with `origins` in full."""
        records: list[Origin] = self.adapter.table("learned_records").to_pylist()
        rows = self.adapter.table("learned").to_pylist()
        return {
            row["example_id"]: row | {"origins": [records[number] for number in row["records"]]}
            for row in rows
            if row["kind"] != TEXT
        }

    def resting_on(self, record_ids: Collection[str]) -> list[str]:
        """The examples that a withdrawal of these records takes out: those that no other record says too."""
        return [
            example_id
            for example_id, row in self.notes.items()
            if row["origins"] and all(o["record_id"] in record_ids for o in row["origins"])
        ]

    def records(self) -> Iterator[tuple[str, list[str]]]:
        """Each record that was learned, with its examples, in the order of ids."""
        held: dict[str, list[str]] = {}
        for example_id, row in self.notes.items():
            for record_id in {o["record_id"] for o in row["origins"]}:
                held.setdefault(record_id, []).append(example_id)
        yield from sorted(held.items())
