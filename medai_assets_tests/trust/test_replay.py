"""What is trained again is what the asset of that name trained, and every file that differs is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from medai_assets.foundation.code_versions import code_version
from medai_assets.instructions.pretraining_texts import NOTES
from medai_assets.storage import Input, Store, Stored
from medai_assets.training.job import Job
from medai_assets.training.preferences.recipe import PreferenceRecipe
from medai_assets.training.preferences.train import PreferenceJob
from medai_assets.training.recipe import for_pretraining
from medai_assets.trust import replay
from medai_assets_tests.training import tiny

RECIPE = tiny.recipe("qwen2")
LINEAGE: dict[str, Any] = {"asset": "any", "noted_in": "d"}
TABLES = {"train": NOTES, "validation": NOTES, "notes": NOTES, "examples": NOTES, "pairs": NOTES}


class Trained:
    """A store with everything that adapters are made of, and adapters whose files say nothing."""

    def __init__(self, root: Path) -> None:
        self.store, self.jobs = Store(root / "store"), list[dict[str, Any]]()
        self.scratch = root / "scratch"
        self.made = {
            asset: self.publish(asset, None, [], tables)
            for asset, tables in {
                "pretraining_texts": ("train", "validation", "notes"),
                "training_examples": ("train", "validation"),
                "preference_dataset": ("pairs",),
                "preference_recipe": (),
            }.items()
        }
        self.dataset = self.publish("instruction_dataset", None, [], ("examples",), "d")
        self.recipe = self.publish("training_recipe", "tiny", [])

    def publish(
        self, asset: str, partition: str | None, inputs: list[Input], tables: Any = (), version: str = "v"
    ) -> Stored:
        files = {
            "values.json": PreferenceRecipe().model_dump(),
            "training_manifest.json": {"lineage": LINEAGE},
            "metrics.json": {"lineage": LINEAGE},
        }
        with self.store.draft(asset, partition) as draft:
            for name in tables:
                draft.write_table(name, pa.Table.from_pylist([], schema=TABLES[name]))
            for name, value in files.items():
                draft.path(name).write_text(json.dumps(value))
            version = f"{asset}-{version}" if asset != "instruction_dataset" else version
            return draft.publish(
                data_version=version, code_version=code_version(asset), inputs=inputs, run_id=""
            )

    def adapter(self, asset: str, *made_from: Stored) -> Stored:
        return self.publish(asset, "tiny", [one.input for one in (*made_from, self.recipe)])

    def again(self, adapter: Stored, monkeypatch: pytest.MonkeyPatch, spoil: str = "") -> dict[str, Any]:
        """Replay with a training that leaves the adapter's own files, of which one may be spoilt."""

        def train(module: str, job: dict[str, Any], file: Path) -> None:
            values = json.loads(json.dumps(job, default=str))
            self.jobs.append(values | {"module": module})
            if module.endswith("preferences.train"):
                PreferenceJob.from_values(values)
            else:
                file.write_text(json.dumps(values))
                Job.read(file)
            for name in adapter.manifest.digests:
                shutil.copyfile(Path(adapter.directory) / name, Path(job["out_dir"]) / name)
            if spoil:
                Path(job["out_dir"], spoil).write_text("other")

        monkeypatch.setattr(replay, "_train", train)
        return replay.replay(adapter, RECIPE, Path("base"), self.scratch)


@pytest.fixture
def trained(tmp_path: Path) -> Trained:
    return Trained(tmp_path)


def test_each_kind_of_adapter_is_trained_again_from_what_its_version_names(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = trained.made
    read = trained.adapter("pretrained_adapter", made["pretraining_texts"])
    plain = trained.adapter("lora_adapter", made["training_examples"])
    for adapter in (read, plain):
        told = trained.again(adapter, monkeypatch)
        assert told["data_version"] == adapter.data_version
        assert told["files_the_same"] == len(adapter.manifest.digests) == 3
    on_it = trained.publish(
        "lora_adapter", "on-it", [made["training_examples"].input, trained.recipe.input, read.input]
    )
    trained.again(on_it, monkeypatch)
    preferring = trained.adapter(
        "preference_adapter", plain, made["preference_dataset"], made["preference_recipe"]
    )
    trained.again(preferring, monkeypatch)
    of_read, of_plain, of_on_it, of_preferring = trained.jobs
    texts = Path(made["pretraining_texts"].directory)
    assert of_read["recipe"] == for_pretraining(RECIPE.model_dump(mode="json"))
    assert (of_read["dataset_dir"], of_read["notes_file"]) == (str(texts), str(texts / "notes.parquet"))
    assert of_plain["begin_with"] is None
    assert of_plain["notes_file"] == str(Path(trained.dataset.directory) / "examples.parquet")
    assert of_on_it["begin_with"] == str(read.directory)
    assert of_preferring["adapter_dir"] == str(plain.directory)
    assert of_preferring["module"] == "medai_assets.training.preferences.train"
    assert {json.dumps(job["lineage"]) for job in trained.jobs} == {json.dumps(LINEAGE)}
    assert not trained.scratch.exists(), "nothing is left of it"


def test_a_file_that_comes_out_otherwise_is_named_with_the_reason(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = trained.adapter("lora_adapter", trained.made["training_examples"])
    for spoilt in ("metrics.json", "another.json"):
        with pytest.raises(
            replay.ReplayFailed, match=rf"lora_adapter\[tiny\].*other bytes: {spoilt}.*another kind"
        ):
            trained.again(adapter, monkeypatch, spoilt)
        assert not trained.scratch.exists()
    monkeypatch.setattr(replay, "code_version", lambda asset: "999")
    with pytest.raises(replay.ReplayFailed, match="of the code, and this is version 999"):
        trained.again(adapter, monkeypatch, "metrics.json")
