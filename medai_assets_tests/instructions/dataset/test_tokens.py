"""Token counts by a base model's own template, as transformers renders it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from medai_assets.instructions.dataset.build import Built
from medai_assets.instructions.dataset.checks import BLOCKING
from medai_assets.instructions.dataset.publish import token_counts, token_lengths
from medai_assets.instructions.dataset.tokens import counter, local_tokenizers, token_statistics
from medai_assets_tests.conftest import REPOSITORY

MODELS = REPOSITORY / "data" / "models"


@pytest.fixture(scope="session")
def model() -> Path:
    found = local_tokenizers(MODELS)
    if not found:
        pytest.skip("no prepared base model on this machine")
    return next(iter(found.values()))


def test_without_a_model_there_is_nothing_to_count(tmp_path: Path) -> None:
    assert local_tokenizers(tmp_path / "absent") == {}


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


TEMPLATE = "{% for m in messages %}{{ bos_token }}{{ m['role'] }} {{ m['content'] }}\n{% endfor %}"
WORDS = {"[UNK]": 0, "<s>": 1}


def tokenizer(folder: Path, template: str | None = TEMPLATE, in_config: bool = False, **config: Any) -> Path:
    """A tokenizer of words, each one token."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit

    folder.mkdir(parents=True)
    made = Tokenizer(WordLevel(WORDS, unk_token="[UNK]"))
    made.pre_tokenizer = WhitespaceSplit()
    made.save(str(folder / "tokenizer.json"))
    if template is not None and not in_config:
        (folder / "chat_template.jinja").write_text(template)
    told = config | ({"chat_template": template} if in_config else {})
    if told:
        (folder / "tokenizer_config.json").write_text(json.dumps(told))
    return folder


def example(number: int, words: int, kind: str = "question_answer") -> Any:
    return {
        "example_id": f"e{number}",
        "kind": kind,
        "system": "s",
        "history": [],
        "prompt": "q",
        "completion": "w " * words,
    }


def test_every_turn_of_the_chat_is_counted_by_the_template(tmp_path: Path) -> None:
    count = counter(tokenizer(tmp_path / "m"))
    assert count([example(1, 5)]) == [3 + 2 + 5]
    before = [{"role": "user", "content": "a b c"}, {"role": "assistant", "content": "d"}]
    assert count([example(1, 5) | {"history": before}]) == [3 + 4 + 2 + 2 + 5]
    assert count([]) == []


@pytest.mark.parametrize("bos", ["<s> ", {"content": "<s> "}])
def test_the_template_and_its_tokens_may_stand_in_the_configuration(tmp_path: Path, bos: Any) -> None:
    count = counter(tokenizer(tmp_path / "m", in_config=True, bos_token=bos, eos_token=None))
    assert count([example(1, 5)]) == [3 + 3 + 2 + 5]


def test_a_template_that_refuses_a_chat_says_so_and_one_cannot_reach_the_machine(tmp_path: Path) -> None:
    from jinja2.exceptions import SecurityError, TemplateError

    with pytest.raises(TemplateError, match="no system text"):
        counter(tokenizer(tmp_path / "a", "{{ raise_exception('no system text') }}"))([example(1, 5)])
    with pytest.raises(SecurityError):
        counter(tokenizer(tmp_path / "b", "{{ messages.__class__.__mro__ }}{{ messages.append(1) }}"))(
            [example(1, 5)]
        )


def test_only_folders_with_a_tokenizer_and_a_template_can_count(tmp_path: Path) -> None:
    tokenizer(tmp_path / "b")
    tokenizer(tmp_path / "a", in_config=True)
    tokenizer(tmp_path / "none", None)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    assert list(local_tokenizers(tmp_path)) == ["a", "b"]


def test_statistics_are_those_of_the_counts_and_the_long_ones_are_named(tmp_path: Path) -> None:
    rows = [example(n, n, "drug_information" if n < 10 else "question_answer") for n in range(1, 21)]
    told = token_statistics(rows, tokenizer(tmp_path / "m"), 20)
    assert told == {
        "examples": 20, "tokens": sum(range(1, 21)) + 20 * 5, "median": 16, "p95": 25, "longest": 25, "limit": 20,
        "over_limit": 5, "over_limit_ids": ["e16", "e17", "e18", "e19", "e20"],
        "by_kind": {"drug_information": 10.0, "question_answer": 20.0},
    }  # fmt: skip


def test_of_no_rows_there_is_nothing_to_count(tmp_path: Path) -> None:
    told = token_statistics([], tokenizer(tmp_path / "m"), 20)
    assert (told["examples"], told["median"], told["p95"], told["longest"], told["by_kind"]) == (
        0,
        0,
        0,
        0,
        {},
    )


def test_of_very_many_long_rows_fifty_are_named(tmp_path: Path) -> None:
    told = token_statistics([example(n, 9) for n in range(60)], tokenizer(tmp_path / "m"), 5)
    assert (told["over_limit"], len(told["over_limit_ids"])) == (60, 50)
