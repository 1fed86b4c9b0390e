"""How deep the elements of a page are nested, told before a parser builds them.

A tree of any depth ends a walk by recursion, and elements that never close cost a parser time that grows with their square.
"""

from __future__ import annotations

import re

DEEPEST = 150  # levels; the deepest of the pages of NHS and CDC at hand has 31
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)")
# Without an end tag, or with one that HTML lets a writer leave out, or closed by the next of their kind.
_UNCOUNTED = frozenset(
    "area base br col embed hr img input link meta source track wbr p li dt dd td th tr thead tbody tfoot option optgroup "
    "colgroup rp rt html head body a".split()
)


class TooNested(ValueError):
    """Elements stand in each other, or are opened and never closed, beyond DEEPEST levels."""


def check_nesting(html: str) -> None:
    """Raises TooNested; in time in proportion to the text."""
    if html.count("<") <= DEEPEST:
        return
    depth = 0
    for tag in _TAG.finditer(html):
        if tag[2].lower() not in _UNCOUNTED:
            depth = max(depth - 1, 0) if tag[1] else depth + 1
            if depth > DEEPEST:
                raise TooNested(f"elements are nested, or opened and never closed, more than {DEEPEST} deep")
