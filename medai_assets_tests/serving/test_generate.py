"""Batched greedy answers are those of one question at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from medai_assets.serving.generate import _batches, generate
from medai_assets.serving.load import load_adapted, load_base, load_tokenizer
from medai_assets.training.errors import TrainingError
from medai_assets.training.job import Job
from medai_assets.training.machine import Machine
from medai_assets_tests.training import tiny

QUESTIONS = [(tiny.SYSTEM, row["prompt"]) for row in tiny.examples("train")] + [
    ("", "Hi"),
    (tiny.SYSTEM, "word " * 40),
]


def test_a_batch_answers_as_each_question_alone_and_in_order(trained: Job, cpu: Machine) -> None:
    model, tokenizer = (
        load_adapted(trained.base_model_dir, trained.out_dir, cpu),
        load_tokenizer(trained.out_dir),
    )
    told: list[tuple[int, int]] = []
    together = generate(
        model, tokenizer, QUESTIONS, max_new_tokens=30, batch_size=5, progress=lambda *at: told.append(at)
    )
    alone = [
        generate(model, tokenizer, [question], max_new_tokens=30, batch_size=1)[0] for question in QUESTIONS
    ]
    assert [a.text for a in together] == [a.text for a in alone]
    assert told[-1] == (len(QUESTIONS), len(QUESTIONS))


def test_it_is_what_transformers_generates(trained: Job, cpu: Machine) -> None:
    model, tokenizer = (
        load_adapted(trained.base_model_dir, trained.out_dir, cpu),
        load_tokenizer(trained.out_dir),
    )
    question = [
        {"role": "system", "content": tiny.SYSTEM},
        {"role": "user", "content": "What helps with gout?"},
    ]
    inputs = tokenizer.apply_chat_template(
        question, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    out = model.generate(**inputs, max_new_tokens=40, do_sample=False)
    expected = tokenizer.decode(out[0][inputs["input_ids"].shape[1] :], skip_special_tokens=True).strip()
    assert (
        generate(model, tokenizer, [(tiny.SYSTEM, "What helps with gout?")], max_new_tokens=40)[0].text
        == expected
    )


def test_an_answer_says_whether_it_ended_by_itself(trained: Job, cpu: Machine) -> None:
    model, tokenizer = (
        load_adapted(trained.base_model_dir, trained.out_dir, cpu),
        load_tokenizer(trained.out_dir),
    )
    question = [(tiny.SYSTEM, "Sell me pills for gout.")]
    whole, cut = (generate(model, tokenizer, question, max_new_tokens=n)[0] for n in (60, 3))
    assert (whole.text, whole.complete) == ("I cannot help with that. Ask a pharmacist.", True)
    assert (cut.tokens, cut.complete) == (3, False)
    assert whole.text.startswith(cut.text)


def test_the_base_answers_differently(trained: Job, cpu: Machine) -> None:
    base = generate(
        load_base(trained.base_model_dir, cpu),
        load_tokenizer(trained.out_dir),
        QUESTIONS[:2],
        max_new_tokens=10,
    )
    assert all("Rest and water" not in answer.text for answer in base)


def test_an_incomplete_adapter_names_what_it_lacks(trained: Job, cpu: Machine, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(TrainingError, match=r"lacks adapter_model\.safetensors, tokenizer\.json"):
        load_adapted(trained.base_model_dir, tmp_path, cpu)
    with pytest.raises(TrainingError, match="holds no model"):
        load_base(tmp_path, cpu)


def test_a_batch_is_full_or_ends_before_a_prompt_twice_as_long() -> None:
    lengths = [4, 20, 5, 9, 8, 7]
    order = sorted(range(6), key=lambda place: lengths[place])
    assert list(_batches(order, lengths, 3)) == [[0, 2, 5], [4, 3], [1]]
    assert list(_batches([], [], 3)) == []
