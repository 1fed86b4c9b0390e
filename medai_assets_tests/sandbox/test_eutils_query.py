"""PubMed's query language over a handful of citations."""

from __future__ import annotations

from pathlib import Path

import pytest

from medai_assets.sandbox.eutils_query import QuerySyntaxError, find
from medai_assets.sandbox.pubmed_index import PubmedIndex


@pytest.fixture(scope="module")
def index(small_kit: Path) -> PubmedIndex:
    return PubmedIndex(small_kit)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("asthma", {11, 15}),
        ("asthma[Title/Abstract]", {11}),
        ("heart failure[Title]", {12}),
        ('"heart failure"[tiab]', {12}),
        ("heart failure", {12, 13}),
        ("wheez*[tiab]", {11}),
        ("asthma[MeSH Terms] AND english[Language]", {11}),
        ("stroke[MeSH Terms]", set()),
        ("diabetes mellitus[mh]", {13}),
        ("asthma[mh] OR heart failure[mh]", {11, 12, 15}),
        ("asthma[mh] NOT child[mh]", {15}),
        ("(asthma[mh] OR stroke[ti]) AND 2021[dp]", {15, 16}),
        ("asthma[mh] AND 1990:2000/12/31[edat]", {11}),
        ('"2021/01/01"[Date - Entry] : "3000"[Date - Entry]', {14, 15, 16}),
        ("hasabstract", {11, 13, 15, 16}),
        ("11[uid] OR 12[pmid]", {11, 12}),
        ("journal article[pt] AND all[sb]", {11, 12, 13, 14, 15, 16}),
        ("nothing[tiab]", set()),
    ],
)
def test_terms(index: PubmedIndex, term: str, expected: set[int]) -> None:
    assert find(term, index) == expected


def test_operators_are_read_from_left_to_right(index: PubmedIndex) -> None:
    assert find("child[mh] OR heart failure[mh] AND asthma[mh]", index) == {11}


@pytest.mark.parametrize("term", ["(asthma", "asthma)", "AND asthma", "asthma AND", "asthma ]"])
def test_what_cannot_be_read_is_an_error(index: PubmedIndex, term: str) -> None:
    with pytest.raises(QuerySyntaxError):
        find(term, index)
