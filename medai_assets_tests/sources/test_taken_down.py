"""A record that was taken down stays away when its slice is collected again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from medai_assets.foundation.schemas import RAW_RECORD, REJECTED, WITHDRAWAL
from medai_assets.foundation.slices import Slice
from medai_assets.sources.records import Copy, RawRecord, Rejected, Withdrawal, record_batch
from medai_assets.sources.tables import RawTables
from medai_assets.sources.take_downs import TakeDownError, add_take_down
from medai_assets.sources.taken_down import taken_down, without_taken_down
from medai_assets.storage import Store

SLICE = Slice("fda", "2024", {"effective_time": "2024"}, "")
IDS = frozenset({"fda:b"})


def record(name: str) -> RawRecord:
    return RawRecord(
        record_id=f"fda:{name}", version="1", payload="{}", payload_format="json", url="https://example.org",
        request="https://example.org", retrieved_at=datetime(2026, 1, 1, tzinfo=UTC), licence="CC0-1.0", attribution="openFDA",
    )  # fmt: skip


def ids_of(items: object) -> tuple[list[str], list[str]]:
    """Record ids kept, and record ids set aside."""
    kept: list[str] = []
    aside: list[str] = []
    for item in items:  # type: ignore[attr-defined]
        if isinstance(item, RawRecord):
            kept.append(item.record_id)
        elif isinstance(item, Rejected):
            assert (item.reason, item.payload, item.expected) == ("taken down", None, True)
            aside.append(item.record_id or "")
        elif not isinstance(item, Withdrawal) and item.schema.equals(RAW_RECORD):
            kept += item["record_id"].to_pylist()
    return kept, aside


def test_single_records_and_batches_lose_it() -> None:
    records = [record("a"), record("b"), record("c")]
    assert ids_of(without_taken_down(records, IDS)) == (["fda:a", "fda:c"], ["fda:b"])
    batch = record_batch(records, "fda", "2024")
    assert ids_of(without_taken_down([batch], IDS)) == (["fda:a", "fda:c"], ["fda:b"])


def test_a_copied_version_that_still_holds_it_loses_it_and_nothing_else(store: Store) -> None:
    with store.draft("raw_fda", "2024") as draft:
        with RawTables(draft, SLICE) as tables:
            items = [
                record("a"),
                record("b"),
                Withdrawal(record_id="fda:z", kind="superseded", reason="newer", reported_by="fda"),
            ]
            list(tables.written(iter(items)))
        stored = draft.publish(code_version="1")
    found = list(without_taken_down([Copy(stored)], IDS))
    assert ids_of([f for f in found if not hasattr(f, "schema") or f.schema.equals(RAW_RECORD)]) == (
        ["fda:a"],
        ["fda:b"],
    )
    assert [
        f["record_id"].to_pylist() for f in found if hasattr(f, "schema") and f.schema.equals(WITHDRAWAL)
    ] == [["fda:z"]]
    assert not [f for f in found if hasattr(f, "schema") and f.schema.equals(REJECTED)]


def test_the_file_is_read_as_it_is_written(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "take_downs.csv"
    assert taken_down(store, file) == frozenset()
    add_take_down(file, "fda:b", "recalled", "me")
    assert taken_down(store, file) == IDS
    with pytest.raises(TakeDownError, match="withdrawn already"):
        add_take_down(file, "fda:b", "again", "me")
    with pytest.raises(TakeDownError, match="is not a record id"):
        add_take_down(file, "who:1", "no", "me")
