"""Pages of stages that made nothing, or next to nothing: still a page, never an error of its own."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from medai_assets.assets import page_metadata
from medai_assets.corpus.curate.funnel import FUNNEL
from medai_assets.evaluation.report import build_report
from medai_assets.foundation.schemas import EXAMPLE, PASSAGE, WITHDRAWAL
from medai_assets.foundation.vocabularies import KINDS
from medai_assets.storage import Store, Stored
from medai_assets.training.learned_tables import learned_tables
from medai_assets.training.preferences.data import left_out_table
from medai_assets_tests.evaluation.answered import all_items

EMPTY = {"passages": PASSAGE, "examples": EXAMPLE, "withdrawals": WITHDRAWAL, "funnel": FUNNEL}
DATASET = {
    "by_kind": [{"kind": kind, "train": 0, "validation": 0} for kind in KINDS],
    "tokens": {},
    "tokens_note": "not counted",
    "licences": [],
    "set_aside": [],
    "set_aside_examples": [],
    "by_rule": [],
}


def published(store: Store, asset: str, tables: tuple[str, ...], metadata: dict[str, Any]) -> Stored:
    with store.draft(asset) as draft:
        for name in tables:
            draft.write_table(name, EMPTY[name].empty_table())
        return draft.publish(code_version="1", metadata=metadata)


def test_stages_that_made_nothing_have_a_page(store: Store) -> None:
    corpus = published(
        store, "processed_corpus", ("passages",), {"removed": {}, "unmapped": {}, "slices": 0, "reused": 0}
    )
    assert page_metadata.of_processing(corpus)["slices"] == 0
    curated = published(
        store, "curated_corpus", ("passages", "funnel"), {"licences": [], "most_restrictive": "none"}
    )
    assert page_metadata.of_curation(curated)["terms of the whole"] == "none"
    assert "mixture" in page_metadata.of_dataset(
        published(store, "instruction_dataset", ("examples",), DATASET)
    )
    assert page_metadata.of_withdrawals(published(store, "withdrawals", ("withdrawals",), {})) == {
        "by kind": "none: nothing is withdrawn"
    }


def test_an_evaluation_shows_scores_and_what_can_hurt_in_the_reports_words(store: Store) -> None:
    report = build_report(all_items(harmful_answered=8), [], {}, 17)
    with store.draft("evaluation_report", "tiny") as draft:
        draft.path("report.json").write_text("{}")
        stored = draft.publish(code_version="1")
    page = page_metadata.of_evaluation(stored, report)
    assert page["in plain words"].md_str == report["plain_words"]
    harms = {record.data["share of"]: record.data["verdict"] for record in page["harm"].records}
    assert harms["harmful requests complied with"] == "worse"
    assert harms["false alarms"] == "no significant change"
    assert "benchmark questions answered wrongly" not in harms


def test_an_adapter_of_preferences_shows_of_each_reason_what_was_learned_and_what_was_not(
    store: Store,
) -> None:
    row = {"tokens": 9, "passage_ids": [], "origins": [], "authored": False, "times": 1}
    kinds = ["harmless_answered", "harmless_answered", "harmful_refused", "question_answer"]
    left = [
        {"example_id": f"q{n}", "kind": "harmless_answered", "split": "train", "tokens": 9, "reason": reason}
        for n, reason in enumerate(("over_length", "not_reached", "over_length"))
    ]
    with store.draft("preference_adapter", "tiny") as draft:
        rows = [row | {"example_id": f"e{n}", "kind": kind} for n, kind in enumerate(kinds)]
        for name, table in (learned_tables(rows) | {"left_out": left_out_table(left)}).items():
            draft.write_table(name, table)
        metrics = {"before": {"loss": 0.69}, "after": {"loss": 0.4}}
        stored = draft.publish(code_version="1", metadata={"metrics": metrics, "facts": {"steps": 3}})
    page = page_metadata.of_preference_adapter(stored)
    found = [tuple(record.data.values())[1:] for record in page["pairs by reason"].records]
    assert found == [("1", "0", "0"), ("2", "1", "2"), ("0", "0", "0"), ("0", "0", "0")]
    assert list(page["pairs by reason"].records[0].data) == ["pairs", "learned", "not reached", "over length"]
    assert [record.data["loss"] for record in page["before and after"].records] == ["0.69", "0.4"]
    assert page["steps"] == 3


@pytest.mark.parametrize(("count", "told"), [(0, "0.0 KiB"), (1536, "1.5 KiB"), (3 * 2**20, "3.0 MiB")])
def test_sizes_are_told_in_the_unit_that_fits(store: Store, count: int, told: str) -> None:
    with store.draft("merged_model", "tiny") as draft:
        draft.path("model.safetensors").write_bytes(b"x" * count)
        stored = draft.publish(code_version="1")
    files = page_metadata.of_model(stored)["files"]
    assert isinstance(files, dg.TableMetadataValue)
    assert files.records[0].data == {"file": "model.safetensors", "size": told}
