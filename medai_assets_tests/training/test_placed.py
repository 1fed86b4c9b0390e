"""A job that another host does: it names versions and no path, and hands back through the store what it made."""

from __future__ import annotations

import json
import os
import re
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest

from medai_assets.foundation.extras import ExtraMissing
from medai_assets.settings import Settings
from medai_assets.storage import Store, StoreError
from medai_assets.training import placed
from medai_assets.training.placed import BaseModel, PlacedJob, StageFailed, StoredPath, do, forget, take
from medai_assets.training.shared_checkpoints import ASSET

MODULE = "medai_assets_tests.training.pretend_training"
ALL = "examples notes step 1 step 2 step 3"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store that no folder of a host is part of."""
    monkeypatch.setenv("MEDAI_CACHE", str(tmp_path / "cache"))
    return Store(f"memory://{uuid.uuid4().hex}/sample/store")


@pytest.fixture
def job(store: Store) -> PlacedJob:
    with store.draft("training_examples") as draft:
        draft.path("examples.txt").write_text("examples")
        draft.path("notes.txt").write_text(" notes")
        examples = draft.publish(code_version="1").input
    return PlacedJob(
        module=MODULE,
        key="key",
        work="training/key",
        stored={"dataset_dir": StoredPath(examples), "notes_file": StoredPath(examples, "notes.txt")},
        base_models={},
        values={"tracking": {"names": ["mlflow"], "folder": "/of/another/host"}},
        inputs=[examples],
        resumed_for=[examples],
        code_version="1",
    )


class Host(Settings):
    """A host whose own folder shares nothing with another's."""

    own: Path

    @property
    def local_root(self) -> Path:
        return self.own


def host(store: Store, folder: Path) -> Settings:
    return Host(data=store.url.removesuffix("/sample/store"), own=folder)


def test_it_names_no_path_of_the_host_that_asks_for_it(
    job: PlacedJob, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(tmp_path) not in job.encoded()
    again = msgspec.json.decode(job.encoded(), type=PlacedJob)
    assert again == job
    do(again, host(store, tmp_path / "there"))
    told = json.loads((tmp_path / "there" / "sample" / "work" / "training" / "key" / "job.json").read_text())
    assert told["tracking"]["folder"].startswith(str(tmp_path / "there"))
    take(job, store, tmp_path / "out", tmp_path / "here")
    assert (tmp_path / "out" / "weights").read_text() == ALL
    assert json.loads((tmp_path / "here" / "result.json").read_text()) == {"data_version": "v1", "resumed": 0}
    assert (tmp_path / "here" / "tensorboard" / "events").read_text() == "curves"
    assert job.handed_back not in store.partitions(ASSET), "nothing is left once it was taken"
    monkeypatch.setattr(placed, "prepare", lambda *_: pytest.fail("it has no base model"))


def test_another_host_goes_on_from_what_the_dead_one_left_and_ends_in_the_same_bytes(
    job: PlacedJob, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setenv("DIE_AFTER", "2")
        with pytest.raises(StageFailed, match="exit code -9"):
            do(job, host(store, tmp_path / "first"))
    (tmp_path / "first").rename(tmp_path / "gone")
    do(job, host(store, tmp_path / "second"))
    take(job, store, tmp_path / "out", tmp_path / "here")
    assert json.loads((tmp_path / "here" / "result.json").read_text())["resumed"] == 2
    assert (tmp_path / "out" / "weights").read_text() == ALL


def test_why_it_cannot_be_done_comes_back_as_its_sentence(
    job: PlacedJob, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "The recipe asks for what there is not."
    monkeypatch.setenv("FAIL", "1")
    with pytest.raises(StageFailed, match=said):
        do(job, host(store, tmp_path / "there"))
    with pytest.raises(StageFailed, match=said):
        take(job, store, tmp_path / "out", tmp_path / "here")
    with pytest.raises(StageFailed, match=r"left nothing in .*MEDAI_DATA and MEDAI_PROFILE"):
        take(job, store, tmp_path / "out", tmp_path / "here")
    forget(job, store)


@pytest.mark.parametrize(
    "why",
    [StoreError("a file of the version is damaged"), ExtraMissing("`pip install 'medai-assets[train]'`")],
)
def test_what_that_host_lacks_comes_back_as_its_sentence(
    job: PlacedJob, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: Exception
) -> None:
    def lacks(*_: Any) -> Path:
        raise why

    monkeypatch.setattr(placed, "prepare", lacks)
    asked = msgspec.structs.replace(job, base_models={"base_model_dir": BaseModel({"name": "tiny"})})
    with pytest.raises(StageFailed, match=re.escape(str(why))):
        do(asked, host(store, tmp_path / "there"))
    with pytest.raises(StageFailed, match=re.escape(str(why))):
        take(asked, store, tmp_path / "out", tmp_path / "here")


def test_a_base_model_is_prepared_where_the_job_is_done(
    job: PlacedJob, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def prepared(model: BaseModel, settings: Settings) -> Path:
        asked.append((model, settings.models_dir))
        return tmp_path / "base"

    monkeypatch.setattr(placed, "prepare", prepared)
    model = BaseModel({"name": "tiny"}, to_train=True)
    do(msgspec.structs.replace(job, base_models={"base_model_dir": model}), host(store, tmp_path / "there"))
    assert asked == [(model, tmp_path / "there" / "models")]


def test_the_command_does_one_job_and_says_how_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Over a folder that hosts share, in whose work the checkpoints lie already."""
    assert placed.main([]) == 2
    monkeypatch.setenv("MEDAI_DATA", str(tmp_path))
    placed.get_settings.cache_clear()
    shared = Store(Settings().store_root)
    with shared.draft("training_examples") as draft:
        draft.path("examples.txt").write_text("examples")
        draft.path("notes.txt").write_text(" notes")
        examples = draft.publish(code_version="1").input
    paths = {"dataset_dir": StoredPath(examples), "notes_file": StoredPath(examples, "notes.txt")}
    job = PlacedJob(
        module=MODULE, key="k", work="training/k", stored=paths, base_models={}, values={}, inputs=[examples],
        resumed_for=[examples], code_version="1",
    )  # fmt: skip
    monkeypatch.setenv("DIE_AFTER", "1")
    assert placed.main([job.encoded()]) == 1
    assert "exit code -9; its last lines say why" in capsys.readouterr().err
    del os.environ["DIE_AFTER"]
    assert placed.main([job.encoded()]) == 0
    take(job, shared, tmp_path / "out", tmp_path / "here")
    assert (tmp_path / "out" / "weights").read_text() == ALL
