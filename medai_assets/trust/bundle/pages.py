"""Pages of a bundle: self-contained HTML, styles included, with no script and nothing from elsewhere; all text is escaped."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup

import medai_assets.lineage.page as lineage_page
from medai_assets.foundation.plain_text import finalize_plain
from medai_assets.foundation.plurals import counted
from medai_assets.trust.bom.facts import licence_of

_STYLES = Path(lineage_page.__file__).parent / "static"
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def page(template: str, root: str = "", **values: Any) -> str:
    """A page from one of the templates.

    Args:
        root: the way back to the bundle's folder, "" or "../".
    """
    return _environment().get_template(template).render(root=root, **values)


def from_markdown(title: str, text: str, root: str = "") -> str:
    """A page from Markdown, front matter left out; HTML in it is shown as text."""
    if text.startswith("---\n"):
        text = text.partition("\n---\n")[2]
    return page("markdown.html", root, title=title, body=Markup(_MARKDOWN.render(text)))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = FileSystemLoader([Path(__file__).parent / "templates", _STYLES])
    found = Environment(
        loader=loader, finalize=finalize_plain, autoescape=select_autoescape(), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    found.filters["counted"] = counted
    found.filters["count"] = lambda number: f"{number:,}"
    found.filters["words"] = lambda name: str(name).replace("_", " ")
    found.filters["minute"] = lambda text: str(text or "")[:16].replace("T", " ")
    found.globals["licence_of"] = licence_of
    return found
