"""Recipes, adapters, and the merged model: heavy work runs in processes of their own through Dagster Pipes."""

import sys
from pathlib import Path
from typing import Any

import dagster as dg
import orjson

from medai_assets.assets.common import Work, asset_arguments, counts_table, picture, work
from medai_assets.assets.resources import Medai
from medai_assets.assets.settings_data import FILE, settings_asset
from medai_assets.graph import Graph
from medai_assets.storage import text_digest


def training_assets(graph: Graph) -> list[dg.AssetsDefinition]:
    """Recipe, adapter and merged model by base model."""
    return [settings_asset(graph, "training_recipe"), _lora_adapter(graph), _merged_model(graph)]


def run_job(
    job: Work, pipes: dg.PipesSubprocessClient, module: str, spec: dict[str, Any], folder: Path
) -> None:
    """Run ``python -m module JOB.json`` through Pipes; its messages appear in the run's log.

    Raises:
        DagsterPipesExecutionError: the process ended with an error; its last lines are in the run's log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "job.json"
    file.write_bytes(orjson.dumps(spec, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS, default=str))
    command = [sys.executable, "-m", module, str(file)]
    pipes.run(context=job.context, command=command, extras={"target": str(job.target)}).get_results()


def recipe_of(job: Work) -> dict[str, Any]:
    """The recipe's values as this run pinned them."""
    return orjson.loads((job.input("training_recipe").local_path() / FILE).read_bytes())


def lineage_of(job: Work) -> dict[str, Any]:
    """What a model directory tells of itself: the versions it was made from."""
    return {
        "asset": job.target.asset,
        "partition": job.target.partition,
        "run_id": job.context.run_id,
        "code_version": job.node.code_version,
        "inputs": [
            {"asset": i.asset, "partition": i.partition, "data_version": i.data_version}
            for i in job.publishing["inputs"]
        ],
    }


def _lora_adapter(graph: Graph) -> dg.AssetsDefinition:
    @dg.asset(**asset_arguments(graph, "lora_adapter"))
    def lora_adapter(
        context: dg.AssetExecutionContext, medai: Medai, pipes: dg.PipesSubprocessClient
    ) -> dg.MaterializeResult:
        with work(context, medai) as job, medai.store.draft(*job.target) as draft:
            dataset, recipe = job.input("instruction_dataset"), recipe_of(job)
            # Keyed by what it learns from, so that a checkpoint is only ever resumed for the same job.
            key = text_digest(
                dataset.data_version, job.input("training_recipe").data_version, job.node.code_version
            )
            folder = medai.settings.work_dir / "training" / key
            spec = {
                "recipe": recipe,
                "models_dir": medai.settings.models_dir,
                "kit_dir": medai.settings.kit_dir,
                "dataset_dir": dataset.local_path(),
                "dataset_version": dataset.data_version,
                "work_dir": folder / "checkpoints",
                "out_dir": draft.path("."),
                "progress_file": job.progress.path,
                "lineage": lineage_of(job),
            }
            run_job(job, pipes, "medai_assets.training.train", spec, folder)
            metrics = orjson.loads(draft.path("metrics.json").read_bytes())
            stored = draft.publish(
                data_version=metrics["weights_version"], **job.publishing, metadata=metrics
            )
            return job.result(stored, None, _training_metadata(stored.local_path(), metrics))

    return lora_adapter


def _training_metadata(directory: Path, metrics: dict[str, Any]) -> dict[str, Any]:
    shown = {k: v for k, v in metrics.items() if isinstance(v, str | int | float | bool)}
    shown["loss"] = picture((directory / "loss.png").read_bytes(), "training and validation loss")
    if metrics.get("by_kind"):
        shown["validation by kind"] = counts_table(metrics["by_kind"])
    return shown


def _merged_model(graph: Graph) -> dg.AssetsDefinition:
    @dg.asset(**asset_arguments(graph, "merged_model"))
    def merged_model(
        context: dg.AssetExecutionContext, medai: Medai, pipes: dg.PipesSubprocessClient
    ) -> dg.MaterializeResult:
        from medai_assets.evaluation.gate import require_passed

        with work(context, medai) as job, medai.store.draft(*job.target) as draft:
            require_passed(job.input("evaluation_report"))
            adapter = job.input("lora_adapter")
            folder = medai.settings.work_dir / "merging" / adapter.data_version
            spec = {
                "adapter_dir": adapter.local_path(),
                "report_dir": job.input("evaluation_report").local_path(),
                "models_dir": medai.settings.models_dir,
                "kit_dir": medai.settings.kit_dir,
                "out_dir": draft.path("."),
                "progress_file": job.progress.path,
                "lineage": lineage_of(job),
            }
            run_job(job, pipes, "medai_assets.serving.merge", spec, folder)
            stored = draft.publish(**job.publishing, metadata={"adapter": adapter.data_version})
            files = [
                {"file": name, "bytes": info.bytes} for name, info in sorted(stored.manifest.files.items())
            ]
            return job.result(stored, None, {"files": counts_table(files)})

    return merged_model
