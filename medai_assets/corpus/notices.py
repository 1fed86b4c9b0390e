"""Publishers' notices at the end of an abstract: who holds the copyright is provenance, not medicine.

The notice stays in the raw record and in its copyright information; the passage ends where the abstract does.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_YEAR = r"(?:19|20)\d{2}"
NOTICE = (
    r"(?i)\s*(?:"
    rf"\(?PsycINFO Database Record \(c\) {_YEAR} APA,? all rights reserved\.?\)?"
    r"|(?:\(?This article is protected by copyright\.?\)?\s*)?All rights reserved"
    r"|This article is protected by copyright"
    rf"|(?:copyright\s*)?(?:©|\(c\)|copyright)\s*(?:©\s*)?{_YEAR}[^\n]{{0,200}}"
    r")\.?\s*$"
)
_LONGEST = 600  # bytes at the end within which notices stand
_SUSPECT = r"(?i)rights reserved|copyright|©|\(c\)"


def without_notices(texts: pa.Array) -> pa.Array:
    """Texts without a copyright notice at their end; a text that is nothing else becomes empty."""
    tails = pc.binary_slice(texts.cast(pa.large_binary()), -_LONGEST, None)
    suspect = pc.match_substring_regex(tails, _SUSPECT)
    if not pc.any(suspect).as_py():
        return texts
    trimmed = pc.replace_substring_regex(texts.filter(suspect), NOTICE, "")
    # Once more: two notices in a row ("… protected by copyright. © 2021 …") are common.
    return pc.replace_with_mask(texts, suspect, pc.replace_substring_regex(trimmed, NOTICE, ""))
