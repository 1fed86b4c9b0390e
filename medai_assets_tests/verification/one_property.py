"""One property asked of one example, and texts cut and put together anyhow."""

from __future__ import annotations

from hypothesis import strategies as some

from medai_assets.verification import PROPERTIES, Evidence, Example, Source

# Texts of pieces that properties look for, cut and put together anyhow.
_PIECES = ("Wheeze", " is ", ". ", "\n\n", "\n- ", ":", "5–18 hours", " | ", "Call 911", "ibuprofen", "if ", "(", "“", "0.5", "mg",
           "’s", "\u00a0", "≥", "…", "?", "What are the symptoms of ", "children", "911 ", "right away", "doctor", "µg", "**",
           "\t", "É", "[")  # fmt: skip
TEXTS = some.lists(some.sampled_from(_PIECES), max_size=12).map("".join)


def reason(name: str, made: Example, document: Source, *named: int) -> str:
    """The reason that one property gives against an example, "" where it holds."""
    passages = tuple(document.passages[n] for n in named) or document.passages
    found = PROPERTIES[name](made, Evidence(document, passages))
    return found.reason if found else ""
