"""Slow reader of one PubMed record through a document tree: the reference the fast reader is held to.

Also the explicit fall-back for records the fast reader cannot take, and the only reader of book articles. Written to
be obviously right: one function a column, no shortcut shared with the fast reader but the rules for scripts and titles.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree
from lxml.etree import _Element

from medai_assets.sources.pubmed.columns import MONTHS, medline_date, plain_title
from medai_assets.text.mathml import MATHML, mathml_text
from medai_assets.text.superscripts import lowered, raised, settle

_WRAPPER = (f'<x xmlns:mml="{MATHML}">'.encode(), b"</x>")


class UnreadableRecord(ValueError):
    """The bytes are no well-formed citation; the message says why."""


def read_slowly(record: bytes, position: int = 0) -> dict[str, Any]:
    """One CITATION row.

    Entities are not resolved and nothing is fetched: a record that names an entity is refused.

    Raises:
        UnreadableRecord: not well-formed, not a citation, or without a PMID.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        root = etree.fromstring(_WRAPPER[0] + record + _WRAPPER[1], parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableRecord(f"not well-formed: {error}") from error
    if len(root) != 1 or root[0].tag not in ("PubmedArticle", "PubmedBookArticle"):
        raise UnreadableRecord("not a PubMed citation")
    row = _article(root[0]) if root[0].tag == "PubmedArticle" else _book(root[0])
    if row["pmid"] is None:
        raise UnreadableRecord("no PMID")
    if not re.fullmatch("[0-9]{1,15}", row["pmid"]):
        raise UnreadableRecord(f"the PMID {row['pmid'][:40]!r} is not a number")
    return {"position": position, **row}


def element_text(element: _Element | None) -> str | None:
    """All text below an element, markup written on the line, white space collapsed; None when there is none."""
    return None if element is None else _collapse(settle(_flatten(element)))


def _collapse(text: str) -> str | None:
    """XML white space only: a no-break or thin space is the author's."""
    for white in "\t\n\r":
        text = text.replace(white, " ")
    return " ".join(word for word in text.split(" ") if word) or None


def _flatten(element: _Element) -> str:
    parts = [element.text or ""]
    for child in element:
        parts.append(_inline(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _inline(child: _Element) -> str:
    if not isinstance(child.tag, str):
        return ""  # a comment or processing instruction
    name = etree.QName(child).localname
    if name == "math":
        return mathml_text(child)
    if name == "sup":
        return raised(_flatten(child))
    if name == "sub":
        return lowered(_flatten(child))
    return _flatten(child)


def _article(root: _Element) -> dict[str, Any]:
    citation = _child(root, "MedlineCitation")
    article = _child(citation, "Article")
    issue = _child(article, "Journal", "JournalIssue")
    ids = _ids(_child(root, "PubmedData", "ArticleIdList"))
    return {
        "kind": "article",
        "status": _attribute(citation, "Status"),
        "journal": _text(article, "Journal", "Title"),
        "iso_abbreviation": _text(article, "Journal", "ISOAbbreviation"),
        "volume": _text(issue, "Volume"),
        "issue": _text(issue, "Issue"),
        "pages": _text(article, "Pagination", "MedlinePgn"),
        "other_abstracts": [part for other in _children(citation, "OtherAbstract") for part in _other(other)],
        "date_completed": _date(_child(citation, "DateCompleted")),
        "publication_types": [_named(e) for e in _children(_child(article, "PublicationTypeList"), "PublicationType")],
        "mesh": [_heading(e) for e in _children(_child(citation, "MeshHeadingList"), "MeshHeading")],
        "corrections": _corrections(citation),
        "article_ids": ids,
        "doi": _id(ids, "doi") or _located(article),
        "pmc": _id(ids, "pmc"),
        **_revision(citation),
        **_title(article, "ArticleTitle"),
        **_published(_child(issue, "PubDate")),
        **_content(citation, article),
    }  # fmt: skip


def _book(root: _Element) -> dict[str, Any]:
    """A book or a chapter: the book's title stands for the journal's, and for the title where a chapter has none."""
    document = _child(root, "BookDocument")
    book = _child(document, "Book")
    ids = _ids(_child(document, "ArticleIdList"))
    title = _title(document, "ArticleTitle")
    return {
        "kind": "book",
        "status": _text(root, "PubmedBookData", "PublicationStatus"),
        "journal": _text(book, "BookTitle"),
        "iso_abbreviation": None,
        "volume": _text(book, "Volume"),
        "issue": None,
        "pages": _text(document, "Pagination", "MedlinePgn"),
        "other_abstracts": [],
        "date_completed": None,
        "publication_types": [_named(e) for e in _children(document, "PublicationType")],
        "mesh": [],
        "corrections": [],
        "article_ids": ids,
        "doi": _id(ids, "doi"),
        "pmc": _id(ids, "pmc"),
        **_revision(document),
        **(title if title["title"] else _title(book, "BookTitle")),
        **_published(_child(book, "PubDate")),
        **_content(document, document),
    }


def _content(citation: _Element | None, article: _Element | None) -> dict[str, Any]:
    abstract = _child(article, "Abstract")
    keyword_lists = _children(citation, "KeywordList")
    return {
        "languages": [text for e in _children(article, "Language") if (text := element_text(e))],
        "abstract": _sections(abstract),
        "keywords": [
            text for k in keyword_lists for e in _children(k, "Keyword") if (text := element_text(e))
        ],
        "copyright": _text(abstract, "CopyrightInformation"),
    }


def _revision(citation: _Element | None) -> dict[str, Any]:
    return {
        "pmid": _text(citation, "PMID"),
        "version": _attribute(_child(citation, "PMID"), "Version"),
        "date_revised": _date(_child(citation, "DateRevised")),
    }


def _title(article: _Element | None, name: str) -> dict[str, Any]:
    title, translated = plain_title(_text(article, name))
    vernacular = _text(article, "VernacularTitle")
    return {"title": title, "translated_title": translated, "vernacular_title": vernacular}


def _published(date: _Element | None) -> dict[str, Any]:
    free = _text(date, "MedlineDate")
    iso = _date(date) or medline_date(free)
    return {"publication_date": iso, "medline_date": free, "year": int(iso[:4]) if iso else None}


def _date(date: _Element | None) -> str | None:
    """ISO 8601 as exact as stated."""
    year, month, day = (_text(date, name) for name in ("Year", "Month", "Day"))
    if not year:
        return None
    number = month.zfill(2) if month and month.isdigit() else MONTHS.get((month or "")[:3].lower())
    if not number:
        return year
    return f"{year}-{number}-{day.zfill(2)}" if day else f"{year}-{number}"


def _sections(abstract: _Element | None) -> list[dict[str, Any]]:
    sections = (
        {
            "label": _attribute(e, "Label"),
            "nlm_category": _attribute(e, "NlmCategory"),
            "text": element_text(e),
        }
        for e in _children(abstract, "AbstractText")
    )
    return [section for section in sections if section["label"] or section["text"]]


def _other(abstract: _Element) -> list[dict[str, Any]]:
    origin = {"language": _attribute(abstract, "Language"), "type": _attribute(abstract, "Type")}
    return [{**origin, "label": section["label"], "text": section["text"]} for section in _sections(abstract)]


def _heading(heading: _Element) -> dict[str, Any]:
    descriptor = _child(heading, "DescriptorName")
    terms = [descriptor, *_children(heading, "QualifierName")]
    major = any(_attribute(term, "MajorTopicYN") == "Y" for term in terms)
    return {"ui": _attribute(descriptor, "UI"), "name": element_text(descriptor), "major": major}


def _corrections(citation: _Element | None) -> list[dict[str, Any]]:
    return [
        {
            "ref_type": _attribute(e, "RefType"),
            "pmid": _text(e, "PMID"),
            "source": _text(e, "RefSource"),
            "note": _text(e, "Note"),
        }
        for e in _children(_child(citation, "CommentsCorrectionsList"), "CommentsCorrections")
    ]


def _ids(id_list: _Element | None) -> list[dict[str, Any]]:
    ids = ({"type": _attribute(e, "IdType"), "id": element_text(e)} for e in _children(id_list, "ArticleId"))
    return [identifier for identifier in ids if identifier["id"]]


def _id(ids: list[dict[str, Any]], kind: str) -> str | None:
    return next((identifier["id"] for identifier in ids if identifier["type"] == kind), None)


def _located(article: _Element | None) -> str | None:
    locations = (e for e in _children(article, "ELocationID") if _attribute(e, "EIdType") == "doi")
    return next((element_text(e) for e in locations), None)


def _named(element: _Element) -> dict[str, Any]:
    return {"ui": _attribute(element, "UI"), "name": element_text(element)}


def _child(element: _Element | None, *path: str) -> _Element | None:
    for name in path:
        element = None if element is None else element.find(name)
    return element


def _children(element: _Element | None, name: str) -> list[_Element]:
    return [] if element is None else element.findall(name)


def _text(element: _Element | None, *path: str) -> str | None:
    return element_text(_child(element, *path))


def _attribute(element: _Element | None, name: str) -> str | None:
    return None if element is None else _collapse(element.get(name, ""))
