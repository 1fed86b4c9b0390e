"""What a run will need, known before any weight is loaded: parameters, tokens, steps, memory, time, and if it fits.

What belongs here: arithmetic over recipe, architecture and machine. No torch. Estimates are meant to be within a
third of what is measured; each formula says where it comes from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from medai_assets.training.architecture import PUBLISHED, Architecture
from medai_assets.training.errors import TrainingError
from medai_assets.training.machine import Machine
from medai_assets.training.recipe import Recipe

CHARACTERS_PER_TOKEN = 4.2  # English prose under the vocabularies used here (32k to 152k entries)
TEMPLATE_TOKENS = 20  # what a chat template adds to an example
EFFICIENCY = {"cuda": 0.45, "cpu": 0.6}  # share of the peak that training reaches without recomputation
LARGEST_ON_CPU = 2_000_000_000  # parameters; above this a CPU would take weeks
_GIB = 2**30
Memory = dict[str, int]


@dataclass(frozen=True)
class Estimate:
    """The answer of a dry run; bytes and seconds."""

    parameters: int
    trainable_parameters: int
    examples: int
    tokens_per_epoch: int
    tokens_are_counted: bool  # false: estimated from characters
    tokens_per_step: int
    steps: int
    checkpointing: str
    memory: Memory
    memory_available: int
    tokens_per_second: float
    seconds: float
    fits: bool
    advice: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def architecture_of(recipe: Recipe, model_dir: Path | None = None) -> Architecture:
    """Shapes of a recipe's base model: from its directory when it is there, else as published.

    Raises:
        TrainingError: the model is neither here nor among the published ones this project knows.
    """
    if model_dir is not None and (model_dir / "config.json").is_file():
        return Architecture.of_directory(model_dir)
    if recipe.hub_id in PUBLISHED:
        return PUBLISHED[recipe.hub_id]
    raise TrainingError(f"The shapes of {recipe.hub_id} are not known yet", "Prepare its base model first.")


def count_tokens(train_file: Path) -> tuple[int, int]:
    """Examples in a Parquet file, and their tokens as estimated from characters."""
    table = pq.read_table(train_file, columns=["system", "prompt", "completion"])
    characters = sum(pc.sum(pc.utf8_length(table[name])).as_py() or 0 for name in table.column_names)
    return table.num_rows, int(characters / CHARACTERS_PER_TOKEN) + TEMPLATE_TOKENS * table.num_rows


def memory_of(recipe: Recipe, shapes: Architecture, checkpointing: str, *, bf16: bool) -> Memory:
    """Bytes a run takes at its peak, by what takes them.

    Activations without recomputation: about 8 hidden + 4 intermediate widths a token and layer, which gives the
    41–54 GB that 4 x 2048 tokens of a 7–8 B model were seen to need; selective recomputation keeps about half,
    full recomputation one hidden width a layer and one whole layer.
    """
    width = 2 if bf16 else 4
    tokens = recipe.batch_size * recipe.max_length
    outside = shapes.parameters - shapes.linear_parameters
    a_layer = tokens * width * (8 * shapes.hidden_size + 4 * shapes.intermediate_size)
    trainable = trainable_parameters(recipe, shapes)
    if recipe.method == "full":
        weights, states = (
            shapes.parameters * 4,
            shapes.parameters * 12,
        )  # fp32 weights; gradient and two moments
    else:
        # NF4 with double quantisation: 4.127 bits a parameter (Dettmers et al. 2023); the rest stays 16 bit
        linear = shapes.linear_parameters * (4.127 / 8 if recipe.method == "qlora" else width)
        weights, states = int(linear + outside * width), trainable * 16
    kept = {"none": shapes.num_hidden_layers, "selective": shapes.num_hidden_layers / 2, "full": 1.0}[
        checkpointing
    ]
    activations = int(kept * a_layer)
    if checkpointing == "full":
        activations += shapes.num_hidden_layers * tokens * width * shapes.hidden_size
    head = min(tokens, 2048) * shapes.vocab_size * 4 * 2  # logits of one chunk and their gradient, in fp32
    return {
        "weights": weights,
        "training_states": states,
        "activations": activations,
        "head": head,
        "runtime": _GIB,
    }


def trainable_parameters(recipe: Recipe, shapes: Architecture) -> int:
    """Parameters the optimiser changes."""
    if recipe.method == "full":
        return shapes.parameters
    return shapes.adapter_parameters(recipe.rank, recipe.target_modules, recipe.trained_layers)


def choose_checkpointing(recipe: Recipe, shapes: Architecture, machine: Machine) -> str:
    """The recipe's own choice, or with `auto` the least recomputation that fits into 90 % of the memory."""
    if recipe.checkpointing != "auto":
        return recipe.checkpointing
    bf16 = uses_bf16(recipe, machine)
    for level in ("none", "selective"):
        if sum(memory_of(recipe, shapes, level, bf16=bf16).values()) < 0.9 * machine.memory:
            return level
    return "full"


def uses_bf16(recipe: Recipe, machine: Machine) -> bool:
    """Whether arithmetic is bf16: as the recipe says, or with `auto` where the machine has it."""
    return machine.has_bf16 if recipe.precision == "auto" else recipe.precision == "bf16"


def estimate(recipe: Recipe, shapes: Architecture, machine: Machine, examples: int, tokens: int, *,
             counted: bool = False) -> Estimate:  # fmt: skip
    """Estimate a run over `examples` examples of `tokens` tokens in all, before the recipe's limits."""
    if recipe.max_train_tokens is not None and tokens > recipe.max_train_tokens:
        examples = math.ceil(examples * recipe.max_train_tokens / tokens)
        tokens = recipe.max_train_tokens
    level = choose_checkpointing(recipe, shapes, machine)
    memory = memory_of(recipe, shapes, level, bf16=uses_bf16(recipe, machine))
    rows = (
        math.ceil(tokens / (0.97 * recipe.max_length)) if recipe.packing else examples
    )  # packing fills about 97 %
    steps = max(1, math.ceil(rows / (recipe.batch_size * recipe.accumulation) * recipe.epochs))
    flop = shapes.flop_per_token(full=recipe.method == "full", recompute=level == "full", context=300)
    rate = machine.devices * machine.peak_flops * EFFICIENCY[machine.device] / flop
    advice = _advice(recipe, shapes, machine, memory)
    return Estimate(
        parameters=shapes.parameters,
        trainable_parameters=trainable_parameters(recipe, shapes),
        examples=examples,
        tokens_per_epoch=tokens,
        tokens_are_counted=counted,
        tokens_per_step=recipe.tokens_per_step,
        steps=steps,
        checkpointing=level,
        memory=memory,
        memory_available=machine.memory,
        tokens_per_second=rate,
        seconds=tokens * recipe.epochs / rate,
        fits=not advice,
        advice=advice,
    )


def require_fit(recipe: Recipe, shapes: Architecture, machine: Machine) -> None:
    """Refuse a run that cannot work here.

    Raises:
        TrainingError: a model too large for a CPU, or more memory needed than there is.
    """
    level = choose_checkpointing(recipe, shapes, machine)
    memory = memory_of(recipe, shapes, level, bf16=uses_bf16(recipe, machine))
    if advice := _advice(recipe, shapes, machine, memory):
        raise TrainingError(*advice.split(". ", 1))


def _advice(recipe: Recipe, shapes: Architecture, machine: Machine, memory: Mapping[str, int]) -> str:
    """Why a run cannot work here and what to do, "" when it can."""
    billions = f"{shapes.parameters / 1e9:.1f} billion parameters"
    if machine.device == "cpu" and shapes.parameters > LARGEST_ON_CPU:
        return (
            f"{recipe.hub_id} has {billions} and this machine has no CUDA GPU. Run on a machine with one (16 GiB do "
            "with method: qlora, 80 GiB for bf16 LoRA without recomputation), or train smollm2-135m here."
        )
    needed = sum(memory.values())
    if recipe.batch_size > 1:  # the micro-batch is halved on its own when memory runs out
        smallest = recipe.model_copy(update={"batch_size": 1})
        level = choose_checkpointing(smallest, shapes, machine)
        needed = sum(memory_of(smallest, shapes, level, bf16=uses_bf16(recipe, machine)).values())
    if needed <= machine.memory:
        return ""
    if recipe.method == "full":
        remedy = "Use method: lora."
    elif recipe.method == "lora":
        remedy = "Use method: qlora, or a shorter max_length."
    else:
        remedy = "Use a shorter max_length, or a machine with more memory."
    return (
        f"{recipe.hub_id} with {recipe.method} needs about {needed / _GIB:.1f} GiB and {machine.name} has "
        f"{machine.memory / _GIB:.1f} GiB. {remedy}"
    )
