"""What a run will need, known before any weight is loaded: parameters, tokens, steps, memory, time, and if it fits.

What belongs here: arithmetic over recipe, architecture and machine. Estimates are meant to be within a
third of what is measured; each formula says where it comes from.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from medai_assets.training.architecture import Architecture, published
from medai_assets.training.errors import TrainingError
from medai_assets.training.machine import Machine
from medai_assets.training.recipe import Recipe

if TYPE_CHECKING:
    from medai_assets.training.past_runs import PastRuns

CHARACTERS_PER_TOKEN = 4.2  # English prose under the vocabularies used here (32k to 152k entries)
TEMPLATE_TOKENS = 20  # what a chat template adds to an example
PACKED = 0.97  # share of a packed row that examples fill
EFFICIENCY = {"cuda": 0.45, "cpu": 0.6}  # share of the peak that training reaches without recomputation
LARGEST_ON_CPU = 2_000_000_000  # parameters; above this a CPU would take weeks
DAY = 86_400  # seconds
LONGEST = 30 * DAY  # a run that would take longer than a month will not be waited for
_GIB = 2**30
Memory = dict[str, int]


@dataclass(frozen=True)
class Estimate:
    """The answer of a dry run; bytes and seconds."""

    parameters: int
    trainable_parameters: int
    examples: int
    tokens_per_epoch: int
    tokens_per_step: int
    steps: int
    rows_per_pass: int
    checkpointing: str
    memory: Memory
    memory_available: int
    tokens_per_second: float
    seconds: float
    past_runs: int  # runs of this recipe on this machine that the speed is from; 0: from its arithmetic rate
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
    if known := published(recipe.hub_id):
        return known
    raise TrainingError(
        f"The shapes of {recipe.hub_id} are unknown until its files are on this machine",
        "`medai train NAME` without --dry-run fetches them first; a packaged recipe states them in "
        "medai_assets/training/published_configs.yaml.",
    )


def count_tokens(train_file: Path) -> tuple[int, int]:
    """Examples in a Parquet file, and their tokens as estimated from characters."""
    table = pq.read_table(train_file, columns=["system", "prompt", "completion", "history"])
    before = pc.struct_field(pc.list_flatten(table["history"]), "content")
    texts = [*(table[name] for name in ("system", "prompt", "completion")), before]
    characters = sum(pc.sum(pc.utf8_length(text)).as_py() or 0 for text in texts)
    return table.num_rows, int(characters / CHARACTERS_PER_TOKEN) + TEMPLATE_TOKENS * table.num_rows


@dataclass(frozen=True)
class Fit:
    """How a run is laid into a device's memory."""

    rows: int  # packed rows a pass; the recipe's batch_size, or a part of it with as much more accumulation
    checkpointing: str  # none | selective | full
    memory: Memory

    @property
    def needed(self) -> int:
        return sum(self.memory.values())


def fit(recipe: Recipe, shapes: Architecture, machine: Machine) -> Fit:
    """The fastest layout that fits into 90 % of the memory, or the smallest there is.

    Fewer rows a pass cost little, recomputation costs a third of the speed: rows are halved first. A recipe's own
    choice of recomputation holds.
    """
    levels = ("none", "selective", "full") if recipe.checkpointing == "auto" else (recipe.checkpointing,)
    bf16 = uses_bf16(recipe, machine)
    for level in levels:
        rows = recipe.batch_size
        while True:
            memory = memory_of(recipe, shapes, level, rows=rows, bf16=bf16)
            if sum(memory.values()) < 0.9 * machine.memory:
                return Fit(rows, level, memory)
            if rows % 2:
                break
            rows //= 2
    return Fit(rows, level, memory)


def memory_of(recipe: Recipe, shapes: Architecture, checkpointing: str, *, rows: int, bf16: bool) -> Memory:
    """Bytes a run takes at its peak, by what takes them.

    Activations without recomputation: about 8 hidden + 4 feed-forward widths a token and layer, which gives the
    41–54 GB that 4 x 2048 tokens of a 7–8 B model were seen to need. Full recomputation keeps each layer's input
    and one whole layer; selective recomputation keeps the output of attention as well.
    """
    width = 2 if bf16 else 4
    tokens = rows * recipe.max_length
    a_layer = tokens * width * (8 * shapes.hidden_size + 4 * shapes.widest_map)
    kept = {"none": 0, "selective": 2, "full": 1}[checkpointing] * tokens * width * shapes.hidden_size
    return {
        "weights": _weights(recipe, shapes, width),
        "training_states": trainable_parameters(recipe, shapes) * (12 if recipe.method == "full" else 16),
        "activations": shapes.num_hidden_layers * (kept or a_layer) + (a_layer if kept else 0),
        "head": min(tokens, 2048) * shapes.vocab_size * 4 * 2,  # a chunk's logits and their gradient, in fp32
        "runtime": _GIB,
    }


def _weights(recipe: Recipe, shapes: Architecture, width: int) -> int:
    """Bytes of the frozen weights; NF4 with double quantisation takes 4.127 bits (Dettmers et al. 2023)."""
    if recipe.method == "full":
        return shapes.parameters * 4  # float32, which the optimiser changes
    outside = shapes.parameters - shapes.linear_parameters
    linear = shapes.linear_parameters * (4.127 / 8 if recipe.method == "qlora" else width)
    return int(linear + outside * width)


def trainable_parameters(recipe: Recipe, shapes: Architecture) -> int:
    """Parameters the optimiser changes."""
    if recipe.method == "full":
        return shapes.parameters
    return shapes.adapter_parameters(
        recipe.rank, recipe.target_modules, recipe.trained_layers, dora=recipe.dora
    )


def uses_bf16(recipe: Recipe, machine: Machine) -> bool:
    """Whether arithmetic is bf16: as the recipe says, or with `auto` where the machine has it."""
    return machine.has_bf16 if recipe.precision == "auto" else recipe.precision == "bf16"


def estimate(recipe: Recipe, shapes: Architecture, machine: Machine, examples: int, tokens: int, *,
             past: PastRuns | None = None) -> Estimate:  # fmt: skip
    """Estimate a run over `examples` examples of `tokens` tokens in all, before the recipe's limits.

    Args:
        past: what the recipe took on this machine before, which goes before what its arithmetic rate lets expect.

    Raises:
        TrainingError: the recipe cannot be had from this base model on any machine (`require_suited`).
    """
    require_suited(recipe, shapes)
    if recipe.max_train_tokens is not None and tokens > recipe.max_train_tokens:
        examples = math.ceil(examples * recipe.max_train_tokens / tokens)
        tokens = recipe.max_train_tokens
    layout = fit(recipe, shapes, machine)
    rows = math.ceil(tokens / (PACKED * recipe.max_length)) if recipe.packing else examples
    steps = max(1, math.ceil(rows / (recipe.batch_size * recipe.accumulation) * recipe.epochs))
    rate = past.tokens_per_second if past else _expected_rate(recipe, shapes, machine, layout)
    seconds = tokens * recipe.epochs / rate + (past.other_seconds if past else 0.0)
    advice = _advice(recipe, shapes, machine, layout) or _too_long(recipe, seconds, rate)
    return Estimate(
        parameters=shapes.parameters,
        trainable_parameters=trainable_parameters(recipe, shapes),
        examples=examples,
        tokens_per_epoch=tokens,
        tokens_per_step=recipe.tokens_per_step,
        steps=steps,
        rows_per_pass=layout.rows,
        checkpointing=layout.checkpointing,
        memory=layout.memory,
        memory_available=machine.memory,
        tokens_per_second=rate,
        seconds=seconds,
        past_runs=past.count if past else 0,
        fits=not advice,
        advice=advice,
    )


def _expected_rate(recipe: Recipe, shapes: Architecture, machine: Machine, layout: Fit) -> float:
    """Tokens a second as the machine's arithmetic rate lets expect."""
    flop = shapes.flop_per_token(
        full=recipe.method == "full", recompute=layout.checkpointing != "none", context=300
    )
    return machine.devices * machine.peak_flops * EFFICIENCY[machine.device] / flop


def require_fit(recipe: Recipe, shapes: Architecture, machine: Machine) -> None:
    """Refuse a run that cannot work here.

    Raises:
        TrainingError: a recipe that does not suit its base model, a model too large for a CPU, or more memory needed
            than there is.
    """
    require_suited(recipe, shapes)
    if advice := _advice(recipe, shapes, machine, fit(recipe, shapes, machine)):
        raise TrainingError(*advice.split(". ", 1))


def require_suited(recipe: Recipe, shapes: Architecture) -> None:
    """Refuse a recipe that its base model's layers do not allow, on whatever machine.

    Raises:
        TrainingError: a target that none of the trained layers has, packing over layers with a running state or with an
            attention of their own, or an attention that the model has not or that lacks what it wants.
    """
    if recipe.method != "full":
        there = {one.name for one in shapes.adapted(shapes.map_names, recipe.trained_layers)}
        if missing := [name for name in recipe.target_modules if name not in there]:
            raise TrainingError(
                f"target_modules: {recipe.hub_id} has no {', '.join(missing)} in the layers to be trained",
                f"Their linear maps are {', '.join(sorted(there))}.",
            )
    if recipe.packing and shapes.recurrent:
        raise TrainingError(
            f"{recipe.hub_id} has layers that carry a state from one packed example into the next",
            "Set packing: false in the recipe.",
        )
    if shapes.own_attention and (recipe.packing or recipe.attention == "varlen"):
        raise TrainingError(
            f"{recipe.hub_id} has an attention of its own, in which packed examples cannot be kept apart",
            "Set packing: false and attention: auto in the recipe.",
        )
    if shapes.attention_dropout and recipe.takes_varlen:
        raise TrainingError(
            f"{recipe.hub_id} wants dropout in its attention, which packing's own attention does not have",
            "Set attention: sdpa in the recipe.",
        )
    if recipe.attention == "sdpa" and not shapes.has_sdpa:
        raise TrainingError(f"{recipe.hub_id} has no sdpa attention", "Set attention: auto in the recipe.")


def _advice(recipe: Recipe, shapes: Architecture, machine: Machine, layout: Fit) -> str:
    """Why a run cannot work here and what to do, "" when it can."""
    billions = f"{shapes.parameters / 1e9:.1f} billion parameters"
    if machine.device == "cpu" and shapes.parameters > LARGEST_ON_CPU:
        return (
            f"{recipe.hub_id} has {billions} and this machine has no CUDA GPU. Run on a machine with one (16 GiB do "
            "with --qlora, 80 GiB for bf16 LoRA without recomputation), or train smollm2-135m here."
        )
    if layout.needed <= machine.memory:
        return ""
    if recipe.method == "full":
        remedy = "Use method: lora."
    elif recipe.method == "lora":
        remedy = "Use method: qlora (--qlora), or a shorter max_length."
    else:
        remedy = "Use a shorter max_length, or a machine with more memory."
    return (
        f"{recipe.hub_id} with {recipe.method} needs about {layout.needed / _GIB:.1f} GiB and {machine.name} has "
        f"{machine.memory / _GIB:.1f} GiB. {remedy}"
    )


def _too_long(recipe: Recipe, seconds: float, rate: float) -> str:
    """What to do where a run would not end within a month, "" where it would."""
    if seconds <= LONGEST:
        return ""
    a_day = float(f"{rate * DAY / recipe.epochs:.1g}")
    return (
        f"{recipe.hub_id} would train for about {seconds / DAY:,.0f} days here. In a recipe of your own, "
        f"max_train_tokens: {a_day:.0f} ends within about a day; or run on a machine with a CUDA GPU."
    )
