"""What happens around training steps: early stopping, the expected end, and the clock behind tokens a second."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from medai_assets.training import checkpoints
from medai_assets.training.reporting import Reporter

LINE_INTERVAL = 5.0  # seconds between two log lines


class EarlyStop(TrainerCallback):
    """Ends a run after `patience` validations without a better loss.

    It keeps no state of its own: it counts in the log history, which a checkpoint holds, so that a resumed run ends
    where an uninterrupted one does.
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        losses = [entry["eval_loss"] for entry in state.log_history if "eval_loss" in entry]
        if losses and len(losses) - 1 - losses.index(min(losses)) >= self.patience:
            control.should_training_stop = True


class SealCheckpoints(TrainerCallback):
    """Notes the hashes of each checkpoint once it is written, so that a run goes on from no other bytes."""

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        checkpoints.wait_for_others()  # each writes its own random state
        if state.is_world_process_zero:
            checkpoints.seal(Path(str(args.output_dir)) / f"checkpoint-{state.global_step}")


class Throughput:
    """Tokens a second and model-FLOP utilisation since the process began to train."""

    def __init__(self, flop_per_token: float, peak_flops: float) -> None:
        self.flop_per_token = flop_per_token
        self.peak_flops = peak_flops
        self.tokens = 0
        self.seconds = 0.0
        self._since: float | None = None

    def start(self) -> None:
        self._since = time.perf_counter()

    def stop(self) -> None:
        """Stop counting, for a validation or a checkpoint."""
        if self._since is not None:
            self.seconds += time.perf_counter() - self._since
            self._since = None

    def add(self, tokens: int) -> None:
        self.tokens += tokens

    @property
    def tokens_per_second(self) -> float:
        running = time.perf_counter() - self._since if self._since is not None else 0.0
        elapsed = self.seconds + running
        return self.tokens / elapsed if elapsed else 0.0

    @property
    def utilisation(self) -> float:
        return self.tokens_per_second * self.flop_per_token / self.peak_flops


class ProgressCallback(TrainerCallback):
    """Says how far the run is, how fast, and when it should end."""

    def __init__(self, reporter: Reporter, throughput: Throughput) -> None:
        self.reporter = reporter
        self.throughput = throughput
        self._began: float | None = None  # of the first step, when what is judged before it is done
        self._first_step = 0
        self._last_line = float("-inf")

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._first_step = state.global_step
        self.throughput.start()

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._began = self._began or time.perf_counter()

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl,
        logs: dict[str, float] | None = None, **_: Any,
    ) -> None:  # fmt: skip
        if not logs or "loss" not in logs:
            if logs and "eval_loss" in logs:
                self.reporter.say(f"step {state.global_step}: validation loss {logs['eval_loss']:.4f}")
            return
        step, total = state.global_step, state.max_steps
        self.reporter.progress(step, total, "steps")
        now = time.perf_counter()
        if now - self._last_line < LINE_INTERVAL and step != total:
            return
        self._last_line = now
        left = (now - (self._began or now)) / max(1, step - self._first_step) * (total - step)
        speed = (
            f"{self.throughput.tokens_per_second:,.0f} tokens/s, {self.throughput.utilisation:.0%} of the machine's peak, "
            if self.throughput.tokens  # learning preferences counts none
            else ""
        )
        self.reporter.say(f"step {step}/{total}: loss {logs['loss']:.4f}, {speed}{_duration(left)} left")


class TrackioTags(TrainerCallback):
    """Trackio has no tags: they become values of its run's configuration, once its own callback has begun the run."""

    def __init__(self, tags: Mapping[str, str]) -> None:
        self.tags = dict(tags)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        import trackio

        if state.is_world_process_zero:
            trackio.config.update(self.tags, allow_val_change=True)


def tracker_callbacks(names: Collection[str], tags: Mapping[str, str]) -> list[TrainerCallback]:
    """What trackers need beside transformers' own callbacks."""
    return [TrackioTags(tags)] if "trackio" in names else []


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
