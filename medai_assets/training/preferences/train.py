"""Learning preferences: ``python -m medai_assets.training.preferences.train JOB.json``, plain or under Dagster Pipes.

What belongs here: one run from job file to adapter directory. A run that was stopped begins anew: it is a fraction of a
training on examples. The adapter it begins with is copied inside, frozen: likelihoods are held against it.

Exit code 0: trained. 1: cannot train, with a sentence in ``result.json``.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from transformers import PrinterCallback, set_seed
from trl import DPOConfig, DPOTrainer

from medai_assets.foundation.files import write_whole
from medai_assets.foundation.redaction import told_without_keys
from medai_assets.training import adapter, attention, speed
from medai_assets.training.architecture import Architecture
from medai_assets.training.arguments import common_arguments
from medai_assets.training.callbacks import ProgressCallback, Throughput, tracker_callbacks
from medai_assets.training.chat import load_tokenizer
from medai_assets.training.errors import TrainingError
from medai_assets.training.learned import ExamplesFed
from medai_assets.training.learned_tables import learned_before, learned_tables
from medai_assets.training.load import load_adapter_for_training
from medai_assets.training.machine import Machine, find_machine
from medai_assets.training.preferences.data import (
    Pairs,
    as_dataset,
    learned,
    left_out_table,
    load_pairs,
    not_learned,
)
from medai_assets.training.preferences.recipe import PreferenceRecipe, preference_recipe_from
from medai_assets.training.recipe import Recipe, recipe_from
from medai_assets.training.recording_trainer import RecordingTrainer
from medai_assets.training.reporting import Reporter, reporter
from medai_assets.training.speed import Levers
from medai_assets.training.trackers import Tracking, tags

RESULT = "result.json"
# What of the adapter that it begins with holds for the one that it makes.
SAME_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json")
FIGURES = ("loss", "rewards/accuracies", "rewards/margins")


@dataclass(frozen=True)
class PreferenceJob:
    """What to train, from what, and where results go; see ``training.job.Job`` for the names that both have."""

    recipe: Recipe
    preference: PreferenceRecipe
    base_model_dir: Path
    adapter_dir: Path  # the adapter to begin with
    pairs_file: Path  # PREFERENCE rows
    work_dir: Path
    out_dir: Path
    lineage: dict[str, Any]
    progress_file: Path | None = None
    tracking: Tracking = field(default_factory=Tracking)

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> PreferenceJob:
        """From a job file's values; raises TrainingError where a recipe is not valid, KeyError where a name lacks."""
        names = ("base_model_dir", "adapter_dir", "pairs_file", "work_dir", "out_dir")
        return cls(
            recipe=recipe_from(values["recipe"]),
            preference=preference_recipe_from(values["preference"]),
            lineage=values["lineage"],
            progress_file=Path(values["progress_file"]) if values.get("progress_file") else None,
            tracking=Tracking.of(values.get("tracking")),
            **{name: Path(values[name]) for name in names},
        )


def run(job: PreferenceJob, report: Reporter, machine: Machine | None = None) -> dict[str, Any]:
    """Train and write the adapter; returns the content of ``result.json``.

    Raises:
        TrainingError: the run cannot go on; says why and what to do.
    """
    began = time.perf_counter()
    machine, recipe = machine or find_machine(), job.recipe
    if recipe.method == "full":
        raise TrainingError(
            f"{recipe.name} trains all weights, and preferences are learned by an adapter",
            "Use method: lora or qlora.",
        )
    cuda = machine.device == "cuda"
    shapes = Architecture.of_directory(job.base_model_dir)
    levers = speed.choose(recipe.model_copy(update={"packing": False}), shapes, machine)
    speed.prepare_torch(recipe)
    attention.register()
    tokenizer = load_tokenizer(job.base_model_dir, recipe)
    pairs = load_pairs(
        job.pairs_file,
        tokenizer,
        max_length=recipe.max_length,
        most=job.preference.most_pairs,
        seed=recipe.seed,
    )
    report.say(f"{len(pairs.train):,} pairs to learn from, {len(pairs.validation):,} to be judged by")
    set_seed(recipe.seed)
    model = load_adapter_for_training(
        job.base_model_dir, job.adapter_dir, recipe, levers, device="cuda" if cuda else "cpu"
    )
    os.environ["TENSORBOARD_LOGGING_DIR"] = str(job.work_dir / "tensorboard")
    origins = [o for row in pairs.train for side in ("chosen", "rejected") for o in row[f"{side}_origins"]]
    run_tags = tags(job.lineage, recipe.name, recipe.seed, {o["licence"] for o in origins})
    fed = ExamplesFed(pairs.table)
    throughput = Throughput(1.0, 1.0)
    trainer = PreferenceTrainer(
        fed=fed,
        model=model,
        args=arguments(
            job.preference,
            recipe,
            levers,
            job.work_dir / "checkpoints",
            seed=recipe.seed,
            cuda=cuda,
            report_to=job.tracking.connect(run_tags),
        ),
        processing_class=tokenizer,
        train_dataset=as_dataset(pairs.train),
        eval_dataset=as_dataset(pairs.validation or pairs.train[:1]),
        callbacks=[ProgressCallback(report, throughput), *tracker_callbacks(job.tracking.names, run_tags)],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    history = [
        {name: value for name, value in entry.items() if not name.endswith(adapter.TIMED_ENDS)}
        for entry in trainer.state.log_history
    ]
    result = _saved(job, trainer, history, pairs, dict(fed.times(trainer.state.global_step)))
    result["timing"] = {"machine": machine.says(), "total_seconds": time.perf_counter() - began}
    return result


def _saved(
    job: PreferenceJob,
    trainer: PreferenceTrainer,
    history: list[dict[str, Any]],
    pairs: Pairs,
    times: dict[int, int],
) -> dict[str, Any]:
    """Write the adapter: safetensors, tokenizer and template, what was learned, and a card."""
    out = job.out_dir
    out.mkdir(parents=True, exist_ok=True)
    trainer.model.delete_adapter("ref")
    trainer.model.save_pretrained(out)
    adapter.fix_config(job.recipe, out / "adapter_config.json")
    for name in SAME_FILES:
        shutil.copyfile(job.adapter_dir / name, out / name)
    rows = [*learned_before(job.adapter_dir), *learned(pairs, times)]
    tables = learned_tables(rows) | {"left_out": left_out_table(not_learned(pairs, times))}
    for name, table in tables.items():
        pq.write_table(table, out / f"{name}.parquet", compression="zstd")
    metrics = {"before": _at(history, 0), "after": _at(history, trainer.state.global_step)}
    facts = {
        "pairs": len(times),
        "validation_pairs": len(pairs.validation),
        "left_out": len(pairs.left_out),
        "steps": trainer.state.global_step,
    }
    kept = {"metrics": metrics, "facts": facts, "history": history, "lineage": job.lineage}
    adapter.write_json(out / adapter.METRICS, kept | {"preference": job.preference.model_dump(mode="json")})
    (out / "README.md").write_text(_card(job, metrics, facts), encoding="utf-8")
    return {"data_version": adapter.directory_digest(out), "metrics": metrics, "facts": facts}


def _at(history: list[dict[str, Any]], step: int) -> dict[str, float]:
    """The validation figures logged at a step."""
    for entry in history:
        if entry.get("step") == step and "eval_loss" in entry:
            return {name: entry[f"eval_{name}"] for name in FIGURES if f"eval_{name}" in entry}
    return {}


def _card(job: PreferenceJob, metrics: dict[str, dict[str, float]], facts: dict[str, Any]) -> str:
    conditions = "".join(f"* {sentence}\n" for sentence in job.recipe.licence_conditions)
    return (
        f"# {job.recipe.title}, preferences\n\nA LoRA adapter for `{job.recipe.hub_id}` ({job.recipe.licence}). It began as "
        f"the adapter trained on examples and learned from {facts['pairs']} preference pairs by DPO "
        f"(beta {job.preference.beta}). What it learned, before and now, is in `learned.parquet`.\n\n"
        f"On {facts['validation_pairs']} held-out pairs: loss {metrics['before'].get('loss')} → "
        f"{metrics['after'].get('loss')}.\n\n{conditions}\nNot for clinical use.\n"
    )


def main(arguments_: list[str]) -> int:
    """Run one job file; see the module's docstring for the exit codes."""
    values = json.loads(Path(arguments_[0]).read_text(encoding="utf-8"))
    folder = Path(values["work_dir"])
    folder.mkdir(parents=True, exist_ok=True)
    progress = Path(values["progress_file"]) if values.get("progress_file") else None
    with reporter(progress) as report:
        try:
            with told_without_keys():
                result = run(PreferenceJob.from_values(values), report)
        except TrainingError as error:
            report.say(str(error))
            write_whole(folder / RESULT, json.dumps({"error": str(error)}).encode())
            return 1
        write_whole(folder / RESULT, json.dumps(result, indent=1, sort_keys=True).encode())
    return 0


def arguments(
    wanted: PreferenceRecipe,
    recipe: Recipe,
    levers: Levers,
    folder: Path,
    *,
    seed: int,
    cuda: bool,
    report_to: Sequence[str] = ("tensorboard",),
) -> DPOConfig:
    """Both recipes as the trainer's arguments."""
    return DPOConfig(
        **common_arguments(recipe, levers, folder, seed=seed, cuda=cuda, report_to=report_to),
        beta=wanted.beta,
        learning_rate=wanted.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=wanted.warmup,
        num_train_epochs=wanted.epochs,
        per_device_train_batch_size=wanted.batch_size,
        per_device_eval_batch_size=wanted.batch_size,
        gradient_accumulation_steps=wanted.accumulation,
        max_length=None,  # longer pairs are left out before, and none is cut
        remove_unused_columns=False,
        eval_strategy="epoch",
        eval_on_start=True,
        save_strategy="no",
    )


class PreferenceTrainer(RecordingTrainer, DPOTrainer):
    """DPOTrainer over rows that hold `prompt_ids`, `chosen_ids` and `rejected_ids`."""

    DIVERGED = "Use a lower learning_rate in preference.yaml."

    def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
        """The rows as they are: TRL's own encoding would cut answers and read control tokens out of text."""
        return dataset


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
