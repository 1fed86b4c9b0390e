"""Which answers are preferred to which: twins, urgency, and the current label against the one that it replaces."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest

from medai_assets.corpus.process.batches import process_slice
from medai_assets.foundation.schemas import EXAMPLE, RAW_RECORD, REMOVED, WITHDRAWAL
from medai_assets.instructions.dataset.build import Built
from medai_assets.instructions.dataset.mixture import MIXTURE_FILE, Mixture
from medai_assets.instructions.preferences.publish import TABLE, publish_preferences
from medai_assets.storage import Store, Stored, content_hash
from medai_assets_tests.instructions.builders import RECORDS, raw_record
from medai_assets_tests.instructions.in_memory import build_examples

OLD, NEW = "3", "4"
OF_OLD, OF_NEW = "Observe the patient for 6 hours.", "Observe the patient for 12 hours."


class Made:
    """A label in two versions, the data set of the newer one, and the pairs made from both."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        self.label = orjson.loads((RECORDS / "fda" / "statins.json").read_bytes())[0]
        self.record = f"fda:{self.label['set_id']}"
        old, new = self._passages(OLD, OF_OLD), self._passages(NEW, OF_NEW)
        self.built: Built = build_examples(iter(new.to_batches()), Mixture())
        self.processed = self._published("processed_corpus", "fda", passages=pa.concat_tables([old, new]))
        self.dataset = self._published(
            "instruction_dataset", None, examples=pa.Table.from_pylist(self.built.rows, schema=EXAMPLE)
        )
        self.curated = self._published("curated_corpus", None, removed=self._set_aside(old))
        with self.store.draft("instruction_mixture") as draft:
            draft.path(MIXTURE_FILE).write_text(Mixture().model_dump_json())
            self.mixture = draft.publish(code_version="1")

    def _passages(self, version: str, ends: str) -> pa.Table:
        """The label's passages; what it says of an overdose ends in words of the version's own."""
        label = self.label | {"overdosage": [f"{self.label['overdosage'][0]} {ends}"]}
        raw = raw_record(self.record, orjson.dumps(label).decode(), version=version)
        (piece,) = process_slice([pa.RecordBatch.from_pylist([raw], schema=RAW_RECORD)], "fda")
        return pa.Table.from_batches([piece.passages])

    def _set_aside(self, old: pa.Table) -> pa.Table:
        told = {"stage": "curated_corpus", "step": "superseded", "reason": "older version of the record"}
        return pa.Table.from_pylist([{**row, **told} for row in old.to_pylist()], schema=REMOVED)

    def _published(self, asset: str, partition: str | None, **tables: pa.Table) -> Stored:
        with self.store.draft(asset, partition) as draft:
            for name, table in tables.items():
                draft.write_table(name, table)
            return draft.publish(code_version="1")

    def pairs(self, *withdrawn: dict[str, Any]) -> list[dict[str, Any]]:
        blank = {"reason": "x", "reported_by": "x", "version": None}
        table = pa.Table.from_pylist([blank | row for row in withdrawn], schema=WITHDRAWAL)
        stored = publish_preferences(
            self.store,
            self.dataset,
            self.curated,
            [self.processed],
            withdrawals=self._published("withdrawals", None, withdrawals=table),
            mixture=self.mixture,
            publishing={"code_version": "1"},
        )
        assert stored.data_version == content_hash(stored.table(TABLE), stored.dataset(TABLE).schema.names)
        found: list[dict[str, Any]] = stored.table(TABLE).to_pylist()
        return found


@pytest.fixture(scope="module")
def pairs(made: Made) -> list[dict[str, Any]]:
    """The pairs where nothing is withdrawn."""
    return made.pairs()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("store"))


def of(pairs: list[dict[str, Any]], reason: str) -> list[dict[str, Any]]:
    return [pair for pair in pairs if pair["reason"] == reason]


def versions(origins: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(o["record_id"], o["version"]) for o in origins}


def test_the_current_label_is_preferred_to_the_superseded_one_and_both_are_named(
    made: Made, pairs: list[dict[str, Any]]
) -> None:
    found = of(pairs, "current_label")
    assert found
    for pair in found:
        assert OF_NEW in pair["chosen"]
        assert OF_OLD in pair["rejected"]
        assert versions(pair["chosen_origins"]) == {(made.record, NEW)}
        assert versions(pair["rejected_origins"]) == {(made.record, OLD)}


def test_that_a_version_is_superseded_leaves_its_pair_and_a_take_down_of_the_record_takes_it_out(
    made: Made,
) -> None:
    replaced = {"record_id": made.record, "kind": "superseded", "version": OLD}
    assert of(made.pairs(replaced), "current_label")
    gone = made.pairs({"record_id": made.record, "kind": "take_down"})
    named = {o["record_id"] for p in gone for side in ("chosen", "rejected") for o in p[f"{side}_origins"]}
    assert gone
    assert made.record not in named


def test_a_retraction_of_the_old_version_alone_takes_its_pair_out(made: Made) -> None:
    retracted = {"record_id": made.record, "kind": "retraction", "version": OLD}
    assert not of(made.pairs(retracted), "current_label")


def test_each_twin_is_preferred_once_and_rejected_once(made: Made, pairs: list[dict[str, Any]]) -> None:
    counts = Counter(pair["reason"] for pair in pairs)
    assert counts["harmful_refused"] == counts["harmless_answered"] > 300
    rows = {row["example_id"]: row for row in made.built.rows}
    for pair in of(pairs, "harmful_refused")[:20]:
        chosen, rejected = (rows[pair[f"{side}_example_id"]] for side in ("chosen", "rejected"))
        assert orjson.loads(chosen["labels"])["harmful"]
        assert not orjson.loads(rejected["labels"])["harmful"]
        assert pair["prompt"][-1] == {"role": "user", "content": chosen["prompt"]}
        assert (pair["chosen"], pair["rejected"]) == (chosen["completion"], rejected["completion"])


def test_no_rejected_answer_is_an_examples_answer_to_that_request(
    made: Made, pairs: list[dict[str, Any]]
) -> None:
    taught = {(row["prompt"], row["completion"]) for row in made.built.rows}
    assert not [p for p in pairs if (p["prompt"][-1]["content"], p["rejected"]) in taught]


def test_a_pair_is_in_the_split_of_the_example_that_it_prefers(
    made: Made, pairs: list[dict[str, Any]]
) -> None:
    splits = {row["example_id"]: row["split"] for row in made.built.rows}
    assert all(pair["split"] == splits[pair["chosen_example_id"]] for pair in pairs)
