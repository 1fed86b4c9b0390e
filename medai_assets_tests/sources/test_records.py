"""What a collector yields becomes rows: verbatim payloads, sorted marks, every column filled."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.foundation.schemas import RAW_RECORD, REJECTED, WITHDRAWAL
from medai_assets.foundation.slices import Slice
from medai_assets.sources.records import (
    RawRecord,
    Rejected,
    Withdrawal,
    licence_of,
    payload_hashes,
    record_batch,
    rejected_batch,
    withdrawal_batch,
)
from medai_assets.sources.tables import RawTables
from medai_assets.storage import Store


def record(**changes: object) -> RawRecord:
    facts = {"record_id": "cdc:1", "payload": "{}", "payload_format": "json", "url": "u", "request": "r",
             "retrieved_at": datetime(2026, 1, 1, tzinfo=UTC), "licence": "CC0-1.0", "attribution": "a"}  # fmt: skip
    return RawRecord(**(facts | changes))  # type: ignore[arg-type]


@given(payload=st.text(st.characters(exclude_categories=["Cs"])), as_bytes=st.booleans())
def test_a_payload_is_kept_to_the_letter_and_hashed(payload: str, as_bytes: bool) -> None:
    given = payload.encode() if as_bytes else payload
    (row,) = record_batch([record(payload=given)], "cdc", "s").to_pylist()
    assert row["payload"] == payload
    assert row["payload_sha256"] == hashlib.sha256(payload.encode()).hexdigest()
    assert payload_hashes([given]).to_pylist() == [row["payload_sha256"]]


def test_bytes_that_are_no_utf8_are_refused() -> None:
    with pytest.raises(UnicodeError):
        record(payload=b"\xff")


@pytest.mark.parametrize("field", ["title", "url", "version", "record_id", "updated_at"])
def test_a_field_that_is_no_text_is_refused_by_its_name(field: str) -> None:
    with pytest.raises(TypeError, match=f"^{field} is int, not text$"):
        record(**{field: 7})


@pytest.mark.parametrize("url", ["https://[bad", "http://\u2100.example.org/x"])
def test_a_record_whose_address_cannot_be_read_is_no_record(url: str) -> None:
    """What links to it and counts its host reads it long after collection, for all records at once."""
    with pytest.raises(ValueError, match="address"):
        record(url=url)


def test_what_is_shown_of_a_record_controls_no_terminal() -> None:
    shown = record(title="Flu\x1b]0;owned\x07 and \x1b[31mcolds\x9b2J", url="https://x/\u202etxt")
    assert (shown.title, shown.url) == ("Flu and colds", "https://x/txt")


def test_a_record_whose_name_nobody_could_show_is_none() -> None:
    with pytest.raises(ValueError, match="its title has 160,000 characters, more than 131,072"):
        record(title="Flu " * 40_000)


def test_a_rejected_row_can_be_stored_whatever_the_record_holds() -> None:
    odd = Rejected(reason="odd\x1b[2J", record_id="x:\ud800", detail="a\x00b", payload="p\ud800\x1b[1m")
    [row] = rejected_batch([odd], "cdc", "s").to_pylist()
    assert (row["reason"], row["record_id"], row["detail"]) == ("odd", "x:\\ud800", "ab")
    assert row["payload"] == "p\\ud800"


def test_the_batches_have_the_tables_schemas() -> None:
    records = record_batch([record(flags=("z", "a", "a"))], "cdc", "heat")
    assert records.schema.equals(RAW_RECORD)
    row = records.to_pylist()[0]
    assert (row["source"], row["slice"], row["flags"], row["version"]) == ("cdc", "heat", ["a", "z"], "")
    rejected = rejected_batch([Rejected(reason="r")], "cdc", "heat")
    assert rejected.schema.equals(REJECTED)
    assert rejected.to_pylist()[0]["source"] == "cdc"
    gone = Withdrawal(record_id="pubmed:1", kind="retraction", reason="r", reported_by="pubmed")
    assert withdrawal_batch([gone]).schema.equals(WITHDRAWAL)


def test_a_sample_is_known_by_the_licence_its_reply_states() -> None:
    assert licence_of("medai-sample: written for it", "CC0-1.0") == ("LicenseRef-medai-sample", True)
    assert licence_of("https://open.fda.gov/license/", "CC0-1.0") == ("CC0-1.0", False)


def test_a_sample_names_its_place_in_the_sandbox_and_no_page_of_a_publisher() -> None:
    address = "https://www.cdc.gov/a"
    assert record(sample=True, url=address).url == "sandbox:cdc:1"
    assert record(sample=False, url=address).url == address


def test_a_batch_goes_to_the_table_of_its_schema_and_to_no_other(store: Store) -> None:
    gone = withdrawal_batch([Withdrawal(record_id="x", kind="deletion", reason="r", reported_by="pubmed")])
    unread = rejected_batch([Rejected(reason="r")], "cdc", "s")
    with store.draft("raw_cdc", "s") as draft, RawTables(draft, Slice("cdc", "s", {}, "")) as tables:
        items = iter([record_batch([record()], "cdc", "s"), gone, unread])
        assert sum(batch.num_rows for batch in tables.written(items)) == 1
        assert tables.counts == {"records": 1, "rejected": 1, "withdrawals": 1}
        assert tables.unexpected == 1
        with pytest.raises(ValueError, match="columns"):
            list(tables.written(iter([pa.record_batch({"a": [1]})])))
