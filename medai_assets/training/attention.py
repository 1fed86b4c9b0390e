"""Attention over packed rows: each document sees only itself, without a mask.

`varlen` is registered with transformers as an attention backend. On CUDA it is torch's own variable-length flash
kernel; elsewhere documents are attended to one by one with torch's scaled dot product. The boundaries are the
`cu_seq_lens_q` that TRL's collator gives. It knows no key-value cache: switch a model to `sdpa` before `generate`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface

NAME = "varlen"


def varlen_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    cu_seq_lens_q: torch.Tensor | None = None,
    max_length_q: int | None = None,
    sliding_window: int | None = None,
    **known: Any,
) -> tuple[torch.Tensor, None]:
    """Causal attention within documents.

    Args:
        query: (1, query heads, tokens, head width); key and value likewise with their own head count.
        cu_seq_lens_q: int32 token offsets of the documents, from 0 to tokens; none = one document.
        max_length_q: tokens of the longest document.
        sliding_window: a token sees so many tokens, itself the last; none = all before it.

    Returns:
        (1, tokens, query heads, head width), and no attention weights.

    Raises:
        ValueError: the batch has several rows, where packed rows come flattened into one; or the model wants dropout,
            a cap on the scores or a sink, which this attention does not have.
    """
    if query.shape[0] != 1:
        raise ValueError(f"varlen attention takes one flattened row, not a batch of {query.shape[0]}")
    if dropout or known.get("softcap") is not None or known.get("s_aux") is not None:
        raise ValueError(
            "varlen attention has no dropout, soft cap or sink: set attention: sdpa in the recipe"
        )
    tokens = query.shape[2]
    bounds = (
        cu_seq_lens_q
        if cu_seq_lens_q is not None
        else torch.tensor([0, tokens], dtype=torch.int32, device=query.device)
    )
    if query.is_cuda:
        from torch.nn.attention.varlen import varlen_attn

        q, k, v = (x.transpose(1, 2).squeeze(0) for x in (query, key, value))
        longest = max_length_q or tokens
        window = (-1 if sliding_window is None else sliding_window - 1, 0)
        out = varlen_attn(
            q, k, v, bounds, bounds, longest, longest, scale=scaling, window_size=window, enable_gqa=True
        )
        return out.unsqueeze(0), None
    ends = bounds.tolist()
    documents = [
        scaled_dot_product_attention(
            query[:, :, a:b], key[:, :, a:b], value[:, :, a:b], **_causal(b - a, sliding_window, query.device),
            scale=scaling, enable_gqa=True,
        )
        for a, b in pairwise(ends)
    ]  # fmt: skip
    return torch.cat(documents, dim=2).transpose(1, 2).contiguous(), None


def _causal(tokens: int, window: int | None, device: torch.device) -> dict[str, Any]:
    """What makes a document of so many tokens causal: torch's own way, or a mask where the window is shorter."""
    if window is None or tokens <= window:
        return {"is_causal": True}
    seen = torch.ones(tokens, tokens, dtype=torch.bool, device=device)
    return {"attn_mask": seen.tril() & seen.triu(1 - window)}


def register() -> None:
    """Make `attn_implementation="varlen"` known to transformers; calling it again changes nothing."""
    AttentionInterface.register(NAME, varlen_attention)
    AttentionMaskInterface.register(NAME, lambda *args, **kwargs: None)
