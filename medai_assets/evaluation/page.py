"""The report as a page: one HTML file with its pictures inside, and Markdown with the pictures beside it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from medai_assets.evaluation.plain_words import NAMES
from medai_assets.foundation.plain_text import finalize_plain

TEMPLATES = Path(__file__).parent / "templates"


def html_page(report: Mapping[str, Any], pictures: Mapping[str, bytes]) -> str:
    """One self-contained file; everything a model said is escaped."""
    inside = {
        name: f"data:image/png;base64,{base64.b64encode(png).decode()}" for name, png in pictures.items()
    }
    return (
        _environment(escape=True)
        .get_template("report.html.jinja")
        .render(r=report, pictures=inside, n=report.get("names", NAMES))
    )


def markdown_page(report: Mapping[str, Any], pictures: Sequence[str]) -> str:
    """Markdown that names the pictures by their file."""
    return (
        _environment(escape=False)
        .get_template("report.md.jinja")
        .render(r=report, pictures=pictures, n=report.get("names", NAMES))
    )


def _environment(escape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=escape,
        finalize=finalize_plain,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.globals.update(pc=_percent, points=_points, share=_share, could=_could, line=_one_line)
    return environment


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _points(value: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    return f"{100 * value:+.1f}"


def _share(row: Mapping[str, Any], which: str) -> str:
    """A share of harm, with its interval where it counts answers."""
    span = row[f"{which}_span"]
    return _percent(row[which]) + (f" ({_percent(span[0])} to {_percent(span[1])})" if span else "")


def _could(row: Mapping[str, Any]) -> str:
    """The smallest rise that the items could have shown."""
    return "–" if row["detectable"] is None else f"{100 * row['detectable']:.0f}"


def _one_line(text: str) -> str:
    """Text as it stands in a Markdown paragraph: one line, no markup of its own."""
    plain = " ".join(text.split())
    return "".join(f"\\{c}" if c in "*_`<>[]#|" else c for c in plain)
