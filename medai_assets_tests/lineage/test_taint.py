"""A model that learned a record is tainted once that record, in that version, is withdrawn."""

from __future__ import annotations

import pytest

from medai_assets.lineage.taint import mark_models, read_mark, tainted, warning
from medai_assets.sources.take_downs import add_take_down
from medai_assets.storage import StoreError
from medai_assets_tests.lineage.library import BASE_MODEL, Library

MODELS = ("lora_adapter", "merged_model", "evaluation_report")


@pytest.fixture
def trained(library: Library) -> Library:
    library.materialize()
    return library


def withdraw(library: Library, record_id: str, version: str | None = None) -> None:
    library.withdrawn[record_id] = version
    library._withdrawals([])


@pytest.mark.parametrize("asset", MODELS)
def test_a_model_without_withdrawn_records_is_clean(trained: Library, asset: str) -> None:
    model = trained.store.require(asset, BASE_MODEL)
    assert tainted(trained.store, model) == []
    assert mark_models(trained.store) == []


@pytest.mark.parametrize("asset", MODELS)
def test_a_withdrawn_record_taints_what_learned_it(trained: Library, asset: str) -> None:
    withdraw(trained, "fda:aaa")
    (record,) = tainted(trained.store, trained.store.require(asset, BASE_MODEL))
    assert (record.record_id, record.version, record.examples) == ("fda:aaa", "1", 2)
    assert (record.kind, record.reason, record.reported_by) == (
        "take_down",
        "asked by its author",
        "A. Person",
    )


def test_a_withdrawal_of_another_version_taints_nothing(trained: Library) -> None:
    withdraw(trained, "fda:aaa", "0")
    assert tainted(trained.store, trained.store.require("lora_adapter", BASE_MODEL)) == []
    withdraw(trained, "fda:aaa", "1")
    assert len(tainted(trained.store, trained.store.require("lora_adapter", BASE_MODEL))) == 1


def test_a_record_met_only_in_validation_was_never_learned(trained: Library) -> None:
    withdraw(trained, "nhs:/symptoms/cough")
    assert tainted(trained.store, trained.store.require("lora_adapter", BASE_MODEL)) == []


@pytest.mark.parametrize("asset", MODELS)
def test_a_record_of_the_data_set_that_the_budget_left_out_taints_nothing(
    library: Library, asset: str
) -> None:
    library.learns = lambda row: "fda:aaa" not in {origin["record_id"] for origin in row["origins"]}
    library.materialize()
    withdraw(library, "fda:aaa")
    withdraw(library, "fda:bbb")
    found = tainted(library.store, library.store.require(asset, BASE_MODEL))
    assert [record.record_id for record in found] == ["fda:bbb"]


def test_a_model_stays_tainted_when_its_data_set_is_no_longer_kept(trained: Library) -> None:
    withdraw(trained, "fda:aaa")
    model = trained.store.require("lora_adapter", BASE_MODEL)
    dataset = trained.store.require("instruction_dataset")
    trained.store.remove_version("instruction_dataset", None, dataset.data_version)
    assert [record.record_id for record in tainted(trained.store, model)] == ["fda:aaa"]


def test_an_adapter_that_does_not_say_what_it_learned_is_named(trained: Library) -> None:
    with trained.store.draft("lora_adapter", BASE_MODEL) as draft:
        draft.path("adapter.bin").write_text("as an older version left it")
        draft.publish(code_version="0")
    withdraw(trained, "fda:aaa")
    with pytest.raises(StoreError, match="does not say what it learned"):
        mark_models(trained.store)


def test_training_again_is_not_advised_where_other_records_say_the_same(library: Library) -> None:
    """Two labels say the same; the one that is withdrawn was learned, but nothing that was learned goes."""
    library.texts["fda:bbb"] = library.texts["fda:aaa"]
    library.materialize()
    withdraw(library, "fda:bbb")
    model = library.store.require("lora_adapter", BASE_MODEL)
    (record,) = tainted(library.store, model)
    assert (record.record_id, record.examples, record.in_use) == ("fda:bbb", 2, 2)
    assert "training again would teach the same" in warning([record])
    withdraw(library, "fda:aaa")
    assert {r.in_use for r in tainted(library.store, model)} == {0}
    assert "medai run" in warning(tainted(library.store, model))


def test_notes_of_later_days_neither_taint_nor_clear_a_model(library: Library) -> None:
    """A record that joined after the training was not learned; one that left was."""
    del library.texts["fda:bbb"]
    library.texts["fda:ccc"] = library.texts["fda:aaa"]
    library.materialize()
    library.texts["fda:bbb"], library.texts["fda:ccc"] = library.texts["fda:aaa"], "Other words. More."
    library.materialize(train=False)
    for record in ("fda:bbb", "fda:ccc"):
        withdraw(library, record)
    found = tainted(library.store, library.store.require("lora_adapter", BASE_MODEL))
    assert [record.record_id for record in found] == ["fda:ccc"]


def test_the_users_file_counts_before_any_run(trained: Library) -> None:
    file = trained.settings.take_downs_file
    add_take_down(file, "fda:bbb", "wrong leaflet", "A. Person")
    model = trained.store.require("lora_adapter", BASE_MODEL)
    assert [r.record_id for r in tainted(trained.store, model, file)] == ["fda:bbb"]
    assert tainted(trained.store, model) == []


def test_the_mark_lies_beside_the_version_and_goes_with_the_reason(trained: Library) -> None:
    model = trained.store.require("lora_adapter", BASE_MODEL)
    before = sorted(p.name for p in model.local_path().rglob("*"))
    withdraw(trained, "fda:aaa")
    assert {m.asset for m in mark_models(trained.store)} == set(MODELS)
    assert [r.record_id for r in read_mark(trained.store, model)] == ["fda:aaa"]
    assert sorted(p.name for p in model.local_path().rglob("*")) == before
    trained.withdrawn.clear()
    trained._withdrawals([])
    mark_models(trained.store)
    assert read_mark(trained.store, model) == []


def test_training_again_makes_a_clean_version_and_leaves_the_old_one_marked(trained: Library) -> None:
    old = trained.store.require("lora_adapter", BASE_MODEL)
    trained.withdrawn["fda:aaa"] = None
    trained.materialize()
    mark_models(trained.store)
    assert read_mark(trained.store, old)
    assert not read_mark(trained.store, trained.store.require("lora_adapter", BASE_MODEL))


def test_the_warning_names_record_and_reason(trained: Library) -> None:
    withdraw(trained, "fda:aaa")
    text = warning(tainted(trained.store, trained.store.require("lora_adapter", BASE_MODEL)))
    assert "fda:aaa (take-down: asked by its author)" in text
    assert "medai run" in text
