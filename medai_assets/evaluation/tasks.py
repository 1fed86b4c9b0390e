"""The evaluation as a folder of lm-evaluation-harness tasks, which is also what the evaluation itself runs.

Short answers (the held-out items, one task a kind) are generated and scored by the project's scorers; benchmark
questions are multiple choice by log-likelihood. Nothing in the folder names this machine or needs this package, so
`lm_eval --include_path FOLDER --tasks medai` repeats the scores anywhere. The scorers are written as one Python file, put together
from the modules themselves: of a kind's module only its scorer, with the statements that it reaches.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import yaml

from medai_assets.evaluation import instructions_followed, task_functions, written
from medai_assets.evaluation.items import Item
from medai_assets.evaluation.questions import doc_of
from medai_assets.evaluation.scorers import SCORERS
from medai_assets.evaluation.written import WRITTEN
from medai_assets.foundation.rows import QuestionRow
from medai_assets.instructions.scoring import clauses, detectors, overlap, verdicts
from medai_assets.text import amounts

GROUP = "medai"
_FUNCTIONS = "medai_scoring"  # the Python file beside the tasks
_TASK = {
    "test_split": "test", "description": "{{system}}", "doc_to_text": "prompt", "num_fewshot": 0,
    "metadata": {"version": 1.0},
}  # fmt: skip


def task_name(kind_or_benchmark: str) -> str:
    """The task of a kind or benchmark: ``medai_`` before it, so that it never meets one of the harness's own."""
    return f"{GROUP}_" + re.sub(r"\W+", "_", kind_or_benchmark)


def write_tasks(
    folder: Path,
    items: Sequence[Item],
    rows: Sequence[QuestionRow],
    max_new_tokens: int,
    written_tokens: int | None = None,
) -> None:
    """Write the task files, their documents and the scoring functions.

    Args:
        items: held-out items (`items.held_out`).
        rows: benchmark questions (`questions.questions`).
        max_new_tokens: limit of a short answer, in tokens.
        written_tokens: the same of a benchmark's written answer; none = the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    asked, chosen = defaultdict(list), defaultdict(list)
    for item in items:
        asked[task_name(item["kind"])].append(_short_answer(item))
    for row in rows:
        chosen[task_name(row["benchmark"])].append(doc_of(row))
    for name, docs in asked.items():
        _write(folder, name, docs, _generation(max_new_tokens))
    for name, docs in chosen.items():
        is_written = docs[0].get("benchmark") in WRITTEN
        written = _generation(written_tokens or max_new_tokens, "score_written")
        _write(folder, name, docs, written if is_written else _CHOICE)
    group = {"group": GROUP, "task": [*asked, *sorted(chosen)], "metadata": {"version": 1.0}}
    (folder / f"{GROUP}.yaml").write_text(yaml.safe_dump(group, sort_keys=False), encoding="utf-8")
    (folder / f"{_FUNCTIONS}.py").write_text(portable_source(), encoding="utf-8")


def finish(folder: Path, summary: Sequence[dict[str, Any]]) -> None:
    """Write how to run the tasks and the scores the report has for them; remove what running them left."""
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)
    scores = [
        f"| `{task_name(row['what'].removeprefix('benchmark '))}` | {row['items']} | {row['base']:.3f} | {row['tuned']:.3f} |"
        for row in summary
        if row["what"] != "benchmarks"
    ]
    (folder / "README.md").write_text(_README + "\n".join(scores) + "\n", encoding="utf-8")


def _short_answer(item: Item) -> dict[str, Any]:
    return {
        "item_id": item["example_id"], "kind": item["kind"], "system": item["system"], "prompt": item["prompt"],
        "reference": item["completion"], "labels": orjson.dumps(item["labels"]).decode(),
    }  # fmt: skip


def _generation(max_new_tokens: int, scorer: str = "score_answer") -> dict[str, Any]:
    return {
        "output_type": "generate_until", "doc_to_target": "reference",
        "generation_kwargs": {"until": [], "do_sample": False, "max_gen_toks": max_new_tokens},
        "process_results": f"!function {_FUNCTIONS}.{scorer}",
        "metric_list": [{"metric": "score", "aggregation": "mean", "higher_is_better": True}],
    }  # fmt: skip


_CHOICE: dict[str, Any] = {
    "output_type": "multiple_choice", "doc_to_choice": "choices", "doc_to_target": "target",
    "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
}  # fmt: skip


def _write(folder: Path, name: str, docs: list[dict[str, Any]], kind: dict[str, Any]) -> None:
    lines = (orjson.dumps(doc, option=orjson.OPT_APPEND_NEWLINE) for doc in docs)
    (folder / f"{name}.jsonl").write_bytes(b"".join(lines))
    source = {
        "custom_dataset": f"!function {_FUNCTIONS}.documents",
        "dataset_kwargs": {"file": f"{name}.jsonl"},
    }
    text = yaml.safe_dump({"task": name} | source | _TASK | kind, sort_keys=False)
    # A tag cannot be given to a plain value in safe YAML; what stands in quotes becomes the harness's own tag.
    (folder / f"{name}.yaml").write_text(re.sub(r"'(!function [\w.]+)'", r"\1", text), encoding="utf-8")


_README = """# The report's items as lm-evaluation-harness tasks

Pinned items, prompts, system texts, decoding and scorers of this evaluation. With `pip install "lm-eval[hf]==0.4.13"`:

```console
$ PYTHONDONTWRITEBYTECODE=1 lm_eval --model hf --model_args pretrained=MERGED_MODEL,add_bos_token=False,dtype=float32 \\
    --include_path . --tasks medai --apply_chat_template --batch_size 8 --log_samples --output_path /tmp/results
```

`medai_scoring.py` is run by the harness: it holds the scorers. For the base model use
`pretrained=BASE_MODEL,tokenizer=ADAPTER` (both models are asked with the adapter's chat template), for an adapter that
is not merged `pretrained=BASE_MODEL,peft=ADAPTER,tokenizer=ADAPTER`. Other batch sizes and number formats round
differently, which can change single answers.

Not for clinical use. The scores of the report:

| task | items | base | tuned |
|---|---|---|---|
"""


_COPIED = (amounts, clauses, detectors, verdicts, overlap, instructions_followed, written)
_HEAD = '''"""Scores of short answers, as the evaluation report that came with these tasks computes them. Made, not written."""

from __future__ import annotations
'''


def portable_source() -> str:
    """Python source with the functions of task_functions.py and all they need but the standard library and `datasets`."""
    parts = [_HEAD, *(part for module in _COPIED for part in _whole(module))]
    for scorer in SCORERS.values():
        module = sys.modules[scorer.__module__]
        if module not in _COPIED:
            parts += _reached(module, scorer.__name__)
    return "\n".join(dict.fromkeys([*parts, *_whole(task_functions)]))


def _whole(module: ModuleType) -> Iterator[str]:
    """A module's source without docstring and `__future__`; what it takes from this package becomes literal values."""
    source = inspect.getsource(module)
    lines = source.splitlines()
    for number, node in enumerate(ast.parse(source).body):
        docstring = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.ImportFrom):
            yield from _values(node)
        if docstring or (isinstance(node, ast.ImportFrom) and (_is_own(node) or node.module == "__future__")):
            for place in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[place] = ""
    yield "\n".join(lines).strip() + "\n\n"


def _reached(module: ModuleType, name: str) -> list[str]:
    """The top-level statements of a module that a name needs, in the module's order."""
    source = inspect.getsource(module)
    statements = [(node, _bound(node)) for node in _one_import_each(ast.parse(source).body)]
    needed, waiting = set[int](), {name}
    while waiting:
        wanted = waiting.pop()
        for place, (node, bound) in enumerate(statements):
            if wanted in bound and place not in needed:
                needed.add(place)
                waiting |= _used(node)
    return [part for place in sorted(needed) for part in _copied(source, statements[place][0])]


def _one_import_each(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.ImportFrom):
            yield from (ast.ImportFrom(node.module, [alias], node.level) for alias in node.names)
        else:
            yield node


def _copied(source: str, node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        yield from _values(node) if _is_own(node) else (ast.unparse(node),)
    else:
        yield (ast.get_source_segment(source, node) or "") + "\n"


def _bound(node: ast.stmt) -> set[str]:
    """The names that a top-level statement binds."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _used(node: ast.stmt) -> set[str]:
    """The names that a statement takes from outside of itself."""
    inside = list(ast.walk(node))
    own = {n.arg for n in inside if isinstance(n, ast.arg)}
    own |= {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return {n.id for n in inside if isinstance(n, ast.Name)} - own


def _is_own(node: ast.ImportFrom) -> bool:
    return str(node.module).startswith("medai_assets.")


def _values(node: ast.ImportFrom) -> Iterator[str]:
    """``NAME = value`` for each constant that an import takes from this package; nothing for what is copied anyway."""
    if not _is_own(node):
        return
    module = importlib.import_module(str(node.module))
    if module not in _COPIED:
        for alias in node.names:
            yield f"{alias.asname or alias.name} = {_literal(getattr(module, alias.name))}"


def _literal(value: Any) -> str:
    """A value as Python source; functions by their names, as they are copied."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_literal(one)}" for key, one in value.items()) + "}"
    return str(value.__name__) if callable(value) else repr(value)
