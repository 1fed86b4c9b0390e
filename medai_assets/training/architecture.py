"""Shapes of decoder-only language models, and what follows from them by arithmetic: parameters and FLOP.

What belongs here: numbers that can be known before any weight is loaded. No torch.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Architecture:
    """A Llama-like model: grouped-query attention, SwiGLU, RMSNorm. Field names are those of ``config.json``."""

    model_type: str
    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    tie_word_embeddings: bool = False
    rope_theta: float = 10_000.0
    max_position_embeddings: int = 8192
    rms_norm_eps: float = 1e-5

    @classmethod
    def of_directory(cls, model_dir: Path) -> Architecture:
        """Read ``config.json`` of a model directory (both the flat and the nested spelling of RoPE's base)."""
        config = json.loads((model_dir / "config.json").read_text())
        heads = config["num_attention_heads"]
        rope = config.get("rope_parameters") or {}
        known: dict[str, Any] = {name: config[name] for name in cls.__slots__ if config.get(name) is not None}
        defaults = {
            "head_dim": config["hidden_size"] // heads,
            "num_key_value_heads": heads,
            "rope_theta": rope.get("rope_theta", 10_000.0),
        }
        return cls(**(defaults | known))

    def layer_matrices(self) -> dict[str, tuple[int, int]]:
        """Weight shapes (input, output) of one layer's seven linear maps, by module name."""
        hidden, mlp = self.hidden_size, self.intermediate_size
        queries = self.num_attention_heads * self.head_dim
        keys = self.num_key_value_heads * self.head_dim
        return {
            "q_proj": (hidden, queries),
            "k_proj": (hidden, keys),
            "v_proj": (hidden, keys),
            "o_proj": (queries, hidden),
            "gate_proj": (hidden, mlp),
            "up_proj": (hidden, mlp),
            "down_proj": (mlp, hidden),
        }

    @property
    def linear_parameters(self) -> int:
        """Parameters of the layers' linear maps, without biases: those NF4 quantises."""
        return self.num_hidden_layers * sum(i * o for i, o in self.layer_matrices().values())

    @property
    def head_parameters(self) -> int:
        """Parameters of the output projection (shared with the embedding when tied)."""
        return self.vocab_size * self.hidden_size

    @property
    def parameters(self) -> int:
        """All parameters, norms and biases included."""
        embeddings = self.head_parameters * (1 if self.tie_word_embeddings else 2)
        norms = (2 * self.num_hidden_layers + 1) * self.hidden_size
        if self.model_type == "qwen3":
            norms += 2 * self.num_hidden_layers * self.head_dim
        biases = 0
        if self.model_type == "qwen2":
            keys = self.num_key_value_heads * self.head_dim
            biases = self.num_hidden_layers * (self.num_attention_heads * self.head_dim + 2 * keys)
        return self.linear_parameters + embeddings + norms + biases

    def adapter_parameters(self, rank: int, targets: Sequence[str], layers: int | None = None) -> int:
        """Trainable parameters of LoRA: rank x (inputs + outputs) for each adapted map of ``layers`` layers."""
        shapes = self.layer_matrices()
        a_layer = sum(rank * sum(shapes[target]) for target in targets)
        return a_layer * (self.num_hidden_layers if layers is None else layers)

    def flop_per_token(self, *, full: bool = False, recompute: bool = False, context: int = 0) -> float:
        """Floating-point operations to train on one token.

        Forward 2 a parameter, backward 2 for the inputs and, in full fine-tuning, 2 for the weights; recomputation
        adds another forward. Causal attention adds 2 x context x width a layer and pass, at half the square.
        """
        matmul = self.linear_parameters + self.head_parameters
        attention = self.num_hidden_layers * context * self.num_attention_heads * self.head_dim
        passes = 2 + (1 if full else 0) + (1 if recompute else 0)
        return 2.0 * matmul * passes + 2.0 * attention * (3 + (1 if recompute else 0))


# From config.json on the hub at the revisions that recipes/*.yaml pin.
PUBLISHED: dict[str, Architecture] = {
    "mistralai/Mistral-7B-v0.1": Architecture(
        "mistral", 32_000, 4096, 14_336, 32, 32, 8, 128, False, 10_000.0, 32_768, 1e-5
    ),
    "meta-llama/Meta-Llama-3-8B": Architecture(
        "llama", 128_256, 4096, 14_336, 32, 32, 8, 128, False, 500_000.0, 8192, 1e-5
    ),
    "Qwen/Qwen2.5-7B": Architecture(
        "qwen2", 152_064, 3584, 18_944, 28, 28, 4, 128, False, 1_000_000.0, 131_072, 1e-6
    ),
    "Qwen/Qwen3-8B-Base": Architecture(
        "qwen3", 151_936, 4096, 12_288, 36, 32, 8, 128, False, 1_000_000.0, 32_768, 1e-6
    ),
    "HuggingFaceTB/SmolLM2-135M-Instruct": Architecture(
        "llama", 49_152, 576, 1536, 30, 9, 3, 64, True, 100_000.0, 8192, 1e-5
    ),
}
