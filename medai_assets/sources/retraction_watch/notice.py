"""One notice of Retraction Watch: which article it is about, by which names, and what it does to it.

Natures, and what stands for a missing id ("0", "unavailable", nothing), are as in the published table. Only a retraction
takes an article back; a later reinstatement gives it back. Corrections and concerns are kept as records and withdraw nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from medai_assets.sources.id_spellings import record_names

RETRACTION, REINSTATEMENT = "Retraction", "Reinstatement"
FLAGS = {
    RETRACTION: "retraction",
    REINSTATEMENT: "reinstatement",
    "Correction": "correction",
    "Expression of concern": "expression_of_concern",
}
_DATES = ("%m/%d/%Y %H:%M", "%m/%d/%Y", "%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice.

    Attributes:
        names: of the article, ``pubmed:<PMID>`` and ``doi:<DOI>``; none where the table gives none.
        day: of the notice; None where the table gives none.
        evidence: the notice itself, as an address or a record id.
    """

    number: str
    nature: str
    names: tuple[str, ...]
    day: date | None
    reason: str
    evidence: str


def read_notice(cells: Mapping[str, str]) -> Notice:
    """The notice of one row.

    Raises:
        ValueError: it has no number, or a nature or a date that is not known; the message says which.
    """
    number, nature = cells["Record ID"], cells["RetractionNature"]
    if not (number.isascii() and number.isdigit() and len(number) < 12):
        raise ValueError(f"its Record ID is {number[:40]!r}, not a number")
    if nature not in FLAGS:
        raise ValueError(f"its RetractionNature is {nature[:40]!r}, none of {', '.join(FLAGS)}")
    reasons = "; ".join(part.strip() for part in cells["Reason"].split(";") if part.strip())
    return Notice(
        number=str(int(number)),
        nature=nature,
        names=_names(cells["OriginalPaperPubMedID"], cells["OriginalPaperDOI"]),
        day=_day(cells["RetractionDate"]),
        reason=f"retracted: {reasons or 'no reason given'}",
        evidence=_evidence(cells),
    )


def reinstated(notices: Iterable[Notice]) -> dict[str, date]:
    """The day of the last reinstatement of each article that has one."""
    found: dict[str, date] = {}
    for notice in notices:
        if notice.nature == REINSTATEMENT and notice.day:
            found |= {name: max(notice.day, found.get(name, date.min)) for name in notice.names}
    return found


def stands(notice: Notice, given_back: Mapping[str, date]) -> bool:
    """Whether a notice takes its article back now; one without a date is not taken for the older of two."""
    days = [given_back[name] for name in notice.names if name in given_back]
    return notice.nature == RETRACTION and not (days and notice.day and notice.day < max(days))


def _names(pmid: str, doi: str) -> tuple[str, ...]:
    return (*record_names("pmid", pmid), *record_names("doi", doi))


def _evidence(cells: Mapping[str, str]) -> str:
    names = _names(cells["RetractionPubMedID"], cells["RetractionDOI"])
    return names[0].replace("doi:", "https://doi.org/") if names else f"retraction_watch:{cells['Record ID']}"


def _day(text: str) -> date | None:
    for form in _DATES if text else ():
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    if text:
        raise ValueError(f"its RetractionDate is {text[:40]!r}, not month/day/year")
    return None
