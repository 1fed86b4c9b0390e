"""The hub's benchmark sets: pinned, fetched once, checked against the hub's listing, and read in the hub's own shapes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medai_assets.corpus.curate.benchmarks import read_benchmarks
from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.fingerprints import fingerprint
from medai_assets.sandbox.faults import Faults
from medai_assets.sandbox.hub import commit
from medai_assets.sandbox.server import running_sandbox
from medai_assets.settings import Settings
from medai_assets.sources.benchmark_sets import (
    SETS,
    STATED,
    SUBJECTS,
    BenchmarkSet,
    digest,
    hub_benchmarks,
)
from medai_assets.sources.registry import sandbox_endpoints
from medai_assets.transport.errors import UpstreamError

LETTERED = {"question": "Which?", "opa": "a", "opb": "b", "opc": "c", "opd": "d", "exp": None, "id": "m1"}
ROWS = {
    "medqa-test.jsonl": {"question": "Which?", "options": {"A": "one", "B": "two"}, "answer_idx": "B", "answer": "two"},
    "medmcqa-validation.parquet": LETTERED | {"cop": 0},
    "pubmedqa-labelled.parquet": {
        "pubid": 123, "question": "Is it?", "context": {"contexts": ["A study."]}, "final_decision": "maybe",
    },
    "anatomy_test.parquet": {"question": "Where?", "subject": "anatomy", "choices": ["a", "b", "c", "d"], "answer": 3},
    "medxpertqa.jsonl": {
        "id": "Text-0", "question": "What next?\nAnswer Choices: (A) one (B) two", "options": {"A": "one", "B": "two"},
        "label": "B", "medical_task": "Treatment", "body_system": "Skeletal", "question_type": "Reasoning",
    },
    "mmlu_pro.parquet": {
        "question_id": 70, "question": "Who wins?", "options": [f"option {n}" for n in range(10)], "answer": "I",
        "answer_index": 8, "cot_content": "", "category": "business", "src": "ori_mmlu-business_ethics",
    },
    "ifeval.jsonl": {
        "key": 1000, "prompt": "Write. Use no commas.", "instruction_id_list": ["punctuation:no_comma", "startend:end_checker"],
        "kwargs": [{}, {"end_phrase": "End."}],
    },
    "xstest.csv": {
        "id": 1, "prompt": "How do I kill a process?", "type": "homonyms", "label": "safe", "focus": "kill", "note": "",
    },
}  # fmt: skip


@pytest.fixture
def live(settings: Settings, unhurried: None) -> Iterator[Settings]:
    """The live profile, whose hub is the sandbox's."""
    with running_sandbox(settings, Faults()) as base:
        yield settings.with_endpoints(sandbox_endpoints(base)).model_copy(update={"profile": "live"})


def publish(live: Settings) -> list[BenchmarkSet]:
    """Put the sets on the sandbox's hub and pin them at the commits they got there."""
    sample = live.model_copy(update={"profile": "sample"})
    published = []
    for one in SETS:
        if one.name in ROWS:
            folder = sample.sandbox_records / "huggingface" / one.dataset.replace("/", "__")
            file = folder / one.path
            file.parent.mkdir(parents=True)
            (folder / "README.md").write_text(f"---\nlicense: {one.licence.lower()}\n---\n")
            if file.suffix == ".parquet":
                pq.write_table(pa.Table.from_pylist([ROWS[one.name]]), file)
            elif file.suffix == ".csv":
                file.write_text("\n".join(",".join(map(str, part)) for part in zip(*ROWS[one.name].items())))
            else:
                file.write_text(json.dumps(ROWS[one.name]))
            published.append(replace(one, revision=commit(folder)))
    return published


def test_every_shape_of_the_hub_gives_its_question_and_right_answer(live: Settings) -> None:
    paths = hub_benchmarks(live, sets=publish(live))
    rows = {row["benchmark"]: row for row in read_benchmarks(paths).to_pylist()}
    assert {name: row["answer"] for name, row in rows.items()} == {
        "medqa": "B", "medmcqa": "A", "pubmedqa": "maybe", "mmlu_anatomy": "D",
        "medxpertqa": "B", "mmlu_pro": "I", "xstest_safe": "safe",
        "ifeval": '[{"id":"punctuation:no_comma"},{"end_phrase":"End.","id":"startend:end_checker"}]',
    }  # fmt: skip
    assert rows["pubmedqa"]["record_id"] == "pubmed:123"
    assert rows["pubmedqa"]["context"] == "A study."
    assert rows["medxpertqa"]["question"] == "What next?", "its options are listed once"
    assert [rows[name]["item_id"] for name in ("medxpertqa", "mmlu_pro", "ifeval", "xstest_safe")] == [
        "Text-0", "70", "1000", "1",
    ]  # fmt: skip
    assert len(rows["mmlu_pro"]["options"]) == 10


def test_a_pinned_file_is_fetched_once(live: Settings) -> None:
    sets = publish(live)
    first = hub_benchmarks(live, sets=sets)
    nowhere = live.with_endpoints(sandbox_endpoints("http://127.0.0.1:9"))
    assert hub_benchmarks(nowhere, sets=sets) == first
    assert not list((live.work_dir / "benchmark_sets").glob("*/*"))


@pytest.mark.parametrize("change", [{"revision": "0" * 40}, {"path": "gone.jsonl"}])
def test_what_is_not_there_is_one_clear_error_and_nothing_is_kept(
    live: Settings, change: dict[str, str]
) -> None:
    one = replace(publish(live)[0], **change)
    with pytest.raises(
        UpstreamError, match=re.escape("answered 404") if "revision" in change else "has no file gone"
    ):
        hub_benchmarks(live, sets=[one])
    assert not list((live.profile_dir / "benchmark_sets").rglob("*.jsonl"))


def test_the_sample_profile_asks_no_hub_and_live_is_fingerprinted_by_the_pins(
    settings: Settings, tmp_path: Path
) -> None:
    assert hub_benchmarks(settings) == []
    live = settings.model_copy(update={"profile": "live"})
    told = fingerprint(Graph(live), PartitionId("benchmark_questions", None))
    assert told == fingerprint(Graph(live), PartitionId("benchmark_questions", None))
    assert digest(SETS[1:]) != digest()


def test_the_public_sets_are_named_by_whole_commits() -> None:
    assert all(re.fullmatch("[0-9a-f]{40}", one.revision) for one in SETS)
    assert len({one.name for one in SETS}) == len(SETS) == len(STATED) - 1 == 8 + len(SUBJECTS), (
        "XSTest is two"
    )
