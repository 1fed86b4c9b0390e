"""What the recipe and the machine say to every trainer of TRL, whatever is learned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from medai_assets.training.recipe import Recipe
from medai_assets.training.speed import Levers


def common_arguments(
    recipe: Recipe, levers: Levers, folder: Path, *, seed: int, cuda: bool, report_to: Sequence[str]
) -> dict[str, Any]:
    """Arguments that ``SFTConfig`` and ``DPOConfig`` share, by name.

    Args:
        folder: for checkpoints.
    """
    recompute = levers.checkpointing != "none"
    return {
        "output_dir": str(folder),
        "max_grad_norm": recipe.max_grad_norm,
        "gradient_checkpointing": recompute,
        "gradient_checkpointing_kwargs": {"use_reentrant": False} if recompute else None,
        "bf16": levers.bf16,
        "use_cpu": not cuda,
        "dataloader_pin_memory": cuda,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "report_to": list(report_to),
        "run_name": recipe.name,
        "disable_tqdm": True,
        # TRL would add the loss of a mixture's router, which has no adapter, and a loss is the answers' likelihood here.
        "router_aux_loss_coef": 0.0,
        "seed": seed,
        "data_seed": seed,
    }
