"""QLoRA's 4-bit weights keep their gradient on every CPU, whatever is computed with them in between."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from bitsandbytes.functional import dequantize_4bit
from bitsandbytes.nn import Linear4bit

from medai_assets.training import attention, load, speed, train
from medai_assets.training.architecture import Architecture
from medai_assets.training.machine import Machine
from medai_assets_tests.training import tiny
from medai_assets_tests.training.conftest import Listener

Bytes = dict[str, tuple[bytes, ...]]
ROUNDING = 0.05  # relative: bf16 arithmetic differs by up to 0.03 from float32; without the base layers it is over 0.5


@pytest.fixture(autouse=True)
def any_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library believes that this CPU has AVX512-BF16, on which it rearranges weights for inference."""
    monkeypatch.setattr("bitsandbytes.nn.modules.has_avx512bf16", lambda: True)


def four_bit_bytes(model: torch.nn.Module) -> Bytes:
    """Weights and scales of every 4-bit layer, bit for bit."""
    found = {}
    for name, module in model.named_modules():
        if isinstance(module, Linear4bit):
            weight = module.weight
            tensors = (weight.data, weight.quant_state.absmax)
            found[name] = tuple(bytes(t.contiguous().view(torch.uint8).flatten().tolist()) for t in tensors)
    return found


def loaded(base: Path, method: str, machine: Machine) -> Any:
    """A model as a run loads it, with adapters that are not zero, so that every adapter has a gradient."""
    attention.register()
    recipe = tiny.recipe("llama", method=method)
    levers = speed.choose(recipe, Architecture.of_directory(base), machine)
    model = load.load_for_training(base, recipe, levers, device="cpu")
    noise = torch.Generator().manual_seed(1)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data = torch.randn(parameter.shape, generator=noise) * 0.1
    return model.train()


def gradients(model: Any, *, bf16: bool) -> dict[str, torch.Tensor]:
    """Of the loss over one row, with respect to every adapter; under autocast, as the trainer computes."""
    ids = torch.arange(48).unsqueeze(0) * 7 % 300
    model.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.requires_grad}


def validate(model: Any) -> None:
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        model.eval()(input_ids=torch.arange(48).unsqueeze(0), use_cache=False)
    model.train()


@pytest.fixture
def reference(cpu: Machine) -> Any:
    """A float32 model with plain matrix products over the dequantised weights of a 4-bit one."""

    def of(quantised: Any, base: Path) -> Any:
        plain = loaded(base, "lora", cpu)
        for name, module in quantised.named_modules():
            if isinstance(module, Linear4bit):
                values = dequantize_4bit(module.weight.data, module.weight.quant_state)
                plain.get_submodule(name).weight.data = values.float()
        return plain

    return of


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_gradients_are_those_of_plain_products_before_and_after_a_validation(
    family: str, bases: dict[str, Path], cpu: Machine, reference: Any
) -> None:
    model = loaded(bases[family], "qlora", cpu)
    wanted = gradients(reference(model, bases[family]), bf16=False)
    before = gradients(model, bf16=True)
    validate(model)
    after = gradients(model, bf16=True)
    assert before.keys() == wanted.keys()
    for name, exact in wanted.items():
        assert (before[name] - exact).norm() < ROUNDING * exact.norm(), name
        assert torch.equal(after[name], before[name]), name


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_a_run_with_validations_leaves_the_weights_as_they_were_loaded(
    family: str, bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    models: list[tuple[Any, Bytes]] = []

    def noted(*known: Any, **more: Any) -> Any:
        model = load.load_for_training(*known, **more)
        models.append((model, four_bit_bytes(model)))
        return model

    monkeypatch.setattr(train, "load_for_training", noted)
    wanted = tiny.recipe(family, method="qlora", epochs=1, evaluations=2)
    train.run(tiny.job(bases[family], dataset, tmp_path, wanted), Listener(), cpu)
    ((model, as_loaded),) = models
    assert len(as_loaded) == 14  # seven linear maps in each of two layers
    assert four_bit_bytes(model) == as_loaded


def test_a_kernel_without_a_gradient_ends_the_run(
    bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """Whatever a later version of a library does: no run goes on over gradients that are not those of its loss."""
    library = torch.library.Library("medai_test", "DEF")
    library.define("copy(Tensor x) -> Tensor")
    library.impl("copy", torch.clone, "CPU")

    def without_gradient(*known: Any, **more: Any) -> Any:
        model = load.load_for_training(*known, **more)
        copy = torch.ops.medai_test.copy
        model.get_submodule("base_model.model.model.norm").register_forward_hook(lambda m, i, out: copy(out))
        return model

    monkeypatch.setattr(train, "load_for_training", without_gradient)
    job = tiny.job(bases["llama"], dataset, tmp_path, tiny.recipe("llama"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as PYTHONWARNINGS=ignore, under which Dagster starts a run
        with pytest.raises(UserWarning, match=r"medai_test::copy: an autograd kernel was not registered"):
            train.run(job, Listener(), cpu)
    assert not job.out_dir.exists()
