"""Flattened label text made readable: references to sections go, what a reader needs stays."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from medai_assets.sources.document import Document
from medai_assets.sources.fda.parse import parse
from medai_assets.sources.fda.section_text import tidy
from medai_assets_tests.open_faults import open_fault


def label(**fields: Any) -> Document:
    found = parse(orjson.dumps({"openfda": {"generic_name": ["DRUG X"]}, **fields}).decode())
    assert isinstance(found, Document), found
    return found


@open_fault("honest medicine", "numbers in brackets are taken for references to sections and deleted")
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Give 100 mg on Days (1, 8, 15) of each 28-day cycle.", "(1, 8, 15)"),
        ("Take tablets (2) every 6 hours.", "(2)"),
        ("Stop the drug for grades (3, 4).", "(3, 4)"),
        ("The hazard ratio (0.75) favoured the drug.", "(0.75)"),
        ("The INR goal (2.5) was kept and potassium (5.0, 5.5) rose.", "(5.0, 5.5)"),
        ("Answers were (0) none, (1) almost never, (2) a few times and (3) most times.", "(0) none, (1) almost never"),
    ],
)  # fmt: skip
def test_a_number_in_brackets_that_says_something_stays(text: str, kept: str) -> None:
    assert kept in tidy(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Drug X is indicated for pain in adults ( 1.1 , 5.2 ).", "Drug X is indicated for pain in adults."),
        ("Avoid use in pregnancy. (5.1, 8.1)", "Avoid use in pregnancy."),
    ],
)
def test_a_reference_to_a_section_goes(text: str, plain: str) -> None:
    assert tidy(text) == plain
