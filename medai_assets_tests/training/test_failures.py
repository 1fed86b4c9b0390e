"""What happens to long runs: each mishap gets one clear sentence and what to do."""

from __future__ import annotations

import errno
import json
import resource
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from medai_assets.foundation.files import is_disk_full
from medai_assets.training.errors import TrainingError, is_out_of_memory
from medai_assets.training.job import Job
from medai_assets.training.machine import Machine
from medai_assets.training.train import RESULT, run
from medai_assets.training.trainer import Trainer
from medai_assets_tests.training import processes, tiny
from medai_assets_tests.training.conftest import Listener

pytestmark = pytest.mark.slow


@pytest.fixture
def short(bases: dict[str, Path], dataset: Path, tmp_path: Path) -> Job:
    wanted = tiny.recipe("llama", batch_size=4, accumulation=1, epochs=2, evaluations=1)
    return tiny.job(bases["llama"], dataset, tmp_path, wanted)


def test_a_nan_stops_the_run_at_its_step(short: Job, cpu: Machine, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(short.base_model_dir, damaged)
    weights = load_file(damaged / "model.safetensors")
    weights["model.norm.weight"][0] = float("nan")
    save_file(weights, damaged / "model.safetensors", metadata={"format": "pt"})
    job = tiny.job(damaged, short.dataset_dir, tmp_path, short.recipe)
    with pytest.raises(TrainingError, match=r"The loss became nan at step 1\. Use a lower learning_rate"):
        run(job, Listener(), cpu)
    assert not job.out_dir.exists()


def exhausted_above(rows: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let memory run out in every pass over more than so many packed rows; returns the sizes tried."""
    tried: list[int] = []
    inherited = Trainer.training_step

    def step(self: Trainer, model: Any, inputs: dict[str, Any], *rest: Any, **more: Any) -> Any:
        tried.append(self.args.per_device_train_batch_size)
        if tried[-1] > rows:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return inherited(self, model, inputs, *rest, **more)

    monkeypatch.setattr(Trainer, "training_step", step)
    return tried


def test_exhausted_memory_halves_the_pass_and_keeps_the_effective_batch(
    short: Job, cpu: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = run(short, Listener(), cpu)
    tried = exhausted_above(1, monkeypatch)
    squeezed = tiny.job(short.base_model_dir, short.dataset_dir, tmp_path / "squeezed", short.recipe)
    listener = Listener()
    result = run(squeezed, listener, cpu)
    assert tried[:3] == [4, 2, 1]
    assert result["memory_splits"] == [[2, 2], [1, 4]]
    assert [
        line
        for line in listener.lines
        if "1 rows a pass and 4 passes a step; the effective batch stays" in line
    ]
    assert result["facts"]["steps"] == plain["facts"]["steps"]
    assert result["metrics"]["tuned"]["all"]["loss"] == pytest.approx(
        plain["metrics"]["tuned"]["all"]["loss"], rel=0.02
    )


def test_memory_that_never_suffices_says_what_to_do(
    short: Job, cpu: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    exhausted_above(0, monkeypatch)
    with pytest.raises(
        TrainingError, match=r"Memory ran out even with one row of 128 tokens.*Use method: qlora"
    ):
        run(short, Listener(), cpu)


def test_a_full_disk_is_told_with_what_to_do(short: Job) -> None:
    """A limit on file sizes stands for the full disk: the same error path, and no disk is harmed."""
    job = short.write(short.work_dir.parent / "job.json")
    limited = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (20_000, 20_000))
    done = processes.ran(job.parent, processes.TRAIN, str(job), first=limited)
    assert done.returncode == 1
    said = done.stderr.strip().splitlines()[-1]
    assert said.startswith(f"The disk that holds {short.work_dir} is full")
    assert "Free some space" in said


def test_a_refused_run_leaves_its_sentence_in_the_result_file(short: Job, tmp_path: Path) -> None:
    job = tiny.job(short.base_model_dir, tmp_path / "nowhere", tmp_path, short.recipe)
    done = processes.ran(tmp_path, processes.TRAIN, str(job.write(tmp_path / "job.json")))
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("There is no training data at")
    assert json.loads((job.work_dir / RESULT).read_text())["error"].startswith("There is no training data at")


def test_a_job_file_says_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text('{"recipe": {}, "colour": "red"}')
    with pytest.raises(TrainingError, match="base_model_dir, colour, dataset_dir"):
        Job.read(tmp_path / "job.json")
    with pytest.raises(TrainingError, match="cannot be read"):
        Job.read(tmp_path / "none.json")


def test_a_job_file_keeps_everything(short: Job, tmp_path: Path) -> None:
    path = short.write(tmp_path / "deep" / "job.json")
    assert Job.read(path) == short


@pytest.mark.parametrize(
    ("error", "full", "memory"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True, False),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True, False),
        (RuntimeError("PytorchStreamWriter failed writing file data/3: file write failed"), True, False),
        (MemoryError(), False, True),
        (torch.OutOfMemoryError("CUDA out of memory"), False, True),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
            False,
            True,
        ),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False, False),
        (ValueError("no space left in the schedule"), False, False),
    ],
)
def test_errors_of_disk_and_memory_are_recognised(error: Exception, full: bool, memory: bool) -> None:
    assert (is_disk_full(error), is_out_of_memory(error)) == (full, memory)
