"""DoRA, rsLoRA and NEFTune are settings of a recipe: they train, resume to the same bytes, merge exactly and are told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from medai_assets.serving.merge import merge
from medai_assets.training.adapter import directory_digest
from medai_assets.training.architecture import Architecture
from medai_assets.training.errors import TrainingError
from medai_assets.training.estimate import trainable_parameters
from medai_assets.training.machine import Machine
from medai_assets.training.recipe import load_recipe, recipe_from
from medai_assets.training.text_model import load_text_model
from medai_assets.training.train import run
from medai_assets_tests.training import tiny
from medai_assets_tests.training.conftest import Listener

pytestmark = pytest.mark.slow

KINDS: dict[str, dict[str, Any]] = {
    "DoRA": {"dora": True},
    "rsLoRA": {"rslora": True},
    "NEFTune 5": {"neftune_alpha": 5.0},
}


def test_none_is_on_unless_asked_for() -> None:
    recipe = load_recipe("mistral-7b")
    assert (recipe.dora, recipe.rslora, recipe.neftune_alpha) == (False, False, None)


@pytest.mark.parametrize("kind", KINDS)
def test_it_learns_to_the_same_bytes_and_merges_to_what_peft_merges(
    kind: str, bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path: Path
) -> None:
    from peft import PeftModel

    base = bases["qwen2"]
    plain = tiny.job(base, dataset, tmp_path / "plain", tiny.recipe("qwen2", epochs=2))
    job = tiny.job(base, dataset, tmp_path / "kind", tiny.recipe("qwen2", epochs=2, **KINDS[kind]))
    again = replace(job, work_dir=tmp_path / "again" / "work", out_dir=tmp_path / "again" / "out")
    plainly, result, _ = (run(one, Listener(), cpu) for one in (plain, job, again))
    assert directory_digest(job.out_dir) == directory_digest(again.out_dir)
    assert result["metrics"]["tuned"]["all"]["loss"] < 0.9 * result["metrics"]["base"]["all"]["loss"]
    assert result["metrics"]["tuned"] != plainly["metrics"]["tuned"]
    assert result["facts"]["trainable_parameters"] == trainable_parameters(
        job.recipe, Architecture.of_directory(base)
    )
    assert kind in (job.out_dir / "README.md").read_text()

    merge(job.recipe, base, job.out_dir, tmp_path / "merged", lineage={})
    expected = PeftModel.from_pretrained(
        load_text_model(base, dtype=torch.float32), job.out_dir
    ).merge_and_unload()
    merged = load_file(tmp_path / "merged" / "model.safetensors")
    for name, tensor in expected.state_dict().items():
        torch.testing.assert_close(merged[name], tensor.to(torch.bfloat16), msg=name, rtol=0.01, atol=1e-5)


def test_a_dora_adapter_is_not_offered_to_a_server_that_takes_none() -> None:
    from medai_assets.training.model_card import model_card

    facts = {"trainable_parameters": 1, "tokens_per_step": 1, "steps": 1, "best_step": 1}
    for dora in (False, True):
        recipe = load_recipe("qwen-7b").model_copy(update={"dora": dora})
        card = model_card(recipe, metrics={}, facts=facts, lineage={})
        assert ("--enable-lora" in card) is not dora


@pytest.mark.parametrize(
    "wrong", [{"neftune_alpha": 0}, {"method": "full", "dora": True}, {"method": "full", "sharding": "fsdp2"}]
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TrainingError, match=r"neftune_alpha|kinds of adapters|trained whole"):
        recipe_from(json.loads(load_recipe("qwen-7b").model_dump_json()) | wrong)
