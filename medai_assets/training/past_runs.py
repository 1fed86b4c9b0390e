"""How fast a recipe trained on this machine before: what a dry run says instead of guessing.

What belongs here: which stored runs count as the same recipe on the same machine, and their middle speed. No torch.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medai_assets.storage import Receipt, Store
    from medai_assets.training.machine import Machine
    from medai_assets.training.recipe import Recipe

# The fields that decide how long a token and a validation take; learning rate, seed, epochs and the like do not.
_DECIDING = (
    "hub_id", "method", "rank", "dora", "target_modules", "trained_layers", "batch_size", "accumulation", "max_length", "packing",
    "evaluations", "max_eval_examples", "precision", "checkpointing", "attention", "fused_kernels", "threads",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PastRuns:
    """What earlier runs of a recipe took on a machine; medians over the runs."""

    count: int
    tokens_per_second: float
    other_seconds: float  # of a run, outside its training steps: loading, validating, storing


def past_runs(store: Store, recipe: Recipe, machine: Machine) -> PastRuns | None:
    """Whole runs of the recipe on such a machine whose receipts are kept; None when there are none."""
    timings = list(_timings(store, recipe, machine))
    if not timings:
        return None
    return PastRuns(
        len(timings),
        median(timing["tokens_per_second"] for timing in timings),
        median(timing["total_seconds"] - timing["training_seconds"] for timing in timings),
    )


def _timings(store: Store, recipe: Recipe, machine: Machine) -> Iterator[Mapping[str, Any]]:
    wanted = recipe.model_dump(mode="json", include=set(_DECIDING))
    for receipt in store.receipts("lora_adapter", recipe.name):
        timing = receipt.metadata.get("timing", {})
        # A resumed run was timed from where it went on; one that was finished already trained nothing.
        whole = timing.get("tokens_per_second", 0) > 0 and not receipt.metadata.get("resumed")
        if whole and timing["machine"].startswith(f"{machine.hardware} ("):
            values = _recipe_values(store, receipt)
            if all(values.get(name) == value for name, value in wanted.items()):
                yield timing


def _recipe_values(store: Store, receipt: Receipt) -> dict[str, Any]:
    """The recipe that a run was made by; empty when that version is no longer kept."""
    for used in receipt.inputs:
        if used.asset == "training_recipe" and store.holds(used.asset, used.partition, used.data_version):
            stored = store.open(used.asset, used.partition, used.data_version)
            found: dict[str, Any] = json.loads(stored.read("values.json"))
            return found
    return {}
