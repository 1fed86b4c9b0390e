"""Flattened label text made readable: references to sections go, what a reader needs stays."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from medai_assets.sources.document import Document
from medai_assets.sources.fda.parse import parse
from medai_assets.sources.fda.section_text import tidy


def label(**fields: Any) -> Document:
    found = parse(orjson.dumps({"openfda": {"generic_name": ["DRUG X"]}, **fields}).decode())
    assert isinstance(found, Document), found
    return found


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


SAID = "Drug X relieves acute pain in adults and is taken twice a day."


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("dosage_and_administration", f"2 DOSAGE AND ADMINISTRATION2.1 Recommended Dosage {SAID}"),
        ("dosage_and_administration", f"DOSAGE AND ADMINISTRATION2.1 Recommended Dosage {SAID}"),
        ("indications_and_usage", f"1 INDICATIONS AND USAGE1.1 Pain {SAID}"),
    ],
)
def test_a_glued_heading_is_cut_off_whole(field: str, text: str) -> None:
    assert [section.text for section in label(**{field: [text]}).sections] == [SAID]


def test_a_field_without_a_value_costs_nothing_else() -> None:
    found = label(indications_and_usage=None, dosage_and_administration=[SAID])
    assert [section.text for section in found.sections] == [SAID]


def test_a_field_may_be_plain_text() -> None:
    found = label(indications_and_usage=SAID, purpose=["Purpose Pain reliever and fever reducer"])
    assert SAID in [section.text for section in found.sections]


def test_a_null_in_a_list_costs_nothing_else() -> None:
    found = label(indications_and_usage=[None, SAID])
    assert [section.text for section in found.sections] == [SAID]


@pytest.mark.parametrize(
    ("openfda", "subject"),
    [
        pytest.param(
            {"generic_name": "DRUG X"},
            "drug x",
            id="text where a list belongs",
        ),
        pytest.param(
            None,
            None,
            id="null",
        ),
        pytest.param(
            {"generic_name": None},
            None,
            id="a list that is null",
        ),
    ],
)
def test_names_in_other_shapes(openfda: Any, subject: str | None) -> None:
    assert label(openfda=openfda, indications_and_usage=[SAID]).subject == subject


@pytest.mark.parametrize(
    "fields",
    [
        {"description": ["The tablets have a film coat (hypromellose) and Lipitor® (titanium dioxide is white)."]},
        {"spl_product_data_elements": ["Bonebuild calcium carbonate CALCIUM CATION CALCIUM CARBONATE"]},
        {"active_ingredient": ["Active ingredient (in each tablet) Purpose Cyclizine 50 mg"]},
    ],
    ids=["first bracket", "most repeated word", "next column"],
)  # fmt: skip
def test_a_drug_is_never_named_by_a_guess(fields: dict[str, Any]) -> None:
    assert label(openfda={}, indications_and_usage=[SAID], **fields).subject in (None, "cyclizine")
