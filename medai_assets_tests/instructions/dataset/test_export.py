"""One JSON object a line, in the order of the rows; files appear together or not at all; the tools' configurations name them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from medai_assets.instructions.dataset.export import (
    FRAMEWORKS,
    TRAIN,
    VALIDATION,
    export_files,
    framework_writers,
    jsonl_record,
    write_jsonl,
)
from medai_assets.storage import file_sha256
from medai_assets_tests.instructions.builders import origin


def example(number: int = 0, **other: Any) -> Any:
    return {
        "example_id": f"e{number}", "kind": "question_answer", "rule": "r/1", "system": "You inform.", "history": [],
        "prompt": "What is 0.5 µg?", "completion": "Half a microgram – “½ µg”.", "passage_ids": ["p2", "p1"],
        "origins": [origin("nhs:x")], "authored": False, "split": "train", "subject": None, "audience": "consumer",
        "source": "nhs", "labels": '{"b":1,"a":2}',
    } | other  # fmt: skip


def test_lines_are_in_the_order_of_the_rows_whatever_stands_in_them(tmp_path: Path) -> None:
    texts = ["one\ntwo", "a\u2028b\u2029c\x85d", 'say "yes" \\ no', "ÄÖ 喘 🫁", "\t"]
    rows = [example(n, completion=text) for n, text in enumerate(texts)]
    assert write_jsonl(iter(rows), tmp_path / "x.jsonl") == len(texts)
    raw = (tmp_path / "x.jsonl").read_bytes()
    assert raw.endswith(b"\n")
    assert [orjson.loads(line)["completion"] for line in raw.split(b"\n")[:-1]] == texts
    assert write_jsonl([], tmp_path / "none.jsonl") == (tmp_path / "none.jsonl").stat().st_size == 0


def test_the_chat_is_system_what_was_said_before_request_and_answer() -> None:
    before = [{"role": "user", "content": "What is gout?"}, {"role": "assistant", "content": "A disease."}]
    made = jsonl_record(example(history=before))
    assert [turn["role"] for turn in made["messages"]] == ["system", "user", "assistant", "user", "assistant"]
    assert made["messages"][1:3] == made["history"] == before
    assert made["messages"][-1]["content"] == made["completion"]


def test_the_order_of_keys_and_passages_is_fixed_and_no_subject_is_an_empty_text() -> None:
    shuffled = example(origins=[dict(reversed(origin("nhs:x").items()))])
    assert orjson.dumps(jsonl_record(shuffled)) == orjson.dumps(jsonl_record(example()))
    assert jsonl_record(example())["passage_ids"] == ["p2", "p1"]
    assert jsonl_record(example())["subject"] == ""
    assert jsonl_record(example())["labels"] == '{"b":1,"a":2}'


def test_files_replace_the_old_ones_together_and_their_hashes_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "other").write_text("stays")
    told = export_files(
        tmp_path, {"a": lambda path: path.write_text("new"), "b": lambda path: path.write_text("")}
    )
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a": "new", "b": "", "other": "stays"}
    assert told == {name: file_sha256(tmp_path / name) for name in ("a", "b")}


def test_a_later_file_may_be_written_from_an_earlier_one(tmp_path: Path) -> None:
    def copied(path: Path) -> None:
        path.write_bytes((path.parent / "a").read_bytes() * 2)

    export_files(tmp_path, {"a": lambda path: path.write_text("x"), "b": copied})
    assert (tmp_path / "b").read_text() == "xx"


def test_a_writer_that_writes_nothing_leaves_all_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(FileNotFoundError):
        export_files(tmp_path, {"a": lambda path: path.write_text("new"), "b": lambda path: None})
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a": "old"}


def test_each_tool_is_told_of_both_files_that_there_are_and_of_the_messages(tmp_path: Path) -> None:
    for name, write in framework_writers().items():
        write(tmp_path / name)
    assert {p.name for p in tmp_path.iterdir()} == set(FRAMEWORKS)
    factory = orjson.loads((tmp_path / "dataset_info.json").read_bytes())
    assert [one["file_name"] for one in factory.values()] == [TRAIN, VALIDATION]
    assert {one["columns"]["messages"] for one in factory.values()} == {"messages"}
    axolotl = yaml.safe_load((tmp_path / "axolotl.yaml").read_text())
    assert [axolotl[part][0]["path"] for part in ("datasets", "test_datasets")] == [TRAIN, VALIDATION]
    assert axolotl["datasets"][0]["roles_to_train"] == ["assistant"]
    trl = yaml.safe_load((tmp_path / "trl_sft.yaml").read_text())
    assert trl["datasets"][0]["data_files"] == TRAIN
    assert not any("&" in (tmp_path / name).read_text() for name in ("axolotl.yaml", "trl_sft.yaml"))
