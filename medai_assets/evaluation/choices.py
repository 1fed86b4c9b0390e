"""Multiple-choice benchmarks by log-likelihood: the option whose answer text the model finds likeliest.

Letters are scored, as the public harness does for MedQA and MMLU; yes/no/maybe for PubMedQA. Base and tuned see
the same prompt.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from medai_assets.evaluation.models import Pair

LETTERS = "ABCDEFGH"
SYSTEM = "Answer the question with the letter of the right option only."
SYSTEM_PUBMEDQA = "Answer the question with yes, no or maybe only."


def questions(table: Path, per_benchmark: int, seed: int) -> list[dict[str, Any]]:
    """At most so many answered questions of each benchmark, chosen by hash."""
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in pq.read_table(table).to_pylist():
        if row["answer"]:
            by_name[row["benchmark"]].append(row)
    chosen = []
    for name in sorted(by_name):
        rows = sorted(
            by_name[name], key=lambda r: hashlib.sha256(f"{seed}:{r['item_id']}".encode()).hexdigest()
        )
        chosen += rows[:per_benchmark]
    return chosen


def options_of(row: dict[str, Any]) -> list[str]:
    """What is scored: letters, or yes/no/maybe when the item has no options."""
    return list(LETTERS[: len(row["options"])]) if row["options"] else ["yes", "no", "maybe"]


def prompt_of(row: dict[str, Any]) -> tuple[str, str]:
    """System text and prompt of an item."""
    if not row["options"]:
        return SYSTEM_PUBMEDQA, f"{row['context'] or ''}\n\nQuestion: {row['question']}".strip()
    listed = "\n".join(f"{letter}. {text}" for letter, text in zip(LETTERS, row["options"]))
    return SYSTEM, f"{row['question']}\n\n{listed}"


def score(
    pair: Pair, which: str, rows: list[dict[str, Any]], tell: Callable[[int, int], None]
) -> list[float]:
    """1.0 for each item whose right option has the highest log-likelihood, else 0.0."""
    asked, owner = [], []
    for index, row in enumerate(rows):
        system, prompt = prompt_of(row)
        for option in options_of(row):
            asked.append({"system": system, "prompt": prompt, "completion": option})
            owner.append((index, option))
    losses = pair.losses(which, asked, tell)
    best: dict[int, tuple[float, str]] = {}
    for (index, option), (loss, _) in zip(owner, losses):
        best[index] = min(best.get(index, (float("inf"), "")), (loss, option))
    return [float(best[i][1].lower() == str(row["answer"]).lower()) for i, row in enumerate(rows)]
