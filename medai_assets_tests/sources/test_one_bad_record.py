"""One record that cannot be read is set aside by name; its neighbours are collected, whatever is wrong with it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from medai_assets.foundation.slices import Slice
from medai_assets.sources.fda.labels import Labels
from medai_assets.sources.huggingface.rows import rows_of
from medai_assets.sources.pubmed.bulk import contents_of
from medai_assets.sources.pubmed.rows import items_of
from medai_assets.transport.errors import UpstreamRefused
from medai_assets_tests.open_faults import short_of_recursion
from medai_assets_tests.sources.answering import Collect, ids
from medai_assets_tests.sources.citations import article, citation_set
from medai_assets_tests.waiting import PATIENCE

LONG = "9" * 5_000  # digits: more than Python turns into a number
DEEP = 2_000  # levels: more than any reader's recursion
YEAR = Slice("fda", "2024", {"effective_time": "2024"}, "")
CONDITIONS = Slice("nhs", "conditions", {"section": "conditions"}, "")
FLU = Slice("cdc", "flu", {"topic": "flu"}, "")


def labels(bad: str, indent: bool = False) -> dict[str, bytes]:
    """A page of openFDA with two sound labels round the bad one."""
    good = [
        json.dumps(
            {"set_id": name, "version": "1", "effective_time": "20240101"}, indent=6 if indent else None
        )
        for name in ("a", "z")
    ]
    joint = ",\n    " if indent else ","
    lead, end = ("\n    ", "\n  ") if indent else ("", "")
    meta = '"meta": {"last_updated": "2024-01-01", "results": {"total": 3}}'
    return {
        "fda/drug/label.json": f'{{{meta}, "results": [{lead}{good[0]}{joint}{bad}{joint}{good[1]}{end}]}}'.encode()
    }


def label(**fields: str) -> str:
    """A label whose fields are raw JSON."""
    sound = {"set_id": '"b"', "version": '"1"', "effective_time": '"20240102"'}
    return "{" + ",".join(f'"{name}":{value}' for name, value in (sound | fields).items()) + "}"


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(
            label(version=f'"{LONG}"'),
            id="a version of 5,000 digits",
        ),
        pytest.param(
            label(version="[" * DEEP + "]" * DEEP),
            id="deep nesting",
        ),
        pytest.param(label(openfda='{"brand_name":["\\ud800"]}'), id="half a character"),
        pytest.param(label(version="[7, 8]"), id="a list where a number belongs"),
        pytest.param(label(set_id="7"), id="a number where text belongs"),
    ],
)
def test_a_bad_label_does_not_stop_its_neighbours(collect: Collect, bad: str) -> None:
    with short_of_recursion():
        report = collect(YEAR, labels(bad))
    assert {"fda:a", "fda:z"} <= set(ids(report))


def test_a_number_of_5_000_digits_does_not_kill_the_process() -> None:
    """In a process of its own, since what it must not do is die."""
    code = (
        "from medai_assets.sources.fda.labels import Labels\n"
        f'list(Labels([b\'{{"meta":{{}},"results":[{{"version":{LONG}}}]}}\']))'
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=PATIENCE)
    assert ended.returncode >= 0, f"ended by signal {-ended.returncode}"


def test_nesting_is_bounded_before_a_parser_sees_it() -> None:
    page = b'{"meta":{},"results":[{"a":' + b"[" * DEEP + b"]" * DEEP + b'},{"set_id":"z"}]}'
    with short_of_recursion():
        found = list(Labels([page]))
    assert b'"z"' in found[-1]


def nhs(bad: dict[str, Any], manifest: dict[str, Any] | None = None) -> dict[str, bytes]:
    """The manifest and pages of three conditions; fields of the middle one, or of its entry, are replaced."""
    pages = {
        name: {"name": name, "dateModified": "2025-01-01", "hasPart": [], "mainEntityOfPage": []}
        for name in "abz"
    }
    pages["b"] |= bad
    entries = [
        {"url": f"https://x/conditions/{n}/", "dateModified": "2025-01-01", "webpage": f"https://y/{n}/"}
        for n in pages
    ]
    entries[1] |= manifest or {}
    listing = {"results": entries, "pagination": {"count": 3, "next": None}}
    return {"nhs/manifest/pages": json.dumps(listing).encode()} | {
        f"nhs/conditions/{name}": json.dumps(page).encode() for name, page in pages.items()
    }


@pytest.mark.parametrize(
    ("bad", "manifest"),
    [
        pytest.param({"name": 7}, {}, id="a number where text belongs"),
        pytest.param(
            {"copyrightHolder": "Crown"},
            {},
            id="text where an object belongs",
        ),
        pytest.param(
            {"name": "\ud800"},
            {},
            id="half a character",
        ),
        pytest.param(
            {},
            {"url": "https://[x/conditions/b/"},
            id="a manifest address that is none",
        ),
    ],
)
def test_a_bad_page_does_not_stop_its_neighbours(
    collect: Collect, bad: dict[str, Any], manifest: dict[str, Any]
) -> None:
    report = collect(CONDITIONS, nhs(bad, manifest))
    assert {"nhs:conditions/a", "nhs:conditions/z"} <= set(ids(report))
    assert report.counts["records"] + report.counts["rejected"] == 3


def cdc(**bad: Any) -> dict[str, bytes]:
    """The topics, the list and the HTML of three media; fields of the middle one are replaced."""
    media = [
        {"id": n, "name": f"M{n}", "mediaType": "HTML", "language": {"isoCode": "eng"}, "source": {"acronym": "CDC", "name": "CDC"},
         "dateContentUpdated": "2025-01-01T00:00:00Z", "targetUrl": f"https://x/{n}"}
        for n in (1, 2, 3)
    ]  # fmt: skip
    media[1] |= bad
    meta = {"status": 200, "pagination": {"total": 3, "pageNum": 1, "nextUrl": ""}}
    pages = {"cdc/resources/topics": [{"name": "Flu"}], "cdc/resources/media": media} | {
        f"cdc/resources/media/{n}/syndicate": {"mediaId": n, "content": "<p>Text.</p>"} for n in (1, 2, 3)
    }
    return {path: json.dumps({"meta": meta, "results": results}).encode() for path, results in pages.items()}


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param({"source": "CDC"}, id="text where an object belongs"),
        pytest.param(
            {"name": 7},
            id="a number where text belongs",
        ),
        pytest.param(
            {"targetUrl": ["https://x/2"]},
            id="a list where text belongs",
        ),
        pytest.param(
            {"name": "\ud800"},
            id="half a character",
        ),
    ],
)
def test_a_bad_media_does_not_stop_its_neighbours(collect: Collect, bad: dict[str, Any]) -> None:
    report = collect(FLU, cdc(**bad))
    assert {"cdc:1", "cdc:3"} <= set(ids(report))
    assert report.counts["records"] + report.counts["rejected"] == 3


def citations(*records: bytes) -> tuple[list[str], list[Any]]:
    """Ids of the rows, and everything else that citations become."""
    slice = Slice("pubmed", "pain", {"term": "pain"}, "")
    rows, *others = items_of(list(records), slice, "request", datetime(2026, 1, 1, tzinfo=UTC))
    return rows["record_id"].to_pylist(), others


def abstract(text: str) -> str:
    return f"<Abstract><AbstractText>{text}</AbstractText></Abstract>"


@pytest.mark.parametrize(
    "text",
    [
        "10<sup>6</sup> &#xD83D; per ml",
        "x<sub>&#xDEAD;</sub>",
        "x<sup>2</sup>&#1114112; y",
        "&#xD83D;",
        "a &#0;",
    ],
)
def test_a_forbidden_character_reference_costs_its_own_record_only(text: str) -> None:
    rows, others = citations(article(1), article(2, abstract=abstract(text)), article(3))
    assert rows == ["pubmed:1", "pubmed:3"]
    assert [other.record_id for other in others] == ["pubmed:2"]


def test_a_reference_to_nothing_costs_its_own_record_only() -> None:
    rows, _ = citations(article(1), article(2, abstract=abstract("x<i>y</i> &#0; z")), article(3))
    assert rows == ["pubmed:1", "pubmed:3"]


def test_a_reference_to_a_character_beyond_the_first_plane_is_read() -> None:
    rows, others = citations(article(1), article(2, abstract=abstract("x<i>y</i> &#x1F600; z")), article(3))
    assert (rows, others) == (["pubmed:1", "pubmed:2", "pubmed:3"], [])


def test_a_rejected_citation_names_its_number() -> None:
    broken = article(2).replace(b"</Abstract>", b"</Abstrakt>")
    _, (rejected,) = citations(article(1), broken, article(3))
    assert rejected.record_id == "pubmed:2"


def test_a_missing_end_tag_costs_its_own_record_only() -> None:
    file = citation_set(article(1), article(2).replace(b"</PubmedArticle>", b""), article(3))
    assert {1, 3} <= set(contents_of(BytesIO(file)).pmids.tolist())


def test_a_number_that_is_no_pmid_costs_its_own_record_only() -> None:
    file = citation_set(article(1), article(LONG), article(3))
    assert {1, 3} <= set(contents_of(BytesIO(file)).pmids.tolist())


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(
            LONG,
            id="5,000 digits",
        ),
        pytest.param(
            "[" * DEEP + "]" * DEEP,
            id="deep nesting",
        ),
    ],
)
def test_a_bad_row_does_not_stop_its_neighbours(tmp_path: Path, value: str) -> None:
    path = tmp_path / "rows.json"
    path.write_text(f'[{{"answer": "A1"}}, {{"answer": {value}}}, {{"answer": "A2"}}]')
    rows = list(rows_of(path, path.name))
    assert [isinstance(row, dict) for row in rows] == [True, False, True]


def test_a_bad_line_does_not_stop_its_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(['{"answer": "A1"}', f'{{"answer": {LONG}}}', '{"answer": "A2"}']))
    rows = list(rows_of(path, path.name))
    assert [row["answer"] for row in rows if isinstance(row, dict)] == ["A1", "A2"]


def test_an_archives_licence_is_read_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from medai_assets.sources.medquad.collect import licence_in

    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("MedQuAD-master/LICENSE.txt", "Attribution 4.0 International" + " " * (1 << 20))
    with zipfile.ZipFile(path) as opened:
        unpacked: list[int] = []
        read = zipfile.ZipExtFile.read

        def counted(self: zipfile.ZipExtFile, n: int | None = -1) -> bytes:
            data = read(self, n)
            unpacked.append(len(data))
            return data

        monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
        assert licence_in(opened)[0] == "CC-BY-4.0"
    assert sum(unpacked) < 1 << 16


def test_a_mended_upstream_is_asked_again(collect: Collect) -> None:
    """What made a collection fail does not make the next one fail too."""
    without_the_topic = cdc() | {
        "cdc/resources/topics": b'{"meta":{"status":200},"results":[{"name":"Food"}]}'
    }
    with pytest.raises(UpstreamRefused, match="no topic"):
        collect(FLU, without_the_topic)
    assert ids(collect(FLU, cdc())) == ["cdc:1", "cdc:2", "cdc:3"]
