"""What a process of its own is told and what becomes of its report, with the process itself left out."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from medai_assets.assets import evaluation
from medai_assets.foundation.schemas import BENCHMARK
from medai_assets.settings import get_settings
from medai_assets_tests.conftest import HAS_TRAINING_STACK
from medai_assets_tests.lineage.library import BASE_MODEL, REPORT, Library

pytestmark = pytest.mark.skipif(not HAS_TRAINING_STACK, reason="the training stack is not installed here")


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    made = Library.at(tmp_path)
    made.materialize()
    made._publish("benchmark_questions", None, {"questions": (BENCHMARK, [])})
    monkeypatch.setenv("MEDAI_DATA", made.settings.data)
    monkeypatch.setenv("MEDAI_SOURCES", "fda,nhs")
    get_settings.cache_clear()
    monkeypatch.setattr("medai_assets.assets.training.prepare", lambda *_: tmp_path / "base")
    monkeypatch.setattr(evaluation, "recipe_behind", lambda *_: None)
    monkeypatch.setattr(evaluation, "recipe_of", lambda _: {})
    return made


@pytest.mark.parametrize("passed", [True, False], ids=["open gate", "closed gate"])
def test_a_report_is_published_and_a_closed_gate_holds_what_lies_below(
    library: Library, monkeypatch: pytest.MonkeyPatch, passed: bool
) -> None:
    from medai_assets.definitions import build_defs

    told: dict[str, Any] = {}
    gate = {"passed": passed, "reasons": [] if passed else ["more harm"], "warnings": []}

    def run(self: object, *, command: list[str], **_: Any) -> SimpleNamespace:
        told.update(json.loads(Path(command[-1]).read_text()))
        report = REPORT | {"gate": gate, "directions": []}
        (Path(told["out_dir"]) / "report.json").write_text(json.dumps(report))
        return SimpleNamespace(get_results=lambda: None)

    monkeypatch.setattr(dg.PipesSubprocessClient, "run", run)
    key = dg.AssetKey("evaluation_report")
    job = build_defs().resolve_implicit_global_asset_job_def().get_subset(asset_selection={key})
    with dg.DagsterInstance.ephemeral() as instance:
        job.execute_in_process(instance=instance, partition_key=BASE_MODEL, raise_on_error=False)
    adapter = library.store.require("lora_adapter", BASE_MODEL)
    assert told["adapter_dir"] == str(adapter.local_path())
    assert Path(told["progress_file"]).is_relative_to(library.settings.work_dir)
    assert told["lineage"]["asset"] == "evaluation_report"
    assert {i["asset"] for i in told["lineage"]["inputs"]} == {
        "lora_adapter", "training_examples", "benchmark_questions",
    }  # fmt: skip
    stored = library.store.require("evaluation_report", BASE_MODEL)
    assert stored.facts["gate"] == gate
    assert stored.receipt is not None
    assert stored.receipt.metadata["failed_checks"] == ([] if passed else ["not_worse_than_base"])
