"""Which examples a model really learned: those whose tokens entered an optimizer step up to the weights that are kept.

What belongs here: observing the batches while they are trained on, and carrying the count through checkpoints.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import torch
from accelerate.utils import gather_object
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import ExportableState

BATCH_KEY = "examples"
Collator = Callable[[list[dict[str, Any]]], dict[str, Any]]


class ExamplesFed(TrainerCallback, ExportableState):
    """Notes the examples of every optimizer step, as positions in the training table.

    Packing reorders examples and joins several into a row, so they are recognised by their tokens where a batch is
    put together; two examples of the same tokens both count. The notes are part of the trainer's state, so that a
    checkpoint holds exactly those up to its own step and a resumed run goes on from them.
    """

    def __init__(self, table: pa.Table) -> None:
        self.steps: list[list[int]] = []  # by optimizer step
        self._pending: list[int] = []
        self._positions: dict[bytes, list[int]] = {}
        for position, tokens in enumerate(table["input_ids"].to_pylist()):
            self._positions.setdefault(_key(tokens), []).append(position)

    def collating(self, collate: Collator) -> Collator:
        """The training collator, whose batches also say which examples they hold."""

        def named(rows: list[dict[str, Any]]) -> dict[str, Any]:
            held = [position for row in rows for part in _examples(row) for position in self._positions[part]]
            return {**collate(rows), BATCH_KEY: torch.tensor(held)}

        return named

    def note(self, batch: dict[str, Any]) -> None:
        """Take the examples out of a batch that a forward and backward pass is made over."""
        self._pending += batch.pop(BATCH_KEY).tolist()

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        if state.global_step:
            self.steps = state.stateful_callbacks[type(self).__name__]["attributes"]["steps"]

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self.steps.append(sorted(gather_object(self._pending)))
        self._pending = []

    def state(self) -> dict[str, Any]:
        return {"args": {}, "attributes": {"steps": self.steps}}

    def times(self, step: int) -> Counter[int]:
        """How often each example, by its position, had been learned from after a step."""
        return Counter(position for fed in self.steps[:step] for position in fed)


def _key(tokens: list[int]) -> bytes:
    return array("i", tokens).tobytes()


def _examples(row: Mapping[str, Any]) -> Iterator[bytes]:
    """The examples of a row; a row that is not packed is one."""
    start = 0
    for length in row.get("seq_lengths") or [len(row["input_ids"])]:
        yield _key(row["input_ids"][start : start + length])
        start += length
