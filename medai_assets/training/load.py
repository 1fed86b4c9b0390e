"""Loading a base model to train it: in the right precision, quantised where asked, with fresh adapters."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import BitsAndBytesConfig
from trl.models.selective_activation_checkpointing import enable_selective_activation_checkpointing

from medai_assets.training.recipe import Recipe
from medai_assets.training.speed import Levers, is_sharded
from medai_assets.training.text_model import load_text_model


def load_for_training(model_dir: Path, recipe: Recipe, levers: Levers, *, device: str) -> Any:
    """The base model with the recipe's adapters on it (`full`: the bare model in float32).

    Raises:
        TrainingError: the directory holds no model that transformers can load.
    """
    model = _base(model_dir, recipe, levers, device)
    if recipe.method == "full":
        return model
    return get_peft_model(model, lora_config(recipe, model.config.num_hidden_layers))


def load_adapter_for_training(
    model_dir: Path, adapter_dir: Path, recipe: Recipe, levers: Levers, *, device: str
) -> Any:
    """The base model with a stored adapter on it, to be trained further; raises as ``load_for_training``."""
    model = PeftModel.from_pretrained(
        _base(model_dir, recipe, levers, device), adapter_dir, is_trainable=True
    )
    # A stored adapter names its base on the hub, where PEFT would look when it saves.
    model.peft_config["default"].base_model_name_or_path = str(model_dir)
    return model


def _base(model_dir: Path, recipe: Recipe, levers: Levers, device: str) -> Any:
    model = load_text_model(
        model_dir,
        dtype=torch.float32 if recipe.method == "full" else levers.dtype,
        quantization_config=nf4(levers.dtype if is_sharded(recipe) else torch.uint8)
        if recipe.method == "qlora"
        else None,
        device_map={"": _device(device)},
        # Not asked for, it is transformers' choice: sdpa, or eager where a model has no other.
        attn_implementation=None
        if recipe.attention == "auto" and levers.attention == "sdpa"
        else levers.attention,
    )
    model.config.use_cache = False
    _keep_four_bit_layout(model)
    if levers.checkpointing == "selective":
        # On the bare model: TRL wraps the PEFT model's method, which transformers 5.23 goes past.
        enable_selective_activation_checkpointing(model)
    return model


def nf4(storage: torch.dtype = torch.uint8) -> BitsAndBytesConfig:
    """NF4 with double quantisation and bf16 arithmetic (Dettmers et al. 2023).

    Args:
        storage: what the packed bits are kept as; only a floating type can be sharded.
    """
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
        bnb_4bit_quant_storage=storage,
    )


def _keep_four_bit_layout(model: torch.nn.Module) -> None:
    """Keep 4-bit weights, through every validation, in the one layout that has a gradient.

    On a CPU with AVX512-BF16, a 4-bit layer in evaluation mode rearranges its weights for inference and leaves them so.
    The kernel for that layout has no gradient, and the way back rounds the weights anew.
    """
    from bitsandbytes.nn import Linear4bit

    for module in model.modules():
        if isinstance(module, Linear4bit):
            module.support_avx512bf16_for_cpu = False


def lora_config(recipe: Recipe, layers: int) -> LoraConfig:
    """The recipe's adapters for a model of so many layers."""
    chosen = (
        None if recipe.trained_layers is None else list(range(max(0, layers - recipe.trained_layers), layers))
    )
    return LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules=sorted(recipe.target_modules),
        layers_to_transform=chosen,
        use_dora=recipe.dora,
        use_rslora=recipe.rslora,
        bias="none",
        task_type="CAUSAL_LM",
    )


def _device(device: str) -> int | str:
    return int(os.environ.get("LOCAL_RANK", "0")) if device == "cuda" else device
