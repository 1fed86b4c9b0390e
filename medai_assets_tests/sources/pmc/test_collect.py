"""Collecting PMC's articles: which are taken, what a refresh asks for, and what a retraction takes along."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.foundation.slices import Slice
from medai_assets.sources.pmc.collect import OLDER
from medai_assets.sources.pmc.fetch import GONE, NOTICE, ODD, RETRACTED, UNREADABLE
from medai_assets.sources.pmc.listing import belongs
from medai_assets.sources.registry import SOURCES
from medai_assets.transport.errors import CollectionFailed, ReplyInvalid
from medai_assets_tests.bench import Bench, workbench
from medai_assets_tests.sources.pmc.articles import CC_BY, SLICE, edit, ids, jats, put, reasons

NUMBERS = range(7701, 7706)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with workbench(tmp_path, monkeypatch) as bench:
        yield bench


@pytest.fixture
def five(bench: Bench) -> Bench:
    for number in NUMBERS:
        put(bench, number)
    return bench


def related(relation: str, kind: str, address: str) -> str:
    return (
        f"<related-article related-article-type='{relation}' ext-link-type='{kind}' xlink:href='{address}'/>"
    )


def test_a_record_is_the_article_as_it_came_with_whom_to_name(five: Bench) -> None:
    five.collect(SLICE)
    row = five.rows(SLICE)[0]
    assert row["payload"] == jats(number=7701)
    assert (row["record_id"], row["version"], row["licence"]) == ("pmc:PMC7701", "1", "CC-BY-4.0")
    assert row["url"] == "https://pmc.ncbi.nlm.nih.gov/articles/PMC7701/"
    assert row["request"] == "sandbox:/pmc/PMC7701.1/PMC7701.1.xml"
    assert row["attribution"] == "Moss AB. On fever. Notes. 2024;1:1. PMC7701. CC-BY-4.0"


def test_the_list_is_walked_page_by_page(five: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medai_assets.sources.pmc.listing.PAGE", 2)
    five.collect(SLICE)
    assert ids(five.rows(SLICE)) == [f"pmc:PMC{number}" for number in NUMBERS]
    assert five.asked("pmc")["/pmc/"] == 3


def test_articles_of_other_digits_are_other_slices(bench: Bench) -> None:
    for number in (77, 770, 7699, 78, 7801, 771_234, 177):
        put(bench, number)
    bench.collect(SLICE)
    assert ids(bench.rows(SLICE)) == ["pmc:PMC77", "pmc:PMC770", "pmc:PMC771234"]


@given(st.integers(100, 99_999_999))
def test_every_article_is_of_one_live_slice(number: int) -> None:
    live = [s for s in SOURCES["pmc"].slices if "live" in s.profiles and belongs(str(number), s.query)]
    assert len(live) == 1


def test_of_several_versions_the_newest_counts(bench: Bench) -> None:
    for version in (1, 2, 10):
        put(bench, 7701, version=version)
    bench.collect(SLICE)
    assert [row["version"] for row in bench.rows(SLICE)] == ["10"]
    assert [row["reason"] for row in bench.rows(SLICE, "rejected")] == [OLDER, OLDER]


def test_what_is_refused_is_counted_by_licence_and_not_fetched(bench: Bench) -> None:
    for number, code in zip(NUMBERS, ("CC BY-NC", "CC BY-ND", "TDM", None, "CC BY")):
        put(bench, number, license_code=code)
    put(bench, 7706, is_pmc_openaccess=False)
    put(bench, 7707, is_historical_ocr=True)
    report = bench.collect(SLICE)
    assert ids(bench.rows(SLICE)) == ["pmc:PMC7705"]
    assert report.rejected_reasons == {
        "licence refused: CC BY-NC": 1,
        "licence refused: CC BY-ND": 1,
        "licence refused: TDM": 1,
        "licence refused: no licence stated": 1,
        "not in the open-access subset": 1,
        "scanned historical text": 1,
    }
    assert [path for path in bench.asked("pmc") if path.endswith(".xml")] == ["/pmc/PMC7705.1/PMC7705.1.xml"]


def test_an_article_that_states_another_licence_is_refused(bench: Bench) -> None:
    put(bench, 7701, jats(licence=f"<license xlink:href='{CC_BY.replace('by', 'by-nd')}'/>"))
    bench.collect(SLICE)
    assert bench.rows(SLICE) == []


def test_a_refresh_asks_for_the_list_and_for_what_changed(five: Bench) -> None:
    put(five, 7706, license_code="CC BY-NC")
    five.collect(SLICE)
    five.asked("pmc")
    assert five.collect(SLICE).unchanged
    assert five.asked("pmc") == {"/pmc/": 1}
    put(five, 7703, jats("<p>Another text.</p>", number=7703))
    os.utime(five.records / "pmc/PMC7703.1/PMC7703.1.xml")
    assert not five.collect(SLICE).unchanged
    assert set(five.asked("pmc")) == {"/pmc/", "/pmc/metadata/PMC7703.1.json", "/pmc/PMC7703.1/PMC7703.1.xml"}
    assert ids(five.rows(SLICE)) == [f"pmc:PMC{number}" for number in NUMBERS]
    assert reasons(five.rows(SLICE, "rejected")) == {"pmc:PMC7706": "licence refused: CC BY-NC"}


def test_an_article_that_nlm_removed_is_gone(five: Bench) -> None:
    five.collect(SLICE)
    for file in (five.records / "pmc/PMC7703.1").iterdir():
        file.unlink()
    five.collect(SLICE)
    assert "pmc:PMC7703" not in ids(five.rows(SLICE))


def test_no_more_than_the_limit(five: Bench) -> None:
    settings = five.settings.model_copy(update={"slice_limit": 2})
    five.collect(SLICE, settings=settings)
    assert ids(five.rows(SLICE)) == ["pmc:PMC7701", "pmc:PMC7702"]


def test_a_retracted_article_withdraws_itself_under_all_its_names(five: Bench) -> None:
    five.collect(SLICE)
    edit(five.records / "pmc/PMC7702.1/PMC7702.1.xml", {"is_retracted": True})
    five.collect(SLICE)
    assert "pmc:PMC7702" not in ids(five.rows(SLICE))
    assert reasons(five.rows(SLICE, "rejected")) == {"pmc:PMC7702": RETRACTED}
    names = ["doi:10.1000/7702", "pmc:PMC7702", "pubmed:1007702"]
    assert ids(five.rows(SLICE, "withdrawals")) == names
    assert five.collect(SLICE).unchanged
    assert ids(five.rows(SLICE, "withdrawals")) == names


@pytest.mark.parametrize(
    "xml",
    [
        jats(related=related("retraction-forward", "pmc", "PMC9")),
        jats(kind="retraction"),
        jats(title="RETRACTED: On fever"),
        jats(title="[Retracted article] On fever"),
    ],
)
def test_an_article_that_says_itself_that_it_is_retracted_is_none(bench: Bench, xml: str) -> None:
    put(bench, 7701, xml)
    bench.collect(SLICE)
    assert reasons(bench.rows(SLICE, "rejected")) == {"pmc:PMC7701": RETRACTED}


def test_a_title_that_speaks_of_retraction_retracts_nothing(bench: Bench) -> None:
    put(bench, 7701, jats(title="Retracted eyelids in thyroid disease"))
    bench.collect(SLICE)
    assert ids(bench.rows(SLICE)) == []
    put(bench, 7702, jats(number=7702, title="Eyelids retracted in thyroid disease"))
    bench.collect(SLICE)
    assert ids(bench.rows(SLICE)) == ["pmc:PMC7702"]


def test_a_notice_withdraws_what_it_names_whatever_its_licence(bench: Bench) -> None:
    inside = "<pub-id pub-id-type='pmid'>55</pub-id></related-article>"
    named = related("retracted-article", "doi", "https://doi.org/10.1000/OLD").replace("/>", f">{inside}")
    put(bench, 7701, jats(related=named), title="Retraction: On fever", license_code="CC BY-NC")
    bench.collect(SLICE)
    assert reasons(bench.rows(SLICE, "rejected")) == {"pmc:PMC7701": NOTICE}
    assert [(r["record_id"], r["evidence"]) for r in bench.rows(SLICE, "withdrawals")] == [
        ("doi:10.1000/old", "pmc:PMC7701"),
        ("pubmed:55", "pmc:PMC7701"),
    ]


def test_corrections_and_concerns_are_noted(bench: Bench) -> None:
    put(bench, 7701, jats(related=related("correction-forward", "pmc", "9")))
    put(bench, 7702, jats(number=7702, related=related("concern-forward", "pmc", "9")))
    put(bench, 7703, jats(number=7703, kind="correction", related=related("corrected-article", "pmc", "9")))
    bench.collect(SLICE)
    assert [row["flags"] for row in bench.rows(SLICE)] == [["erratum"], ["expression_of_concern"], ["notice"]]


@pytest.mark.parametrize(
    ("xml", "facts", "reason"),
    [
        (jats()[:-20], {}, UNREADABLE),
        (jats().encode() + b"\xff", {}, UNREADABLE),
        (jats(number=7702), {}, "the XML is another article's"),
        (jats(), {"version": "1"}, ODD),
        (jats(), {"pmcid": "PMC7702"}, ODD),
        (jats(), {"is_retracted": None}, ODD),
        (jats(), {"license_code": ["CC BY"]}, ODD),
        (jats(), {"xml_url": "s3://other-bucket/PMC7701.1/PMC7701.1.xml?md5=" + "0" * 32}, ODD),
        (jats(), {"xml_url": "s3://pmc-oa-opendata/../secret.xml?md5=" + "0" * 32}, ODD),
        (jats(), {"xml_url": "s3://pmc-oa-opendata/PMC7701.1/PMC7701.1.xml?md5=" + "0" * 32}, UNREADABLE),
    ],
)
def test_one_bad_article_is_set_aside_and_asked_for_again(
    five: Bench, xml: str | bytes, facts: dict[str, object], reason: str
) -> None:
    put(five, 7701, xml, **facts)
    tolerant = five.settings.model_copy(update={"max_rejected_share": 0.5})
    five.collect(SLICE, settings=tolerant)
    assert reasons(five.rows(SLICE, "rejected")) == {"pmc:PMC7701": reason}
    with pytest.raises(CollectionFailed, match="could not be read"):
        five.collect(SLICE)
    put(five, 7701)
    five.collect(SLICE)
    assert ids(five.rows(SLICE)) == [f"pmc:PMC{number}" for number in NUMBERS]


def test_an_article_that_is_listed_but_not_there_is_told(five: Bench) -> None:
    five.spoil("gone", "/pmc/PMC7704.1/*", count=None)
    five.collect(SLICE, settings=five.settings.model_copy(update={"max_rejected_share": 0.5}))
    assert reasons(five.rows(SLICE, "rejected")) == {"pmc:PMC7704": GONE}


def test_a_key_of_another_form_is_listed(five: Bench) -> None:
    five.write("pmc/PMC7709.x/PMC7709.x.json", {})
    five.collect(SLICE)
    assert [row["detail"] for row in five.rows(SLICE, "rejected")] == ["metadata/PMC7709.x.json"]


def test_a_list_that_names_no_article_of_the_slice_is_no_fresh_slice(five: Bench) -> None:
    with pytest.raises(ReplyInvalid, match="names no article whose PMCID begins with 12 to 13"):
        five.collect(Slice("pmc", "12-13", {"first": "12", "last": "13"}, ""))
