"""Small pictures: whole SVG in Markdown that the page opens by itself, whatever is drawn."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from medai_assets.lineage.thumbnails import INLINE, bars, funnel_rows, histogram, lines

MARKDOWN = re.compile(r"!\[[^\]]*\]\(data:image/svg\+xml,([^ ()]+|[^ ]+)\)")


def drawn(markdown: str) -> etree._Element:
    """The picture in a Markdown image; fails when it is not whole."""
    assert len(markdown) <= INLINE
    found = MARKDOWN.fullmatch(markdown)
    assert found, markdown
    return etree.fromstring(unquote(found[1]))


def words(picture: etree._Element) -> list[str]:
    return [(t.text or "").replace("\N{NO-BREAK SPACE}", " ") for t in picture.iter("{*}text", "{*}tspan")]


def test_bars_name_each_row_and_each_part() -> None:
    rows = [("question answer", (90.0, 10.0), "100"), ("triage", (5.0, 0.0), "5")]
    picture = drawn(bars(rows, "by kind", ("train", "validation")))
    assert words(picture) == ["question answer", "100", "triage", "5", "■ train", "■ validation"]
    assert len(list(picture.iter("{*}path"))) == 2


def test_more_rows_than_fit_are_counted() -> None:
    rows = [(f"a rather long name {n}", (float(40 - n),), f"{40 - n:,}") for n in range(40)]
    texts = words(drawn(bars(rows, "many")))
    shown = sum(text.startswith("a rather") for text in texts)
    assert texts[-1] == f"and {40 - shown} more"


@given(st.lists(st.tuples(st.text(max_size=60), st.floats(0, 1e9), st.text(max_size=20)), max_size=20))
def test_bars_of_anything_are_whole_and_short(rows: list[tuple[str, float, str]]) -> None:
    printable = [
        ("".join(filter(str.isprintable, a)), (b,), "".join(filter(str.isprintable, c))) for a, b, c in rows
    ]
    text = bars(printable, "title")
    assert text == "title" or drawn(text) is not None


@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(-10, 1e4)), max_size=300))
def test_curves_of_anything_are_whole_and_short(points: list[tuple[float, float]]) -> None:
    text = lines({"training": points, "validation": points[:3]}, "loss", "steps")
    assert text == "loss" or drawn(text) is not None


def test_nothing_to_draw_is_the_title() -> None:
    assert [bars([], "none"), lines({}, "none", "steps"), histogram([], "none", "words")] == ["none"] * 3


@pytest.mark.parametrize("values", [[1], [3, 3, 3], list(range(5000)), [0, 10**9]])
def test_a_histogram_tells_the_middle(values: list[int]) -> None:
    texts = words(drawn(histogram(values, "lengths", "words")))
    assert any(text.startswith("words; the middle one has") for text in texts)


def test_a_funnel_shows_only_the_steps_that_took_something_away() -> None:
    steps = [("raw", "records", 10, 0), ("parsed", "records", 8, 2), ("passages", "passages", 30, 0),
             ("language", "passages", 30, 0), ("near_duplicate", "passages", 25, 5)]  # fmt: skip
    table = [
        {"order": n, "step": s, "unit": u, "kept": k, "removed": r, "source": "fda"}
        for n, (s, u, k, r) in enumerate(steps)
    ]
    assert funnel_rows(table) == [
        ("raw", (1.0,), "10 records"),
        ("parsed −2", (0.8,), "8"),
        ("passages", (1.0,), "30 passages"),
        ("near duplicate −5", (25 / 30,), "25"),
    ]
