"""Trackers get a run's curves and what it was made from, on this machine, and change nothing of what is trained."""

from __future__ import annotations

import importlib.util
import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from medai_assets.assets.training import StageFailed, tracking_of
from medai_assets.settings import Settings
from medai_assets.training.job import Job
from medai_assets.training.machine import Machine
from medai_assets.training.trackers import Tracking, tags
from medai_assets.training.train import run
from medai_assets_tests.training import processes, tiny
from medai_assets_tests.training.conftest import Listener

LINEAGE = {
    "inputs": [
        {"asset": "training_examples", "partition": None, "data_version": "d1"},
        {"asset": "training_recipe", "partition": "tiny", "data_version": "r1"},
    ]
}
TAGS = tags(LINEAGE, "tiny", 17, ["OGL-UK-3.0", "CC0-1.0"])


def needs(name: str) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed here: `pip install {name}` adds it")


def jobs(name: str, base: Path, dataset: Path, root: Path) -> tuple[Job, Job]:
    """The same training with a tracker and without one."""
    job = tiny.job(base, dataset, root / "plain", tiny.recipe("llama", epochs=1, evaluations=1))
    job = replace(job, lineage=LINEAGE)
    tracked = replace(
        job, work_dir=root / "work", out_dir=root / "out", tracking=Tracking((name,), root / "trackers")
    )
    return tracked, job


def test_mlflow_holds_the_curve_and_the_tags_and_the_adapter_is_the_same(
    bases: dict[str, Path], dataset: Path, tmp_path: Path, cpu: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("mlflow")
    monkeypatch.chdir(tmp_path)
    both = jobs("mlflow", bases["llama"], dataset, tmp_path)
    with_tracker, without = (run(one, Listener(), cpu)["data_version"] for one in both)
    assert with_tracker == without
    import mlflow

    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'trackers' / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("medai")
    (seen,) = client.search_runs([experiment.experiment_id])
    assert seen.data.tags["medai.training_examples"] == "d1"
    assert seen.data.tags["medai.training_recipe/tiny"] == "r1"
    assert seen.data.tags["medai.licences"] == "CC0-1.0"
    assert len(client.get_metric_history(seen.info.run_id, "loss")) > 1
    assert seen.info.status == "FINISHED"
    assert not (tmp_path / "mlruns").exists(), "nothing is written where the command happens to run"
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_trackio_holds_the_curve_and_the_tags(bases: dict[str, Path], dataset: Path, tmp_path: Path) -> None:
    needs("trackio")
    weights = []
    for one in jobs("trackio", bases["llama"], dataset, tmp_path):
        # In a process of its own, as ever: Trackio looks for its folder once, when a trainer first imports it.
        path = one.write(one.work_dir.parent / "job.json")
        done = processes.ran(path.parent, processes.TRAIN, str(path))
        assert done.returncode == 0, done.stderr
        weights.append((one.out_dir / "adapter_model.safetensors").read_bytes())
    assert weights[0] == weights[1]
    (file,) = (tmp_path / "trackers" / "trackio").rglob("*.db")
    with closing(sqlite3.connect(file)) as kept:
        told = [json.loads(one) for (one,) in kept.execute("SELECT metrics FROM metrics")]
        ((config,),) = kept.execute("SELECT config FROM configs")
    assert len([one for one in told if "train/loss" in one]) > 1
    tags = json.loads(config)
    assert tags["medai.training_examples"] == "d1"
    assert tags["medai.training_recipe[tiny]"] == "r1"
    assert tags["medai.licences"] == "CC0-1.0"


def test_trackers_are_offline_unless_their_own_variables_say_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    monkeypatch.setattr(os, "environ", dict(os.environ))
    assert Tracking(("mlflow", "wandb", "trackio"), tmp_path).connect(TAGS) == [
        "tensorboard",
        "mlflow",
        "wandb",
        "trackio",
    ]
    assert os.environ["MLFLOW_TRACKING_URI"] == "http://127.0.0.1:5000"
    assert os.environ["WANDB_MODE"] == "offline"
    assert os.environ["WANDB_DIR"] == str(tmp_path)
    words = os.environ["WANDB_TAGS"].split(",")
    assert {"licence:CC0-1.0", "licence:OGL-UK-3.0", "training_examples:d1", "recipe:tiny"} <= set(words)
    assert Path(os.environ["TRACKIO_DIR"]).is_relative_to(tmp_path)
    assert Tracking().connect(TAGS) == ["tensorboard"]


def test_trackers_are_one_setting_and_part_of_the_job_file(tmp_path: Path) -> None:
    with pytest.raises(
        ValidationError, match="comet is not a tracker; the trackers are mlflow, wandb, trackio"
    ):
        Settings(trackers="comet")  # type: ignore[arg-type]
    settings = Settings(trackers="mlflow", data=str(tmp_path))  # type: ignore[arg-type]
    needs("mlflow")
    values = tracking_of(settings)
    assert values == {"names": ["mlflow"], "folder": str(settings.trackers_dir)}
    job = replace(tiny.job(tmp_path, tmp_path, tmp_path, tiny.recipe("llama")), tracking=Tracking.of(values))
    assert Job.read(job.write(tmp_path / "job.json")).tracking == job.tracking
    assert tracking_of(Settings(data=str(tmp_path))) is None


def test_a_tracker_that_is_not_installed_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medai_assets.assets.training.find_spec", lambda name: None)
    with pytest.raises(StageFailed, match="MEDAI_TRACKERS names trackio, which is not installed here"):
        tracking_of(Settings(trackers="trackio"))  # type: ignore[arg-type]
