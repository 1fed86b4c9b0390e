"""An article's JATS XML read safely, and the facts of its front matter: ids, title, authors, licences, related articles.

NLM encodes every article by the newest JATS (ANSI/NISO Z39.96), with or without its namespace. Element and attribute
names are from the JATS tag library (jats.nlm.nih.gov/archiving/tag-library, looked up in a stored copy): ``article-id``,
``permissions``, ``license``, ``ali:license_ref``, ``related-article``.

Retractions, corrections and concerns are told by suggested values of ``related-article-type`` and ``article-type`` (archiving tag
library 1.1d2 to 1.4): a retraction names its ``retracted-article``; ``retraction-forward`` points from the article to its
retraction, ``correction-forward`` to its correction. NLM adds the forward links when a notice comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from lxml import etree
from lxml.etree import _Element

from medai_assets.sources.id_spellings import PMCID, record_names
from medai_assets.sources.pmc.markup import one_line

LARGEST = 8 << 20  # bytes of one article; the usual has a hundred thousand
DEEPEST = 120  # elements within each other; the deepest article of 2022 had 97, of nested formulas
HREF = "{http://www.w3.org/1999/xlink}href"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_MOST_AUTHORS = 6


class UnreadableArticle(ValueError):
    """The bytes are no article that may be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Related:
    """A ``related-article``: what it is to this one, and every id it is named by, as of ``record_names``."""

    relation: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Article:
    """An article; ``root`` is its element, names without namespace except those of MathML, XLink and ALI."""

    root: _Element

    @property
    def kind(self) -> str:
        """JATS ``article-type``, e.g. ``research-article``."""
        return (self.root.get("article-type") or "").strip().lower()

    @cached_property
    def title(self) -> str:
        return one_line(self.root.find("front/article-meta/title-group/article-title"))

    @property
    def language(self) -> str | None:
        """ISO 639-1 where the article says it."""
        return (self.root.get(LANG) or "").split("-")[0].strip().lower() or None

    def id(self, kind: str) -> str:
        """An ``article-id`` of the article itself, "" when it has none of that kind."""
        ids = self.root.findall("front/article-meta/article-id")
        return next((one_line(found) for found in ids if found.get("pub-id-type") == kind), "")

    @property
    def pmcid(self) -> str:
        """``PMC`` and digits; NLM has written it as ``pmcid`` with the letters, and as ``pmc`` without."""
        stated = self.id("pmcid") or self.id("pmc")
        found = PMCID.fullmatch(stated)
        return f"PMC{found[1]}" if found else ""

    @property
    def authors(self) -> str:
        """The first authors' names, for the attribution."""
        people = self.root.findall("front/article-meta/contrib-group/contrib")
        found = (_name(one) for one in people if one.get("contrib-type", "author") == "author")
        names = list(islice(filter(None, found), _MOST_AUTHORS + 1))
        return ", ".join(names[:_MOST_AUTHORS]) + (", et al." if len(names) > _MOST_AUTHORS else "")

    @property
    def licences(self) -> list[str]:
        """Addresses of the licences that the article as a whole is under, in the order of how surely they are meant.

        The ``ali:license_ref`` where there are any, else the ``license``'s own links, else links in its words: a licence's
        words may name a second one, for the data.
        """
        licences = self.root.findall("front/article-meta/permissions/license")
        refs = [one_line(e) for one in licences for e in one.iter("{*}license_ref")]
        refs += [one_line(e) for e in self.root.findall("front/article-meta/permissions/{*}license_ref")]
        own = [one.get(HREF) or "" for one in licences]
        words = [e.get(HREF) or "" for one in licences for e in one.iter("ext-link")]
        found = next((some for some in (refs, own, words) if any(some)), [])
        return list(dict.fromkeys(address.strip() for address in found if address.strip()))

    @property
    def licence_words(self) -> str:
        return " ".join(one_line(e) for e in self.root.iterfind("front/article-meta/permissions/license"))

    @property
    def related(self) -> Iterator[Related]:
        """The ``related-article``s of the front matter."""
        for element in self.root.iterfind("front/article-meta/related-article"):
            yield Related((element.get("related-article-type") or "").strip().lower(), tuple(_names(element)))


def read_article(payload: str | bytes) -> Article:
    """Read one article. Entities are not resolved and nothing is fetched: what names one is refused.

    Raises:
        UnreadableArticle: too large, not well-formed, nested too deeply, with entities, or another document.
    """
    data = payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload
    if len(data) > LARGEST:
        raise UnreadableArticle(f"{len(data):,} bytes, more than the {LARGEST:,} that are read")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableArticle(f"not well-formed: {error}") from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise UnreadableArticle("it declares entities of its own")
    _without_namespace(root)
    if root.tag != "article":
        raise UnreadableArticle(f"the document is a {str(root.tag)[:40]!r}, not an article")
    return Article(root)


def _names(related: _Element) -> Iterator[str]:
    """Every id of a related article: its own link, and those within."""
    found = list(record_names(related.get("ext-link-type") or "", related.get(HREF) or ""))
    for element in related.iter("ext-link"):
        found += record_names(element.get("ext-link-type") or "", element.get(HREF) or "")
    for element in related.iter("pub-id"):
        found += record_names(element.get("pub-id-type") or "", one_line(element))
    yield from dict.fromkeys(found)


def _name(contributor: _Element) -> str:
    surname, given = (one_line(contributor.find(f"name/{part}")) for part in ("surname", "given-names"))
    initials = "".join(word[0] for word in re.findall(r"\w+", given))
    return f"{surname} {initials}".strip() or one_line(contributor.find("collab"))


def _without_namespace(root: _Element) -> None:
    """Names of JATS elements as they are without a namespace; raises where nesting or an entity forbids reading on."""
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            depth += 1
            if depth > DEEPEST:
                raise UnreadableArticle(f"elements are nested more than {DEEPEST} deep")
        elif event == "end":
            depth -= 1
    for element in root.iter():
        if not isinstance(element.tag, str):
            raise UnreadableArticle(f"it names an entity: {str(element.text)[:40]}")
        if element.tag.startswith("{https://jats.nlm.nih.gov/"):
            element.tag = element.tag.rpartition("}")[2]


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
