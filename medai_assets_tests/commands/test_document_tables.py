"""The documents tell sources and recipes as they are."""

from medai_assets.commands.document_tables import DOCUMENTS, TABLES, field_table, source_table
from medai_assets.sources.registry import SOURCES
from medai_assets.training.recipe import Recipe


def test_every_source_has_a_row_with_its_terms() -> None:
    rows = source_table().splitlines()[2:]
    for source in SOURCES.values():
        (row,) = (row for row in rows if f"`{source.asset}`" in row)
        assert source.terms in row
        assert source.attribution in row
        assert "any of the policy's" in row or all(f"`{licence}`" in row for licence in source.licences)


def test_every_field_of_a_recipe_is_explained() -> None:
    rows = {line.split("`")[1]: line for line in field_table().splitlines()[2:]}
    assert set(rows) == set(Recipe.model_fields)
    assert all(line.split("|")[3].strip() for line in rows.values())


def test_the_documents_are_what_the_code_says() -> None:
    for name, (_, told) in TABLES.items():
        assert told() in (DOCUMENTS / name).read_text(encoding="utf-8"), (
            "run `python -m medai_assets.commands.document_tables`"
        )
