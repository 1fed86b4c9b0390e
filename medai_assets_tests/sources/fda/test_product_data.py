"""Facts of openFDA's fields: what a label's text speaks against is not stated."""

from __future__ import annotations

from typing import Any

import pytest

from medai_assets.sources.fda.product_data import statements
from medai_assets.sources.label_fields import ROUTE

LABEL: dict[str, Any] = {
    "spl_product_data_elements": ["Zorvanel POTASSIUM CHLORIDE POTASSIUM CATION"],
    "openfda": {
        "brand_name": ["Zorvanel"], "generic_name": ["POTASSIUM CHLORIDE"], "substance_name": ["POTASSIUM CHLORIDE"],
        "product_type": ["HUMAN PRESCRIPTION DRUG"], "route": ["INTRAVENOUS"],
    },
}  # fmt: skip


def stated(**sections: list[str]) -> set[str]:
    return {one.section for one in statements(LABEL | sections, is_otc=False)}


def test_the_route_of_what_is_given_as_it_is_is_stated() -> None:
    assert ROUTE in stated(description=["A sterile solution for infusion."])


@pytest.mark.parametrize(
    "text",
    [
        "MUST BE DILUTED before use",
        "Concentrated solution",
        "A concentrate for infusion",
        "Pharmacy Bulk Package",
    ],
)
def test_the_bare_route_of_what_is_diluted_first_is_not(text: str) -> None:
    """Given as it is, a concentrate of potassium kills."""
    found = stated(warnings=[text])
    assert ROUTE not in found
    assert found, "its other facts stand"
