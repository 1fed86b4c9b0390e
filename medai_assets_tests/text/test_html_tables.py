"""Tables of pages as rows that can each be read alone: no value stands beside the label of another row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.text.html import html_to_text


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (
            "<thead><tr><th>Age</th><th>Dose</th></tr></thead><tbody><tr><td>2 to 3 years</td><td>5 mL</td></tr></tbody>",
            ["Age | Dose", "2 to 3 years | 5 mL"],
        ),
        (
            "<tr><th rowspan=2>Age</th><th colspan=2>Dose</th></tr><tr><th>Day</th><th>Night</th></tr>"
            "<tr><td>2</td><td>5 mL</td><td>none</td></tr>",
            ["Age | Dose | Dose", "Age | Day | Night", "2 | 5 mL | none"],
        ),
        ("<tr><th>A</th><th>B</th></tr><tr><td>x</td><td></td></tr>", ["A | B", "x"]),
        ("<tr><th>A</th><th>B</th></tr><tr><td></td><td>1</td></tr>", ["A | B", " | 1"]),
        ("<tr><th>A</th><th>B</th></tr><tr><td></td><td> </td></tr><tr><td>x</td><td>1</td></tr>", ["A | B", "x | 1"]),
        ("<tr><td>Only one column,</td></tr><tr><td>used for layout.</td></tr>", ["Only one column,", "used for layout."]),
        ("<tr><td colspan=0>a</td><td colspan=x rowspan=-1>b</td></tr>", ["a | b"]),
        ("<tr><td rowspan=9>a</td><td>b</td></tr><tr><td>c</td></tr>", ["a | b", "a | c"]),
        ("<tr><td>a</td><td>b<table><tr><td>c</td><td>d</td></tr></table></td></tr>", ["a | b c | d"]),
        ("<tr><th>Do</th><td><ul><li>Rest</li><li>Drink water</li></ul></td></tr>", ["Do | Rest; Drink water"]),
        ("<tr><th>Dose</th><th>For</th></tr><tr><td>Dose 5 mg</td><td>For adults</td></tr>", ["Dose | For", "5 mg | adults"]),
        ("<tr><th>Dose</th><th>For</th></tr><tr><td>Doses vary</td><td>For</td></tr>", ["Dose | For", "Doses vary | For"]),
        ("<caption>Table 1</caption><caption>Table 2</caption><tr><td>a</td><td>b</td></tr>", ["Table 1", "a | b"]),
    ],
)  # fmt: skip
def test_rows_are_those_a_reader_sees(rows: str, lines: list[str]) -> None:
    assert html_to_text(f"<table>{rows}</table>").split("\n") == [
        line.strip() if n == 0 else line for n, line in enumerate(lines)
    ]


def test_a_cell_ends_with_the_rows_that_it_spans() -> None:
    """The second row has no cell of its own: what spans it must not reach into the third."""
    html = "<table><tr><td>2 years</td><td rowspan=2>5 mL</td></tr><tr></tr><tr><td>6 years</td><td>10 mL</td></tr></table>"
    assert html_to_text(html).split("\n") == ["2 years | 5 mL", " | 5 mL", "6 years | 10 mL"]


def test_a_cell_does_not_reach_out_of_its_group_of_rows() -> None:
    head = "<thead><tr><th rowspan=2>Age</th><th>Dose</th></tr></thead>"
    body = "<tbody><tr><td>2 years</td><td>5 mL</td></tr></tbody>"
    assert html_to_text(f"<table>{head}{body}</table>") == "Age | Dose\n2 years | 5 mL"


def test_a_span_that_is_a_mistake_makes_no_endless_row() -> None:
    assert html_to_text("<table><tr><td colspan=100000>a</td><td>b</td></tr></table>").count("|") == 50


WORD = st.text(alphabet="abcxyz", min_size=1, max_size=4)


@given(st.lists(st.lists(WORD, min_size=2, max_size=4), min_size=1, max_size=4))
def test_a_table_without_spans_is_its_cells(rows: list[list[str]]) -> None:
    html = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    assert html_to_text(f"<table>{html}</table>") == "\n".join(" | ".join(row) for row in rows)


@given(st.lists(st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4)), max_size=4), max_size=4))
def test_every_cell_is_told_whatever_it_spans(rows: list[list[tuple[int, int]]]) -> None:
    cells = [[f"c{r}x{c}" for c in range(len(row))] for r, row in enumerate(rows)]
    html = "".join(
        "<tr>"
        + "".join(f"<td rowspan={a} colspan={b}>{name}</td>" for name, (a, b) in zip(names, row))
        + "</tr>"
        for names, row in zip(cells, rows)
    )
    text = html_to_text(f"<table>{html}</table>")
    assert all(name in text for names in cells for name in names)
