"""One notice of Retraction Watch: which article it is about, by which names, and what it does to it.

Natures, and what stands for a missing id ("0", "unavailable", nothing), are as in the published table. Only a retraction
takes an article back; a later reinstatement gives it back. Corrections and concerns are kept as records and withdraw nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from medai_assets.sources.id_spellings import decimal, record_names, without_invisible

RETRACTION, REINSTATEMENT = "Retraction", "Reinstatement"
FLAGS = {
    RETRACTION: "retraction",
    REINSTATEMENT: "reinstatement",
    "Correction": "correction",
    "Expression of concern": "expression_of_concern",
}
_NO_ID = {"", "unavailable"}
_LONGEST_ID = 300  # characters
_AROUND_PMID = re.compile(r"^PMID\s?:?\s?|\.0$", re.IGNORECASE)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")  # by thousands, or several: nobody can tell
_BETWEEN_PMIDS = re.compile(r"[;,|/]|(?<=\d) ")
_BETWEEN_DOIS = re.compile(
    r"[;,|\s](?=\s{0,3}(?:https?://(?:dx\.)?doi\.org/|doi:\s?)?10\.\d{4,9}/)", re.IGNORECASE
)
_DATES = ("%m/%d/%Y %H:%M", "%m/%d/%Y", "%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice.

    Attributes:
        names: of the article, ``pubmed:<PMID>`` and ``doi:<DOI>``; none where the table gives none.
        day: of the notice; None where the table gives none.
        evidence: the notice itself, as an address or a record id.
        unreadable: cells that say something else than an id or a date; the rest of the notice counts.
    """

    number: str
    nature: str
    names: tuple[str, ...]
    day: date | None
    reason: str
    evidence: str
    unreadable: tuple[str, ...]


def read_notice(cells: Mapping[str, str]) -> Notice:
    """The notice of one row.

    Raises:
        ValueError: it has no number, or a nature that is not known; the message says which.
    """
    number, nature = decimal(cells["Record ID"]), cells["RetractionNature"].capitalize()
    if not (number.isascii() and number.isdigit() and len(number) < 12):
        raise ValueError(f"its Record ID is {number[:40]!r}, not a number")
    if nature not in FLAGS:
        raise ValueError(f"its RetractionNature is {nature[:40]!r}, none of {', '.join(FLAGS)}")
    unreadable: list[str] = []
    reasons = "; ".join(part.strip() for part in cells["Reason"].split(";") if part.strip())
    return Notice(
        number=str(int(number)),
        nature=nature,
        names=_names(cells, "OriginalPaper", unreadable),
        day=_day(cells["RetractionDate"], unreadable),
        reason=f"retracted: {reasons or 'no reason given'}",
        evidence=_evidence(cells),
        unreadable=tuple(unreadable),
    )


def reinstated(notices: Iterable[Notice]) -> dict[str, date]:
    """The day of the last reinstatement of each article that has one."""
    found: dict[str, date] = {}
    for notice in notices:
        if notice.nature == REINSTATEMENT and notice.day:
            found |= {name: max(notice.day, found.get(name, date.min)) for name in notice.names}
    return found


def retracted_names(notice: Notice, given_back: Mapping[str, date]) -> list[str]:
    """Names of the articles that a notice takes back now; one without a date is not taken for the older of two.

    One PMID and one DOI are names of one article, which is given back by either; of several each stands by itself.
    """
    if notice.nature != RETRACTION:
        return []
    day = notice.day or date.max
    still = [name for name in notice.names if day >= given_back.get(name, date.min)]
    kinds = [name.partition(":")[0] for name in notice.names]
    is_one = len(kinds) == len({*kinds})
    return [] if is_one and len(still) < len(kinds) else still


def _names(cells: Mapping[str, str], of: str, unreadable: list[str]) -> tuple[str, ...]:
    """Names of the notice (``of`` "Retraction") or of its article ("OriginalPaper"); a cell may hold several ids."""
    found: dict[str, None] = {}
    for column, kind, between in (
        (f"{of}PubMedID", "pmid", _BETWEEN_PMIDS),
        (f"{of}DOI", "doi", _BETWEEN_DOIS),
    ):
        whole = decimal(without_invisible(cells[column]))
        parts = [whole] if kind == "pmid" and _GROUPED.fullmatch(whole.strip()) else between.split(whole)
        for name in (part.strip(" ;,") for part in parts):
            plain = _AROUND_PMID.sub("", name) if kind == "pmid" and name.isascii() else name
            names = dict.fromkeys(record_names(kind, plain) if len(plain) < _LONGEST_ID else ())
            if not names and name.lower().strip("0") not in _NO_ID:
                unreadable.append(f"{column} is {name[:40]!r}")
            found |= names
    return tuple(found)


def _evidence(cells: Mapping[str, str]) -> str:
    names = _names(cells, "Retraction", [])
    return names[0].replace("doi:", "https://doi.org/") if names else f"retraction_watch:{cells['Record ID']}"


def _day(text: str, unreadable: list[str]) -> date | None:
    for form in _DATES if text else ():
        try:
            return datetime.strptime(decimal(text), form).date()
        except ValueError:
            continue
    if text:
        unreadable.append(f"RetractionDate is {text[:40]!r}, not month/day/year")
    return None
