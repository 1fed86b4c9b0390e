"""`medai train --dry-run`: what a run will need, said before anything is loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner, Result

from medai_assets.commands.train import train
from medai_assets.training import machine
from medai_assets.training.machine import Machine
from medai_assets_tests.commands.conftest import Finished
from medai_assets_tests.lineage.library import Library
from medai_assets_tests.training import tiny

app = typer.Typer()
app.command()(train)


def medai_train(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def dataset(data_root: Finished, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A data set with the file that training reads, on a CPU with 8 GiB."""
    monkeypatch.setattr(
        machine, "find_machine", lambda: Machine("cpu", "test CPU", 1, 8 * 2**30, False, 5e10)
    )
    stored = data_root.store.require("instruction_dataset")
    tiny.write_dataset(stored.local_path())
    assert pq.read_table(stored.local_path() / "train.parquet").num_rows == 16
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


def test_before_there_is_data_it_tells_what_can_be_told(
    tmp_path: Path, data_root: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    from medai_assets.settings import get_settings

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
