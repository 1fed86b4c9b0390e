"""The three families learn, as LoRA and as QLoRA, and what is stored is complete, portable and reproducible."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from medai_assets.training.adapter import directory_digest
from medai_assets.training.job import Job
from medai_assets.training.machine import Machine
from medai_assets.training.train import RESULT, run
from medai_assets_tests.training import tiny
from medai_assets_tests.training.conftest import Listener

pytestmark = pytest.mark.slow

VLLM_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # allowed by vLLM's LoRAConfig


@pytest.fixture(scope="module")
def trained(
    bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Job]:
    """One finished run of each family and method, by `family-method`."""
    jobs = {}
    for family in tiny.FAMILIES:
        for method in ("lora", "qlora"):
            job = tiny.job(
                bases[family],
                dataset,
                tmp_path_factory.mktemp(f"{family}-{method}"),
                tiny.recipe(family, method=method),
            )
            run(job, Listener(), cpu)
            jobs[f"{family}-{method}"] = job
    return jobs


CASES = [f"{family}-{method}" for family in tiny.FAMILIES for method in ("lora", "qlora")]


@pytest.mark.parametrize("case", CASES)
def test_the_loss_falls_on_a_set_it_can_memorise(case: str, trained: dict[str, Job]) -> None:
    metrics = json.loads((trained[case].out_dir / "metrics.json").read_text())
    history = [
        json.loads(line) for line in (trained[case].out_dir / "history.jsonl").read_text().splitlines()
    ]
    losses = [entry["loss"] for entry in history if "loss" in entry]
    assert losses[-1] < 0.8 * losses[0]
    for kind in (*tiny.KINDS, "all"):
        assert metrics["tuned"][kind]["loss"] < 0.8 * metrics["base"][kind]["loss"]


@pytest.mark.parametrize("case", CASES)
def test_the_readme_snippet_loads_merges_and_generates(case: str, trained: dict[str, Job]) -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    snippet = readme.split("<!-- snippet -->\n```python\n")[1].split("```")[0]
    job = trained[case]
    names: dict[str, Any] = {"BASE_MODEL": job.base_model_dir, "ADAPTER": job.out_dir}
    exec(compile(snippet, "README.md", "exec"), names)
    assert names["answer"].shape[1] > names["inputs"]["input_ids"].shape[1]
    assert not hasattr(names["model"], "peft_config")


@pytest.mark.parametrize("case", CASES)
def test_the_adapter_directory_is_complete_and_portable(case: str, trained: dict[str, Job]) -> None:
    job = trained[case]
    names = {path.name for path in job.out_dir.iterdir()}
    assert names == {
        "README.md", "adapter_config.json", "adapter_model.safetensors", "chat_template.jinja", "generation_config.json",
        "history.jsonl", "learned.parquet", "learned_records.parquet", "left_out.parquet", "loss.png",
        "metrics.json", "tokenizer.json", "tokenizer_config.json", "training_manifest.json",
    }  # fmt: skip
    texts = [
        path.read_text()
        for path in job.out_dir.iterdir()
        if path.suffix in (".json", ".jsonl", ".md", ".jinja")
    ]
    for local in (str(job.work_dir), str(job.base_model_dir), str(job.out_dir), "/tmp/"):
        assert not any(local in text for text in texts)
    assert (job.out_dir / "loss.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("case", CASES)
def test_the_adapter_config_is_sorted_and_names_hub_id_and_revision(
    case: str, trained: dict[str, Job]
) -> None:
    job = trained[case]
    text = (job.out_dir / "adapter_config.json").read_text()
    config = json.loads(text)
    assert text == json.dumps(config, indent=2, sort_keys=True) + "\n"
    assert config["target_modules"] == ["k_proj", "o_proj", "q_proj", "v_proj"]
    assert (config["base_model_name_or_path"], config["revision"]) == (job.recipe.hub_id, job.recipe.revision)


@pytest.mark.parametrize("case", CASES)
def test_vllm_can_load_the_files(case: str, trained: dict[str, Job]) -> None:
    """vLLM wants LoRA weights of linear maps only, no saved modules, no bias, a known rank, and a template file."""
    out = trained[case].out_dir
    config = json.loads((out / "adapter_config.json").read_text())
    assert config["peft_type"] == "LORA"
    assert config["r"] in VLLM_RANKS
    assert config["bias"] == "none"
    assert not config["modules_to_save"]
    assert not config["use_dora"]
    for name, tensor in load_file(out / "adapter_model.safetensors").items():
        assert name.startswith("base_model.model.model.layers.")
        assert name.endswith((".lora_A.weight", ".lora_B.weight"))
        assert config["r"] in tensor.shape
    assert (out / "chat_template.jinja").read_text()
    assert json.loads((out / "generation_config.json").read_text())["eos_token_id"] is not None


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_only_adapters_learn(family: str, trained: dict[str, Job]) -> None:
    job = trained[f"{family}-lora"]
    facts = json.loads((job.out_dir / "training_manifest.json").read_text())["facts"]
    adapter = load_file(job.out_dir / "adapter_model.safetensors")
    assert facts["trainable_parameters"] == sum(t.numel() for t in adapter.values())
    assert all(torch.count_nonzero(tensor) for tensor in adapter.values())


def test_the_card_says_what_was_done_and_what_it_is_not_for(trained: dict[str, Job]) -> None:
    card = (trained["llama-qlora"].out_dir / "README.md").read_text()
    for said in (
        "base_model: meta-llama/Meta-Llama-3-8B", "license: llama3", "# Llama 3 8B MedAI", "Not for clinical use",
        "Built with Meta Llama 3.", "NF4", "version `d1`", "| CC0-1.0 | 16 |", "- A publisher",
        "16 of the learned examples come from", "| question_answer | 8 |", "--enable-lora", "## Validation", "## Limits",
    ):  # fmt: skip
        assert said in card


def test_the_result_tells_speed_memory_and_counts(trained: dict[str, Job]) -> None:
    result = json.loads((trained["mistral-lora"].work_dir / RESULT).read_text())
    assert result["data_version"] == directory_digest(trained["mistral-lora"].out_dir)
    assert result["timing"]["tokens_per_second"] > 0
    assert result["timing"]["peak_memory_bytes"] > 10**8
    assert result["facts"]["data"]["train"]["examples"] == 16
    assert list((trained["mistral-lora"].work_dir / "tensorboard").glob("events*"))


def test_same_seed_same_data_same_bytes(trained: dict[str, Job], cpu: Machine, tmp_path: Path) -> None:
    first = trained["qwen2-lora"]
    again = replace(first, work_dir=tmp_path / "work", out_dir=tmp_path / "out")
    run(again, Listener(), cpu)
    for path in sorted(first.out_dir.iterdir()):
        assert path.read_bytes() == (again.out_dir / path.name).read_bytes(), path.name


def test_the_first_passes_of_a_longer_schedule_are_learned_as_in_the_whole_run(
    trained: dict[str, Job], cpu: Machine, tmp_path: Path
) -> None:
    whole = trained["qwen2-lora"]
    begun = whole.recipe.model_copy(update={"epochs": 1.0, "schedule_epochs": whole.recipe.epochs})
    run(replace(whole, recipe=begun, work_dir=tmp_path / "work", out_dir=tmp_path / "out"), Listener(), cpu)
    first, again = (_steps(out) for out in (whole.out_dir, tmp_path / "out"))
    assert again == first[: len(again)]
    assert len(first) == whole.recipe.epochs * len(again)


def _steps(adapter: Path) -> list[tuple[float, float]]:
    """Loss and learning rate of each step."""
    history = [json.loads(line) for line in (adapter / "history.jsonl").read_text().splitlines()]
    return [(entry["loss"], entry["learning_rate"]) for entry in history if "loss" in entry]


def test_another_seed_gives_another_adapter(trained: dict[str, Job], cpu: Machine, tmp_path: Path) -> None:
    first = trained["qwen2-lora"]
    other = replace(first, work_dir=tmp_path / "work", out_dir=tmp_path / "out", seed=first.run_seed + 1)
    run(other, Listener(), cpu)
    assert directory_digest(other.out_dir) != directory_digest(first.out_dir)


def test_full_fine_tuning_stores_a_whole_model(
    bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path: Path
) -> None:
    from transformers import AutoModelForCausalLM

    wanted = tiny.recipe("qwen2", method="full", epochs=1, learning_rate=1e-3)
    job = tiny.job(bases["qwen2"], dataset, tmp_path, wanted)
    result = run(job, Listener(), cpu)
    assert result["metrics"]["tuned"]["all"]["loss"] < result["metrics"]["base"]["all"]["loss"]
    model = AutoModelForCausalLM.from_pretrained(job.out_dir)
    assert model.num_parameters() == result["facts"]["trainable_parameters"]


def test_padded_batches_learn_what_packed_rows_learn(
    bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path: Path
) -> None:
    losses = {}
    for packing in (True, False):
        wanted = tiny.recipe("llama", packing=packing, batch_size=16, epochs=1, evaluations=1, dropout=0.0)
        job = tiny.job(bases["llama"], dataset, tmp_path / str(packing), wanted)
        losses[packing] = run(job, Listener(), cpu)["metrics"]
        shutil.rmtree(job.work_dir)
    assert losses[True]["base"]["all"]["loss"] == pytest.approx(
        losses[False]["base"]["all"]["loss"], abs=1e-5
    )
    assert losses[True]["tuned"]["all"]["loss"] == pytest.approx(
        losses[False]["tuned"]["all"]["loss"], rel=0.01
    )
