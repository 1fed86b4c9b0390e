"""How much of a reference's words an answer has: the score where nothing more exact is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from medai_assets.instructions.scoring.clauses import all_words, content_words
from medai_assets.instructions.scoring.verdicts import Outcome, Verdict

WORD_OVERLAP = Outcome("word_overlap", "{share:.0%} word overlap with the reference")


def overlap_f1(answer: str, reference: str) -> float:
    """F1 of content words, counted with multiplicity (as SQuAD scores answers; Rajpurkar et al. 2016).

    Two texts without content words ("It is.") are compared by all their words.
    """
    given, wanted = Counter(content_words(answer)), Counter(content_words(reference))
    if not given and not wanted:
        given, wanted = Counter(all_words(answer)), Counter(all_words(reference))
    common = sum((given & wanted).values())
    if not common:
        return 0.0
    precision, recall = common / sum(given.values()), common / sum(wanted.values())
    return 2 * precision * recall / (precision + recall)


def word_overlap(answer: str, reference: str, labels: Mapping[str, Any]) -> Verdict:
    """Overlap of content words with the reference answer."""
    score = overlap_f1(answer, reference)
    return Verdict(score, WORD_OVERLAP, {"share": score})
