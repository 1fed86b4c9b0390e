"""NHS pages: complete, verbatim, refreshed by the manifest, and never older than seven days unnoticed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from medai_assets.foundation.slices import Slice
from medai_assets.sources.nhs.collect import entry_of, path_of
from medai_assets.sources.nhs.source import SOURCE
from medai_assets.transport.errors import CollectionFailed, UpstreamRefused
from medai_assets_tests.bench import Bench, workbench

HOST = "https://api.service.nhs.uk/nhs-website-content"
CONDITIONS = Slice("nhs", "conditions", {"section": "conditions"}, "")


def page(path: str, modified: str = "2025-01-01T00:00:00+00:00", **further: Any) -> dict[str, Any]:
    return {
        "name": path.rpartition("/")[2].title(),
        "url": f"{HOST}/{path}/",
        "webpage": f"https://www.nhs.uk/{path}/",
        "license": "https://developer.api.nhs.uk/terms",
        "copyrightHolder": {"name": "Crown Copyright"},
        "dateModified": modified,
        "hasPart": [],
        "mainEntityOfPage": [{"text": "<p>Text.</p>"}],
        **further,
    }


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A dozen conditions and a hundred medicines, so that the manifest has two pages."""
    with workbench(tmp_path, monkeypatch) as ready:
        for number in range(12):
            ready.write(f"nhs/conditions/c-{number:03d}.json", page(f"conditions/c-{number:03d}"))
        for number in range(100):
            ready.write(f"nhs/medicines/m-{number:03d}.json", page(f"medicines/m-{number:03d}"))
        yield ready


def test_every_page_of_the_section_and_no_other(bench: Bench) -> None:
    report = bench.collect(CONDITIONS)
    assert report.counts["records"] == 12
    assert [row["record_id"] for row in bench.rows(CONDITIONS)][:2] == [
        "nhs:conditions/c-000",
        "nhs:conditions/c-001",
    ]
    assert report.requests == 2 + 12


def test_a_record_says_where_it_comes_from_and_under_which_terms(bench: Bench) -> None:
    bench.collect(CONDITIONS)
    row = bench.rows(CONDITIONS)[0]
    assert row["url"] == "https://www.nhs.uk/conditions/c-000/"
    assert row["request"] == "sandbox:/nhs/conditions/c-000/"
    assert (row["licence"], row["sample"]) == ("OGL-UK-3.0", False)
    assert row["attribution"] == "From www.nhs.uk. Crown Copyright, Open Government Licence v3.0"
    assert (row["title"], row["language"], row["updated_at"]) == ("C-000", "en", "2025-01-01")


def test_the_payload_is_the_page_as_it_came(bench: Bench) -> None:
    bench.collect(CONDITIONS)
    assert json.loads(bench.rows(CONDITIONS)[7]["payload"]) == page("conditions/c-007")


def test_a_refresh_with_nothing_new_costs_the_manifest_alone(bench: Bench) -> None:
    first = bench.collect(CONDITIONS)
    rows = bench.rows(CONDITIONS)
    again = bench.collect(CONDITIONS)
    assert again.requests == 2
    assert again.unchanged
    assert again.stored.data_version == first.stored.data_version
    assert bench.rows(CONDITIONS) == rows


def test_a_refresh_fetches_what_changed_and_drops_what_is_gone(bench: Bench) -> None:
    before = bench.collect(CONDITIONS)
    bench.write(
        "nhs/conditions/c-003.json", page("conditions/c-003", "2025-02-02T00:00:00+00:00", name="Changed")
    )
    bench.write("nhs/conditions/new.json", page("conditions/new"))
    (bench.records / "nhs/conditions/c-004.json").unlink()
    bench.asked("nhs")
    report = bench.collect(CONDITIONS)
    fetched = {path for path in bench.asked("nhs") if "manifest" not in path}
    assert fetched == {"/nhs/conditions/c-003/", "/nhs/conditions/new/"}
    rows = {row["record_id"]: row for row in bench.rows(CONDITIONS)}
    assert rows["nhs:conditions/c-003"]["title"] == "Changed"
    assert "nhs:conditions/c-004" not in rows
    assert "nhs:conditions/new" in rows
    assert report.stored.data_version != before.stored.data_version


def test_the_order_of_the_manifest_is_no_content(bench: Bench, tmp_path: Path) -> None:
    first = bench.collect(CONDITIONS)
    names = sorted(path.name for path in (bench.records / "nhs/conditions").iterdir())
    for name in reversed(names):  # the same pages under other file names come in another order
        path = bench.records / "nhs/conditions" / name
        path.rename(path.with_name(f"z{999 - int(name[2:5]):03d}.json"))
    again = bench.collect(CONDITIONS, code_version="2")
    assert again.requests == 14
    assert again.stored.data_version == first.stored.data_version


def test_a_limit_takes_the_first_pages_by_path(bench: Bench) -> None:
    limited = bench.settings.model_copy(update={"slice_limit": 5})
    assert bench.collect(CONDITIONS, settings=limited).counts["records"] == 5
    assert [row["record_id"][-3:] for row in bench.rows(CONDITIONS)] == ["000", "001", "002", "003", "004"]


def test_the_key_goes_into_a_header_and_nowhere_else(bench: Bench, tmp_path: Path) -> None:
    bench.collect(
        CONDITIONS, settings=bench.settings.model_copy(update={"nhs_api_key": SecretStr("planted-key")})
    )
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 12
    assert not [path for path in files if b"planted-key" in path.read_bytes()]


def test_a_page_without_a_name_is_set_aside_with_its_reason(bench: Bench) -> None:
    bench.write("nhs/conditions/c-005.json", page("conditions/c-005", mainEntityOfPage=None, hasPart=None))
    report = bench.collect(CONDITIONS, settings=bench.settings.model_copy(update={"max_rejected_share": 0.1}))
    assert report.rejected_reasons == {"page without a field it must have": 1}
    rejected = bench.rows(CONDITIONS, "rejected")[0]
    assert rejected["record_id"] == "nhs:conditions/c-005"
    assert rejected["detail"] == "neither hasPart nor mainEntityOfPage is a list"
    assert json.loads(rejected["payload"])["name"] == "C-005"


def test_too_many_unreadable_pages_stop_the_slice(bench: Bench) -> None:
    bench.collect(CONDITIONS)
    for number in range(6):
        bench.write(
            f"nhs/conditions/c-{number:03d}.json",
            page(f"conditions/c-{number:03d}", "2025-03-01", hasPart=1, mainEntityOfPage=1),
        )
    with pytest.raises(CollectionFailed, match="6 of 12 records could not be read"):
        bench.collect(CONDITIONS)
    assert len(bench.rows(CONDITIONS)) == 12


def test_a_section_that_shrinks_does_not_replace_good_data(bench: Bench) -> None:
    bench.collect(CONDITIONS)
    for path in sorted((bench.records / "nhs/conditions").iterdir())[:6]:
        path.unlink()
    with pytest.raises(CollectionFailed, match="only 6 records where there were 12"):
        bench.collect(CONDITIONS)
    assert bench.collect(CONDITIONS, force_shrink=True).counts["records"] == 6


def test_a_page_that_vanished_after_the_manifest_was_read_is_set_aside(bench: Bench) -> None:
    bench.spoil("gone", "/nhs/conditions/c-004/")
    report = bench.collect(CONDITIONS, settings=bench.settings.model_copy(update={"max_rejected_share": 0.1}))
    assert report.rejected_reasons == {"page listed but not there": 1}
    assert report.counts["records"] == 11


def test_pages_of_others_are_marked(bench: Bench) -> None:
    bench.write("nhs/conditions/c-000.json", page("conditions/c-000", license="https://example.org/other"))
    bench.collect(CONDITIONS)
    row = bench.rows(CONDITIONS)[0]
    assert (row["licence"], row["flags"]) == ("LicenseRef-Third-Party", ["third_party"])


def test_samples_are_marked_as_such(bench: Bench) -> None:
    bench.write(
        "nhs/conditions/c-000.json",
        page(
            "conditions/c-000", license="medai-sample: ...", copyrightHolder={"name": "medai-assets sample"}
        ),
    )
    bench.collect(CONDITIONS)
    row = bench.rows(CONDITIONS)[0]
    assert (row["licence"], row["sample"]) == ("LicenseRef-medai-sample", True)
    assert row["attribution"] == "medai-assets sample"


def test_a_refused_key_is_said_at_once_and_the_last_good_slice_stays(bench: Bench) -> None:
    bench.collect(CONDITIONS)
    bench.spoil("key_refused", "/nhs/manifest/*", count=None)
    with pytest.raises(UpstreamRefused, match="NHS_API_KEY"):
        bench.collect(CONDITIONS)
    assert len(bench.rows(CONDITIONS)) == 12


def test_seven_days_after_the_last_refresh_a_snapshot_is_stale() -> None:
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert not SOURCE.is_too_old(now - timedelta(days=7), now)
    assert SOURCE.is_too_old(now - timedelta(days=7, seconds=1), now)
    assert SOURCE.too_old("conditions", now - timedelta(days=9), now) == (
        "the slice nhs conditions was last refreshed 9 days ago (2026-03-01); the terms of NHS England ask for a refresh "
        "every 7 days. Collect it again: medai collect nhs conditions"
    )


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://api.service.nhs.uk/nhs-website-content/conditions/acne/", "conditions/acne"),
        ("https://api.service.nhs.uk/social-care-and-support/", "social-care-and-support"),
        (
            "https://int.api.service.nhs.uk/nhs-website-content/live-well/eat-well/salt/",
            "live-well/eat-well/salt",
        ),
    ],
)
def test_paths_come_out_of_addresses_with_and_without_the_apis_prefix(url: str, path: str) -> None:
    assert path_of(url) == path


@pytest.mark.real_data
def test_the_recorded_manifest_is_read_to_the_last_entry(real_data: Path) -> None:
    recorded = json.loads((real_data / "nhs/manifest-pages-root-page-1.json").read_text())
    entries = [entry_of(item) for item in recorded["results"]]
    assert len(entries) == 100
    assert all(path and entry.modified and entry.webpage for path, entry in entries)


@pytest.mark.real_data
def test_recorded_pages_are_kept_to_the_byte(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded: dict[str, Any] = {}
    for path in sorted((real_data / "nhs").glob("*-no-params.json")):
        content = json.loads(path.read_text())
        section, _, rest = path_of(content.get("url", "")).partition("/")
        if rest:
            recorded[f"{section}/{rest}"] = content
    assert len(recorded) >= 15
    with workbench(tmp_path, monkeypatch) as bench:
        for name, content in recorded.items():
            bench.write(f"nhs/{name}.json", content)
        for section in {name.partition("/")[0] for name in recorded}:
            wanted = Slice("nhs", section, {"section": section}, "")
            report = bench.collect(wanted)
            assert report.rejected_reasons == {}
            for row in bench.rows(wanted):
                assert json.loads(row["payload"]) == recorded.pop(row["record_id"].removeprefix("nhs:"))
                assert row["licence"] == "OGL-UK-3.0"
                assert row["url"].startswith("https://www.nhs.uk/")
    assert not recorded
