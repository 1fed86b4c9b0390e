"""What comes whole and is not what was asked for is refused, with what was expected; it never becomes an empty slice."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from medai_assets.sources.huggingface.rows import rows_of
from medai_assets.sources.pubmed.citation_versions import contents_of
from medai_assets.sources.pubmed.split import BrokenXml
from medai_assets_tests.sources.citations import article

OLD = (
    b'<?xml version="1.0"?><MedlineCitationSet>'
    + article().replace(b"<PubmedArticle>", b"").split(b"<PubmedData>")[0]
    + b"</MedlineCitationSet>"
)
ROWS = ["A1", "A2"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(OLD, id="the older MedlineCitationSet"),
        pytest.param(b"<html><body>The service has moved.</body></html>", id="a page of HTML"),
        pytest.param(b"", id="nothing"),
        pytest.param(OLD.decode().encode("utf-16"), id="UTF-16"),
    ],
)
def test_a_file_without_citations_is_refused(content: bytes) -> None:
    with pytest.raises(BrokenXml, match="expected the element PubmedArticleSet, found"):
        contents_of(io.BytesIO(content))


def test_a_file_that_only_deletes_is_a_pubmed_file() -> None:
    only = (
        b'<?xml version="1.0"?><PubmedArticleSet><DeleteCitation><PMID Version="1">7</PMID></DeleteCitation>'
        b"</PubmedArticleSet>"
    )
    assert list(contents_of(io.BytesIO(only)).deleted) == [(7, 1)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lines.json", b'{"question":"Q1","answer":"A1"}\n{"question":"Q2","answer":"A2"}\n'),
        ("bom.jsonl", b'\xef\xbb\xbf{"question":"Q1","answer":"A1"}\n{"question":"Q2","answer":"A2"}\n'),
        ("bom.json", b'\xef\xbb\xbf[{"question":"Q1","answer":"A1"},{"question":"Q2","answer":"A2"}]'),
        ("nan.jsonl", b'{"question":"Q1","answer":"A1","s":NaN}\n{"question":"Q2","answer":"A2","s":1}\n'),
        ("nan.json", b'[{"question":"Q1","answer":"A1","s":NaN},{"question":"Q2","answer":"A2","s":1}]'),
        ("data.json", b'{"data":[{"question":"Q1","answer":"A1"},{"question":"Q2","answer":"A2"}],"version":"1"}'),
        ("semicolon.csv", b"question;answer\nQ1;A1\nQ2;A2\n"),
    ],
)  # fmt: skip
def test_rows_in_the_forms_that_the_field_reads(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert [row.get("answer") if isinstance(row, dict) else None for row in rows_of(path, name)] == ROWS
