"""What must hold before a model is trained on the data set; measured on the finished rows, not on how they were made.

Each check gives its name, whether it passed and what it saw. Those in ``BLOCKING`` stop training and leave the last
exports as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

import orjson
import pyarrow as pa

from medai_assets.foundation.rows import ExampleRow
from medai_assets.foundation.schemas import EXAMPLE
from medai_assets.foundation.vocabularies import LICENCES, SPLITS
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.instructions.dataset.split import overlap
from medai_assets.instructions.forms.form import QUESTION_LABEL
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets.instructions.language.excerpt import is_complete
from medai_assets.text.personal_data import PATTERNS

_MASK = re.compile(r"\[(?:" + "|".join(sorted({p.kind for p in PATTERNS})) + r")\]")


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
    """Whether the text holds a placeholder for personal data (text/personal_data.py)."""
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


def row_faults(row: ExampleRow, mixture: Mixture, banned: Forbidden) -> list[tuple[str, str]]:
    """(name, reason) of the checks that one row fails by itself; such a row is set aside instead of stopping a build."""
    return [(name, reason) for name, check in ROW_CHECKS.items() if (reason := check(row, mixture, banned))]


def run_checks(rows: list[ExampleRow], mixture: Mixture, banned: Forbidden) -> list[Check]:
    """All checks, in the order of ``CHECKS``."""
    return [Check(name, *check(rows, mixture, banned)) for name, check in CHECKS.items()]


Result = tuple[bool, str]
Rows = list[ExampleRow]


def _schema(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    try:
        table = pa.Table.from_pylist(rows, schema=EXAMPLE)
        table.validate(full=True)  # validate() does not look for nulls
    except pa.ArrowInvalid as error:
        return False, str(error)
    holes = [field.name for field in EXAMPLE if not field.nullable and table[field.name].null_count]
    if holes:
        return False, f"rows without {', '.join(holes)}"
    bad = [
        r["example_id"]
        for r in rows
        if r["kind"] not in KINDS or r["split"] not in SPLITS or not r["origins"]
    ]
    repeated = [i for i, n in Counter(r["example_id"] for r in rows).items() if n > 1]
    return _verdict(bad + repeated, f"{len(rows)} rows fit EXAMPLE, ids unique")


def _of_rows(name: str, good: str) -> Callable[[Rows, Mixture, Forbidden], Result]:
    """The check of a row over the finished ones."""

    def check(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
        return _verdict([r["example_id"] for r in rows if ROW_CHECKS[name](r, mixture, banned)], good)

    return check


def _labels(row: ExampleRow, mixture: Mixture, banned: Forbidden) -> str:
    labels, kind = orjson.loads(row["labels"]), KINDS.get(row["kind"])
    if kind is None:
        return f"{row['kind']!r} is no kind of example"
    if missing := kind.labels - set(labels):
        return f"no label {', '.join(sorted(missing))}"
    for key, values in kind.values.items():
        if labels[key] not in values:
            return f"the {key} {labels[key]!r} is none of {', '.join(map(str, values))}"
    literal = labels[kind.literal] if kind.literal else []
    return next((f"{text!r} is not in the answer" for text in literal if text not in row["completion"]), "")


def _answer_whole(row: ExampleRow, mixture: Mixture, banned: Forbidden) -> str:
    if not row["prompt"].strip():
        return "the prompt is empty"
    return "" if _is_whole(row["completion"]) else f"the answer breaks off: {row['completion'][-60:]!r}"


def _benchmark(row: ExampleRow, mixture: Mixture, banned: Forbidden) -> str:
    hit = sorted(set(row["passage_ids"]) & banned.benchmark_passages)
    return f"its passage {hit[0]} overlaps a benchmark question" if hit else ""


def _licence(row: ExampleRow, mixture: Mixture, banned: Forbidden) -> str:
    used = {o["licence"] for o in row["origins"]}
    bad = sorted(used & banned.licences | used - set(LICENCES))
    return f"the licence {bad[0]} is not allowed" if bad else ""


def _withdrawn(row: ExampleRow, mixture: Mixture, banned: Forbidden) -> str:
    hit = [
        o["record_id"] for o in row["origins"] if (o["record_id"], o["version"]) in banned.withdrawn_records
    ]
    return f"{hit[0]} is withdrawn" if hit else ""


def _placeholder(row: ExampleRow, mixture: Mixture, banned: Forbidden) -> str:
    if is_masked(row["completion"]) or is_masked(row["prompt"]):
        return "a mask of personal data"
    slot = re.search(r"\{[a-z_]+\}", f"{row['prompt']}\n{row['completion']}")
    return f"a placeholder that nothing filled: {slot[0]}" if slot else ""


def _length(row: ExampleRow, mixture: Mixture, banned: Forbidden) -> str:
    words = len(row["completion"].split())
    most = mixture.longest_answer(row["kind"])
    if not row["authored"] and not mixture.least_words <= words <= most:
        return f"{words} words; at least {mixture.least_words}, and of {row['kind']} at most {most}"
    asked = len(orjson.loads(row["labels"]).get(QUESTION_LABEL, row["prompt"]).split())
    return (
        f"a prompt of {asked} words; most_prompt_words is {mixture.most_prompt_words}"
        if asked > mixture.most_prompt_words
        else ""
    )


def _wanted(mixture: Mixture) -> list[str]:
    return [kind for kind in KINDS if mixture.most_examples.get(kind) != 0]


def _kinds(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    counts = Counter(r["kind"] for r in rows)
    empty = [kind for kind in _wanted(mixture) if not counts[kind]]
    if not empty:
        return True, ", ".join(f"{k} {counts[k]}" for k in KINDS)
    advice = (
        "collect a source that has it, or set most_examples of it to 0 in config/mixture.yaml to do without"
    )
    return False, f"no example of {', '.join(empty)}: {advice}"


def _large_enough(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    counts = Counter(r["kind"] for r in rows)
    short = [f"{k} {counts[k]}" for k in _wanted(mixture) if counts[k] < mixture.least_examples]
    wanted = f"at least {mixture.least_examples} of each kind that is wanted"
    return (
        not short,
        wanted if not short else f"fewer than least_examples {mixture.least_examples}: {', '.join(short)}",
    )


def _held_out(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    held = sum(r["split"] == "validation" for r in rows)
    advice = "every example shares its document with another side; collect more documents or lower validation_share"
    return (
        held > 0,
        f"{held} of {len(rows)} examples are held out" if held else f"no example is held out: {advice}",
    )


def _validation(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    counts = Counter(r["kind"] for r in rows if r["split"] == "validation")
    totals = Counter(r["kind"] for r in rows)
    short = [f"{k}: {counts[k]}" for k in KINDS if counts[k] < min(mixture.least_validation, totals[k] // 4)]
    return not short, "validation " + ", ".join(f"{k} {counts[k]}" for k in KINDS)


def _overlap(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    shared = overlap(rows, mixture.near_duplicate_jaccard)
    return not any(shared.values()), ", ".join(f"{name} {count}" for name, count in shared.items())


def _twins(rows: Rows, mixture: Mixture, banned: Forbidden) -> Result:
    split_of = {r["example_id"]: r["split"] for r in rows}
    paired = {name for name, kind in KINDS.items() if "twin_of" in kind.labels}
    labels = [orjson.loads(r["labels"]) | {"split": r["split"]} for r in rows if r["kind"] in paired]
    bad = [t["authored_id"] for t in labels if t["twin_of"] and split_of.get(t["twin_of"]) != t["split"]]
    harmful = sum(bool(t["harmful"]) for t in labels)
    return _verdict(bad, f"{harmful} requests to refuse, {len(labels) - harmful} to answer, twins together")


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


ROW_CHECKS: dict[str, Callable[[ExampleRow, Mixture, Forbidden], str]] = {
    "labels": _labels,
    "answers_whole": _answer_whole,
    "no_benchmark": _benchmark,
    "licences": _licence,
    "no_withdrawn": _withdrawn,
    "no_placeholder": _placeholder,
    "lengths": _length,
}
CHECKS: dict[str, Callable[[Rows, Mixture, Forbidden], Result]] = {
    "schema": _schema,
    "labels": _of_rows("labels", "every label is there, and what it quotes stands in the answer"),
    "answers_whole": _of_rows("answers_whole", "no answer is empty or breaks off"),
    "kinds_present": _kinds,
    "kinds_large_enough": _large_enough,
    "validation_present": _held_out,
    "validation_size": _validation,
    "no_overlap": _overlap,
    "no_benchmark": _of_rows("no_benchmark", "no passage that overlaps a benchmark question is used"),
    "licences": _of_rows("licences", "only licences that the policy allows"),
    "no_withdrawn": _of_rows("no_withdrawn", "no withdrawn record is used"),
    "no_placeholder": _of_rows("no_placeholder", "no placeholder in a prompt or an answer"),
    "lengths": _of_rows("lengths", "answers and prompts within the stated lengths"),
    "twins_together": _twins,
}
# A small collection may have few of a kind: that warns. What is wrong in the rows that are left blocks.
WARNING = frozenset({"kinds_large_enough", "validation_size"})
BLOCKING = frozenset(CHECKS) - WARNING | {"set_aside_share"}
