"""TensorBoard within the lineage page: behind its guard, with names that a person knows, and no error where it is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from medai_assets.lineage.page import curves
from medai_assets.lineage.page.app import create_app
from medai_assets.settings import Settings

OWN = "http://127.0.0.1:3070"
NAME = "lora_adapter[tiny] 2026-11-29 18.07 54fa631596ce"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=str(tmp_path))


def training(
    work_dir: Path, key: str, *, done: bool, kind: str = "training", asset: str = "lora_adapter"
) -> Path:
    place = work_dir / kind / key
    (place / "tensorboard").mkdir(parents=True)
    (place / "tensorboard" / "events.out.tfevents.1795975652.vm.1.0").touch()
    (place / "job.json").write_text(json.dumps({"lineage": {"asset": asset, "partition": "tiny"}}))
    if done:
        (place / "result.json").write_text(json.dumps({"data_version": "54fa631596cef9017ed2"}))
    return place


def names(settings: Settings) -> list[str]:
    return sorted(link.name for link in curves.name_runs(settings.work_dir).iterdir())


def test_runs_are_called_by_adapter_time_and_version(settings: Settings) -> None:
    assert names(settings) == []
    place = training(settings.work_dir, "aa", done=False)
    training(settings.work_dir, "bb", done=True, kind="preferences", asset="preference_adapter")
    (settings.work_dir / "training" / "cc").mkdir()  # one that has only just begun
    (settings.work_dir / "training" / "aa.lock").touch()
    under_way = "lora_adapter[tiny] 2026-11-29 18.07"
    assert names(settings) == [under_way, NAME.replace("lora", "preference")]
    (place / "result.json").write_text(json.dumps({"error": "Memory ran out."}))
    assert under_way in names(settings)
    (place / "result.json").write_text(json.dumps({"data_version": "54fa631596cef9017ed2"}))
    assert names(settings) == [NAME, NAME.replace("lora", "preference")]
    assert (settings.work_dir / "curves" / NAME).samefile(place / "tensorboard")
    for path in (place / "tensorboard").iterdir():
        path.unlink()
    assert names(settings) == [NAME.replace("lora", "preference")]


def test_tensorboard_answers_behind_the_guard_and_asks_no_other_host(settings: Settings) -> None:
    pytest.importorskip("tensorboard")
    training(settings.work_dir, "aa", done=True)
    page = TestClient(create_app(settings, "the-token-of-the-tests"), base_url=OWN)
    assert page.get("/curves/data/runs").status_code == 401
    page.headers["authorization"] = "Bearer the-token-of-the-tests"
    first = page.get("/curves")
    assert str(first.url) == f"{OWN}/curves/"
    assert "https:" not in first.headers["content-security-policy"]
    assert first.headers["x-frame-options"] == "SAMEORIGIN"
    assert page.get("/curves/data/runs").json() == [NAME]
    assert page.get("/curves/data/../../../etc/passwd").status_code == 404
    foreign = page.post("/curves/data/plugin/timeseries/timeSeries", headers={"origin": "http://elsewhere"})
    assert foreign.status_code == 403


def test_without_tensorboard_one_sentence_says_what_brings_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curves, "find_spec", lambda name: None)
    page = TestClient(create_app(settings), base_url=OWN)
    reply = page.get("/curves/?runFilter=54fa631596ce")
    assert reply.status_code == 503
    assert "TensorBoard" in reply.text
    assert "adds it" in reply.text
    assert reply.text.count("\n") == 1
