"""The verdict on an answer: a score, an outcome whose code everything counts by, and the words beside it for people.

Report, gate, pictures and pages read codes; words are read by people only, so that rewording one changes no number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """What an answer did, as far as its scorer can tell.

    Attributes:
        code: what it is called in data.
        words: for a person; filled with a verdict's details.
    """

    code: str
    words: str


class Verdict(NamedTuple):
    """Score in [0, 1], what the answer did, and the details that its words name."""

    score: float
    outcome: Outcome
    details: Mapping[str, Any] = {}

    @property
    def code(self) -> str:
        return self.outcome.code

    @property
    def words(self) -> str:
        return self.outcome.words.format(**self.details)


Scorer = Callable[[str, str, Mapping[str, Any]], Verdict]  # of an answer, the reference and its labels
NO_ANSWER = Outcome("no_answer", "no answer")


def judged(scorer: Scorer, answer: str, reference: str, labels: Mapping[str, Any]) -> Verdict:
    """The scorer's verdict; an empty answer scores 0 whatever was asked."""
    return scorer(answer, reference, labels) if answer.strip() else Verdict(0.0, NO_ANSWER)
