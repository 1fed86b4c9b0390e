"""Base and tuned as one loaded model: the adapter switched off and on, so both see the same weights and code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from medai_assets.training.chat import IGNORED, encode, prompt_ids

Tell = Callable[[int, int], None]


@dataclass
class Pair:
    """A base model with an adapter over it, and the tokenizer that the adapter was trained with."""

    model: Any
    tokenizer: Any
    device: str

    @classmethod
    def load(cls, base_dir: Path, adapter_dir: Path) -> Pair:
        """Load both; bf16 on a GPU, float32 on a CPU (bf16 arithmetic is emulated there)."""
        device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.bfloat16 if device == "cuda" else torch.float32
        base = AutoModelForCausalLM.from_pretrained(base_dir, dtype=dtype, attn_implementation="sdpa")
        model = PeftModel.from_pretrained(base, adapter_dir).to(device).eval()
        tokenizer = AutoTokenizer.from_pretrained(adapter_dir, padding_side="left")
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        return cls(model, tokenizer, device)

    @contextmanager
    def as_(self, which: str) -> Iterator[Any]:
        """The model as ``base`` (adapter off) or ``tuned`` (adapter on)."""
        if which not in ("base", "tuned"):
            raise ValueError(f"a pair is asked as base or as tuned, not as {which!r}")
        with self.model.disable_adapter() if which == "base" else nullcontext(), torch.inference_mode():
            yield self.model

    def losses(
        self, which: str, rows: Sequence[dict[str, Any]], tell: Tell, batch: int = 8
    ) -> list[tuple[float, int]]:
        """Summed negative log-likelihood (nats) of each completion, and its tokens."""
        encoded = [encode(self.tokenizer, r["system"], r["prompt"], r["completion"]) for r in rows]
        order = sorted(range(len(rows)), key=lambda i: len(encoded[i][0]))
        found: dict[int, tuple[float, int]] = {}
        with self.as_(which) as model:
            for start in range(0, len(order), batch):
                group = order[start : start + batch]
                for index, value in zip(group, self._batch_losses(model, [encoded[i] for i in group])):
                    found[index] = value
                tell(min(start + batch, len(order)), len(order))
        return [found[i] for i in range(len(rows))]

    def _batch_losses(
        self, model: Any, encoded: list[tuple[list[int], list[int]]]
    ) -> list[tuple[float, int]]:
        width = max(len(ids) for ids, _ in encoded)
        pad = self.tokenizer.pad_token_id
        ids = torch.tensor([i + [pad] * (width - len(i)) for i, _ in encoded], device=self.device)
        mask = torch.tensor([[1] * len(i) + [0] * (width - len(i)) for i, _ in encoded], device=self.device)
        labels = torch.tensor([la + [IGNORED] * (width - len(la)) for _, la in encoded], device=self.device)[
            :, 1:
        ]
        hidden = model.base_model.model.model(input_ids=ids, attention_mask=mask).last_hidden_state[:, :-1]
        values = []
        for row, wanted in zip(hidden, labels):
            kept = wanted != IGNORED  # only answered positions are projected onto the vocabulary
            logits = model.base_model.model.lm_head(row[kept]).float()
            values.append(
                (
                    float(torch.nn.functional.cross_entropy(logits, wanted[kept], reduction="sum")),
                    int(kept.sum()),
                )
            )
        return values

    def answers(
        self, which: str, rows: Sequence[dict[str, Any]], max_new_tokens: int, tell: Tell, batch: int = 16
    ) -> list[str]:
        """Greedy answers, at most ``max_new_tokens`` long."""
        asked = [prompt_ids(self.tokenizer, r["system"], r["prompt"]) for r in rows]
        order = sorted(range(len(rows)), key=lambda i: len(asked[i]))
        found: dict[int, str] = {}
        with self.as_(which) as model:
            for start in range(0, len(order), batch):
                group = order[start : start + batch]
                filled = self.tokenizer.pad({"input_ids": [asked[i] for i in group]}, return_tensors="pt").to(
                    self.device
                )
                made = model.generate(
                    **filled, max_new_tokens=max_new_tokens, do_sample=False, temperature=None, top_p=None, top_k=None,
                    pad_token_id=self.tokenizer.pad_token_id, eos_token_id=self.tokenizer.eos_token_id,
                )  # fmt: skip
                texts = self.tokenizer.batch_decode(
                    made[:, filled["input_ids"].shape[1] :], skip_special_tokens=True
                )
                found.update(zip(group, (t.strip() for t in texts)))
                tell(min(start + batch, len(order)), len(order))
        return [found[i] for i in range(len(rows))]
