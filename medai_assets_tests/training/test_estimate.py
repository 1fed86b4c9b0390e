"""A dry run says what a run needs, and whether it fits, before any weight is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from medai_assets.training.errors import TrainingError
from medai_assets.training.estimate import (
    architecture_of,
    count_tokens,
    estimate,
    fit,
    memory_of,
    require_fit,
)  # fmt: skip
from medai_assets.training.machine import Machine, find_machine
from medai_assets.training.recipe import Recipe, load_recipe
from medai_assets_tests.training import tiny

GIB = 2**30


def gpu(gib: int, name: str = "NVIDIA H100", devices: int = 1) -> Machine:
    return Machine("cuda", name, devices, gib * GIB, True, 989e12)


def changed(name: str, **values: object) -> Recipe:
    return load_recipe(name).model_copy(update=values)


@pytest.mark.parametrize("name", ["mistral-7b", "llama-3-8b", "qwen-7b"])
def test_four_rows_of_2048_need_the_activations_that_were_seen(name: str) -> None:
    recipe = load_recipe(name)
    memory = memory_of(recipe, architecture_of(recipe), "none", rows=4, bf16=True)
    assert 38e9 < memory["activations"] < 58e9  # measured: 41 to 54 GB


@pytest.mark.parametrize("name", ["mistral-7b", "llama-3-8b", "qwen-7b"])
@pytest.mark.parametrize(("method", "gib"), [("lora", 80), ("qlora", 16), ("lora", 24)])
def test_a_7b_fits_the_usual_cards(name: str, method: str, gib: int) -> None:
    recipe = changed(name, method=method)
    require_fit(recipe, architecture_of(recipe), gpu(gib))
    assert fit(recipe, architecture_of(recipe), gpu(gib)).needed < gib * GIB


def test_rows_are_halved_before_anything_is_recomputed() -> None:
    recipe = load_recipe("mistral-7b")
    shapes = architecture_of(recipe)
    layouts = {gib: fit(recipe, shapes, gpu(gib)) for gib in (141, 80, 48, 24)}
    assert [(found.rows, found.checkpointing) for found in layouts.values()] == [
        (4, "none"), (4, "none"), (2, "none"), (4, "selective"),
    ]  # fmt: skip
    assert all(found.needed < 0.9 * gib * GIB for gib, found in layouts.items())


def test_a_recipes_own_choice_of_recomputation_holds() -> None:
    recipe = changed("mistral-7b", checkpointing="full")
    assert fit(recipe, architecture_of(recipe), gpu(141)).checkpointing == "full"


@pytest.mark.parametrize("name", ["mistral-7b", "llama-3-8b", "qwen-7b"])
def test_qlora_over_four_rows_fits_a_16_gb_card(name: str) -> None:
    recipe = changed(name, method="qlora", checkpointing="full")
    assert sum(memory_of(recipe, architecture_of(recipe), "full", rows=4, bf16=True).values()) < 16e9


def test_a_7b_without_a_gpu_is_refused_with_what_to_do() -> None:
    recipe = load_recipe("qwen-7b")
    machine = Machine("cpu", "a laptop", 1, 64 * GIB, False, 1e11)
    with pytest.raises(TrainingError, match=r"no CUDA GPU\. .*qlora.*smollm2-135m"):
        require_fit(recipe, architecture_of(recipe), machine)


def test_too_little_memory_is_refused_with_both_numbers_and_a_remedy() -> None:
    recipe = load_recipe("llama-3-8b")
    with pytest.raises(
        TrainingError, match=r"needs about [\d.]+ GiB and .* has 12\.0 GiB\. Use method: qlora"
    ):
        require_fit(recipe, architecture_of(recipe), gpu(12))


def test_steps_and_tokens_follow_from_the_recipe() -> None:
    recipe = load_recipe("mistral-7b")
    found = estimate(recipe, architecture_of(recipe), gpu(141), examples=10_000, tokens=3_000_000)
    assert found.trainable_parameters == 13_631_488
    assert found.tokens_per_step == 32_768
    assert found.steps == pytest.approx(3_000_000 * 3 / 32_768, rel=0.05)
    assert found.fits
    assert found.advice == ""
    assert 10_000 < found.tokens_per_second < 26_000
    assert found.seconds == pytest.approx(9_000_000 / found.tokens_per_second)


def test_a_token_budget_limits_the_estimate() -> None:
    recipe = changed("smollm2-135m", max_train_tokens=10_000, epochs=1.0)
    machine = Machine("cpu", "a laptop", 1, 8 * GIB, False, 1e11)
    found = estimate(recipe, architecture_of(recipe), machine, examples=1000, tokens=100_000)
    assert (found.examples, found.tokens_per_epoch) == (100, 10_000)


def test_an_unknown_model_asks_for_its_directory(bases: dict[str, Path]) -> None:
    recipe = changed("qwen-7b", hub_id="someone/else")
    with pytest.raises(TrainingError, match="someone/else"):
        architecture_of(recipe)
    assert architecture_of(recipe, bases["qwen2"]).hidden_size == 64


def test_tokens_are_estimated_from_characters(dataset: Path) -> None:
    examples, tokens = count_tokens(dataset / "train.parquet")
    assert examples == len(tiny.examples("train"))
    assert 20 < tokens / examples < 60


def test_a_machine_is_found_and_everything_is_said_without_torch() -> None:
    code = (
        "import sys; from medai_assets.training import estimate, machine, recipe, job;"
        "print(machine.find_machine().says()); assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "GiB" in said


def test_the_machine_here_has_memory_and_a_rate() -> None:
    machine = find_machine()
    assert machine.memory > GIB // 4
    assert machine.peak_flops > 1e8
