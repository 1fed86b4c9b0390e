"""The evaluation reports: tuned model against base, and after preferences against before, in processes of their own, with
the gate as an asset check."""

import shutil
from typing import TYPE_CHECKING, Any

import dagster as dg
import orjson

from medai_assets.assets.made_once import makes
from medai_assets.assets.resources import Medai
from medai_assets.assets.training import FileOf, recipe_behind, recipe_of, run_job
from medai_assets.assets.work import Work, work
from medai_assets.planning.fingerprints import judge_paths
from medai_assets.settings import Settings
from medai_assets.training.placed import BaseModel, StageFailed

if TYPE_CHECKING:
    from pathlib import Path

    from medai_assets.storage import Draft, Stored


GATE = "not_worse_than_base"
KEPT = "not_worse_than_before"
AGREES = "agrees_with_physicians"
WARN = dg.AssetCheckSeverity.WARN


@makes(
    "evaluation_report",
    checks={
        GATE: ("The tuned model is not significantly worse than its base in any direction of harm.", True)
    },
)
def evaluation_report(
    context: dg.AssetExecutionContext, medai: Medai, pipes: dg.PipesSubprocessClient
) -> dg.MaterializeResult:
    with work(context, medai) as job, medai.store.draft(*job.target) as draft:
        return _compared(job, draft, pipes, GATE, job.input("lora_adapter"))


@makes(
    "preference_report",
    checks={
        KEPT: (
            "The adapter is not significantly worse than before it learned preferences in any direction of harm.",
            True,
        )
    },
)
def preference_report(
    context: dg.AssetExecutionContext, medai: Medai, pipes: dg.PipesSubprocessClient
) -> dg.MaterializeResult:
    with work(context, medai) as job, medai.store.draft(*job.target) as draft:
        after, before = job.input("preference_adapter"), job.input("lora_adapter")
        return _compared(job, draft, pipes, KEPT, after, before)


@makes(
    "pretraining_report",
    checks={
        GATE: (
            "The model that has read the corpus is not significantly worse than its base in any direction of harm.",
            False,
        )
    },
)
def pretraining_report(
    context: dg.AssetExecutionContext, medai: Medai, pipes: dg.PipesSubprocessClient
) -> dg.MaterializeResult:
    with work(context, medai) as job, medai.store.draft(*job.target) as draft:
        return _compared(job, draft, pipes, GATE, job.input("pretrained_adapter"))


@makes(
    "judged_report",
    checks={
        AGREES: (
            "The judge agrees with physicians better than one that always gives the same verdict, and is not misled by answers.",
            False,
        )
    },
)
def judged_report(
    context: dg.AssetExecutionContext, medai: Medai, pipes: dg.PipesSubprocessClient
) -> dg.MaterializeResult:
    from medai_assets.assets import page_metadata
    from medai_assets.withdrawals.scratch import judged_folder

    with work(context, medai) as job, medai.store.draft(*job.target) as draft:
        settings = medai.settings
        if not settings.judge_model:
            raise StageFailed(
                "MEDAI_JUDGE_URL is set without MEDAI_JUDGE_MODEL; set that to the model to ask there"
            )
        adapter = job.input("lora_adapter")
        asked, known = _healthbench(settings, job)
        # By judge and adapter: what was answered and judged is kept until the report stands.
        folder = judged_folder(settings.work_dir, settings.judge_model, adapter.input)
        spec = {
            "url": settings.judge_url,
            "model": settings.judge_model,
            "conversations_file": asked,
            "labelled_file": known,
            "adapter_dir": adapter,
            "base_model_dir": BaseModel(recipe_of(recipe_behind(adapter, medai))),
        }
        run_job(job, draft, pipes, "medai_assets.evaluation.judged.report", spec, folder)
        report = _report(draft)
        agreed = report["agreement"]
        facts = {"recall": str(agreed["recall"]), "answers": agreed["answers"], "probes": report["probes"]}
        verdict = dg.AssetCheckResult(
            check_name=AGREES, passed=report["believed"], severity=WARN, metadata=facts
        )
        for table in ("labelled", "verdicts"):
            draft.adopt_table(table)
        stored = draft.publish(
            **job.publishing(lambda made: [verdict]),
            metadata={"agreement": agreed, "scores": report["scores"]},
        )
        shutil.rmtree(folder, ignore_errors=True)
        return job.result(stored, None, _whole_report(job, stored) | page_metadata.of_judged(report))


def _healthbench(settings: Settings, job: Work) -> "list[Path]":
    """The files of conversations and of physicians' verdicts: the sample's own, or the hub's at their commits."""
    from medai_assets.sources.benchmark_sets import HEALTHBENCH, LABELLED, hub_benchmarks

    if settings.profile == "sample":
        return judge_paths(settings)
    return hub_benchmarks(settings, job.progress, (HEALTHBENCH, LABELLED))


def _compared(
    job: Work,
    draft: "Draft",
    pipes: dg.PipesSubprocessClient,
    check: str,
    adapter: "Stored",
    before: "Stored | None" = None,
) -> dg.MaterializeResult:
    """Judge an adapter against another, or against its base, and publish the report."""
    from medai_assets.assets import page_metadata
    from medai_assets.instructions.training_examples import noted_in

    medai, examples = job.medai, job.input("training_examples")
    folder = medai.settings.work_dir / "evaluation" / adapter.data_version
    spec = {
        "adapter_dir": adapter,
        "before_adapter_dir": before,
        "dataset_dir": examples,
        "notes_file": FileOf(noted_in(examples), "examples.parquet"),
        "benchmark_table": FileOf(job.input("benchmark_questions"), "questions.parquet"),
        "base_model_dir": BaseModel(recipe_of(recipe_behind(adapter, medai))),
    }
    run_job(job, draft, pipes, "medai_assets.evaluation.evaluate", spec, folder)
    report = _report(draft)
    gate = report["gate"]
    why, warnings = "; ".join(gate["reasons"]) or "passed", "; ".join(gate["warnings"]) or "none"
    verdict = dg.AssetCheckResult(
        check_name=check,
        passed=gate["passed"],
        severity=WARN if adapter.asset == "pretrained_adapter" else dg.AssetCheckSeverity.ERROR,
        metadata={"why": why, "warnings": warnings},
    )
    stored = draft.publish(
        **job.publishing(lambda made: [verdict]), metadata={"gate": gate, "summary": report["summary"]}
    )
    return job.result(stored, None, _whole_report(job, stored) | page_metadata.of_evaluation(stored, report))


def _report(draft: "Draft") -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((draft.directory / "report.json").read_bytes())
    return found


def _whole_report(job: Work, stored: "Stored") -> dict[str, Any]:
    page = job.medai.file_url(job.target, stored.data_version, "report.html")
    return {"the whole report": dg.MetadataValue.url(page)}
