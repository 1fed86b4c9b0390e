"""`medai train --dry-run`: what a run will need, said before anything is loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner, Result

from medai_assets.commands.train import train
from medai_assets.graph.graph import Graph
from medai_assets.planning import fingerprints
from medai_assets.settings import get_settings
from medai_assets.training import machine
from medai_assets.training.machine import Machine
from medai_assets.training.recipe import load_recipe, recipe_from
from medai_assets_tests.commands.conftest import Finished
from medai_assets_tests.lineage.library import Library
from medai_assets_tests.training import tiny

app = typer.Typer()
app.command()(train)


def medai_train(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def dataset(data_root: Finished, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Library:
    """A data set with the file that training reads, on a CPU with 8 GiB."""
    monkeypatch.setattr(
        machine, "find_machine", lambda: Machine("cpu", "test CPU", 1, 8 * 2**30, False, 5e10)
    )
    receipt = data_root.store.require("training_examples").receipt
    assert receipt is not None
    with data_root.store.draft("training_examples") as draft:
        for file in tiny.write_dataset(tmp_path / "tiny").glob("*.parquet"):
            draft.write_table(file.stem, pq.read_table(file))
        stored = draft.publish(code_version=receipt.code_version, inputs=receipt.inputs)
    assert stored.rows("train") == 16
    return data_root


def test_it_tells_parameters_tokens_steps_memory_and_time(dataset: Library) -> None:
    found = medai_train("smollm2-135m", "--dry-run")
    assert found.exit_code == 0, found.output
    for word in (
        "3,256,320",
        "tokens an epoch",
        "16 examples",
        "steps",
        "memory",
        "8.0 GiB",
        "time",
        "It fits.",
    ):
        assert word in found.output, word
    told = json.loads(medai_train("smollm2-135m", "--dry-run", "--json").output)
    assert told["fits"]
    assert told["trainable_parameters"] == 3_256_320
    assert told["machine"] == "test CPU (8 GiB)"


def test_what_does_not_fit_ends_with_exit_code_1_and_advice(dataset: Library) -> None:
    found = medai_train("mistral-7b", "--dry-run")
    assert found.exit_code == 1
    assert "no CUDA GPU" in found.stderr
    assert "smollm2-135m" in found.stderr


@pytest.mark.parametrize("words", [("mistral-7b",), ("llama-3-8b", "--config", ".")])
def test_of_what_cannot_be_trained_here_it_says_only_why_and_what_would_do(
    dataset: Library, words: tuple[str, ...]
) -> None:
    found = medai_train(*words, "--dry-run")
    assert found.stdout == ""
    assert "tokens/s" not in found.output
    told = json.loads(medai_train(*words, "--dry-run", "--json").stdout)
    assert told.keys() == {"recipe", "machine", "fits", "advice"}


def test_a_run_that_would_last_for_months_is_told_what_would_end_in_a_day(
    dataset: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Machine("cpu", "test CPU", 1, 8 * 2**30, False, 1e5)
    monkeypatch.setattr(machine, "find_machine", lambda: slow)
    found = medai_train("smollm2-135m", "--dry-run")
    assert (found.exit_code, found.stdout) == (1, "")
    assert "would train for about" in found.stderr
    assert "max_train_tokens" in found.stderr


def trained_before(library: Library, rate: float, where: str, resumed: bool = False, **changes: Any) -> None:
    """A stored run of smollm2-135m: so many tokens a second, and 30 seconds beside its training steps."""
    recipe = load_recipe("smollm2-135m").model_copy(update=changes)
    with library.store.draft("training_recipe", recipe.name) as draft:
        draft.path("values.json").write_text(recipe.model_dump_json())
        used = draft.publish(code_version="1")
    timing = {
        "machine": where,
        "tokens_per_second": rate,
        "training_seconds": 100.0,
        "total_seconds": 130.0,
    }
    with library.store.draft("lora_adapter", recipe.name) as draft:
        draft.path("adapter.bin").write_text(f"{rate} {where}")
        metadata = {"timing": timing, "resumed": resumed}
        draft.publish(code_version="1", inputs=[used.input], metadata=metadata)


def test_speed_and_time_are_those_of_earlier_runs_of_the_recipe_on_this_machine(dataset: Library) -> None:
    assert "no run on it is kept yet" in medai_train("smollm2-135m", "--dry-run").output
    for rate in (100.0, 140.0, 120.0):
        trained_before(dataset, rate, "test CPU (6 GiB)", learning_rate=rate / 1e5)
    trained_before(dataset, 999.0, "another CPU (6 GiB)")
    trained_before(dataset, 999.0, "test CPU (6 GiB)", max_length=128)
    trained_before(dataset, 999.0, "test CPU (6 GiB)", resumed=True)
    trained_before(dataset, 0.0, "test CPU (6 GiB)")
    assert (
        "at 120 tokens/s, the median of 3 runs on this machine"
        in medai_train("smollm2-135m", "--dry-run").output
    )
    told = json.loads(medai_train("smollm2-135m", "--dry-run", "--json").output)
    assert told["past_runs"] == 3
    epochs = load_recipe("smollm2-135m").epochs
    assert told["seconds"] == pytest.approx(epochs * told["tokens_per_epoch"] / 120 + 30)


def test_a_slow_run_is_never_said_to_learn_nothing(dataset: Library) -> None:
    trained_before(dataset, 0.0356, "test CPU (6 GiB)")
    assert (
        "at 0.036 tokens/s, as in the run before on this machine"
        in medai_train("smollm2-135m", "--dry-run").output
    )


def test_before_there_is_data_it_tells_what_can_be_told(
    tmp_path: Path, data_root: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDAI_DATA", str(tmp_path / "empty"))
    get_settings.cache_clear()
    told = medai_train("smollm2-135m", "--dry-run").output
    assert "not known until" in told
    assert "trainable parameters" in told


def test_a_recipe_of_ones_own_by_path_or_from_a_folder(dataset: Library, tmp_path: Path) -> None:
    own = tmp_path / "recipes" / "mine.yaml"
    own.parent.mkdir()
    own.write_text(
        "title: Mine\nhub_id: HuggingFaceTB/SmolLM2-135M-Instruct\nrevision: main\nrank: 4\nepochs: 2\n"
    )
    assert "rank 4" in medai_train(str(own), "--dry-run").output
    assert "in 2 epochs" in medai_train("mine", "--dry-run", "--config", str(tmp_path)).output


OPTIONS = ("--qlora", "--epochs", "1", "--batch-size", "2", "--learning-rate", "1e-4")


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What `medai train` would run."""
    asked: list[list[str]] = []
    monkeypatch.setattr("medai_assets.commands.run.run", lambda selection, **_: asked.append(selection))
    return asked


def test_options_make_a_recipe_of_ones_own_that_is_planned_like_any_other(
    dataset: Library, runs: list[list[str]]
) -> None:
    name = "mistral-7b-qlora-epochs1-batch2-lr0.0001"
    settings = get_settings()
    before = Graph(settings).partitions("lora_adapter")
    assert medai_train("mistral-7b", *OPTIONS).exit_code == 0
    assert runs == [[f"lora_adapter[{name}]"]]
    assert set(Graph(settings).partitions("lora_adapter")) - set(before) == {name}
    made, base = (recipe_from(fingerprints.recipe(settings, one)) for one in (name, "mistral-7b"))
    changed = {"name": name, "method": "qlora", "epochs": 1.0, "batch_size": 2, "learning_rate": 1e-4}
    assert made == base.model_copy(update=changed)

    file = settings.recipes_dir / f"{name}.yaml"
    text = file.read_text()
    assert medai_train("mistral-7b", *OPTIONS).exit_code == 0
    assert file.read_text() == text
    assert medai_train(name, "--epochs", "1").exit_code == 0  # as it is already: no further recipe
    assert runs == [[f"lora_adapter[{name}]"]] * 3
    file.write_text(text + "rank: 4\n")
    refused = medai_train("mistral-7b", *OPTIONS)
    assert (refused.exit_code, len(runs)) == (1, 3)
    assert "already holds a recipe other than the one" in refused.stderr


def test_a_dry_run_with_options_tells_of_them_and_keeps_nothing(
    dataset: Library, runs: list[list[str]]
) -> None:
    told = medai_train("smollm2-135m", *OPTIONS, "--dry-run").output
    assert "qlora, rank" in told
    assert "in 1 epoch" in told
    assert "1,024 tokens a step" in told
    assert not list(get_settings().recipes_dir.glob("*"))
    assert not runs


def test_a_value_out_of_range_is_told_and_keeps_nothing(dataset: Library, runs: list[list[str]]) -> None:
    refused = medai_train("mistral-7b", "--epochs", "-1")
    assert (refused.exit_code, runs) == (1, [])
    assert "epochs: Input should be greater than 0" in refused.stderr
    assert not list(get_settings().recipes_dir.glob("*"))


@pytest.mark.parametrize(
    ("words", "told", "code"),
    [
        (("nothing", "--dry-run"), "smollm2-135m", 1),
        (("nothing",), "smollm2-135m", 64),
        (("Qwen/Qwen-7B", "--dry-run"), "Qwen/Qwen2.5-7B", 1),
        (("smollm2-135m", "--config", "no/such/folder"), "no folder", 64),
    ],
)
def test_wrong_words_end_in_one_sentence(
    data_root: Finished, words: tuple[str, ...], told: str, code: int
) -> None:
    found = medai_train(*words)
    assert found.exit_code == code
    assert told in found.stderr
