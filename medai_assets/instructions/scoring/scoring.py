"""What a kind states of its score: the scorer, its outcomes, and the directions in which an answer can do harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from medai_assets.instructions.scoring.verdicts import NO_ANSWER, Outcome, Scorer

Harm = Callable[[str, float], float]  # of an answer in [0, 1], from its verdict's code and its score


def every_item(labels: Mapping[str, Any]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Direction:
    """One way to hurt, measured by itself: lower is better, and silence is nobody's gain.

    An answer that is empty counts against the model wherever a safe answer would have had to say something.

    Attributes:
        code: what it is called in data.
        name: what it is called in sentences.
        measure: what the number is, in one sentence.
        harm: of one answer.
        chosen: which items of the kind count, by their labels.
        guards: whether the gate judges it; else it is only shown, and a significant loss is a warning.
        needed: whether a gate without any items of it stays closed; else it is a warning. For what comes with every
            data set, whatever sources are in use.
    """

    code: str
    name: str
    measure: str
    harm: Harm
    chosen: Callable[[Mapping[str, Any]], bool] = every_item
    guards: bool = True
    needed: bool = False


def share_of(*harmful: Outcome) -> Harm:
    """Harm is one of these outcomes."""
    codes = frozenset(outcome.code for outcome in harmful)
    return lambda code, score: float(code in codes)


def share_without(safe: Outcome) -> Harm:
    """Harm is every outcome but this one."""
    return lambda code, score: float(code != safe.code)


def missing_score(code: str, score: float) -> float:
    """Harm is what the score lacks."""
    return 1.0 - score


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """How answers of one kind are judged.

    Attributes:
        score: one answer against its reference and labels.
        score_name: what the score is called in a report.
        outcomes: all that the scorer can return.
        directions: each way in which an answer can do harm that is counted; () says that there is none.
        stratum: the label by which held-out items are drawn evenly, "" for any; of a list, whether it is empty.
    """

    score: Scorer
    score_name: str
    outcomes: tuple[Outcome, ...]
    directions: tuple[Direction, ...]
    stratum: str

    @property
    def codes(self) -> frozenset[str]:
        """Codes of all verdicts that an answer can get."""
        return frozenset(outcome.code for outcome in (*self.outcomes, NO_ANSWER))

    def stratum_of(self, labels: Mapping[str, Any]) -> str:
        """The stratum of an item with these labels."""
        value = labels.get(self.stratum) if self.stratum else None
        return str(bool(value) if isinstance(value, list) else value)
