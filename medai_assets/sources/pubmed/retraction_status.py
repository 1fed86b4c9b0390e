"""What PubMed says of an article's standing, and what the corpus does about it: one table for each way of saying it.

Types of CommentsCorrections are those of NLM's PubMed DTD (attribute RefType) as its data element descriptions explain them
(https://www.nlm.nih.gov/bsd/licensee/elements_descriptions.html); publication types are MeSH's
(https://www.nlm.nih.gov/mesh/pubtypes.html). Some publishers say it in the title or in place of the abstract alone.
"""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.sources.document import SetAside


class Correction(NamedTuple):
    """What a link to another article means for this one: why it is set aside, if it is, and its flag in the raw table."""

    aside: SetAside | None
    flag: str = ""


_RETRACTED = SetAside("retracted", "the citation names its retraction")
_NOTICE = SetAside("notice", "the text is about another article")
_REPLACED = SetAside("replaced", "the citation names the text that replaces it")
_DOUBTED = SetAside("expression of concern", "the citation names an expression of concern")
_KEPT = Correction(None)

COMMENTS_CORRECTIONS: dict[str, Correction] = {
    # The article itself is withdrawn, replaced or doubted: no text to learn from.
    "RetractionIn": Correction(_RETRACTED, "retracted"),
    "PartialRetractionIn": Correction(_DOUBTED, "concern"),
    "RetractedandRepublishedIn": Correction(_RETRACTED, "republished"),
    "CorrectedandRepublishedIn": Correction(_REPLACED, "republished"),
    "RepublishedIn": Correction(_REPLACED, "republished"),
    "UpdateIn": Correction(_REPLACED, "updated"),
    "ExpressionOfConcernIn": Correction(_DOUBTED, "concern"),
    # It is a notice about another article.
    "RetractionOf": Correction(SetAside("retraction notice", "the citation retracts another"), "notice"),
    "PartialRetractionOf": Correction(
        SetAside("retraction notice", "the citation retracts another"), "notice"
    ),
    "ErratumFor": Correction(_NOTICE, "notice"),
    "CommentOn": Correction(_NOTICE, "notice"),
    "ExpressionOfConcernFor": Correction(_NOTICE, "notice"),
    # It stands: corrected in a detail, commented on, or itself the later text.
    "ErratumIn": Correction(None, "erratum"),
    "CommentIn": _KEPT,
    "RetractedandRepublishedFrom": _KEPT,
    "CorrectedandRepublishedFrom": _KEPT,
    "RepublishedFrom": _KEPT,
    "UpdateOf": _KEPT,
    "ReprintIn": _KEPT,
    "ReprintOf": _KEPT,
    "OriginalReportIn": _KEPT,
    "SummaryForPatientsIn": _KEPT,
    "AssociatedDataset": _KEPT,
    "AssociatedPublication": _KEPT,
    "Cites": _KEPT,
}
RETRACTING = frozenset({"RetractionIn", "RetractedandRepublishedIn"})
SET_ASIDE_CORRECTIONS = {name: one.aside for name, one in COMMENTS_CORRECTIONS.items() if one.aside}
CORRECTION_FLAGS = {name: one.flag for name, one in COMMENTS_CORRECTIONS.items() if one.flag}

# Each needs its mark behind the word, so that retracted muscles and the correction of anaemia are kept.
_WITHDRAWN_TITLE = (
    r"^\W{0,2}(?i:withdrawn|retracted|temporary removal|removed|retracted and republished)\s*:"
    r"|^\W{0,2}(?:WITHDRAWN|RETRACTED)(?: ARTICLE| PAPER)?\s*[:.–—-]"
    r"|(?i)[\[(](?:retracted|withdrawn)(?: article| paper)?[\])]\.?$"
)
_NOTICE_TITLE = (
    r"(?i)^\W{0,2}(?:(?:author|publisher)(?:'s|s')? )?(?:correction|erratum|errata|corrigend(?:um|a)|addendum)(?: (?:to|for))?\s*:"
    r"|(?i)^\W{0,2}(?:retraction|expression of concern|notice of retraction|withdrawal)(?: (?:of|note|notice))?\s*:"
)
_WITHDRAWN_TEXT = (
    r"(?i)^\W{0,3}(?:this|the|the above) (?:article|paper|review|protocol|study|publication) (?:has been|was|is) "
    r"(?:temporarily |permanently )?(?:withdrawn|retracted|removed)\b"
    r"|(?i)^\W{0,3}the (?:publisher|editors?|authors?|journal)[^.]{0,60} (?:has|have) (?:temporarily |permanently )?"
    r"(?:withdrawn|retracted|removed) this (?:article|paper|review)\b"
)
BY_TITLE = (
    (_WITHDRAWN_TITLE, SetAside("retracted", "the title says it is withdrawn")),
    (_NOTICE_TITLE, SetAside("notice", "the title says it corrects or retracts another")),
)
BY_TEXT = SetAside("retracted", "the text says it is withdrawn")


def says_withdrawn(titles: pa.Array, texts: pa.Array) -> pa.Array:
    """Where a title, or the beginning of an abstract, says that the article is withdrawn."""
    by_title = pc.fill_null(pc.match_substring_regex(titles, _WITHDRAWN_TITLE), False)
    return pc.or_(by_title, pc.fill_null(pc.match_substring_regex(texts, _WITHDRAWN_TEXT), False))


def beginnings(abstracts: pa.ListArray) -> pa.Array:
    """The first part's text of each abstract, null where there is none."""
    starts = pc.list_value_length(abstracts)
    offsets = pa.array(abstracts.offsets.to_numpy()[:-1], mask=(starts.to_numpy(zero_copy_only=False) == 0))
    return abstracts.values.field("text").take(offsets)


def by_words(titles: pa.Array, texts: pa.Array) -> dict[int, SetAside]:
    """Rows whose title or abstract says it, with the reason."""
    found: dict[int, SetAside] = {}
    hits = pc.fill_null(pc.match_substring_regex(texts, _WITHDRAWN_TEXT), False)
    found |= dict.fromkeys(pc.indices_nonzero(hits).to_pylist(), BY_TEXT)
    for pattern, aside in BY_TITLE:
        hits = pc.fill_null(pc.match_substring_regex(titles, pattern), False)
        found |= dict.fromkeys(pc.indices_nonzero(hits).to_pylist(), aside)
    return found
