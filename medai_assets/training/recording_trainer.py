"""What both trainers add to TRL's: float32 adapters, notes of what entered each step, and a stop where training diverges."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from transformers import Trainer

from medai_assets.training.errors import TrainingError
from medai_assets.training.learned import ExamplesFed


class RecordingTrainer(Trainer):
    """Stands before one of TRL's trainers among the bases.

    Args:
        fed: notes which rows are trained on; it is one of the callbacks.
    """

    DIVERGED: ClassVar[str]  # what to do where the loss is not a finite number
    data_collator: Any

    def __init__(self, *, fed: ExamplesFed, callbacks: list[Any], **known: Any) -> None:
        self.fed = fed
        super().__init__(callbacks=[fed, *callbacks], **known)
        # TRL makes a quantised model's adapters bf16, in which small updates round to nothing, and a resumed run
        # would go on in float32: they are float32 from the start, and bf16 arithmetic is autocast's part.
        for parameter in self.model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()

    def get_train_dataloader(self) -> Any:
        """As inherited, over batches that say which rows they hold."""
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
        loss: torch.Tensor = super().training_step(model, inputs, *rest, **more)
        if not torch.isfinite(loss):
            raise TrainingError(
                f"The loss became {loss.item()} at step {self.state.global_step + 1}", self.DIVERGED
            )
        return loss
