"""Recipes of one's own made from another by a few changed values, as `medai train` does it from its options.

What belongs here: what such a recipe is called, and its file. It is data like any other recipe, so that the plan says
what it made stale, and typing the same options again trains nothing. No torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from medai_assets.foundation.files import write_whole
from medai_assets.training.errors import TrainingError
from medai_assets.training.recipe import Recipe, load_recipe, recipe_from

_CALLED = {"epochs": "epochs", "batch_size": "batch", "learning_rate": "lr"}


def with_overrides(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """A recipe with some values changed, and a name that says which; the recipe itself where none differs.

    Raises:
        TrainingError: a value is out of range.
    """
    values = recipe.model_dump(mode="json")
    different = {field: value for field, value in changes.items() if value != values[field]}
    words = [
        _CALLED[field] + f"{value:g}" if field in _CALLED else str(value)
        for field, value in different.items()
    ]
    name = "-".join([recipe.name, *words])
    return recipe_from(values | different | {"name": name}, name) if different else recipe


def write_recipe(recipe: Recipe, folder: Path) -> Path:
    """Write a recipe's file into a folder of recipes; one that is there already has to say the same.

    Raises:
        TrainingError: a file of this name says something else.
    """
    path = folder / f"{recipe.name}.yaml"
    if path.is_file():
        if load_recipe(path) != recipe:
            raise TrainingError(
                f"{path} already holds a recipe other than the one that these options make",
                f"Train that one by its name, {recipe.name}, or remove the file.",
            )
        return path
    stated = {field: value for field, value in recipe.differences().items() if field != "name"}
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, yaml.safe_dump(stated, sort_keys=False, allow_unicode=True).encode())
    return path
