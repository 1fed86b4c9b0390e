"""Forgetting proved: the adapter made after a withdrawal, asked what the withdrawn record had taught the one before.

What belongs here: the comparison, and what another seed alone changes in it. That the new adapter was given none of the
record's examples is known from its own table; this says what it still knows, and how sure one can be.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from medai_assets.influence.learned_set import LearnedSet
from medai_assets.influence.likelihood import (
    TokenisedAnswer,
    load_adapter,
    log_likelihoods,
    tokenise_examples,
)
from medai_assets.influence.prove import LEAST_SEEDS, Interval, judged, next_interval
from medai_assets.influence.retrain import Retraining
from medai_assets.training.errors import TrainingError

CONTROLS = 30  # most examples that both adapters learned


class Forgetting(msgspec.Struct, frozen=True, kw_only=True):
    """Mean log-likelihood, in nats a token, of the answers that a record taught.

    ``interval`` is where the next adapter that never met the record is expected (95 %), from ``seeds``: adapters trained like
    the one after with other seeds. ``others`` are answers that both adapters learned.
    """

    record: str
    examples: int
    withdrawn: bool  # else the one after was trained in scratch, as a withdrawal would have it
    base: float
    before: float
    after: float
    seeds: list[float]
    interval: Interval | None
    others_before: float
    others_after: float

    @property
    def verdict(self) -> str:
        """What may be concluded, in sentences."""
        if len(self.seeds) < LEAST_SEEDS or self.interval is None:
            return f"No conclusion is drawn from fewer than {LEAST_SEEDS} seeds."
        low, high = self.interval
        knew = (
            "The earlier adapter had learned it: its likelihood is above what seeds alone give an adapter that never met it."
            if self.before > high
            else "Its likelihood under the earlier adapter is within what seeds alone change, so no forgetting can be shown."
        )
        gone = (
            "The new adapter is within the range of adapters that never met the record."
            if low <= self.after <= high
            else "The new adapter is outside the range of adapters that never met the record."
        )
        return f"{knew} {gone}"


def forgetting(
    record: str,
    before: LearnedSet,
    after: LearnedSet | None,
    retrain: Callable[[LearnedSet], Retraining],
    seeds: int,
    tell: Callable[[str], None],
) -> Forgetting:
    """Compare two adapters, and others that differ from the second by their seed alone.

    Args:
        before: learned the record.
        after: the adapter made since, which did not; none = it is trained in scratch on what was learned before, without
            the record.

    Raises:
        TrainingError: no example of the one before rests on the record alone, or a training cannot be done.
    """
    from medai_assets.serving.load import load_tokenizer

    taught = before.resting_on([record])
    if not taught:
        raise TrainingError(
            f"No learned example rests on {record} alone: other records say the same and still teach it",
            "Choose a record that `medai influence` lists with examples of its own.",
        )
    tokenizer = load_tokenizer(before.adapter.local_path())
    texts = tokenise_examples(before.texts, tokenizer, before.recipe.max_length)
    both = set(after.notes if after else before.notes) - set(taught)
    others = [key for key in sorted(texts) if key in both][:CONTROLS]
    asked = [texts[key] for key in [*taught, *others]]

    source, without = (after, []) if after else (before, taught)
    retraining, first = retrain(source), source.recipe.seed
    tell("the adapter before")
    heard_before = _halves(judged(before, before.adapter.local_path(), asked), len(taught))
    place = after.adapter.local_path() if after else retraining.adapter(without, first)
    tell("the adapter after")
    heard_after = _halves(judged(source, place, asked), len(taught))
    found = []
    for seed in range(first + 1, first + 1 + seeds):
        tell(f"seed {seed}: training without the record")
        found.append(float(np.mean(judged(source, retraining.adapter(without, seed), asked[: len(taught)]))))
    return Forgetting(
        record=record, examples=len(taught), withdrawn=after is not None,
        base=_of_base(before, place, asked[: len(taught)]),
        before=heard_before[0], after=heard_after[0], seeds=found, interval=next_interval(found),
        others_before=heard_before[1], others_after=heard_after[1],
    )  # fmt: skip


def _halves(values: list[float], first: int) -> tuple[float, float]:
    """Means of the first so many and of the others; of no others, not a number."""
    return float(np.mean(values[:first])), float(np.mean(values[first:])) if values[first:] else float("nan")


def _of_base(learned: LearnedSet, adapter_dir: Path, asked: list[TokenisedAnswer]) -> float:
    model = load_adapter(learned.base_dir, adapter_dir, learned.recipe)
    with model.disable_adapter():
        return float(np.mean(log_likelihoods(model, asked)))
