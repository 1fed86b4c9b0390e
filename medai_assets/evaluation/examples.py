"""A few items of every verdict, with both answers, so that a reader can judge the judge."""

from __future__ import annotations

from typing import Any

from medai_assets.evaluation.items import Answered
from medai_assets.foundation.vocabularies import KINDS

OF_EACH = 1  # items a verdict
MOST_OF_A_KIND = 6


def verdict_examples(items: list[Answered]) -> list[dict[str, Any]]:
    """By kind, the first item of each pair of verdicts (base's and tuned's), those that moved first.

    Each names the example, passages and records behind it.
    """
    chosen = []
    for kind in KINDS:
        seen: dict[tuple[str, str], int] = {}
        rows = sorted(
            (i for i in items if i["kind"] == kind),
            key=lambda i: -abs(i["tuned_score"] - i["base_score"]),
        )
        taken: list[Answered] = []
        for item in rows:
            verdicts = (_class(item, "base"), _class(item, "tuned"))
            seen[verdicts] = seen.get(verdicts, 0) + 1
            if seen[verdicts] <= OF_EACH and len(taken) < MOST_OF_A_KIND:
                taken.append(_row(item))
        chosen += taken
    return chosen


def _class(item: Answered, which: str) -> str:
    """The verdict's code, and the score as high, middling or low."""
    score = item[f"{which}_score"]
    band = "high" if score >= 2 / 3 else "middling" if score >= 1 / 3 else "low"
    return f"{item[f'{which}_verdict']} {band}"


def _row(item: Answered) -> dict[str, Any]:
    shown = {name: item[name] for name in ("kind", "example_id", "prompt", "passage_ids")}
    shown |= {"reference": item["completion"], "records": [o["record_id"] for o in item["origins"]]}
    for which in ("base", "tuned"):
        shown |= {
            f"{which}_{name}": item[f"{which}_{name}"]
            for name in ("answer", "score", "verdict", "verdict_words")
        }
    return shown
