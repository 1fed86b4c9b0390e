"""Whose words a model's answer says that it gives, and whether it had any of theirs before it.

What belongs here: publishers and their pages as the data set names them in answers. What does not: whether a sentence is
in a text (shown).
"""

from __future__ import annotations

from collections.abc import Iterable

from medai_assets.sources.registry import SOURCES


def unbacked(answer: str, given: Iterable[str]) -> list[str]:
    """What the answer calls sources that it had nothing of, each once, in the registry's order.

    A model trained on answers that end with whose advice they are says so of what it makes up, too.

    Args:
        given: names of the sources of the passages that it was given.
    """
    had = {called for name in given for called in _called(name)}
    return [
        called
        for called in dict.fromkeys(called for name in SOURCES for called in _called(name))
        if called in answer and called not in had
    ]


def _called(name: str) -> list[str]:
    """A source's publisher, and how a sentence begins that cites a page of it, as "the FDA drug label of"."""
    source = SOURCES[name]
    cited = source.cited_as.partition("{")[0].strip(" “")
    return [called for called in (source.publisher, cited) if called]
