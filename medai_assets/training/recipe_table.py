"""The fields of a recipe as a Markdown table, for docs/training.md: ``python -m medai_assets.training.recipe_table``."""

from __future__ import annotations

from pathlib import Path

from pydantic_core import PydanticUndefined

from medai_assets.training.recipe import Recipe, load_recipe, recipe_names

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "training.md"
BEGIN, END = "<!-- fields -->\n", "<!-- end of fields -->"


def field_table() -> str:
    """One row a field: name, default, meaning, unit, source."""
    rows = ["| field | default | meaning | unit | source |", "|---|---|---|---|---|"]
    for name, field in Recipe.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        default = "needed" if field.default is PydanticUndefined else f"`{field.default}`"
        rows.append(
            f"| `{name}` | {default} | {field.description} | {extra.get('unit') or ''} | {extra.get('source') or ''} |"
        )
    return "\n".join(rows) + "\n"


def difference_table() -> str:
    """One row a packaged recipe: what it states differently from the defaults."""
    rows = ["| recipe | differs from the defaults in |", "|---|---|"]
    for name in recipe_names():
        differences = {
            k: v for k, v in load_recipe(name).differences().items() if k not in ("name", "title", "revision")
        }
        stated = ", ".join(f"{field} = `{value}`" for field, value in differences.items())
        rows.append(f"| `{name}` | {stated.replace('|', chr(92) + '|')} |")
    return "\n".join(rows) + "\n"


def generated() -> str:
    """What stands between the marks of the document."""
    return f"{difference_table()}\n{field_table()}"


def main() -> None:
    """Renew the document."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}{generated()}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
