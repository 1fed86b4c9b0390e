"""Shapes of causal language models, and what follows from them by arithmetic: parameters and FLOP.

What belongs here: numbers that can be known before any weight is loaded. They are read off transformers' own class of
the text model, made on torch's meta device, where a weight has a shape and no bytes; so they are exact for any config,
be it a text model inside a multimodal one, or one of several kinds of layers. torch is imported when one is asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medai_assets.foundation.yaml_files import read_yaml
from medai_assets.training.errors import TrainingError

if TYPE_CHECKING:
    import torch

# From config.json on the hub at the revisions that recipes/*.yaml pin; of a multimodal model, its text_config.
PUBLISHED = Path(__file__).parent / "published_configs.yaml"
_CHOSEN = (
    "num_experts_per_tok",
    "num_experts_per_token",
    "moe_topk",
    "moe_k",
)  # experts of a token, by many names
_ATTENTION_DROPOUT = ("attention_dropout", "attn_pdrop")
_ALWAYS_CAUSAL = (
    "gpt_neox",
    "gpt_neox_japanese",
)  # whose config says is_decoder: false, and whose classes do not look at it
_LAYER = re.compile(r"(?:^|\.)(?:layers|layer|h|blocks|block)\.(\d+)\.")  # as PEFT finds the layers


@dataclass(frozen=True, slots=True)
class LinearMap:
    """One linear map of one layer, by the last part of its module's name."""

    name: str
    layer: int
    inputs: int
    outputs: int


@dataclass(frozen=True, slots=True)
class Architecture:
    """The text model of a config, measured."""

    model_type: str
    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    # All, norms and biases included; a shared embedding once.
    parameters: int
    # Of the layers; the head is not one of them, experts' weights are not either.
    linear_maps: tuple[LinearMap, ...]
    # Of the experts that one token passes through, and most feed-forward values of a token in those of one layer; 0 without.
    expert_parameters: int
    expert_width: int
    # Heads x head width, summed over the layers.
    attention_width: int
    # Some layers carry a state from token to token, past the end of a document.
    recurrent: bool
    # Its attention takes no other: its own code, which sees a packed row as one text, or one with a cap on the scores or a
    # sink, for which transformers has no sdpa and `varlen` nothing.
    own_attention: bool
    # Torch's scaled dot product attention can be asked for.
    has_sdpa: bool
    # Its config wants dropout on the attention's weights, which `varlen` does not have.
    attention_dropout: bool

    @classmethod
    def of_directory(cls, model_dir: Path) -> Architecture:
        """Shapes of a model directory.

        Raises:
            TrainingError: its ``config.json`` cannot be read, or `of_config` refuses it.
        """
        return cls.of_config(read_config(model_dir), str(model_dir))

    @classmethod
    def of_config(cls, values: Mapping[str, Any], where: str) -> Architecture:
        """Shapes of the values of a ``config.json``.

        Raises:
            TrainingError: no causal language model can be made of them, or none that can be trained here.
        """
        import torch
        from transformers import AutoModelForCausalLM

        with _without_advice():
            config = text_config(values, where)
            try:
                with torch.device("meta"):
                    model = AutoModelForCausalLM.from_config(config)
            except Exception as error:
                raise _unusable(where, f"no model can be built from its config ({_said(error)})") from error
        modules = dict(model.named_modules())
        linear_maps = tuple(
            LinearMap(name.rsplit(".", 1)[-1], int(found[1]), module.in_features, module.out_features)
            for name, module in modules.items()
            if isinstance(module, torch.nn.Linear) and (found := _LAYER.search(name))
        )
        if not linear_maps:
            raise _unusable(where, "its layers have no linear maps to put adapters on")
        names = ("vocab_size", "hidden_size", "num_hidden_layers")
        sizes = {name: getattr(config, name, None) for name in names}
        if unstated := [name for name, size in sizes.items() if not isinstance(size, int) or size < 1]:
            raise _unusable(where, f"its config states no {', '.join(unstated)}")
        expert_parameters, expert_width = _experts(config, modules.values())
        return cls(
            model_type=str(config.model_type),
            vocab_size=config.vocab_size,
            hidden_size=config.hidden_size,
            num_hidden_layers=config.num_hidden_layers,
            parameters=int(model.num_parameters()),
            linear_maps=linear_maps,
            expert_parameters=expert_parameters,
            expert_width=expert_width,
            attention_width=sum(_attention_width(module) for module in modules.values()),
            recurrent=_is_recurrent(config, modules.values()),
            own_attention=not (model._supports_attention_backend and model._supports_sdpa),
            has_sdpa=model._supports_sdpa,
            attention_dropout=any(getattr(config, name, None) for name in _ATTENTION_DROPOUT),
        )

    @property
    def map_names(self) -> list[str]:
        """Names of the layers' linear maps, those that an adapter can be put on."""
        return sorted({one.name for one in self.linear_maps})

    @property
    def widest_map(self) -> int:
        """Most outputs of a linear map: the width of the feed-forward part in nearly all models."""
        return max(self.expert_width, *(one.outputs for one in self.linear_maps))

    @property
    def linear_parameters(self) -> int:
        """Parameters of the layers' linear maps, without biases: those NF4 quantises."""
        return sum(one.inputs * one.outputs for one in self.linear_maps)

    @property
    def head_parameters(self) -> int:
        """Parameters of the output projection (shared with the embedding when tied)."""
        return self.vocab_size * self.hidden_size

    def adapted(self, targets: Collection[str], layers: int | None = None) -> list[LinearMap]:
        """The maps of these names in the last so many layers; None: in all."""
        first = 0 if layers is None else self.num_hidden_layers - layers
        return [one for one in self.linear_maps if one.name in targets and one.layer >= first]

    def adapter_parameters(
        self, rank: int, targets: Collection[str], layers: int | None = None, *, dora: bool = False
    ) -> int:
        """Trainable parameters of LoRA: rank x (inputs + outputs) for each adapted map of ``layers`` layers.

        DoRA has a length for each output besides.
        """
        maps = self.adapted(targets, layers)
        return sum(rank * (one.inputs + one.outputs) + (one.outputs if dora else 0) for one in maps)

    def flop_per_token(self, *, full: bool = False, recompute: bool = False, context: int = 0) -> float:
        """Floating-point operations to train on one token.

        Forward 2 a parameter, backward 2 for the inputs and, in full fine-tuning, 2 for the weights; recomputation
        adds another forward. Causal attention adds 2 x context x width a layer and pass, at half the square.
        """
        matmul = self.linear_parameters + self.expert_parameters + self.head_parameters
        passes = 2 + (1 if full else 0) + (1 if recompute else 0)
        return 2.0 * matmul * passes + 2.0 * context * self.attention_width * (3 + (1 if recompute else 0))


def published_config(hub_id: str) -> dict[str, Any] | None:
    """The text config of a base model as published on the hub; None for one this project does not know."""
    found: dict[str, Any] | None = read_yaml(PUBLISHED).get(hub_id)
    return found


@lru_cache
def published(hub_id: str) -> Architecture | None:
    """Shapes of a base model as published on the hub; None for one this project does not know."""
    values = published_config(hub_id)
    return Architecture.of_config(values, hub_id) if values else None


def read_config(model_dir: Path) -> dict[str, Any]:
    """The values of a model directory's ``config.json``.

    Raises:
        TrainingError: there is none, or it holds no such values.
    """
    path = model_dir / "config.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unusable(str(model_dir), f"its config.json cannot be read ({_said(error)})") from error
    if not isinstance(values, dict):
        raise _unusable(str(model_dir), "its config.json is not a JSON object")
    return values


def text_config(values: Mapping[str, Any], where: str) -> Any:
    """transformers' config of the text model that the values of a ``config.json`` describe, alone or inside another.

    Raises:
        TrainingError: transformers has no such model, it is not a causal language model, or its weights are quantised.
    """
    from transformers import CONFIG_MAPPING, MODEL_FOR_CAUSAL_LM_MAPPING, __version__

    kind = values.get("model_type")
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        why = "needs its own remote code" if values.get("auto_map") else "is unknown"
        raise _unusable(where, f"its model type {kind!r} {why} to transformers {__version__}")
    inner = values.get("text_config")
    parts = [values, inner] if isinstance(inner, dict) else [values]
    if quantised := next((found for part in parts if (found := part.get("quantization_config"))), None):
        method = quantised.get("quant_method") if isinstance(quantised, dict) else None
        raise TrainingError(
            f"{where} cannot be used: its weights are published as {method or 'quantised'}",
            "Name the repository of its bf16 weights; method: qlora quantises them itself.",
        )
    try:
        config = CONFIG_MAPPING[kind].from_dict(dict(values)).get_text_config(decoder=True)
    except (
        ImportError
    ) as error:  # the installation is at fault, not the model; the first cause names the package
        while isinstance(error.__cause__ or error.__context__, ImportError):
            error = error.__cause__ or error.__context__  # type: ignore[assignment]
        raise TrainingError(
            f"{where} cannot be used: transformers is not whole here ({_said(error)})",
            "Install the packages again into a new virtual environment (make install).",
        ) from error
    except Exception as error:
        raise _unusable(where, f"transformers cannot read its config ({_said(error)})") from error
    reads_both_ways = not getattr(config, "is_decoder", True) and kind not in _ALWAYS_CAUSAL
    encodes = getattr(config, "is_encoder_decoder", False) or reads_both_ways
    if encodes or type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING:
        raise _unusable(where, f"its model type {kind!r} is not a causal language model")
    return config


def context_of(model_dir: Path) -> int | None:
    """Most tokens that the text model of a directory can take, prompt and answer together; None where nothing bounds them, as
    with positions by distance alone (Bloom) or a running state (Mamba).

    Raises:
        TrainingError: its ``config.json`` cannot be read, or is not of a causal language model.
    """
    config = text_config(read_config(model_dir), str(model_dir))
    names = ("max_position_embeddings", "max_seq_len")  # the second as MPT says it
    return next((size for name in names if (size := getattr(config, name, None))), None)


@contextmanager
def _without_advice() -> Iterator[None]:
    """Nothing of what transformers would tell of a model that is only measured, such as faster kernels to install."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)


def _experts(config: Any, modules: Iterable[torch.nn.Module]) -> tuple[int, int]:
    """Parameters and feed-forward width of the experts that a token passes through; transformers keeps the weights of a layer's
    experts in one tensor, its first dimension the experts. All of them are counted where the config does not say how many."""
    import torch

    tensors = [
        weight
        for module in modules
        if not isinstance(module, torch.nn.Conv1d)
        for weight in module.parameters(recurse=False)
        if weight.dim() == 3
    ]
    said = next((found for name in _CHOSEN if (found := getattr(config, name, None))), None)
    chosen = [min(said or len(weight), len(weight)) * (weight.numel() // len(weight)) for weight in tensors]
    return sum(chosen), min(chosen, default=0) // int(config.hidden_size)


def _attention_width(module: torch.nn.Module) -> int:
    """Heads x head width of a module that attends, which its last linear map takes in; 0 of any other."""
    import torch

    if not type(module).__name__.endswith("Attention"):
        return 0
    maps = [part for part in module.modules() if isinstance(part, torch.nn.Linear)]
    return maps[-1].in_features if maps else 0


def _is_recurrent(config: Any, modules: Iterable[torch.nn.Module]) -> bool:
    """Whether a layer mixes tokens by a convolution or a running state, which no attention mask stops."""
    import torch

    kinds = getattr(config, "layer_types", None) or []
    running = any("attention" not in kind or "linear" in kind for kind in kinds)
    return running or any(isinstance(module, torch.nn.Conv1d) for module in modules)


def _unusable(where: str, problem: str) -> TrainingError:
    return TrainingError(f"{where} cannot be used: {problem}",
                         "Choose a base model with a decoder that the installed transformers knows.")  # fmt: skip


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
