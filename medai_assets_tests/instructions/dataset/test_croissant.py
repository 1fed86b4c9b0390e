"""The description for machines states the files that lie there, and every field of the export."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import orjson
import pytest

from medai_assets.foundation.schemas import ORIGIN
from medai_assets.instructions.dataset.croissant import FIELDS, LISTS, croissant, write_croissant
from medai_assets.instructions.dataset.export import TRAIN, VALIDATION, jsonl_record
from medai_assets.instructions.kinds.registry import KINDS
from medai_assets_tests.instructions.builders import origin

FACTS = {
    "licences": [{"licence": "CC0-1.0", "examples": 3}, {"licence": "OGL-UK-3.0", "examples": 1}],
    "by_kind": [{"kind": "question_answer", "train": 3, "validation": 1}, {"kind": "safety_refusal", "train": 2, "validation": 0}],
    "by_source": [{"source": "nhs", "examples": 4}, {"source": "authored", "examples": 2}],
}  # fmt: skip
BYTES = {TRAIN: b'{"a": 1}\n', VALIDATION: b""}


@pytest.fixture
def described(tmp_path: Path) -> dict[str, Any]:
    for name, raw in BYTES.items():
        (tmp_path / name).write_bytes(raw)
    return croissant(FACTS, "0123456789abcdef", "2025-01-02", tmp_path)


def test_each_file_is_stated_with_its_size_and_hash(described: dict[str, Any]) -> None:
    for stated, (name, raw) in zip(described["distribution"], BYTES.items(), strict=True):
        assert stated["contentUrl"] == stated["name"] == name
        assert stated["contentSize"] == f"{len(raw)} B"
        assert stated["sha256"] == hashlib.sha256(raw).hexdigest()


def test_every_field_of_the_export_is_described_and_no_other() -> None:
    row: Any = {
        "example_id": "e", "kind": "k", "rule": "r", "system": "s", "history": [], "prompt": "p", "completion": "c",
        "split": "train", "authored": False, "audience": "consumer", "subject": None, "source": "nhs", "labels": "{}",
        "passage_ids": [], "origins": [origin("nhs:x")],
    }  # fmt: skip
    exported = jsonl_record(row)
    assert {*FIELDS, *LISTS} == set(exported)
    assert set(LISTS["origins"][1]) == set(exported["origins"][0]) == {field.name for field in ORIGIN}


def test_fields_of_both_splits_read_from_their_own_file(described: dict[str, Any]) -> None:
    assert [one["@id"] for one in described["recordSet"]] == ["train_examples", "validation_examples"]
    for records, split in zip(described["recordSet"], ("train", "validation")):
        for field in records["field"]:
            for leaf in field.get("subField", [field]):
                assert leaf["source"]["fileObject"] == {"@id": split}
                assert leaf["@id"].startswith(f"{split}_examples/")
        assert records["key"] == {"@id": f"{split}_examples/example_id"}
    ids = [f["@id"] for records in described["recordSet"] for f in records["field"]]
    assert len(ids) == len(set(ids))


def test_licences_counts_version_and_limits_are_stated(described: dict[str, Any]) -> None:
    assert described["license"] == ["CC0-1.0", "OGL-UK-3.0"]
    assert described["description"].startswith(f"6 instruction examples of {len(KINDS)} kinds")
    assert "Not for clinical use" in described["description"]
    assert described["version"] == "1.0.0+0123456789ab"
    assert described["datePublished"] == "2025-01-02"
    assert "nhs (4), authored (2)" in described["rai:dataCollection"]
    assert all(name in described["rai:dataUseCases"] for name in KINDS)


def test_the_same_facts_give_the_same_bytes(tmp_path: Path, described: dict[str, Any]) -> None:
    for name in ("a.json", "b.json"):
        write_croissant(tmp_path / name, FACTS, "0123456789abcdef", "2025-01-02")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert orjson.loads((tmp_path / "a.json").read_bytes()) == described


def test_without_the_files_there_is_nothing_to_describe(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        croissant(FACTS, "v", "2025-01-02", tmp_path)
