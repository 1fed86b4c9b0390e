"""Records cut out of a stream: verbatim, all of them, however the stream is chopped."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.sources.pubmed.split import BrokenXml, identity, joined, open_file, pieces, split
from medai_assets.transport import transfer
from medai_assets_tests.sources.citations import article, book, citation_set


@given(st.lists(st.integers(1, 99), max_size=8), st.integers(1, 4_000), st.booleans())
def test_every_record_comes_verbatim_whatever_the_size_of_a_piece(
    pmids: list[int], piece_bytes: int, with_deletions: bool
) -> None:
    records = [book(n) if n % 5 == 0 else article(n) for n in pmids]
    file = citation_set(*records, deleted="11 12" if with_deletions else "")
    got = list(pieces(io.BytesIO(file), piece_bytes))
    assert [record for piece in got for record in piece.records] == records
    deleted = [entry for piece in got for entry in piece.deleted]
    assert deleted == ([(11, 1), (12, 1)] if with_deletions else [])


def test_records_of_one_document() -> None:
    records = [article(1), book(2), article(3)]
    assert split(citation_set(*records)).records == records


def test_deletions_may_stand_between_records() -> None:
    deletion = b'<DeleteCitation><PMID Version="2">9</PMID></DeleteCitation>'
    assert split(b"<PubmedArticleSet>" + deletion + article(1) + b"</PubmedArticleSet>").deleted == [(9, 2)]


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("piece_bytes", [40, 4_000])
def test_a_record_whose_start_tag_is_damaged_is_not_passed_over(place: int, piece_bytes: int) -> None:
    records = [article(n) for n in (1, 2, 3)]
    records[place] = records[place].replace(b"<PubmedArticle", b"<PubmedArt!cle", 1)
    file = citation_set(*records)
    for got in (split(file).records, [r for p in pieces(io.BytesIO(file), piece_bytes) for r in p.records]):
        assert len(got) == 3
        assert records[place] in got[place]
        assert [r for n, r in enumerate(got) if n != place] == [
            r for n, r in enumerate(records) if n != place
        ]


@pytest.mark.parametrize("piece_bytes", [7, 4_000])
def test_ends_without_starts_take_no_neighbour_along_and_hide_no_deletion(piece_bytes: int) -> None:
    deletion = b"<DeleteCitation><PMID>9</PMID></DeleteCitation>"
    damaged = [article(n).replace(b"<PubmedArticle", b"<PubmedArt!cle", 1) for n in (2, 3)]
    nested = b"<PubmedBookArticle>" + article(5)
    file = citation_set(article(1), deletion, *damaged, article(4), nested, article(6))
    got = list(pieces(io.BytesIO(file), piece_bytes))
    records = [record for piece in got for record in piece.records]
    assert [records[0], *records[3:]] == [
        article(1),
        article(4),
        b"<PubmedBookArticle>",
        article(5),
        article(6),
    ]
    assert damaged[0] in records[1]
    assert damaged[1] in records[2]
    assert [entry for piece in got for entry in piece.deleted] == [(9, 1)]


def test_identity_is_the_citations_own() -> None:
    corrected = article(
        5, version=3, in_citation='<CommentsCorrections><PMID Version="1">77</PMID></CommentsCorrections>'
    )
    assert identity(corrected) == (5, 3)
    assert identity(b"<PubmedArticle/>") == (0, 0)


@pytest.mark.parametrize("length", [-40, -300, 600])
def test_a_document_that_ends_inside_a_record_is_refused(length: int) -> None:
    cut = citation_set(article(1))[:length]
    with pytest.raises(BrokenXml):
        list(pieces(io.BytesIO(cut)))
    with pytest.raises(BrokenXml):
        split(cut)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_cut_gzip_file_is_refused(tmp_path: Path, share: float) -> None:
    packed = gzip.compress(citation_set(*(article(n) for n in range(200))))
    path = tmp_path / "pubmed21n0001.xml.gz"
    path.write_bytes(packed[: int(len(packed) * share)])
    with pytest.raises(BrokenXml, match="cut or damaged"), open_file(path) as stream:
        list(pieces(stream))


def test_a_whole_gzip_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pubmed21n0001.xml.gz"
    path.write_bytes(gzip.compress(citation_set(article(1))))
    with open_file(path) as stream:
        assert [record for piece in pieces(stream) for record in piece.records] == [article(1)]


READ_A_LONG_FILE = """
import io, re
from pathlib import Path
from medai_assets.sources.pubmed.fast_reader import read_citations
from medai_assets.sources.pubmed.split import pieces
from medai_assets_tests.sources.citations import article

class Long(io.RawIOBase):
    root = b"<PubmedArticleSet>"
    given, unit = 0, b"".join(article(n, abstract="<Abstract><AbstractText>" + "A sentence. " * 300
        + "</AbstractText></Abstract>") for n in range(1, 1_600))
    def read(self, size=-1):
        if self.given >= 160 << 20:
            return b""
        self.given += len(self.unit)
        root, self.root = self.root, b""
        return root + self.unit

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

rows, early, stream = 0, 0, Long()
for piece in pieces(stream):
    rows += read_citations(piece.records).citations.num_rows
    if not early and stream.given >= 80 << 20:  # what waits to be read has its full size by 60
        early = peak()
print(rows, early, peak())
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_memory_does_not_grow_with_the_file() -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ_A_LONG_FILE], capture_output=True, text=True, check=True
    )
    rows, early, late = map(int, done.stdout.split())
    assert rows > 160 * 200
    assert late < early * 1.15
    assert late / 1024 < 450


def test_a_file_that_unpacks_to_no_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "_LEAST_BOUND", 1 << 20)
    path = tmp_path / "pubmed21n0001.xml.gz"
    path.write_bytes(gzip.compress(joined([b"<PubmedArticle></PubmedArticle>"] * 100_000)))
    with open_file(path) as stream:
        found = pieces(stream, 1 << 18)
        assert len(next(found).records) < 100_000
        with pytest.raises(BrokenXml, match="more than 100 times its size"):
            list(found)
