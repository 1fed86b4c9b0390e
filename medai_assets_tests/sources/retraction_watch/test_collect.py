"""Retraction Watch's table: what withdraws, what does not, and what a bad row costs."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.sandbox.files import PACKAGED
from medai_assets.sources.retraction_watch.rows import header_problem, rows_of
from medai_assets.sources.retraction_watch.source import SOURCE
from medai_assets.transport.errors import UpstreamError
from medai_assets.withdrawals.table import publish_withdrawals
from medai_assets_tests.bench import Bench, workbench
from medai_assets_tests.sources.pmc.articles import SLICE, jats, put

TABLE = "retraction_watch/retraction_watch.csv"
PACKAGED_TABLE = PACKAGED / TABLE
HEADER = PACKAGED_TABLE.read_text().splitlines()[0]
(WHOLE,) = SOURCE.slices
PUBLISHING: dict[str, Any] = {"code_version": "1", "inputs": [], "run_id": ""}


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    with workbench(tmp_path, monkeypatch) as bench:
        (bench.records / TABLE).parent.mkdir()
        shutil.copy(PACKAGED_TABLE, bench.records / TABLE)
        yield bench


def line(number: object, **cells: object) -> str:
    known = {
        "Record ID": number,
        "RetractionDate": "6/3/2024 0:00",
        "OriginalPaperDOI": "unavailable",
        "OriginalPaperPubMedID": "0",
        "RetractionNature": "Retraction",
        "Reason": "Unreliable Results and/or Conclusions;",
    }
    written = io.StringIO()
    row = known | {name.replace("_", ""): value for name, value in cells.items()}
    csv.writer(written).writerow(row.get(name, "") for name in HEADER.split(","))
    return written.getvalue()


def table(*lines: str) -> bytes:
    return (HEADER + "\r\n" + "".join(lines)).encode()


def withdrawn(bench: Bench) -> dict[str, str]:
    return {row["record_id"]: row["reason"] for row in bench.rows(WHOLE, "withdrawals")}


def test_only_retractions_that_stand_withdraw_each_under_every_name(bench: Bench) -> None:
    report = bench.collect(WHOLE)
    found = bench.rows(WHOLE, "withdrawals")
    assert [row["record_id"] for row in found] == [
        "doi:10.99999/medai.sample.90000005",
        "doi:10.99999/medai.sample.99990001",
        "pubmed:90000015",
    ]
    first = found[0]
    assert first["kind"] == "retraction"
    assert first["reason"] == "retracted: Error in Data; Unreliable Results and/or Conclusions"
    assert (first["reported_by"], first["reported_at"]) == ("retraction_watch", "2024-06-03")
    assert first["evidence"] == "https://doi.org/10.99999/medai.sample.90000105"
    assert report.counts == {"records": 7, "rejected": 0, "withdrawals": 3}
    assert report.flags["names_no_article"] == 1
    assert (report.flags["correction"], report.flags["expression_of_concern"]) == (1, 1)
    assert report.licences == {"LicenseRef-medai-sample": 7}


def test_authors_and_institutions_are_not_kept(bench: Bench) -> None:
    bench.collect(WHOLE)
    assert not any("A Sample" in row["payload"] or "Institute" in row["payload"] for row in bench.rows(WHOLE))


@pytest.mark.parametrize(
    ("retracted", "back", "stands"), [("1/2/2020", "2/1/2021", False), ("2/1/2021", "1/2/2020", True)]
)
def test_the_later_of_retraction_and_reinstatement_counts(
    bench: Bench, retracted: str, back: str, stands: bool
) -> None:
    rows = [
        line(1, OriginalPaperPubMedID=8, RetractionDate=retracted),
        line(2, OriginalPaperPubMedID=8, RetractionDate=back, RetractionNature="Reinstatement"),
    ]
    bench.write(TABLE, table(*rows))
    bench.collect(WHOLE)
    assert ("pubmed:8" in withdrawn(bench)) == stands


def test_of_several_articles_of_one_notice_only_that_which_is_named_is_given_back(bench: Bench) -> None:
    back = {"RetractionDate": "6/4/2024", "RetractionNature": "Reinstatement"}
    rows = [
        line(1, OriginalPaperPubMedID="8;9"),
        line(2, OriginalPaperPubMedID="9", **back),
        line(3, OriginalPaperPubMedID="10", OriginalPaperDOI="10.1000/a"),
        line(4, OriginalPaperPubMedID="10", **back),
    ]
    bench.write(TABLE, table(*rows))
    bench.collect(WHOLE)
    assert withdrawn(bench).keys() == {"pubmed:8"}


def test_two_quotes_that_are_never_closed_do_not_join_the_rows_between(bench: Bench) -> None:
    rows = [line(n, OriginalPaperPubMedID=n) for n in range(1, 60)]
    rows[0], rows[4] = (row.replace(f"{n},", f'{n},"open, ', 1) for n, row in ((1, rows[0]), (5, rows[4])))
    bench.write(TABLE, table(*rows))
    report = bench.collect(WHOLE)
    assert withdrawn(bench).keys() == {f"pubmed:{n}" for n in range(1, 60)} - {"pubmed:1", "pubmed:5"}
    assert report.counts["rejected"] == 2


BAD_ROWS = {
    "a quote that is never closed": '9,"never closed,x\r\n',
    "too few cells": "9,x\r\n",
    "letters after a quote": line(9)[:-2].replace("9,", '9,"a"b,', 1) + "\r\n",
    "no number": line("nine"),
    "a nature that nobody knows": line(9, RetractionNature="Sold"),
    "a cell without an end": line(9, OriginalPaperPubMedID="x" * 200_000),
}


@pytest.mark.parametrize("bad", BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_set_aside_and_takes_no_neighbour_along(bench: Bench, bad: str) -> None:
    sound = [line(n, OriginalPaperPubMedID=100 + n, Title='a "quoted", title') for n in range(1, 60)]
    bench.write(TABLE, table(*sound[:30], bad, *sound[30:]))
    report = bench.collect(WHOLE)
    assert withdrawn(bench).keys() == {f"pubmed:{100 + n}" for n in range(1, 60)}
    (aside,) = bench.rows(WHOLE, "rejected")
    assert "line 32" in aside["detail"]
    assert report.counts["records"] == 59


@pytest.mark.parametrize(
    ("cells", "names", "unread"),
    [
        ({"OriginalPaperPubMedID": "PMID: 0071.0"}, {"pubmed:71"}, ""),
        ({"OriginalPaperPubMedID": "71; 72 ,73"}, {"pubmed:71", "pubmed:72", "pubmed:73"}, ""),
        ({"OriginalPaperDOI": "10.1000/A;2-2;10.1000/b, https://doi.org/10.1000/c\u200b"},
         {"doi:10.1000/a;2-2", "doi:10.1000/b", "doi:10.1000/c"}, ""),
        ({"OriginalPaperPubMedID": "71; 7I"}, {"pubmed:71"}, "OriginalPaperPubMedID is '7I'"),
        ({"OriginalPaperPubMedID": "71", "OriginalPaperDOI": "10.1000%2Fa"}, {"pubmed:71"}, "OriginalPaperDOI"),
        ({"OriginalPaperPubMedID": "\uff17\uff11"}, {"pubmed:71"}, ""),
        ({"OriginalPaperPubMedID": "PMID \u0667\u0661", "RetractionDate": "\u0666/3/2024"}, {"pubmed:71"}, ""),
        ({"OriginalPaperDOI": "1\uff10.1000\uff0fa"}, {"doi:10.1000/a"}, ""),
        ({"OriginalPaperPubMedID": "7\u00b9"}, set(), "OriginalPaperPubMedID"),
        ({"OriginalPaperPubMedID": "31,031,480"}, set(), "OriginalPaperPubMedID is '31,031,480'"),
        ({"OriginalPaperPubMedID": "71", "RetractionDate": "soon"}, {"pubmed:71"}, "RetractionDate is 'soon'"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_of_a_retraction_is_told_and_the_rest_of_it_withdraws(
    bench: Bench, cells: dict[str, str], names: set[str], unread: str
) -> None:
    sound = [line(n, OriginalPaperPubMedID=100 + n) for n in range(1, 60)]
    bench.write(TABLE, table(line(99, **cells), *sound))
    bench.collect(WHOLE)
    assert {name for name in withdrawn(bench) if "pubmed:1" not in name} == names
    told = [row["detail"] for row in bench.rows(WHOLE, "rejected")]
    assert len(told) == bool(unread)
    assert all("line 2" in one and unread in one for one in told)


def test_a_reason_with_a_comma_and_no_quotes_is_told_whole_and_moves_no_cell(bench: Bench) -> None:
    odd = line(1, OriginalPaperPubMedID=101, Reason="@;Error in Data;", Paywalled="No", Notes="medai-sample")
    bench.write(
        TABLE,
        table(
            odd.replace("@", "Concerns about Data, Images"), line(2, OriginalPaperPubMedID=102, Notes="x;")
        ),
    )
    bench.collect(WHOLE)
    assert withdrawn(bench)["pubmed:101"] == "retracted: Concerns about Data, Images; Error in Data"
    assert [row["sample"] for row in bench.rows(WHOLE)] == [True, False]


def test_no_limit_on_records_cuts_what_is_withdrawn(bench: Bench) -> None:
    bench.write(TABLE, table(*(line(n, OriginalPaperPubMedID=100 + n) for n in range(1, 6))))
    bench.collect(WHOLE, settings=bench.settings.model_copy(update={"slice_limit": 2}))
    assert len(withdrawn(bench)) == 5


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html>Sign in</html>", "lacks the column 'Record ID'"),
        (b"", "lacks the column"),
        (HEADER.encode() + b"\r\n", "no rows"),
        (table(line(1)).replace(b"OriginalPaperDOI", b"DOI"), "'OriginalPaperDOI'"),
        (table(line(1)).decode().encode("utf-16"), "lacks the column"),
        (b"OriginalPaperDOI," + table(line(1)), "the column 'OriginalPaperDOI' twice"),
    ],
)
def test_what_is_not_the_table_is_refused_and_the_version_before_stays(
    bench: Bench, body: bytes, told: str
) -> None:
    before = bench.collect(WHOLE).stored
    bench.write(TABLE, body)
    with pytest.raises(UpstreamError, match=told):
        bench.collect(WHOLE)
    current = bench.store.current(WHOLE.asset, WHOLE.key)
    assert current is not None
    assert current.data_version == before.data_version


def test_the_table_is_asked_for_once_while_it_does_not_change(bench: Bench) -> None:
    bench.collect(WHOLE)
    bench.requests()
    assert bench.collect(WHOLE).unchanged
    assert bench.requests("*retraction_watch.csv") == 1  # whether it is still the same


@pytest.mark.parametrize("by", ["OriginalPaperDOI", "OriginalPaperPubMedID"])
def test_an_article_that_a_source_holds_is_withdrawn_by_either_name_and_nothing_else_changes(
    bench: Bench, by: str
) -> None:
    put(bench, 7701, jats("<p>Some words.</p>"), pmid=7_000, doi="10.1000/Ab.1")
    bench.write(TABLE, table(line(1, OriginalPaperPubMedID=5)))
    name = {"OriginalPaperDOI": "10.1000/aB.1", "OriginalPaperPubMedID": 7_000}[by]

    def published() -> tuple[str, dict[str, str]]:
        raw = [bench.collect(one).stored for one in (WHOLE, SLICE)]
        made = publish_withdrawals(bench.store, raw, bench.settings.take_downs_file, PUBLISHING)
        return made.data_version, {
            r["record_id"]: r["reported_by"] for r in made.table("withdrawals").to_pylist()
        }

    before, none = published()
    bench.write(TABLE, table(line(1, OriginalPaperPubMedID=5), line(2, OriginalPaperPubMedID=6)))
    same, still_none = published()
    assert (before, none) == (same, still_none) == (before, {})
    bench.write(TABLE, table(line(1, OriginalPaperPubMedID=5), line(3, **{by: name})))
    other, found = published()
    assert other != before
    assert found == {"pmc:PMC7701": "retraction_watch"}


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30), min_size=1))
def test_whatever_a_title_holds_its_row_is_read_back(titles: list[str]) -> None:
    lines = [line(number, Title=title) for number, title in enumerate(titles, 1)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(table(*lines))
        read = [(row.cells["Record ID"], row.cells["Title"]) for row in rows_of(path)]
    assert read == [(str(number), title.strip()) for number, title in enumerate(titles, 1)]


def test_the_published_form_is_read(bench: Bench, real_data: Path) -> None:
    sample = real_data / "unseen/retractionwatch-sample.csv"
    assert header_problem(sample) is None
    assert [row.problem for row in rows_of(sample)] == [""] * 13
    bench.write(TABLE, sample.read_bytes())
    bench.collect(WHOLE)
    found = withdrawn(bench)
    assert "Falsification/Fabrication of Data" in found["pubmed:9500320"]
    assert "doi:10.1016/s0140-6736(97)11096-0" in found
    assert "pubmed:25187433" not in found  # a concern
