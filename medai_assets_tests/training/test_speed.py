"""Each lever of speed and memory is chosen by what the machine has, and leaves the loss as it is."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from medai_assets.training import speed
from medai_assets.training.architecture import Architecture
from medai_assets.training.estimate import architecture_of
from medai_assets.training.machine import Machine
from medai_assets.training.recipe import Recipe, load_recipe
from medai_assets.training.train import run
from medai_assets_tests.training import tiny
from medai_assets_tests.training.conftest import Listener

H200 = Machine("cuda", "NVIDIA H200", 1, 141 * 2**30, True, 989e12)
RTX4090 = Machine("cuda", "NVIDIA GeForce RTX 4090", 1, 24 * 2**30, True, 165e12)


def chosen(machine: Machine, **changes: Any) -> speed.Levers:
    recipe = load_recipe("mistral-7b").model_copy(update=changes)
    return speed.choose(recipe, architecture_of(recipe), machine)


def test_a_large_card_gets_every_lever_and_no_recomputation() -> None:
    levers = chosen(H200)
    assert (levers.bf16, levers.attention, levers.checkpointing) == (True, "varlen", "none")
    assert not levers.casts_inputs
    assert not levers.compact_head  # the trainer's own fused head does so on CUDA


def test_a_small_card_takes_fewer_rows_a_pass_before_it_recomputes() -> None:
    small, smaller = chosen(RTX4090, method="qlora"), chosen(RTX4090)
    assert (small.rows, small.checkpointing) == (1, "none")
    assert smaller.checkpointing != "none"


def test_a_cpu_without_bf16_computes_in_float32_and_projects_labelled_positions_only(cpu: Machine) -> None:
    levers = chosen(cpu)
    assert (levers.dtype, levers.compact_head, levers.fused_kernels) == (torch.float32, True, False)


def test_an_explicit_choice_always_holds() -> None:
    levers = chosen(H200, precision="fp32", attention="sdpa", checkpointing="full", fused_kernels="none")
    assert (levers.bf16, levers.attention, levers.checkpointing, levers.fused_kernels) == (
        False,
        "sdpa",
        "full",
        False,
    )


def test_input_copies_are_left_out_only_while_training_under_autocast(bases: dict[str, Path]) -> None:
    from medai_assets.training.load import load_for_training

    recipe, shapes = tiny.recipe("llama"), Architecture.of_directory(bases["llama"])
    bf16 = replace(speed.choose(recipe, shapes, H200), fused_kernels=False, attention="sdpa")
    model = load_for_training(bases["llama"], recipe, bf16, device="cpu")
    layer = model.base_model.model.model.layers[0].self_attn.q_proj
    with speed.applied(bf16, model):
        assert not layer.cast_input_dtype_enabled
    assert layer.cast_input_dtype_enabled


@pytest.fixture(scope="module")
def curve(
    bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """The losses of a short run under a recipe."""

    def losses(recipe: Recipe) -> list[float]:
        job = tiny.job(bases["mistral"], dataset, tmp_path_factory.mktemp("levers"), recipe)
        run(job, Listener(), cpu)
        history = [json.loads(line) for line in (job.out_dir / "history.jsonl").read_text().splitlines()]
        return [entry[name] for entry in history for name in ("loss", "eval_loss") if name in entry]

    return losses


@pytest.fixture(scope="module")
def plain(curve: Any) -> list[float]:
    return curve(tiny.recipe("mistral", epochs=1, evaluations=1))


@pytest.mark.parametrize(
    "changes", [{"checkpointing": "selective"}, {"checkpointing": "full"}, {"attention": "sdpa"}], ids=str
)
def test_a_lever_leaves_the_loss_as_it_is(changes: dict[str, Any], curve: Any, plain: list[float]) -> None:
    assert curve(tiny.recipe("mistral", epochs=1, evaluations=1, **changes)) == pytest.approx(plain, rel=1e-4)


def test_the_compact_head_gives_the_loss_of_the_trainers_own(
    curve: Any, plain: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    inherited = speed.choose
    monkeypatch.setattr(speed, "choose", lambda *known: replace(inherited(*known), compact_head=False))
    assert curve(tiny.recipe("mistral", epochs=1, evaluations=1)) == pytest.approx(plain, rel=1e-4)


def test_the_peak_of_a_device_is_measured_in_every_precision() -> None:
    for dtype in (torch.float32, torch.bfloat16):
        assert speed.measured_peak(torch.device("cpu"), dtype, seconds=0.01) > 1e7


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told so")
def test_freed_arrays_are_not_faulted_in_again() -> None:
    """In a process of its own, since it holds until its end: an array as large as a row's logits, again and again."""
    program = (
        "import resource; from medai_assets.training.machine import keep_freed_memory\n"
        "assert keep_freed_memory()\n"
        "faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "size = 64 << 20; b'x' * size; b'x' * size; before = faults(); b'x' * size; print(faults() - before)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(told.stdout) < 1000  # 64 MiB are 16,384 pages
