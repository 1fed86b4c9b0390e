"""The training script: `python -m medai_assets.training.train JOB.json`, plain, under Dagster Pipes, or under torchrun.

What belongs here: one run from job file to adapter directory, its resumption, and what to do when memory runs out.
Exit code 0: trained. 1: cannot train, with a sentence on stderr and in `result.json`.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, set_seed

from medai_assets.foundation.child_processes import exit_with_parent
from medai_assets.foundation.files import is_disk_full, write_whole
from medai_assets.foundation.redaction import told_without_keys
from medai_assets.training import adapter, attention, checkpoints, speed, trackers
from medai_assets.training.architecture import Architecture, read_config
from medai_assets.training.callbacks import (
    EarlyStop,
    ProgressCallback,
    SealCheckpoints,
    Throughput,
    tracker_callbacks,
)
from medai_assets.training.chat import load_tokenizer
from medai_assets.training.data import Encoded, as_dataset, load_split, most_common_system_text
from medai_assets.training.errors import TrainingError, disk_full, is_out_of_memory
from medai_assets.training.estimate import require_fit
from medai_assets.training.job import Job
from medai_assets.training.learned import ExamplesFed
from medai_assets.training.learned_tables import (
    learned_before,
    learned_rows,
    learned_tables,
    left_out_table,
    rights,
    split_by_learned,
)
from medai_assets.training.load import load_adapter_for_training, load_for_training
from medai_assets.training.machine import Machine, find_machine
from medai_assets.training.reporting import Reporter, reporter
from medai_assets.training.text_model import is_multimodal
from medai_assets.training.trainer import Trainer, arguments

RESULT = "result.json"


def run(job: Job, report: Reporter, machine: Machine | None = None) -> dict[str, Any]:
    """Train, or go on training, and write the adapter.

    Returns:
        The content of `result.json`: metrics, timing, data counts, data version.

    Raises:
        TrainingError: the run cannot go on; says why and what to do.
    """
    began = time.perf_counter()
    machine = machine or find_machine()
    shapes = Architecture.of_directory(job.base_model_dir)
    require_fit(job.recipe, shapes, machine)
    levers = speed.choose(job.recipe, shapes, machine)
    speed.prepare_torch(job.recipe)
    attention.register()
    try:
        resumed = (
            checkpoints.claim(job.work_dir, checkpoints.fingerprint(job)) if checkpoints.rank() == 0 else True
        )
        result = _fit_memory(job, report, machine, shapes, levers)
    except Exception as error:
        if is_disk_full(error):
            raise disk_full(job.work_dir, "a checkpoint or the adapter") from error
        raise
    result["timing"]["total_seconds"] = time.perf_counter() - began
    result["resumed"] = resumed and result.pop("resumed_step") > 0
    if checkpoints.rank() == 0:
        _write(job.work_dir / RESULT, result)
    return result


def _fit_memory(
    job: Job, report: Reporter, machine: Machine, shapes: Architecture, levers: speed.Levers
) -> dict[str, Any]:
    """Train with the recipe's micro-batch; on exhausted memory halve it and double the accumulation.

    The effective batch, and so the number of steps, stays as the recipe states it.
    """
    world = checkpoints.world()
    micro = levers.rows
    rest = job.recipe.accumulation * (job.recipe.batch_size // micro)
    if rest % world == 0:
        rest //= world
    elif micro % world == 0:
        micro //= world
    else:
        raise TrainingError(
            f"{world} processes cannot share a batch of {micro} rows x {rest} passes evenly",
            "Choose batch_size or accumulation as a multiple of the number of processes.",
        )
    splits: list[list[int]] = []
    while True:
        try:
            return _train(job, report, machine, shapes, levers, micro, rest) | {"memory_splits": splits}
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            if micro == 1:
                raise TrainingError(
                    f"Memory ran out even with one row of {job.recipe.max_length} tokens a pass on {machine.says()}",
                    "Use method: qlora, checkpointing: full, or a shorter max_length.",
                ) from error
        micro, rest = micro // 2 if micro % 2 == 0 else 1, rest * 2 if micro % 2 == 0 else rest * micro
        splits.append([micro, rest])
        report.say(
            f"Memory ran out: going on with {micro} rows a pass and {rest} passes a step; the effective batch stays"
        )
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _train(
    job: Job,
    report: Reporter,
    machine: Machine,
    shapes: Architecture,
    levers: speed.Levers,
    micro: int,
    accumulation: int,
) -> dict[str, Any]:
    tokenizer = load_tokenizer(job.base_model_dir, job.recipe)
    splits = _load_splits(job, tokenizer)
    _tell_data(report, splits)
    set_seed(job.run_seed)
    device = "cuda" if machine.device == "cuda" else "cpu"
    model = _model(job, levers, device)
    per_token = shapes.flop_per_token(full=job.recipe.method == "full", context=job.recipe.max_length // 2)
    throughput = Throughput(per_token, speed.measured_peak(torch.device(device), levers.dtype))
    os.environ["TENSORBOARD_LOGGING_DIR"] = str(job.work_dir / "tensorboard")
    run_tags = _tags(job, splits["train"]) if job.tracking.names else {}
    fed = ExamplesFed(splits["train"].table)
    folder = job.work_dir / "checkpoints"
    batch = {"micro_batch": micro, "accumulation": accumulation, "seed": job.run_seed}
    trainer = Trainer(
        levers=levers,
        throughput=throughput,
        schedule_share=job.recipe.schedule_share,
        fed=fed,
        model=model,
        args=arguments(
            job.recipe,
            levers,
            folder,
            **batch,
            cuda=device == "cuda",
            report_to=job.tracking.connect(run_tags),
        ),
        processing_class=tokenizer,
        train_dataset=as_dataset(splits["train"].table),
        eval_dataset={kind: as_dataset(table) for kind, table in splits["validation"].by_kind().items()},
        callbacks=[
            SealCheckpoints(),
            EarlyStop(job.recipe.patience),
            ProgressCallback(report, throughput),
            *tracker_callbacks(job.tracking.names, run_tags),
        ],
    )
    trainer.remove_callback(PrinterCallback)
    if (
        checkpoints.rank() == 0
    ):  # it alone looks at every byte; what cannot be gone on from is gone when the others look
        checkpoints.last_whole(folder)
    checkpoints.wait_for_others()
    last = _go_on(trainer, levers, next(reversed(checkpoints.written(folder)), None), report)
    return _saved(job, trainer, tokenizer, splits, fed, shapes) | {
        "resumed_step": int(last.name.rsplit("-", 1)[1]) if last else 0,
        "too_long": {split: encoded.too_long for split, encoded in splits.items()},
        "timing": _timing(throughput, machine, levers, micro, accumulation)
        | {"sharded": trainer.sharded, "processes": checkpoints.world()},
    }


def _model(job: Job, levers: speed.Levers, device: str) -> Any:
    """The base with fresh adapters, or with those of the adapter to go on from."""
    if job.begin_with is None:
        return load_for_training(job.base_model_dir, job.recipe, levers, device=device)
    if job.recipe.method == "full":
        raise TrainingError(
            f"{job.recipe.name} trains all weights, and what was read before is an adapter",
            "Use method: lora or qlora, or set MEDAI_PRETRAINING=false.",
        )
    return load_adapter_for_training(job.base_model_dir, job.begin_with, job.recipe, levers, device=device)


def _tags(job: Job, train: Encoded) -> dict[str, str]:
    """What trackers are told of the run: versions, recipe, seed, and the licences of all that it may learn."""
    everything = learned_rows(
        train,
        dict.fromkeys(range(train.table.num_rows), 1),
        job.notes_file or job.dataset_dir / "train.parquet",
    )
    return trackers.tags(job.lineage, job.recipe.name, job.run_seed, rights(everything)["licences"])


def _load_splits(job: Job, tokenizer: Any) -> dict[str, Encoded]:
    files = {split: job.dataset_dir / f"{split}.parquet" for split in ("train", "validation")}
    return {s: load_split(file, tokenizer, job.recipe, s, job.run_seed) for s, file in files.items()}


def _go_on(trainer: Trainer, levers: speed.Levers, last: Path | None, report: Reporter) -> Path | None:
    """Train from a checkpoint, or from the beginning where there is none; returns the checkpoint."""
    with speed.applied(levers, trainer.model):
        if last:
            report.say(f"going on from {last.name}")
        # The base model's losses; a checkpoint's history has them already.
        trainer.args.eval_on_start = last is None
        trainer.train(resume_from_checkpoint=str(last) if last else None)
    return last


def _saved(
    job: Job,
    trainer: Trainer,
    tokenizer: Any,
    splits: dict[str, Encoded],
    fed: ExamplesFed,
    shapes: Architecture,
) -> dict[str, Any]:
    """Write the adapter of the best step, in the first process only: its data version, losses, and what it was made of."""
    train, state = splits["train"], trainer.state
    best_step = int(state.best_global_step or state.global_step)
    history = adapter.stable_history(state.log_history)
    metrics = {"base": _by_kind(_at_step(history, 0)), "tuned": _by_kind(_at_step(history, best_step))}
    times = fed.times(best_step)
    kept, not_reached = split_by_learned(train, times)
    train_file = job.dataset_dir / "train.parquet"
    learned = learned_rows(train, times, job.notes_file or train_file)
    learned += learned_before(job.begin_with) if job.begin_with else []
    tables = learned_tables(learned) | {"left_out": left_out_table(train, not_reached, splits["validation"])}
    facts = {
        "data": {
            "train": kept.summary() | {"not_reached": not_reached.num_rows},
            "validation": splits["validation"].summary(),
        },
        "system": most_common_system_text(train_file),
        **rights(learned),
        "steps": state.global_step,
        "planned_steps": state.max_steps,
        "best_step": best_step,
        "tokens_per_step": job.recipe.tokens_per_step,
        "parameters": shapes.parameters,
        "multimodal": is_multimodal(read_config(job.base_model_dir)),
        "trainable_parameters": sum(p.numel() for p in trainer.model.parameters() if p.requires_grad),
    }
    results = {"metrics": metrics, "facts": facts}
    version, weights = "", trainer.whole_adapter()
    if checkpoints.rank() == 0:
        version = adapter.save(
            job, trainer.model, tokenizer, history=history, tables=tables, weights=weights, **results
        )
    return {"data_version": version, **results}


def _at_step(history: list[dict[str, Any]], step: int) -> dict[str, float]:
    """All validation losses logged at a step, in one mapping."""
    merged: dict[str, float] = {}
    for entry in history:
        if entry.get("step") == step:
            merged |= {name: value for name, value in entry.items() if name.startswith("eval_")}
    return merged


def _by_kind(metrics: dict[str, float]) -> dict[str, dict[str, float]]:
    """`eval_<kind>_loss` and its perplexity as kind -> values; the overall loss is kind `all`."""
    found = {}
    for name, value in metrics.items():
        if name.startswith("eval_") and name.endswith("loss"):
            stem = name.removesuffix("loss")
            kind = stem.removeprefix("eval_").removesuffix("_") or "all"
            found[kind] = {
                "loss": value,
                "perplexity": metrics[f"{stem}perplexity"],
                "labelled_tokens": metrics[f"{stem}labelled_tokens"],
            }
    return dict(sorted(found.items()))


def _timing(
    throughput: Throughput, machine: Machine, levers: speed.Levers, micro: int, accumulation: int
) -> dict[str, Any]:
    memory = torch.cuda.max_memory_allocated() if machine.device == "cuda" else _peak_host_memory()
    return {
        "machine": machine.says(),
        "training_seconds": throughput.seconds,
        "tokens": throughput.tokens,
        "tokens_per_second": throughput.tokens_per_second,
        "model_flop_utilisation": throughput.utilisation,
        "peak_memory_bytes": memory,
        "micro_batch": micro,
        "accumulation": accumulation,
        "precision": "bf16" if levers.bf16 else "fp32",
        "attention": levers.attention,
        "checkpointing": levers.checkpointing,
        "fused_kernels": levers.fused_kernels,
    }


def _peak_host_memory() -> int:
    import resource

    scale = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes on macOS, in KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def _tell_data(report: Reporter, splits: dict[str, Encoded]) -> None:
    for split, encoded in splits.items():
        report.say(f"{split}: {encoded.table.num_rows:,} examples, {encoded.tokens:,} tokens")
        if encoded.too_long:
            longest = max(row["tokens"] for row in encoded.too_long)
            report.say(
                f"{split}: {len(encoded.too_long)} examples left out as too long (the longest has {longest:,} tokens)"
            )


def _write(path: Path, value: Any) -> None:
    write_whole(path, (json.dumps(value, indent=1, sort_keys=True) + "\n").encode())


def main(arguments_: list[str]) -> int:
    """Run one job file; see the module's docstring for the exit codes."""
    if len(arguments_) != 1:
        print("usage: python -m medai_assets.training.train JOB.json", file=sys.stderr)
        return 2
    if checkpoints.world() > 1:
        # torchrun gives each a session of its own; left behind, it would go on writing.
        exit_with_parent(os.getppid(), grace=0.0)
    try:
        job = Job.read(Path(arguments_[0]))
        with reporter(job.progress_file) as report:
            try:
                with told_without_keys():
                    result = run(job, report)
            except TrainingError as error:
                if checkpoints.rank() == 0:
                    job.work_dir.mkdir(parents=True, exist_ok=True)
                    _write(job.work_dir / RESULT, {"error": str(error)})
                raise
            report.say(f"adapter {result['data_version']} written")
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
