"""Headings that people wrote freely – labels of abstracts, headings of public pages – to the shared vocabulary.

``headings.yaml`` holds the patterns and where they lead.
"""

from __future__ import annotations

import re
from pathlib import Path

from medai_assets.foundation.yaml_files import read_yaml

_LOOKED_AT = 300  # characters of a heading; patterns with a gap take the square of what they look at
Compiled = list[tuple[str, re.Pattern[str]]]


def page_section(heading: str) -> str | None:
    """Section of a page's heading, None when no pattern fits."""
    return _first(PAGE_HEADINGS, heading)


def pubmed_section(label: str | None, category: str | None) -> str | None:
    """Section of a structured abstract's part; ``abstract`` for an unlabelled one, None when neither name is known."""
    if not label and not category:
        return "abstract"
    if category and category.upper() in PUBMED_CATEGORIES:
        return PUBMED_CATEGORIES[category.upper()]
    return _first(PUBMED_LABELS, label) if label else None


def _first(patterns: Compiled, text: str) -> str | None:
    return next((section for section, pattern in patterns if pattern.search(text[:_LOOKED_AT])), None)


def _compiled(table: list[dict[str, list[str]]]) -> Compiled:
    named = [pair for entry in table for pair in entry.items()]
    return [(section, re.compile("|".join(patterns), re.IGNORECASE)) for section, patterns in named]


_TABLES = read_yaml(Path(__file__).with_name("headings.yaml"))
PUBMED_CATEGORIES: dict[str, str] = _TABLES["pubmed_categories"]
PUBMED_LABELS = _compiled(_TABLES["pubmed_labels"])
PAGE_HEADINGS = _compiled(_TABLES["page_headings"])
