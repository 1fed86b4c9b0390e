"""Removal: only what nothing refers to, said before it is done."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from medai_assets.lineage.gc import plan_removal, remove
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.trace import trace
from medai_assets.lineage.versions import Versions
from medai_assets.storage import Input, StoreError
from medai_assets.training.shared_checkpoints import ASSET as CHECKPOINT
from medai_assets.withdrawals.scratch import influence_folder, judged_folder
from medai_assets_tests.lineage.library import BASE_MODEL, Library


def labels(library: Library, keep: int) -> list[str]:
    return [u.label for u in plan_removal(library.store, library.folder, keep).remove]


def all_versions(library: Library) -> set[Input]:
    store = library.store
    return {Input(a, p, v) for a in store.assets() for p in store.partitions(a) for v in store.versions(a, p)}


@pytest.fixture
def aged(library: Library) -> Library:
    """Three data set versions, each after a change of one record."""
    for text in ("First wording. More.", "Second wording. More.", "Third wording. More."):
        library.texts["fda:aaa"] = text
        library.materialize()
    return library


def test_a_store_without_history_has_nothing_to_remove(library: Library) -> None:
    library.materialize()
    assert labels(library, keep=1) == []


def test_what_only_old_versions_need_is_listed(aged: Library) -> None:
    assert labels(aged, keep=1) == [
        *["curated_corpus"] * 2,
        *["evaluation_report[smollm2-135m]"] * 2,
        *["instruction_dataset"] * 2,
        *["lora_adapter[smollm2-135m]"] * 2,
        *["merged_model[smollm2-135m]"] * 2,
        *["processed_corpus[fda]"] * 2,
        *["processed_slice[fda/2023]"] * 2,
        *["raw_fda[2023]"] * 2,
        *["training_examples"] * 2,
    ]


def test_kept_versions_keep_everything_they_were_made_from(aged: Library) -> None:
    assert len(labels(aged, keep=2)) == 9
    assert labels(aged, keep=3) == []


def test_planning_removes_nothing(aged: Library) -> None:
    before = all_versions(aged)
    plan_removal(aged.store, aged.folder, 1)
    assert all_versions(aged) == before


def test_planning_writes_nothing_where_every_version_has_a_receipt(aged: Library) -> None:
    root = Path(aged.store.root)
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    for folder in folders:
        os.utime(folder, (0, 0))
    assert plan_removal(aged.store, aged.folder, 1).remove
    assert [folder for folder in folders if folder.stat().st_mtime] == []


def test_after_removal_what_is_kept_can_be_traced_to_its_records(aged: Library) -> None:
    with Lineage.of(aged.settings) as lineage:
        for ref in lineage.datasets():
            lineage.index(lineage.open(ref))
    remove(aged.store, aged.folder, plan_removal(aged.store, aged.folder, 2))
    assert labels(aged, keep=2) == []
    with Lineage.of(aged.settings) as lineage:
        kept = lineage.datasets()
        for ref in kept:
            (found, *_) = trace(lineage, "What should I know about Metformin tablets? (0)", lineage.open(ref))
            assert found.records[0].request is not None
            assert found.steps[-1].asset == "raw_fda"
    assert len(kept) == 2
    assert {p.name for p in aged.folder.glob("*.sqlite") if "text" not in p.name} == {
        f"{ref.data_version}.sqlite" for ref in kept
    }


def test_a_part_kept_by_reference_stays(aged: Library) -> None:
    remove(aged.store, aged.folder, plan_removal(aged.store, aged.folder, 1))
    assert aged.store.require("processed_corpus", "fda").rows("passages") == 3


def test_a_version_that_became_current_meanwhile_stays(aged: Library) -> None:
    plan = plan_removal(aged.store, aged.folder, 1)
    aged.texts["fda:aaa"] = "First wording. More."
    aged._raw("fda", "2023")
    remove(aged.store, aged.folder, plan)
    assert aged.store.require("raw_fda", "2023").rows("records") == 1


def test_a_version_about_to_get_its_receipt_is_left_alone(library: Library) -> None:
    library.materialize()
    home = library.settings.profile_dir / "store" / "raw_fda" / "2023"
    for receipt in [*(home / "receipts").iterdir(), home / "current.json"]:
        receipt.unlink()
    library.materialize()
    assert labels(library, keep=1) == []


def test_removed_versions_are_gone_for_the_walk_as_well(aged: Library) -> None:
    plan = plan_removal(aged.store, aged.folder, 1)
    remove(aged.store, aged.folder, plan)
    versions = Versions(aged.store)
    gone = plan.remove[0]
    assert versions.made_from(Input(gone.asset, gone.partition, gone.data_version)) == []
    with pytest.raises(StoreError):
        aged.store.open(gone.asset, gone.partition, gone.data_version)


def test_scratch_work_goes_with_the_adapter_that_it_comes_of(aged: Library) -> None:
    work = aged.settings.work_dir
    versions = aged.store.versions("lora_adapter", BASE_MODEL)
    folders = [influence_folder(work, Input("lora_adapter", BASE_MODEL, version)) for version in versions]
    for folder in folders:
        (folder / "retrained").mkdir(parents=True)
    adapters = [Input("lora_adapter", BASE_MODEL, version) for version in versions]
    judged = [judged_folder(work, "a judge", adapter) for adapter in adapters]
    for folder, adapter in zip(judged, adapters, strict=True):
        folder.mkdir(parents=True)
        lineage = {"inputs": [msgspec.structs.asdict(adapter)]}
        (folder / "job.json").write_bytes(msgspec.json.encode({"lineage": lineage}))
    plan = plan_removal(aged.store, aged.folder, 1, work)
    assert len(plan.scratch) == 4
    remove(aged.store, aged.folder, plan)
    current = aged.store.require("lora_adapter", BASE_MODEL).input
    assert [folder for folder in folders if folder.exists()] == [influence_folder(work, current)]
    assert [folder for folder in judged if folder.exists()] == [judged_folder(work, "a judge", current)]
    assert plan_removal(aged.store, aged.folder, 1, work).scratch == []


def test_a_checkpoint_in_the_store_goes_with_the_data_set_that_it_comes_of(aged: Library) -> None:
    for version in aged.store.versions("training_examples"):
        with aged.store.draft(CHECKPOINT, version) as draft:
            draft.path("checkpoint-1/weights").write_bytes(b"\x00\x01")
            draft.publish(code_version="1", inputs=[Input("training_examples", None, version)])
    current = aged.store.require("training_examples").data_version
    plan = plan_removal(aged.store, aged.folder, 1)
    gone = {one.partition for one in plan.remove if one.asset == CHECKPOINT}
    assert gone, "there are older ones"
    assert gone == {*aged.store.versions("training_examples")} - {current}
