"""What must hold before a model is trained on the data set; measured on the finished rows, not on how they were made.

Each check gives its name, whether it passed and what it saw. Those in ``BLOCKING`` stop training and leave the last
exports as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import orjson
import pyarrow as pa

from medai_assets.foundation.schemas import EXAMPLE, KINDS, LICENCES, SPLITS, TRIAGE_LEVELS
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.split import overlap
from medai_assets.instructions.language.excerpt import is_complete
from medai_assets.text.personal_data import PATTERNS

_MASK = re.compile(r"\[(?:" + "|".join(sorted({p.kind for p in PATTERNS})) + r")\]")
_LABELS = {
    "triage_recommendation": {"level"},
    "emergency_escalation": {"emergency"},
    "safety_refusal": {"category", "harmful", "twin_of"},
    "drug_information": {"field", "drug", "facts"},
    "symptom_analysis": {"condition", "red_flags"},
    "question_answer": {"question_type"},
}
_LITERAL = {"drug_information": "facts", "symptom_analysis": "red_flags"}


class Check(NamedTuple):
    name: str
    passed: bool
    detail: str


class Forbidden(NamedTuple):
    """What the curated corpus set aside and no example may use.

    Attributes:
        benchmark_passages: ids of passages that share a run with a benchmark question.
        withdrawn_records: (record id, version) of withdrawn records.
        licences: licence ids that the policy refused.
    """

    benchmark_passages: frozenset[str] = frozenset()
    withdrawn_records: frozenset[tuple[str, str]] = frozenset()
    licences: frozenset[str] = frozenset()


def is_masked(text: str) -> bool:
    """Whether the text holds a placeholder for personal data (corpus/personal_data.py)."""
    return _MASK.search(text) is not None


def forbidden(removed: Iterable[pa.RecordBatch]) -> Forbidden:
    """From the curated corpus's ``removed`` table (columns step, passage_id, origins)."""
    benchmark: set[str] = set()
    withdrawn: set[tuple[str, str]] = set()
    for batch in removed:
        for row in batch.to_pylist():
            if row["step"] == "decontamination" and row["passage_id"]:
                benchmark.add(row["passage_id"])
            elif row["step"] == "withdrawal":
                withdrawn.update((o["record_id"], o["version"]) for o in row["origins"])
    return Forbidden(frozenset(benchmark), frozenset(withdrawn))


def run_checks(rows: list[dict[str, Any]], mixture: Mixture, banned: Forbidden) -> list[Check]:
    """All checks, in the order of ``CHECKS``."""
    return [Check(name, *check(rows, mixture, banned)) for name, check in CHECKS.items()]


Result = tuple[bool, str]
Rows = list[dict[str, Any]]


def _schema(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    try:
        pa.Table.from_pylist(rows, schema=EXAMPLE).validate(full=True)
    except pa.ArrowInvalid as error:
        return False, str(error)
    bad = [
        r["example_id"]
        for r in rows
        if r["kind"] not in KINDS or r["split"] not in SPLITS or not r["origins"]
    ]
    repeated = [i for i, n in Counter(r["example_id"] for r in rows).items() if n > 1]
    return _verdict(bad + repeated, f"{len(rows)} rows fit EXAMPLE, ids unique")


def _labels(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    bad = []
    for row in rows:
        labels = orjson.loads(row["labels"])
        missing = _LABELS.get(row["kind"], {"a known kind"}) - set(labels)
        level = labels.get("level", "emergency")
        literal = labels.get(_LITERAL.get(row["kind"], ""), [])
        if missing or level not in TRIAGE_LEVELS or any(text not in row["completion"] for text in literal):
            bad.append(row["example_id"])
    return _verdict(bad, "every label is there, and what it quotes stands in the answer")


def _answers_whole(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    bad = [r["example_id"] for r in rows if not r["prompt"].strip() or not _is_whole(r["completion"])]
    return _verdict(bad, "no answer is empty or breaks off")


def _kinds(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    counts = Counter(r["kind"] for r in rows)
    short = [f"{k}: {counts[k]}" for k in KINDS if counts[k] < mixture.least_examples]
    told = ", ".join(f"{k} {counts[k]}" for k in KINDS)
    return not short, told if not short else f"fewer than {mixture.least_examples}: {', '.join(short)}"


def _validation(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    counts = Counter(r["kind"] for r in rows if r["split"] == "validation")
    totals = Counter(r["kind"] for r in rows)
    short = [f"{k}: {counts[k]}" for k in KINDS if counts[k] < min(mixture.least_validation, totals[k] // 4)]
    return not short, "validation " + ", ".join(f"{k} {counts[k]}" for k in KINDS)


def _overlap(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    shared = overlap(rows, mixture.near_duplicate_jaccard)
    return not any(shared.values()), ", ".join(f"{name} {count}" for name, count in shared.items())


def _benchmarks(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    bad = [r["example_id"] for r in rows if set(r["passage_ids"]) & banned.benchmark_passages]
    return _verdict(
        bad, f"none of {len(banned.benchmark_passages)} passages that overlap a benchmark is used"
    )


def _licences(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    used = {o["licence"] for r in rows for o in r["origins"]}
    bad = sorted(used & banned.licences | used - set(LICENCES))
    return _verdict(bad, ", ".join(sorted(used)))


def _withdrawn(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    bad = [
        r["example_id"]
        for r in rows
        if any((o["record_id"], o["version"]) in banned.withdrawn_records for o in r["origins"])
    ]
    return _verdict(bad, f"none of {len(banned.withdrawn_records)} withdrawn records is used")


def _placeholders(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    bad = [r["example_id"] for r in rows if is_masked(r["completion"]) or is_masked(r["prompt"])]
    slots = [r["example_id"] for r in rows if re.search(r"\{[a-z_]+\}", r["completion"])]
    return _verdict(bad + slots, "no placeholder in a prompt or an answer")


def _lengths(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    words = sorted(len(r["completion"].split()) for r in rows)
    bad = [
        r["example_id"]
        for r in rows
        if (
            not r["authored"]
            and not mixture.least_words <= len(r["completion"].split()) <= mixture.most_words
        )
        or len(r["prompt"].split()) > mixture.most_prompt_words
    ]
    median = words[len(words) // 2] if words else 0
    return _verdict(
        bad, f"answers {words[0] if words else 0} to {words[-1] if words else 0} words, median {median}"
    )


def _twins(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    split_of = {r["example_id"]: r["split"] for r in rows}
    told = [orjson.loads(r["labels"]) | {"split": r["split"]} for r in rows if r["kind"] == "safety_refusal"]
    bad = [t["authored_id"] for t in told if t["twin_of"] and split_of.get(t["twin_of"]) != t["split"]]
    harmful = sum(bool(t["harmful"]) for t in told)
    return _verdict(bad, f"{harmful} requests to refuse, {len(told) - harmful} to answer, twins together")


def _is_whole(text: str) -> bool:
    stripped = text.strip()
    if not stripped or stripped.endswith(("…", "...", ",", ":", "(", "–")):
        return False
    last = stripped.rsplit("\n", 1)[-1]
    return is_complete(stripped) or " | " in last


def _verdict(bad: list[str], good: str) -> Result:
    return (
        not bad,
        good if not bad else f"{len(bad)}: {', '.join(map(str, bad[:5]))}{' …' if len(bad) > 5 else ''}",
    )


CHECKS: dict[str, Callable[[Rows, Mixture, Forbidden], Result]] = {
    "schema": _schema,
    "labels": _labels,
    "answers_whole": _answers_whole,
    "kinds_present": _kinds,
    "validation_size": _validation,
    "no_overlap": _overlap,
    "no_benchmark": _benchmarks,
    "licences": _licences,
    "no_withdrawn": _withdrawn,
    "no_placeholder": _placeholders,
    "lengths": _lengths,
    "twins_together": _twins,
}
BLOCKING = frozenset(CHECKS)
