"""Multiple choice by log-likelihood through EleutherAI's lm-evaluation-harness, offline on pinned local files.

The chosen benchmark questions are written as JSON lines with one task file a benchmark, in the wording of the harness's
own tasks (medqa_4options, medmcqa, pubmedqa, mmlu_*), and asked of a loaded model with its chat template. What comes
back is right or wrong, item by item, for the paired test.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow.parquet as pq
import yaml

if TYPE_CHECKING:
    from medai_assets.evaluation.models import Judged

LETTERS = "ABCDEFGHIJ"
WORDED = ("yes", "no", "maybe")  # PubMedQA's options are scored as words, all others by their letter
_SAYS_LETTER = "Answer the question with the letter of the right option only."
_SAYS_WORD = "Answer the question with yes, no or maybe only."


def questions(table: Path, per_benchmark: int | None, seed: int) -> list[dict[str, Any]]:
    """At most so many answerable questions of each benchmark, chosen by hash; all when None."""
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in pq.read_table(table).to_pylist():
        if target_of(row) is not None:
            by_name[row["benchmark"]].append(row)
    chosen = []
    for name in sorted(by_name):
        rows = sorted(
            by_name[name], key=lambda r: hashlib.sha256(f"{seed}:{r['item_id']}".encode()).hexdigest()
        )
        chosen += rows[:per_benchmark]
    return chosen


def choices_of(row: dict[str, Any]) -> list[str]:
    """What the model may say: yes, no or maybe where those are the options, else a letter for each option."""
    options = [str(o) for o in row["options"]]
    return list(WORDED) if [o.lower() for o in options] == list(WORDED) else list(LETTERS[: len(options)])


def target_of(row: dict[str, Any]) -> int | None:
    """Place of the right option, from a word, a letter or the option's text; None where it is not given."""
    answer, choices = str(row["answer"] or "").strip(), choices_of(row)
    if answer.lower() in map(str.lower, choices):
        return [c.lower() for c in choices].index(answer.lower())
    options = [str(o).strip().lower() for o in row["options"]]
    return options.index(answer.lower()) if answer and answer.lower() in options else None


def doc_of(row: dict[str, Any]) -> dict[str, Any]:
    """The item as a task's document: prompt, choices, place of the right one, and the system's instruction."""
    choices = choices_of(row)
    if choices == list(WORDED):
        context = f"Abstract: {row['context']}\n" if row["context"] else ""
        prompt, told = f"{context}Question: {row['question']}\nAnswer:", _SAYS_WORD
    else:
        listed = "".join(f"{c}. {o}\n" for c, o in zip(choices, row["options"]))
        prompt, told = f"Question: {row['question']}\n{listed}Answer:", _SAYS_LETTER
    return {
        "item_id": row["item_id"], "prompt": prompt, "choices": choices, "target": target_of(row), "told": told,
    }  # fmt: skip


def write_tasks(rows: list[dict[str, Any]], folder: Path) -> list[str]:
    """One ``<task>.jsonl`` and ``<task>.yaml`` a benchmark; returns the tasks' names, sorted."""
    folder.mkdir(parents=True, exist_ok=True)
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_name[task_name(row["benchmark"])].append(doc_of(row))
    for name, docs in by_name.items():
        file = folder / f"{name}.jsonl"
        file.write_bytes(b"".join(orjson.dumps(doc, option=orjson.OPT_APPEND_NEWLINE) for doc in docs))
        task = {
            "task": name, "dataset_path": "json", 
            "dataset_kwargs": {"data_files": {"test": str(file.resolve())}, "cache_dir": str(folder / "cache")},
            "test_split": "test", "output_type": "multiple_choice", "description": "{{told}}",
            "doc_to_text": "{{prompt}}", "doc_to_choice": "choices", "doc_to_target": "target",
            "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
            "metadata": {"version": 1.0},
        }  # fmt: skip
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(task, sort_keys=False), encoding="utf-8")
    return sorted(by_name)


def task_name(benchmark: str) -> str:
    """A benchmark's name as a task's: ``medai_`` before it, so that it never meets one of the harness's own."""
    return "medai_" + re.sub(r"\W+", "_", benchmark)


def score(judged: Judged, rows: list[dict[str, Any]], folder: Path, batch: int = 4) -> list[float]:
    """1.0 for each item whose right option has the highest log-likelihood, else 0.0, in the order of ``rows``.

    Args:
        folder: receives the task files and the data sets' cache.
    """
    if not rows:
        return []
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    names = write_tasks(rows, folder / "tasks")
    model = HFLM(pretrained=judged.model, tokenizer=judged.tokenizer, batch_size=batch)
    manager = TaskManager(include_path=str(folder / "tasks"), include_defaults=False)
    found = simple_evaluate(
        model=model, tasks=names, num_fewshot=0, apply_chat_template=True, task_manager=manager, log_samples=True,
        bootstrap_iters=0, random_seed=0, numpy_random_seed=0, torch_random_seed=0, fewshot_random_seed=0,
    )  # fmt: skip
    right = {
        (name, sample["doc"]["item_id"]): float(sample["acc"])
        for name in names
        for sample in found["samples"][name]
    }
    return [right[task_name(row["benchmark"]), row["item_id"]] for row in rows]
