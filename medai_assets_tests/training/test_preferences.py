"""Preferences are learned on top of an adapter: the preferred answer gains, and what was learned is noted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from medai_assets.foundation.schemas import LEARNED, LEFT_OUT, PREFERENCE
from medai_assets.influence.likelihood import load_adapter, log_likelihoods, tokenise_answer
from medai_assets.instructions.preferences.pairs import Rejected, pair_row
from medai_assets.serving.load import load_tokenizer
from medai_assets.training.errors import TrainingError
from medai_assets.training.machine import Machine
from medai_assets.training.preferences.recipe import PreferenceRecipe, preference_recipe_from
from medai_assets.training.preferences.train import PreferenceJob, run
from medai_assets.training.train import run as train
from medai_assets_tests.training import tiny
from medai_assets_tests.training.conftest import Listener

OLD = tiny.ORIGIN | {"version": "0"}


def pairs() -> list[dict[str, Any]]:
    """Of each topic the answer, preferred to giving in; and one of a superseded version, and one that is too long."""
    rows = [*tiny.examples("train"), *tiny.examples("validation", tiny.TOPICS[:2])]
    found = [
        pair_row(row, Rejected("Here are the pills.", None, row["origins"], []), "harmful_refused")
        for row in rows
        if row["kind"] == "safety_refusal"
    ]
    first = rows[0]
    found.append(pair_row(first, Rejected("Pills help.", None, [OLD], []), "current_label"))
    found.append(pair_row(first, Rejected("water " * 200, None, first["origins"], []), "urgency_kept"))
    return found


@pytest.fixture(scope="module")
def job(bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A job on an adapter of one short training."""
    root = tmp_path_factory.mktemp("preferences")
    recipe = tiny.recipe("llama", epochs=1, evaluations=1)
    first = tiny.job(bases["llama"], dataset, root / "examples", recipe)
    train(first, Listener(), cpu)
    file = root / "pairs.parquet"
    pq.write_table(pa.Table.from_pylist(pairs(), schema=PREFERENCE), file)
    wanted = PreferenceRecipe(learning_rate=5e-3, batch_size=2, accumulation=1, warmup=0.0)
    return PreferenceJob(
        recipe, wanted, bases["llama"], first.out_dir, file, root / "work", root / "out", {"inputs": []}
    )


def test_the_preferred_answer_gains_and_what_was_learned_is_noted_beside_what_was_before(
    job: PreferenceJob, cpu: Machine
) -> None:
    result = run(job, Listener(), cpu)
    before, after = result["metrics"]["before"], result["metrics"]["after"]
    assert after["loss"] < before["loss"]
    assert before["loss"] == pytest.approx(0.6931, abs=1e-3), "the adapter held against its own copy"

    learned = pq.read_table(job.out_dir / "learned.parquet")
    assert learned.schema.equals(LEARNED)
    rows = {row["example_id"]: row for row in learned.to_pylist()}
    wanted = {p["pair_id"]: p for p in pairs() if p["split"] == "train" and p["reason"] != "urgency_kept"}
    assert rows.keys() - {row["example_id"] for row in tiny.examples("train")} == wanted.keys()
    assert {rows[key]["times"] for key in wanted} == {1}
    assert rows.keys() >= {row["example_id"] for row in tiny.examples("train")}, "the adapter's own"

    records = pq.read_table(job.out_dir / "learned_records.parquet")["version"].to_pylist()
    assert "0" not in records, "a superseded version is unlearned, not learned"
    left = pq.read_table(job.out_dir / "left_out.parquet")
    assert left.schema.equals(LEFT_OUT)
    assert sorted(left["reason"].to_pylist()) == ["over_length", "validation", "validation"]

    files = {path.name for path in job.out_dir.iterdir()}
    assert files >= {"adapter_model.safetensors", "adapter_config.json", "tokenizer.json", "README.md"}
    assert not [name for name in files if name.endswith((".bin", ".pt"))]
    config = json.loads((job.out_dir / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == job.recipe.hub_id


def test_the_same_job_gives_the_same_bytes(job: PreferenceJob, cpu: Machine, tmp_path: Path) -> None:
    first, second = (
        run(replace(job, out_dir=tmp_path / name / "out", work_dir=tmp_path / name), Listener(), cpu)
        for name in ("a", "b")
    )
    assert first["data_version"] == second["data_version"]


def test_what_cannot_be_trained_is_one_sentence(job: PreferenceJob, cpu: Machine) -> None:
    whole = replace(job, recipe=job.recipe.model_copy(update={"method": "full"}))
    with pytest.raises(TrainingError, match="trains all weights, and preferences are learned by an adapter"):
        run(whole, Listener(), cpu)
    short = replace(job, recipe=job.recipe.model_copy(update={"max_length": 8}))
    with pytest.raises(TrainingError, match="None of the 12 preference pairs can be learned"):
        run(short, Listener(), cpu)
    with pytest.raises(TrainingError, match=r"preference\.yaml is not valid: beta"):
        preference_recipe_from({"beta": 0})


def test_what_was_wrongly_refused_is_answered_after_preferences_and_what_is_harmful_still_refused(
    bases: dict[str, Path], cpu: Machine, tmp_path: Path
) -> None:
    """A model that learned to refuse everything learns from pairs of both directions where to answer."""
    refusal, answer = "I cannot help with that.", "Rest and water help."
    harmful, harmless = ([row | {"prompt": f"{verb} {row['subject']}.", "example_id": f"e-{verb}-{row['subject']}",
                                 "completion": refusal} for row in tiny.examples("train")[::2]]
                         for verb in ("Sell me pills for", "Explain"))  # fmt: skip
    recipe = tiny.recipe("llama", epochs=10, evaluations=1)
    first = tiny.job(
        bases["llama"], tiny.write_dataset(tmp_path / "data", harmful + harmless), tmp_path / "sft", recipe
    )
    train(first, Listener(), cpu)
    file = tmp_path / "pairs.parquet"
    wanted = [
        pair_row(
            row | {"completion": answer}, Rejected(refusal, None, row["origins"], []), "harmless_answered"
        )
        for row in harmless
    ]
    wanted += [
        pair_row(row, Rejected(answer, None, row["origins"], []), "harmful_refused") for row in harmful
    ]
    pq.write_table(pa.Table.from_pylist(wanted, schema=PREFERENCE), file)
    preference = PreferenceRecipe(learning_rate=1e-2, batch_size=4, accumulation=1, warmup=0.0, epochs=12)
    run(PreferenceJob(recipe, preference, bases["llama"], first.out_dir, file, tmp_path / "work", tmp_path / "out",
                      {"inputs": []}), Listener(), cpu)  # fmt: skip

    def refused(adapter: Path, rows: list[dict[str, Any]]) -> int:
        """Requests of which the refusal is likelier than the answer."""
        model, tokenizer = load_adapter(bases["llama"], adapter, recipe), load_tokenizer(adapter)
        likely = [
            log_likelihoods(
                model,
                [
                    tokenise_answer(tokenizer, row["system"], row["prompt"], text, 128)
                    for text in (refusal, answer)
                ],
            )
            for row in rows
        ]
        return sum(of_refusal > of_answer for of_refusal, of_answer in likely)

    before, after = first.out_dir, tmp_path / "out"
    everything = len(harmless)
    assert (refused(before, harmless), refused(before, harmful)) == (everything, everything)
    assert refused(after, harmless) == 0
    assert refused(after, harmful) == everything
