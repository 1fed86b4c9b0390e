"""Publishers' notices at the end of an abstract: who holds the copyright, where a video is, how to cite is not medicine.

The notice stays in the raw record and in its copyright information; the passage ends where the abstract does.
"""

from __future__ import annotations

import re

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
# The article's own citation: journal with year, volume and first page, after authors and title or without them, and then
# its dates and address. Each part is needed in its place, so that a sentence with a year in it is none.
_NAME = r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?"
_AUTHOR = rf"(?:{_NAME} [A-Z]{{1,3}}|[A-Z]{{1,3}} {_NAME})"
_AUTHORS_AND_TITLE = rf"(?:{_AUTHOR}(?:, {_AUTHOR}){{0,8}}(?:,? et al)?[.,] [^?!]{{10,300}}[.?!] )?"
_JOURNAL = r"(?:Cite this article: )?[A-Z]\w*(?: (?:[A-Z]\w*|of|and|the|&)){0,8}"
_PAGES = rf"\.? {_YEAR}; ?\d+ ?(?:\([^()\n]{{1,12}}\))?: ?[\w•]+(?:[-–][\w•]+)?\."
_DATES = r"(?: Epub [^.\n]{5,30}\.)?(?: doi: ?\S+)?"
_CITATION = re.compile(
    rf"(?<=[.!?)\]])\s+(?:{_AUTHORS_AND_TITLE}{_JOURNAL}{_PAGES}{_DATES}|Supplementa(?:l|ry) Materials?:? https?://\S+)\s*$"
)
_SUSPECT = rf"(?i)rights reserved|copyright|©|\(c\)|video abstract|{_YEAR}; ?\d|doi\.org"


def without_notices(texts: pa.Array) -> pa.Array:
    """Texts without a publisher's notice at their end; a text that is nothing else becomes empty."""
    ends = pc.binary_slice(texts.cast(pa.large_binary()), -4 * _LONGEST, None)  # 4: bytes of a character
    suspect = pc.match_substring_regex(ends, _SUSPECT)
    if not pc.any(suspect).as_py():
        return texts
    # Once more: two notices in a row ("… protected by copyright. © 2021 …") are common.
    trimmed = _trimmed(_trimmed(texts.filter(suspect)))
    uncited = [_CITATION.sub("", text) if text else text for text in trimmed.to_pylist()]
    return pc.replace_with_mask(texts, suspect, pa.array(uncited, texts.type))


def _trimmed(texts: pa.Array) -> pa.Array:
    """Looks at the end only: a search of whole abstracts costs six times as much."""
    heads, ends = pc.utf8_slice_codeunits(texts, 0, -_LONGEST), pc.utf8_slice_codeunits(texts, -_LONGEST)
    return pc.binary_join_element_wise(
        heads, pc.replace_substring_regex(ends, NOTICE, ""), pa.scalar("", texts.type)
    )
