"""The trainer: TRL's DPOTrainer over pairs that are encoded already, noting which pairs entered each step.

The adapter that it begins with is copied inside, frozen, and is what the likelihoods are held against.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from trl import DPOConfig, DPOTrainer

from medai_assets.training.errors import TrainingError
from medai_assets.training.learned import ExamplesFed
from medai_assets.training.preferences.recipe import PreferenceRecipe
from medai_assets.training.recipe import Recipe
from medai_assets.training.speed import Levers


def arguments(
    wanted: PreferenceRecipe, recipe: Recipe, levers: Levers, folder: Path, *, seed: int, cuda: bool
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
        report_to="tensorboard",
        disable_tqdm=True,
        seed=seed,
        data_seed=seed,
    )


class PreferenceTrainer(DPOTrainer):
    """DPOTrainer over rows that hold `prompt_ids`, `chosen_ids` and `rejected_ids`."""

    data_collator: Any

    def __init__(self, *, fed: ExamplesFed, callbacks: list[Any], **known: Any) -> None:
        self.fed = fed
        super().__init__(callbacks=[fed, *callbacks], **known)
        for parameter in self.model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()

    def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
        """The rows as they are: TRL's own encoding would cut answers and read control tokens out of text."""
        return dataset

    def get_train_dataloader(self) -> Any:
        """As inherited, over batches that say which pairs they hold."""
        plain, self.data_collator = self.data_collator, self.fed.collating(self.data_collator)
        try:
            return super().get_train_dataloader()
        finally:
            self.data_collator = plain

    def training_step(
        self, model: torch.nn.Module, inputs: dict[str, Any], *rest: Any, **more: Any
    ) -> torch.Tensor:
        """One forward and backward pass.

        Raises:
            TrainingError: the loss is not a finite number.
        """
        self.fed.note(inputs)
        loss = super().training_step(model, inputs, *rest, **more)
        if not torch.isfinite(loss):
            raise TrainingError(
                f"The loss became {loss.item()} at step {self.state.global_step + 1}",
                "Use a lower learning_rate in preference.yaml.",
            )
        return loss
