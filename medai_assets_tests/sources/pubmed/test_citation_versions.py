"""Which text of a citation counts, against a dictionary that is filled file by file."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from medai_assets.sources.pubmed.bulk import Contents, contents_from, contents_of, decide
from medai_assets_tests.sources.citations import article, book, citation_set


def contents(*identities: tuple[int, int], deleted: tuple[tuple[int, int], ...] = ()) -> Contents:
    plain = contents_from(identities)
    return Contents(plain.pmids, plain.versions, deleted)


def kept(*files: Contents) -> list[list[bool]]:
    return [flags.tolist() for flags in decide(files).kept]


def test_a_later_file_replaces_an_earlier_one() -> None:
    assert kept(contents((1, 1), (2, 1)), contents((2, 1))) == [[True, False], [True]]


def test_a_higher_version_counts_wherever_it_stands() -> None:
    assert kept(contents((1, 2)), contents((1, 1))) == [[True], [False]]
    assert kept(contents((1, 1), (1, 3), (1, 2))) == [[False, True, False]]


def test_a_deletion_strikes_what_stands_before_it() -> None:
    verdict = decide([contents((1, 1)), contents((2, 1), deleted=((1, 1), (2, 1)))])
    assert [flags.tolist() for flags in verdict.kept] == [[False], [False]]
    assert verdict.deleted == {1: 1, 2: 1}


def test_what_comes_again_after_its_deletion_stays() -> None:
    verdict = decide([contents((1, 1), deleted=((1, 1),)), contents((1, 1))])
    assert [flags.tolist() for flags in verdict.kept] == [[False], [True]]
    assert verdict.deleted == {}


def test_deleting_one_version_leaves_a_higher_one() -> None:
    assert kept(contents((1, 1), (1, 2), deleted=((1, 1),))) == [[False, True]]


def test_records_without_a_number_are_kept_so_that_reading_them_says_what_is_wrong() -> None:
    assert kept(contents((0, 0), (0, 0), (1, 1))) == [[True, True, True]]


def test_no_files() -> None:
    assert decide([]).kept == []
    assert kept(contents()) == [[]]


def test_contents_of_a_file() -> None:
    file = io.BytesIO(citation_set(article(7), article(8, version=2), deleted="9"))
    found = contents_of(file)
    assert (found.pmids.tolist(), found.versions.tolist(), list(found.deleted)) == ([7, 8], [1, 2], [(9, 1)])


PAIRS = st.tuples(st.integers(1, 6), st.integers(1, 3))
FILES = st.lists(st.tuples(st.lists(PAIRS, max_size=8), st.lists(PAIRS, max_size=3)), max_size=5)


@given(FILES)
def test_it_is_what_loading_file_by_file_gives(
    files: list[tuple[list[tuple[int, int]], list[tuple[int, int]]]],
) -> None:
    live: dict[int, dict[int, tuple[int, int]]] = {}
    struck: dict[int, int] = {}
    for number, (records, deletions) in enumerate(files):
        for place, (pmid, version) in enumerate(records):
            live.setdefault(pmid, {})[version] = (number, place)
        for pmid, version in deletions:
            struck[pmid] = number
            versions = live.get(pmid, {})
            live[pmid] = {v: where for v, where in versions.items() if v > version}
    expected = {versions[max(versions)] for versions in live.values() if versions}
    verdict = decide([contents(*records, deleted=tuple(deletions)) for records, deletions in files])
    got = {(n, i) for n, flags in enumerate(verdict.kept) for i in flags.nonzero()[0].tolist()}
    assert got == expected
    assert verdict.deleted == {p: n for p, n in struck.items() if not live.get(p)}


def test_a_deleted_book_document_is_withdrawn_as_a_deleted_citation_is() -> None:
    chapter = b'<DeleteDocument><PMID Version="1">8</PMID></DeleteDocument>\n'
    whole = citation_set(article(1), book(8), deleted="7").replace(
        b"</PubmedArticleSet>", chapter + b"</PubmedArticleSet>"
    )
    verdict = decide([contents_of(io.BytesIO(whole))])
    assert sorted(verdict.deleted) == [7, 8]
    assert verdict.kept[0].tolist() == [True, False]
