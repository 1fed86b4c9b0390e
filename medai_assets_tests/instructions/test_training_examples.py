"""What models learn from has a version of its own: notes beside it do not move it, every word of it does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from medai_assets.foundation.schemas import EXAMPLE
from medai_assets.instructions.dataset.publish import ASSET as DATASET
from medai_assets.instructions.training_examples import noted_in, publish_training_examples
from medai_assets.storage import Store, Stored, content_hash
from medai_assets_tests.training import tiny

ROWS = tiny.examples("train") + tiny.examples("validation")
LEARNED = {
    "system": "Another instruction.",
    "history": [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Good morning."}],
    "prompt": "Another question?",
    "completion": "Another answer.",
    "kind": "triage_recommendation",
    "labels": '{"level": "urgent"}',
    "split": "validation",
    "example_id": "e-other",
}
NOTED = {
    "origins": [{**tiny.ORIGIN, "version": "2026-05-01", "url": "https://example.org/moved"}],
    "passage_ids": ["p" + "0" * 24],
    "rule": "question_answer.test/2",
    "authored": True,
    "subject": "another",
    "audience": "professional",
    "source": "nhs",
}


def published(folder: Path, rows: list[dict[str, Any]]) -> tuple[Stored, Stored]:
    """The data set of some rows and its training examples."""
    store, table = Store(folder), pa.Table.from_pylist(rows, schema=EXAMPLE)
    with store.draft(DATASET) as draft:
        draft.write_table("examples", table)
        dataset = draft.publish(data_version=content_hash(table, EXAMPLE.names), code_version="1")
    return dataset, publish_training_examples(
        store, dataset, {"code_version": "1", "inputs": [dataset.input]}
    )


def test_every_column_is_either_learned_or_noted() -> None:
    assert LEARNED.keys() | NOTED.keys() == set(EXAMPLE.names)


@pytest.mark.parametrize("column", EXAMPLE.names)
def test_notes_give_the_same_version_and_every_word_that_is_learned_another(
    column: str, tmp_path: Path
) -> None:
    changed = [ROWS[0] | {column: (LEARNED | NOTED)[column]}, *ROWS[1:]]
    (dataset, examples), (other, of_other) = (published(tmp_path, rows) for rows in (ROWS, changed))
    assert dataset.data_version != other.data_version
    assert (examples.data_version == of_other.data_version) == (column in NOTED)


def test_each_split_is_a_table_in_the_order_of_ids_however_the_data_set_lies(tmp_path: Path) -> None:
    first, turned = (published(tmp_path / name, rows)[1] for name, rows in (("a", ROWS), ("b", ROWS[::-1])))
    ids = first.table("train")["example_id"].to_pylist()
    assert ids == sorted(row["example_id"] for row in ROWS if row["split"] == "train")
    assert first.rows("train") + first.rows("validation") == len(ROWS)
    for split in ("train", "validation"):
        assert first.manifest.tables[split].sha256 == turned.manifest.tables[split].sha256


def test_the_notes_are_those_of_the_data_set_that_confirmed_it_last(tmp_path: Path) -> None:
    published(tmp_path, ROWS)
    dataset, examples = published(tmp_path, [row | {"origins": NOTED["origins"]} for row in ROWS])
    assert noted_in(examples).data_version == dataset.data_version
