"""The lists of examples and of what was set aside: every count is that of the rows it leads to."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from medai_assets.lineage.page import browse, rows
from medai_assets.lineage.page.app import create_app
from medai_assets.lineage.page.page_context import PAGE_ROWS
from medai_assets_tests.lineage.library import Library

OWN = "http://127.0.0.1:3070"


def _set_aside(source: str, step: str, reason: str, text: str, record: str) -> dict[str, object]:
    origin = {
        "record_id": record, "source": source, "slice": "2024", "version": "1", "url": "https://x.example",
        "licence": "CC0-1.0", "attribution": "x", "sample": False,
    }  # fmt: skip
    return {
        "stage": "instruction_dataset", "step": step, "reason": reason, "detail": None, "passage_id": None,
        "source": source, "text": text, "origins": [origin],
    }  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    library = Library.at(tmp_path_factory.mktemp("browse"))
    library.mixture["questions"] = 8
    library.removed = [
        _set_aside("fda", "verification", "urgency_kept", "=cmd() Call 911 for fainting.", "fda:aaa"),
        _set_aside("fda", "verification", "urgency_kept", "Rest.", "fda:bbb"),
        _set_aside("nhs", "verification", "whole", "Call 999 and", "nhs:/symptoms/cough"),
        _set_aside("nhs", "rules", "no rule fits this history", "", "nhs:/symptoms/cough"),
    ]
    library.materialize()
    with TestClient(create_app(library.settings), base_url=OWN) as client:
        yield client


def heading(page: TestClient, address: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page.get(address).text)
    assert found is not None
    return found[1]


def test_without_vectors_what_is_asked_by_meaning_is_looked_for_by_words(page: TestClient) -> None:
    text = page.get("/examples", params={"meaning": "metformin"}).text
    assert "only words are compared" in text
    assert heading(page, "/examples?meaning=metformin") == heading(page, "/examples?q=metformin")


def test_the_closest_in_meaning_are_listed_in_their_order_and_narrowed_like_others(
    page: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Found:
        def closest(self, what: str, text: str, limit: int) -> list[tuple[int, float]]:
            return [(5, 0.9), (2, 0.8), (3, 0.7)]

    monkeypatch.setattr(browse, "meaning", lambda index, settings, make: Found())
    prompts = [row[2] for row in csv.reader(io.StringIO(page.get("/examples.csv?meaning=x").text))]
    every = [row[2] for row in csv.reader(io.StringIO(page.get("/examples.csv").text))][1:]
    assert prompts[1:] == [every[number] for number in (5, 2, 3)]
    assert heading(page, "/examples?meaning=x") == "3 examples"
    assert heading(page, "/examples?meaning=x&source=fda&q=zyzzyva") == "0 examples"


def test_a_search_shows_what_means_the_like_below_what_holds_the_words(
    page: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Found:
        def closest(self, what: str, text: str, limit: int) -> list[tuple[int, float]]:
            return [(number, 0.5) for number in range(40)][:limit]

    without = page.get("/search?q=zyzzyva").text
    assert "only words are compared" in without
    assert "only words are compared" not in page.get("/search?q=metformin").text
    monkeypatch.setattr(rows, "meaning", lambda index, settings, make: Found())
    text = page.get("/search?q=metformin").text
    by_words, close = (
        set(re.findall(r'href="/example/(\w+)', part)) for part in text.split("Close in meaning")
    )
    assert by_words
    assert len(close) == 8
    assert not by_words & close
    assert "/examples?meaning=metformin" in text
    assert "Close in meaning" not in page.get("/search?q=").text
    assert "Close in meaning" not in page.get("/search?q=metformin&page=2").text


@pytest.mark.parametrize("address", ["/examples", "/set-aside"])
def test_every_count_of_a_choice_is_that_of_the_rows_it_leads_to(page: TestClient, address: str) -> None:
    text, seen = page.get(address).text, 0
    for facet, options in re.findall(r'<select name="(\w+)">(.*?)</select>', text, re.S):
        for value, count in re.findall(r'<option value="([^"]+)">[^<]*\(([0-9,]+)\)', options):
            narrowed = page.get(address, params={facet: html.unescape(value)}).text
            assert re.search(rf"<h1>{count} ", narrowed), (facet, value)
            rows = page.get(f"{address}.csv", params={facet: html.unescape(value)}).text
            assert len(list(csv.DictReader(io.StringIO(rows)))) == int(count)
            seen += 1
    assert seen >= (15 if address == "/examples" else 7)


@pytest.mark.parametrize("start", ["/", "/record/fda:aaa", "/source/nhs"])
def test_every_number_that_is_a_link_leads_to_that_many_rows(page: TestClient, start: str) -> None:
    text = page.get(start).text
    assert not re.findall(r'<td class="number"[^>]*>[1-9][0-9,]*</td>', text), "a count that leads to no rows"
    counted = re.findall(r'<a href="(/examples[^"]*)">([0-9,]+)</a>', text)
    assert counted
    for address, count in counted:
        assert heading(page, html.unescape(address)).startswith(f"{count} example"), address


def test_choices_narrow_together_and_each_can_be_let_go(page: TestClient) -> None:
    both = "/examples?source=fda&kind=drug_information"
    assert heading(page, both) == "12 examples"
    text = page.get(both).text
    for address in ("/examples?kind=drug_information", "/examples?source=fda"):
        assert f'href="{html.escape(address)}"' in text
    assert heading(page, "/examples?record=fda:aaa&split=train") == "8 examples"
    assert heading(page, "/examples?source=nowhere") == "0 examples"


def test_words_are_looked_for_in_questions_and_answers(page: TestClient) -> None:
    assert heading(page, "/examples?q=metformin+meals") == "8 examples"
    assert heading(page, "/examples?q=metformin&kind=question_answer") == "4 examples"
    assert heading(page, "/examples?q=%22") == "0 examples"


def test_what_was_set_aside_is_found_by_property_and_words(page: TestClient) -> None:
    assert heading(page, "/set-aside?reason=urgency_kept") == "2 set aside"
    assert heading(page, "/set-aside?q=call") == "2 set aside"
    assert heading(page, "/set-aside?q=CALL&reason=urgency_kept") == "1 set aside"
    assert "/record/fda%3Aaaa" in page.get("/set-aside?reason=urgency_kept").text


def test_a_long_list_has_pages_that_stay_narrowed(page: TestClient) -> None:
    first = page.get("/examples?kind=question_answer")
    assert first.text.count("/example/") == min(PAGE_ROWS, 20)
    everything = page.get("/examples").text
    assert everything.count('href="/example/') == PAGE_ROWS
    following = page.get("/examples?page=2").text
    assert following.count('href="/example/') == 41 - PAGE_ROWS


def test_a_cell_is_never_calculated_by_a_spreadsheet(page: TestClient) -> None:
    reply = page.get("/set-aside.csv?q=fainting")
    assert reply.headers["content-disposition"] == 'attachment; filename="set-aside.csv"'
    (row,) = csv.DictReader(io.StringIO(reply.text))
    assert row["text"] == "'=cmd() Call 911 for fainting."
    assert (row["records"], row["licences"]) == ("fda:aaa", "CC0-1.0")


def test_the_csv_tells_records_and_licences(page: TestClient) -> None:
    rows = list(csv.DictReader(io.StringIO(page.get("/examples.csv?record=fda:aaa").text)))
    assert {row["records"] for row in rows} == {"fda:aaa"}
    assert {row["licences"] for row in rows} == {"CC0-1.0"}
    assert all(row["completion"].startswith("Take metformin with meals.") for row in rows)


def test_a_store_without_a_data_set_says_so(tmp_path: Path) -> None:
    with TestClient(create_app(Library.at(tmp_path).settings), base_url=OWN) as client:
        for address in ("/examples", "/set-aside", "/examples.csv"):
            reply = client.get(address)
            assert reply.status_code == 404
            assert "That is not here" in reply.text
