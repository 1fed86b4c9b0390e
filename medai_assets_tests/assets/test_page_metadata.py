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


@pytest.mark.parametrize(("count", "told"), [(0, "0.0 KiB"), (1536, "1.5 KiB"), (3 * 2**20, "3.0 MiB")])
def test_sizes_are_told_in_the_unit_that_fits(store: Store, count: int, told: str) -> None:
    with store.draft("merged_model", "tiny") as draft:
        draft.path("model.safetensors").write_bytes(b"x" * count)
        stored = draft.publish(code_version="1")
    files = page_metadata.of_model(stored)["files"]
    assert isinstance(files, dg.TableMetadataValue)
    assert files.records[0].data == {"file": "model.safetensors", "size": told}
