"""A training that moves to another host: its checkpoints go by the store, and it ends in the same bytes."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from medai_assets.storage import Input, Store
from medai_assets.training.adapter import directory_digest
from medai_assets.training.checkpoints import FINGERPRINT, STATE, last_whole, seal
from medai_assets.training.machine import Machine
from medai_assets.training.shared_checkpoints import ASSET, SharedCheckpoints
from medai_assets.training.train import run
from medai_assets_tests.training import processes, tiny
from medai_assets_tests.training.conftest import Listener
from medai_assets_tests.training.test_resume import killed

SEED = 23
MADE_FROM = [Input("training_examples", None, "d1")]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store that no folder of a host is part of."""
    monkeypatch.setenv("MEDAI_CACHE", str(tmp_path / "cache"))
    return Store(f"memory://{uuid.uuid4().hex}")


def host(store: Store, work_dir: Path) -> SharedCheckpoints:
    return SharedCheckpoints(store, "key", MADE_FROM, "1", work_dir)


def write(work_dir: Path, step: int, best: Path | None = None) -> Path:
    """A checkpoint as far as anything here looks into it."""
    checkpoint = work_dir / "checkpoints" / f"checkpoint-{step}"
    checkpoint.mkdir(parents=True)
    (checkpoint / "weights").write_text(f"weights {step}")
    (checkpoint / STATE).write_text(
        json.dumps({"global_step": step, "best_model_checkpoint": str(best or checkpoint)})
    )
    seal(checkpoint)
    (work_dir / FINGERPRINT).write_text("this job")
    return checkpoint


def test_a_run_that_moves_to_another_host_ends_in_the_same_bytes(
    store: Store, bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path: Path
) -> None:
    """At such a rate the best weights are mostly those of a checkpoint that the first host wrote."""
    wanted = tiny.recipe("qwen2", dropout=0.1, evaluations=4, epochs=2, learning_rate=2.0)
    whole = tiny.job(bases["qwen2"], dataset, tmp_path / "whole", wanted)
    told = run(whole, Listener(), cpu)
    first = replace(whole, work_dir=tmp_path / "first" / "work", out_dir=tmp_path / "first" / "out")
    killed(first, told["facts"]["planned_steps"] - 1, "step")
    assert host(store, first.work_dir).put()
    first.work_dir.rename(tmp_path / "gone")

    second = replace(whole, work_dir=tmp_path / "second" / "work", out_dir=tmp_path / "second" / "out")
    brought = host(store, second.work_dir).fetch()
    listener = Listener()
    assert run(second, listener, cpu)["resumed"]
    assert f"going on from {brought[-1]}" in listener.lines
    for path in sorted(whole.out_dir.iterdir()):
        assert path.read_bytes() == (second.out_dir / path.name).read_bytes(), path.name


# Trains, and is ended by the system after so many seconds of its own processor time, whatever it does then.
ENDED_ANYWHERE = """
import signal, sys
from medai_assets.training import train
signal.setitimer(signal.ITIMER_VIRTUAL, float(sys.argv[2]))
sys.exit(train.main(sys.argv[1:2]))
"""


def test_ended_at_random_moments_and_moved_each_time_a_run_ends_in_the_same_bytes(
    store: Store, bases: dict[str, Path], dataset: Path, cpu: Machine, tmp_path: Path
) -> None:
    wanted = tiny.recipe("qwen2", precision="fp32", dropout=0.1, evaluations=4, epochs=2, learning_rate=2.0)
    whole, began = tiny.job(bases["qwen2"], dataset, tmp_path / "whole", wanted), time.process_time()
    run(whole, Listener(), cpu)
    taken, drawn = time.process_time() - began, random.Random(SEED)
    for number in range(2):
        folder = tmp_path / f"host-{number}"
        moved = replace(whole, work_dir=folder / "work", out_dir=folder / "out")
        host(store, moved.work_dir).fetch()
        job, seconds = str(moved.write(folder / "job.json")), str(drawn.uniform(0.01, taken))
        ended = processes.ran(folder, ENDED_ANYWHERE, job, seconds)
        assert ended.returncode in (0, -signal.SIGVTALRM), f"seed {SEED}, {seconds} s: {ended.stderr}"
        host(store, moved.work_dir).put()
        folder.rename(tmp_path / f"gone-{number}")
    last = replace(whole, work_dir=tmp_path / "last" / "work", out_dir=tmp_path / "last" / "out")
    host(store, last.work_dir).fetch()
    run(last, Listener(), cpu)
    assert directory_digest(last.out_dir) == directory_digest(whole.out_dir)


def test_the_best_checkpoint_is_found_where_the_data_root_was_moved_to(tmp_path: Path) -> None:
    write(tmp_path / "old", 5)
    write(tmp_path / "old", 10, best=tmp_path / "old" / "checkpoints" / "checkpoint-5")
    (tmp_path / "old").rename(tmp_path / "new")
    last = last_whole(tmp_path / "new" / "checkpoints")
    assert last == tmp_path / "new" / "checkpoints" / "checkpoint-10"
    told = json.loads((last / STATE).read_text())
    assert told == {"global_step": 10, "best_model_checkpoint": str(last.with_name("checkpoint-5"))}


def test_a_checkpoint_whose_best_one_is_gone_is_none(tmp_path: Path) -> None:
    before = write(tmp_path, 5)
    write(tmp_path, 10, best=tmp_path / "checkpoints" / "checkpoint-7")
    assert last_whole(tmp_path / "checkpoints") == before


def test_the_last_checkpoint_is_put_also_when_the_training_fails(store: Store, tmp_path: Path) -> None:
    said: list[str] = []

    def failing() -> None:
        with host(store, tmp_path / "a").kept(said.append):
            write(tmp_path / "a", 5)
            (write(tmp_path / "a", 10) / STATE).write_text('{"global_')  # cut off by the failure
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert said == []
    assert host(store, tmp_path / "b").fetch() == ["checkpoint-5"]
    assert (tmp_path / "b" / "checkpoints" / "checkpoint-5" / "weights").read_text() == "weights 5"


def test_what_is_damaged_in_the_store_stops_no_training_and_is_replaced(store: Store, tmp_path: Path) -> None:
    write(tmp_path / "a", 10)
    host(store, tmp_path / "a").put()
    (path,) = store.filesystem.glob(f"{store.root}/**/weights")
    store.filesystem.pipe_file(path, b"weights 11")
    said: list[str] = []
    with host(store, tmp_path / "b").kept(said.append):
        assert not (tmp_path / "b" / "checkpoints").exists()
        write(tmp_path / "b", 5)
    assert len(said) == 1
    assert "checkpoint-10/weights is missing or has changed" in said[0]
    assert host(store, tmp_path / "c").fetch() == ["checkpoint-5"]


def test_half_a_put_is_none(store: Store, tmp_path: Path) -> None:
    write(tmp_path / "a", 5)
    host(store, tmp_path / "a").put()
    home = f"{store.home(ASSET, 'key')}/versions"
    store.filesystem.pipe_file(f"{home}/half/checkpoints/checkpoint-10/weights", b"weights 10")
    assert host(store, tmp_path / "b").fetch() == ["checkpoint-5"]


def test_a_host_that_was_thought_dead_takes_no_later_checkpoint_away(store: Store, tmp_path: Path) -> None:
    write(tmp_path / "a", 5)
    write(tmp_path / "b", 10)
    assert host(store, tmp_path / "b").put()
    assert not host(store, tmp_path / "a").put()
    assert host(store, tmp_path / "c").fetch() == ["checkpoint-10"]


def test_a_version_that_does_not_say_its_step_is_replaced(store: Store, tmp_path: Path) -> None:
    with store.draft(ASSET, "key") as draft:
        draft.path(FINGERPRINT).write_text("this job")
        draft.publish(code_version="1", inputs=MADE_FROM)
    write(tmp_path, 3)
    assert host(store, tmp_path).put()


def test_two_hosts_that_put_at_once_leave_one_whole_version(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a", 5)
    write(tmp_path / "b", 10)
    first, second, copied = host(store, tmp_path / "a"), host(store, tmp_path / "b"), shutil.copytree

    def late(*places: Path) -> None:
        monkeypatch.setattr("medai_assets.training.shared_checkpoints.shutil.copytree", copied)
        assert second.put()
        copied(*places)

    monkeypatch.setattr("medai_assets.training.shared_checkpoints.shutil.copytree", late)
    assert first.put()
    (brought,) = host(store, tmp_path / "c").fetch()
    weights = tmp_path / "c" / "checkpoints" / brought / "weights"
    assert weights.read_text() == f"weights {brought.removeprefix('checkpoint-')}"
    assert len(store.versions(ASSET, "key")) == 1


def test_only_the_newest_are_kept_and_none_once_the_model_is_there(store: Store, tmp_path: Path) -> None:
    shared = host(store, tmp_path)
    for step in (5, 10):
        write(tmp_path, step)
        assert shared.put()
        assert not shared.put(), "it is there"
    assert len(store.versions(ASSET, "key")) == 1
    shared.forget()
    assert store.partitions(ASSET) == []
    shared.forget()


def test_a_host_that_is_further_keeps_its_own(store: Store, tmp_path: Path) -> None:
    write(tmp_path / "a", 5)
    host(store, tmp_path / "a").put()
    write(tmp_path / "b", 10)
    assert host(store, tmp_path / "b").fetch() == []
    assert not (tmp_path / "b" / "checkpoints" / "checkpoint-5").exists()


def test_a_store_that_fails_ends_no_training(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, said = host(store, tmp_path), list[str]()
    with shared.kept(said.append):
        write(tmp_path, 5)
        monkeypatch.setattr(store, "draft", lambda *_: (_ for _ in ()).throw(OSError("no route to host")))
    assert said == ["a checkpoint could not be put into the store, and is tried again: no route to host"]
