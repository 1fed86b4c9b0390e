"""A slice's fingerprint changes exactly when what it would receive does."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from medai_assets.foundation.slices import Slice
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.fingerprints import fingerprint as fingerprint_of
from medai_assets.planning.fingerprints import judge_paths
from medai_assets.sandbox import files as record_files
from medai_assets.sandbox import pubmed_index
from medai_assets.sandbox.files import PACKAGED, fingerprint
from medai_assets.sandbox.server import prepare_records
from medai_assets.settings import Settings
from medai_assets.sources.registry import ALL_SLICES, find_slice
from medai_assets.storage.hashing import file_sha256

SAMPLE_SLICES = [candidate for candidate in ALL_SLICES if "sample" in candidate.profiles]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return prepare_records(tmp_path / "records")


def changed(before: dict[str, str], records: Path, kit: Path) -> set[str]:
    after = fingerprints(records, kit)
    return {name for name in before if before[name] != after[name]}


def fingerprints(records: Path, kit: Path) -> dict[str, str]:
    return {f"{s.source}/{s.key}": fingerprint(s, records, kit) for s in SAMPLE_SLICES}


def test_a_host_without_a_copy_of_the_records_finds_the_same_outside_the_graph(tmp_path: Path) -> None:
    """One that joins a shared store plans before it has collected anything, and nothing is stale for that."""
    settings = Settings(data=str(tmp_path), sources=("fda",))
    graph = Graph(settings)
    targets = [PartitionId("raw_fda", "2024"), PartitionId("benchmark_questions", None)]
    before = [fingerprint_of(graph, target) for target in targets]
    judged_by = judge_paths(settings)
    assert all(path.is_file() for path in judged_by)
    prepare_records(settings.sandbox_records)
    assert [fingerprint_of(graph, target) for target in targets] == before
    assert [path.read_bytes() for path in judge_paths(settings)] == [path.read_bytes() for path in judged_by]
    assert judge_paths(settings) != judged_by, "now the copies count, which a person may edit"


def test_an_edited_label_touches_its_year_only(copied: Path, tmp_path: Path) -> None:
    before = fingerprints(copied, tmp_path)
    path = copied / "fda" / "statins.json"
    labels = orjson.loads(path.read_bytes())
    labels[0]["indications_and_usage"] = ["edited"]
    path.write_bytes(orjson.dumps(labels))
    assert changed(before, copied, tmp_path) == {f"fda/{labels[0]['effective_time'][:4]}"}


def test_layout_and_order_of_keys_are_no_content(copied: Path, tmp_path: Path) -> None:
    before = fingerprints(copied, tmp_path)
    path = copied / "fda" / "statins.json"
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes())[::-1], option=orjson.OPT_INDENT_2))
    assert changed(before, copied, tmp_path) == set()


@pytest.mark.parametrize(
    ("file", "touched"),
    [
        ("nhs/conditions/asthma.json", {"nhs/conditions"}),
        ("medquad/9_CDC_QA/0000001.xml", {"medquad/9_CDC_QA"}),
        ("cdc/300101.json", {"cdc/diabetes"}),
    ],
)
def test_an_edited_file_touches_its_slice_only(
    copied: Path, tmp_path: Path, file: str, touched: set[str]
) -> None:
    before = fingerprints(copied, tmp_path)
    path = copied / file
    path.write_bytes(path.read_bytes() + b"\n")
    assert changed(before, copied, tmp_path) == touched


def test_a_deleted_data_set_touches_its_slice_only(copied: Path, tmp_path: Path) -> None:
    before = fingerprints(copied, tmp_path)
    folder = next(path for path in (copied / "huggingface").iterdir() if path.is_dir())
    for path in folder.rglob("*.jsonl"):
        path.unlink()
    touched = changed(before, copied, tmp_path)
    assert len(touched) == 1
    assert next(iter(touched)).startswith("huggingface/")


def test_the_kit_counts_for_pubmed_only(copied: Path, small_kit: Path, tmp_path: Path) -> None:
    before = fingerprints(copied, tmp_path)
    assert {name.partition("/")[0] for name in changed(before, copied, small_kit)} == {
        "pubmed",
        "pubmed_bulk",
    }


def test_no_file_is_hashed_a_second_time(
    copied: Path, small_kit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[Path] = []

    def noted(path: Path) -> str:
        hashed.append(path)
        return file_sha256(path)

    for module in (record_files, pubmed_index):
        monkeypatch.setattr(module, "file_sha256", noted)
    fingerprints(copied, small_kit)
    assert hashed
    hashed.clear()
    fingerprints(copied, small_kit)
    assert hashed == []


def test_a_slice_of_a_live_year_has_none_of_the_samples() -> None:
    year = next(s for s in ALL_SLICES if s.source == "fda" and "sample" not in s.profiles)
    other = Slice("fda", "1900", {"effective_time": "1900"}, "")
    assert fingerprint(year, PACKAGED, PACKAGED) == fingerprint(other, PACKAGED, PACKAGED)
    assert fingerprint(find_slice("fda", "2024", Settings()), PACKAGED, PACKAGED) != fingerprint(
        other, PACKAGED, PACKAGED
    )
