"""Retractions, corrections and concerns, as an article's own XML tells them.

``related-article-type`` and ``article-type`` have suggested values in the JATS tag library (archiving tag library 1.1d2 to
1.4, looked up in stored copies): a retraction names its ``retracted-article``; ``retraction-forward`` points from the
article to its retraction, ``correction-forward`` to its correction. NLM adds the forward links when a notice comes.
"""

from __future__ import annotations

import re

from medai_assets.sources.pmc.article import Article

_RETRACTING = frozenset({"retracted-article", "article-retracted", "partial-retraction"})
_TAKEN_BACK = re.compile(
    r"\W*(?:\[?retracted(?: article)?\]?\W|withdrawn\W|temporarily removed)", re.IGNORECASE
)
_FLAGS = {
    "correction-forward": "erratum",
    "concern-forward": "expression_of_concern",
    "expression-of-concern": "expression_of_concern",
    "updated-article-forward": "updated",
}


def retracts(article: Article) -> tuple[str, ...]:
    """Every name of the articles that this one retracts, wholly or in part; empty when it retracts none."""
    return tuple(
        dict.fromkeys(name for one in article.related if one.relation in _RETRACTING for name in one.names)
    )


def retracted_here(article: Article) -> str:
    """Why the article itself must not be used; "" when nothing says so."""
    if article.kind in ("retraction", "partial-retraction"):
        return "a retraction notice that names no article"
    if any(one.relation == "retraction-forward" for one in article.related):
        return "it names its retraction"
    if article.kind == "retracted-article" or _TAKEN_BACK.match(article.title):
        return f"its title or kind says so: {article.title[:120]}"
    return ""


def flags_of(article: Article) -> list[str]:
    """``erratum``, ``updated`` or ``expression_of_concern``, where the article names such a notice; ``notice`` if it is one."""
    found = {_FLAGS[one.relation] for one in article.related if one.relation in _FLAGS}
    if article.kind in ("correction", "addendum", "expression-of-concern"):
        found.add("notice")
    return sorted(found)
