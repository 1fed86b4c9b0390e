"""Cited: the answer ends with its source as a reader would look it up, without a hole."""

from __future__ import annotations

from typing import Any

import pytest

from medai_assets.instructions.forms.cited import SAMPLE, citation
from medai_assets.sources.registry import SOURCES
from medai_assets_tests.instructions.builders import origin
from medai_assets_tests.instructions.forms.builders import SIGNS, example_row, labels, page, told


@pytest.mark.parametrize(
    ("source", "version", "attributes", "line"),
    [
        ("nhs:conditions/wheeze", "2025-03-11T12:52:56+00:00", {}, "the NHS website's page “Wheeze”, last changed 11 March 2025"),
        ("fda:1", "16", {"names": ["Wheezol"], "effective": "2024-02-09"}, "the FDA drug label of Wheeze, version 16, in force"),
        ("medquad:a/1", "", {}, "the page “Wheeze” on cancer.gov"),
    ],
)  # fmt: skip
def test_a_cited_answer_names_its_source_as_a_reader_would(
    source: str, version: str, attributes: dict[str, Any], line: str
) -> None:
    real = origin(source, version, "https://www.cancer.gov/types/x") | {"sample": False}
    seen = page(document=source, attributes=attributes, origins=[real])
    cited = told("cited", seen, example_row(seen))
    assert cited is not None
    assert cited["completion"].startswith(SIGNS)
    assert line in cited["completion"]
    assert labels(cited)["framing"] == [labels(cited)["citation"]]


@pytest.mark.parametrize(
    ("source", "version", "attributes"),
    [
        ("nhs:conditions/wheeze", "", {}),  # a page without its date
        ("fda:1", "16", {"effective": "2024-02-09"}),  # a label that names no product for certain
    ],
)
def test_there_is_no_citation_that_would_have_a_hole(
    source: str, version: str, attributes: dict[str, Any]
) -> None:
    real = origin(source, version) | {"sample": False}
    seen = page(document=source, attributes=attributes, origins=[real])
    assert citation(seen, real) == ""
    assert told("cited", seen, example_row(seen)) is None


def test_a_sample_is_cited_as_a_sample() -> None:
    cited = told("cited", page(), example_row(page()))
    assert cited is not None
    assert "(sample)" in cited["completion"]
    assert "NHS" not in cited["completion"]


@pytest.mark.parametrize(
    ("version", "date"),
    [
        ("2025-03-11", "11 March 2025"),
        ("2025-03-01T00:00:00Z", "1 March 2025"),
        ("20240209", "9 February 2024"),
        ("2024-02-29", "29 February 2024"),
    ],
)
def test_a_date_is_written_as_it_is_read(version: str, date: str) -> None:
    real = origin("nhs:conditions/wheeze", version) | {"sample": False}
    seen = page(origins=[real])
    assert citation(seen, real) == f"the NHS website's page “Wheeze”, last changed {date}"


@pytest.mark.parametrize("version", ["2025-02-30", "16", "March 2025", "2025", "now", " "])
def test_what_is_no_date_makes_no_citation(version: str) -> None:
    real = origin("nhs:conditions/wheeze", version) | {"sample": False}
    assert citation(page(origins=[real]), real) == ""


def test_a_page_without_an_address_is_not_cited_by_its_host() -> None:
    real = origin("medquad:a/1", "", "") | {"sample": False}
    assert citation(page(document="medquad:a/1", origins=[real]), real) == ""
    bare = real | {"url": "https://www.niddk.nih.gov/gout?x=1"}
    assert (
        citation(page(document="medquad:a/1", origins=[bare]), bare) == "the page “Wheeze” on niddk.nih.gov"
    )


def test_an_answer_of_several_records_is_not_cited_as_one() -> None:
    both = [origin("nhs:conditions/wheeze"), origin("nhs:conditions/cough")]
    seen = page(origins=both)
    assert told("cited", seen, example_row(seen)) is None


@pytest.mark.parametrize(
    "title", ["Wheeze {date}", "“Wheeze”, a sign", "Wheeze: what helps? 50% of 2", "喘鸣"]
)
@pytest.mark.parametrize("source", sorted({one.record_prefix for one in SOURCES.values() if one.traits}))
def test_every_source_has_a_citation_that_is_proved(source: str, title: str) -> None:
    of_label = "label" in SOURCES[source].traits if source in SOURCES else False
    version = "16" if of_label else "2025-03-11"
    real = origin(f"{source}:a/1", version, "https://www.example.org/x") | {
        "sample": False,
        "attribution": "J. Doe, Journal of Lungs.",
    }
    seen = page(
        document=f"{source}:a/1",
        title=title,
        origins=[real],
        attributes={"names": ["Wheezol"], "effective": "2024-02-09"} if of_label else {},
    )
    made = told("cited", seen, example_row(seen))
    assert made is not None
    line = labels(made)["citation"]
    assert title in line
    assert line.endswith(".")
    assert ".." not in line
    assert made["completion"] == f"{SIGNS}\n\n{line}"


def test_the_form_of_every_source_uses_known_parts_only() -> None:
    parts = dict.fromkeys(("title", "attribution", "version", "date", "host"), "x")
    for form in (SAMPLE, *(one.cited_as for one in SOURCES.values())):
        assert "{" not in form.format(**parts)
