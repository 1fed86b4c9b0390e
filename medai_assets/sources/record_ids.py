"""Record ids: the forms that the sources make, by which an id is recognised wherever it is typed."""

from __future__ import annotations

import re

# An id of another form withdraws nothing (docs/architecture.md).
RECORD_FORMS = {
    "fda": re.compile(r"fda:[0-9A-Za-z-]+"),
    "pubmed": re.compile(r"pubmed:\d+"),
    "nhs": re.compile(r"nhs:[^\s@]+"),
    "cdc": re.compile(r"cdc:\d+"),
    "medquad": re.compile(r"medquad:[^/#\s]+/[^#\s]+#\S+"),
    "hf": re.compile(r"hf:[^\s/]+/\S.*"),  # a row's key is what its publisher writes, blanks among it,
}


def is_record_id(text: str) -> bool:
    """Whether a source makes ids of this form."""
    return any(form.fullmatch(text) for form in RECORD_FORMS.values())
