"""Citations for tests, in NLM's layout, each part replaceable."""

from __future__ import annotations

from typing import Any

from medai_assets.sources.pubmed.fast_reader import read_citations
from medai_assets.sources.pubmed.reference_reader import read_slowly


def article(
    pmid: int | str = 1,
    *,
    version: int = 1,
    title: str = "A title.",
    abstract: str = "<Abstract><AbstractText>A text.</AbstractText></Abstract>",
    journal: str = "<Journal><JournalIssue><PubDate><Year>2020</Year></PubDate></JournalIssue></Journal>",
    in_article: str = "",
    language: str = "<Language>eng</Language>",
    types: str = '<PublicationType UI="D016428">Journal Article</PublicationType>',
    in_citation: str = "",
    in_data: str = "",
    revised: str = "<DateRevised><Year>2021</Year><Month>06</Month><Day>07</Day></DateRevised>",
) -> bytes:
    """One ``PubmedArticle``; texts are XML."""
    return f"""<PubmedArticle>
  <MedlineCitation Status="MEDLINE" Owner="NLM">
    <PMID Version="{version}">{pmid}</PMID>
    {revised}
    <Article PubModel="Print">{journal}<ArticleTitle>{title}</ArticleTitle>{abstract}{language}
      <PublicationTypeList>{types}</PublicationTypeList>{in_article}</Article>
    {in_citation}
  </MedlineCitation>
  <PubmedData>{in_data}</PubmedData>
</PubmedArticle>""".encode()


def book(pmid: int = 1, title: str = "", book_title: str = "GeneReviews") -> bytes:
    """One ``PubmedBookArticle``."""
    chapter = f"<ArticleTitle>{title}</ArticleTitle>" if title else ""
    return f"""<PubmedBookArticle><BookDocument><PMID Version="1">{pmid}</PMID>
<ArticleIdList><ArticleId IdType="bookaccession">NBK1116</ArticleId></ArticleIdList>
<Book><BookTitle book="gene">{book_title}</BookTitle><PubDate><Year>1993</Year></PubDate></Book>{chapter}
<Language>eng</Language><AuthorList><Author><LastName>Adam</LastName></Author></AuthorList>
<PublicationType UI="D016454">Review</PublicationType>
<Abstract><AbstractText Label="SUMMARY">A <i>gene</i>.</AbstractText></Abstract>
<KeywordList><Keyword>AKU</Keyword></KeywordList>
<DateRevised><Year>2021</Year><Month>5</Month><Day>6</Day></DateRevised></BookDocument>
<PubmedBookData><PublicationStatus>ppublish</PublicationStatus></PubmedBookData></PubmedBookArticle>""".encode()


def citation_set(*records: bytes, deleted: str = "") -> bytes:
    """A whole file, with NLM's prologue and white space between records."""
    prologue = (
        b'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st '
        b'January 2019//EN" "http://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_190101.dtd">\n<PubmedArticleSet>\n  '
    )
    pmids = "".join(f'<PMID Version="1">{pmid}</PMID>\n' for pmid in deleted.split())
    deletions = f"<DeleteCitation>\n{pmids}</DeleteCitation>\n".encode() if deleted else b""
    return prologue + b"\n  ".join(records) + b"\n" + deletions + b"</PubmedArticleSet>\n"


def read(record: bytes) -> dict[str, Any]:
    """One record read by the fast reader alone, after making sure that the slow one says the same."""
    reading = read_citations([record])
    assert not reading.slow, "the fast reader could not read it"
    [row] = reading.citations.to_pylist()
    assert row == read_slowly(record)
    return row
