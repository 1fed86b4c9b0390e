"""The levers of speed and memory, chosen for the machine; none of them changes the loss.

What belongs here: which dtype, attention, recomputation and fused kernels a run uses, and how they are applied.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import datasets
import torch
import transformers

from medai_assets.training import attention
from medai_assets.training.architecture import Architecture
from medai_assets.training.estimate import fit, uses_bf16
from medai_assets.training.machine import Machine, keep_freed_memory
from medai_assets.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Levers:
    """How a run uses its machine."""

    bf16: bool
    attention: str  # varlen | sdpa
    checkpointing: str  # none | selective | full
    rows: int  # packed rows a pass
    casts_inputs: bool  # PEFT's float32 copy of every adapted layer's input
    fused_kernels: bool  # Liger's RMSNorm, RoPE and SwiGLU
    compact_head: bool  # project labelled positions only; on CUDA the trainer's own fused head does so

    @property
    def dtype(self) -> torch.dtype:
        return torch.bfloat16 if self.bf16 else torch.float32


def is_sharded(recipe: Recipe) -> bool:
    """Whether weights are shared out: as the recipe says, where there are several processes."""
    return recipe.sharding != "none" and int(os.environ.get("WORLD_SIZE", "1")) > 1


def choose(recipe: Recipe, shapes: Architecture, machine: Machine) -> Levers:
    """The levers for a recipe on a machine; a recipe's explicit choice always holds."""
    cuda = machine.device == "cuda"
    bf16 = uses_bf16(recipe, machine) or recipe.method == "qlora"
    layout = fit(recipe, shapes, machine)
    return Levers(
        bf16=bf16,
        attention=attention.NAME if recipe.takes_varlen else "sdpa",
        checkpointing=layout.checkpointing,
        rows=layout.rows,
        casts_inputs=not bf16,
        fused_kernels=cuda
        and recipe.fused_kernels == "auto"
        and importlib.util.find_spec("liger_kernel") is not None,
        compact_head=not cuda,
    )


def prepare_torch(recipe: Recipe) -> None:
    """Process-wide settings: threads, determinism, memory that grows without fragments and is kept, a quiet log."""
    if not torch.cuda.is_available():
        keep_freed_memory()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # asked for by deterministic cuBLAS
    if recipe.threads is not None:
        torch.set_num_threads(recipe.threads)
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    datasets.disable_progress_bars()
    # TRL 1.16 still reads the name that transformers 5.23 deprecates.
    warnings.filterwarnings(
        "ignore", message=".*gradient_checkpointing. is deprecated", category=FutureWarning
    )
    # torch continues past a kernel that has no gradient, as if its inputs did not affect the loss, and trains nothing.
    warnings.filterwarnings("error", message=".*autograd kernel was not registered")
    torch.use_deterministic_algorithms(recipe.deterministic, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False


@contextlib.contextmanager
def applied(levers: Levers, model: torch.nn.Module) -> Iterator[None]:
    """Apply what acts on a model while it trains.

    Liger replaces norm, RoPE and SwiGLU of the instance, never the loss, which the trainer computes itself. PEFT's
    float32 input copies are left out under bf16 LoRA, where autocast does the same in bf16.
    """
    from peft.helpers import disable_input_dtype_casting

    if levers.fused_kernels:
        from liger_kernel.transformers import _apply_liger_kernel_to_instance

        base: Any = model.get_base_model() if hasattr(model, "get_base_model") else model
        _apply_liger_kernel_to_instance(base, fused_linear_cross_entropy=False, cross_entropy=False)
    with disable_input_dtype_casting(model, active=not levers.casts_inputs):
        yield


def measured_peak(device: torch.device, dtype: torch.dtype, seconds: float = 0.5) -> float:
    """Floating-point operations a second of a large square product, the best within so many seconds."""
    size = 8192 if device.type == "cuda" else (768 if dtype == torch.float32 else 192)
    left, right = (torch.ones(size, size, device=device, dtype=dtype) for _ in range(2))
    out = torch.empty_like(left)
    best, end = float("inf"), time.perf_counter() + seconds
    torch.mm(left, right, out=out)
    while best == float("inf") or time.perf_counter() < end:
        _synchronise(device)
        begin = time.perf_counter()
        torch.mm(left, right, out=out)
        _synchronise(device)
        best = min(best, time.perf_counter() - begin)
    return 2.0 * size**3 / best


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
