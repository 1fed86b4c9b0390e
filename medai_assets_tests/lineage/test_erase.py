"""A take-down leaves no text of the record in any file of a current version."""

from __future__ import annotations

import pytest

from medai_assets.lineage.erase import current_files_holding, erase_from_raw
from medai_assets.lineage.impact import impact
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.trace import trace
from medai_assets_tests.lineage.library import Library

TEXT = "Do not crush the tablets"


@pytest.fixture
def settled_again(library: Library) -> Library:
    library.materialize()
    return library


def test_before_a_take_down_the_text_is_found_in_every_stage(settled_again: Library) -> None:
    found = current_files_holding(settled_again.store, TEXT)
    assets = {path.removeprefix(settled_again.store.root).split("/")[1] for path in found}
    assert assets == {"raw_fda", "processed_slice", "curated_corpus"}


def test_the_slice_is_published_anew_without_the_record_and_stays_as_fresh_as_it_was(
    settled_again: Library,
) -> None:
    before = settled_again.store.require("raw_fda", "2024")
    (after,) = erase_from_raw(settled_again.store, "fda:bbb")
    assert after.table("records")["record_id"].to_pylist() == ["fda:ccc"]
    assert before.receipt is not None
    assert after.receipt is not None
    assert after.data_version != before.data_version
    assert after.receipt.code_version == before.receipt.code_version
    assert after.receipt.fingerprint == before.receipt.fingerprint
    assert after.receipt.metadata["taken_down"] == ["fda:bbb"]


def test_after_the_next_run_no_current_file_holds_the_text(settled_again: Library) -> None:
    erase_from_raw(settled_again.store, "fda:aaa")
    settled_again.texts.pop("fda:aaa")  # as a collection that obeys the take-downs brings it
    settled_again.withdrawn["fda:aaa"] = None
    settled_again.materialize()
    assert current_files_holding(settled_again.store, TEXT) == []


def test_older_versions_are_still_traced(settled_again: Library) -> None:
    erase_from_raw(settled_again.store, "fda:aaa")
    with Lineage.of(settled_again.settings) as lineage:
        (found, *_) = trace(lineage, "Take metformin with meals.")
    assert found.records[0].request == "GET /fda?slice=2023"


def test_a_record_that_nothing_holds_changes_nothing(settled_again: Library) -> None:
    assert erase_from_raw(settled_again.store, "fda:zzz") == []
    assert erase_from_raw(settled_again.store, "hf:set/1") == []


def test_impact_of_an_erased_record_tells_of_its_withdrawal(settled_again: Library) -> None:
    settled_again.texts.pop("fda:aaa")
    settled_again.withdrawn["fda:aaa"] = None
    dataset = settled_again.materialize()
    with Lineage.of(settled_again.settings) as lineage:
        found = impact(lineage, "fda:aaa", dataset)
    assert [(s.stage, s.step, s.reason) for s in found.set_aside] == [
        ("withdrawals", "take_down", "asked by its author")
    ]


@pytest.mark.parametrize("text", ["fda:aaa", "Publisher of fda"])
def test_nested_columns_are_searched_too(settled_again: Library, text: str) -> None:
    assert any("instruction_dataset" in path for path in current_files_holding(settled_again.store, text))
