"""Base and adapter as one bf16 model directory that any server loads.

What belongs here: the merge, tensor by tensor from file to file, so that memory stays at one shard whatever the
model's size; and the files that servers want beside the weights. As a script (`python -m medai_assets.serving.merge
JOB.json`) it merges in a process of its own; the job file names adapter_dir, base_model_dir, out_dir and, where there
is an evaluation, report_dir, and where the rights are noted apart, rights_file; `result.json` is written beside it.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medai_assets.foundation.files import is_disk_full
from medai_assets.serving.load import load_tokenizer
from medai_assets.serving.modelfile import modelfile
from medai_assets.training.architecture import read_config, text_config
from medai_assets.training.errors import TrainingError, disk_full
from medai_assets.training.model_card import model_card
from medai_assets.training.recipe import Recipe, recipe_from
from medai_assets.training.reporting import run_job_file
from medai_assets.training.text_model import is_multimodal, text_name

if TYPE_CHECKING:
    import torch

INDEX = "model.safetensors.index.json"
Progress = Callable[[float, float | None, str], None]
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json",
                    "vocab.json", "merges.txt", "chat_template.jinja", "generation_config.json")  # fmt: skip
_LICENCE_FILES = ("LICENSE*", "USE_POLICY*", "NOTICE*")
_PREFIX, _DOWN, _UP = "base_model.model.", ".lora_A.weight", ".lora_B.weight"
_LENGTHS = ".lora_magnitude_vector"  # DoRA: the length of each row
_UNSUPPORTED = ("modules_to_save", "rank_pattern", "alpha_pattern", "lora_bias", "fan_in_fan_out")


def merge(
    recipe: Recipe,
    base_dir: Path,
    adapter_dir: Path,
    out_dir: Path,
    *,
    lineage: Mapping[str, Any],
    evaluation: Mapping[str, Any] | None = None,
    rights: Mapping[str, Any] | None = None,
    progress: Progress = lambda done, total, what: None,
) -> dict[str, Any]:
    """Write the merged model: bf16 safetensors, tokenizer, template, card and Ollama Modelfile.

    The sum is made in float32 and rounded to bf16 once; a 4-bit base never enters it.

    Args:
        lineage: what the graph knows, copied into the card.
        evaluation: the evaluation report (`report.json`), for the card.
        rights: licences and attributions as noted now, for the card; none = as noted when the adapter was trained.
        progress: called with shards done and in all.

    Returns:
        Counts: tensors, adapted tensors, bytes.

    Raises:
        TrainingError: the adapter is incomplete, of another kind, or does not fit the base.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    if (adapter_dir / "adapter_config.json").is_file():
        counts = _merge_weights(base_dir, adapter_dir, out_dir, progress)
        _write_config(base_dir, out_dir)
    else:
        counts = _copy_model(adapter_dir, out_dir)
    for name in _TOKENIZER_FILES:
        if (adapter_dir / name).is_file():
            shutil.copy(adapter_dir / name, out_dir)
    for pattern in _LICENCE_FILES:
        for path in base_dir.glob(pattern):
            shutil.copy(path, out_dir)
    manifest = json.loads((adapter_dir / "training_manifest.json").read_text())
    metrics = json.loads((adapter_dir / "metrics.json").read_text())
    card = model_card(
        recipe,
        metrics=metrics,
        facts=manifest["facts"] | dict(rights or {}),
        lineage=lineage,
        evaluation=evaluation,
        merged=True,
    )
    (out_dir / "README.md").write_text(card, encoding="utf-8")
    text = modelfile(recipe, manifest["facts"].get("system", ""), load_tokenizer(out_dir))
    (out_dir / "Modelfile").write_text(text, encoding="utf-8")
    return counts


def _merge_weights(base_dir: Path, adapter_dir: Path, out_dir: Path, progress: Progress) -> dict[str, Any]:
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file

    config = _checked_config(adapter_dir)
    adapter = load_file(adapter_dir / "adapter_model.safetensors")
    scale = config["lora_alpha"] / (config["r"] ** 0.5 if config.get("use_rslora") else config["r"])
    adapted = {
        key.removeprefix(_PREFIX).removesuffix(_DOWN) + ".weight" for key in adapter if key.endswith(_DOWN)
    }
    used: set[str] = set()
    counts = {"tensors": 0, "adapted": len(adapted), "bytes": 0}
    shards, files = _shards(base_dir), dict[str, str]()
    multimodal = is_multimodal(read_config(base_dir))
    for done, shard in enumerate(shards):
        progress(done, len(shards), "merging shards")
        merged: dict[str, torch.Tensor] = {}
        with safe_open(base_dir / shard, framework="pt") as weights:
            for name in weights.keys():  # noqa: SIM118 - not a mapping
                if own := text_name(name) if multimodal else name:
                    tensor = weights.get_tensor(name)
                    # Vectors (norms, decay rates) are no larger in the precision that the base gives them.
                    merged[own] = tensor if tensor.ndim < 2 else _merged(tensor, own, adapter, scale)
        files |= dict.fromkeys(merged, shard)
        used |= adapted & set(merged)
        counts["tensors"] += len(merged)
        counts["bytes"] += sum(tensor.nbytes for tensor in merged.values())
        if merged:
            save_file(merged, out_dir / shard, metadata={"format": "pt"})
    if missing := sorted(adapted - used):
        raise TrainingError(f"The adapter does not fit {base_dir.name}: it adapts {missing[0]}, which the base lacks",
                            "Train it again over this base model.")  # fmt: skip
    if (base_dir / INDEX).is_file():
        index = {"metadata": {"total_size": counts["bytes"]}, "weight_map": files}
        (out_dir / INDEX).write_text(json.dumps(index, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return counts


def _write_config(base_dir: Path, out_dir: Path) -> None:
    """The base's config; of a multimodal base the text model's alone, which is all that was trained and judged."""
    values = read_config(base_dir)
    if not is_multimodal(values):
        shutil.copy(base_dir / "config.json", out_dir)
        return
    from transformers import MODEL_FOR_CAUSAL_LM_MAPPING

    config = text_config(values, str(base_dir))
    config.architectures = [MODEL_FOR_CAUSAL_LM_MAPPING[type(config)].__name__]
    config.dtype = "bfloat16"
    config.save_pretrained(out_dir)


def _merged(
    weight: torch.Tensor, name: str, adapter: Mapping[str, torch.Tensor], scale: float
) -> torch.Tensor:
    import torch

    stem = _PREFIX + name.removesuffix(".weight")
    if stem + _DOWN in adapter:
        weight = weight.float() + scale * (adapter[stem + _UP].float() @ adapter[stem + _DOWN].float())
        if stem + _LENGTHS in adapter:
            weight *= (adapter[stem + _LENGTHS].float() / weight.norm(dim=1))[:, None]
    return weight.to(torch.bfloat16).contiguous() if weight.is_floating_point() else weight


def _checked_config(adapter_dir: Path) -> dict[str, Any]:
    config = json.loads((adapter_dir / "adapter_config.json").read_text())
    if wrong := [name for name in _UNSUPPORTED if config.get(name)]:
        raise TrainingError(f"{adapter_dir} is an adapter with features that this merge does not support: {', '.join(wrong)}",
                            "Merge it with peft's merge_and_unload.")  # fmt: skip
    found: dict[str, Any] = config
    return found


def _shards(model_dir: Path) -> list[str]:
    index = model_dir / INDEX
    if index.is_file():
        return sorted(set(json.loads(index.read_text())["weight_map"].values()))
    if not (model_dir / "model.safetensors").is_file():
        raise TrainingError(f"{model_dir} holds no safetensors weights", "Prepare the base model again.")
    return ["model.safetensors"]


def _copy_model(model_dir: Path, out_dir: Path) -> dict[str, Any]:
    """A fully fine-tuned model is already whole: store it as bf16."""
    from safetensors.torch import load_file, save_file

    counts = {"tensors": 0, "adapted": 0, "bytes": 0}
    for shard in _shards(model_dir):
        tensors = {
            name: _merged(tensor, name, {}, 1.0) for name, tensor in load_file(model_dir / shard).items()
        }
        counts["tensors"] += len(tensors)
        counts["bytes"] += sum(tensor.nbytes for tensor in tensors.values())
        save_file(tensors, out_dir / shard, metadata={"format": "pt"})
    for name in ("config.json", INDEX):
        if (model_dir / name).is_file():
            shutil.copy(model_dir / name, out_dir)
    return counts


def run(job: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Merge as a job file says; the recipe is the one the adapter was trained by.

    Raises:
        TrainingError: as `merge`, or the disk is full.
    """
    adapter_dir, out_dir = Path(job["adapter_dir"]), Path(job["out_dir"])
    recipe = recipe_from(
        json.loads((adapter_dir / "training_manifest.json").read_text())["recipe"], str(adapter_dir)
    )
    evaluation = None
    if job.get("report_dir"):
        evaluation = json.loads((Path(job["report_dir"]) / "report.json").read_text())
    rights = json.loads(Path(job["rights_file"]).read_text()) if job.get("rights_file") else None
    try:
        return merge(
            recipe,
            Path(job["base_model_dir"]),
            adapter_dir,
            out_dir,
            lineage=job.get("lineage", {}),
            evaluation=evaluation,
            rights=rights,
            progress=progress,
        )
    except Exception as error:
        if is_disk_full(error):
            raise disk_full(out_dir, "the merged model") from error
        raise


def main(arguments: list[str]) -> int:
    """Exit code 0; 1 when it cannot be done, with the sentence on stderr and in `result.json`."""
    return run_job_file(
        arguments, lambda job, report: run(job, report.progress), TrainingError, keep_result=True
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
