"""The plan of faults, and each fault as a client meets it."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from starlette.testclient import TestClient

from medai_assets.sandbox.faults import KINDS, Fault, Faults
from medai_assets.sandbox.pubmed_index import BASELINE
from medai_assets.sandbox.server import create_app, running_sandbox
from medai_assets.settings import Settings
from medai_assets_tests.waiting import PATIENCE

LABEL = "/fda/drug/label.json"


@pytest.fixture
def plan() -> Faults:
    return Faults()


@pytest.fixture
def spoilt(
    records: Path, small_kit: Path, write: Callable[[str, object], Path], plan: Faults
) -> Iterator[TestClient]:
    """A client of a sandbox with four labels whose plan a test may fill."""
    labels = [{"set_id": f"s{n}", "effective_time": "20240101", "openfda": {}} for n in range(4)]
    write("fda/a.json", labels)
    with TestClient(create_app(records, small_kit, plan)) as client:
        yield client


def test_every_kind_says_what_it_does() -> None:
    assert all(KINDS.values())


def test_a_fault_is_read_from_text() -> None:
    fault = Fault.parse("too_many_requests:/fda/*:3:2:0.5")
    assert (fault.kind, fault.path, fault.count, fault.after, fault.value) == (
        "too_many_requests",
        "/fda/*",
        3,
        2,
        0.5,
    )
    assert Fault.parse("server_error:/nhs/*:*").count is None
    assert Fault.parse("server_error:/nhs/*").count == 1


@pytest.mark.parametrize(
    "text", ["server_error", "none:/fda/*", "server_error:/fda/*:x", "server_error:a:1:1:1:1"]
)
def test_what_is_no_fault_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"fault|invalid literal"):
        Fault.parse(text)


def test_a_rule_lets_some_pass_spoils_some_and_then_rests(spoilt: TestClient, plan: Faults) -> None:
    plan.add(Fault("server_error", "/fda/*", count=2, after=1))
    assert [spoilt.get(LABEL).status_code for _ in range(5)] == [200, 500, 500, 200, 200]


def test_other_upstreams_are_left_alone(spoilt: TestClient, plan: Faults) -> None:
    plan.add(Fault("server_error", "/fda/*", count=None))
    assert spoilt.get("/cdc/resources/media").status_code == 200
    plan.clear()
    assert spoilt.get(LABEL).status_code == 200


@pytest.mark.parametrize(
    ("kind", "path", "status", "words"),
    [
        ("too_many_requests", LABEL, 429, "OVER_RATE_LIMIT"),
        ("too_many_requests", "/eutils/esearch.fcgi", 429, "API rate limit exceeded"),
        ("too_many_requests_without_header", "/nhs/conditions/", 429, "TOO_MANY_REQUESTS"),
        ("in_band_limit", "/eutils/efetch.fcgi", 200, "API rate limit exceeded"),
        ("server_error", LABEL, 500, "SERVER_ERROR"),
        ("unavailable", "/cdc/resources/media", 503, "Unavailable"),
        ("key_refused", LABEL, 403, "API_KEY_INVALID"),
        ("key_refused", "/eutils/esearch.fcgi", 400, "API key invalid"),
        ("key_refused", "/nhs/conditions/", 401, "API key invalid"),
        ("expired_history", "/eutils/efetch.fcgi", 400, "<ERROR>"),
    ],
)
def test_refusals_are_in_the_services_own_words(
    spoilt: TestClient, plan: Faults, kind: str, path: str, status: int, words: str
) -> None:
    plan.add(Fault(kind, path))
    reply = spoilt.get(path)
    assert reply.status_code == status
    assert words in reply.text


def test_only_one_of_the_two_refusals_says_when_to_come_back(spoilt: TestClient, plan: Faults) -> None:
    plan.add(Fault("too_many_requests", LABEL, value=2))
    plan.add(Fault("too_many_requests_without_header", LABEL))
    assert spoilt.get(LABEL).headers["Retry-After"] == "2"
    assert "Retry-After" not in spoilt.get(LABEL).headers


def test_a_truncated_file_has_a_length_that_fits_and_does_not_unpack(
    spoilt: TestClient, plan: Faults
) -> None:
    path = f"/ncbi-ftp/pubmed/baseline/{BASELINE}"
    plan.add(Fault("truncated_file", path))
    reply = spoilt.get(path)
    assert int(reply.headers["Content-Length"]) == len(reply.content)
    with pytest.raises(EOFError):
        gzip.decompress(reply.content)


def test_a_wrong_md5_keeps_its_form(spoilt: TestClient, plan: Faults) -> None:
    path = f"/ncbi-ftp/pubmed/baseline/{BASELINE}.md5"
    plan.add(Fault("wrong_md5", path))
    assert spoilt.get(path).text == f"MD5({BASELINE})= {'0' * 32}\n"


def test_invalid_json_comes_with_status_200(spoilt: TestClient, plan: Faults) -> None:
    plan.add(Fault("invalid_json", LABEL))
    reply = spoilt.get(LABEL)
    assert reply.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
        reply.json()


def test_fields_change_their_types_in_the_first_record_only(spoilt: TestClient, plan: Faults) -> None:
    plan.add(Fault("changed_types", LABEL))
    first, second = spoilt.get(f"{LABEL}?limit=2").json()["results"]
    assert isinstance(first["effective_time"], list)
    assert isinstance(second["effective_time"], str)


def test_the_total_moves_with_every_page(spoilt: TestClient, plan: Faults) -> None:
    plan.add(Fault("moving_total", LABEL, count=None))
    totals = [spoilt.get(LABEL).json()["meta"]["results"]["total"] for _ in range(3)]
    assert totals == [5, 6, 7]


def test_a_page_repeats_with_the_next_pages_header(spoilt: TestClient, plan: Faults) -> None:
    plan.add(Fault("repeated_page", LABEL, after=1))
    first = spoilt.get(f"{LABEL}?limit=1")
    second = spoilt.get(first.links["next"]["url"])
    assert second.json() == first.json()
    assert second.links != first.links
    assert spoilt.get(second.links["next"]["url"]).json() != first.json()


def test_a_cut_connection_is_an_error_for_the_client(settings: Settings) -> None:
    with (
        running_sandbox(settings, Faults.parse(f"cut_connection:{LABEL}")) as base,
        pytest.raises(requests.exceptions.ChunkedEncodingError),
    ):
        requests.get(f"{base}{LABEL}", timeout=PATIENCE)


def test_a_slow_body_takes_its_time_and_is_whole(settings: Settings) -> None:
    with running_sandbox(settings, Faults.parse(f"slow_body:{LABEL}:1:0:0.4")) as base:
        started = time.monotonic()
        slow = requests.get(f"{base}{LABEL}", timeout=PATIENCE).json()
        assert time.monotonic() - started > 0.35
        assert slow == requests.get(f"{base}{LABEL}", timeout=PATIENCE).json()
