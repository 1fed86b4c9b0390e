"""Citations out of PubMed XML: every column, every trap of the format, and records that are broken.

``read`` compares the fast reader with the slow one in passing.
"""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.sources.pubmed.columns import medline_date, plain_title
from medai_assets.sources.pubmed.fast_reader import read_citations
from medai_assets.sources.pubmed.reference_reader import UnreadableRecord, read_slowly
from medai_assets.sources.pubmed.split import pieces
from medai_assets.sources.pubmed.tables import CITATION
from medai_assets_tests.sources.citations import article, book, citation_set, read
from medai_assets_tests.tries import tries


def test_structured_abstracts_keep_their_labels() -> None:
    row = read(article(abstract="""<Abstract>
        <AbstractText Label="BACKGROUND &amp; AIMS" NlmCategory="BACKGROUND">One.</AbstractText>
        <AbstractText Label="LEVEL OF EVIDENCE: 4"/>
        <AbstractText>Two
          lines.</AbstractText><AbstractText/>
        <CopyrightInformation>© 2020 The Authors.</CopyrightInformation></Abstract>"""))  # fmt: skip
    assert row["abstract"] == [
        {"label": "BACKGROUND & AIMS", "nlm_category": "BACKGROUND", "text": "One."},
        {"label": "LEVEL OF EVIDENCE: 4", "nlm_category": None, "text": None},
        {"label": None, "nlm_category": None, "text": "Two lines."},
    ]
    assert row["copyright"] == "© 2020 The Authors."


def test_an_article_without_abstract_has_an_empty_list() -> None:
    assert read(article(abstract=""))["abstract"] == []


def test_other_languages_are_kept_apart() -> None:
    row = read(article(in_citation="""
        <OtherAbstract Type="Publisher" Language="spa"><AbstractText Label="OBJETIVO">Uno.</AbstractText>
        <AbstractText Label="MÉTODOS">Dos.</AbstractText></OtherAbstract>
        <OtherAbstract Type="Publisher" Language="por"><AbstractText>Três.</AbstractText></OtherAbstract>"""))  # fmt: skip
    assert [part["text"] for part in row["abstract"]] == ["A text."]
    assert row["other_abstracts"] == [
        {"language": "spa", "type": "Publisher", "label": "OBJETIVO", "text": "Uno."},
        {"language": "spa", "type": "Publisher", "label": "MÉTODOS", "text": "Dos."},
        {"language": "por", "type": "Publisher", "label": None, "text": "Três."},
    ]


def test_several_languages_and_keyword_lists() -> None:
    row = read(article(
        language="<Language>eng</Language><Language>fre</Language>",
        in_citation="""<KeywordList Owner="NOTNLM"><Keyword MajorTopicYN="N">asthma</Keyword>
        <Keyword MajorTopicYN="N"/><Keyword MajorTopicYN="N">5-HT<sub>2</sub></Keyword></KeywordList>
        <KeywordList Owner="KIE"><Keyword>ethics</Keyword></KeywordList>"""))  # fmt: skip
    assert row["languages"] == ["eng", "fre"]
    assert row["keywords"] == ["asthma", "5-HT₂", "ethics"]


IDS = """<ArticleIdList><ArticleId IdType="pubmed">1</ArticleId>{own}</ArticleIdList>
<ReferenceList><Reference><Citation>Cited</Citation><ArticleIdList><ArticleId IdType="doi">10.1/of-a-reference</ArticleId>
<ArticleId IdType="pmc">PMC999</ArticleId></ArticleIdList></Reference>
<ReferenceList><Title>More</Title><Reference><Citation>Nested</Citation></Reference></ReferenceList></ReferenceList>"""


def test_identifiers_are_the_articles_own() -> None:
    own = '<ArticleId IdType="doi">10.1/own</ArticleId><ArticleId IdType="pmc">PMC1</ArticleId>'
    row = read(article(in_data=IDS.format(own=own)))
    assert (row["doi"], row["pmc"]) == ("10.1/own", "PMC1")
    assert row["article_ids"] == [
        {"type": "pubmed", "id": "1"},
        {"type": "doi", "id": "10.1/own"},
        {"type": "pmc", "id": "PMC1"},
    ]


def test_a_references_identifiers_are_not_taken() -> None:
    row = read(article(in_data=IDS.format(own="")))
    assert (row["doi"], row["pmc"]) == (None, None)


def test_the_doi_may_stand_in_elocationid_only() -> None:
    places = '<ELocationID EIdType="pii">S1</ELocationID><ELocationID EIdType="doi">10.1/e</ELocationID>'
    assert read(article(in_article=places))["doi"] == "10.1/e"


@pytest.mark.parametrize(
    ("date", "iso", "year"),
    [
        ("<Year>2000</Year><Month>Feb</Month><Day>4</Day>", "2000-02-04", 2000),
        ("<Year>2000</Year><Month>02</Month>", "2000-02", 2000),
        ("<Year>2000</Year><Season>Spring</Season>", "2000", 2000),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998-12", 1998),
        ("<MedlineDate>1976-1977</MedlineDate>", "1976", 1976),
        ("<MedlineDate>Spring 1979</MedlineDate>", "1979", 1979),
        ("<MedlineDate>undated</MedlineDate>", None, None),
        ("", None, None),
    ],
)
def test_publication_dates_are_as_exact_as_stated(date: str, iso: str | None, year: int | None) -> None:
    journal = f"<Journal><JournalIssue><PubDate>{date}</PubDate></JournalIssue></Journal>"
    row = read(article(journal=journal))
    assert (row["publication_date"], row["year"]) == (iso, year)


@pytest.mark.parametrize(
    ("title", "plain", "translated"),
    [
        ("[A title in English].", "A title in English.", True),
        ("[What is it?]", "What is it?", True),
        ("[Osteoporosis (author's transl)].", "Osteoporosis.", True),
        ("[Not Available].", None, True),
        ("[18F]FDG and [11C]methionine", "[18F]FDG and [11C]methionine", False),
        ("[The [18F]FDG scan].", "The [18F]FDG scan.", True),
        ("[3H]thymidine [sic]", "[3H]thymidine [sic]", False),
        ("A title [corrected].", "A title [corrected].", False),
    ],
)
def test_brackets_round_a_translated_title(title: str, plain: str | None, translated: bool) -> None:
    vernacular = "<VernacularTitle>Ein Titel.</VernacularTitle>"
    row = read(article(title=title, in_article=vernacular))
    assert (row["title"], row["translated_title"]) == (plain, translated)
    assert row["vernacular_title"] == "Ein Titel."


def test_a_heading_is_major_by_its_descriptor_or_a_qualifier() -> None:
    row = read(article(in_citation="""<MeshHeadingList>
        <MeshHeading><DescriptorName UI="D1" MajorTopicYN="N">Asthma</DescriptorName>
        <QualifierName UI="Q1" MajorTopicYN="N">diagnosis</QualifierName>
        <QualifierName UI="Q2" MajorTopicYN="Y">drug therapy</QualifierName></MeshHeading>
        <MeshHeading><DescriptorName UI="D2" MajorTopicYN="N">Humans</DescriptorName></MeshHeading>
        <MeshHeading><DescriptorName UI="D3" MajorTopicYN="Y">Lung</DescriptorName></MeshHeading>
        </MeshHeadingList>"""))  # fmt: skip
    assert row["mesh"] == [
        {"ui": "D1", "name": "Asthma", "major": True},
        {"ui": "D2", "name": "Humans", "major": False},
        {"ui": "D3", "name": "Lung", "major": True},
    ]


def test_corrections_name_their_notice() -> None:
    row = read(article(in_citation="""<CommentsCorrectionsList>
        <CommentsCorrections RefType="RetractionIn"><RefSource>Nature. 1980;283:111</RefSource>
        <PMID Version="1">7350521</PMID><Note>A note</Note></CommentsCorrections>
        <CommentsCorrections RefType="RetractionIn"><RefSource>No number</RefSource></CommentsCorrections>
        </CommentsCorrectionsList>"""))  # fmt: skip
    assert row["corrections"] == [
        {"ref_type": "RetractionIn", "pmid": "7350521", "source": "Nature. 1980;283:111", "note": "A note"},
        {"ref_type": "RetractionIn", "pmid": None, "source": "No number", "note": None},
    ]


def test_journal_and_dates() -> None:
    row = read(article(version=2, journal="""<Journal><ISSN IssnType="Print">1019-9128</ISSN><JournalIssue>
        <Volume>50</Volume><Issue>2</Issue><PubDate><Year>1979</Year></PubDate></JournalIssue>
        <Title>Current biology : CB</Title><ISOAbbreviation>Curr Biol</ISOAbbreviation></Journal>
        <Pagination><MedlinePgn>123-33</MedlinePgn></Pagination>""", in_citation="""
        <DateCompleted><Year>1980</Year><Month>11</Month><Day>2</Day></DateCompleted>"""))  # fmt: skip
    expected = {
        "kind": "article", "pmid": "1", "version": "2", "status": "MEDLINE", "journal": "Current biology : CB",
        "iso_abbreviation": "Curr Biol", "volume": "50", "issue": "2", "pages": "123-33",
        "date_revised": "2021-06-07", "date_completed": "1980-11-02",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_books_and_chapters_are_read_by_the_slow_reader() -> None:
    reading = read_citations([book(5), article(6), book(7, title="Alkaptonuria")])
    rows = reading.citations.to_pylist()
    assert [(r["pmid"], r["kind"], r["title"]) for r in rows] == [
        ("5", "book", "GeneReviews"),
        ("6", "article", "A title."),
        ("7", "book", "Alkaptonuria"),
    ]
    assert rows[0]["abstract"] == [{"label": "SUMMARY", "nlm_category": None, "text": "A gene."}]
    assert rows[0]["date_revised"] == "2021-05-06"
    assert reading.slow == 2


@pytest.mark.parametrize(
    "odd",
    [
        "<ArticleTitle>a <![CDATA[< b]]> c</ArticleTitle>",
        "<ArticleTitle>a <fancy>&lt; b</fancy> c</ArticleTitle>",
    ],
)
def test_what_the_fast_reader_cannot_read_goes_to_the_slow_one_and_is_counted(odd: str) -> None:
    records = [article(n) for n in range(1, 9)]
    records[5] = records[5].replace(b"<ArticleTitle>A title.</ArticleTitle>", odd.encode())
    reading = read_citations(records)
    assert reading.slow == 1
    assert reading.citations["position"].to_pylist() == list(range(8))
    assert reading.citations["title"].to_pylist()[5] == "a < b c"


@pytest.mark.parametrize(
    "broken",
    [
        article(2).replace(b"</Abstract>", b"</Abstrakt>"),
        article(2, title="&external;"),
        article(2).replace(b'<PMID Version="1">2</PMID>', b""),
        article(2, title="caf\xe9").decode().encode("latin-1"),
        b"<PubmedArticle/>",
        b"",
    ],
)
def test_what_no_reader_can_read_is_handed_back_with_the_reason(broken: bytes) -> None:
    reading = read_citations([article(1), broken, article(3)])
    assert reading.citations["pmid"].to_pylist() == ["1", "3"]
    [(position, record, reason)] = reading.unreadable
    assert (position, record) == (1, broken)
    assert reason


def test_entities_are_never_resolved() -> None:
    trap = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    with pytest.raises(UnreadableRecord):
        read_slowly(trap + article(1, title="&e;"))
    stream = io.BytesIO(trap + citation_set(article(1, title="&e;"), article(2)))
    [piece] = pieces(stream)
    assert read_citations(piece.records).citations["pmid"].to_pylist() == ["2"]


def test_positions_go_on_from_where_a_piece_begins() -> None:
    reading = read_citations([article(1), article(2)], start=39)
    assert reading.citations["position"].to_pylist() == [39, 40]
    assert reading.citations.schema.equals(CITATION)


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="<>&", exclude_categories=("Cs", "Cc")), max_size=30
)


@tries(50)
@given(st.lists(st.tuples(TEXTS, TEXTS, st.booleans()), max_size=6))
def test_both_readers_agree_on_any_text(parts: list[tuple[str, str, bool]]) -> None:
    records = [
        article(
            n,
            title=title,
            abstract=f"<Abstract><AbstractText>{text}</AbstractText></Abstract>" if has else "",
            in_citation=f"<KeywordList><Keyword>{title}</Keyword><Keyword>{text}</Keyword></KeywordList>",
        )
        for n, (title, text, has) in enumerate(parts, 1)
    ]
    reading = read_citations(records)
    assert reading.slow == 0
    assert reading.citations.to_pylist() == [read_slowly(r, n) for n, r in enumerate(records)]


def test_no_records_no_rows() -> None:
    assert read_citations([]).citations.num_rows == 0


@given(st.text(max_size=40))
def test_title_and_date_rules_take_any_text(text: str) -> None:
    plain_title(text)
    found = medline_date(text)
    assert found is None or found[:4].isdigit()
