"""Parameter and FLOP counts agree with the real models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medai_assets.training.architecture import PUBLISHED, Architecture

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")


@pytest.mark.parametrize(
    ("hub_id", "parameters"),
    [  # as the hub states them from the safetensors headers
        ("mistralai/Mistral-7B-v0.1", 7_241_732_096),
        ("meta-llama/Meta-Llama-3-8B", 8_030_261_248),
        ("Qwen/Qwen2.5-7B", 7_615_616_512),
        ("Qwen/Qwen3-8B-Base", 8_190_735_360),
        ("HuggingFaceTB/SmolLM2-135M-Instruct", 134_515_008),
    ],
)
def test_parameters_are_counted_exactly(hub_id: str, parameters: int) -> None:
    assert PUBLISHED[hub_id].parameters == parameters


@pytest.mark.parametrize("hub_id", sorted(PUBLISHED))
def test_counts_are_those_of_transformers_and_peft(hub_id: str) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoConfig, AutoModelForCausalLM

    shapes = PUBLISHED[hub_id]
    known = {
        name: getattr(shapes, name)
        for name in Architecture.__slots__
        if name not in ("model_type", "rope_theta")
    }
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(shapes.model_type, **known))
        assert model.num_parameters() == shapes.parameters
        adapted = get_peft_model(
            model, LoraConfig(r=16, target_modules=list(ATTENTION), layers_to_transform=[0, 1])
        )
    trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    assert trainable == shapes.adapter_parameters(16, ATTENTION, layers=2)


def test_a_model_directory_is_read_in_either_spelling_of_its_config(tmp_path: Path) -> None:
    flat = {"model_type": "llama", "vocab_size": 100, "hidden_size": 64, "intermediate_size": 128,
            "num_hidden_layers": 2, "num_attention_heads": 4, "rope_theta": 5e5}  # fmt: skip
    nested = {k: v for k, v in flat.items() if k != "rope_theta"} | {"rope_parameters": {"rope_theta": 5e5}}
    found = []
    for config in (flat, nested):
        (tmp_path / "config.json").write_text(json.dumps(config))
        found.append(Architecture.of_directory(tmp_path))
    assert found[0] == found[1]
    assert (found[0].head_dim, found[0].num_key_value_heads, found[0].rope_theta) == (16, 4, 5e5)


def test_lora_costs_four_flop_a_parameter_and_full_fine_tuning_six() -> None:
    shapes = PUBLISHED["mistralai/Mistral-7B-v0.1"]
    matmul = shapes.linear_parameters + shapes.head_parameters
    assert shapes.flop_per_token() == 4 * matmul
    assert shapes.flop_per_token(full=True) == shapes.flop_per_token(recompute=True) == 6 * matmul
    assert shapes.flop_per_token(context=2048) > shapes.flop_per_token()
