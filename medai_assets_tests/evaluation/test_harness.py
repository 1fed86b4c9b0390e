"""Benchmark questions: wording, right option, and the publishers' own files; the folder of tasks for lm-eval."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
import yaml

from medai_assets.corpus.curate.benchmarks import read_benchmarks
from medai_assets.evaluation import scorers
from medai_assets.evaluation.questions import doc_of, questions, target_of
from medai_assets.evaluation.tasks import portable_source, write_tasks
from medai_assets_tests.evaluation.conftest import held_out_rows

ALONE = """
import json, pathlib, sys
sys.modules["medai_assets"] = None
import medai_scoring
docs = [json.loads(line) for file in pathlib.Path().glob("*.jsonl") for line in file.read_bytes().splitlines()]
said = lambda doc: (doc["reference"], "", "Call 911 now.")
print(json.dumps({d["item_id"]: [medai_scoring.score_answer(d, [a])["score"] for a in said(d)] for d in docs}))
"""
FOUR = ["Fever", "Gout", "Croup", "Asthma"]


def row(**changes: Any) -> dict[str, Any]:
    return {
        "benchmark": "medqa", "item_id": "1", "question": "Which?", "options": FOUR, "answer": "C", "context": None,
        "record_id": None, **changes,
    }  # fmt: skip


def test_tasks_are_pinned_to_the_documents_beside_them(tmp_path: Path) -> None:
    write_tasks(tmp_path, [], [row(), row(benchmark="mmlu_anatomy"), row(item_id="2")], 8)
    group = yaml.safe_load((tmp_path / "medai.yaml").read_text())
    assert group["task"] == ["medai_medqa", "medai_mmlu_anatomy"]
    task = (tmp_path / "medai_medqa.yaml").read_text()
    assert "custom_dataset: !function medai_scoring.documents" in task
    assert "file: medai_medqa.jsonl" in task
    lines = (tmp_path / "medai_medqa.jsonl").read_bytes().splitlines()
    assert [orjson.loads(line)["item_id"] for line in lines] == ["1", "2"]
    assert not any(str(tmp_path) in path.read_text() for path in tmp_path.iterdir())


def test_the_exported_scorers_need_nothing_of_this_project(tmp_path: Path) -> None:
    """In an interpreter that cannot import the package they give the verdicts of the package."""
    items = held_out_rows()
    for item in items:
        item["labels"] = orjson.loads(item["labels"])
    write_tasks(tmp_path, items, [], 8)
    told = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    scores = json.loads(told.stdout)
    for item in items:
        answers = (item["completion"], "", "Call 911 now.")
        expected = [
            scorers.judge_answer(item["kind"], a, item["completion"], item["labels"]).score for a in answers
        ]
        assert scores[item["example_id"]] == expected


def test_the_modules_that_are_exported_in_one_file_share_no_name() -> None:
    names: list[str] = []
    for node in ast.parse(portable_source()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


@pytest.mark.real_data
def test_the_published_benchmarks_are_all_answerable(real_data: Path, tmp_path: Path) -> None:
    """The publishers' files give tasks whose right option is always among the choices."""
    table = read_benchmarks(sorted(p for p in (real_data / "benchmarks").rglob("*") if p.is_file()))
    pq.write_table(table, tmp_path / "questions.parquet")
    chosen = questions(tmp_path / "questions.parquet", None, 17)
    names = {r["benchmark"] for r in chosen}
    assert {"medqa", "medmcqa", "pubmedqa"} <= names
    assert sum(n.startswith("mmlu_") for n in names) >= 6
    assert len(chosen) >= 0.99 * table.num_rows
    for one in chosen:
        assert len(doc_of(one)["choices"]) > target_of(one)  # type: ignore[operator]
    words = {target_of(r) for r in chosen if r["benchmark"] == "pubmedqa"}
    assert words == {0, 1, 2}
