"""The evaluation report: tuned model against base, in a process of its own, with the gate as an asset check."""

import dagster as dg
import orjson

from medai_assets.assets.common import work
from medai_assets.assets.made_once import asset
from medai_assets.assets.resources import Medai
from medai_assets.assets.training import base_model_dir, lineage_of, recipe_behind, recipe_of, run_job
from medai_assets.graph.graph import Graph

GATE = "not_worse_than_base"


def evaluation_assets(graph: Graph) -> list[dg.AssetsDefinition]:
    """The report by base model."""
    return [_evaluation_report(graph)]


def _evaluation_report(graph: Graph) -> dg.AssetsDefinition:
    words = "In no direction of harm is the tuned model significantly worse than its base."

    @asset(graph, "evaluation_report", {GATE: (words, True)})
    def evaluation_report(
        context: dg.AssetExecutionContext, medai: Medai, pipes: dg.PipesSubprocessClient
    ) -> dg.MaterializeResult:
        from medai_assets.assets import page_metadata
        from medai_assets.instructions.training_examples import noted_in

        with work(context, medai) as job, medai.store.draft(*job.target) as draft:
            adapter, examples = job.input("lora_adapter"), job.input("training_examples")
            folder = medai.settings.work_dir / "evaluation" / adapter.data_version
            spec = {
                "adapter_dir": adapter.local_path(),
                "dataset_dir": examples.local_path(),
                "notes_file": noted_in(examples).local_path() / "examples.parquet",
                "benchmark_table": job.input("benchmark_questions").local_path() / "questions.parquet",
                "base_model_dir": base_model_dir(job, recipe_of(recipe_behind(adapter, medai))),
                "out_dir": draft.directory,
                "progress_file": job.progress.path,
                "lineage": lineage_of(job),
            }
            run_job(job, pipes, "medai_assets.evaluation.evaluate", spec, folder)
            report = orjson.loads((draft.directory / "report.json").read_bytes())
            verdict = dg.AssetCheckResult(
                check_name=GATE,
                passed=report["gate"]["passed"],
                metadata={
                    "why": "; ".join(report["gate"]["reasons"]) or "passed",
                    "warnings": "; ".join(report["gate"]["warnings"]) or "none",
                },
            )
            stored = draft.publish(
                **job.publishing(lambda made: [verdict]),
                metadata={"gate": report["gate"], "summary": report["summary"]},
            )
            page = medai.file_url(job.target, stored.data_version, "report.html")
            metadata = {"the whole report": dg.MetadataValue.url(page)}
            metadata |= page_metadata.of_evaluation(stored, report)
            return job.result(stored, None, metadata)

    return evaluation_report
