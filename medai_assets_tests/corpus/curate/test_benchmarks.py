"""Benchmark files of all shapes become one table."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medai_assets.corpus.curate.benchmarks import BenchmarkUnreadable, publish_benchmarks, read_benchmarks
from medai_assets.storage import Store
from medai_assets_tests.open_faults import open_fault


def write(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return path


def test_medqa(tmp_path: Path) -> None:
    file = write(
        tmp_path / "medqa-test.jsonl",
        {"question": "Q?", "options": {"B": "two", "A": "one"}, "answer_idx": "B"},
    )
    assert read_benchmarks([file]).to_pylist() == [
        {"benchmark": "medqa", "item_id": "medqa-test:0", "question": "Q?", "options": ["one", "two"], "answer": "B",
         "context": None, "record_id": None}
    ]  # fmt: skip


def test_medmcqa_counts_answers_from_one(tmp_path: Path) -> None:
    row = {"question": "Q", "opa": "a", "opb": "b", "opc": "c", "opd": "d", "cop": 2, "id": "x"}
    (found,) = read_benchmarks([write(tmp_path / "dev.jsonl", row)]).to_pylist()
    assert (found["benchmark"], found["item_id"], found["answer"]) == ("medmcqa", "x", "B")


def test_pubmedqa_names_its_article(tmp_path: Path) -> None:
    file = write(
        tmp_path / "test.json", {"123": {"QUESTION": "Q?", "CONTEXTS": ["c"], "final_decision": "yes"}}
    )
    (found,) = read_benchmarks([file]).to_pylist()
    assert (found["record_id"], found["answer"], found["context"]) == ("pubmed:123", "yes", "c")


def test_mmlu_is_named_by_its_subject(tmp_path: Path) -> None:
    (found,) = read_benchmarks([write(tmp_path / "anatomy_test.csv", '"Which, then?",a,b,c,d,C')]).to_pylist()
    assert (found["benchmark"], found["question"], found["answer"]) == ("mmlu_anatomy", "Which, then?", "C")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json", "parquet"])
def test_a_file_of_the_users_own(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"house-exam.{kind}"
    if kind == "csv":
        write(file, "id,question,answer", "7,What now?,rest")
    elif kind == "parquet":
        pq.write_table(pa.table({"id": ["7"], "question": ["What now?"], "answer": ["rest"]}), file)
    else:
        row = {"id": "7", "question": "What now?", "answer": "rest"}
        write(file, row if kind == "jsonl" else [row])
    (found,) = read_benchmarks([file]).to_pylist()
    assert (found["benchmark"], found["item_id"], found["question"], found["answer"]) == (
        "house-exam",
        "7",
        "What now?",
        "rest",
    )


def test_a_file_without_questions_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkUnreadable, match="strange"):
        read_benchmarks([write(tmp_path / "strange.jsonl", {"a": 1})])


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    assert read_benchmarks([write(tmp_path / "README.md", "text")]).num_rows == 0


def test_the_asset_counts_items_by_benchmark(tmp_path: Path, store: Store) -> None:
    file = write(tmp_path / "anatomy_test.csv", "Q1,a,b,c,d,A", "Q2,a,b,c,d,B")
    stored = publish_benchmarks(store, [file], {"code_version": "1"})
    assert stored.manifest.metadata == {
        "by_benchmark": {"mmlu_anatomy": 2},
        "by_file": {"anatomy_test.csv": 2},
    }
    assert stored.rows("questions") == 2


@pytest.mark.real_data
def test_all_public_sets_are_read(real_data: Path) -> None:
    files = [p for p in sorted((real_data / "benchmarks").rglob("*")) if p.is_file()]
    table = read_benchmarks(files)
    counts = Counter(table["benchmark"].to_pylist())
    assert (counts["medqa"], counts["medmcqa"], counts["pubmedqa"]) == (1273, 4183, 500)
    assert sum(n for name, n in counts.items() if name.startswith("mmlu_")) == 1089
    assert table["answer"].null_count == 0


@open_fault("train and judge", "MedMCQA saved as JSON lines from the hub is asked with the wrong answers")
def test_medmcqa_of_the_hub_counts_answers_from_nought_in_json_lines_too(tmp_path: Path) -> None:
    """An answer numbered 0 tells that the file counts from 0; no file that counts from 1 has one."""
    options = {"opa": "Pancreas", "opb": "Liver", "opc": "Spleen", "opd": "Kidney"}
    rows = [
        {"id": str(n), "question": f"Question {n}?", "cop": cop} | options for n, cop in enumerate((1, 0, 3))
    ]
    found = read_benchmarks([write(tmp_path / "medmcqa.jsonl", *rows)]).to_pylist()
    assert [row["answer"] for row in found] == ["B", "A", "D"]


@open_fault("train and judge", "a line end inside an option stays and cuts the question that is asked")
def test_an_option_is_one_line(tmp_path: Path) -> None:
    options = {"A": "Papillary muscle rupture", "B": "Ventricular fibrillation", "E": 'Pulmonary embolism\n"'}
    row = {"question": "Which is most likely?", "options": options, "answer_idx": "B"}
    (found,) = read_benchmarks([write(tmp_path / "medqa.jsonl", row)]).to_pylist()
    assert not any("\n" in option for option in found["options"])
    assert found["answer"] == "B"


@open_fault("train and judge", "options in another shape are asked wrongly or never")
@pytest.mark.parametrize(
    "row",
    [
        {"options": [{"key": "A", "value": "one"}, {"key": "B", "value": "two"}], "answer_idx": "B"},
        {"choices": ["one", "two"], "answer": 1},
        {"choices": {"label": ["A", "B"], "text": ["one", "two"]}, "answer": "B"},
    ],
)
def test_options_in_other_shapes_are_asked_right(tmp_path: Path, row: dict[str, object]) -> None:
    (found,) = read_benchmarks([write(tmp_path / "exam.jsonl", {"question": "Q?", **row})]).to_pylist()
    assert (found["options"], found["answer"]) == (["one", "two"], "B")
