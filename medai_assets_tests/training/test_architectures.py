"""Each further recipe trains over a tiny random model of its own architecture, and what it learned is handed over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from medai_assets.serving.load import load_adapted, load_base
from medai_assets.serving.merge import merge
from medai_assets.training.errors import TrainingError
from medai_assets.training.machine import Machine
from medai_assets.training.text_model import load_text_model
from medai_assets.training.train import run
from medai_assets_tests.training import tiny
from medai_assets_tests.training.conftest import Listener
from medai_assets_tests.training.test_recipe import FURTHER

pytestmark = pytest.mark.slow


def test_every_further_recipe_has_a_tiny_model_of_its_architecture() -> None:
    assert set(tiny.ARCHITECTURES) == set(FURTHER)


@pytest.mark.parametrize(
    ("name", "method"),
    [*((name, "lora") for name in FURTHER), *((name, "qlora") for name in ("qwen3.5-9b", "ministral-3-8b"))],
)
def test_it_learns_and_the_merged_text_model_answers_as_base_and_adapter_do(
    name: str, method: str, dataset: Path, cpu: Machine, tmp_path: Path
) -> None:
    base = tiny.build_architecture(name, tmp_path / "base")
    job = tiny.job(base, dataset, tmp_path, tiny.recipe(name, epochs=3, method=method))
    result = run(job, Listener(), cpu)
    metrics = result["metrics"]
    assert metrics["tuned"]["all"]["loss"] < 0.9 * metrics["base"]["all"]["loss"]
    adapter = json.loads((job.out_dir / "adapter_config.json").read_text())
    assert adapter["target_modules"] == sorted(job.recipe.target_modules)

    card = (job.out_dir / "README.md").read_text()
    assert ("multimodal checkpoint" in card) is ("text_config" in tiny.ARCHITECTURES[name])
    assert ("from peft import PeftModel" in card) is ("text_config" not in tiny.ARCHITECTURES[name])

    merge(job.recipe, base, job.out_dir, tmp_path / "merged", lineage={})
    ids = torch.arange(5, 25)[None]
    with torch.inference_mode():
        logits = [
            load(ids, use_cache=False).logits.float()
            for load in (
                load_adapted(base, job.out_dir, cpu),
                load_base(tmp_path / "merged", cpu),
                load_base(base, cpu),
            )
        ]
    adapted, merged, untrained = logits
    rounding, learned = ((adapted - other).abs().mean() for other in (merged, untrained))
    assert rounding < 0.1 * learned  # merged weights are rounded to bf16


def test_the_loss_of_a_mixture_of_experts_is_the_likelihood_of_the_answers_alone(
    dataset: Path, cpu: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRL would add the router's own loss, which nothing here can lower, and call it a kind of examples."""
    experts = {"model_type": "qwen3_moe", "num_experts": 4, "num_experts_per_tok": 2}
    monkeypatch.setitem(tiny.ARCHITECTURES, "qwen3-8b", tiny.SIZES | experts | {"moe_intermediate_size": 32})
    base = tiny.build_architecture("qwen3-8b", tmp_path / "base")
    wanted = tiny.recipe("qwen3-8b", epochs=1, target_modules=["q_proj", "v_proj"], packing=False)
    metrics = run(tiny.job(base, dataset, tmp_path, wanted), Listener(), cpu)["metrics"]
    assert "aux" not in metrics["base"]
    assert set(metrics["base"]) == set(metrics["tuned"]) > {"all"}


def test_a_model_that_lacks_a_weight_is_not_filled_with_random_ones(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    base = tiny.build_architecture("ministral-3-8b", tmp_path / "base")
    weights = load_file(base / "model.safetensors")
    del weights["language_model.model.layers.1.mlp.up_proj.weight"]
    save_file(weights, base / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(
        TrainingError, match=r"lacks 1 weights, model\.layers\.1\.mlp\.up_proj\.weight the first"
    ):
        load_text_model(base)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"num_hidden_layers": 3}, r"lacks 9 weights, model\.layers\.2\..* the first"),
        ({"num_hidden_layers": 1}, "it has layer 1, of 1 by its config"),
        (
            {"intermediate_size": 64},
            r"6 weights have other shapes, .*mlp\.down_proj\.weight is \(64, 128\) and .* \(64, 64\)",
        ),
        ({"vocab_size": 1000}, r"2 weights have other shapes, lm_head\.weight is"),
    ],
)
def test_weights_that_are_not_those_of_the_config_are_one_sentence(
    changes: dict[str, int], told: str, tmp_path: Path
) -> None:
    base = tiny.build_base("llama", tmp_path / "base")
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(config | changes))
    with pytest.raises(TrainingError, match=f"no model that can be loaded .*{told}"):
        load_text_model(base)
