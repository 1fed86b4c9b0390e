"""The trainer: TRL's SFTTrainer with honest validation losses, a compact head on CPUs, and a stop at a NaN.

What belongs here: how the recipe becomes the trainer's arguments, and the few things the trainer does differently.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin
from torch.distributed.tensor import DTensor
from torch.nn.functional import cross_entropy
from transformers.trainer_utils import EvalLoopOutput
from trl import SFTConfig, SFTTrainer

from medai_assets.training.arguments import common_arguments
from medai_assets.training.callbacks import Throughput
from medai_assets.training.chat import IGNORED
from medai_assets.training.recipe import Recipe
from medai_assets.training.recording_trainer import RecordingTrainer
from medai_assets.training.speed import Levers, is_sharded


def arguments(
    recipe: Recipe,
    levers: Levers,
    checkpoints_dir: Path,
    *,
    micro_batch: int,
    accumulation: int,
    seed: int,
    cuda: bool,
    report_to: Sequence[str] = ("tensorboard",),
) -> SFTConfig:
    """The recipe as the trainer's arguments."""
    share = 1.0 / recipe.evaluations
    every: dict[str, Any] = {"eval_steps": share, "save_steps": share} if recipe.evaluations > 1 else {}
    return SFTConfig(
        **common_arguments(recipe, levers, checkpoints_dir, seed=seed, cuda=cuda, report_to=report_to),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=micro_batch,
        per_device_eval_batch_size=micro_batch,
        gradient_accumulation_steps=accumulation,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=recipe.schedule,
        warmup_steps=recipe.warmup,
        weight_decay=recipe.weight_decay,
        neftune_noise_alpha=recipe.neftune_alpha,
        max_length=recipe.max_length,
        packing=recipe.packing,
        eval_strategy="steps" if every else "epoch",
        save_strategy="steps" if every else "epoch",
        **every,
        save_total_limit=3,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        fsdp=is_sharded(recipe),
        fsdp_config={"version": 2, "cpu_ram_efficient_loading": False} if is_sharded(recipe) else None,
    )


class Trainer(RecordingTrainer, SFTTrainer):
    """SFTTrainer over rows that already hold `input_ids` and `labels`.

    Args:
        levers: how the machine is used.
        throughput: counts tokens and seconds of training.
        schedule_share: steps over which the learning rate rises and falls, for each step of the run.
    """

    DIVERGED = "Use a lower learning_rate or a longer warmup; if it is so from step 1, the base model's files are damaged."

    def __init__(
        self, *, levers: Levers, throughput: Throughput, schedule_share: float = 1.0, **known: Any
    ) -> None:
        self.levers = levers
        self.throughput = throughput
        self.schedule_share = schedule_share
        self._nll = 0.0
        self._labelled = 0.0
        super().__init__(**known)

    def create_accelerator_and_postprocess(self) -> None:
        """As inherited; accelerate shards over GPUs alone and goes on without a word on CPUs, where gloo can do it too."""
        super().create_accelerator_and_postprocess()
        state = self.accelerator.state
        if self.args.fsdp and state.distributed_type == DistributedType.MULTI_CPU:
            state.fsdp_plugin = FullyShardedDataParallelPlugin(**self.args.fsdp_plugin_args)
            if state.mixed_precision != "no":
                state.fsdp_plugin.set_mixed_precision(state.mixed_precision)
            PartialState().distributed_type = state.distributed_type = DistributedType.FSDP
            self.is_fsdp_enabled = True

    def create_scheduler(
        self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None
    ) -> torch.optim.lr_scheduler.LRScheduler:
        """As inherited, over the recipe's passes, of which the run may be the first ones alone."""
        return super().create_scheduler(math.ceil(num_training_steps * self.schedule_share), optimizer)

    @property
    def sharded(self) -> float:
        """Share of the model's tensors that lie in parts in the processes, in [0, 1]."""
        parts = [isinstance(parameter, DTensor) for parameter in self.model.parameters()]
        return sum(parts) / len(parts)

    def whole_adapter(self) -> dict[str, torch.Tensor] | None:
        """Where weights are sharded, the adapter's put together, in every process; else None."""
        if not self.is_fsdp_enabled:
            return None
        learned = ((name, p) for name, p in self.model.named_parameters() if p.requires_grad)
        return {name: p.full_tensor().cpu() if isinstance(p, DTensor) else p for name, p in learned}

    def training_step(
        self, model: torch.nn.Module, inputs: dict[str, Any], *rest: Any, **more: Any
    ) -> torch.Tensor:
        """As inherited, and counts the tokens."""
        self.throughput.add(inputs["input_ids"].numel() * self.args.world_size)
        return super().training_step(model, inputs, *rest, **more)

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Mean negative log-likelihood of the labelled tokens; the head projects only positions that have a label."""
        if not self.levers.compact_head or inputs["input_ids"].shape[0] != 1:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        labels = inputs["labels"][0, 1:]
        positions = (labels != IGNORED).nonzero().flatten()
        known = {name: value for name, value in inputs.items() if name != "labels"}
        outputs = model(**known, use_cache=False, logits_to_keep=positions)
        # A view of the only row: taking row 0 would fill and add a second array of the logits' size going back.
        logits, wanted = outputs.logits.flatten(0, 1).float(), labels[positions]
        count = max(1, len(positions)) if num_items_in_batch is None else num_items_in_batch
        loss = cross_entropy(logits, wanted, reduction="sum") / count
        self._note(logits.detach(), wanted, inputs["input_ids"].numel())
        if self.args.average_tokens_across_devices and num_items_in_batch is not None:
            loss = loss * self.accelerator.num_processes
        return (loss, outputs) if return_outputs else loss

    def _note(self, logits: torch.Tensor, wanted: torch.Tensor, tokens: int) -> None:
        mode = "train" if self.model.training else "eval"
        if len(wanted):
            self._metrics[mode]["mean_token_accuracy"].append(
                (logits.argmax(-1) == wanted).float().mean().item()
            )
        if mode == "train":
            self._total_train_tokens += tokens * self.args.world_size
        self._metrics[mode]["num_tokens"] = [self._total_train_tokens]

    def prediction_step(self, model: torch.nn.Module, inputs: dict[str, Any], *rest: Any, **more: Any) -> Any:
        """As inherited, and adds up likelihood and labelled tokens for an exact mean over tokens."""
        labelled = float((inputs["labels"][:, 1:] != IGNORED).sum())
        result = super().prediction_step(model, inputs, *rest, **more)
        self._nll += float(result[0]) * labelled
        self._labelled += labelled
        return result

    def evaluation_loop(self, *known: Any, metric_key_prefix: str = "eval", **more: Any) -> EvalLoopOutput:
        """As inherited, with a loss that is the mean over labelled tokens, and its perplexity."""
        self._nll = self._labelled = 0.0
        output = super().evaluation_loop(*known, metric_key_prefix=metric_key_prefix, **more)
        sums = torch.tensor(
            [self._nll, self._labelled],
            dtype=torch.float64 if not torch.cuda.is_available() else torch.float32,
        )
        nll, labelled = self.accelerator.reduce(sums.to(self.args.device), "sum").tolist()
        output.metrics.update(_losses(metric_key_prefix, nll, labelled))
        return output

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Validate every kind, then state the loss over all of them as `eval_loss`."""
        if eval_dataset is not None or not isinstance(self.eval_dataset, dict):
            found: dict[str, float] = super().evaluate(eval_dataset, ignore_keys, metric_key_prefix)
            return found
        self.throughput.stop()
        metrics = super().evaluate(None, ignore_keys, metric_key_prefix)
        tokens = {kind: metrics[f"{metric_key_prefix}_{kind}_labelled_tokens"] for kind in self.eval_dataset}
        nll = sum(metrics[f"{metric_key_prefix}_{kind}_loss"] * count for kind, count in tokens.items())
        overall = _losses(metric_key_prefix, nll, sum(tokens.values()))
        self.log(dict(overall))
        self.throughput.start()
        found = metrics | overall
        return found

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add speed to training entries."""
        if "loss" in logs:
            logs["tokens_per_second"] = self.throughput.tokens_per_second
            logs["utilisation"] = self.throughput.utilisation
        super().log(logs, start_time)


def _losses(prefix: str, nll: float, labelled: float) -> dict[str, float]:
    loss = nll / max(1.0, labelled)
    return {
        f"{prefix}_loss": loss,
        # e^50 stands for "hopeless" where exp would overflow
        f"{prefix}_perplexity": math.exp(min(loss, 50.0)),
        f"{prefix}_labelled_tokens": labelled,
    }
