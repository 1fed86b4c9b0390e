"""Retraction Watch's table of retractions: one file, renewed every working day, to records and withdrawals.

A record's payload holds what says which article is meant, when, and why, as it came; names and institutions of authors are
not kept. Each retraction withdraws the article under every name that the table gives it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import orjson

from medai_assets.foundation.slices import Slice
from medai_assets.sources.collection import Collection
from medai_assets.sources.one_record import read_or_reject
from medai_assets.sources.records import Item, RawRecord, Rejected, Withdrawal, licence_of
from medai_assets.sources.retraction_watch.notice import (
    FLAGS,
    Notice,
    read_notice,
    reinstated,
    retracted_names,
)
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
