"""Publishers' notices at the end of an abstract: who holds the copyright, or where a video is, is not medicine.

The notice stays in the raw record and in its copyright information; the passage ends where the abstract does.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_YEAR = r"(?:19|20)\d{2}"
_LONGEST = 240  # characters at the end within which a notice stands
NOTICE = (
    r"(?i)\s*(?:"
    rf"\(?PsycINFO Database Record \(c\) {_YEAR} APA,? all rights reserved\.?\)?"
    r"|(?:\(?This article is protected by copyright\.?\)?\s*)?All rights reserved"
    r"|This article is protected by copyright"
    rf"|(?:copyright\s*)?(?:©|\(c\)|copyright)\s*(?:©\s*)?{_YEAR}[^\n]*"
    rf"|©\s*[a-z][\w&' ]{{1,30}},? {_YEAR}[^\n]*"
    r"|(?:see (?:the )?(?:supplemental )?)?video abstract(?: (?:at|in) https?://\S+|: https?://\S+)?"
    r")\.?\s*$"
)
_SUSPECT = r"(?i)rights reserved|copyright|©|\(c\)|video abstract"


def without_notices(texts: pa.Array) -> pa.Array:
    """Texts without a publisher's notice at their end; a text that is nothing else becomes empty."""
    ends = pc.binary_slice(texts.cast(pa.large_binary()), -4 * _LONGEST, None)  # 4: bytes of a character
    suspect = pc.match_substring_regex(ends, _SUSPECT)
    if not pc.any(suspect).as_py():
        return texts
    # Once more: two notices in a row ("… protected by copyright. © 2021 …") are common.
    return pc.replace_with_mask(texts, suspect, _trimmed(_trimmed(texts.filter(suspect))))


def _trimmed(texts: pa.Array) -> pa.Array:
    """Looks at the end only: a search of whole abstracts costs six times as much."""
    heads, ends = pc.utf8_slice_codeunits(texts, 0, -_LONGEST), pc.utf8_slice_codeunits(texts, -_LONGEST)
    return pc.binary_join_element_wise(
        heads, pc.replace_substring_regex(ends, NOTICE, ""), pa.scalar("", texts.type)
    )
