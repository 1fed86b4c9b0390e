"""What an adapter learned is what was trained on: no more than the budget let in, up to the step whose weights are kept."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medai_assets.foundation.schemas import EXAMPLE, LEARNED, LEARNED_RECORD, LEFT_OUT
from medai_assets.training.job import Job
from medai_assets.training.learned_tables import TABLES
from medai_assets.training.machine import Machine
from medai_assets.training.train import run
from medai_assets_tests.training import tiny
from medai_assets_tests.training.conftest import Listener

Trained = tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]


def trained(job: Job, cpu: Machine) -> Trained:
    """The result of a run, and the rows of the two tables beside the adapter."""
    result = run(job, Listener(), cpu)
    learned, records, left_out = (pq.read_table(job.out_dir / f"{name}.parquet") for name in TABLES)
    assert learned.schema.equals(LEARNED)
    assert left_out.schema.equals(LEFT_OUT)
    origins = records.cast(LEARNED_RECORD).to_pylist()
    rows = [row | {"origins": [origins[n] for n in row["records"]]} for row in learned.to_pylist()]
    return result, rows, left_out.to_pylist()


def reasons(left_out: list[dict[str, Any]]) -> Counter[str]:
    return Counter(row["reason"] for row in left_out)


@pytest.mark.parametrize("packing", [True, False])
def test_every_example_of_a_whole_run_was_learned_once_an_epoch(
    packing: bool, bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path: Path
) -> None:
    wanted = tiny.recipe("llama", epochs=2, evaluations=1, packing=packing, batch_size=3)
    result, learned, left_out = trained(tiny.job(bases["llama"], dataset, tmp_path, wanted), cpu)
    assert {row["example_id"]: row["times"] for row in learned} == {
        row["example_id"]: result["facts"]["best_step"] * 2 // result["facts"]["steps"]
        for row in tiny.examples("train")
    }
    assert all(row["origins"] == [tiny.ORIGIN] for row in learned)
    assert reasons(left_out) == {"validation": 6}
    assert {row["split"] for row in left_out} == {"validation"}


def test_what_the_budget_and_the_limit_leave_out_was_not_learned(
    bases: dict[str, Path], cpu: Machine, tmp_path: Path
) -> None:
    rows = tiny.examples("train")
    rows[3]["completion"] = "water " * 300
    folder = tiny.write_dataset(tmp_path / "data", rows)
    wanted = tiny.recipe("llama", epochs=1, evaluations=1, max_train_tokens=300)
    result, learned, left_out = trained(tiny.job(bases["llama"], folder, tmp_path, wanted), cpu)
    assert sum(row["tokens"] for row in learned) <= 300
    assert 0 < len(learned) < len(rows) - 1
    assert reasons(left_out) == {
        "validation": 6,
        "over_length": 1,
        "token_budget": len(rows) - 1 - len(learned),
    }
    assert [row["example_id"] for row in left_out if row["reason"] == "over_length"] == [
        rows[3]["example_id"]
    ]
    of_both = {row["example_id"] for row in learned} | {
        r["example_id"] for r in left_out if r["split"] == "train"
    }
    assert of_both == {row["example_id"] for row in rows}
    assert result["facts"]["data"]["train"]["examples"] == len(learned)
    card = (tmp_path / "out" / "README.md").read_text()
    assert f"| all | {len(learned):,} |" in card
    assert f"| CC0-1.0 | {len(learned)} |" in card


def test_a_run_of_half_an_epoch_learns_what_it_reached(
    bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path: Path
) -> None:
    wanted = tiny.recipe("llama", epochs=0.5, evaluations=1, packing=False, batch_size=2)
    result, learned, left_out = trained(tiny.job(bases["llama"], dataset, tmp_path, wanted), cpu)
    assert result["facts"]["best_step"] == result["facts"]["steps"] == 4
    assert [row["times"] for row in learned] == [1] * 8
    assert reasons(left_out) == {"validation": 6, "not_reached": 8}
    assert "8 not reached before the weights that are kept" in (tmp_path / "out" / "README.md").read_text()


def test_what_came_after_the_weights_that_are_kept_was_not_learned(
    bases: dict[str, Path], cpu: Machine, tmp_path: Path
) -> None:
    """What it learns is nothing that validation asks, so its loss rises; the weights of the best step are restored."""
    rows = tiny.examples("train")
    for row in rows:
        row["completion"] = "z" * 20
    folder = tiny.write_dataset(tmp_path / "data", rows)
    wanted = tiny.recipe("llama", epochs=1, evaluations=4, packing=False, batch_size=1, learning_rate=0.02)
    result, learned, left_out = trained(tiny.job(bases["llama"], folder, tmp_path, wanted), cpu)
    best, steps = result["facts"]["best_step"], result["facts"]["steps"]
    assert best < steps
    assert len(learned) == best
    assert reasons(left_out)["not_reached"] == len(rows) - best


def test_origins_are_those_of_the_notes_where_they_stand_apart(
    bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path: Path
) -> None:
    other = {**tiny.ORIGIN, "record_id": "nhs:/b", "licence": "OGL-UK-3.0"}
    notes = [row | {"origins": [other]} for row in tiny.examples("train")]
    pq.write_table(pa.Table.from_pylist(notes, schema=EXAMPLE), tmp_path / "notes.parquet")
    wanted = tiny.recipe("llama", epochs=1, evaluations=1)
    job = tiny.job(bases["llama"], dataset, tmp_path, wanted, notes_file=tmp_path / "notes.parquet")
    result, learned, _ = trained(Job.read(job.write(tmp_path / "job.json")), cpu)
    assert {origin["record_id"] for row in learned for origin in row["origins"]} == {"nhs:/b"}
    assert list(result["facts"]["licences"]) == ["OGL-UK-3.0"]


def test_the_tables_are_named_in_the_manifest(
    bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path: Path
) -> None:
    job = tiny.job(bases["llama"], dataset, tmp_path, tiny.recipe("llama", epochs=1, evaluations=1))
    run(job, Listener(), cpu)
    files = json.loads((job.out_dir / "training_manifest.json").read_text())["files"]
    assert {"learned.parquet", "left_out.parquet"} <= set(files)
