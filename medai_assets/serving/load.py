"""Loading a model to use it: base alone, or base with adapter, in the precision the machine is good at."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medai_assets.training.errors import TrainingError
from medai_assets.training.machine import Machine, find_machine, keep_freed_memory
from medai_assets.training.text_model import load_text_model

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_REQUIRED = ("adapter_config.json", "adapter_model.safetensors", "tokenizer.json", "generation_config.json")


def load_tokenizer(directory: Path) -> PreTrainedTokenizerBase:
    """The tokenizer, with chat template, of an adapter's or merged model's directory."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(directory)


def load_base(model_dir: Path, machine: Machine | None = None) -> Any:
    """A base or merged model, ready to generate, with the attention that transformers picks: sdpa where the model has it.

    Raises:
        TrainingError: the directory holds no model.
    """
    import torch

    _keep_quiet()
    machine = machine or find_machine()
    if machine.device == "cpu":
        keep_freed_memory()
    if not (model_dir / "config.json").is_file():
        raise TrainingError(f"{model_dir} holds no model", "Materialize lora_adapter or merged_model first.")
    model = load_text_model(
        model_dir,
        dtype=torch.bfloat16 if machine.has_bf16 else torch.float32,
        device_map={"": 0 if machine.device == "cuda" else "cpu"},
    )
    return model.eval()


def load_adapted(model_dir: Path, adapter_dir: Path, machine: Machine | None = None) -> Any:
    """Base and adapter as one model: the adapter is merged in memory, so that generation costs no more than the base.

    Raises:
        TrainingError: a directory lacks what it should hold.
    """
    from peft import PeftModel
    from transformers import GenerationConfig

    if _is_whole_model(adapter_dir):
        return load_base(adapter_dir, machine)
    require_complete(adapter_dir)
    model = PeftModel.from_pretrained(load_base(model_dir, machine), adapter_dir).merge_and_unload().eval()
    # ends where the adapter learned to end
    model.generation_config = GenerationConfig.from_pretrained(adapter_dir)
    return model


def require_complete(adapter_dir: Path) -> None:
    """Check, before anything of it is loaded, that an adapter has its files.

    Raises:
        TrainingError: it lacks one.
    """
    missing = [name for name in _REQUIRED if not (adapter_dir / name).is_file()]
    if missing and not _is_whole_model(adapter_dir):
        raise TrainingError(f"{adapter_dir} is not a complete adapter: it lacks {', '.join(missing)}",
                            "Materialize lora_adapter again.")  # fmt: skip


def _is_whole_model(adapter_dir: Path) -> bool:
    return (adapter_dir / "config.json").is_file()  # as full fine-tuning stores it


def _keep_quiet() -> None:
    """No progress bar for a load of seconds, and no warning that only transformers' own code can heed."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    warnings.filterwarnings(
        "ignore", message=".*gradient_checkpointing. is deprecated", category=FutureWarning
    )
