"""The text model of a directory, alone or inside a multimodal one: loaded whole, and what its weights are called.

What belongs here: the one way in which training, judging, serving and merging find a causal language model in files.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from medai_assets.training.architecture import read_config, text_config
from medai_assets.training.errors import TrainingError

# How a multimodal model's files name the weights of its text model, and how the text model alone names them.
TEXT_NAMES = {
    r"^model\.language_model\.": "model.",
    r"^language_model\.model\.": "model.",
    r"^language_model\.lm_head\.": "lm_head.",
}
_LAYER = re.compile(r"model\.layers\.(\d+)\.")


def is_multimodal(values: dict[str, Any]) -> bool:
    """Whether the values of a ``config.json`` hold the text model's inside."""
    return "text_config" in values


def text_name(name: str) -> str | None:
    """What the text model calls a weight of a multimodal model's files; None for a weight of another part."""
    for pattern, own in TEXT_NAMES.items():
        if re.match(pattern, name):
            return re.sub(pattern, own, name)
    return name if name.startswith("lm_head.") else None


def load_text_model(model_dir: Path, **options: Any) -> Any:
    """The causal language model of a directory, every weight from its files; of a multimodal model the text part alone.

    Args:
        options: for transformers' `from_pretrained`.

    Raises:
        TrainingError: the directory holds no model that transformers can load, or other weights than its config says.
    """
    from transformers import AutoModelForCausalLM

    config = text_config(read_config(model_dir), str(model_dir))
    try:
        # What differs is named below; transformers would end with an error that names an argument of its own.
        model, report = AutoModelForCausalLM.from_pretrained(
            model_dir,
            config=config,
            key_mapping=dict(TEXT_NAMES),
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            **options,
        )
    except (OSError, ValueError) as error:
        raise _damaged(model_dir, str(error).strip().splitlines()[0][:200]) from error
    # transformers would go on with random weights in place of these
    if missing := sorted(report["missing_keys"]):
        raise _damaged(model_dir, f"it lacks {len(missing)} weights, {missing[0]} the first")
    if other := sorted(report["mismatched_keys"], key=str):
        name, found, wanted = other[0]
        shapes = f"{name} is {tuple(found)} and by its config {tuple(wanted)}"
        raise _damaged(model_dir, f"{len(other)} weights have other shapes, {shapes} the first")
    layers = {int(found[1]) for name in report["unexpected_keys"] if (found := _LAYER.match(name))}
    if more := sorted(layer for layer in layers if layer >= config.num_hidden_layers):
        raise _damaged(model_dir, f"it has layer {more[0]}, of {config.num_hidden_layers} by its config")
    return model


def _damaged(model_dir: Path, problem: str) -> TrainingError:
    return TrainingError(
        f"{model_dir} holds no model that can be loaded ({problem})",
        "Delete the directory and run the same command again: it is then prepared afresh.",
    )
