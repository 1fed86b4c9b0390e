"""Influence proved by leaving out: the top records' examples against as many random ones, each trained again, over seeds.

What belongs here: which examples are left out, and what the trainings show together.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from scipy import stats

from medai_assets.influence.attribution import Attribution
from medai_assets.influence.learned_set import LearnedSet
from medai_assets.influence.likelihood import TokenisedAnswer, load_adapter, log_likelihoods
from medai_assets.influence.retrain import Retraining
from medai_assets.training.errors import TrainingError

# Student's intervals: a bootstrap of three values never leaves their range, so that three of one sign would always seem certain.
LEAST_SEEDS = 3
LEVEL = 0.95
Interval = tuple[float, float]


def mean_interval(values: Sequence[float]) -> Interval | None:
    """Where the true mean lies (95 %); None of fewer than two values."""
    return _around(values, np.sqrt(1 / len(values))) if len(values) > 1 else None


def next_interval(values: Sequence[float]) -> Interval | None:
    """Where the next value of the same kind is expected (95 %); None of fewer than two values."""
    return _around(values, np.sqrt(1 + 1 / len(values))) if len(values) > 1 else None


def _around(values: Sequence[float], width: float) -> Interval:
    half = stats.t.ppf((1 + LEVEL) / 2, len(values) - 1) * np.std(values, ddof=1) * width
    return float(np.mean(values) - half), float(np.mean(values) + half)


def interval_text(interval: Interval | None) -> str:
    """An interval in words."""
    return "unknown" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"


Tell = Callable[[str], None]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One seed: mean log-likelihood of the answer, in nats a token, after each of three trainings."""

    seed: int
    all_learned: float
    without_top: float
    without_random: float
    random_records: list[str]
    random_examples: int

    @property
    def fell_more(self) -> float:
        """By how much further the likelihood fell without the top records than without random ones."""
        return self.without_random - self.without_top


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What leaving out showed; ``interval`` holds the mean of ``fell_more`` over seeds (95 %), None of one seed."""

    records: list[str]
    examples: int
    trials: list[Trial]
    fell_more: float
    interval: Interval | None

    @property
    def verdict(self) -> str:
        """What may be concluded, in a sentence."""
        if len(self.trials) < LEAST_SEEDS:
            return f"No conclusion is drawn from fewer than {LEAST_SEEDS} seeds."
        if self.interval is not None and self.interval[0] > 0:
            return "So these records did raise it, more than others do."
        return "So it is not shown that these records raised it more than others do."


def prove(
    learned: LearnedSet,
    found: Attribution,
    one: TokenisedAnswer,
    retraining: Retraining,
    most: int,
    seeds: int,
    tell: Tell,
) -> Proof:
    """Leave out the ``most`` records that raised an answer most, and as many random ones, with several seeds.

    Raises:
        TrainingError: no record raised it, no example rests on the top records alone, or a training cannot be done.
    """
    top = [record.name for record in found.records if record.score > 0][:most]
    examples = learned.resting_on(top)
    if not examples:
        raise _nothing_to_leave_out(top)
    trials = []
    for seed in seeds_from(learned.recipe.seed, seeds):
        other = random_records(learned, top, len(examples), seed)
        left_out: dict[str, Sequence[str]] = {
            "all": [], "top": examples, "random": learned.resting_on(other),
        }  # fmt: skip
        heard = {}
        for name, without in left_out.items():
            tell(f"seed {seed}: training without {len(without)} examples ({name})")
            heard[name] = judged(learned, retraining.adapter(without, seed), [one])[0]
        trials.append(
            Trial(
                seed=seed,
                all_learned=heard["all"],
                without_top=heard["top"],
                without_random=heard["random"],
                random_records=other,
                random_examples=len(left_out["random"]),
            )
        )
    return proof_of(top, len(examples), trials)


def _nothing_to_leave_out(top: Sequence[str]) -> TrainingError:
    if not top:
        return TrainingError(
            "No learned record raised the likelihood of this answer, so there is nothing to prove",
            "Ask without --prove to see the scores.",
        )
    return TrainingError(
        f"No learned example rests on {', '.join(top)} alone: other records say the same and would still teach it",
        "Leave out more records with --records.",
    )


def proof_of(records: list[str], examples: int, trials: list[Trial]) -> Proof:
    """What the trials say together."""
    differences = [trial.fell_more for trial in trials]
    return Proof(
        records=records,
        examples=examples,
        trials=trials,
        fell_more=float(np.mean(differences)),
        interval=mean_interval(differences),
    )


def seeds_from(first: int, count: int) -> Iterable[int]:
    """The recipe's own seed, and the ones after it."""
    return range(first, first + count)


def random_records(learned: LearnedSet, but: Sequence[str], examples: int, seed: int) -> list[str]:
    """Records drawn by a seed until as many examples rest on them, so that as much is left out."""
    held = dict(learned.records())
    others = [record for record in held if record not in but]
    others.sort(key=lambda record: hashlib.sha256(f"{seed}:{record}".encode()).hexdigest())
    unchosen = Counter(example_id for examples_of in held.values() for example_id in examples_of)
    chosen: list[str] = []
    left_out = 0
    for record in others:
        if left_out >= examples:
            break
        more = sum(unchosen[example_id] == 1 for example_id in held[record])
        if left_out + more <= examples:
            chosen.append(record)
            left_out += more
            unchosen.subtract(held[record])
    return chosen


def judged(learned: LearnedSet, adapter_dir: Path, several: Sequence[TokenisedAnswer]) -> list[float]:
    """Mean log-likelihood, in nats a token, of each answer by an adapter."""
    model = load_adapter(learned.base_dir, adapter_dir, learned.recipe)
    return log_likelihoods(model, several)
