"""The label endpoint and the bulk files of the sandbox, against openFDA's contract."""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

LABEL = "/fda/drug/label.json"


@pytest.fixture(autouse=True)
def labels(write: Callable[[str, object], Path]) -> None:
    """Nine labels, three of each year."""
    entries = [
        {"set_id": f"set-{n}", "id": f"id-{n}", "version": "1", "effective_time": f"{2022 + n % 3}010{n + 1}"}
        for n in range(9)
    ]
    write("fda/one.json", entries[:5])
    write("fda/two.json", entries[5:])


def walk(client: TestClient, **params: object) -> tuple[list[str], int, int]:
    """Set ids met by following the links, requests made, and the last status."""
    met: list[str] = []
    reply = client.get(LABEL, params={k: str(v) for k, v in params.items()})
    requests = 1
    while True:
        met += [label["set_id"] for label in reply.json().get("results", [])]
        if "link" not in reply.headers:
            return met, requests, reply.status_code
        reply = client.get(reply.links["next"]["url"])
        requests += 1


def test_a_reply_has_meta_with_the_sample_licence_and_one_result_by_default(client: TestClient) -> None:
    body = client.get(LABEL).json()
    assert "medai-sample" in body["meta"]["license"]
    assert body["meta"]["results"] == {"skip": 0, "limit": 1, "total": 9}
    assert len(body["results"]) == 1


@pytest.mark.parametrize("limit", [1, 2, 4, 7])
def test_a_walk_by_cursor_meets_every_record_once(client: TestClient, limit: int) -> None:
    met, _, _ = walk(client, limit=limit, sort="effective_time:asc")
    assert sorted(met) == [f"set-{n}" for n in range(9)]


def test_a_total_that_is_a_multiple_of_the_limit_ends_with_a_link_to_404(client: TestClient) -> None:
    met, requests, status = walk(client, limit=3)
    assert (len(met), requests, status) == (9, 4, 404)


def test_a_single_full_page_that_is_everything_has_no_link(client: TestClient) -> None:
    assert walk(client, limit=9)[1:] == (1, 200)


def test_the_link_never_carries_the_key(client: TestClient) -> None:
    reply = client.get(LABEL, params={"limit": "2", "api_key": "planted"})
    query = parse_qs(urlsplit(reply.links["next"]["url"]).query)
    assert "search_after" in query
    assert "api_key" not in query


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("foo=1", 400, "Invalid parameter: foo"),
        ("limit=1001", 400, "Limit cannot exceed 1000"),
        ("limit=many", 400, "limit is a number"),
        ("sort=warnings:asc", 400, "Sorting allowed by non-analyzed fields only"),
        ("search=effective_time:[19990101 TO 19991231]", 404, "No matches found!"),
        ("search=a%2BAND%2Bb", 500, "Check your request and try again"),
    ],
)
def test_errors_are_in_the_services_words(client: TestClient, query: str, status: int, message: str) -> None:
    reply = client.get(f"{LABEL}?{query}")
    assert reply.status_code == status
    assert message in reply.json()["error"]["message"]


def test_a_year_is_selected_by_effective_time(client: TestClient) -> None:
    met, _, _ = walk(client, limit=100, search="effective_time:[20230101 TO 20231231]")
    assert met == ["set-1", "set-4", "set-7"]


def test_the_remaining_allowance_goes_down(client: TestClient) -> None:
    first, second = (int(client.get(LABEL).headers["X-RateLimit-Remaining"]) for _ in range(2))
    assert second == first - 1


def test_the_bulk_manifest_names_parts_that_hold_every_record(client: TestClient) -> None:
    listed = client.get("/fda-download/download.json").json()["results"]["drug"]["label"]
    met = []
    for part in listed["partitions"]:
        body = client.get(part["file"]).content
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            content = json.loads(archive.read(archive.namelist()[0]))
        assert set(content) == {"meta", "results"}
        assert len(content["results"]) == part["records"]
        met += [label["set_id"] for label in content["results"]]
    assert len(met) == listed["total_records"] == 9
    assert isinstance(listed["partitions"][0]["size_mb"], str)


def test_an_unchanged_part_is_not_sent_again(client: TestClient) -> None:
    part = client.get("/fda-download/download.json").json()["results"]["drug"]["label"]["partitions"][0]
    tag = client.get(part["file"]).headers["ETag"]
    assert client.get(part["file"], headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("zone", ["East-14", "West12"])
def test_the_day_of_a_change_is_that_of_utc(
    zone: str, client: TestClient, records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """West of Greenwich a record that was edited in the evening was of the day before the collection that had not met it."""
    for path in (records / "fda").glob("*.json"):
        os.utime(path, (1_718_449_200, 1_718_449_200))  # 2024-06-15, eleven
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        told = client.get(LABEL).json()["meta"]["last_updated"]
        listed = client.get("/fda-download/download.json").json()["results"]["drug"]["label"]["export_date"]
    time.tzset()
    assert (told, listed) == ("2024-06-15", "2024-06-15")
