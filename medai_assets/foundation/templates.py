"""Templates of pages: whatever is put into one is escaped and has no control characters; filters that all pages share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape

from medai_assets.foundation.plain_text import finalize_plain
from medai_assets.foundation.plurals import counted


def environment(*folders: Path, **options: Any) -> Environment:
    """An environment over templates, and over styles that they include; ``options`` as Jinja's own."""
    found = Environment(
        loader=FileSystemLoader(folders),
        finalize=finalize_plain,
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
    found.filters["words"] = lambda name: str(name).replace("_", " ")
    found.filters["count"] = lambda number: f"{number:,}"
    found.filters["counted"] = counted
    found.filters["minute"] = lambda text: str(text or "")[:16].replace("T", " ")
    return found
