"""Shapes are those of transformers' own models, whatever stands around them; what cannot be trained is one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from medai_assets.training.architecture import PUBLISHED, Architecture, context_of, published
from medai_assets.training.errors import TrainingError
from medai_assets.training.estimate import architecture_of, require_suited
from medai_assets.training.recipe import Recipe, load_recipe, recipe_names
from medai_assets_tests.training import tiny

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
# As the hub states them from the safetensors headers; of multimodal models without their other parts.
PARAMETERS = {
    "mistralai/Mistral-7B-v0.1": 7_241_732_096,
    "mistralai/Mistral-7B-v0.3": 7_248_023_552,
    "meta-llama/Meta-Llama-3-8B": 8_030_261_248,
    "meta-llama/Llama-3.1-8B": 8_030_261_248,
    "Qwen/Qwen2.5-7B": 7_615_616_512,
    "Qwen/Qwen3-8B-Base": 8_190_735_360,
    "Qwen/Qwen3.5-9B-Base": 8_953_803_264,
    "mistralai/Ministral-3-8B-Base-2512": 8_489_553_920,
    "allenai/Olmo-3-1025-7B": 7_298_011_136,
    "swiss-ai/Apertus-8B-2509": 8_053_338_176,
    "HuggingFaceTB/SmolLM2-135M-Instruct": 134_515_008,
}


def test_parameters_are_counted_exactly() -> None:
    assert {hub_id: known.parameters for hub_id in PARAMETERS if (known := published(hub_id))} == PARAMETERS
    assert {load_recipe(name).hub_id for name in recipe_names()} == set(PARAMETERS), PUBLISHED


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_suits_its_base_model_and_peft_counts_its_adapters_alike(name: str) -> None:
    import torch
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM

    from medai_assets.training.architecture import published_config, text_config
    from medai_assets.training.load import lora_config

    recipe = load_recipe(name)
    shapes = architecture_of(recipe)
    require_suited(recipe, shapes)
    values = (published_config(recipe.hub_id) or {}) | {"num_hidden_layers": 4}
    few = Architecture.of_config(values, name)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(text_config(values, name))
        adapted = get_peft_model(model, lora_config(recipe.model_copy(update={"trained_layers": 3}), 4))
    trainable = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    assert trainable == few.adapter_parameters(recipe.rank, recipe.target_modules, layers=3)


def test_only_the_recipe_over_layers_with_a_running_state_does_not_pack() -> None:
    recurrent = {name for name in recipe_names() if architecture_of(load_recipe(name)).recurrent}
    assert recurrent == {name for name in recipe_names() if not load_recipe(name).packing} == {"qwen3.5-9b"}
    with pytest.raises(TrainingError, match=r"carry a state.*Set packing: false"):
        suited("qwen3.5-9b", packing=True)


@pytest.mark.parametrize(
    "values",
    [{"model_type": "bloom", "hidden_size": 64, "n_layer": 2, "n_head": 4},
     {"model_type": "falcon", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4},
     tiny.SIZES | {"model_type": "gemma2"},  # a cap on the scores
     tiny.SIZES | {"model_type": "gpt_oss", "num_local_experts": 4}],  # sinks
)  # fmt: skip
def test_packed_examples_are_not_learned_by_a_model_whose_attention_cannot_keep_them_apart(
    values: dict[str, Any],
) -> None:
    shapes = Architecture.of_config(values | {"vocab_size": 384}, "here")
    targets = ["q_proj"] if "q_proj" in shapes.map_names else ["query_key_value"]
    recipe = load_recipe("mistral-7b-v0.3").model_copy(update={"target_modules": targets})
    for asked in ("auto", "varlen", "sdpa"):
        with pytest.raises(
            TrainingError, match=r"attention of its own.*Set packing: false and attention: auto"
        ):
            require_suited(recipe.model_copy(update={"attention": asked}), shapes)
    require_suited(recipe.model_copy(update={"packing": False}), shapes)


@pytest.mark.parametrize(
    "values",
    [
        tiny.SIZES | {"model_type": "starcoder2", "attention_dropout": 0.1},
        {"model_type": "gpt_bigcode", "n_embd": 64, "n_layer": 2, "n_head": 4, "attn_pdrop": 0.1},
    ],
)
def test_packing_without_a_mask_is_refused_where_attention_wants_dropout(values: dict[str, Any]) -> None:
    shapes = Architecture.of_config(values | {"vocab_size": 384}, "here")
    targets = ["q_proj"] if "q_proj" in shapes.map_names else ["c_attn"]
    recipe = load_recipe("mistral-7b-v0.3").model_copy(update={"target_modules": targets})
    with pytest.raises(TrainingError, match=r"dropout in its attention.*Set attention: sdpa"):
        require_suited(recipe, shapes)
    require_suited(recipe.model_copy(update={"attention": "sdpa"}), shapes)
    require_suited(recipe.model_copy(update={"packing": False}), shapes)


@pytest.mark.parametrize(("kind", "has"), [("bloom", False), ("falcon", True)])
def test_an_attention_that_a_model_has_not_is_refused_by_name(kind: str, has: bool) -> None:
    values = {"model_type": kind, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    shapes = Architecture.of_config(values | {"n_layer": 2, "n_head": 4, "vocab_size": 384}, "here")
    recipe = load_recipe("mistral-7b-v0.3").model_copy(
        update={"target_modules": ["query_key_value"], "packing": False, "attention": "sdpa"}
    )
    if has:
        return require_suited(recipe, shapes)
    with pytest.raises(TrainingError, match=r"has no sdpa attention.*Set attention: auto"):
        require_suited(recipe, shapes)


def suited(name: str, **changes: Any) -> Recipe:
    recipe = load_recipe(name).model_copy(update=changes)
    require_suited(recipe, architecture_of(recipe))
    return recipe


@pytest.mark.parametrize(
    ("name", "targets", "told"),
    [
        (
            "qwen-7b",
            ("c_attn", "q_proj"),
            r"Qwen2\.5-7B has no c_attn in .*linear maps are down_proj, gate_proj",
        ),
        ("apertus-8b", ("gate_proj",), r"Apertus-8B-2509 has no gate_proj .*down_proj, k_proj"),
    ],
)
def test_a_map_that_the_base_model_lacks_is_named_with_those_it_has(
    name: str, targets: tuple[str, ...], told: str
) -> None:
    with pytest.raises(TrainingError, match=told):
        suited(name, target_modules=targets)
    assert suited(name, target_modules=targets, method="full")


def test_a_map_of_other_layers_than_the_trained_ones_is_named_too() -> None:
    assert suited("qwen3.5-9b", trained_layers=4)
    with pytest.raises(
        TrainingError, match="has no in_proj_qkv, in_proj_z, out_proj in the layers to be trained"
    ):
        suited("qwen3.5-9b", trained_layers=1)


@pytest.mark.parametrize("kind", ["qwen3_5", "mistral3", "gemma4"])
def test_sizes_inside_a_multimodal_config_are_those_of_its_text_model_alone(kind: str) -> None:
    inner = tiny.MULTIMODAL[kind]["text_config"]
    alone, inside = (Architecture.of_config(values, kind) for values in (inner, tiny.MULTIMODAL[kind]))
    assert alone == inside
    assert (inside.num_hidden_layers, inside.hidden_size) == (2, 64)
    assert not any("vision" in name for name in inside.map_names)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "its model type None is unknown"),
        ({"model_type": ["llama"]}, r"its model type \['llama'\] is unknown"),
        ({"model_type": "llama", "quantization_config": [4]}, "published as quantised.*bf16 weights"),
        (
            {"model_type": "mistral3", "text_config": {"quantization_config": {"quant_method": "fp8"}}},
            "published as fp8.*bf16 weights",
        ),
        ({"model_type": "gpt-9"}, "its model type 'gpt-9' is unknown to transformers"),
        ({"model_type": "qwen", "auto_map": {"AutoConfig": "x"}}, "'qwen' needs its own remote code"),
        ({"model_type": "t5"}, "'t5' is not a causal language model"),
        ({"model_type": "bert"}, "'bert' is not a causal language model"),
        ({"model_type": "vit"}, "'vit' is not a causal language model"),
        ({"model_type": "gpt2"}, "no linear maps"),
        ({"model_type": "blt"}, "its config states no hidden_size"),
        ({"model_type": "llama", "num_hidden_layers": 1, "vocab_size": 0}, "its config states no vocab_size"),
        ({"model_type": "llama", "hidden_size": 30, "num_attention_heads": 7}, "cannot read its config"),
        (
            {"model_type": "llama", "quantization_config": {"quant_method": "fp8"}},
            "published as fp8.*bf16 weights",
        ),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(tmp_path: Path, values: dict[str, Any], told: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps(values))
    with pytest.raises(TrainingError, match=told) as refused:
        Architecture.of_directory(tmp_path)
    assert str(refused.value).startswith(f"{tmp_path} cannot be used: ")


@pytest.mark.parametrize(
    ("values", "tokens"),
    [
        ({"model_type": "qwen2", "max_position_embeddings": 512}, 512),
        ({"model_type": "gpt2", "n_positions": 256}, 256),
        ({"model_type": "mpt", "max_seq_len": 128}, 128),
        ({"model_type": "gemma3", "text_config": {"max_position_embeddings": 64}}, 64),
        ({"model_type": "bloom"}, None),
        ({"model_type": "mamba"}, None),
    ],
)
def test_the_context_is_that_of_the_text_model_and_some_have_no_bound(
    tmp_path: Path, values: dict[str, Any], tokens: int | None
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(values))
    assert context_of(tmp_path) == tokens


def test_an_installation_that_is_not_whole_is_told_by_the_package_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transformers = pytest.importorskip("transformers")
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')

    def not_whole(*_: object) -> None:
        try:
            import no_such_package  # noqa: F401
        except ImportError as error:
            raise ModuleNotFoundError("Could not import module 'LlamaConfig'.") from error

    monkeypatch.setattr(type(transformers.CONFIG_MAPPING), "__getitem__", not_whole)
    with pytest.raises(TrainingError, match=r"No module named 'no_such_package'.*make install"):
        Architecture.of_directory(tmp_path)


@pytest.mark.parametrize("text", [None, "{", "[]"])
def test_a_config_that_cannot_be_read_is_named(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "config.json").write_text(text)
    with pytest.raises(TrainingError, match=r"cannot be used: its config\.json"):
        Architecture.of_directory(tmp_path)


def test_lora_costs_four_flop_a_parameter_and_full_fine_tuning_six() -> None:
    shapes = architecture_of(load_recipe("mistral-7b"))
    matmul = shapes.linear_parameters + shapes.head_parameters
    assert shapes.flop_per_token() == 4 * matmul
    assert shapes.flop_per_token(full=True) == shapes.flop_per_token(recompute=True) == 6 * matmul
    assert shapes.flop_per_token(context=2048) > shapes.flop_per_token()


MOE = tiny.SIZES | {"num_experts_per_tok": 2, "moe_intermediate_size": 96}


@pytest.mark.parametrize(
    "values",
    [
        MOE | {"model_type": "mixtral", "num_local_experts": 8, "intermediate_size": 96},
        MOE | {"model_type": "qwen3_moe", "num_experts": 8},
        MOE | {"model_type": "olmoe", "num_experts": 8, "intermediate_size": 96},
    ],
    ids=lambda values: str(values["model_type"]),
)
def test_of_experts_those_count_that_a_token_passes_through(values: dict[str, Any]) -> None:
    found = Architecture.of_config(values, "m")
    one, layers = 3 * 64 * 96, 2
    assert found.expert_parameters == layers * 2 * one, "two experts of a layer, each of three maps"
    assert found.expert_width == 2 * 96
    assert found.parameters > found.linear_parameters + layers * 8 * one
    assert found.flop_per_token() == 4 * (found.linear_parameters + layers * 2 * one + found.head_parameters)
    assert {"q_proj", "k_proj", "v_proj", "o_proj"} <= set(found.map_names)
    assert "down_proj" not in found.map_names, "experts have no adapters"


def test_a_model_without_experts_has_none() -> None:
    assert architecture_of(load_recipe("mistral-7b")).expert_parameters == 0
    assert architecture_of(load_recipe("qwen3.5-9b")).expert_parameters == 0


def test_measuring_a_model_gives_no_advice_on_kernels(caplog: pytest.LogCaptureFixture) -> None:
    """Of a model that does not fit, a dry run says only that and what would."""
    from transformers.utils import logging

    logger, before = logging.get_logger("transformers"), logging.get_verbosity()
    logging.warning_once.cache_clear()  # it is told once a process
    logger.addHandler(caplog.handler)
    try:
        Architecture.of_config(tiny.ARCHITECTURES["apertus-8b"], "m")
    finally:
        logger.removeHandler(caplog.handler)
    assert not caplog.records
    assert logging.get_verbosity() == before


def test_a_decoder_whose_config_does_not_say_so_is_one() -> None:
    found = Architecture.of_config(tiny.SIZES | {"model_type": "gpt_neox"}, "m")
    assert "query_key_value" in found.map_names
