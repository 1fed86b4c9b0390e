"""An impact as one self-contained HTML file, to send or to file away."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

from medai_assets.foundation.plain_text import finalize_plain
from medai_assets.lineage.impact import Impact

_HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = FileSystemLoader([_HERE / "templates", _HERE / "page" / "static"])
    return Environment(
        loader=loader,
        finalize=finalize_plain,
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )


def impact_page(found: Impact) -> str:
    """The whole page, styles included; everything in it is escaped."""
    return _environment().get_template("impact.html").render(impact=found)
