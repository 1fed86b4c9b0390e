"""Tables of the documents that the code states: ``python -m medai_assets.commands.document_tables`` renews them.

The sources stand in docs/data.md, the fields of a recipe and what packaged recipes change in docs/training.md.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from pydantic_core import PydanticUndefined

from medai_assets.foundation.licences import LICENCES
from medai_assets.sources.registry import SOURCES
from medai_assets.sources.source import Source
from medai_assets.training.recipe import Recipe, load_recipe, recipe_names

DOCUMENTS = Path(__file__).resolve().parents[2] / "docs"


def source_table() -> str:
    """One row for each source, or for neighbours that share publisher and terms."""
    rows = [
        "| asset | what | licence id | terms that matter | attribution kept in every row |",
        "|---|---|---|---|---|",
    ]
    shared = groupby(SOURCES.values(), key=lambda source: (source.publisher, source.terms))
    return "\n".join([*rows, *(_source_row(list(group)) for _, group in shared)]) + "\n"


def _source_row(sources: list[Source]) -> str:
    first = sources[0]
    assets = ", ".join(f"`{source.asset}`" for source in sources)
    titles = "; ".join(source.title for source in sources)
    every = set(first.licences) == set(LICENCES)
    licences = "any of the policy's" if every else ", ".join(f"`{licence}`" for licence in first.licences)
    return f"| {assets} | {titles} ({first.publisher}) | {licences} | {first.terms} | {first.attribution} |"


def field_table() -> str:
    """One row a field of a recipe: name, default, meaning, unit, source."""
    rows = ["| field | default | meaning | unit | source |", "|---|---|---|---|---|"]
    for name, field in Recipe.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        default = "needed" if field.default is PydanticUndefined else f"`{field.default}`"
        rows.append(
            f"| `{name}` | {default} | {field.description} | {extra.get('unit') or ''} | {extra.get('source') or ''} |"
        )
    return "\n".join(rows) + "\n"


def recipe_tables() -> str:
    """One row a packaged recipe, what it states differently from the defaults; then the fields."""
    rows = ["| recipe | differs from the defaults in |", "|---|---|"]
    for name in recipe_names():
        differences = {
            k: v for k, v in load_recipe(name).differences().items() if k not in ("name", "title", "revision")
        }
        stated = ", ".join(f"{field} = `{value}`" for field, value in differences.items())
        rows.append(f"| `{name}` | {stated.replace('|', chr(92) + '|')} |")
    return "\n".join(rows) + f"\n\n{field_table()}"


# By document: what its tables are called in the marks around them, and who tells them.
TABLES = {"data.md": ("sources", source_table), "training.md": ("fields", recipe_tables)}


def main() -> None:
    """Renew the documents."""
    for name, (called, told) in TABLES.items():
        document, begin, end = DOCUMENTS / name, f"<!-- {called} -->\n", f"<!-- end of {called} -->"
        before, _, rest = document.read_text(encoding="utf-8").partition(begin)
        document.write_text(f"{before}{begin}{told()}{end}{rest.partition(end)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
