"""The stored adapter: complete, portable, and the same bytes for the same inputs.

What belongs here: what is written into the adapter's directory. No time, path or host name of the machine that
trained it; no pickle.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from medai_assets.training.base_model import PROVENANCE, read_provenance
from medai_assets.training.chat import with_default_system
from medai_assets.training.job import Job
from medai_assets.training.model_card import model_card
from medai_assets.training.recipe import Recipe

MANIFEST = "training_manifest.json"
METRICS = "metrics.json"
HISTORY = "history.jsonl"
_TIMED = ("tokens_per_second", "utilisation", "total_flos", "train_loss", "num_tokens")
TIMED_ENDS = ("_runtime", "_per_second", "_time")
# each kind overwrites the one before
_OF_ONE_KIND = (
    "eval_mean_token_accuracy",
    "eval_entropy",
    "eval_num_tokens",
)


def stable_history(history: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Log entries without what differs between two runs of the same inputs, validations of a step as one entry.

    Left out: everything timed, and the token count, which starts anew when a run is resumed.
    """
    merged: dict[tuple[int, bool], dict[str, Any]] = {}
    for entry in history:
        kept = {
            k: v for k, v in entry.items() if k not in _TIMED + _OF_ONE_KIND and not k.endswith(TIMED_ENDS)
        }
        if any(name.endswith("loss") for name in kept):
            merged.setdefault((kept.get("step", 0), "loss" in kept), {}).update(kept)
    return list(merged.values())


def save(
    job: Job,
    model: Any,
    tokenizer: Any,
    *,
    metrics: Mapping[str, Any],
    history: list[dict[str, Any]],
    facts: Mapping[str, Any],
    tables: Mapping[str, pa.Table],
    weights: dict[str, Any] | None = None,
) -> str:
    """Write the adapter (or, for `full`, the model) into the job's `out_dir`.

    Args:
        metrics: losses and perplexities of base and tuned model.
        history: entries of `stable_history`.
        facts: counts of data, steps and parameters, and the usual system text, for card, template and manifest.
        tables: what was learned and what was left out, by the name of the Parquet file.
        weights: the adapter's, where the model holds a part of them only.

    Returns:
        A hash over all files: the adapter's data version.
    """
    out = job.out_dir
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out, state_dict=weights)
    fix_config(job.recipe, out / "adapter_config.json")
    tokenizer.chat_template = with_default_system(tokenizer, facts["system"])
    tokenizer.save_pretrained(out)
    _fix_tokenizer_config(out / "tokenizer_config.json")
    write_json(out / "generation_config.json", _generation_config(tokenizer))
    write_json(out / METRICS, metrics)
    for name, table in tables.items():
        pq.write_table(table, out / f"{name}.parquet", compression="zstd")
    (out / HISTORY).write_text(
        "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in history), encoding="utf-8"
    )
    (out / "loss.png").write_bytes(loss_curve(history, job.recipe.title))
    (out / "README.md").write_text(
        model_card(job.recipe, metrics=metrics, facts=facts, lineage=job.lineage), encoding="utf-8"
    )
    write_json(out / MANIFEST, _manifest(job, facts, out))
    return directory_digest(out)


def directory_digest(directory: Path) -> str:
    """32 hex digits over names and contents of a directory's files."""
    return hashlib.sha256(json.dumps(_hashes(directory), sort_keys=True).encode()).hexdigest()[:32]


def _hashes(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def fix_config(recipe: Recipe, path: Path) -> None:
    """Name the base by hub id and revision instead of a local path, and sort what follows the hash seed."""
    if not path.is_file():  # full fine-tuning saves a model, not an adapter
        return
    config = json.loads(path.read_text())
    config["base_model_name_or_path"] = recipe.hub_id
    config["revision"] = recipe.revision
    config["target_modules"] = sorted(config["target_modules"])
    write_json(path, config)


def _fix_tokenizer_config(path: Path) -> None:
    config = json.loads(path.read_text())
    for name in ("name_or_path", "is_local", "local_files_only"):
        config.pop(name, None)
    write_json(path, config)


def _generation_config(tokenizer: Any) -> dict[str, Any]:
    """Greedy, and stopping at the token the adapter learned to end with; servers read it from the directory."""
    known = {"bos_token_id": tokenizer.bos_token_id, "pad_token_id": tokenizer.pad_token_id}
    return {"eos_token_id": tokenizer.eos_token_id, "do_sample": False} | {
        k: v for k, v in known.items() if v is not None
    }


def _manifest(job: Job, facts: Mapping[str, Any], out: Path) -> dict[str, Any]:
    base: dict[str, Any] = {"hub_id": job.recipe.hub_id, "revision": job.recipe.revision}
    if (job.base_model_dir / PROVENANCE).is_file():
        provenance = read_provenance(job.base_model_dir)
        base |= {
            "source": provenance.source,
            "source_sha256": provenance.source_sha256,
            "files": provenance.files,
        }
    return {
        "recipe": job.recipe.model_dump(mode="json"),
        "recipe_digest": job.recipe.digest(),
        "seed": job.run_seed,
        "base_model": base,
        "lineage": job.lineage,
        "facts": dict(facts),
        "files": {name: digest for name, digest in _hashes(out).items() if name != MANIFEST},
    }


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def loss_curve(history: Sequence[Mapping[str, Any]], title: str) -> bytes:
    """Training loss by step, with validation loss of each kind, as PNG bytes.

    Args:
        history: entries with `step` and `loss`, or `step` and `eval_<kind>_loss`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    trained = [(entry["step"], entry["loss"]) for entry in history if "loss" in entry]
    if trained:
        axes.plot(*zip(*trained, strict=True), color="0.75", linewidth=1, label="training")
    for name in sorted(
        {key for entry in history for key in entry if key.startswith("eval_") and key.endswith("_loss")}
    ):
        points = [(entry["step"], entry[name]) for entry in history if name in entry]
        kind = name.removeprefix("eval_").removesuffix("_loss").replace("_", " ")
        axes.plot(*zip(*points, strict=True), marker="o", markersize=3, linewidth=1.2, label=kind)
    for name in ("eval_loss",):
        points = [(entry["step"], entry[name]) for entry in history if name in entry]
        if points:
            axes.plot(*zip(*points, strict=True), color="black", linewidth=2, label="validation, all kinds")
    axes.set(title=title, xlabel="step", ylabel="loss (nats a token)")
    axes.legend(fontsize=8, frameon=False)
    axes.grid(alpha=0.3)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
