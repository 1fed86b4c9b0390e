"""From per-item results to a report: comparisons by kind, directions that can hurt, confusion, plain words."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import Any

from medai_assets.evaluation.directions import comparison_row, measure_directions, with_options
from medai_assets.evaluation.gate import judge
from medai_assets.evaluation.items import Answered
from medai_assets.evaluation.plain_words import CAUTION, NAMES, plain_words
from medai_assets.evaluation.scorers import SCORINGS
from medai_assets.evaluation.statistics import Comparison, change_fields, compare
from medai_assets.evaluation.written import WRITTEN
from medai_assets.foundation.vocabularies import TRIAGE_LEVELS
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.instructions.scoring.detectors import triage_level


def comparisons(items: list[Answered], choices: list[Answered], seed: int) -> dict[str, Comparison]:
    """Tuned against base for each kind's task score, each benchmark, and those with options together."""
    found = {}
    for kind in KINDS:
        rows = [i for i in items if i["kind"] == kind]
        if rows:
            found[kind] = compare([r["base_score"] for r in rows], [r["tuned_score"] for r in rows], seed)
    for name in sorted({c["benchmark"] for c in choices}):
        rows = [c for c in choices if c["benchmark"] == name]
        found[f"benchmark {name}"] = compare(
            [r["base_score"] for r in rows], [r["tuned_score"] for r in rows], seed
        )
    if together := with_options(choices):
        found["benchmarks"] = compare(
            [c["base_score"] for c in together], [c["tuned_score"] for c in together], seed
        )
    return found


def _score_name(what: str) -> str:
    written = WRITTEN.get(what.removeprefix("benchmark "))
    return SCORINGS[what].score_name if what in SCORINGS else written.score_name if written else "accuracy"


def loss_rows(items: list[Answered], seed: int) -> list[dict[str, Any]]:
    """Held-out loss a token (nats) and perplexity by kind, both models, with a paired comparison over items.

    Only items whose loss was measured count.
    """
    rows = []
    measured = [i for i in items if i.get("tokens")]
    for kind in [*KINDS, "all"]:
        chosen = [i for i in measured if kind in ("all", i["kind"])]
        if not chosen:
            continue
        tokens = sum(i["tokens"] for i in chosen)
        base, tuned = (sum(i[f"{w}_nll"] for i in chosen) / tokens for w in ("base", "tuned"))
        paired = compare(
            [i["base_nll"] / i["tokens"] for i in chosen],
            [i["tuned_nll"] / i["tokens"] for i in chosen],
            seed,
        )
        rows.append(
            {"kind": kind, "items": len(chosen), "tokens": tokens, "base_loss": base, "tuned_loss": tuned,
             "base_perplexity": math.exp(base), "tuned_perplexity": math.exp(tuned), "low": paired.low, "high": paired.high,
             "p_value": paired.p_value} | change_fields(paired.change(higher_is_better=False))
        )  # fmt: skip
    return rows


def confusion(items: list[Answered], which: str) -> dict[str, dict[str, int]]:
    """Triage levels: the source's in rows, the answer's in columns ("none" where it states none)."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        if "level" in KINDS[item["kind"]].values:
            table[item["labels"]["level"]][triage_level(item[f"{which}_answer"]) or "none"] += 1
    return {level: {c: table[level][c] for c in (*TRIAGE_LEVELS, "none")} for level in TRIAGE_LEVELS}


def build_report(
    items: list[Answered], choices: list[Answered], facts: dict[str, Any], seed: int
) -> dict[str, Any]:
    """The whole report as JSON data; ``facts`` are carried through (versions, limits, durations).

    With ``names`` among them (as ``plain_words.NAMES``) the two models are called so wherever a person reads of them.
    """
    summary = [
        {"what": name, "score": _score_name(name)} | comparison_row(found)
        for name, found in comparisons(items, choices, seed).items()
    ]
    losses = loss_rows(items, seed)
    directions = measure_directions(items, choices, seed)
    gate = judge(directions)
    per_kind = facts.get("limits", {}).get("per_kind")
    return {
        **facts,
        "summary": summary,
        "losses": losses,
        "directions": directions,
        "triage_confusion": {which: confusion(items, which) for which in ("base", "tuned")},
        "behaviour": _behaviour(items),
        "examples": verdict_examples(items),
        "gate": gate,
        "plain_words": plain_words(
            summary, directions, losses, gate, per_kind, facts.get("names", NAMES)["than"]
        ),
        "caution": CAUTION,
    }


def _behaviour(items: list[Answered]) -> dict[str, dict[str, float]]:
    return {
        which: {
            name: round(sum(i[f"{which}_{name}"] for i in items) / len(items), 4)
            for name in ("words", "faithfulness", "repetition")
        }
        for which in ("base", "tuned")
    }


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
