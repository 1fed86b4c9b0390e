"""Killed anywhere and started again, a run ends with the same bytes; several processes learn what one learns."""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file
from torch.distributed.run import get_args_parser

from medai_assets.foundation.files import read_hashed
from medai_assets.training import checkpoints
from medai_assets.training.adapter import directory_digest
from medai_assets.training.job import Job
from medai_assets.training.machine import Machine
from medai_assets.training.placed import words
from medai_assets.training.train import RESULT, run
from medai_assets_tests.browser.dagster_page import free_port
from medai_assets_tests.training import processes, tiny
from medai_assets_tests.training.conftest import Listener
from medai_assets_tests.waiting import eventually

# Runs a job and kills itself: at the end of a step, or in the middle of writing a checkpoint.
KILLED = """
import os, signal, sys
from pathlib import Path
from transformers import TrainerState
from medai_assets.training import train
from medai_assets.training.callbacks import EarlyStop
from medai_assets.training.job import Job
from medai_assets.training.reporting import Reporter

def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
step, where = int(sys.argv[2]), sys.argv[3]
if where == "step":
    inherited = EarlyStop.on_step_end
    def on_step_end(self, args, state, control, **more):
        if state.global_step == step: die()
        inherited(self, args, state, control, **more)
    EarlyStop.on_step_end = on_step_end
else:
    inherited = TrainerState.save_to_json
    def save_to_json(self, path):
        if self.global_step >= step:
            Path(path).write_text('{"global_')
            die()
        inherited(self, path)
    TrainerState.save_to_json = save_to_json
train.run(Job.read(Path(sys.argv[1])), Reporter())
"""


def killed(job: Job, step: int, where: str) -> None:
    path = job.write(job.work_dir.parent / "job.json")
    done = processes.ran(path.parent, KILLED, str(path), str(step), where)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.fixture(scope="module")
def whole(
    bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path_factory: pytest.TempPathFactory
) -> Job:
    """A run that nothing interrupted, with dropout and QLoRA's quantised base, so that every kind of state matters."""
    wanted = tiny.recipe("llama", method="qlora", dropout=0.1, evaluations=4, epochs=2)
    job = tiny.job(bases["llama"], dataset, tmp_path_factory.mktemp("whole"), wanted)
    run(job, Listener(), cpu)
    return job


def assert_goes_on_to_the_same_bytes(whole: Job, step: int, where: str, cpu: Machine, root: Path) -> None:
    job = replace(whole, work_dir=root / "work", out_dir=root / "out")
    killed(job, step, where)
    assert not job.out_dir.exists()
    listener = Listener()
    result = run(job, listener, cpu)
    assert result["resumed"]
    assert [line for line in listener.lines if line.startswith("going on from checkpoint-")]
    for path in sorted(whole.out_dir.iterdir()):
        assert path.read_bytes() == (job.out_dir / path.name).read_bytes(), path.name


@pytest.mark.parametrize(("step", "where"), [(5, "step"), (6, "checkpoint")])
def test_a_killed_run_goes_on_to_the_same_bytes(
    step: int, where: str, whole: Job, cpu: Machine, tmp_path: Path
) -> None:
    assert_goes_on_to_the_same_bytes(whole, step, where, cpu, tmp_path)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_so_does_one_without_quantisation_in_either_precision(
    precision: str, bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path: Path
) -> None:
    wanted = tiny.recipe("qwen2", precision=precision, dropout=0.1, evaluations=4, epochs=2)
    job = tiny.job(bases["qwen2"], dataset, tmp_path / "whole", wanted)
    run(job, Listener(), cpu)
    assert_goes_on_to_the_same_bytes(job, 5, "step", cpu, tmp_path)


# Goes into one long operation of C code, which no handler written in Python can end, once there is a checkpoint.
BUSY = """
import sys
from medai_assets.training import train
from medai_assets.training.callbacks import EarlyStop

def on_step_end(self, args, state, control, **more):
    if state.global_step == 5:
        print("busy", flush=True)
        sum(range(10**12))
EarlyStop.on_step_end = on_step_end
sys.exit(train.main(sys.argv[1:]))
"""


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=str)
def test_a_stop_ends_the_process_at_once_and_the_run_goes_on_later(
    stop: signal.Signals, whole: Job, cpu: Machine, tmp_path: Path
) -> None:
    """SIGTERM as a person or a system sends it; SIGINT as Dagster does, also where a shell has it ignored."""
    job = replace(whole, work_dir=tmp_path / "work", out_dir=tmp_path / "out")
    ignored = functools.partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    with processes.started(tmp_path, BUSY, str(job.write(tmp_path / "job.json")), first=ignored) as running:
        eventually("a long operation", lambda: running.stdout.read_text() or not running.process.is_alive())
        assert running.stdout.read_text() == "busy\n", running.stderr.read_text()
        os.kill(running.process.pid, stop)  # type: ignore[arg-type]
        assert running.end().returncode == -stop, "and not after the operation, which takes hours"
    assert checkpoints.last_whole(job.work_dir / "checkpoints")
    assert run(job, Listener(), cpu)["resumed"]
    assert directory_digest(job.out_dir) == directory_digest(whole.out_dir)


def test_a_finished_run_started_again_gives_the_same_bytes(whole: Job, cpu: Machine, tmp_path: Path) -> None:
    again = replace(whole, out_dir=tmp_path / "out")
    run(again, Listener(), cpu)
    assert directory_digest(again.out_dir) == directory_digest(whole.out_dir)


def test_checkpoints_of_another_job_are_not_gone_on_from(whole: Job, tmp_path: Path) -> None:
    work = tmp_path / "work"
    mark = checkpoints.fingerprint(whole)
    assert not checkpoints.claim(work, mark)
    (work / "checkpoints").mkdir()
    assert checkpoints.claim(work, mark)
    assert (work / "checkpoints").exists()
    other = checkpoints.fingerprint(replace(whole, seed=99))
    assert not checkpoints.claim(work, other)
    assert not (work / "checkpoints").exists()


def test_only_whole_checkpoints_count_and_cut_ones_are_removed(tmp_path: Path) -> None:
    for step, state in ((2, "{}"), (10, "{}"), (12, '{"glo'), (14, None)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if state is not None:
            (folder / checkpoints.STATE).write_text(state)
            checkpoints.seal(folder)
    assert checkpoints.last_whole(tmp_path) == tmp_path / "checkpoint-10"
    assert not (tmp_path / "checkpoint-14").exists()
    assert checkpoints.last_whole(tmp_path / "nowhere") is None


def test_a_checkpoint_is_gone_on_from_by_as_many_processes_as_wrote_it(
    bases: dict[str, Path], dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = tiny.job(bases["qwen2"], dataset, tmp_path, tiny.recipe("qwen2"))
    marks = set()
    for world in ("1", "2", "4"):
        monkeypatch.setenv("WORLD_SIZE", world)
        marks.add(checkpoints.fingerprint(job))
    assert len(marks) == 3


def test_several_processes_are_started_by_torchrun_on_this_host_alone() -> None:
    assert words("medai_assets.training.train", "job.json", 1)[0] == sys.executable
    parser = get_args_parser()
    told = parser.parse_args(words("medai_assets.training.train", "job.json", 3)[3:])
    assert (told.nproc_per_node, told.standalone, told.nnodes) == ("3", True, "1:1")
    assert (told.module, told.training_script, told.training_script_args) == (
        True,
        "medai_assets.training.train",
        ["job.json"],
    )


@pytest.mark.slow
@pytest.mark.parametrize(("method", "sharding"), [("lora", "none"), ("lora", "fsdp2"), ("qlora", "fsdp2")])
def test_two_processes_give_the_loss_curve_of_one(
    method: str, sharding: str, bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path: Path
) -> None:
    # one example a row: 16 rows, which two processes share without a rest that one of them would see twice
    wanted = tiny.recipe(
        "mistral",
        method=method,
        sharding=sharding,
        batch_size=1,
        accumulation=2,
        epochs=2,
        evaluations=1,
        max_length=96,
    )
    alone = tiny.job(bases["mistral"], dataset, tmp_path / "one", wanted)
    run(alone, Listener(), cpu)
    both = tiny.job(bases["mistral"], dataset, tmp_path / "two", wanted)
    job_file, port = str(both.write(tmp_path / "job.json")), str(free_port())
    # As torchrun tells its workers.
    shared = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port,
              "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}  # fmt: skip
    with ExitStack() as stack:
        ranks = [
            stack.enter_context(
                processes.started(
                    tmp_path,
                    processes.TRAIN,
                    job_file,
                    environment=shared | {"RANK": rank, "LOCAL_RANK": rank},
                )
            )
            for rank in ("0", "1")
        ]
        for done in [rank.end() for rank in ranks]:
            assert done.returncode == 0, done.stderr
    adapters = [load_file(job.out_dir / "adapter_model.safetensors") for job in (alone, both)]
    assert {name: t.shape for name, t in adapters[0].items()} == {
        name: t.shape for name, t in adapters[1].items()
    }
    curves = []
    for job in (alone, both):
        history = [json.loads(line) for line in (job.out_dir / "history.jsonl").read_text().splitlines()]
        curves.append([entry["loss"] for entry in history if "loss" in entry])
    assert curves[1] == pytest.approx(curves[0], rel=2e-3)
    result = json.loads((both.work_dir / RESULT).read_text())
    assert result["facts"]["steps"] == len(curves[0])
    assert result["timing"]["sharded"] == (1.0 if sharding == "fsdp2" else 0.0)
    written = checkpoints.written(both.work_dir / "checkpoints")
    sealed = [json.loads(read_hashed(path / checkpoints.SEAL) or b"{}") for path in written]
    assert sealed
    assert all({"rng_state_0.pth", "rng_state_1.pth"} <= told.keys() for told in sealed)
