"""Token counts by a base model's own template, as transformers renders it."""

from __future__ import annotations

from pathlib import Path

import pytest

from medai_assets.instructions.dataset.build import Built
from medai_assets.instructions.dataset.checks import BLOCKING
from medai_assets.instructions.dataset.publish import token_counts, token_lengths
from medai_assets.instructions.dataset.tokens import counter, local_tokenizers, token_statistics
from medai_assets_tests.conftest import REPOSITORY

MODELS = REPOSITORY / "data" / "models"


@pytest.fixture
def model() -> Path:
    found = local_tokenizers(MODELS)
    if not found:
        pytest.skip("no prepared base model on this machine")
    return next(iter(found.values()))


def test_without_a_model_there_is_nothing_to_count(tmp_path: Path) -> None:
    assert local_tokenizers(tmp_path / "absent") == {}


def test_what_is_not_counted_is_said(tmp_path: Path, built: Built) -> None:
    found = token_counts(built.rows[:5], 512, tmp_path / "absent")
    assert found["tokens"] == {}
    assert found["tokens_note"].startswith("not counted, so rows over the limit are not known")


def test_for_which_models_was_counted_is_said(model: Path, built: Built) -> None:
    found = token_counts(built.rows[:5], 512, model.parent)
    assert model.name in found["tokens_note"]
    assert model.name in found["tokens"]


def test_the_count_is_that_of_transformers(model: Path, built: Built) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    rows = built.rows[:20]
    for row, tokens in zip(rows, counter(model)(rows)):
        messages = [
            {"role": "system", "content": row["system"]},
            {"role": "user", "content": row["prompt"]},
            {"role": "assistant", "content": row["completion"]},
        ]
        text = tokenizer.apply_chat_template(messages, tokenize=False)
        assert tokens == len(tokenizer(text, add_special_tokens=False)["input_ids"])


def test_rows_over_the_limit_are_named_not_cut(model: Path, built: Built) -> None:
    rows = built.rows[:50]
    found = token_statistics(rows, model, 120)
    assert found["examples"] == 50
    assert found["over_limit"] == len(found["over_limit_ids"]) > 0
    assert found["longest"] >= found["p95"] >= found["median"]


def test_examples_over_the_limit_are_warned_of(tmp_path: Path, model: Path, built: Built) -> None:
    unknown = token_lengths(token_counts(built.rows[:50], 120, tmp_path / "absent"))
    assert unknown.passed
    assert unknown.detail.startswith("not counted")
    within = token_lengths(token_counts(built.rows[:50], 10_000, model.parent))
    assert within.passed
    over = token_lengths(token_counts(built.rows[:50], 120, model.parent))
    assert not over.passed
    assert over.name not in BLOCKING, "training leaves them out and names them"
    assert f"over the limit for {model.name}" in over.detail
