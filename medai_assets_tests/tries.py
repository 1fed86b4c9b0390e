"""How often a property is tried: fewer times where one try is slow, and more in a search than in the tests."""

from __future__ import annotations

from hypothesis import settings

_USUAL = 100  # hypothesis's own number, which the tests' profile keeps


def tries(usual: int) -> settings:
    """Try a property this often in the tests, and as many times more in a search as any other property."""
    return settings(max_examples=usual * settings.default.max_examples // _USUAL)
