"""Which version was made from which, read from manifests and receipts."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from medai_assets.lineage.versions import VersionNotFound, Versions
from medai_assets.storage import Input, StoreError
from medai_assets.storage.publishing import write_receipt
from medai_assets_tests.lineage.library import BASE_MODEL, Library


def test_the_walk_up_reaches_every_slice(settled: Library) -> None:
    versions = Versions(settled.store)
    dataset = settled.store.require("instruction_dataset").input
    assert {str(r.partition) for r in versions.upstream([dataset]) if r.asset.startswith("raw_")} == {
        "2023",
        "2024",
        "conditions",
        "symptoms",
    }


def test_the_walk_down_reaches_the_merged_model(settled: Library) -> None:
    versions = Versions(settled.store)
    raw = settled.store.require("raw_fda", "2023").input
    assert settled.store.require("merged_model", BASE_MODEL).input in versions.downstream([raw])


def test_what_is_made_from_and_used_by_agree(settled: Library) -> None:
    versions = Versions(settled.store)
    corpus = settled.store.require("curated_corpus").input
    assert all(corpus in versions.used_by(parent) for parent in versions.made_from(corpus))
    assert versions.used_by(corpus) == [settled.store.require("instruction_dataset").input]


def test_a_version_is_found_by_its_beginning_and_by_its_place(library: Library) -> None:
    old = library.materialize(train=False)
    library.mixture["questions"] = 1
    new = library.materialize(train=False)
    versions = Versions(library.store)
    for name, expected in (("current", new), ("previous", old), (old.data_version[:10], old)):
        assert versions.find("instruction_dataset", None, name) == expected.input
    with pytest.raises(VersionNotFound, match=old.data_version[:12]):
        versions.find("instruction_dataset", None, "xyz")


def test_going_back_to_an_earlier_content_makes_that_version_the_last(library: Library) -> None:
    first = library.materialize(train=False)
    library.mixture["questions"] = 1
    second = library.materialize(train=False)
    library.mixture["questions"] = 2
    assert library.materialize(train=False).data_version == first.data_version
    versions = Versions(library.store)
    assert versions.kept("instruction_dataset") == [second.input, first.input]
    assert versions.find("instruction_dataset", None, "previous") == second.input


def test_the_same_content_from_newer_inputs_was_made_from_both(library: Library) -> None:
    library.materialize(train=False)
    table = library.store.require("withdrawals").input
    old_raw = library.store.require("raw_fda", "2023").input
    library.texts["fda:aaa"] = "Other words. More."
    dataset = library.materialize(train=False)
    new_raw = library.store.require("raw_fda", "2023").input
    versions = Versions(library.store)
    assert table in versions.used_by(old_raw)
    assert table in versions.used_by(new_raw)
    assert versions.ancestry(dataset.input)["raw_fda", "2023"] == new_raw


def test_an_older_data_set_is_not_said_to_be_made_from_newer_slices(library: Library) -> None:
    old = library.materialize(train=False)
    old_raw = library.store.require("raw_fda", "2023").input
    library.texts["fda:aaa"] = "Other words. More."
    library.materialize(train=False)
    assert Versions(library.store).ancestry(old.input)["raw_fda", "2023"] == old_raw


def test_a_model_learned_from_its_adapters_data_set(settled: Library) -> None:
    versions = Versions(settled.store)
    dataset = settled.store.require("instruction_dataset").input
    for asset in ("lora_adapter", "evaluation_report", "merged_model"):
        ref = settled.store.require(asset, BASE_MODEL).input
        assert versions.learned_from(ref) == [dataset]
    assert len(versions.models_of([dataset])) == 3


def test_a_version_that_is_not_kept_was_made_from_nothing_known(settled: Library) -> None:
    ghost = Input("curated_corpus", None, "0" * 32)
    versions = Versions(settled.store)
    assert versions.manifest(ghost) is None
    assert versions.step(ghost) is None
    assert versions.made_from(ghost) == []


def test_a_version_tells_what_its_latest_materialization_told(library: Library) -> None:
    stored = library.materialize(train=False)
    assert stored.receipt is not None
    write_receipt(
        library.store,
        msgspec.structs.replace(
            stored.receipt, finished_at=library.store.now(), metadata={"checks": "the bound has moved"}
        ),
    )
    versions = Versions(library.store)
    assert versions.facts(stored.input) == {"checks": "the bound has moved"}
    assert versions.facts(Input("curated_corpus", None, "gone")) == {}


def test_a_manifest_that_is_gone_and_one_that_is_damaged_are_two_things(library: Library) -> None:
    corpus = library.materialize(train=False).store.require("curated_corpus")
    manifest = Path(corpus.directory) / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"curated", b"cUrated", 1))
    with pytest.raises(
        StoreError, match=r"manifest.json is missing or has changed since it was written; remove the folder"
    ):
        Versions(library.store).manifest(corpus.input)
    manifest.unlink()
    assert Versions(library.store).manifest(corpus.input) is None
