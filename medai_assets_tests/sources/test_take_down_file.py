"""The take-down file: read as spreadsheets leave it, every id in its canonical form, or refused by line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.graph.graph import Graph, PartitionId
from medai_assets.planning.fingerprints import fingerprint
from medai_assets.settings import Settings
from medai_assets.sources.record_ids import canonical_record_id
from medai_assets.sources.registry import SOURCES, is_record_id
from medai_assets.sources.take_down_file import COLUMNS, TakeDownError, parse
from medai_assets.sources.take_downs import add_take_down, read_take_downs, remove_take_down

UUID = "61a97009-4153-5d0b-b357-800e2456d16e"
HEADER = ",".join(COLUMNS)
LINE = f"fda:{UUID},gefährlich – zurückgezogen,Jörg Müller,2024-11-28"

CANONICAL = st.one_of(
    *(st.from_regex(form, fullmatch=True) for form in {source.record_form for source in SOURCES.values()})
).filter(lambda text: text.isascii() and text.isprintable())


@given(CANONICAL)
def test_what_a_source_makes_is_its_own_canonical_form(record: str) -> None:
    found = canonical_record_id(record)
    assert is_record_id(found)
    assert canonical_record_id(found) == found
    if " " not in record and ".xml" not in record and "//" not in record:
        assert found == record


@given(
    st.uuids(),
    st.sampled_from(["{}", "{{{}}}", " {} ", "\u200b{}", "{}\ufeff"]),
    st.sampled_from(["fda:", "FDA: ", "openFDA:", ""]),
    st.sampled_from([str.upper, str.lower, str.title]),
    st.sampled_from(["-", "\u2011", "\u2013", ""]),
)
def test_a_set_id_is_known_however_it_is_written(uuid, around, prefix, case, dash) -> None:  # type: ignore[no-untyped-def]
    written = prefix + around.format(case(str(uuid)).replace("-", dash))
    assert canonical_record_id(written) == f"fda:{uuid}"


@given(
    st.integers(1, 99_999_999),
    st.integers(0, 4),
    st.sampled_from(["pubmed:", "PubMed: ", "PMID:", "PMID: ", "pmid ", "pubmed_bulk:", "pubmed:PMID", "pubmed:PMID: "]),
)  # fmt: skip
def test_a_pmid_is_known_with_zeros_and_prefix(number: int, zeros: int, prefix: str) -> None:
    assert canonical_record_id(f" {prefix}{'0' * zeros}{number}\u00a0") == f"pubmed:{number}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("nhs:/conditions/acne/", "nhs:conditions/acne"),
        ("NHS: conditions//acne", "nhs:conditions/acne"),
        ("cdc:0300101", "cdc:300101"),
        ("pubmed:３１０３１４８０", "pubmed:31031480"),
        ("medquad:/1_CancerGov_QA/0000001_1.xml#0000001_1-2", "medquad:1_CancerGov_QA/0000001_1#0000001_1-2"),
        ("sandbox:fda:AAA", "fda:aaa"),
        ("huggingface:owner/set/question  7", "hf:owner/set/question 7"),
        ("hf:/medai-sample/symptom_dialogues/84e8cafb", "hf:medai-sample/symptom_dialogues/84e8cafb"),
    ],
)
def test_each_source_has_one_form(written: str, meant: str) -> None:
    assert canonical_record_id(written) == meant


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("31031480", "is not a record id; they look like"),
        ("", "is not a record id"),
        ("who:1", "is not a record id"),
        ("pubmed:0", "is not a record id"),
        ("pubmed:31031480.0", "is not a record id"),
        ("pubmed:3.1E+07", "is not a record id"),
        ("pubmed:PMC31031480", "is not a record id (a PMC id is not a PMID)"),
        (f"fda:{UUID}@3", "is not a record id (whole records are withdrawn, without @<version>)"),
        ("https://www.nhs.uk/conditions/acne/", "is an address, not a record id; `medai withdraw ADDRESS`"),
        ("medquad:1_CancerGov_QA", "is not a record id"),
        ("nhs:", "is not a record id"),
        ("cdc:asthma", "is not a record id"),
    ],
)
def test_what_is_no_id_is_refused_in_words(written: str, told: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        canonical_record_id(written)
    assert told in str(refused.value)


def written_file(delimiter: str = ",", *lines: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(line.split(",") for line in (HEADER, *(lines or (LINE,))))
    return text.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_way_in_which_excel_saves_is_read_and_written_again(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    file = tmp_path / "take_downs.csv"
    mark = "\ufeff" if encoding.startswith("utf-16") else ""
    file.write_bytes((mark + written_file(delimiter)).encode(encoding))
    (row,) = read_take_downs(file)
    assert [row[column] for column in COLUMNS] == LINE.split(",")
    add_take_down(file, "pubmed:31031480", "recalled", "A. Person")
    data = file.read_bytes()
    if encoding != "utf-16-be":  # written in this machine's order of bytes
        assert data.startswith((mark + written_file(delimiter)).encode(encoding))
    assert [row["record_id"] for row in read_take_downs(file)] == [f"fda:{UUID}", "pubmed:31031480"]
    remove_take_down(file, "PMID 31031480")
    assert [row["record_id"] for row in read_take_downs(file)] == [f"fda:{UUID}"]


def test_a_letter_that_the_old_code_page_lacks_is_not_lost(tmp_path: Path) -> None:
    file = tmp_path / "take_downs.csv"
    file.write_bytes(written_file().encode("cp1252"))
    add_take_down(file, "pubmed:1", "отозвано", "Иван")
    assert [row["reported_by"] for row in read_take_downs(file)] == ["Jörg Müller", "Иван"]


def test_what_excel_adds_is_no_row_and_no_column() -> None:
    text = f"sep=;\r\n{HEADER.replace(',', ';')};;\r\n{LINE.replace(',', ';')};;\r\n;;;;;\r\n\r\n"
    assert [row["record_id"] for row in parse(text.encode(), "f")[1]] == [f"fda:{UUID}"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('fda:a,"asked by its author,me,2024-11-28', "line 2: a quote is opened and not closed in this line"),
        ("fda:a,asked, by its author,me,2024-11-28", "line 2: it has more cells than the header ('2024-11-28')"),
        ("fda:a,,me,2024-11-28", "line 2: fda:a has no reason"),
        ("fda:a,asked,,2024-11-28", "line 2: fda:a has no name of a person"),
        ("fda:a,asked,7,2024-11-28", "line 2: fda:a has no name of a person"),
        ("fda:a,asked,me,", "line 2: fda:a has no day in reported_at; write year-month-day"),
        ("fda:a,asked,me", "line 2: fda:a has no day in reported_at"),
        ("fda:a,asked,me,2026-02-30", "line 2: fda:a has '2026-02-30' as its day"),
        ("fda:a,asked,me,11/12/2026", "line 2: fda:a has '11/12/2026' as its day"),
        ("fda:a,asked,me,2926-11-28", "line 2: fda:a has '2926-11-28' as its day"),
        ("fda:a,as\x1b[31mked,me,2024-11-28", "line 2: reason holds control characters"),
        ("fda:a,asked\u2028by,me,2024-11-28", "line 2: reason holds control characters"),
        ("fda:a,asked,me,2024-11-28\nFDA: A ,again,you,2024-11-28", "line 3: fda:a is already in line 2"),
        ("fda:a,a,me,2024-11-28\nx,a,me,2024-11-28\ny,a,me,2024-11-28", "line 3: 'x' is not a record id"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_refused_by_its_number(line: str, told: str) -> None:
    with pytest.raises(TakeDownError) as refused:
        parse(f"{HEADER}\n{line}\n".encode(), "take_downs.csv")
    assert f"take_downs.csv {told}" in str(refused.value)


def test_every_line_that_cannot_be_used_is_told_at_once() -> None:
    lines = "\n".join(f"x{n},a,me,2024-11-28" for n in range(7))
    with pytest.raises(TakeDownError) as refused:
        parse(f"{HEADER}\n{lines}\n".encode(), "f")
    told = str(refused.value)
    assert [f"f line {n}" in told for n in range(2, 9)] == [True] * 5 + [False] * 2
    assert told.endswith("; and 2 more")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "f is empty; its header must be"),
        (b"record_id,reason,reported_by\n", "f lacks the column 'reported_at'"),
        (b"fda:a,asked,me,2024-11-28\n", "f lacks the column 'record_id'"),
        (f"{HEADER},note\n".encode(), "f has an unknown column 'note'"),
        (f"{HEADER},reason\n".encode(), "f has the column 'reason' twice"),
        (b"PK\x03\x04 a workbook", "f is a spreadsheet file, not CSV; save it as CSV UTF-8"),
        (f"{HEADER}\n{LINE}\n".encode("utf-16-le"), "f line 1 holds zero bytes; save the file as CSV UTF-8"),
        (f"{HEADER}\nfda:a,\x81,".encode("latin-1"), "f line 2 cannot be read as text; save the file as CSV UTF-8"),
        (f"{HEADER}\nfda:a".encode("utf-16")[:-1], "f line 2 cannot be read as text"),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_in_words(data: bytes, told: str) -> None:
    with pytest.raises(TakeDownError) as refused:
        parse(data, "f")
    assert str(refused.value).startswith(told)


@given(st.binary(max_size=120) | st.text(f"{HEADER}\n\r;\t\"' 0é", max_size=120).map(str.encode))
def test_whatever_lies_there_is_read_or_refused_in_words(data: bytes) -> None:
    for content in (data, f"{HEADER}\n".encode() + data):
        problem = ""
        try:
            rows = parse(content, "f")[1]
        except TakeDownError as refused:
            problem = str(refused)
        assert problem.startswith("f ") or all(is_record_id(row["record_id"]) for row in rows)


def test_the_day_as_german_excel_writes_it_is_understood() -> None:
    assert parse(f"{HEADER}\nfda:a,asked,me,28.11.2024\n".encode(), "f")[1][0]["reported_at"] == "2024-11-28"


def test_a_file_that_may_not_be_read_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(TakeDownError, match="cannot be read: Is a directory"):
        read_take_downs(tmp_path)


def test_saving_the_file_in_another_way_makes_nothing_stale(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path))
    file = settings.take_downs_file
    file.parent.mkdir(parents=True)
    other = "pubmed:31031480,asked,me,2024-11-28"
    found = set()
    shouted = LINE.replace(f"fda:{UUID}", f"FDA: {UUID.upper()}")
    for data in (
        written_file(",", LINE, other).encode(),
        written_file(";", other, LINE).encode("utf-16"),
        written_file("\t", shouted, other).encode("cp1252"),
    ):
        file.write_bytes(data)
        found.add(fingerprint(Graph(settings), PartitionId("withdrawals", None)))
    assert len(found) == 1
