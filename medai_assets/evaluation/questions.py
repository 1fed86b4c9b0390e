"""Benchmark questions as they are asked: which are chosen, their wording, and the place of the right option.

The wording is that of lm-evaluation-harness's own tasks (medqa_4options, medmcqa, pubmedqa, mmlu_*); what is answered in
writing is asked as it stands, without a system text.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from pathlib import Path
from string import ascii_uppercase as LETTERS
from typing import Any

import pyarrow.parquet as pq

from medai_assets.evaluation.written import WRITTEN
from medai_assets.foundation.rows import QuestionRow

WORDED = ("yes", "no", "maybe")  # PubMedQA's options are scored as words, all others by their letter
_SAYS_LETTER = "Answer the question with the letter of the right option only."
_SAYS_WORD = "Answer the question with yes, no or maybe only."


def questions(table: Path, per_benchmark: int | None, seed: int) -> list[QuestionRow]:
    """At most so many answerable questions of each benchmark, chosen by hash; all when None."""
    by_name: dict[str, list[QuestionRow]] = defaultdict(list)
    for row in pq.read_table(table).to_pylist():
        if is_asked(row):
            by_name[row["benchmark"]].append(row)
    chosen = []
    for name in sorted(by_name):
        rows = sorted(
            by_name[name], key=lambda r: hashlib.sha256(f"{seed}:{r['item_id']}".encode()).hexdigest()
        )
        chosen += rows[:per_benchmark]
    return chosen


def not_asked(table: Path) -> dict[str, int]:
    """By benchmark how many of its questions are not asked, since no answer to them could be scored; only those with some."""
    rows = pq.read_table(table).to_pylist()
    return dict(sorted(Counter(row["benchmark"] for row in rows if not is_asked(row)).items()))


def is_asked(row: QuestionRow) -> bool:
    """Whether an answer could be scored: the right option is known, or what a written answer has to be."""
    written = WRITTEN.get(row["benchmark"])
    return written.can_be_scored(row["answer"] or "") if written else target_of(row) is not None


def choices_of(row: QuestionRow) -> list[str]:
    """What the model may say: yes, no or maybe where those are the options, else a letter for each option."""
    options = [str(o) for o in row["options"]]
    return list(WORDED) if [o.lower() for o in options] == list(WORDED) else list(LETTERS[: len(options)])


def target_of(row: QuestionRow) -> int | None:
    """Place of the right option, from a word, a letter or the option's text; None where it is not given."""
    answer, choices = str(row["answer"] or "").strip(), choices_of(row)
    if answer.lower() in map(str.lower, choices):
        return [c.lower() for c in choices].index(answer.lower())
    options = [str(o).strip().lower() for o in row["options"]]
    if answer and answer.lower() in options:
        return options.index(answer.lower())
    letters = list(LETTERS[: len(options)])
    return letters.index(answer.upper()) if answer.upper() in letters else None


def doc_of(row: QuestionRow) -> dict[str, Any]:
    """The item as a task's document: prompt, choices, place of the right one, and the system's instruction.

    Of a written answer: prompt, the reference that it is scored by, and the benchmark.
    """
    if row["benchmark"] in WRITTEN:
        return {
            "item_id": row["item_id"], "prompt": row["question"], "reference": row["answer"], "system": "",
            "benchmark": row["benchmark"],
        }  # fmt: skip
    choices = choices_of(row)
    if choices == list(WORDED):
        context = f"Abstract: {row['context']}\n" if row["context"] else ""
        prompt, system = f"{context}Question: {row['question']}\nAnswer:", _SAYS_WORD
    else:
        listed = "".join(f"{c}. {o}\n" for c, o in zip(choices, row["options"]))
        prompt, system = f"Question: {row['question']}\n{listed}Answer:", _SAYS_LETTER
    return {
        "item_id": row["item_id"], "prompt": prompt, "choices": choices, "target": target_of(row), "system": system,
    }  # fmt: skip
