"""Counts, changes and long texts in few words: 1 example, 1,234 examples; epochs 2 → 3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun; the plural takes an s where none is given."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def few(names: Sequence[str], shown: int = 3) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - shown:,} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def shortened(text: str, most: int) -> str:
    """A text on one line, cut where it is longer than a list has room for."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def change_told(name: str, before: Any, after: Any) -> str:
    """A value's change in words: ``epochs 2 → 3``; of a list how many entries came and went."""
    if not (isinstance(before, list) or isinstance(after, list)):
        return f"{name} {before} → {after}"
    old, new = (side if isinstance(side, list) else [] for side in (before, after))
    added, gone = sum(entry not in old for entry in new), sum(entry not in new for entry in old)
    return f"{name}: {counted(added, 'entry', 'entries')} added, {gone} gone"
