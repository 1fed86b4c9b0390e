"""A store as a finished run leaves it, with a tiny model of random weights behind adapter and merged model."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from medai_assets.commands import console
from medai_assets.settings import get_settings
from medai_assets.storage import Stored
from medai_assets.training.base_model import folder_name
from medai_assets.training.recipe import Recipe
from medai_assets_tests.evaluation.conftest import build_adapter
from medai_assets_tests.lineage.library import BASE_MODEL, Library
from medai_assets_tests.training import tiny

SYSTEM = "You inform about health."


class Finished(Library):
    """A library whose models are real directories."""

    def add_models(self, base: Path, adapter: Path, merged: Path) -> None:
        recipe = tiny.recipe("qwen2", name=BASE_MODEL, title="Tiny test model")
        shutil.copytree(base, self.settings.models_dir / folder_name(recipe))
        examples = self.store.require("training_examples")
        learned = self._model("lora_adapter", [examples, self._recipe(recipe)], adapter)
        report = self._directory("evaluation_report", [learned, examples], "report.json", "{}")
        self._model("merged_model", [learned, report], merged)

    def _recipe(self, recipe: Recipe) -> Stored:
        with self.store.draft("training_recipe", BASE_MODEL) as draft:
            draft.path("values.json").write_bytes(orjson.dumps(recipe.model_dump(mode="json")))
            return draft.publish(**self._publishing("training_recipe", []))

    def _model(self, asset: str, inputs: list[Stored], files: Path) -> Stored:
        with self.store.draft(asset, BASE_MODEL) as draft:
            for file in files.iterdir():
                shutil.copy(file, draft.path(file.name))
            if asset == "lora_adapter":
                self.write_learned(draft)
            return draft.publish(**self._publishing(asset, inputs))


Directories = tuple[Path, Path, Path]


@pytest.fixture(scope="session")
def model_files(
    made_once: Callable[[str, Callable[[], Directories]], Directories],
    tmp_path_factory: pytest.TempPathFactory,
) -> Directories:
    """Directories of base, adapter and merged model; the template holds the system text."""
    return made_once("model files", lambda: _build_models(tmp_path_factory.mktemp("models")))


def _build_models(root: Path) -> Directories:
    from medai_assets.serving.load import load_adapted, load_tokenizer
    from medai_assets.training.chat import with_default_system

    base = tiny.build_base("qwen2", root / "base")
    adapter = build_adapter(base, root / "adapter")
    tokenizer = load_tokenizer(adapter)
    tokenizer.chat_template = with_default_system(tokenizer, SYSTEM)
    tokenizer.save_pretrained(adapter)
    load_adapted(base, adapter).save_pretrained(root / "merged")
    tokenizer.save_pretrained(root / "merged")
    return base, adapter, root / "merged"


@pytest.fixture
def data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Finished]:
    """A library without models that the commands find through the environment."""
    made = Finished.at(tmp_path)
    assert isinstance(made, Finished)
    made.materialize(train=False)
    monkeypatch.setenv("MEDAI_DATA", made.settings.data)
    monkeypatch.setenv("MEDAI_PROFILE", "sample")
    monkeypatch.setenv("MEDAI_SOURCES", '["fda", "nhs"]')
    monkeypatch.setattr(console.out, "width", 200)
    get_settings.cache_clear()
    yield made
    get_settings.cache_clear()


@pytest.fixture
def finished(data_root: Finished, model_files: Directories) -> Finished:
    """The same with adapter and merged model."""
    data_root.add_models(*model_files)
    return data_root
