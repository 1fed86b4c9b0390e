"""The two models of a comparison: the base as it is, and the base with its adapter.

What belongs here: which model stands for ``base`` and ``tuned``, and the loss of given answers. Both use the tokenizer
and chat template that the adapter was trained with. Loading and generation are those of serving/, so that what is
judged is what is handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medai_assets.evaluation.items import Item
from medai_assets.serving.load import load_adapted, load_base, load_tokenizer
from medai_assets.training.chat import IGNORED, encode

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Tell = Callable[[int, int], None]
WHICH = ("base", "tuned")


@dataclass(frozen=True)
class Judged:
    """A model under evaluation and the tokenizer that both models share."""

    model: Any
    tokenizer: PreTrainedTokenizerBase


def load(which: str, base_dir: Path, adapter_dir: Path, before: Path | None = None) -> Judged:
    """The model that stands for ``base`` (no adapter, or the one ``before``) or ``tuned`` (adapter merged in memory).

    Raises:
        ValueError: another name. TrainingError: a directory lacks what it should hold.
    """
    if which not in WHICH:
        raise ValueError(f"a comparison is between base and tuned, not {which!r}")
    adapter = adapter_dir if which == "tuned" else before
    model = load_base(base_dir) if adapter is None else load_adapted(base_dir, adapter)
    return Judged(model, load_tokenizer(adapter_dir))


def losses(
    judged: Judged, rows: Sequence[Item], tell: Tell = lambda done, total: None, batch: int = 8
) -> list[tuple[float, int]]:
    """Summed negative log-likelihood (nats) of each row's completion, and its tokens, in the rows' order.

    Rows of similar length share a batch. Only the answer's positions are projected onto the vocabulary, which on
    small models is most of the work otherwise.
    """
    import torch

    encoded = [encode(judged.tokenizer, r["system"], r["prompt"], r["completion"]) for r in rows]
    order = sorted(range(len(rows)), key=lambda i: (len(encoded[i][0]), i))
    found: dict[int, tuple[float, int]] = {}
    with torch.inference_mode():
        for start in range(0, len(order), batch):
            group = order[start : start + batch]
            found.update(zip(group, _batch_losses(judged.model, [encoded[i] for i in group])))
            tell(len(found), len(order))
    return [found[i] for i in range(len(rows))]


def _batch_losses(model: Any, encoded: list[tuple[list[int], list[int]]]) -> list[tuple[float, int]]:
    import torch

    width = max(len(ids) for ids, _ in encoded)
    # Any token may fill the end: attention is causal, and nothing is read from there.
    ids = torch.tensor([i + [0] * (width - len(i)) for i, _ in encoded], device=model.device)
    labels = torch.tensor([la + [IGNORED] * (width - len(la)) for _, la in encoded], device=model.device)
    mask = torch.tensor([[1] * len(i) + [0] * (width - len(i)) for i, _ in encoded], device=model.device)
    hidden = model.base_model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state[:, :-1]
    values = []
    for row, wanted in zip(hidden, labels[:, 1:]):
        kept = wanted != IGNORED
        logits = model.get_output_embeddings()(row[kept]).float()
        nll = torch.nn.functional.cross_entropy(logits, wanted[kept], reduction="sum")
        values.append((float(nll), int(kept.sum())))
    return values
