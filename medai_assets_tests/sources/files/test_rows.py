"""Tables as programs and people leave them: each row read, or set aside by its line with what to do."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medai_assets.foundation.json_stream import LARGEST
from medai_assets.sources.files.documents import FileUnusable
from medai_assets.sources.files.rows import MOST_CHARACTERS, BadRow, Row, rows_of

COLUMNS = ("q", "a")


def read(path: Path, content: bytes | str, encoding: str = "utf-8") -> list[Row | BadRow]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(rows_of(path, path.name, COLUMNS, encoding))


def told(rows: list[Row | BadRow]) -> list[tuple[int, Any]]:
    """Line with values, or with the reason."""
    return [(row.line, row.reason if isinstance(row, BadRow) else tuple(row.values.values())) for row in rows]


TEXT = "q,a\nWhy?,Weil es hilft – täglich 10 µg\n"
SOUND = [(2, ("Why?", "Weil es hilft – täglich 10 µg"))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_an_encoding_is_known_by_its_mark(tmp_path: Path, encoding: str) -> None:
    assert told(read(tmp_path / "t.csv", TEXT.encode(encoding))) == SOUND


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16-le", "mac-roman"])
def test_any_other_is_taken_as_stated(tmp_path: Path, encoding: str) -> None:
    assert told(read(tmp_path / "t.csv", TEXT.encode(encoding), encoding)) == SOUND


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_a_code_page_that_nobody_states_is_not_guessed(tmp_path: Path, name: str) -> None:
    sound, bad = (
        ("Why?,So.", "Was?,täglich") if name == "t.csv" else ('{"q": "Why?", "a": "So."}', '{"q": "ä"}')
    )
    text = f"q,a\n{sound}\n{bad}\n{sound}\n" if name == "t.csv" else f"\n{sound}\n{bad}\n{sound}\n"
    rows = read(tmp_path / name, text.encode("windows-1252"))
    assert told(rows) == [(2, ("Why?", "So.")), (3, "wrong encoding"), (4, ("Why?", "So."))]
    assert isinstance(rows[1], BadRow)
    assert "`encoding: windows-1252`" in rows[1].detail


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_utf_16_without_its_mark_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileUnusable, match="UTF-16 without its mark"):
        read(tmp_path / name, TEXT.encode("utf-16-le"))


def test_utf_16_that_breaks_off_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match="it is not utf-16"):
        read(tmp_path / "t.csv", TEXT.encode("utf-16")[:-1])


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_delimiter_is_that_under_which_the_columns_are_found(
    tmp_path: Path, sign: str, line_end: str
) -> None:
    content = line_end.join([f"nr{sign}q{sign}a", f'1{sign}Why?{sign}"1, 2; 3"', ""])
    assert told(read(tmp_path / "t.csv", content)) == [(2, ("Why?", "1, 2; 3"))]


def test_excels_own_first_line_is_obeyed(tmp_path: Path) -> None:
    assert told(read(tmp_path / "t.csv", "sep=;\r\nq;a\r\nWhy?;So.\r\n")) == [(3, ("Why?", "So."))]


def test_a_cell_may_hold_line_ends_and_quotes(tmp_path: Path) -> None:
    assert told(read(tmp_path / "t.csv", 'q,a\nWhy?,"He said ""so"".\n\nThen."\nX?,Y\n')) == [
        (4, ("Why?", 'He said "so".\n\nThen.')),
        (5, ("X?", "Y")),
    ]


def test_rows_of_another_width_and_broken_quotes_are_set_aside_by_their_line(tmp_path: Path) -> None:
    content = 'q,a\nOne?,1\nTwo?,2,more\n\n"Three"?,3\nFour?\nFive?,5\n'
    assert told(read(tmp_path / "t.csv", content)) == [
        (2, ("One?", "1")),
        (3, "another number of cells"),
        (5, "not a row of CSV"),
        (6, "another number of cells"),
        (7, ("Five?", "5")),
    ]


def test_a_quote_that_is_never_closed_swallows_nothing_in_silence(tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match=r"never closed"):
        read(tmp_path / "t.csv", 'q,a\nOne?,"1\nTwo?,2\nThree?,3\n')


def test_a_missing_column_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match=r"there is no column 'a'; its columns are 'q', 'answer'"):
        read(tmp_path / "t.csv", "q,answer\n1,2\n")
    pq.write_table(pa.table({"q": ["1"]}), tmp_path / "t.parquet")
    with pytest.raises(FileUnusable, match="there is no column 'a'"):
        list(rows_of(tmp_path / "t.parquet", "t.parquet", COLUMNS, "utf-8"))


def test_two_columns_of_one_name_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match="two columns are called 'q'"):
        read(tmp_path / "t.csv", "q,q,a\n1,2,3\n")


def test_lines_that_are_no_object_are_set_aside(tmp_path: Path) -> None:
    lines = [
        '{"q": "One?", "a": "1", "patient": "Ann"}',
        "{",
        "[1]",
        "",
        '{"q": "\\ud800"}',
        "9" * 5000,
        '{"q": "Two?"}',
    ]
    rows = read(tmp_path / "t.jsonl", "\n".join(lines))
    assert told(rows) == [
        (1, ("One?", "1")), (2, "not JSON"), (3, "not JSON"), (5, "not JSON"), (6, "not JSON"), (7, ("Two?", None)),
    ]  # fmt: skip


def test_a_huge_row_is_set_aside_and_the_next_one_read(tmp_path: Path) -> None:
    huge = json.dumps({"q": "x" * (3 * MOST_CHARACTERS)})
    assert told(read(tmp_path / "t.jsonl", f'{huge}\n{{"q": "Why?", "a": "So."}}\n')) == [
        (1, "too large"),
        (2, ("Why?", "So.")),
    ]


def test_a_damaged_parquet_file_is_told(tmp_path: Path) -> None:
    pq.write_table(pa.table({"q": ["1"], "a": ["2"]}), tmp_path / "t.parquet")
    whole = (tmp_path / "t.parquet").read_bytes()
    for damaged in (b"", b"PAR1", whole[:-20], b"q,a\n1,2\n"):
        with pytest.raises(FileUnusable, match=r"it is damaged: .*; write it again"):
            read(tmp_path / "t.parquet", damaged)


def test_a_cell_may_be_long_and_one_that_is_too_long_is_set_aside(tmp_path: Path) -> None:
    long, huge = "x" * 200_000, "x" * (2 * MOST_CHARACTERS)
    assert told(read(tmp_path / "t.csv", f"q,a\nWhy?,{long}\nWhy?,{huge}\nWhy?,So.\n")) == [
        (2, ("Why?", long)), (3, "too large"), (4, ("Why?", "So.")),
    ]  # fmt: skip


def test_a_line_without_an_end_is_told_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with path.open("w") as file:
        file.write("q,a\nWhy?," + "x" * 5_000)
        file.truncate(4 << 30)  # a hole: it takes no place on the disk
    tracemalloc.start()
    try:
        with pytest.raises(FileUnusable, match="line 2 has more than 33,554,432 characters"):
            list(rows_of(path, path.name, COLUMNS, "utf-8"))
        assert tracemalloc.get_traced_memory()[1] < 8 * LARGEST
    finally:
        tracemalloc.stop()


def test_a_zero_byte_spoils_no_other_row(tmp_path: Path) -> None:
    rows = read(tmp_path / "t.csv", b"q,a\nWhy?,S\0o.\nWho?,I.\n")
    assert told(rows) == [(2, ("Why?", "S\0o.")), (3, ("Who?", "I."))]


def text_of(*values: bytes) -> pa.Array:
    """Text whose bytes nobody has looked at, as other writers put them into Parquet."""
    ends = np.cumsum([0, *map(len, values)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends.tobytes()), pa.py_buffer(b"".join(values))]
    return pa.Array.from_buffers(pa.string(), len(values), buffers)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(text_of(b"One.", b"t\xe4glich", b"Three."), id="no UTF-8"),
        pytest.param(pa.array([1, 10**18, 3], pa.timestamp("us")), id="a day beyond the year 9999"),
        pytest.param(pa.array([0, 2**30, 2], pa.date32()), id="a day beyond any calendar"),
    ],
)
def test_a_value_that_no_program_can_show_spoils_its_own_row(tmp_path: Path, answers: pa.Array) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"q": ["1", "2", "3"], "a": answers}), path)
    rows = list(rows_of(path, path.name, COLUMNS, "utf-8"))
    assert [row.reason if isinstance(row, BadRow) else row.line for row in rows] == [1, "unreadable row", 3]


def test_a_place_on_earth_that_is_none_spoils_rows_not_the_run(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"q": ["1"], "a": pa.array([1], pa.timestamp("us", "Mars/Base"))}), path)
    (row,) = rows_of(path, path.name, COLUMNS, "utf-8")
    assert isinstance(row, BadRow)
    assert "Mars/Base" in row.detail


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(*[st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))] * 2),
        max_size=5,
    )
)
def test_what_a_csv_writer_writes_is_read_again(tmp_path: Path, cells: list[tuple[str, str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(cells)
    rows = read(tmp_path / "t.csv", text.getvalue())
    assert [row.values for row in rows if isinstance(row, Row)] == [
        {"q": q, "a": a} for q, a in cells if (q + a).strip()
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["t.csv", "t.jsonl", "t.parquet"]))
def test_no_bytes_end_in_another_error(tmp_path: Path, content: bytes, name: str) -> None:
    for data in (content, b"q,a\n" + content):
        with contextlib.suppress(FileUnusable):
            assert all(row.line >= 1 for row in read(tmp_path / name, data))
