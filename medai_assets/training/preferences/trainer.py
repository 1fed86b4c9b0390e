"""The trainer: TRL's DPOTrainer over pairs that are encoded already, noting which pairs entered each step.

The adapter that it begins with is copied inside, frozen, and is what the likelihoods are held against.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trl import DPOConfig, DPOTrainer

from medai_assets.training.preferences.recipe import PreferenceRecipe
from medai_assets.training.recipe import Recipe
from medai_assets.training.recording_trainer import RecordingTrainer
from medai_assets.training.speed import Levers


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
    recompute = levers.checkpointing != "none"
    return DPOConfig(
        output_dir=str(folder),
        beta=wanted.beta,
        learning_rate=wanted.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=wanted.warmup,
        num_train_epochs=wanted.epochs,
        per_device_train_batch_size=wanted.batch_size,
        per_device_eval_batch_size=wanted.batch_size,
        gradient_accumulation_steps=wanted.accumulation,
        max_grad_norm=recipe.max_grad_norm,
        max_length=None,  # longer pairs are left out before, and none is cut
        remove_unused_columns=False,
        gradient_checkpointing=recompute,
        gradient_checkpointing_kwargs={"use_reentrant": False} if recompute else None,
        bf16=levers.bf16,
        use_cpu=not cuda,
        dataloader_pin_memory=cuda,
        eval_strategy="epoch",
        eval_on_start=True,
        save_strategy="no",
        logging_steps=1,
        logging_nan_inf_filter=False,
        report_to=list(report_to),
        run_name=recipe.name,
        disable_tqdm=True,
        seed=seed,
        data_seed=seed,
    )


class PreferenceTrainer(RecordingTrainer, DPOTrainer):
    """DPOTrainer over rows that hold `prompt_ids`, `chosen_ids` and `rejected_ids`."""

    DIVERGED = "Use a lower learning_rate in preference.yaml."

    def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
        """The rows as they are: TRL's own encoding would cut answers and read control tokens out of text."""
        return dataset
