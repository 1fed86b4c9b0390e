"""What withdrawals, benchmark questions and settings must be like for others to build on them.

Plain functions, each of which names in words what is wrong; nothing named, nothing wrong. They are shown as asset checks
(``assets/checks.py``), and judge what was stored, not the file that it came from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from medai_assets.foundation.vocabularies import AUDIENCES, KINDS
from medai_assets.reviews.history import FAULTS
from medai_assets.sources.registry import SOURCES, is_record_id

WITHDRAWAL_KINDS = ("retraction", "deletion", "superseded", "take_down")
COMMIT = re.compile(r"[0-9a-f]{40}")
POLICY_SETTINGS = {"licence_policy", "own_licences", "near_duplicate_jaccard", "benchmark_ngram"}
LEAST_JACCARD = 0.3  # below, passages that share no more than their subject are one
# Words: PaLM's authors looked for runs of 8, GPT-3's of 13; beyond 50 most whole questions would pass.
NGRAM = (8, 50)
AUTHORED = "authored"  # source of what a person wrote for the project


def unknown_records(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Withdrawals whose record id is of no source's form."""
    return [repr(row["record_id"]) for row in rows if not is_record_id(row["record_id"])]


def unaccounted(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Withdrawals that do not say why or who says so, and take-downs that do not say when.

    Upstreams date their retractions, and not all of their deletions.
    """
    wrong = []
    for row in rows:
        lacks = [word for word in ("reason", "reported_by") if not str(row[word] or "").strip()]
        if row["kind"] == "take_down" and not row["reported_at"]:
            lacks.append("reported_at")
        if row["kind"] not in WITHDRAWAL_KINDS:
            lacks.append(f"a known kind (it has {row['kind']!r})")
        if lacks:
            wrong.append(f"{row['record_id']} lacks {', '.join(lacks)}")
    return wrong


def unknown_verdicts(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Verdicts on examples that are neither an approval nor a known fault."""
    known = {("approve", ""), *(("fault", fault) for fault in FAULTS)}
    return [
        f"{row['example_id']}: {row['verdict']} {row['fault']}"
        for row in rows
        if (row["verdict"], row["fault"]) not in known
    ]


def unread_benchmarks(
    by_file: Mapping[str, int], by_benchmark: Mapping[str, int], stated: Mapping[str, int]
) -> list[str]:
    """Benchmark files without a question, and sets with fewer than their publishers state; a user may add more."""
    wrong = [f"{name} gave no question" for name, count in by_file.items() if not count]
    return wrong + [
        f"{name} has {by_benchmark.get(name, 0):,} questions, {count:,} are stated"
        for name, count in stated.items()
        if by_benchmark.get(name, 0) < count
    ]


def repeated_items(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Benchmark items that occur twice, and so would be counted twice."""
    seen = Counter((row["benchmark"], row["item_id"]) for row in rows)
    return [f"{name} {item}" for (name, item), count in seen.items() if count > 1]


def policy_licences(values: Mapping[str, Any]) -> list[str]:
    """What is wrong with a curation policy's licences."""
    from medai_assets.foundation.licences import LicencePolicy

    try:
        policy = LicencePolicy.of(str(values.get("licence_policy")), values.get("own_licences") or ())
    except ValueError as error:
        return [str(error)]
    return [] if policy.allowed else ["the policy allows no licence at all"]


def policy_bounds(values: Mapping[str, Any]) -> list[str]:
    """Settings of a curation policy that nobody reads, and bounds by which duplicates or leaks would pass."""
    wrong = [f"{name} is not a setting" for name in sorted(set(values) - POLICY_SETTINGS)]
    jaccard, ngram = values.get("near_duplicate_jaccard"), values.get("benchmark_ngram")
    if not isinstance(jaccard, int | float) or not LEAST_JACCARD < jaccard <= 1:
        wrong.append(f"near_duplicate_jaccard is {jaccard}, not above {LEAST_JACCARD} and at most 1")
    if not isinstance(ngram, int) or not NGRAM[0] <= ngram <= NGRAM[1]:
        wrong.append(f"benchmark_ngram is {ngram}, not from {NGRAM[0]} to {NGRAM[1]}")
    return wrong


def mixture_values(values: Mapping[str, Any]) -> list[str]:
    """Settings of a mixture that are unknown or out of bounds."""
    from medai_assets.instructions.dataset.mixture import Mixture

    try:
        Mixture.model_validate(dict(values))
    except ValidationError as error:
        return _problem_lines(error)
    return []


def mixture_names(values: Mapping[str, Any]) -> list[str]:
    """Sources and audiences of a mixture that do not exist, so that their share has no effect."""
    if mixture_values(values):
        return []  # what is no mixture is told by that check
    known = {"source_weights": (*SOURCES, AUTHORED), "audience_weights": AUDIENCES}
    return [
        f"{setting} names {name}; there are {', '.join(names)}"
        for setting, names in known.items()
        for name in values.get(setting) or {}
        if name not in names
    ]


def mixture_bounds(values: Mapping[str, Any]) -> list[str]:
    """Bounds of a mixture that no data set can meet together."""
    if mixture_values(values):
        return []
    wrong = []
    for setting, names in (("source_weights", (*SOURCES, AUTHORED)), ("audience_weights", AUDIENCES)):
        shares = values.get(setting) or {}
        if set(names) <= set(shares) and sum(shares.values()) < 1:
            wrong.append(f"{setting} name all there are and add up to {sum(shares.values()):g}, less than 1")
    least = values.get("least_examples") or 0
    for kind, most in (values.get("most_examples") or {}).items():
        if most and most < least:  # 0 = none is wanted
            wrong.append(f"most_examples of {kind} is {most}, least_examples {least}")
    if (values.get("least_words") or 0) > (values.get("most_words") or float("inf")):
        wrong.append(f"least_words is {values['least_words']}, most_words {values['most_words']}")
    return wrong


def recipe_revision(values: Mapping[str, Any]) -> list[str]:
    """A base model that is not pinned: a branch's weights change under the same recipe version."""
    revision = str(values.get("revision"))
    return [] if COMMIT.fullmatch(revision) else [f"revision is {revision!r}, not a commit of 40 hex digits"]


def recipe_values(values: Mapping[str, Any]) -> list[str]:
    """Fields of a recipe that training refuses."""
    from medai_assets.training.recipe import recipe_from

    return _refused_by(recipe_from, values)


def preference_values(values: Mapping[str, Any]) -> list[str]:
    """Values of the preference recipe that training refuses."""
    from medai_assets.training.preferences.recipe import preference_recipe_from

    return _refused_by(preference_recipe_from, values)


def _refused_by(recipe_of: Callable[[dict[str, Any]], object], values: Mapping[str, Any]) -> list[str]:
    from medai_assets.training.errors import TrainingError

    try:
        recipe_of(dict(values))
    except TrainingError as error:
        return [error.problem]
    return []


def recipe_kinds(values: Mapping[str, Any]) -> list[str]:
    """Weights and strata of a recipe for kinds that do not exist, and weights that are none."""
    if recipe_values(values):
        return []
    weights = values.get("kind_weights") or {}
    strata = values.get("strata") or {}
    named = dict.fromkeys([*weights, *strata])
    wrong = [f"{kind} is not a kind; the kinds are {', '.join(KINDS)}" for kind in named if kind not in KINDS]
    return wrong + [f"the weight of {kind} is {weight:g}" for kind, weight in weights.items() if weight < 0]


def _problem_lines(error: ValidationError) -> list[str]:
    return [f"{'.'.join(map(str, one['loc'])) or 'mixture'}: {one['msg']}" for one in error.errors()]
