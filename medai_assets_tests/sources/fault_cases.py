"""Every fault an upstream can have, and the small world each upstream is tried in.

What belongs here: data. How a case is run and told stands in ``fault_table.py``.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from medai_assets.foundation.slices import Slice
from medai_assets.sandbox.files import PACKAGED
from medai_assets.sandbox.pubmed_index import UPDATE
from medai_assets_tests.bench import Bench
from medai_assets_tests.small_kit import citation, write_kit
from medai_assets_tests.sources.pmc.articles import SLICE as ARTICLES
from medai_assets_tests.sources.pmc.articles import put


@dataclass(frozen=True)
class Case:
    """One fault at one place.

    Args:
        upstream: key of WORLDS.
        kind: of the fault.
        path: pattern of the requests it concerns.
        place: the same in words, for the table.
        ends: what is expected: ``recovers``, ``sets aside`` or ``stops``.
        unfinished: replies that came whole and yet did not count, such as a file that is not what its md5 says.
    """

    upstream: str
    kind: str
    path: str
    place: str
    ends: str = "recovers"
    count: int | None = 1
    after: int = 0
    value: float = 1.0
    unfinished: int = 0

    @property
    def name(self) -> str:
        return f"{self.upstream}-{self.kind}-{self.place}-{self.ends}".replace(" ", "_")


@dataclass(frozen=True)
class World:
    """A slice of one upstream and how its records are written.

    Args:
        counted: pattern of the paths whose requests count as finished once answered.
        checks: requests of each run that ask whether there is anything new, and so are rightly repeated.
    """

    title: str
    slice: Slice
    fill: Callable[[Bench], None]
    counted: str = "*"
    checks: int = 0


def _fill_fda(bench: Bench) -> None:
    """A hundred labels: three pages of the search and three parts of the export."""
    labels = [
        {
            "set_id": f"{n:08d}-0000-4000-8000-000000000000",
            "id": f"{n:08d}",
            "version": "1",
            "effective_time": f"2024{1 + n % 12:02d}{1 + n % 28:02d}",
            "openfda": {"generic_name": [f"DRUG {n}"]},
            "indications_and_usage": [f"1 INDICATIONS AND USAGE Drug {n} is indicated for tests."],
        }
        for n in range(100)
    ]
    bench.write("fda/labels.json", labels)


def _fill_nhs(bench: Bench) -> None:
    """Twenty conditions and ninety medicines: two pages of the manifest."""
    for section, count in (("conditions", 20), ("medicines", 90)):
        for number in range(count):
            path = f"{section}/p-{number:02d}"
            page: dict[str, Any] = {
                "name": f"Page {number}",
                "url": f"https://api.service.nhs.uk/nhs-website-content/{path}/",
                "license": "medai-sample",
                "dateModified": "2025-01-01T00:00:00+00:00",
                "hasPart": [],
                "mainEntityOfPage": [{"text": f"<p>Text {number}.</p>"}],
            }
            bench.write(f"nhs/{path}.json", page)


def _fill_cdc(bench: Bench) -> None:
    """Twelve media: three pages of the list."""
    for number in range(1, 13):
        media = {
            "id": number,
            "name": f"Media {number}",
            "mediaType": "HTML",
            "language": {"name": "English", "isoCode": "eng"},
            "tags": [{"id": 7, "name": "Flu & Vaccines", "type": "Topic"}],
            "source": {"name": "Centers for Disease Control and Prevention", "acronym": "CDC"},
            "attribution": "medai-sample",
            "dateContentUpdated": "2025-01-01T00:00:00Z",
        }
        syndicate = {"mediaId": number, "content": f"<p>Text {number}.</p>"}
        bench.write(f"cdc/{number}.json", {"media": media, "syndicate": syndicate})


def _fill_from_package(name: str) -> Callable[[Bench], None]:
    def fill(bench: Bench) -> None:
        shutil.copytree(PACKAGED / name, bench.records / name, dirs_exist_ok=True)

    return fill


def _fill_pubmed(bench: Bench) -> None:
    """Sixty citations, three batches of EFetch, in the update file."""
    many = [citation(1000 + n, f"Asthma {n}", f"Text {n}.", ("Asthma",), 2020) for n in range(60)]
    if not bench.kit.exists():
        write_kit(bench.kit, [], many)


def _fill_pmc(bench: Bench) -> None:
    """Twelve articles: three pages of the list."""
    for number in range(7701, 7713):
        put(bench, number)


WORLDS = {
    "fda": World("openFDA search", Slice("fda", "2024", {"effective_time": "2024"}, ""), _fill_fda),
    "fda bulk": World(
        "openFDA bulk files", Slice("fda", "2024", {"effective_time": "2024", "via": "bulk"}, ""), _fill_fda
    ),
    "pubmed": World(
        "NCBI E-utilities", Slice("pubmed", "asthma", {"term": "asthma[MeSH Terms]"}, ""), _fill_pubmed
    ),
    "pubmed_bulk": World(
        "NLM bulk files",
        Slice("pubmed_bulk", "update", {"tree": "updatefiles", "first": "1", "last": "9999"}, ""),
        _fill_pubmed,
        checks=1,
    ),
    "pmc": World("PMC cloud service", ARTICLES, _fill_pmc, counted="/pmc/?*", checks=3),
    "nhs": World("NHS", Slice("nhs", "conditions", {"section": "conditions"}, ""), _fill_nhs),
    "cdc": World("CDC", Slice("cdc", "flu-vaccines", {"topic": "flu-vaccines"}, ""), _fill_cdc),
    "medquad": World(
        "MedQuAD archive",
        Slice("medquad", "9_CDC_QA", {"collection": "9_CDC_QA"}, ""),
        _fill_from_package("medquad"),
        counted="/github/codeload/*",
        checks=1,
    ),
    "huggingface": World(
        "Hugging Face hub",
        Slice("huggingface", "cards", {"dataset": "medai-sample/medication_flashcards"}, ""),
        _fill_from_package("huggingface"),
    ),
    "retraction_watch": World(
        "Retraction Watch's table",
        Slice("retraction_watch", "all", {"table": "retraction_watch.csv"}, ""),
        _fill_from_package("retraction_watch"),
        checks=1,
    ),
}

# Pages small enough that a few records fill several: constants of the source modules, replaced while a case runs.
PAGES = {
    "medai_assets.sources.fda.walk.PAGE": 40,
    "medai_assets.sources.cdc.collect.PAGE": 5,
    "medai_assets.sources.pubmed.eutils.BATCH": 20,
    "medai_assets.sources.pmc.listing.PAGE": 5,
}

# Where each upstream is struck by what any server can do: (path, the same in words, requests that pass first).
PLACES = {
    "fda": ("/fda/drug/label.json", "second page", 1),
    "fda bulk": ("/fda-download/drug/label/*", "a part", 1),
    "pubmed": ("/eutils/efetch.fcgi", "second batch", 1),
    "pubmed_bulk": (f"/ncbi-ftp/pubmed/updatefiles/{UPDATE}", "a file", 0),
    "pmc": ("/pmc/PMC7707.1/PMC7707.1.xml", "an article", 0),
    "nhs": ("/nhs/conditions/p-07/", "a page", 0),
    "cdc": ("/cdc/resources/media/7/syndicate", "a media's HTML", 0),
    "medquad": ("/github/codeload/*", "the archive", 1),
    "huggingface": ("/hf/datasets/*/train.jsonl", "a data file", 0),
    "retraction_watch": ("/gitlab/*", "the table", 1),
}
COMMON = (
    # kind, count, value, ends
    ("too_many_requests", 1, 1.0, "recovers"),
    ("too_many_requests_without_header", 2, 1.0, "recovers"),
    ("server_error", 3, 1.0, "recovers"),
    ("server_error", None, 1.0, "stops"),
    ("slow_body", 1, 0.3, "recovers"),
    ("cut_connection", 2, 1.0, "recovers"),
)
SPECIAL = (
    Case("fda", "invalid_json", "/fda/drug/label.json", "second page", after=1),
    Case("fda", "changed_types", "/fda/drug/label.json", "second page", "sets aside", after=1),
    Case("fda", "key_refused", "/fda/drug/label.json", "first page", "stops", count=None),
    Case("fda", "repeated_page", "/fda/drug/label.json", "second page", after=1),
    Case("fda", "moving_total", "/fda/drug/label.json", "every page", "sets aside", count=None),
    Case("fda bulk", "truncated_file", "/fda-download/drug/label/*", "a part", after=1),
    Case("fda bulk", "gone", "/fda-download/drug/label/*", "a part", "stops", count=None, after=1),
    Case("fda bulk", "invalid_json", "/fda-download/download.json", "the manifest"),
    Case("pubmed", "invalid_json", "/eutils/esearch.fcgi", "the search"),
    Case("pubmed", "in_band_limit", "/eutils/efetch.fcgi", "second batch", count=2, after=1),
    Case("pubmed", "changed_types", "/eutils/esearch.fcgi", "the search"),
    Case("pubmed", "expired_history", "/eutils/efetch.fcgi", "second batch", after=1),
    Case("pubmed", "key_refused", "/eutils/*", "every request", "stops", count=None),
    Case("pubmed", "moving_total", "/eutils/esearch.fcgi", "the search"),
    Case("pubmed", "repeated_page", "/eutils/efetch.fcgi", "second batch", after=1),
    Case("pubmed_bulk", "gone", f"/ncbi-ftp/pubmed/updatefiles/{UPDATE}", "a file", "stops", count=None),
    Case("pubmed_bulk", "truncated_file", f"/ncbi-ftp/pubmed/updatefiles/{UPDATE}", "a file"),
    Case(
        "pubmed_bulk",
        "wrong_md5",
        "/ncbi-ftp/pubmed/updatefiles/*.md5",
        "its md5 file",
        "stops",
        count=None,
        unfinished=6,
    ),
    Case("pmc", "truncated_file", "/pmc/PMC7707.1/PMC7707.1.xml", "an article"),
    Case("pmc", "invalid_json", "/pmc/metadata/PMC7707.1.json", "an article's metadata"),
    Case("pmc", "gone", "/pmc/PMC7707.1/PMC7707.1.xml", "an article", "sets aside"),
    Case("pmc", "repeated_page", "/pmc/", "the list's second page", after=1),
    Case("pmc", "server_error", "/pmc/", "the list's second page", "stops", count=None, after=1),
    Case("nhs", "invalid_json", "/nhs/manifest/*", "the manifest"),
    Case("nhs", "invalid_json", "/nhs/conditions/p-07/", "a page, every time", "sets aside", count=None),
    Case("nhs", "changed_types", "/nhs/manifest/*", "the manifest", "sets aside"),
    Case("nhs", "changed_types", "/nhs/conditions/p-07/", "a page", "sets aside"),
    Case("nhs", "gone", "/nhs/conditions/p-07/", "a page", "sets aside"),
    Case("nhs", "key_refused", "/nhs/*", "every request", "stops", count=None),
    Case("nhs", "repeated_page", "/nhs/manifest/*", "the manifest's second page", after=1),
    Case("nhs", "moving_total", "/nhs/manifest/*", "every page of the manifest", count=None),
    Case("cdc", "unavailable", "/cdc/resources/media", "the list", count=2),
    Case("cdc", "invalid_json", "/cdc/resources/media", "the list"),
    Case(
        "cdc",
        "invalid_json",
        "/cdc/resources/media/7/*",
        "a media's HTML, every time",
        "sets aside",
        count=None,
    ),
    Case("cdc", "changed_types", "/cdc/resources/media", "the list", "sets aside"),
    Case("cdc", "changed_types", "/cdc/resources/media/7/syndicate", "a media's HTML", "sets aside"),
    Case("cdc", "gone", "/cdc/resources/media/7/syndicate", "a media's HTML", "sets aside"),
    Case("cdc", "repeated_page", "/cdc/resources/media", "the list's second page", after=1),
    Case("cdc", "moving_total", "/cdc/resources/media", "every page of the list", count=None),
    Case("medquad", "truncated_file", "/github/codeload/*", "the archive", after=1),
    Case("medquad", "gone", "/github/codeload/*", "the archive", "stops", count=None, after=1),
    Case("huggingface", "invalid_json", "/hf/api/*", "the set's facts"),
    Case("huggingface", "gone", "/hf/datasets/*/train.jsonl", "a data file", "stops", count=None),
    Case("huggingface", "changed_types", "/hf/datasets/*/train.jsonl", "a data file"),
    Case("huggingface", "truncated_file", "/hf/datasets/*/train.jsonl", "a data file"),
    Case("huggingface", "key_refused", "/hf/*", "every request", "stops", count=None),
    Case("retraction_watch", "truncated_file", "/gitlab/*", "the table", "stops", count=None, after=1),
    Case("retraction_watch", "gone", "/gitlab/*", "the table", "stops", count=None),
)
CASES = (
    *(
        Case(upstream, kind, path, place, ends, count, after, value)
        for upstream, (path, place, after) in PLACES.items()
        for kind, count, value, ends in COMMON
    ),
    *SPECIAL,
)
