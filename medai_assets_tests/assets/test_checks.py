"""The checks of the stages fail when they must: planted faults, and the names that the page shows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from medai_assets.assets import checks
from medai_assets.corpus.curate.benchmarks import publish_benchmarks
from medai_assets.foundation.schemas import PASSAGE, WITHDRAWAL
from medai_assets.instructions.dataset.checks import BLOCKING
from medai_assets.instructions.dataset.checks import CHECKS as DATASET_CHECKS
from medai_assets.storage import Store, Stored
from medai_assets_tests.lineage.library import Library


def passages(store: Store, *origins: list[tuple[str, str, str]]) -> Stored:
    """Passages with origins as (record id, version, licence)."""
    rows = []
    for number, found in enumerate(origins):
        named = [
            {
                "record_id": r,
                "source": "fda",
                "slice": "2024",
                "version": v,
                "url": "",
                "licence": li,
                "attribution": "",
                "sample": False,
            }
            for r, v, li in found
        ]
        row = {f.name: "" for f in PASSAGE if f.type == pa.string() or f.type == pa.large_string()}
        rows.append(
            {
                **row,
                "passage_id": f"p{number}",
                "position": 0,
                "words": 1,
                "aliases": [],
                "flags": [],
                "origins": named,
            }
        )
    with store.draft("curated_corpus") as draft:
        draft.write_table("passages", pa.Table.from_pylist(rows, schema=PASSAGE))
        return draft.publish(code_version="1")


def passed(results: list[dg.AssetCheckResult]) -> dict[str, bool]:
    return {str(r.check_name): r.passed for r in results}


def test_a_passage_that_rests_on_a_withdrawn_record_alone_is_found(store: Store) -> None:
    alone = passages(store, [("fda:a", "1", "CC0-1.0")])
    assert not passed(checks.of_curation(alone, {("fda:a", None)}, ["CC0-1.0"]))["no_withdrawn_record"]
    assert not passed(checks.of_curation(alone, {("fda:a", "1")}, ["CC0-1.0"]))["no_withdrawn_record"]
    assert passed(checks.of_curation(alone, {("fda:a", "2")}, ["CC0-1.0"]))["no_withdrawn_record"], (
        "another version was withdrawn"
    )


def test_a_passage_that_another_record_carries_too_may_stay(store: Store) -> None:
    shared = passages(store, [("fda:a", "1", "CC0-1.0"), ("fda:b", "1", "CC0-1.0")])
    assert passed(checks.of_curation(shared, {("fda:a", None)}, ["CC0-1.0"]))["no_withdrawn_record"]


def test_a_refused_licence_is_found(store: Store) -> None:
    kept = passages(store, [("fda:a", "1", "LicenseRef-None-Stated")])
    results = checks.of_curation(kept, set(), ["CC0-1.0"])
    assert not passed(results)["licences_allowed"]
    assert checks.failed(results) == ["licences_allowed"]


def test_an_unknown_licence_blocks_a_slice_and_an_empty_slice_only_warns() -> None:
    results = checks.of_collection("raw_fda", {"records": 1, "rejected": 0, "withdrawals": 0}, {"WTFPL": 1})
    assert checks.failed(results) == ["licences_known"]
    empty = checks.of_collection("raw_fda", {"records": 0, "rejected": 0, "withdrawals": 0}, {})
    assert checks.failed(empty) == []
    assert passed(empty) == {"records_present": False, "licences_known": True}


def test_unmapped_sections_warn_above_one_in_ten() -> None:
    assert passed(checks.of_processing(100, {"Odd heading": 10})) == {"sections_known": True}
    assert passed(checks.of_processing(100, {"Odd heading": 11})) == {"sections_known": False}


@pytest.mark.parametrize("name", ["training_args.bin", "optimizer.pt"])
def test_a_pickled_file_blocks_an_adapter_and_a_model(store: Store, name: str) -> None:
    with store.draft("merged_model", "tiny") as draft:
        for file in ("config.json", "tokenizer.json", "chat_template.jinja", "model.safetensors", name):
            draft.path(file).write_text("x")
        stored = draft.publish(code_version="1")
    assert checks.failed(checks.of_model(stored)) == ["files_complete"]
    assert checks.failed(checks.of_adapter(stored, 2.0, 1.0)) == ["safetensors_only"]


def test_a_loss_that_did_not_fall_warns(store: Store, tmp_path: Path) -> None:
    with store.draft("lora_adapter", "tiny") as draft:
        draft.path("adapter_model.safetensors").write_text("x")
        stored = draft.publish(code_version="1")
    assert passed(checks.of_adapter(stored, 2.0, 2.5)) == {
        "validation_loss_fell": False,
        "safetensors_only": True,
    }


def test_the_page_names_the_checks_that_the_data_set_makes() -> None:
    shown = checks.CHECKS["instruction_dataset"]
    of_the_whole = {"token_lengths", "set_aside_share"}  # tokens are counted where a tokenizer is at hand
    assert set(shown) == {*DATASET_CHECKS, *of_the_whole}
    assert {name for name, (_, blocking) in shown.items() if blocking} == set(BLOCKING)


def test_a_withdrawal_that_withdraws_nothing_blocks_and_one_without_a_day_warns(store: Store) -> None:
    told = {"kind": "take_down", "reason": "recalled", "reported_by": "A. Person"}
    rows = [{"record_id": "pubmed:one", "reported_at": "2026-01-01", **told}, {"record_id": "cdc:1", **told}]
    with store.draft("withdrawals") as draft:
        draft.write_table("withdrawals", pa.Table.from_pylist(rows, schema=WITHDRAWAL))
        stored = draft.publish(code_version="1")
    results = checks.of_withdrawals(stored)
    assert passed(results) == {
        "records_named": False,
        "accounted_for": False,
        "taken_out_in_time": True,
    }
    assert checks.failed(results) == ["records_named"]


def test_a_data_set_tells_how_long_what_it_takes_out_had_been_withdrawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library.at(tmp_path)
    library.withdrawn["nhs:/symptoms/cough"] = None
    library.materialize(train=False)
    library.withdrawn["fda:aaa"] = None
    raw = [library.store.require("raw_fda", "2023"), library.store.require("raw_fda", "2024")]
    library._withdrawals(raw)
    processed = [library.store.require("processed_corpus", source) for source in ("fda", "nhs")]
    corpus = library._curated([*processed, library.store.require("withdrawals")])
    dataset = library.store.require("instruction_dataset")
    (told,) = checks.of_taking_out(dataset, corpus)
    assert told.passed
    counts = {name: told.metadata[name].value for name in ("taken_out", "still_waiting", "late")}
    assert counts == {"taken_out": 1, "still_waiting": 0, "late": []}
    monkeypatch.setattr(checks, "IN_TIME", timedelta())
    (told,) = checks.of_taking_out(dataset, corpus)
    assert (told.passed, told.metadata["late"].value) == (False, ["fda:aaa"])
    assert checks.failed([told]) == [], "it warns"
    library._dataset([corpus, library.store.require("instruction_mixture")])
    (told,) = checks.of_taking_out(dataset, corpus)
    assert (told.passed, told.metadata["taken_out"].value) == (True, 0), "told once"


def test_a_benchmark_file_without_questions_blocks(store: Store, tmp_path: Path) -> None:
    empty, full = tmp_path / "empty.json", tmp_path / "own.jsonl"
    empty.write_text("[]")
    full.write_text('{"id": "1", "question": "Q?"}\n{"id": "1", "question": "Q again?"}\n')
    stored = publish_benchmarks(store, [empty, full], {"code_version": "1"})
    results = checks.of_benchmarks(stored, {})
    assert passed(results) == {"files_read": False, "items_unique": False}
    assert checks.failed(results) == ["files_read"]


@pytest.mark.parametrize("asset", sorted(checks.SETTINGS_CHECKS))
def test_the_page_names_the_checks_of_settings(asset: str) -> None:
    assert set(checks.SETTINGS_CHECKS[asset]) == set(checks.CHECKS[asset])
