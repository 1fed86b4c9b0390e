"""Scores of one answer: by the scorer of its kind, and what is measured of every answer whatever its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medai_assets.evaluation.omissions import omission_rates
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.instructions.scoring.clauses import content_words
from medai_assets.instructions.scoring.verdicts import Verdict, judged

SCORINGS = {name: kind.load("scoring") for name, kind in KINDS.items()}
SCORERS = {name: scoring.score for name, scoring in SCORINGS.items()}


def judge_answer(kind: str, answer: str, reference: str, labels: Mapping[str, Any]) -> Verdict:
    """The verdict on an answer to an item of that kind.

    Args:
        reference, labels: the held-out example's own completion and labels, which come from the source passage.
    """
    return judged(SCORERS[kind], answer, reference, labels)


def measured(which: str, item: Mapping[str, Any], text: str) -> dict[str, Any]:
    """One model's answer to an item with all that is measured of it, each name led by ``which`` model it is.

    Args:
        item: its kind, prompt, completion and labels.
    """
    verdict = judge_answer(item["kind"], text, item["completion"], item["labels"])
    omitted = omission_rates(text, item["completion"])
    return {
        f"{which}_answer": text,
        f"{which}_score": verdict.score,
        f"{which}_verdict": str(verdict.code),
        f"{which}_verdict_words": verdict.words,
        f"{which}_words": len(text.split()),
        f"{which}_faithfulness": faithfulness(text, f"{item['prompt']} {item['completion']}"),
        f"{which}_repetition": repetition(text),
        **{f"{which}_{severity}_omitted": share for severity, share in omitted.items()},
    }


def faithfulness(answer: str, source: str) -> float:
    """Share of the answer's content words and numbers that stand in the source text; 1.0 for an empty answer."""
    words = content_words(answer)
    known = set(content_words(source))
    return sum(w in known for w in words) / len(words) if words else 1.0


def repetition(answer: str) -> float:
    """Share of word 4-grams that occurred before in the same answer."""
    words = answer.lower().split()
    grams = [tuple(words[i : i + 4]) for i in range(len(words) - 3)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0
