"""Batched greedy generation, for evaluation and for `medai ask`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medai_assets.training.chat import prompt_ids

if TYPE_CHECKING:
    import torch
    from transformers import GenerationConfig, PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True)
class Answer:
    """One generated answer; `complete` is false when it was cut at the limit of new tokens."""

    text: str
    tokens: int
    complete: bool


def generate(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    questions: Sequence[tuple[str, str]],
    *,
    max_new_tokens: int = 200,
    batch_size: int = 16,
    progress: Callable[[int, int], None] | None = None,
) -> list[Answer]:
    """Greedy answers to (system, prompt) pairs, in their order.

    Prompts of similar length share a batch, padded on the left; what they all begin with is read once, and answered
    rows leave, so a batch costs what its unfinished answers cost.

    Args:
        max_new_tokens: limit of one answer, in tokens.
        batch_size: answers in the making at once.
        progress: called with answers done and in all.
    """
    return generate_from(
        model,
        tokenizer,
        [prompt_ids(tokenizer, system, prompt) for system, prompt in questions],
        max_new_tokens=max_new_tokens,
        batch_size=batch_size,
        progress=progress,
    )


def generate_from(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[list[int]],
    *,
    max_new_tokens: int = 200,
    batch_size: int = 16,
    progress: Callable[[int, int], None] | None = None,
) -> list[Answer]:
    """`generate` for prompts that are token ids already, up to where the answer begins."""
    order = sorted(range(len(prompts)), key=lambda i: (len(prompts[i]), i))
    stops = stop_ids(model.generation_config, tokenizer)
    answers: dict[int, Answer] = {}
    for chosen in _batches(order, [len(ids) for ids in prompts], batch_size):
        found = _batch(model, [prompts[i] for i in chosen], stops, max_new_tokens, tokenizer.pad_token_id)
        for i, ids in zip(chosen, found, strict=True):
            complete = bool(ids) and ids[-1] in stops
            text = tokenizer.decode(ids[:-1] if complete else ids, skip_special_tokens=True).strip()
            answers[i] = Answer(text, len(ids), complete)
        if progress:
            progress(len(answers), len(order))
    return [answers[i] for i in range(len(order))]


def _batches(order: list[int], lengths: list[int], size: int) -> Iterator[list[int]]:
    """At most ``size`` places at once in an order from short to long, none over twice as long as the first: a batch is as wide as
    its longest, and what fills it is computed too."""
    batch: list[int] = []
    for place in order:
        if batch and (len(batch) == size or lengths[place] > 2 * lengths[batch[0]]):
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _batch(
    model: Any, prompts: list[list[int]], stops: frozenset[int], limit: int, pad: int
) -> list[list[int]]:
    """New token ids of each prompt, the stop token included where one came."""
    import torch

    with torch.inference_mode():
        shared = _shared_beginning(prompts)
        cache = _read_once(model, prompts[0][:shared], len(prompts)) if shared else None
        tokens, mask = _left_padded([ids[shared:] for ids in prompts], pad, model.device)
        new: list[list[int]] = [[] for _ in prompts]
        rows = list(range(len(prompts)))  # which prompt each row of the batch belongs to
        positions = shared + (mask.cumsum(1) - 1).clamp(min=0)
        mask = torch.cat([mask.new_ones(len(prompts), shared), mask], 1)
        for _ in range(limit):
            out = model(
                input_ids=tokens, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True,
                logits_to_keep=1,
            )  # fmt: skip
            cache, chosen = out.past_key_values, out.logits[:, -1].argmax(-1)
            for row, token in zip(rows, chosen.tolist(), strict=True):
                new[row].append(token)
            open_rows = [i for i, row in enumerate(rows) if new[row][-1] not in stops]
            if not open_rows:
                break
            mask = torch.cat([mask, mask.new_ones(len(rows), 1)], 1)
            tokens, positions = chosen[:, None], positions[:, -1:] + 1
            if len(open_rows) < len(rows):
                kept = torch.tensor(open_rows, device=tokens.device)
                cache.batch_select_indices(kept)
                tokens, positions, mask = tokens[kept], positions[kept], mask[kept]
                rows = [rows[i] for i in open_rows]
        return new


def _shared_beginning(prompts: list[list[int]]) -> int:
    """Tokens that all prompts begin with, such as the system's text; each keeps at least one of its own."""
    if len(prompts) < 2:
        return 0
    first, last = min(prompts), max(prompts)  # in order, so that the others agree wherever these two do
    longest = min(map(len, prompts)) - 1
    return next((i for i in range(longest) if first[i] != last[i]), longest)


def _read_once(model: Any, ids: list[int], rows: int) -> Any:
    """The key-value cache of a beginning that so many rows share."""
    import torch

    out = model(input_ids=torch.tensor([ids], device=model.device), use_cache=True, logits_to_keep=1)
    out.past_key_values.batch_repeat_interleave(rows)
    return out.past_key_values


def _left_padded(prompts: list[list[int]], pad: int, device: Any) -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    width = max(len(ids) for ids in prompts)
    tokens = torch.tensor([[pad] * (width - len(ids)) + ids for ids in prompts], device=device)
    mask = torch.tensor([[0] * (width - len(ids)) + [1] * len(ids) for ids in prompts], device=device)
    return tokens, mask


def stop_ids(config: GenerationConfig, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """The tokens that end an answer: the tokenizer's and those of the model's generation config."""
    configured = config.eos_token_id
    more = configured if isinstance(configured, list) else [configured]
    return frozenset(i for i in (tokenizer.eos_token_id, *more) if i is not None)
