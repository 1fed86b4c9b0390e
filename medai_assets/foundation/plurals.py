"""Counts in words: 1 example, 1,234 examples."""

from __future__ import annotations


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun; the plural takes an s where none is given."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
