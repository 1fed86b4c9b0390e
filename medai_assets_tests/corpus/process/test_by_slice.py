"""A source is processed slice by slice: what did not change is kept, and processes do not change the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from medai_assets.corpus.process import by_slice
from medai_assets.corpus.process.by_slice import process_source
from medai_assets.foundation.parallel import Engine
from medai_assets.foundation.schemas import RAW_RECORD
from medai_assets.storage import Receipt, Store, Stored
from medai_assets_tests.corpus.builders import answer, prose, raw_batch, record

PUBLISHING: dict[str, Any] = {"code_version": "1", "inputs": [], "run_id": ""}


def raw(store: Store, key: str, *seeds: int) -> Stored:
    with store.draft("raw_huggingface", key) as draft:
        rows = raw_batch([answer(f"hf:{key}/{n}", prose(n), slice=key) for n in seeds])
        draft.write_table("records", pa.Table.from_batches([rows]), RAW_RECORD)
        return draft.publish(code_version="1")


def test_a_slice_that_did_not_change_is_kept(store: Store) -> None:
    slices = [raw(store, "a", 1, 2), raw(store, "b", 3)]
    first = process_source(store, "huggingface", slices, publishing=PUBLISHING)
    second = process_source(store, "huggingface", [slices[0], raw(store, "b", 3, 4)], publishing=PUBLISHING)
    assert (first.reused, second.reused) == (0, 1)
    assert (first.stored.rows("passages"), second.stored.rows("passages")) == (3, 4)
    kept = [{part.partition: part.data_version for part in report.stored.parts} for report in (first, second)]
    assert kept[0]["huggingface/a"] == kept[1]["huggingface/a"]
    assert kept[0]["huggingface/b"] != kept[1]["huggingface/b"]


def test_what_a_job_made_is_taken_though_another_run_was_quicker(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    process_one = by_slice.process_one

    def then_another(job: by_slice.Job) -> Receipt:
        made = process_one(job)
        process_one(job._replace(raw=raw(store, "a", 3, 4, 5).input))
        return made

    monkeypatch.setattr(by_slice, "process_one", then_another)
    report = process_source(store, "huggingface", [raw(store, "a", 1, 2)], publishing=PUBLISHING)
    assert report.stored.rows("passages") == 2


def test_new_code_processes_everything_again(store: Store) -> None:
    slices = [raw(store, "a", 1)]
    process_source(store, "huggingface", slices, publishing=PUBLISHING)
    assert (
        process_source(store, "huggingface", slices, publishing=PUBLISHING | {"code_version": "2"}).reused
        == 0
    )


def test_the_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    versions, files = [], []
    for workers in (1, 2):
        store = Store(tmp_path / str(workers))
        slices = [raw(store, key, *range(10 * n, 10 * n + 5)) for n, key in enumerate("abc")]
        report = process_source(
            store, "huggingface", slices, publishing=PUBLISHING, engine=Engine(workers=workers)
        )
        versions.append(report.stored.data_version)
        files.append([Path(path).read_bytes() for path in report.stored.table_paths("passages")])
    assert versions[0] == versions[1]
    assert files[0] == files[1]


def broken(store: Store, *payloads: str) -> Stored:
    with store.draft("raw_huggingface", "a") as draft:
        rows = [record(f"hf:{n}", payload, source="huggingface") for n, payload in enumerate(payloads)]
        draft.write_table("records", pa.Table.from_batches([raw_batch(rows)]), RAW_RECORD)
        return draft.publish(code_version="1")


def test_a_slice_of_which_no_record_can_be_read_is_an_error(store: Store) -> None:
    """Then it is no fault of the records; of a single one it may be."""
    with pytest.raises(ValueError, match="none of the 2 records of huggingface a can be read"):
        process_source(store, "huggingface", [broken(store, "{", "[")], publishing=PUBLISHING)
    report = process_source(store, "huggingface", [broken(store, "{")], publishing=PUBLISHING)
    assert report.removed == {"unreadable": 1}
