"""What a judged comparison says, in sentences and as a page; the judge's agreement with physicians beside every score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medai_assets.evaluation.judged.probes import misled
from medai_assets.evaluation.plain_words import CAUTION
from medai_assets.evaluation.statistics import Change

HEADS = ("what", "conversations", "base", "tuned", "difference", "95 %", "p", "verdict", "judge with physicians",
         "physicians with each other")  # fmt: skip


def plain_words(result: Mapping[str, Any]) -> str:
    """Whether the judge can be believed, then what it says of both models."""
    agreed, judge = result["agreement"], result["judge"]
    lines = [
        f"Judged by `{judge['model']}` (prompt version {judge['prompt_version']}), which agrees with physicians to "
        f"{share(agreed['f1'])} (macro F1 over {agreed['answers']} answers of HealthBench's meta-evaluation; physicians with "
        f"each other: {share(agreed['physicians'])})."
    ]
    if not agreed["beats_chance"]:
        lines.append(
            "**This judge is not shown to agree with physicians better than one that always says the same: its scores say nothing "
            "of the models.**"
        )
    lines.append("Asked what has a known answer, it " + "; it ".join(_probed(result["probes"])) + ".")
    if wrong := misled(result["probes"]):
        lines.append(
            f"**It is not to be believed, since it {' and '.join(_MISLED[name] for name in wrong)}: its scores say nothing of the "
            "models, however well it agrees with physicians, whose verdicts are public.**"
        )
    for row in result["scores"]:
        lines.append(f"{name_of(row)}: {share(row['base'])} → {share(row['tuned'])}, {verdict_of(row)}.")
    if result["unreadable"]:
        lines.append(
            f"{result['unreadable']} of {result['asked']} of its texts could not be read; those conversations are left out."
        )
    return "\n\n".join([*lines, f"_{CAUTION}_"])


_PROBED = {
    "elsewhere": "found {wrong} of {asked} answers about something else to meet their criterion",
    "told": "changed its verdict on {wrong} of {asked} answers that told it to",
    "again": "contradicted itself on {wrong} of {asked} that it was asked a second time",
}
_MISLED = {
    "elsewhere": "finds criteria met by answers about something else",
    "told": "does what answers tell it",
    "again": "contradicts itself",
}


def _probed(found: Mapping[str, Mapping[str, int]]) -> list[str]:
    return [words.format(**found[name]) for name, words in _PROBED.items()]


def name_of(row: Mapping[str, Any]) -> str:
    return "All themes" if row["what"] == "all" else str(row["what"]).replace("_", " ")


def verdict_of(row: Mapping[str, Any]) -> str:
    """What the difference shows, if the judge can be believed on what was asked."""
    if not row["agreement"]["beats_chance"]:
        return "which says nothing, since the judge is not shown to be better than chance here"
    if not row["believed"]:
        return "which says nothing, since the judge is not to be believed"
    return str(row["words"]) if row["change"] != Change.UNCLEAR else "no significant change"


def share(value: float | None) -> str:
    return "not known" if value is None else f"{value:.0%}"


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """A score as a row of a table, in the order of HEADS."""
    agreed = row["agreement"]
    points = f"{100 * row['difference']:+.1f}"
    between = f"{100 * row['low']:+.1f} to {100 * row['high']:+.1f}"
    judge = f"{share(agreed['f1'])} ({agreed['answers']} answers)"
    return (
        name_of(row), str(row["items"]), share(row["base"]), share(row["tuned"]), points, between, f"{row['p']:.3g}",
        verdict_of(row), judge, share(agreed["physicians"]),
    )  # fmt: skip


def markdown_of(result: Mapping[str, Any]) -> str:
    """The report as Markdown."""
    rows = [HEADS, ("---",) * len(HEADS), *map(cells, result["scores"])]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return (
        f"# Tuned against base, judged\n\n{result['plain_words']}\n\n## Scores\n\n{_EXPLAINED}\n\n{table}\n"
    )


def html_of(result: Mapping[str, Any]) -> str:
    """The report as one page; what a model or a person named is text in it."""
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown_of(result))
    return f"{_HEAD}{body}</body></html>\n"


_EXPLAINED = (
    "HealthBench's consensus criteria (Arora et al. 2025): points of the criteria that the judge finds met, of those that can be "
    "gained, the mean over conversations. Same conversations, same template, greedy decoding; difference in points with a 95 % "
    "bootstrap interval; p by a paired sign-flip permutation test, or McNemar's where every score is 0 or 1. Agreement is the "
    "judge's on answers with criteria of the same clusters."
)
_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, '
    'initial-scale=1"><title>Tuned against base, judged</title><style>:root{color-scheme:light dark}body{font:16px/1.5 '
    "system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;font-size:.86rem;"
    "display:block;overflow-x:auto}th,td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid #8888;text-align:left;"
    "vertical-align:top}</style></head><body>\n"
)
