"""A raised version re-applies the stage's code to everything, whatever the stage keeps inside; and makes stale only its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from medai_assets.code_identity.golden import golden
from medai_assets.code_identity.lock import Lock
from medai_assets.corpus.curate import steps
from medai_assets.corpus.curate.curation import publish_curated
from medai_assets.corpus.curate.decontaminate import BenchmarkIndex, Hit
from medai_assets.corpus.process import batches as process
from medai_assets.corpus.process import by_slice, signatures
from medai_assets.foundation import code_versions as versions
from medai_assets.foundation.code_versions import RULED, code_version
from medai_assets.storage import Store, Stored
from medai_assets_tests.corpus.builders import answer, prose, questions, raw_batch, withdrawals
from medai_assets_tests.world import World

pytestmark = pytest.mark.slow

Patch = pytest.MonkeyPatch


@pytest.fixture
def raw(store: Store) -> list[Stored]:
    """Three raw slices."""
    slices = []
    for key in ("a", "b", "c"):
        rows = [answer(f"hf:{key}/{number}", prose(hash_of(key) + number)) for number in range(3)]
        with store.draft("raw_huggingface", key) as draft:
            draft.write_table("records", pa.Table.from_batches([raw_batch(rows)]))
            slices.append(draft.publish(code_version="1"))
    return slices


def hash_of(key: str) -> int:
    return ord(key) * 10


def processed(store: Store, raw: list[Stored], version: str) -> by_slice.SourceReport:
    return by_slice.process_source(store, "huggingface", raw, publishing=publishing(version))


def publishing(version: str) -> dict[str, Any]:
    return {"code_version": version, "inputs": [], "run_id": ""}


def curated(store: Store, parts: list[Stored], version: str) -> Stored:
    tables = (
        ("withdrawals", "withdrawals", withdrawals()),
        ("benchmark_questions", "questions", questions([{"question": "Why?"}])),
    )
    given = []
    for asset, name, table in tables:
        with store.draft(asset) as draft:
            draft.write_table(name, table)
            given.append(draft.publish(code_version="1"))
    with store.draft("curation_policy") as draft:
        draft.path("values.json").write_bytes(b'{"licence_policy": "open"}')
        policy = draft.publish(code_version="1")
    return publish_curated(
        store, parts, withdrawals=given[0], benchmarks=given[1], policy=policy, publishing=publishing(version)
    )


def everything(self: BenchmarkIndex, texts: pa.Array, *others: object) -> list[Hit]:
    return [Hit(row, "medqa", "0", "flagged") for row in range(len(texts))]


def test_a_screening_rule_is_applied_again_to_every_slice(
    store: Store, raw: list[Stored], monkeypatch: Patch
) -> None:
    parts = [processed(store, raw, "1").stored]
    before = curated(store, parts, "1")
    monkeypatch.setattr(BenchmarkIndex, "find", everything)
    # as nobody said that the rule changed
    assert curated(store, parts, "1").data_version == before.data_version
    after = curated(store, parts, "2")
    assert (before.rows("passages"), after.rows("passages")) == (9, 0)
    assert set(after.table("removed")["step"].to_pylist()) == {"decontamination"}


def test_what_is_written_of_a_slice_is_written_again(
    store: Store, raw: list[Stored], monkeypatch: Patch
) -> None:
    from medai_assets.corpus.curate import curated_slices

    parts = [processed(store, raw, "1").stored]
    curated(store, parts, "1")
    write = curated_slices._kept_rows
    monkeypatch.setattr(curated_slices, "_kept_rows", lambda *told: write(*told).slice(0, 0))
    assert curated(store, parts, "2").rows("passages") == 0


def test_a_raised_version_with_the_same_result_is_the_same_version(store: Store, raw: list[Stored]) -> None:
    parts = [processed(store, raw, "1").stored]
    one, two = (curated(store, parts, version) for version in ("1", "2"))
    assert one.data_version == two.data_version
    assert two.receipt is not None
    assert two.receipt.metadata["slices_reused"] == 0


@pytest.mark.parametrize("step", ["withdrawn", "licensed", "template_texts"])
def test_every_step_of_curation_is_applied_again(
    store: Store, raw: list[Stored], monkeypatch: Patch, step: str
) -> None:
    parts = [processed(store, raw, "1").stored]
    curated(store, parts, "1")

    def flag_all(rows: Any, decisions: steps.Decisions, *others: object) -> None:
        for row in range(len(rows)):
            decisions.set_aside(row, "withdrawal", "flagged")

    monkeypatch.setattr(steps, step, flag_all)
    assert curated(store, parts, "2").rows("passages") == 0


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_quality_rule_is_applied_again_when_the_version_is_raised(
    store: Store, raw: list[Stored], monkeypatch: Patch, version: str
) -> None:
    processed(store, raw, "1")
    verdicts: Callable[..., Any] = process.verdicts
    monkeypatch.setattr(process, "verdicts", lambda *told: flagged(verdicts(*told)))
    again = processed(store, raw, version)
    assert again.stored.rows("passages") == (9 if version == "1" else 0)
    assert again.reused == (3 if version == "1" else 0)


def flagged(verdicts: list[Any]) -> list[Any]:
    return ["flagged" for _ in verdicts]


def test_sketches_are_made_again_also_of_the_same_passages(
    store: Store, raw: list[Stored], monkeypatch: Patch
) -> None:
    before = processed(store, raw, "1").stored
    sketch = signatures.sketch
    monkeypatch.setattr(
        process, "sketch", lambda texts: sketch(texts)._replace(signature=sketch(texts).signature ^ 1)
    )
    after = processed(store, raw, "2").stored
    assert after.table("passages") == before.table("passages")
    assert after.table("signatures")["signature"] != before.table("signatures")["signature"]


@pytest.mark.parametrize(
    "column", ["subject", "audience", "evidence", "aliases", "quality", "words", "masked"]
)
def test_what_other_code_reads_from_the_same_text_is_stored(
    store: Store, raw: list[Stored], monkeypatch: Patch, column: str
) -> None:
    processed(store, raw, "1")
    make = process.process_slice

    def otherwise(records: Any, source: str) -> Any:
        for piece in make(records, source):
            yield replace(piece, passages=with_another(piece.passages, column))

    monkeypatch.setattr(process, "process_slice", otherwise)
    after = processed(store, raw, "2").stored.table("passages")
    assert after.num_rows == 9
    assert {str(value) for value in after[column].to_pylist()} <= {"other", "7", "['other']"}


def with_another(batch: pa.RecordBatch, column: str) -> pa.RecordBatch:
    """The batch with one and the same other value in a column."""
    place = batch.schema.get_field_index(column)
    value: Any = {"words": 7, "aliases": ["other"]}.get(column, "other")
    values = pa.array([value] * batch.num_rows, batch.schema.field(place).type)
    return batch.set_column(place, batch.schema.field(place), values)


# What a raised version makes stale.


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: Patch) -> Path:
    """A lock of the test's own in place of the committed one."""
    path = tmp_path / "own.lock"
    path.write_bytes(versions.LOCK.read_bytes())
    known = versions.locked
    monkeypatch.setattr(versions, "locked", lambda: known(path))
    return path


def raise_version(lock: Path, name: str) -> None:
    held = Lock.read(lock)
    tables = {t: dict(getattr(held, t)) for t in ("stages", "rules")}
    table = tables["stages" if name in held.stages else "rules"]
    table[name] = replace(table[name], version=table[name].version + 1)
    replace(held, **tables).write(lock)


@pytest.mark.parametrize(
    ("name", "stale"),
    [
        ("drug_information.dosage", "instruction_dataset"),
        ("curated_corpus", "curated_corpus"),
        ("lora_adapter", "lora_adapter[mistral-7b]"),
    ],
)
def test_a_raised_version_makes_exactly_its_own_stage_stale(
    settled_world: Path, tmp_path: Path, lock: Path, name: str, stale: str
) -> None:
    shutil.copytree(settled_world, tmp_path, dirs_exist_ok=True)
    world = World(tmp_path / "data", config=tmp_path / "config")
    raise_version(lock, name)
    for asset, node in world.graph.nodes.items():
        world.graph.nodes[asset] = replace(node, code_version=code_version(asset))
    assert world.stale() == [stale]


def test_raised_rules_alone_change_no_golden_output(lock: Path, tmp_path: Path) -> None:
    """Neither in the examples nor in what was set aside, which names rules too."""
    for rule in Lock.read(lock).rules:
        raise_version(lock, rule)
    assert golden(tmp_path) == Lock.read(lock).golden


def test_the_data_set_s_version_names_its_rules(lock: Path) -> None:
    before = code_version(RULED)
    raise_version(lock, "triage_recommendation.stop_use")
    assert code_version(RULED) != before
    assert code_version(RULED).split("-")[0] == before.split("-")[0]
