"""How likely a model finds an answer: one conversation as token ids, its log-likelihood, and the gradient's way there.

What belongs here: everything that runs a model with its adapter on one example at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medai_assets.training.architecture import Architecture
from medai_assets.training.chat import IGNORED, encode
from medai_assets.training.data import encode_table
from medai_assets.training.errors import TrainingError
from medai_assets.training.machine import find_machine
from medai_assets.training.recipe import Recipe

if TYPE_CHECKING:
    import pyarrow as pa
    import torch
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class TokenisedAnswer:
    """A conversation up to the end of an answer: token ids, and labels that are `IGNORED` before the answer."""

    input_ids: Sequence[int]
    labels: Sequence[int]

    @property
    def answer_tokens(self) -> int:
        """With the token that ends the answer."""
        return sum(label != IGNORED for label in self.labels)


def tokenise_answer(
    tokenizer: PreTrainedTokenizerBase, system: str, question: str, answer: str, most: int
) -> TokenisedAnswer:
    """One question and answer as the model is trained on them.

    Raises:
        TrainingError: together they have more than ``most`` tokens, the recipe's `max_length`.
    """
    found = TokenisedAnswer(*encode(tokenizer, system, question, answer))
    if len(found.input_ids) > most:
        raise TrainingError(
            f"Question and answer have {len(found.input_ids):,} tokens, and the model was trained on at most {most:,}",
            "Ask for a shorter answer with --answer or --max-tokens.",
        )
    return found


def tokenise_examples(
    table: pa.Table, tokenizer: PreTrainedTokenizerBase, most: int
) -> dict[str, TokenisedAnswer]:
    """Rows of TRAINING_EXAMPLE by id, without those of more than ``most`` tokens."""
    rows = encode_table(table, tokenizer, most).table.to_pylist()
    return {row["example_id"]: TokenisedAnswer(row["input_ids"], row["labels"]) for row in rows}


def load_adapter(base_dir: Path, adapter_dir: Path, recipe: Recipe) -> Any:
    """A stored adapter on its base model, in float32 where the base is not quantised; only the adapter has gradients.

    Raises:
        TrainingError: the recipe trains all weights, or a directory holds no model.
    """
    from medai_assets.training import speed
    from medai_assets.training.load import load_adapter_for_training

    if recipe.method == "full":
        raise TrainingError(
            f"{recipe.name} trains all weights, and influence is read from the gradients of an adapter",
            "Use a recipe with method: lora or qlora.",
        )
    machine = find_machine()
    alone = recipe.model_copy(
        update={"packing": False, "attention": "sdpa", "precision": "fp32", "checkpointing": "none"}
    )
    levers = speed.choose(alone, Architecture.of_directory(base_dir), machine)
    speed.prepare_torch(recipe)
    model = load_adapter_for_training(base_dir, adapter_dir, alone, levers, device=machine.device)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return model.eval()  # no dropout: the same gradient each time


def loss(model: Any, one: TokenisedAnswer) -> torch.Tensor:
    """Negative log-likelihood of an answer, in nats, summed over its tokens."""
    import torch
    from torch.nn.functional import cross_entropy

    device = next(model.parameters()).device
    labels = torch.tensor([one.labels[1:]], device=device)[0]
    positions = (labels != IGNORED).nonzero().flatten()
    ids = torch.tensor([list(one.input_ids)], device=device)
    logits = model(input_ids=ids, use_cache=False, logits_to_keep=positions).logits
    return cross_entropy(logits.flatten(0, 1).float(), labels[positions], reduction="sum")


def log_likelihoods(model: Any, several: Iterable[TokenisedAnswer]) -> list[float]:
    """Mean log-likelihood of each answer, in nats a token."""
    import torch

    with torch.no_grad():
        return [-float(loss(model, one)) / one.answer_tokens for one in several]
