"""Citations as raw records: identity, attribution, what is no training text, and what is withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from medai_assets.foundation.schemas import RAW_RECORD
from medai_assets.foundation.slices import Slice
from medai_assets.sources.pubmed.fast_reader import read_citations
from medai_assets.sources.pubmed.rows import (
    attribution,
    flags_of,
    items_of,
    pmid_of,
    retractions,
    version_number,
)
from medai_assets.sources.records import Rejected
from medai_assets_tests.sources.citations import article, book

ASTHMA = Slice("pubmed", "asthma", {"term": "asthma"}, "")
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def rows(*records: bytes) -> list[dict[str, Any]]:
    batch = next(items_of(records, ASTHMA, "sandbox:/x", NOW))
    assert isinstance(batch, pa.RecordBatch)
    assert batch.schema.equals(RAW_RECORD)
    return batch.to_pylist()


def correction(kind: str, pmid: str = "77") -> str:
    source = "<RefSource>J Tests. 2020;1:2</RefSource>"
    number = f'<PMID Version="1">{pmid}</PMID>' if pmid else ""
    return (
        f'<CommentsCorrectionsList><CommentsCorrections RefType="{kind}">{source}{number}</CommentsCorrections>'
        "</CommentsCorrectionsList>"
    )


def test_a_record_is_the_verbatim_citation_with_all_that_traces_it() -> None:
    record = article(428506, version=2, title="On <i>E. coli</i>.")
    [row] = rows(record)
    assert row["payload"].encode() == record
    expected = {
        "record_id": "pubmed:428506", "version": "2.20210607", "title": "On E. coli.", "language": "en",
        "updated_at": "2021-06-07", "payload_format": "xml", "url": "https://pubmed.ncbi.nlm.nih.gov/428506/",
        "request": "sandbox:/x", "retrieved_at": NOW, "licence": "LicenseRef-PubMed-Abstract", "flags": [],
        "sample": False, "source": "pubmed", "slice": "asthma",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_rows_follow_the_records_that_could_be_read() -> None:
    records = [article(1), b"<PubmedArticle>", book(3)]
    assert [row["record_id"] for row in rows(*records)] == ["pubmed:1", "pubmed:3"]
    [rejected] = list(items_of(records, ASTHMA, "sandbox:/x", NOW))[1:]
    assert isinstance(rejected, Rejected)
    assert (rejected.reason, rejected.payload) == ("unreadable citation", "<PubmedArticle>")
    assert rows() == []


def test_a_record_that_is_no_utf8_anywhere_is_set_aside_alone() -> None:
    broken = article(2, in_article="<AuthorList><Author><LastName>M\xfcller</LastName></Author></AuthorList>")
    batch, rejected = items_of([article(1), broken.decode().encode("latin-1")], ASTHMA, "sandbox:/x", NOW)
    assert batch["record_id"].to_pylist() == ["pubmed:1"]  # type: ignore[index]
    assert (rejected.detail, "M\ufffdller" in rejected.payload) == ("not UTF-8", True)  # type: ignore[union-attr, operator]


def test_attribution_names_the_journal_the_library_and_the_copyright() -> None:
    citation = {
        "iso_abbreviation": "J Tests", "journal": "Journal of Tests", "publication_date": "1979-06",
        "medline_date": None, "volume": "50", "issue": "2", "pages": "123-33", "doi": "10.1/x",
        "copyright": "© 1979 The Authors.",
    }  # fmt: skip
    assert attribution(citation) == (
        "J Tests. 1979-06;50(2):123-33. doi:10.1/x. Citation data courtesy of the U.S. National Library of Medicine "
        "(PubMed). © 1979 The Authors."
    )
    assert attribution(dict.fromkeys(citation)).startswith("Journal not stated. Citation data courtesy of")


RETRACTED_TYPE = '<PublicationType UI="D016441">Retracted Publication</PublicationType>'


@pytest.mark.parametrize(
    ("record", "flags"),
    [
        (article(), []),
        (article(types=RETRACTED_TYPE), ["retracted"]),
        (article(in_citation=correction("RetractionIn")), ["retracted"]),
        (article(in_citation=correction("RetractionIn", pmid="")), ["retracted"]),
        (article(in_citation=correction("RetractionOf")), ["notice"]),
        (
            article(types='<PublicationType UI="D016440">Retraction of Publication</PublicationType>'),
            ["notice"],
        ),
        (article(types='<PublicationType UI="D016425">Published Erratum</PublicationType>'), ["notice"]),
        (article(in_citation=correction("ErratumFor")), ["notice"]),
        (article(types='<PublicationType UI="D016420">Comment</PublicationType>'), ["notice"]),
        (article(in_citation=correction("CommentOn")), ["notice"]),
        (article(in_citation=correction("ExpressionOfConcernFor")), ["notice"]),
        (article(in_citation=correction("CommentIn")), []),
        (article(in_citation=correction("ErratumIn")), ["erratum"]),
        (article(in_citation=correction("ExpressionOfConcernIn")), ["concern"]),
        (article(in_citation=correction("UpdateIn")), ["updated"]),
        (article(in_citation=correction("UpdateOf")), []),
        (article(types='<PublicationType UI="D000076942">Preprint</PublicationType>'), ["preprint"]),
        (book(), ["book"]),
    ],
)
def test_flags(record: bytes, flags: list[str]) -> None:
    assert flags_of(read_citations([record]).citations) == [flags]


def test_retracted_articles_are_withdrawn_and_their_notices_are_not() -> None:
    records = [
        article(1, in_citation=correction("RetractionIn", "77")),
        article(2, in_citation=correction("RetractionIn", "")),
        article(3, types=RETRACTED_TYPE),
        article(77, in_citation=correction("RetractionOf", "1")),
        article(4),
    ]
    found = {w.record_id: w for w in retractions(read_citations(records).citations, "pubmed")}
    assert list(found) == ["pubmed:1", "pubmed:2", "pubmed:3"]
    assert {w.kind for w in found.values()} == {"retraction"}
    assert {w.version for w in found.values()} == {None}
    assert [w.evidence for w in found.values()] == ["pubmed:77", "J Tests. 2020;1:2", None]
    assert found["pubmed:1"].reported_at == "2021-06-07"


@pytest.mark.parametrize(
    ("marc", "iso"),
    [("eng", "en"), ("fre", "fr"), ("ger", "de"), ("chi", "zh"), ("und", None), ("mul", None)],
)
def test_languages_are_iso_codes(marc: str, iso: str | None) -> None:
    assert rows(article(language=f"<Language>{marc}</Language>"))[0]["language"] == iso


def test_what_a_record_id_and_a_version_say() -> None:
    assert (pmid_of("pubmed:12"), version_number("2.20210607"), version_number("1")) == (12, 2, 1)
    assert rows(article(revised=""))[0]["version"] == "1"


def test_a_title_that_would_control_a_terminal_is_kept_without_it() -> None:
    hostile = article(1, title="On \x9b2Jasthma\u202e", journal=JOURNAL)
    [row] = rows(hostile)
    assert row["title"] == "On asthma"
    assert row["attribution"].isprintable()
    assert "\x9b2J" in row["payload"]


JOURNAL = (
    "<Journal><JournalIssue><PubDate><Year>2020</Year></PubDate></JournalIssue>"
    "<ISOAbbreviation>J\x9d Tests</ISOAbbreviation></Journal>"
)
