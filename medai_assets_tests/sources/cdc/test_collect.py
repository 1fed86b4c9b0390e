"""CDC media: by topic, with their HTML, refreshed by what was updated since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from medai_assets.foundation.slices import Slice
from medai_assets.sources.cdc.collect import is_media, topic_slug, version_of
from medai_assets.transport.errors import CollectionFailed, UpstreamRefused
from medai_assets_tests.bench import Bench, workbench

FLU = Slice("cdc", "flu-vaccines", {"topic": "flu-vaccines"}, "")


def record(number: int, updated: str | None = "2025-01-01T00:00:00Z", **further: Any) -> dict[str, Any]:
    media = {
        "id": number,
        "name": f"Media {number}",
        "mediaType": "HTML",
        "language": {"name": "English", "isoCode": "eng"},
        "tags": [{"id": 7, "name": "Flu & Vaccines", "type": "Topic"}],
        "source": {"name": "Centers for Disease Control and Prevention", "acronym": "CDC"},
        "attribution": None,
        "targetUrl": f"https://www.cdc.gov/flu/{number}.html",
        "dateContentUpdated": updated,
        **further,
    }
    return {"media": media, "syndicate": {"mediaId": number, "content": f"<p>Text of {number}.</p>"}}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Ten media of the topic and one of another."""
    with workbench(tmp_path, monkeypatch) as ready:
        for number in range(1, 11):
            ready.write(f"cdc/{number}.json", record(number, f"2025-01-{number:02d}T08:00:00Z"))
        other = [{"id": 8, "name": "Food Safety", "type": "Topic"}]
        ready.write("cdc/99.json", record(99, tags=other))
        yield ready


def test_every_media_of_the_topic_with_its_html(bench: Bench) -> None:
    report = bench.collect(FLU)
    assert report.counts["records"] == 10
    assert report.requests == 1 + 1 + 10  # topics, list, one HTML each
    payload = json.loads(bench.rows(FLU)[0]["payload"])
    assert payload == record(1, "2025-01-01T08:00:00Z")


def test_a_record_says_where_it_comes_from_and_under_which_terms(bench: Bench) -> None:
    bench.collect(FLU)
    row = {r["record_id"]: r for r in bench.rows(FLU)}["cdc:3"]
    assert row["url"] == "https://www.cdc.gov/flu/3.html"
    assert row["request"] == "sandbox:/cdc/resources/media/3/syndicate"
    assert row["licence"] == "LicenseRef-US-Government-Work"
    assert row["attribution"].startswith("Centers for Disease Control and Prevention (CDC); free of charge")
    assert (row["version"], row["updated_at"], row["language"]) == (
        "2025-01-03T08:00:00Z",
        "2025-01-03",
        "en",
    )


def test_content_of_others_is_marked(bench: Bench) -> None:
    bench.write("cdc/2.json", record(2, source={"name": "A county", "acronym": "COUNTY"}))
    bench.collect(FLU)
    row = {r["record_id"]: r for r in bench.rows(FLU)}["cdc:2"]
    assert (row["licence"], row["flags"]) == ("LicenseRef-Third-Party", ["third_party"])


@pytest.mark.parametrize("acronym", ["CDC", "ATSDR", "HHS"])
def test_the_three_agencies_are_no_third_parties(bench: Bench, acronym: str) -> None:
    bench.write("cdc/2.json", record(2, source={"name": "An agency", "acronym": acronym}))
    bench.collect(FLU)
    assert not any(row["flags"] for row in bench.rows(FLU))


def test_samples_are_marked_as_such(bench: Bench) -> None:
    bench.write("cdc/2.json", record(2, attribution="medai-sample: written for the sandbox"))
    bench.collect(FLU)
    row = {r["record_id"]: r for r in bench.rows(FLU)}["cdc:2"]
    assert (row["licence"], row["sample"]) == ("LicenseRef-medai-sample", True)


def test_a_long_list_is_read_page_by_page(bench: Bench) -> None:
    for number in range(100, 260):
        bench.write(f"cdc/{number}.json", record(number))
    assert bench.collect(FLU).counts["records"] == 170


def test_a_refresh_with_nothing_new_costs_two_requests(bench: Bench) -> None:
    first = bench.collect(FLU)
    rows = bench.rows(FLU)
    bench.asked("cdc")
    again = bench.collect(FLU)
    assert again.requests == 2
    assert bench.asked("cdc") == {"/cdc/resources/media": 2}
    assert again.stored.data_version == first.stored.data_version
    assert bench.rows(FLU) == rows


def test_a_refresh_fetches_what_was_updated(bench: Bench) -> None:
    bench.collect(FLU)
    bench.write("cdc/4.json", record(4, "2025-06-01T00:00:00Z", name="Updated"))
    bench.write("cdc/11.json", record(11, "2025-06-02T00:00:00Z"))
    bench.asked("cdc")
    report = bench.collect(FLU)
    assert {path for path in bench.asked("cdc") if "syndicate" in path} == {
        "/cdc/resources/media/4/syndicate",
        "/cdc/resources/media/11/syndicate",
    }
    assert (report.requests, report.counts["records"]) == (4, 11)
    assert {r["record_id"]: r["title"] for r in bench.rows(FLU)}["cdc:4"] == "Updated"


def test_what_was_taken_away_is_noticed_by_the_count(bench: Bench) -> None:
    bench.collect(FLU)
    (bench.records / "cdc/5.json").unlink()
    report = bench.collect(FLU)
    assert report.requests == 3  # what was updated, the count, and because they do not add up the list
    assert "cdc:5" not in {row["record_id"] for row in bench.rows(FLU)}


def test_media_without_a_date_make_the_refresh_read_the_list(bench: Bench) -> None:
    bench.write("cdc/6.json", record(6, None))
    bench.collect(FLU)
    assert bench.collect(FLU).requests == 1
    bench.write("cdc/6.json", record(6, None, name="Changed without a date"))
    bench.collect(FLU)
    assert {r["record_id"]: r["title"] for r in bench.rows(FLU)}["cdc:6"] == "Changed without a date"


def test_only_html_is_taken(bench: Bench) -> None:
    bench.write("cdc/7.json", record(7, mediaType="Infographic"))
    bench.collect(FLU)
    assert "cdc:7" not in {row["record_id"] for row in bench.rows(FLU)}


def test_other_languages_keep_their_own(bench: Bench) -> None:
    bench.write("cdc/7.json", record(7, language={"name": "Spanish", "isoCode": "spa"}))
    bench.collect(FLU)
    assert {r["record_id"]: r["language"] for r in bench.rows(FLU)}["cdc:7"] == "es"


def test_media_without_content_are_set_aside(bench: Bench) -> None:
    empty = record(8)
    empty["syndicate"]["content"] = " "
    bench.write("cdc/8.json", empty)
    generous = bench.settings.model_copy(update={"max_rejected_share": 0.2})
    report = bench.collect(FLU, settings=generous)
    assert report.rejected_reasons == {"nothing syndicated": 1}
    assert bench.rows(FLU, "rejected")[0]["record_id"] == "cdc:8"


def test_a_limit_takes_the_first_by_number(bench: Bench) -> None:
    limited = bench.settings.model_copy(update={"slice_limit": 3})
    bench.collect(FLU, settings=limited)
    assert {row["record_id"] for row in bench.rows(FLU)} == {"cdc:1", "cdc:2", "cdc:3"}


def test_an_unknown_topic_is_refused_with_the_topics_there_are(bench: Bench) -> None:
    with pytest.raises(UpstreamRefused, match="no topic 'fluu'; the topics are flu-vaccines, food-safety"):
        bench.collect(Slice("cdc", "fluu", {"topic": "fluu"}, ""))


def test_a_list_that_shrinks_does_not_replace_good_data(bench: Bench) -> None:
    bench.collect(FLU)
    for number in range(1, 7):
        (bench.records / f"cdc/{number}.json").unlink()
    with pytest.raises(CollectionFailed, match="only 4 records where there were 10"):
        bench.collect(FLU)
    assert len(bench.rows(FLU)) == 10


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Heart Disease & Stroke", "heart-disease-stroke"),
        ("Heat and Disaster", "heat-and-disaster"),
        ("HIV/AIDS", "hiv-aids"),
    ],
)
def test_topics_are_written_as_slices_write_them(name: str, slug: str) -> None:
    assert topic_slug(name) == slug


def test_the_newest_date_is_the_version() -> None:
    dates = {"dateModified": "2024-01-01T00:00:00Z", "dateContentUpdated": "2025-01-01T00:00:00Z"}
    assert version_of(dates | {"datePublished": None}) == "2025-01-01T00:00:00Z"
    assert version_of({}) == ""


@pytest.mark.real_data
def test_the_documented_media_is_understood(real_data: Path) -> None:
    """The example object of the API's documentation, whose elisions ({...}) are taken out."""
    text = (real_data / "cdc/cdc-api-v2-docs.txt").read_text(encoding="utf-8-sig")
    start = text.index('{\n "id": 16,\n "name": "Tobacco Use')
    example, _ = json.JSONDecoder().raw_decode(text[start:].replace(",\n {...}", ""))
    assert is_media(example)
    assert version_of(example) == "2014-03-18T20:30:00Z"
