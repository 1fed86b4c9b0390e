"""PubMed by topic: everything the term finds, within PubMed's bound, and what does not come is known by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from medai_assets.foundation.slices import Slice
from medai_assets.sandbox.server import serving
from medai_assets.sources.collection import CollectionReport
from medai_assets.sources.pubmed import eutils, eutils_search
from medai_assets.transport.errors import CollectionFailed, ReplyInvalid, UpstreamRefused, UpstreamUnavailable
from medai_assets_tests.bench import Bench, workbench
from medai_assets_tests.small_kit import citation, write_kit
from medai_assets_tests.sources.citations import article, book
from medai_assets_tests.sources.entrez import Entrez, Entry

ASTHMA = Slice("pubmed", "asthma", {"term": "asthma"}, "")
JSON, XML = "application/json", "text/xml"
DOI = '<ArticleIdList><ArticleId IdType="doi">10.1000/one</ArticleId></ArticleIdList>'


class Desk:
    """An E-utilities, and a bench whose collections ask it."""

    def __init__(self, bench: Bench, entrez: Entrez, base: str) -> None:
        self.bench, self.entrez = bench, entrez
        endpoints = {**bench.settings.endpoints, "eutils": base}
        self.settings = bench.settings.with_endpoints(endpoints)

    def collect(self, wanted: Slice = ASTHMA, **further: Any) -> CollectionReport:
        self.entrez.asked.clear()
        return self.bench.collect(wanted, settings=self.settings.model_copy(update=further))

    def pmids(self, wanted: Slice = ASTHMA) -> list[int]:
        return sorted(int(row["record_id"].removeprefix("pubmed:")) for row in self.bench.rows(wanted))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    entrez = Entrez()
    with workbench(tmp_path, monkeypatch) as bench, serving(entrez.app()) as base:
        yield Desk(bench, entrez, base)


def bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch, bound: int) -> None:
    desk.entrez.bound = bound
    monkeypatch.setattr(eutils_search, "BOUND", bound)


def test_one_search_and_batches_from_the_history(desk: Desk) -> None:
    desk.entrez.put(*range(1, 1_002))
    report = desk.collect()
    assert report.counts == {"records": 1_001, "rejected": 0, "withdrawals": 0}
    assert desk.pmids() == list(range(1, 1_002))
    assert desk.entrez.requests() == {"esearch": 1, "efetch": 3}
    search, *fetches = (form for _, form in desk.entrez.asked)
    assert (search["usehistory"], search["db"], search["tool"]) == ("y", "pubmed", "medai-assets")
    assert [(f["retstart"], f["retmax"]) for f in fetches] == [("0", "400"), ("400", "400"), ("800", "201")]


def test_a_slices_own_dates_are_asked_for_together(desk: Desk) -> None:
    desk.entrez.put(1)
    wanted = Slice("pubmed", "recent", {"term": "asthma", "mindate": "2019", "maxdate": "2021"}, "")
    desk.collect(wanted)
    form = desk.entrez.asked[0][1]
    assert (form["mindate"], form["maxdate"], form["datetype"]) == ("2019", "2021", "pdat")


def test_no_hits_are_no_error(desk: Desk) -> None:
    assert desk.collect().counts["records"] == 0
    assert desk.entrez.requests() == {"esearch": 1}


def test_more_than_a_query_gives_is_split_by_entry_date(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bounded(desk, monkeypatch, 10)
    for year in range(1950, 2020):
        desk.entrez.put(year, entered=f"{year}/06/15")
    desk.collect()
    assert desk.pmids() == list(range(1950, 2020))


def test_more_than_that_on_one_day_is_split_by_number(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bounded(desk, monkeypatch, 10)
    desk.entrez.put(*range(1, 36), entered="2015/03/02")
    desk.entrez.put(*range(100, 105), entered="2015/03/03")
    desk.collect()
    assert desk.pmids() == [*range(1, 36), *range(100, 105)]


def test_parts_that_count_more_than_the_whole_have_no_end_and_are_told(desk: Desk) -> None:
    told = json.dumps(
        {"esearchresult": {"count": "1000000", "idlist": ["1"], "webenv": "M", "querykey": "1"}}
    )
    desk.entrez.instead["esearch"] = [Response(told, media_type=JSON) for _ in range(50)]
    with pytest.raises(ReplyInvalid, match="counts 1,000,000 PMIDs, and 2,000,000 in parts"):
        desk.collect()
    assert len(desk.entrez.asked) < 10


def test_what_no_piece_of_a_split_search_holds_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bounded(desk, monkeypatch, 10)
    desk.entrez.put(*range(1, 60), entered="2015/03/02")
    desk.entrez.put(99, entered="")
    report = desk.collect()
    assert report.counts["records"] == 59
    assert report.rejected_reasons == {"counted, not listed": 1}


def test_a_citation_is_also_known_by_its_doi_and_stays_so(desk: Desk) -> None:
    desk.entrez.put(1, 2, in_data=DOI)
    first = desk.collect()
    assert first.stored.table("aliases").to_pylist() == [
        {"record_id": f"pubmed:{pmid}", "name": "doi:10.1000/one"} for pmid in (2, 1)
    ]
    desk.entrez.put(3)
    again = desk.collect()
    assert desk.pmids() == [1, 2, 3]
    assert sorted(again.stored.table("aliases")["record_id"].to_pylist()) == ["pubmed:1", "pubmed:2"]


def test_a_limit_asks_for_the_first_only(desk: Desk) -> None:
    desk.entrez.put(*range(1, 900))
    desk.collect(slice_limit=5)
    assert desk.pmids() == [895, 896, 897, 898, 899]
    assert desk.entrez.requests() == {"esearch": 1, "efetch": 1}


def test_what_pubmed_names_and_does_not_deliver_is_asked_for_again_and_recorded(desk: Desk) -> None:
    desk.entrez.put(*range(1, 100))
    desk.entrez.withheld = {50}
    report = desk.collect()
    assert report.counts == {"records": 98, "rejected": 1, "withdrawals": 0}
    [row] = desk.bench.rows(ASTHMA, "rejected")
    assert (row["reason"], row["record_id"]) == ("not delivered", "pubmed:50")
    assert desk.entrez.asked[-1][1]["id"] == "50"


@pytest.mark.parametrize("stands", [b">two<", b"><b>1</b><", b"><![CDATA[2]]><"])
def test_a_citation_without_a_pmid_is_set_aside_once(desk: Desk, stands: bytes) -> None:
    desk.entrez.put(1, 2)
    spoilt = b"<PubmedArticleSet>" + article(1) + article(2).replace(b">2</PMID>", stands + b"/PMID>")
    reply = Response(spoilt + b"</PubmedArticleSet>", media_type=XML)
    desk.entrez.instead = {"efetch": [reply, reply]}
    report = desk.collect(max_rejected_share=0.5)
    assert report.rejected_reasons == {"unreadable citation": 1, "not delivered": 1}
    assert any(
        f"{stands.decode()}/PMID>" in (row["payload"] or "") for row in desk.bench.rows(ASTHMA, "rejected")
    )
    assert desk.pmids() == [1]


@pytest.mark.parametrize(
    ("listed", "problem"), [('"1","x"', "no PMID"), ("1,2", "no PMID"), ('"1","1"', "twice")]
)
def test_a_list_of_anything_else_is_no_list_of_pmids(desk: Desk, listed: str, problem: str) -> None:
    desk.entrez.put(1, 2)
    body = f'{{"esearchresult":{{"count":"2","idlist":[{listed}],"webenv":"a","querykey":"1"}}}}'
    desk.entrez.instead = {"esearch": [Response(body, media_type="application/json")] * 9}
    with pytest.raises(ReplyInvalid, match=problem):
        desk.collect()


def test_a_batch_that_repeats_another_costs_one_more_request(desk: Desk) -> None:
    desk.entrez.put(*range(1, 801))
    repeated = Response(b"<PubmedArticleSet>" + article(800) + b"</PubmedArticleSet>", media_type=XML)
    desk.entrez.instead = {"efetch": [None, repeated]}
    desk.collect()
    assert desk.pmids() == list(range(1, 801))
    assert desk.entrez.requests()["efetch"] == 3


def test_a_forgotten_history_is_searched_again(desk: Desk) -> None:
    desk.entrez.put(*range(1, 900))
    desk.entrez.forgets = 2
    desk.collect()
    assert desk.pmids() == list(range(1, 900))
    assert desk.entrez.requests() == {"esearch": 3, "efetch": 5}


def test_a_forgotten_history_may_be_said_with_status_200(desk: Desk) -> None:
    desk.entrez.put(1)
    body = "<eFetchResult><ERROR>Cannot retrieve history data: OUT OF RANGE</ERROR></eFetchResult>"
    desk.entrez.instead = {"efetch": [Response(body, media_type=XML)]}
    desk.collect()
    assert desk.pmids() == [1]
    assert desk.entrez.requests()["esearch"] == 2


def test_a_history_that_is_forgotten_each_time_is_given_up(desk: Desk) -> None:
    desk.entrez.put(1)
    desk.entrez.forgets = 99
    with pytest.raises(UpstreamUnavailable, match="forgets the search each time"):
        desk.collect()


def test_the_rate_limit_said_with_status_200_is_waited_out(desk: Desk) -> None:
    desk.entrez.put(1)
    limit = '{"error":"API rate limit exceeded","api-key":"127.0.0.1","count":"4","limit":"3"}'
    for utility in ("esearch", "efetch"):
        desk.entrez.instead[utility] = [Response(limit, media_type=JSON)]
    report = desk.collect()
    assert (report.counts["records"], report.retries) == (1, 2)


def test_an_error_inside_a_reply_with_a_raw_line_end_is_read_and_told(desk: Desk) -> None:
    body = '{"esearchresult":{"ERROR":"Search Backend failed: Exception:\n\'retstart\' cannot be larger than 9998"}}'
    desk.entrez.instead = {"esearch": [Response(body, media_type=JSON)] * 9}
    with pytest.raises(ReplyInvalid, match="Search Backend failed: Exception: 'retstart' cannot be larger"):
        desk.collect()


def test_an_error_that_passes_is_only_a_retry(desk: Desk) -> None:
    desk.entrez.put(1)
    body = '{"esearchresult":{"ERROR":"Search Backend failed: busy"}}'
    desk.entrez.instead = {"esearch": [Response(body, media_type=JSON)]}
    assert desk.collect().retries == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"esearchresult":{"count":"1"}}', "idlist"),
        ('{"esearchresult":{"count":[],"idlist":[]}}', "count"),
        ('{"esearchresult":{"count":"8","idlist":[]}}', "counts 8 PMIDs and lists none in idlist"),
        ('{"result":{}}', "esearchresult"),
        ("[]", "esearchresult"),
    ],
)
def test_a_contract_that_moved_is_an_error_that_names_the_field(desk: Desk, body: str, field: str) -> None:
    desk.entrez.instead = {"esearch": [Response(body, media_type=JSON)] * 9}
    with pytest.raises(ReplyInvalid, match=field):
        desk.collect()


@pytest.mark.parametrize("body", ["<html>busy</html>", "<PubmedArticleSet><PubmedArticle>", ""])
def test_a_reply_that_is_no_whole_set_of_citations_is_asked_for_again(desk: Desk, body: str) -> None:
    desk.entrez.put(1)
    desk.entrez.instead = {"efetch": [Response(body, media_type=XML)]}
    report = desk.collect()
    assert (report.counts["records"], report.retries) == (1, 1)


def test_a_phrase_pubmed_does_not_know_is_no_wider_search(desk: Desk) -> None:
    body = '{"esearchresult":{"count":"5","idlist":["1"],"errorlist":{"phrasesnotfound":["astma"],"fieldsnotfound":[]}}}'
    desk.entrez.instead = {"esearch": [Response(body, media_type=JSON)]}
    with pytest.raises(CollectionFailed, match=r"'astma'.*correct the slice's query"):
        desk.collect()


def test_a_refused_key_is_told_at_once(desk: Desk) -> None:
    desk.entrez.instead = {"esearch": [Response('{"error":"API key invalid"}', 400, media_type=JSON)]}
    with pytest.raises(UpstreamRefused, match="API key invalid"):
        desk.collect()
    assert desk.entrez.requests() == {"esearch": 1}


def test_a_count_that_is_wrong_is_believed_less_than_two_equal_lists(desk: Desk) -> None:
    desk.entrez.put(1, 2, 3)
    desk.entrez.counted_too_many = 1
    desk.collect()
    assert desk.pmids() == [1, 2, 3]
    assert desk.entrez.requests()["esearch"] == 2


def test_book_articles_are_records_too(desk: Desk) -> None:
    desk.entrez.entries = {7: Entry(book(7, title="Alkaptonuria")), 8: Entry(article(8))}
    desk.collect()
    rows = desk.bench.rows(ASTHMA)
    assert [(r["record_id"], r["title"], r["flags"]) for r in rows] == [
        ("pubmed:7", "Alkaptonuria", ["book"]),
        ("pubmed:8", "A title.", []),
    ]
    assert rows[0]["payload"].encode() == book(7, title="Alkaptonuria")


def test_a_refresh_with_nothing_new_is_two_requests(desk: Desk) -> None:
    desk.entrez.put(*range(1, 900))
    first = desk.collect()
    again = desk.collect()
    assert (again.requests, again.unchanged) == (2, True)
    assert again.stored.data_version == first.stored.data_version


def test_a_refresh_fetches_what_is_new_or_revised_and_drops_what_is_gone(desk: Desk) -> None:
    retraction = '<PublicationType UI="D016441">Retracted Publication</PublicationType>'
    desk.entrez.put(*range(1, 50))
    desk.entrez.put(3, types=retraction)
    desk.collect()
    desk.entrez.put(4, title="Revised", types=retraction)
    desk.entrez.entries[4].revised = "2999/01/01"
    desk.entrez.put(60)
    del desk.entrez.entries[9]
    desk.collect()
    assert desk.pmids() == [n for n in range(1, 50) if n != 9] + [60]
    assert {r["record_id"]: r["title"] for r in desk.bench.rows(ASTHMA)}["pubmed:4"] == "Revised"
    [fetch] = [form for utility, form in desk.entrez.asked if utility == "efetch"]
    assert sorted(fetch["id"].split(",")) == ["4", "60"]
    assert [w["record_id"] for w in desk.bench.rows(ASTHMA, "withdrawals")] == ["pubmed:3", "pubmed:4"]


def test_a_refresh_gives_the_version_that_collecting_anew_gives(desk: Desk) -> None:
    desk.entrez.put(*range(1, 20))
    desk.collect()
    desk.entrez.put(30)
    refreshed = desk.collect()
    anew = desk.collect(Slice("pubmed", "anew", {"term": "asthma"}, ""))
    assert refreshed.stored.data_version == anew.stored.data_version


def test_a_killed_collection_goes_on_with_the_next_batch(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eutils, "BATCH", 10)
    desk.entrez.put(*range(1, 46))
    desk.entrez.instead = {"efetch": [None, None, Response("{}", 403)]}
    with pytest.raises(UpstreamRefused):
        desk.collect()
    report = desk.collect()
    assert report.replayed == 3  # the search and two batches
    assert desk.entrez.requests() == {"efetch": 3}
    assert desk.pmids() == list(range(1, 46))


def test_the_sandbox_speaks_the_same_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asthmatic = [citation(n, abstract="On wheezing.", mesh=("Asthma",)) for n in range(1, 6)]
    kit = write_kit(tmp_path / "kit", asthmatic, [citation(9, mesh=("Gout",))])
    wanted = Slice("pubmed", "asthma", {"term": "asthma[MeSH Terms] AND hasabstract[Filter]"}, "")
    with workbench(tmp_path, monkeypatch, kit) as bench:
        for fault in ("in_band_limit", "expired_history"):
            bench.spoil(fault, "/eutils/efetch.fcgi")
        bench.spoil("moving_total", "/eutils/esearch.fcgi", count=None)
        assert bench.collect(wanted).counts["records"] == 5
