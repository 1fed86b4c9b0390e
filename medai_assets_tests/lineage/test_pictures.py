"""Pictures: PNG bytes of a sensible size from the rows that the stages write, the same each time."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from medai_assets.lineage.pictures import (
    funnel_picture,
    histogram_picture,
    mixture_picture,
    origin_flow_picture,
)

STEPS = ("collected", "language", "near_duplicate")
FUNNEL = [
    {"step": step, "source": s, "kept": 90 - 20 * n} for n, step in enumerate(STEPS) for s in ("fda", "nhs")
]
MIXTURE = [
    {"kind": "question_answer", "train": 90, "validation": 10},
    {"kind": "triage", "train": 5, "validation": 0},
]
FLOWS = [
    {"source": "fda", "kind": "drug_information", "examples": 40},
    {"source": "nhs", "kind": "triage", "examples": 2},
]


def size(png: bytes) -> tuple[int, int]:
    """Width and height from the PNG's first chunk."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize(
    "draw",
    [
        lambda: funnel_picture(FUNNEL),
        lambda: mixture_picture(MIXTURE),
        lambda: origin_flow_picture(FLOWS),
        lambda: histogram_picture([5, 7, 7, 9, 30], "words"),
    ],
)
def test_a_picture_is_a_png_that_fits_a_page_and_is_the_same_each_time(draw: Callable[[], bytes]) -> None:
    first = draw()
    width, height = size(first)
    assert 800 < width < 1000
    assert 150 < height < 1200
    assert draw() == first


@pytest.mark.parametrize(
    "rows",
    [
        [{"step": "a", "kept": 3}],
        [{"step": "a", "source": "all", "kept": 3}, {"step": "a", "source": "fda", "kept": 3}],
        [{"step": "a", "source": "fda", "passages": 0}],
        [
            {"step": "raw", "unit": "records", "order": 0, "source": "fda", "kept": 9, "removed": 0},
            {"step": "text", "unit": "passages", "order": 1, "source": "fda", "kept": 90, "removed": 0},
        ],
        [{"step": "a", "source": None, "count": 7, "removed": 1}],
    ],
)
def test_the_funnel_takes_the_tables_that_a_stage_may_write(rows: list[dict[str, Any]]) -> None:
    assert min(size(funnel_picture(rows))) > 100


def test_a_funnel_without_a_count_says_what_it_needs() -> None:
    with pytest.raises(KeyError, match="kept"):
        funnel_picture([{"step": "a", "source": "fda"}])


def test_empty_rows_are_drawn_empty() -> None:
    for draw in (mixture_picture, origin_flow_picture):
        assert min(size(draw([]))) > 100
    assert min(size(histogram_picture([], "words"))) > 100


def test_matplotlib_is_imported_only_to_draw() -> None:
    code = "import sys, medai_assets.lineage.pictures; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
