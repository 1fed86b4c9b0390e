"""Packed documents see only themselves, and every lever leaves the loss as it is."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.training import attention
from medai_assets_tests.training import tiny
from medai_assets_tests.tries import tries


def random_heads(tokens: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(1, heads, tokens, 8, generator=generator) for heads in (4, 2, 2))  # type: ignore[return-value]


@tries(25)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 99))
def test_it_equals_dense_attention_under_a_block_diagonal_mask(lengths: list[int], seed: int) -> None:
    bounds = torch.tensor([0, *lengths]).cumsum(0).to(torch.int32)
    query, key, value = random_heads(sum(lengths), seed)
    document = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
    mask = (document[:, None] == document[None]).tril()
    dense = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=mask, enable_gqa=True
    )
    ours, _ = attention.varlen_attention(torch.nn.Module(), query, key, value, None, cu_seq_lens_q=bounds)
    torch.testing.assert_close(ours, dense.transpose(1, 2), atol=1e-5, rtol=1e-4)


def test_without_bounds_a_row_is_one_document() -> None:
    query, key, value = random_heads(7, 0)
    whole, _ = attention.varlen_attention(torch.nn.Module(), query, key, value, None)
    bounds = torch.tensor([0, 7], dtype=torch.int32)
    stated, _ = attention.varlen_attention(torch.nn.Module(), query, key, value, None, cu_seq_lens_q=bounds)
    torch.testing.assert_close(whole, stated)


@tries(25)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 9), st.integers(0, 99))
def test_a_sliding_window_is_kept_within_each_document(lengths: list[int], window: int, seed: int) -> None:
    bounds = torch.tensor([0, *lengths]).cumsum(0).to(torch.int32)
    query, key, value = random_heads(sum(lengths), seed)
    document = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
    place = torch.arange(sum(lengths))
    mask = (document[:, None] == document[None]).tril() & (place[:, None] - place[None] < window)
    dense = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=mask, enable_gqa=True
    )
    ours, _ = attention.varlen_attention(
        torch.nn.Module(), query, key, value, None, cu_seq_lens_q=bounds, sliding_window=window
    )
    torch.testing.assert_close(ours, dense.transpose(1, 2), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("wanted", [{"dropout": 0.1}, {"softcap": 30.0}, {"s_aux": torch.zeros(4)}])
def test_what_it_does_not_have_is_refused_and_not_left_out(wanted: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="attention: sdpa"):
        attention.varlen_attention(torch.nn.Module(), *random_heads(5, 0), None, **wanted)


def test_a_padded_batch_is_refused() -> None:
    query, key, value = (x.repeat(2, 1, 1, 1) for x in random_heads(5, 0))
    with pytest.raises(ValueError, match="not a batch of 2"):
        attention.varlen_attention(torch.nn.Module(), query, key, value, None)


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_a_packed_row_gives_the_logits_of_its_documents_one_by_one(
    family: str, bases: dict[str, Path]
) -> None:
    from transformers import AutoModelForCausalLM

    attention.register()
    packed = AutoModelForCausalLM.from_pretrained(
        bases[family], dtype=torch.float32, attn_implementation=attention.NAME
    )
    alone = AutoModelForCausalLM.from_pretrained(
        bases[family], dtype=torch.float32, attn_implementation="eager"
    )
    ids, bounds = torch.arange(10, 40)[None], torch.tensor([0, 11, 12, 30], dtype=torch.int32)
    positions = torch.cat([torch.arange(b - a) for a, b in pairwise(bounds.tolist())])[None]
    known: dict[str, Any] = {"position_ids": positions, "cu_seq_lens_q": bounds, "max_length_q": 18}
    with torch.no_grad():
        together = packed(input_ids=ids, **known).logits
        apart = torch.cat([alone(input_ids=ids[:, a:b]).logits for a, b in pairwise(bounds.tolist())], 1)
    torch.testing.assert_close(together, apart, atol=1e-5, rtol=1e-4)
