"""What documents of drug labels hold in common, whichever source they are of; ``label_fields.yaml`` is the table.

What belongs here: a label's fields with section and heading, and the sections that each state one fact of the product. A parser
of a source with the trait ``label`` writes these, rules on labels read them. What does not: how a publisher's form is read.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from medai_assets.foundation.yaml_files import read_yaml


class Field(NamedTuple):
    """Where a label's field goes: section, heading for people, and who it is written for when not the prescriber."""

    section: str
    heading: str
    audience: str | None = None


FIELDS = {
    name: Field(*place) for name, place in read_yaml(Path(__file__).with_name("label_fields.yaml")).items()
}
# Each is one sentence, with its values in the attribute ``values``.
STATED = ACTIVE, KIND, ROUTE, CLASS, MECHANISM, PURPOSE = (
    "active_ingredient", "product_type", "route", "drug_class", "mechanism_class", "purpose",
)  # fmt: skip
PRESCRIPTION = "prescription drug"  # a value of KIND
