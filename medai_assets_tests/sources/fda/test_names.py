"""openFDA's own names: each on one line, and no square of their length."""

from __future__ import annotations

import time

import orjson
import pytest

from medai_assets.sources.document import Document
from medai_assets.sources.fda.names import aliases_of, brand_of, listed, publishers_names, subject_of
from medai_assets.sources.fda.parse import parse
from medai_assets_tests.corpus.builders import processed, prose, record


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (["IBUPROFEN"], ["IBUPROFEN"]),
        ("IBUPROFEN", ["IBUPROFEN"]),
        (["  Ibuprofen   and\n\tFamotidine "], ["Ibuprofen and Famotidine"]),
        (["Advil", "", " ", None, 7, ["x"], "Motrin"], ["Advil", "Motrin"]),
        (["Advil" * 1_000, "Motrin"], ["Advil" * 1_000, "Motrin"]),
        (["A" + " " * 12_000 + "B"], ["A B"]),
        (None, []),
        ({"name": "Advil"}, []),
    ],
)
def test_names_of_a_field(value: object, names: list[str]) -> None:
    assert listed({"openfda": {"brand_name": value}}, "brand_name") == names


@pytest.mark.parametrize("block", [None, [], "Advil", 7])
def test_a_block_that_is_none_names_nothing(block: object) -> None:
    record = {"openfda": block}
    assert (brand_of(record), subject_of(record), aliases_of(record, None)) == (None, None, [])
    assert publishers_names(record) == {}


LABEL = {
    "purpose": ["Purpose Pain reliever"],
    "active_ingredient": ["Ibuprofen 200 mg"],
    "spl_product_data_elements": ["Painless ibuprofen IBUPROFEN"],
    "indications_and_usage": ["Uses temporarily relieves minor aches and pains due to the common cold"],
}
NAMES = {
    "generic_name": ["IBUPROFEN"], "brand_name": ["Painless"], "substance_name": ["IBUPROFEN"], "route": ["ORAL"],
    "product_type": ["HUMAN OTC DRUG"], "pharm_class_epc": ["Nonsteroidal Anti-inflammatory Drug [EPC]"],
}  # fmt: skip


@pytest.mark.parametrize("field", [*NAMES, "active_ingredient", "spl_product_data_elements", "purpose"])
@pytest.mark.parametrize("unit", [" ", "( ", "1", ", ", "A ", "A-", "and "])
def test_a_label_with_an_odd_name_is_read_in_time_in_proportion(field: str, unit: str) -> None:
    """12,000 spaces took four seconds, as many digits more than two; these would take minutes."""
    odd = {field: [f"A{unit * (60_000 // len(unit))}B"]}
    record = LABEL | odd if field not in NAMES else LABEL
    payload = orjson.dumps(record | {"openfda": NAMES | odd if field in NAMES else NAMES}).decode()
    begun = time.process_time()
    assert isinstance(parse(payload), Document)
    assert time.process_time() - begun < 20


@pytest.mark.parametrize(
    ("name", "is_name"), [("Advil " * 1_000, True), ("Advil " * 3_000, False), ("Advil" * 1_000, False)]
)
def test_a_label_with_a_name_that_is_none_is_set_aside_and_counted(name: str, is_name: bool) -> None:
    label = LABEL | {"indications_and_usage": [prose(1)], "openfda": NAMES | {"brand_name": [name]}}
    found = processed([record("fda:1", orjson.dumps(label).decode(), source="fda")], "fda")
    assert set(found.passages["document_id"].to_pylist()) == ({"fda:1"} if is_name else set())
    assert ("odd words" in {row["reason"] for row in found.removed.to_pylist()}) is not is_name
