"""The Arrow schema of a citation, and where xml2arrow finds its columns in NLM's XML."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path

import pyarrow as pa
from xml2arrow import XmlToArrowParser


def _list_of(**fields: pa.DataType) -> pa.DataType:
    return pa.list_(pa.struct([pa.field(name, kind) for name, kind in fields.items()]))


_S = pa.string()

# Absent text is null; absent lists are empty.
CITATION = pa.schema(
    [
        pa.field("position", pa.int32(), nullable=False),  # of the record in what was given to read
        pa.field("kind", _S, nullable=False),  # article | book
        pa.field("pmid", _S, nullable=False),
        pa.field("version", _S),
        pa.field("status", _S),
        pa.field("languages", pa.list_(_S), nullable=False),  # MARC codes, as NLM writes them
        pa.field("title", _S),  # without the brackets NLM puts round a translated title
        pa.field("translated_title", pa.bool_(), nullable=False),  # the original is in another language
        pa.field("vernacular_title", _S),
        pa.field("abstract", _list_of(label=_S, nlm_category=_S, text=_S), nullable=False),
        pa.field("other_abstracts", _list_of(language=_S, type=_S, label=_S, text=_S), nullable=False),
        pa.field("journal", _S),
        pa.field("iso_abbreviation", _S),
        pa.field("volume", _S),
        pa.field("issue", _S),
        pa.field("pages", _S),
        pa.field("publication_date", _S),  # ISO 8601, as exact as stated: YYYY, YYYY-MM or YYYY-MM-DD
        pa.field("medline_date", _S),  # free text where NLM has no exact date
        pa.field("year", pa.int16()),
        pa.field("date_revised", _S),
        pa.field("date_completed", _S),
        pa.field("publication_types", _list_of(ui=_S, name=_S), nullable=False),
        pa.field("mesh", _list_of(ui=_S, name=_S, major=pa.bool_()), nullable=False),
        pa.field("keywords", pa.list_(_S), nullable=False),
        pa.field("article_ids", _list_of(type=_S, id=_S), nullable=False),  # the article's own, never a reference's
        pa.field("doi", _S),
        pa.field("pmc", _S),
        pa.field("corrections", _list_of(ref_type=_S, pmid=_S, source=_S, note=_S), nullable=False),
        pa.field("copyright", _S),
    ]
)  # fmt: skip

_CITATION = "/PubmedArticleSet/PubmedArticle/MedlineCitation"
_ARTICLE = f"{_CITATION}/Article"

# table -> (path of the element whose children are rows, column -> path below it)
TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "citations": ("/PubmedArticleSet", {
        "pmid": "PubmedArticle/MedlineCitation/PMID",
        "version": "PubmedArticle/MedlineCitation/PMID/@Version",
        "status": "PubmedArticle/MedlineCitation/@Status",
        "revised_year": "PubmedArticle/MedlineCitation/DateRevised/Year",
        "revised_month": "PubmedArticle/MedlineCitation/DateRevised/Month",
        "revised_day": "PubmedArticle/MedlineCitation/DateRevised/Day",
        "completed_year": "PubmedArticle/MedlineCitation/DateCompleted/Year",
        "completed_month": "PubmedArticle/MedlineCitation/DateCompleted/Month",
        "completed_day": "PubmedArticle/MedlineCitation/DateCompleted/Day",
    }),
    # One row a child of Article, since Language and ELocationID may come twice; xml2arrow gives whatever lies in
    # here to this table and not to the one around it.
    "article": (_ARTICLE, {
        "title": "ArticleTitle",
        "vernacular_title": "VernacularTitle",
        "journal": "Journal/Title",
        "iso_abbreviation": "Journal/ISOAbbreviation",
        "volume": "Journal/JournalIssue/Volume",
        "issue": "Journal/JournalIssue/Issue",
        "year": "Journal/JournalIssue/PubDate/Year",
        "month": "Journal/JournalIssue/PubDate/Month",
        "day": "Journal/JournalIssue/PubDate/Day",
        "medline_date": "Journal/JournalIssue/PubDate/MedlineDate",
        "pages": "Pagination/MedlinePgn",
        "language": "Language",
        "location": "ELocationID",
        "location_type": "ELocationID/@EIdType",
    }),
    "abstract": (f"{_ARTICLE}/Abstract", {
        "label": "AbstractText/@Label", "nlm_category": "AbstractText/@NlmCategory", "text": "AbstractText",
        "copyright": "CopyrightInformation",
    }),
    "other_abstracts": (f"{_CITATION}/OtherAbstract", {
        "language": "@Language", "type": "@Type", "label": "AbstractText/@Label", "text": "AbstractText",
    }),
    "publication_types": (f"{_ARTICLE}/PublicationTypeList", {
        "ui": "PublicationType/@UI", "name": "PublicationType",
    }),
    "mesh": (f"{_CITATION}/MeshHeadingList/MeshHeading", {
        "ui": "DescriptorName/@UI", "name": "DescriptorName",
        "major": "DescriptorName/@MajorTopicYN", "major_qualifier": "QualifierName/@MajorTopicYN",
    }),
    "keywords": (f"{_CITATION}/KeywordList", {"keyword": "Keyword"}),
    "article_ids": ("/PubmedArticleSet/PubmedArticle/PubmedData/ArticleIdList", {
        "type": "ArticleId/@IdType", "id": "ArticleId",
    }),
    "corrections": (f"{_CITATION}/CommentsCorrectionsList", {
        "ref_type": "CommentsCorrections/@RefType", "pmid": "CommentsCorrections/PMID",
        "source": "CommentsCorrections/RefSource", "note": "CommentsCorrections/Note",
    }),
}  # fmt: skip


# Elements whose text is a column: none may hold another element when xml2arrow reads it, which would drop text silently.
TEXT_ELEMENTS = sorted(
    {
        below.rpartition("/")[2]
        for _, columns in TABLES.values()
        for below in columns.values()
        if "@" not in below
    }
)


@cache
def table_parser() -> XmlToArrowParser:
    """The one xml2arrow parser of a process; thread-safe."""
    tables = [
        {
            "name": name,
            "xml_path": path,
            "levels": ["citation"] if name == "citations" else ["citation", "part"],
            "fields": [
                {"name": column, "xml_path": f"{path}/{below}", "data_type": "Utf8", "nullable": True}
                for column, below in columns.items()
            ],
        }
        for name, (path, columns) in TABLES.items()
    ]
    # xml2arrow reads its description from a file only; JSON is YAML.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tables.yaml"
        file.write_text(json.dumps({"parser_options": {"trim_text": False}, "tables": tables}))
        return XmlToArrowParser(str(file))
