"""The document tells the recipes as they are."""

from medai_assets.training.recipe import Recipe
from medai_assets.training.recipe_table import DOCUMENT, field_table, generated


def test_every_field_is_explained() -> None:
    rows = {line.split("`")[1]: line for line in field_table().splitlines()[2:]}
    assert set(rows) == set(Recipe.model_fields)
    assert all(line.split("|")[3].strip() for line in rows.values())


def test_the_document_is_what_the_recipes_say() -> None:
    assert generated() in DOCUMENT.read_text(encoding="utf-8"), (
        "run `python -m medai_assets.training.recipe_table`"
    )
