"""What one small training comes to on any CPU: what it reads, what it learns and what it stores exactly, its losses nearly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch
from safetensors import safe_open

from medai_assets.training.chat import IGNORED, load_tokenizer
from medai_assets.training.data import load_split
from medai_assets.training.job import Job
from medai_assets.training.machine import Machine
from medai_assets.training.train import run
from medai_assets_tests.training import tiny
from medai_assets_tests.training.conftest import Listener

# Half of the examples, twice, in eight steps.
WANTED = {"max_train_tokens": 400, "epochs": 2, "evaluations": 2, "batch_size": 1}
LEARNED = [
    f"e-train-{name}"
    for name in (
        "question_answer-asthma", "question_answer-migraine", "safety_refusal-migraine", "question_answer-eczema",
        "safety_refusal-eczema", "safety_refusal-gout", "question_answer-anaemia", "safety_refusal-anaemia",
    )
]  # fmt: skip
LOSSES = [6.07826, 6.11277, 5.52866, 5.19168, 4.87942, 4.79002, 4.75329, 4.66862]
VALIDATION = [6.01155, 4.88689, 4.58083]
# Relative. With one and two threads, and with the kernels for AVX512, AVX2 and neither, they differed by 3e-7.
ROUNDING = 1e-3
SHAPES = {"q_proj": (64, 64), "k_proj": (64, 32), "v_proj": (64, 32), "o_proj": (64, 64)}  # in, out


@pytest.fixture(scope="module", params=[1, 2], ids="threads={}".format)
def trained(
    request: pytest.FixtureRequest,
    bases: dict[str, Path],
    dataset: Path,
    cpu: Machine,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Job]:
    threads = torch.get_num_threads()
    wanted = tiny.recipe("llama", threads=request.param, **WANTED)
    job = tiny.job(bases["llama"], dataset, tmp_path_factory.mktemp("golden"), wanted)
    run(job, Listener(), cpu)
    yield job
    torch.set_num_threads(threads)


def rows(job: Job, table: str) -> list[dict[str, Any]]:
    return pq.read_table(job.out_dir / f"{table}.parquet").to_pylist()


def test_what_is_read_and_which_tokens_have_a_loss_is_the_same_everywhere(trained: Job) -> None:
    tokenizer = load_tokenizer(trained.base_model_dir, trained.recipe)
    found = load_split(
        trained.dataset_dir / "train.parquet", tokenizer, trained.recipe, "train", trained.run_seed
    ).table
    assert found["example_id"].to_pylist() == LEARNED
    masks = [[label != IGNORED for label in labels] for labels in found["labels"].to_pylist()]
    digests = [
        hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]
        for value in (found["input_ids"].to_pylist(), masks)
    ]
    assert digests == ["de7773a1de34a370", "fe114101ca1ab86b"]


def test_what_was_learned_is_the_same_everywhere(trained: Job) -> None:
    assert [(row["example_id"], row["times"], row["tokens"]) for row in rows(trained, "learned")] == [
        (name, 2, 45) for name in LEARNED
    ]
    left_out = {row["example_id"]: row["reason"] for row in rows(trained, "left_out")}
    assert left_out == {row["example_id"]: "validation" for row in tiny.examples("validation", tiny.TOPICS[:3])} | {
        row["example_id"]: "token_budget" for row in tiny.examples("train") if row["example_id"] not in LEARNED
    }  # fmt: skip


def test_names_shapes_and_types_of_the_weights_are_the_same_everywhere(trained: Job) -> None:
    with safe_open(trained.out_dir / "adapter_model.safetensors", "pt") as weights:
        tensors = {name: weights.get_slice(name) for name in sorted(weights.keys())}
        found = {name: tuple(tensor.get_shape()) for name, tensor in tensors.items()}
        types = {tensor.get_dtype() for tensor in tensors.values()}
    wanted = {}
    for layer in range(2):
        for module, (into, out) in SHAPES.items():
            name = f"base_model.model.model.layers.{layer}.self_attn.{module}"
            wanted |= {f"{name}.lora_A.weight": (8, into), f"{name}.lora_B.weight": (out, 8)}
    assert found == wanted
    assert types == {"F32"}


def test_losses_are_the_same_everywhere_but_for_rounding(trained: Job) -> None:
    history = [json.loads(line) for line in (trained.out_dir / "history.jsonl").read_text().splitlines()]
    found = [entry["loss"] for entry in history if "loss" in entry]
    assert found == pytest.approx(LOSSES, rel=ROUNDING)
    found = [entry["eval_loss"] for entry in history if "eval_loss" in entry]
    assert found == pytest.approx(VALIDATION, rel=ROUNDING)
