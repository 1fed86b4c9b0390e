"""Retraction Watch's table of retractions: one file, renewed every working day, to records and withdrawals.

A record's payload holds what says which article is meant, when, and why, as it came; names and institutions of authors are
not kept. Natures, and what stands for a missing id ("0", "unavailable", nothing), are as in the published table. Each retraction
withdraws the article under every name that the table gives it, and a later reinstatement gives it back; corrections and concerns
are kept as records and withdraw nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

import orjson

from medai_assets.foundation.slices import Slice
from medai_assets.sources.collection import Collection
from medai_assets.sources.id_spellings import decimal, record_names, without_invisible
from medai_assets.sources.one_record import read_or_reject
from medai_assets.sources.records import Item, RawRecord, Rejected, Withdrawal, licence_of
from medai_assets.sources.retraction_watch.rows import NEEDED, Row, header_problem, rows_of
from medai_assets.sources.table_files import TableDamaged
from medai_assets.transport.errors import ReplyInvalid
from medai_assets.transport.reply import Download

TABLE = "crossref/retraction-watch-data/-/raw/main/retraction_watch.csv"
_LARGEST = 512 << 20  # bytes; it has about 66 million
_ATTRIBUTION = "Retraction Watch Data (The Center for Scientific Integrity, Crossref)"


def collect(slice: Slice, context: Collection) -> Iterator[Item]:
    """Every notice, and a withdrawal for each name of an article whose retraction stands.

    Raises:
        ReplyInvalid: what came is not the table.
    """
    newest = context.http.head(TABLE).headers
    version = newest.get("ETag") or newest.get("Last-Modified") or ""
    if copy := context.unchanged("table", version):
        yield copy
        return
    path = context.journal.file(
        "retraction_watch.csv",
        lambda to: context.http.download(TABLE, to, max_bytes=_LARGEST, check=header_problem),
    )
    fetched = context.journal.download("retraction_watch.csv")
    try:  # whatever limit there is on records: a table cut short withdraws too little
        yield from _items(path, fetched)
    except TableDamaged as error:
        raise ReplyInvalid("retraction_watch", fetched.url, f"the table is damaged ({error})") from error


def _items(path: Path, fetched: Download) -> Iterator[Item]:
    given_back = reinstated(notice for notice in map(_notice, rows_of(path)) if isinstance(notice, Notice))
    for row in rows_of(path):
        notice = _notice(row)
        record = (
            notice if isinstance(notice, Rejected) else read_or_reject(partial(_record, row, notice, fetched))
        )
        if isinstance(record, Rejected) or isinstance(notice, Rejected):
            yield record if isinstance(record, Rejected) else notice
            continue
        yield record
        if notice.unreadable:
            detail = f"line {row.line}: {'; '.join(notice.unreadable)}"
            yield Rejected(
                reason="cells of a notice that cannot be read",
                record_id=record.record_id,
                detail=detail,
                payload=row.text,
            )
        yield from (_withdrawal(name, notice) for name in retracted_names(notice, given_back))


def _notice(row: Row) -> Notice | Rejected:
    place = f"line {row.line}"
    if row.problem:
        return Rejected(reason="not a row of the table", detail=f"{place}: {row.problem}", payload=row.text)
    return read_or_reject(partial(read_notice, row.cells), place=place, payload=row.text)


def _record(row: Row, notice: Notice, fetched: Download) -> RawRecord:
    licence, is_sample = licence_of(row.cells.get("Notes", ""), "LicenseRef-None-Stated")
    kept = {name: row.cells[name] for name in NEEDED}
    return RawRecord(
        record_id=f"retraction_watch:{notice.number}",
        payload=orjson.dumps(kept),
        payload_format="json",
        url=fetched.url,
        request=fetched.url,
        retrieved_at=fetched.retrieved_at,
        licence=licence,
        attribution="medai sample in the format of Retraction Watch" if is_sample else _ATTRIBUTION,
        title=row.cells["Title"] or None,
        updated_at=notice.day.isoformat() if notice.day else None,
        flags=[FLAGS[notice.nature], *([] if notice.names else ["names_no_article"])],
        sample=is_sample,
    )


def _withdrawal(name: str, notice: Notice) -> Withdrawal:
    return Withdrawal(
        record_id=name,
        kind="retraction",
        reason=notice.reason,
        reported_by="retraction_watch",
        reported_at=notice.day.isoformat() if notice.day else None,
        evidence=notice.evidence,
    )


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
