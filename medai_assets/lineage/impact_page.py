"""An impact as one self-contained HTML file, to send or to file away."""

from __future__ import annotations

from pathlib import Path

from medai_assets.foundation.templates import environment
from medai_assets.lineage.impact import Impact

_HERE = Path(__file__).parent


def impact_page(found: Impact) -> str:
    """The whole page, styles included; everything in it is escaped."""
    templates = environment(_HERE / "templates", _HERE / "page" / "static")
    return templates.get_template("impact.html").render(impact=found)
