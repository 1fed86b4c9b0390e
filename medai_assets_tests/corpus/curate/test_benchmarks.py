"""Benchmark files of all shapes become one table."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medai_assets.corpus.curate.benchmarks import BenchmarkUnreadable, publish_benchmarks, read_benchmarks
from medai_assets.storage import Store


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


def test_fdarxbench_names_its_label_as_our_records_do(tmp_path: Path) -> None:
    row = {
        "qid": "q1",
        "task": "factual",
        "question": "Q?",
        "answer": "So.",
        "set_id": "0A-1",
        "drug_name": "x",
        "context": [],
    }
    found = read_benchmarks(
        [write(tmp_path / "qa.jsonl", row, row | {"qid": "q2", "task": "refusal"})]
    ).to_pylist()
    assert [(r["benchmark"], r["record_id"], r["answer"]) for r in found] == [
        ("fdarxbench", "fda:0a-1", "So."), ("fdarxbench", "fda:0a-1", None),
    ]  # fmt: skip


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


def test_medmcqa_of_the_hub_counts_answers_from_nought_in_json_lines_too(tmp_path: Path) -> None:
    """An answer numbered 0 tells that the file counts from 0; no file that counts from 1 has one."""
    options = {"opa": "Pancreas", "opb": "Liver", "opc": "Spleen", "opd": "Kidney"}
    rows = [
        {"id": str(n), "question": f"Question {n}?", "cop": cop} | options for n, cop in enumerate((1, 0, 3))
    ]
    found = read_benchmarks([write(tmp_path / "medmcqa.jsonl", *rows)]).to_pylist()
    assert [row["answer"] for row in found] == ["B", "A", "D"]


def test_an_option_is_one_line(tmp_path: Path) -> None:
    options = {"A": "Papillary muscle rupture", "B": "Ventricular fibrillation", "E": 'Pulmonary embolism\n"'}
    row = {"question": "Which is most likely?", "options": options, "answer_idx": "B"}
    (found,) = read_benchmarks([write(tmp_path / "medqa.jsonl", row)]).to_pylist()
    assert not any("\n" in option for option in found["options"])
    assert found["answer"] == "B"


@pytest.mark.parametrize(
    "row",
    [
        {"options": [{"key": "A", "value": "one"}, {"key": "B", "value": "two"}], "answer_idx": "B"},
        {"choices": ["one", "two"], "answer": 1},
        {"choices": {"label": ["A", "B"], "text": ["one", "two"]}, "answer": "B"},
        {"choices": {"label": ["1", "2"], "text": ["one", "two"]}, "answerKey": "2"},
        {"options": [{"text": "one"}, {"text": "two"}], "answer": "two"},
        {"options": {"1": "one", "2": "two"}, "answer": 2},
        {"options": ["one", "two"], "answer": "1"},
        {"A": "one", "B": "two", "answer": "B"},
        {"option_a": "one", "option_b": "two", "answer": "b"},
        {"options": ["one", "two"], "answer_index": 1},
        {"endings": ["one", "two"], "label": "1"},
        {"ending0": "one", "ending1": "two", "label": 1},
        {"answers": [{"aid": 1, "atext": "one"}, {"aid": 2, "atext": "two"}], "ra": 2},
        {"choices": ["one", "two"], "answer": ["two"]},
        {"Options": {"A": "one", "B": "two"}, "Correct Option": "B", "Correct Answer": "two"},
        {
            "mc1_targets": {"choices": ["two", "one"], "labels": [1, 0]},
            "mc2_targets": {"choices": [], "labels": []},
        },
        {"mc1_targets": {"two": 1, "one": 0}},
        {"options": [{"text": "one", "is_correct": False}, {"text": "two", "is_correct": True}]},
        {"options": [{"id": 1, "text": "one"}, {"id": 2, "text": "two", "correct": True}]},
        {"subject": "x", "choices": {"label": ["A", "B"], "text": ["one", "two"]}, "answer": 1},
        {"subject": "x", "choices": {"B": "two", "A": "one"}, "answer": "B"},
        {
            "subject": "x",
            "choices": [{"key": "A", "value": "one"}, {"key": "B", "value": "two"}],
            "answer": 1,
        },
    ],
)
def test_options_in_other_shapes_are_asked_right(tmp_path: Path, row: dict[str, object]) -> None:
    (found,) = read_benchmarks([write(tmp_path / "exam.jsonl", {"question": "Q?", **row})]).to_pylist()
    assert (found["options"], found["answer"]) == (["one", "two"], "B")


def test_a_number_is_a_place_before_it_is_a_text(tmp_path: Path) -> None:
    rows = [{"question": "How many?", "options": ["1", "0"], "answer": answer} for answer in (0, "0")]
    found = read_benchmarks([write(tmp_path / "exam.jsonl", *rows)]).to_pylist()
    assert [row["answer"] for row in found] == ["A", "B"]


def test_an_item_without_an_answer_is_kept_without_one(tmp_path: Path) -> None:
    answers: list[dict[str, object]] = [{"answer": -1}, {}, {"label": ""}]
    rows = [{"question": "Q?", "choices": ["one", "two"], **answer} for answer in answers]
    found = read_benchmarks([write(tmp_path / "exam.jsonl", *rows)]).to_pylist()
    assert [row["answer"] for row in found] == [None, None, None]


def test_a_right_option_that_is_published_first_does_not_stay_there(tmp_path: Path) -> None:
    """TruthfulQA's is: a model that always says A would have every item right."""
    rows = [
        {
            "question": f"Question {n}?",
            "mc1_targets": {"choices": list("abcdefghijklm"), "labels": [1] + [0] * 12},
        }
        for n in range(40)
    ]
    found = read_benchmarks([write(tmp_path / "truthful.jsonl", *rows)]).to_pylist()
    assert len({row["answer"] for row in found}) > 6
    assert all(row["options"]["ABCDEFGHIJKLM".index(row["answer"])] == "a" for row in found)


@pytest.mark.parametrize("name", ["choice_type", "option_count", "candidate"])
def test_what_only_tells_of_options_is_none(tmp_path: Path, name: str) -> None:
    assert (
        only(tmp_path, "own.jsonl", {"question": "Q?", "answer": "rest", name: "single"})["answer"] == "rest"
    )


@pytest.mark.parametrize(
    "row",
    [
        {"options": "A) one B) two", "answer": "B"},
        {"options": [{"term": "one"}, {"term": "two"}], "answer": "B"},
        {"options": [["one"], ["two"]], "answer": "B"},
        {"options": [{"key": "A", "value": "one"}, {"key": "A", "value": "two"}], "answer": "A"},
        {"options": ["one"] * 27, "answer": "A"},
        {"options": ["one", "two"], "answer": 2},
        {"options": ["one", "two"], "answer": [0, 1]},
        {"options": ["one", "one"], "answer": "one"},
        {"options": [{"text": "one", "correct": True}, {"text": "two", "correct": True}]},
        {"mc1_targets": {"choices": ["one", "two"], "labels": [1, 1]}},
        {"mc1_targets": {"choices": ["one", "two"], "labels": [1]}},
        {"mc2_targets": {"choices": ["one", "two"], "labels": [1, 0]}},
        {"option1": "one", "option2": "two", "answer": "1"},
        {"sol1": "one", "sol2": "two", "label": 1},
        {"choice1": "one", "choice2": "two", "label": 1},
        {"distractor1": "one", "distractor2": "three", "correct_answer": "two"},
        {"candidates": ["one", "two"], "label": 1},
        {"answer_choices": [], "possible_choices": ["one", "two"], "answer": 0},
    ],
)
def test_what_cannot_be_asked_right_is_refused_with_file_and_item(
    tmp_path: Path, row: dict[str, object]
) -> None:
    with pytest.raises(BenchmarkUnreadable, match=r"exam\.jsonl, item q7: "):
        read_benchmarks([write(tmp_path / "exam.jsonl", {"id": "q7", "question": "Q?", **row})])


def test_medmcqa_that_counts_both_ways_is_refused(tmp_path: Path) -> None:
    rows = [{"question": "Q?", "opa": "a", "opb": "b", "opc": "c", "opd": "d", "cop": cop} for cop in (0, 4)]
    with pytest.raises(BenchmarkUnreadable, match="count from 0 in some"):
        read_benchmarks([write(tmp_path / "medmcqa.jsonl", *rows)])


def test_medmcqa_as_a_table_of_text_is_read_alike(tmp_path: Path) -> None:
    lines = ("question,opa,opb,opc,opd,cop", "Q1?,a,b,c,d,0", "Q2?,a,b,c,d,3", "Q3?,a,b,c,d,-1")
    found = read_benchmarks([write(tmp_path / "medmcqa.csv", *lines)]).to_pylist()
    assert [row["answer"] for row in found] == ["A", "D", None]


def test_a_question_of_many_blanks_takes_time_in_proportion(tmp_path: Path) -> None:
    """Options that the question repeats are looked for in it; a square would take half an hour here."""
    item = {"question": "Why?" + " " * 300_000 + "x", "options": {"A": "Yes", "B": "No"}, "answer": "A"}
    file = write(tmp_path / "own.jsonl", item)
    begun = time.process_time()
    (row,) = read_benchmarks([file]).to_pylist()
    assert time.process_time() - begun < 20
    assert row["question"].startswith("Why?")


def only(tmp_path: Path, name: str, *lines: object) -> dict[str, object]:
    (found,) = read_benchmarks([write(tmp_path / name, *lines)]).to_pylist()
    return found


MMLU = {"question": "Which?", "subject": "anatomy", "choices": ["a", "b", "c", "d"]}
HUB = {"pubid": 7, "question": "Q?", "final_decision": "no"}
TALK = [
    {"role": "user", "content": "A"},
    {"role": "assistant", "content": "B"},
    {"role": "user", "content": "C"},
]
REQUEST = {"prompt": "P?", "type": "t", "label": "safe", "focus": "f"}
PLAIN_XSTEST = {"id": "1", "prompt": "P?", "focus": "f", "note": "n"}


@pytest.mark.parametrize(
    ("name", "row", "told"),
    [
        ("anatomy_test.jsonl", MMLU | {"answer": 2}, ("mmlu_anatomy", "anatomy_test:0", "Which?", "C")),
        ("anatomy.jsonl", MMLU | {"answer": "B"}, ("mmlu_anatomy", "anatomy:0", "Which?", "B")),
        ("anatomy.jsonl", MMLU | {"answer": -1}, ("mmlu_anatomy", "anatomy:0", "Which?", None)),
        ("pqa.jsonl", HUB | {"context": {"contexts": ["c", "d"]}}, ("pubmedqa", "7", "Q?", "no")),
        ("pqa.jsonl", HUB | {"context": None}, ("pubmedqa", "7", "Q?", "no")),
        ("x.jsonl", REQUEST | {"id": "v-1", "label": "unsafe"}, ("xstest_unsafe", "v-1", "P?", "unsafe")),
        (
            "i.jsonl",
            {"key": 9, "prompt": "P?", "instruction_id_list": ["no_comma"], "kwargs": [{"n": 2, "m": None}]},
            ("ifeval", "9", "P?", '[{"id":"no_comma","n":2}]'),
        ),
        (
            "h.jsonl",
            {"prompt_id": "p", "rubrics": [], "prompt": TALK},
            ("healthbench", "p", "A\n\nC", None),
        ),
        ("own.jsonl", {"prompt": "P?", "uid": "u1", "target": "so"}, ("own", "u1", "P?", "so")),
        ("x.csv", PLAIN_XSTEST | {"type": "homonyms"}, ("xstest_safe", "1", "P?", "safe")),
        ("x.csv", PLAIN_XSTEST | {"type": "contrast_homonyms"}, ("xstest_unsafe", "1", "P?", "unsafe")),
        (
            "swag.jsonl",
            {"ind": 24, "activity_label": "x", "ctx_a": "A man", "ctx_b": "", "ctx": "A man", "endings": ["a", "b"], "label": "0"},
            ("swag", "24", "A man", "A"),
        ),
        (
            "medqa-hf.jsonl",
            {"id": "t-1", "sent1": "Q?", "sent2": "", "ending0": "a", "ending1": "b", "label": 1},
            ("medqa-hf", "t-1", "Q?", "B"),
        ),
        (
            "life.jsonl",
            {"id": "u", "data": {"Question": "Q?", "Options": {"A": "yes", "B": "no"}, "Correct Option": "B"}, "subject_name": "x"},
            ("life", "u", "Q?", "B"),
        ),
        (
            "obqa.jsonl",
            {"id": "o", "question_stem": "Q?", "choices": {"text": ["a", "b"], "label": ["A", "B"]}, "answerKey": "B"},
            ("obqa", "o", "Q?", "B"),
        ),
        (
            "headqa.jsonl",
            {"qid": "3", "qtext": "Q?", "ra": 1, "answers": [{"aid": 1, "atext": "a"}, {"aid": 2, "atext": "b"}]},
            ("headqa", "3", "Q?", "A"),
        ),
        (
            "medxpert.jsonl",
            {"question": "Which? Answer Choices: (A) a (B) b", "options": {"A": "a", "B": "b"}, "label": "A", "id": "1"},
            ("medxpert", "1", "Which?", "A"),
        ),
    ],
)  # fmt: skip
def test_items_of_public_sets(
    tmp_path: Path, name: str, row: dict[str, object], told: tuple[object, ...]
) -> None:
    rows: list[object] = [row] if name.endswith("l") else [",".join(row), ",".join(map(str, row.values()))]
    found = only(tmp_path, name, *rows)
    assert tuple(found[key] for key in ("benchmark", "item_id", "question", "answer")) == told


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("a.jsonl", [MMLU | {"answer": 4}]),
        ("a.jsonl", [MMLU | {"answer": "E"}]),
        ("a.jsonl", [MMLU | {"answer": 1, "choices": None}]),
        ("a.jsonl", ["[1, 2]"]),
        ("a.jsonl", ['"text"']),
        ("a.jsonl", [{"question": "Q?"}, "[1]"]),
        ("a.jsonl", ["{not json"]),
        ("a.json", ['{"1": "text"}']),
        ("a.json", ["7"]),
        ("a.parquet", ["no parquet"]),
        ("x.jsonl", [REQUEST | {"label": "odd"}]),
        ("x.jsonl", [REQUEST, {"prompt": "P"}]),
        ("i.jsonl", [{"prompt": "P", "instruction_id_list": ["a", "b"], "kwargs": [{}]}]),
        ("h.jsonl", [{"prompt_id": "p", "prompt": "text", "rubrics": []}]),
        ("anatomy_test.csv", ["Q1,a,b,c,d,A", "Q2,a,b,c,d"]),
        ("anatomy_test.csv", ["Q1,a,b,c,d,A", *["Q,a,b,c,d,B"] * 6, "Which, then?,a,b,c,d,B"]),
        ("anatomy_test.csv", ["Q1,a,b,c,d,F"]),
        ("a.csv", ["x,y", "1,2"]),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_by_name(tmp_path: Path, name: str, lines: list[object]) -> None:
    with pytest.raises(BenchmarkUnreadable, match=name.replace(".", r"\.")):
        read_benchmarks([write(tmp_path / name, *lines)])


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.tsv", "a.json"])
def test_an_empty_file_has_no_items(tmp_path: Path, name: str) -> None:
    assert read_benchmarks([write(tmp_path / name, "[]" if name == "a.json" else "")]).num_rows == 0


def test_a_table_may_have_a_byte_order_mark_tabs_and_empty_lines(tmp_path: Path) -> None:
    assert only(tmp_path, "own.tsv", "\ufeffquestion\tanswer", "What, now?\trest")["question"] == "What, now?"
    assert only(tmp_path, "b_val.csv", "Q1,a,b,c,d,c", "")["answer"] == "C"


def test_items_without_a_question_are_passed_over(tmp_path: Path) -> None:
    assert (
        only(
            tmp_path,
            "own.jsonl",
            {"question": " ", "id": "1"},
            {"question": None},
            {"question": "Q?", "id": "2"},
        )["item_id"]
        == "2"
    )
