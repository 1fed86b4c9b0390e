"""The report in a few Markdown sentences that a reader without statistics understands.

They stand at the top of the report and, the same, on its asset's page and in the model card.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from medai_assets.evaluation.statistics import Change
from medai_assets.foundation.vocabularies import KINDS

CAUTION = "These scores compare two language models on held-out text. They say nothing about clinical safety."
# What the two models of a report are called, and what the second is held against.
NAMES = {"base": "base", "tuned": "tuned", "than": "its base"}
PREFERENCES = {"base": "before", "tuned": "after", "than": "before it learned preferences"}
Rows = Sequence[Mapping[str, Any]]


def plain_words(
    summary: Rows,
    directions: Rows,
    losses: Rows,
    gate: Mapping[str, Any],
    per_kind: int | None = None,
    than: str = NAMES["than"],
) -> str:
    """What is better, what is worse, what cannot be told, what to watch, and how much could have been seen.

    Args:
        per_kind: so many items of each kind were wanted; kinds that have fewer are named.
        than: what the tuned model is held against.
    """
    lines = [*_changes(summary, directions, than), *_loss(losses)]
    if gate["warnings"]:
        lines.append(f"**Warning:** {'; '.join(gate['warnings'])}.")
    return "\n\n".join([*lines, *_power(directions), *_few(summary, per_kind), f"_{CAUTION}_"])


def _changes(summary: Rows, directions: Rows, than: str) -> list[str]:
    by_change: dict[str, list[str]] = defaultdict(list)
    for row in summary:
        by_change[row["change"]].append(_rate_phrase(row["what"].replace("_", " "), row))
    for row in directions:
        # What is unclear in a direction is a warning or of no weight; the benchmarks stand in the summary.
        if row["items"] and row["change"] != Change.UNCLEAR and row["code"] != "benchmark_wrong":
            by_change[row["change"]].append(_rate_phrase(row["name"], row))
    titles = (
        (Change.BETTER, f"Better than {than}"),
        (Change.WORSE, f"Worse than {than}"),
        (Change.UNCLEAR, "No significant change"),
    )
    return [f"**{title}:** {'; '.join(by_change[change])}." for change, title in titles if by_change[change]]


def _rate_phrase(name: str, row: Mapping[str, Any]) -> str:
    return f"{name} ({row['base']:.0%} → {row['tuned']:.0%}, {row['items']} items)"


def _loss(losses: Rows) -> list[str]:
    whole = next((row for row in losses if row["kind"] == "all"), None)
    if whole is None:
        return []
    kinds = [row for row in losses if row["kind"] != "all"]
    better = sum(row["change"] == Change.BETTER for row in kinds)
    return [
        f"Held-out perplexity {whole['base_perplexity']:.1f} → {whole['tuned_perplexity']:.1f}; "
        f"the loss of the sources' own answers is significantly lower on {better} of {len(kinds)} kinds."
    ]


def _power(directions: Rows) -> list[str]:
    """How large a rise of harm the items could have shown."""
    guarded = [row for row in directions if row["guards"] and row["items"]]
    shown = [
        f"{row['name']}, {100 * row['detectable']:.0f} points ({row['items']} items)"
        for row in guarded
        if row["detectable"] is not None
    ]
    hidden = [f"{row['name']} ({row['items']} items)" for row in guarded if row["detectable"] is None]
    lines = []
    if shown:
        lines.append(
            "How much could have been seen: a rise of harm is called significant four times in five when it truly is at least so "
            f"large: {'; '.join(shown)}. A smaller one can pass unseen."
        )
    if hidden:
        lines.append(
            f"With so few items, or such equal ones, no rise can be named that would be seen: {'; '.join(hidden)}."
        )
    return lines


def _few(summary: Rows, per_kind: int | None) -> list[str]:
    """Kinds of which fewer items than wanted are held out."""
    few = [
        f"{row['what'].replace('_', ' ')} ({row['items']})"
        for row in summary
        if row["what"] in KINDS and row["items"] < (per_kind or 0)
    ]
    return (
        [f"Asked were all held-out items of kinds that have fewer than {per_kind}: {'; '.join(few)}."]
        if few
        else []
    )
