"""openFDA's labels against the sandbox: whole walks, the newest versions, and what happens when the service misbehaves."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from medai_assets.foundation.slices import Slice
from medai_assets.sandbox.faults import Fault, Faults
from medai_assets.sandbox.files import PACKAGED
from medai_assets.sandbox.server import running_sandbox
from medai_assets.settings import Settings
from medai_assets.sources.collection import CollectionReport, collect_slice
from medai_assets.sources.fda import collect as fda_collect
from medai_assets.sources.fda import walk as fda_walk
from medai_assets.sources.fda.bulk import export_of
from medai_assets.sources.fda.collect import dates_of, licence_of_meta
from medai_assets.sources.fda.labels import Labels, LabelSource
from medai_assets.sources.registry import sandbox_endpoints
from medai_assets.storage import Store
from medai_assets.transport.errors import ReplyInvalid, UpstreamRefused
from medai_assets.transport.reply import Reply

YEAR = Slice("fda", "2024", {"effective_time": "2024"}, "2024")
BULK = Slice("fda", "2024", {"effective_time": "2024", "via": "bulk"}, "2024")
PAGE = 7


class OpenFda:
    """A sandbox whose labels and faults a test may change, and the collection against it."""

    def __init__(self, settings: Settings, faults: Faults, store: Store, folder: Path) -> None:
        self.settings, self.faults, self.store, self.folder = settings, faults, store, folder

    def collect(self, slice: Slice = YEAR, **options: Any) -> CollectionReport:
        changes = {name: options.pop(name) for name in list(options) if name in Settings.model_fields}
        settings = self.settings.model_copy(update=changes)
        return collect_slice(slice, settings=settings, store=self.store, **{"code_version": "1", **options})

    def fail(self, *faults: str) -> None:
        for fault in faults:
            self.faults.add(Fault.parse(fault))

    def labels(self, year: str = "2024") -> list[dict[str, Any]]:
        every = [label for path in self.folder.glob("*.json") for label in json.loads(path.read_text())]
        return [label for label in every if label["effective_time"].startswith(year)]

    def add(self, *labels: dict[str, Any]) -> None:
        number = len(list(self.folder.iterdir()))
        (self.folder / f"zz{number}.json").write_text(json.dumps(labels))


@pytest.fixture
def openfda(
    settings: Settings, store: Store, unhurried: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OpenFda]:
    monkeypatch.setattr(fda_walk, "PAGE", PAGE)
    folder = settings.sandbox_records / "fda"
    shutil.copytree(PACKAGED / "fda", folder)
    # an export of no day that a collection has seen the end of, also at midnight and in an old checkout
    changed(folder, 1)
    faults = Faults()
    with ExitStack() as stack:
        base = stack.enter_context(running_sandbox(settings, faults))
        yield OpenFda(settings.with_endpoints(sandbox_endpoints(base)), faults, store, folder)


def changed(folder: Path, days: int) -> None:
    """The labels were changed so many days from now."""
    moment = time.time() + days * 24 * 3600
    for path in folder.glob("*.json"):
        os.utime(path, (moment, moment))


def ids(report: CollectionReport) -> list[str]:
    return sorted(report.stored.table("records")["record_id"].to_pylist())


def test_a_walk_brings_every_label_of_the_year_once(openfda: OpenFda) -> None:
    report = openfda.collect()
    wanted = openfda.labels()
    assert len(wanted) > 2 * PAGE
    assert ids(report) == sorted(f"fda:{label['set_id']}" for label in wanted)
    assert report.requests == -(-len(wanted) // PAGE)
    by_id = {f"fda:{label['set_id']}": label for label in wanted}
    for row in report.stored.table("records").to_pylist():
        assert json.loads(row["payload"]) == by_id[row["record_id"]]
        assert row["version"] == by_id[row["record_id"]]["version"]
        assert row["url"] == f"sandbox:{row['record_id']}"
        assert (row["licence"], row["sample"]) == ("LicenseRef-medai-sample", True)


def test_a_label_leads_to_its_page_at_dailymed(openfda: OpenFda, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fda_collect, "licence_of_meta", lambda meta: ("CC0-1.0", False))
    row = openfda.collect().stored.table("records").to_pylist()[0]
    set_id = row["record_id"].removeprefix("fda:")
    assert row["url"] == f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={set_id}"


def test_a_last_page_that_is_full_ends_with_404(openfda: OpenFda, monkeypatch: pytest.MonkeyPatch) -> None:
    total = len(openfda.labels())
    size = next(n for n in range(6, 0, -1) if total % n == 0)
    monkeypatch.setattr(fda_walk, "PAGE", size)
    report = openfda.collect()
    assert (report.counts["records"], report.requests) == (total, total // size + 1)


def test_no_hits_are_no_error_and_no_retry(openfda: OpenFda) -> None:
    report = openfda.collect(Slice("fda", "1999", {"effective_time": "1999"}, ""))
    assert (report.counts["records"], report.requests, report.retries) == (0, 1, 0)


def test_the_bulk_export_brings_the_same_content(openfda: OpenFda) -> None:
    walked, bulk = openfda.collect(), openfda.collect(BULK)
    assert bulk.stored.data_version == walked.stored.data_version
    other_year = openfda.collect(Slice("fda", "2023", {"effective_time": "2023", "via": "bulk"}, ""))
    assert other_year.counts["records"] == len(openfda.labels("2023"))
    assert other_year.requests == 1, "the parts are on disk already"


def test_a_limit_is_kept(openfda: OpenFda) -> None:
    report = openfda.collect(slice_limit=3)
    assert (report.counts["records"], report.requests) == (3, 1)
    assert openfda.collect(BULK, slice_limit=3, force_shrink=True).counts["records"] == 3


@pytest.mark.parametrize("slice", [YEAR, BULK], ids=["walk", "bulk"])
def test_the_newest_version_wins_and_the_older_are_withdrawn(slice: Slice, openfda: OpenFda) -> None:
    label = openfda.labels()[0]
    openfda.add(label | {"version": "1000", "warnings": ["newer"]}, label | {"version": "999"})
    report = openfda.collect(slice)
    rows = [r for r in report.stored.table("records").to_pylist() if r["record_id"].endswith(label["set_id"])]
    assert [row["version"] for row in rows] == ["1000"]
    withdrawn = report.stored.table("withdrawals").to_pylist()
    assert {row["version"] for row in withdrawn} == {label["version"], "999"}
    assert {row["kind"] for row in withdrawn} == {"superseded"}
    assert "1000" in withdrawn[0]["reason"]


def test_a_version_collected_before_is_withdrawn_for_good(openfda: OpenFda) -> None:
    label = openfda.labels()[0]
    openfda.collect()
    for path in openfda.folder.glob("*.json"):
        content = json.loads(path.read_text())
        for entry in content:
            if entry["set_id"] == label["set_id"]:
                entry["version"] = "77"
        path.write_text(json.dumps(content))
    other, again = openfda.collect(), openfda.collect()
    for report in (other, again):
        (row,) = report.stored.table("withdrawals").to_pylist()
        assert (row["record_id"], row["version"]) == (f"fda:{label['set_id']}", label["version"])
    assert not other.unchanged
    assert again.unchanged


def test_a_refresh_with_nothing_new_costs_one_request(openfda: OpenFda) -> None:
    changed(openfda.folder, -9)
    first = openfda.collect()
    again = openfda.collect()
    assert again.unchanged
    assert (first.requests > 2, again.requests) == (True, 1)
    for path in openfda.folder.glob("*.json"):
        path.write_text(path.read_text().replace("tablets", "capsules"))
    assert not openfda.collect().unchanged
    assert openfda.collect().unchanged


@pytest.mark.parametrize(
    "fault",
    [
        "too_many_requests:/fda/*:1:1:1",
        "too_many_requests_without_header:/fda/*:2:1",
        "server_error:/fda/*:3:2",
        "unavailable:/fda/*:2",
        "cut_connection:/fda/*:1:1",
        "invalid_json:/fda/*:1:1",
        "repeated_page:/fda/*:1:1",
        "slow_body:/fda/*:1:1:0.5",
    ],
)
def test_nothing_is_lost_when_the_service_misbehaves(fault: str, openfda: OpenFda) -> None:
    wanted = sorted(f"fda:{label['set_id']}" for label in openfda.labels())
    openfda.fail(fault)
    report = openfda.collect()
    assert ids(report) == wanted
    assert report.retries >= 1 or fault.startswith("slow")


def test_a_total_that_moves_is_walked_once_more_and_then_told(openfda: OpenFda) -> None:
    openfda.fail("moving_total:/fda/*:*")
    report = openfda.collect(max_rejected_share=0.5)
    assert report.counts["records"] == len(openfda.labels())
    assert report.rejected_reasons == {"announced, not received": 1}


def test_a_label_whose_fields_changed_type_is_set_aside(openfda: OpenFda) -> None:
    openfda.fail("changed_types:/fda/*:1")
    report = openfda.collect(max_rejected_share=0.2)
    assert report.rejected_reasons["set_id is not a text"] == 1
    assert '"set_id":7' in report.stored.table("rejected").to_pylist()[0]["payload"]


def test_a_key_that_is_refused_stops_at_once(openfda: OpenFda) -> None:
    openfda.fail("key_refused:/fda/*:*")
    with pytest.raises(UpstreamRefused, match=r"403: An invalid api_key.*OPENFDA_API_KEY"):
        openfda.collect()


def test_a_label_that_is_unreadable_whenever_it_is_asked_for_is_set_aside_once(openfda: OpenFda) -> None:
    openfda.fail("changed_types:/fda/*:*")
    rows = openfda.collect(max_rejected_share=1.0).stored.table("rejected").to_pylist()
    payloads = [row["payload"] for row in rows if row["reason"] == "set_id is not a text"]
    assert len(set(payloads)) == len(payloads) > 0


def test_two_unreadable_labels_that_are_alike_are_two(openfda: OpenFda) -> None:
    openfda.add({"effective_time": "20240101"}, {"effective_time": "20240101"})
    assert openfda.collect(max_rejected_share=1.0).rejected_reasons["set_id is not a text"] == 2


@pytest.mark.parametrize(
    ("first", "second", "told"), [((2, 3), (3, 2), 5), ((2, 3), (3, 4), 7), ((1,), (), 1)]
)
def test_of_two_walks_the_second_adds_only_the_unreadable_that_the_first_lacked(
    openfda: OpenFda,
    monkeypatch: pytest.MonkeyPatch,
    first: tuple[int, ...],
    second: tuple[int, ...],
    told: int,
) -> None:
    def page(walk: int, alike: int) -> LabelSource:
        body = orjson.dumps({"meta": {}, "results": [None] * alike})
        return LabelSource(lambda: Labels([body]), f"a page of walk {walk}", datetime.now(UTC), walk=walk)

    pages = [page(walk, alike) for walk, counts in ((1, first), (2, second)) for alike in counts]
    monkeypatch.setattr(fda_walk.Walk, "pages", lambda _: pages)
    assert openfda.collect(max_rejected_share=1.0).counts["rejected"] == told


@pytest.mark.parametrize(
    ("partitions", "problem"), [([], "no partitions"), (["a/x.zip", "b/x.zip"], "a partition twice")]
)
def test_a_manifest_of_other_parts_is_refused(partitions: list[str], problem: str) -> None:
    label = {"export_date": "2026-11-01", "total_records": 1}
    label |= {"partitions": [{"file": f"https://a.b/{name}", "records": 1} for name in partitions]}
    body = json.dumps({"results": {"drug": {"label": label}}}).encode()
    reply = Reply("fda", 200, {}, body, "https://a.b/download.json", datetime.now(UTC))
    with pytest.raises(ReplyInvalid, match=f"it lists {problem}"):
        export_of(reply)


def test_a_part_cut_short_is_fetched_again(openfda: OpenFda) -> None:
    openfda.fail("truncated_file:/fda-download/drug/label/*:1")
    report = openfda.collect(BULK)
    assert (report.counts["records"], report.retries) == (len(openfda.labels()), 1)


def test_a_part_damaged_on_disk_is_fetched_anew(openfda: OpenFda) -> None:
    first = openfda.collect(BULK)
    for path in openfda.settings.work_dir.rglob("*.json.zip"):
        whole = path.read_bytes()
        path.write_bytes(whole[:300] + bytes([whole[300] ^ 0xFF]) + whole[301:])
    report = openfda.collect(BULK)
    assert report.counts["records"] == len(openfda.labels())
    assert (report.replayed, report.requests) == (first.requests - 3, 3), "no undamaged reply is asked again"
    assert openfda.collect(BULK).requests == 1, "the list of parts"


def test_a_killed_walk_goes_on_from_its_last_page(openfda: OpenFda) -> None:
    openfda.fail("key_refused:/fda/*:1:2")
    with pytest.raises(UpstreamRefused):
        openfda.collect()
    report = openfda.collect()
    pages = -(-len(openfda.labels()) // PAGE)
    assert (report.replayed, report.requests) == (2, pages - 2)


@pytest.mark.parametrize(
    ("digits", "span"),
    [
        ("2024", ("20240101", "20241231")),
        ("202402", ("20240201", "20240231")),
        ("20240229", ("20240229", "20240229")),
    ],
)
def test_a_year_a_month_or_a_day(digits: str, span: tuple[str, str]) -> None:
    assert dates_of(digits) == span
    with pytest.raises(ValueError, match="in digits"):
        dates_of(f"{digits}-")


@pytest.mark.parametrize(
    ("stated", "licence"),
    [
        ("https://open.fda.gov/license/", ("CC0-1.0", False)),
        ("medai-sample: labels", ("LicenseRef-medai-sample", True)),
        ("all rights reserved", ("LicenseRef-None-Stated", False)),
    ],
)
def test_the_licence_is_the_one_stated(stated: str, licence: tuple[str, bool]) -> None:
    assert licence_of_meta({"license": stated}) == licence
