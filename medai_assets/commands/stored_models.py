"""Which model a command means, and everything behind it in the store: recipe, base model, taint."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from medai_assets.commands import console
from medai_assets.foundation.extras import ExtraMissing
from medai_assets.graph.graph import DEFAULT_BASE_MODELS, recipe_keys
from medai_assets.settings import Settings
from medai_assets.storage import Input, Store, Stored

if TYPE_CHECKING:
    from medai_assets.training.recipe import Recipe

NOT_CLINICAL = "Not for clinical use."
ModelName = Annotated[
    str | None, typer.Option("--model", "-m", help="The recipe whose model to use; default: the profile's.")
]


@dataclass(frozen=True)
class Trained:
    """A stored model with the recipe it was made by."""

    name: str
    stored: Stored
    recipe: Recipe


def chosen_name(settings: Settings, name: str | None) -> str:
    """The recipe's name: the one given, else the first that a plain run trains. Ends the command where it is unknown."""
    known = recipe_keys(settings)
    if name is None:
        return (settings.base_models or DEFAULT_BASE_MODELS[settings.profile])[0]
    if name not in known:
        raise console.fail(f"there is no recipe {name!r}; the recipes are {', '.join(known)}", console.USAGE)
    return name


def require_trained(store: Store, asset: str, name: str) -> Trained:
    """The current model of a recipe, or the end of the command with what to type."""
    stored = store.current(asset, name)
    if stored is None:
        raise console.fail(
            f"there is no {asset}\\[{name}] yet; `medai run --select '{asset}\\[{name}]'` makes it"
        )
    return Trained(name, stored, recipe_of(store, stored))


def recipe_of(store: Store, model: Stored) -> Recipe:
    """The recipe version that a stored model, or the adapter it was merged from, was trained by."""
    from medai_assets.training.recipe import recipe_from

    waiting, seen = list(model.manifest.inputs), set[Input]()
    while waiting:
        ref = waiting.pop(0)
        if ref.asset == "training_recipe":
            stored = store.open(ref.asset, ref.partition, ref.data_version)
            return recipe_from(orjson.loads(stored.read("values.json")))
        if ref.partition == model.partition and ref not in seen:
            seen.add(ref)
            waiting += store.open(ref.asset, ref.partition, ref.data_version).manifest.inputs
    raise console.fail(f"{model.asset} does not say which recipe it was trained by; run `medai run` again")


def base_directory(settings: Settings, recipe: Recipe) -> Path:
    """The prepared base model, made ready first where it is missing."""
    from medai_assets.training.base_model import prepare_base_model

    return prepare_base_model(recipe, settings.models_dir, settings.kit_dir, say=console.err.print)


def refuse_if_changed(settings: Settings, model: Stored) -> None:
    """End the command where keys are trusted here and the model is not as one of them signed it."""
    from medai_assets.trust.envelope import NotTrusted
    from medai_assets.trust.models import require_intact

    with console.clear_errors(NotTrusted, ExtraMissing):
        require_intact(settings, model)


def warn_if_tainted(settings: Settings, model: Stored) -> list[str]:
    """Say it when the model learned records that were withdrawn since; returns their ids."""
    from medai_assets.lineage.taint import tainted, warning

    records = tainted(model.store, model, settings.take_downs_file)
    if records:
        console.say_on_stderr(f"[bold red]{warning(records)}[/]")
    return [r.record_id for r in records]
