"""PMC articles to documents: the abstract's parts and the body's sections, each with its title; tables as rows of text.

Left out: references, figures with their captions, footnotes, supplements, back matter, sub-articles, and whatever has
permissions of its own. What a study concluded is taken from its abstract alone: the body's discussion goes to
``research``, so that no rule takes an argument of it for the result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml.etree import _Element

from medai_assets.sources.document import Document, Parsed, Section, SetAside
from medai_assets.sources.pmc.article import Article, UnreadableArticle, read_article
from medai_assets.sources.pmc.markup import Loss, block_text, one_line
from medai_assets.text.headings import pubmed_section

# JATS article-type to evidence; an article of any other kind (editorial, letter, news, protocol …) is no training text.
EVIDENCE = {
    "research-article": "study", "brief-report": "study", "rapid-communication": "study", "clinical-trial": "trial",
    "review-article": "review", "systematic-review": "review", "meta-analysis": "review",
    "case-report": "case_report", "guideline": "guideline", "practice-guideline": "guideline",
}  # fmt: skip
# JATS sec-type, and the titles that authors give, of the body's first-level sections.
_BODY: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (section, re.compile(pattern, re.IGNORECASE))
    for section, pattern in (
        (
            "research",
            r"discussion|conclusion|implication|limitation|interpretation|recommendation|summary|perspective",
        ),
        (
            "results",
            r"\bresults?\b|findings|\bcases?\b (?:presentation|report|description|series|summary)|^cases?$",
        ),
        (
            "methods",
            r"method|material|design|participants|search strategy|statistical|procedure|data sources",
        ),
        ("objective", r"^(?:study )?(?:objectives?|aims?|purposes?|goals?)\b"),
        ("background", r"^intro(?:duction)?\b|background|rationale|context"),
    )
)
_LEFT_OUT = re.compile(
    r"(?:references?|bibliography|acknowledge?ments?|funding|(?:supplementa(?:ry|l)|additional|supporting) (?:files?|materials?|"
    r"information|data)|(?:conflicts?|competing|declarations?) (?:of )?interests?|author(?:s'?)? contributions?|abbreviations|"
    r"data availability(?: statement)?|ethics(?: (?:approval|statement))?.*|consent.*|disclosures?|footnotes?|"
    r"trial registration)\W*",
    re.IGNORECASE,
)


def parse(payload: str, title: str | None = None, flags: list[str] | None = None) -> Parsed:
    """One article. An article that cannot be read is set aside; collection lets none through."""
    try:
        article = read_article(payload)
    except UnreadableArticle as error:
        return SetAside("unreadable", str(error)[:500])
    if article.kind not in EVIDENCE:
        return SetAside("kind of article", article.kind or "not stated")
    if {"retracted", "notice"} & set(flags or ()):
        return SetAside("retracted", "flagged when it was collected")
    reader = _Reader(article)
    sections = [section for section in reader.sections() if section.text]
    if not sections:
        return SetAside("no text", "neither an abstract nor a body that can be read")
    lost = ["block_left_out"] if reader.loss.blocks else []
    return Document(
        title=article.title or title or "",
        audience="professional",
        evidence=EVIDENCE[article.kind],
        language=article.language,
        attributes=_attributes(article),
        flags=[*(flags or []), *lost],
        sections=sections,
        unmapped=reader.unmapped,
    )


def _attributes(article: Article) -> dict[str, Any]:
    """Ids by which benchmarks and other sources know the article."""
    ids = {"pmcid": article.pmcid, "pmid": article.id("pmid"), "doi": article.id("doi")}
    return {name: value for name, value in ids.items() if value} | {"article_type": article.kind}


class _Reader:
    """Walks the abstract and the body of one article."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.loss = Loss()
        self.unmapped: list[str] = []

    def sections(self) -> Iterator[Section]:
        for abstract in self.article.root.findall("front/article-meta/abstract"):
            if not abstract.get("abstract-type"):  # graphical ones, teasers and highlights have a type
                yield from self._abstract(abstract)
        for body in self.article.root.findall("body"):
            yield self._section("other", "", body, {})
            for section in body.findall("sec"):
                yield from self._body(section, None, [])

    def _abstract(self, abstract: _Element) -> Iterator[Section]:
        yield self._section("abstract", "", abstract, {"part_of": "abstract"})
        for part in abstract.findall("sec"):
            heading = one_line(part.find("title")).rstrip(":")
            found = pubmed_section(heading, None)
            if found is None:
                self.unmapped.append(heading)
            yield self._section(found or "abstract", heading, part, {"part_of": "abstract"}, deep=True)

    def _body(self, section: _Element, inherited: str | None, above: list[str]) -> Iterator[Section]:
        """A section's own text, then those within it, whose context is the titles above them."""
        heading = one_line(section.find("title")).rstrip(":")
        if section.find("permissions") is not None or _LEFT_OUT.fullmatch(heading):
            return
        found = inherited or _body_section(heading, section.get("sec-type") or "")
        if found is None and heading:
            self.unmapped.append(heading)
        context = {"context": " – ".join(above)} if above else {}
        yield self._section(found or "other", heading, section, context)
        for inner in section.findall("sec"):
            yield from self._body(inner, found or "other", [*above, heading] if heading else above)

    def _section(
        self, section: str, heading: str, element: _Element, attributes: dict[str, Any], deep: bool = False
    ) -> Section:
        blocks = list(element.iterfind(".//p" if deep else "*"))
        if deep:  # what stands within a paragraph, as a list's items, is said with it
            blocks = [p for p in blocks if next(p.iterancestors("p"), None) is None]
        text = block_text([e for e in blocks if e.tag not in ("title", "sec")], self.loss)
        return Section(section, heading, text, attributes)


def _body_section(heading: str, kind: str) -> str | None:
    """Of the section's own title; what the publisher calls it where the title does not say."""
    for title in (heading, kind.replace("|", " ")):
        for section, pattern in _BODY:
            if pattern.search(title):
                return section
    return None
