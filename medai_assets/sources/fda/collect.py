"""openFDA drug labels: a year's labels by the search API, or out of the bulk files.

What belongs here: turning labels into raw records, and which version of a label counts. The walk is in walk.py, the
bulk export in bulk.py, reading JSON in labels.py, the marks in flags.py.

A slice's query is ``{"effective_time": "2024"}`` (a year, month or day in digits). With ``"via": "bulk"`` the same
labels are taken from the export's zip files.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from medai_assets.foundation.json_stream import check_depth
from medai_assets.foundation.slices import Slice
from medai_assets.sources.collection import Collection
from medai_assets.sources.fda import bulk as fda_bulk
from medai_assets.sources.fda.flags import flags_of
from medai_assets.sources.fda.labels import (
    Head,
    Labels,
    LabelsInvalid,
    LabelSource,
    compact,
    head_of,
    scalar,
    set_id_of,
    value_of,
)
from medai_assets.sources.fda.walk import Walk
from medai_assets.sources.one_record import read_or_reject
from medai_assets.sources.records import Copy, Item, RawRecord, Rejected, Withdrawal, licence_of
from medai_assets.transport.errors import ReplyInvalid

_LABEL_PAGE = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={}"
_ATTRIBUTION = "openFDA drug labels, U.S. Food and Drug Administration; no endorsement by FDA is implied"
_CC0_PAGE = "open.fda.gov/license"
Version = tuple[int, str]  # number and effective_time: the greater is the newer


def collect(slice: Slice, context: Collection) -> Iterator[Item]:
    """Every label of the slice's dates once, in its newest version; older versions are withdrawn."""
    span = dates_of(slice.query["effective_time"])
    if slice.query.get("via") == "bulk":
        yield from _from_bulk(span, context)
        return
    walk = Walk(context, span)
    if context.previous and walk.has_nothing_new():
        yield Copy(context.previous)
        return
    yield from _items(walk.pages(), span, context)
    if walk.missing:
        yield Rejected(reason="announced, not received", detail=f"{walk.missing} labels, after two walks")


def _from_bulk(span: tuple[str, str], context: Collection) -> Iterator[Item]:
    export = fda_bulk.current_export(context)
    if context.previous and fda_bulk.has_nothing_new(context, export):
        context.new_validators.update(context.validators)
        yield Copy(context.previous)
        return
    with fda_bulk.parts(context, export) as sources:
        yield from _items(sources, span, context)
    context.new_validators.update(
        export_date=export.export_date,
        total=str(export.total_records),
        collected_on=datetime.now(UTC).date().isoformat(),
    )


def dates_of(digits: str) -> tuple[str, str]:
    """First and last ``effective_time`` of a year, month or day given as 4, 6 or 8 digits.

    Raises:
        ValueError: anything else.
    """
    if not re.fullmatch(r"\d{4}|\d{6}|\d{8}", digits):
        raise ValueError(f"effective_time is a year, month or day in digits, not {digits!r}")
    return digits + "0101"[len(digits) - 4 :], digits + "1231"[len(digits) - 4 :]


def _items(sources: Sequence[LabelSource], span: tuple[str, str], context: Collection) -> Iterator[Item]:
    newest = _newest_versions(sources, span)
    waiting = dict(newest)
    refused = defaultdict[int, Counter[bytes]](Counter)  # by walk, how many of the same bytes
    left = context.limit if context.limit is not None else len(newest)
    for source in sources:
        labels = _opened(source)
        licence = licence_of_meta(labels.meta)
        for number, record in enumerate(_read(labels, source), 1):
            item = read_or_reject(
                partial(_item, record, source, licence, span, waiting, newest),
                place=f"record {number:,}",
                payload=record,
                request=source.request,
            )
            if isinstance(item, RawRecord):
                left -= 1
            if isinstance(item, Rejected):
                digest = hashlib.sha256(record).digest()
                refused[source.walk][digest] += 1
                # A second walk brings again what the first could not read.
                if refused[source.walk][digest] <= refused[source.walk - 1][digest]:
                    continue
            if item is not None and left >= 0:
                yield item
        if left < 0:
            break
    yield from _superseded_before(newest, context)


def _item(
    record: bytes,
    source: LabelSource,
    licence: tuple[str, bool],
    span: tuple[str, str],
    waiting: dict[str, Version],
    newest: Mapping[str, Version],
) -> Item | None:
    """The record, its rejection, its withdrawal as superseded, or None when it is not of this slice or came twice."""
    check_depth(record)
    payload = compact(record)
    head = head_of(payload)
    set_id = set_id_of(head)
    if not set_id:
        return Rejected(reason="set_id is not a text", payload=_text(payload), request=source.request)
    version = _version(head)
    if not span[0] <= version[1] <= span[1]:
        wrong = Rejected(
            reason="no effective_time",
            record_id=f"fda:{set_id}",
            payload=_text(payload),
            request=source.request,
        )
        return None if version[1] else wrong
    if version < newest[set_id]:
        return _superseded(set_id, str(version[0]), newest[set_id])
    if waiting.pop(set_id, None) is None:
        return None
    return _raw_record(set_id, head, payload, source, licence)


def _raw_record(
    set_id: str, head: Head, payload: bytes, source: LabelSource, licence: tuple[str, bool]
) -> RawRecord:
    identifier, is_sample = licence
    return RawRecord(
        record_id=f"fda:{set_id}",
        payload=payload,
        payload_format="json",
        url=_LABEL_PAGE.format(set_id),
        request=source.request,
        retrieved_at=source.retrieved_at,
        licence=identifier,
        attribution="medai sample in the format of openFDA; not FDA text" if is_sample else _ATTRIBUTION,
        version=scalar(head.version) or "",
        title=_title(head),
        language="en",
        updated_at=datetime.strptime(_version(head)[1], "%Y%m%d").date().isoformat(),
        flags=flags_of(head, payload),
        sample=is_sample,
    )


def licence_of_meta(meta: Mapping[str, Any]) -> tuple[str, bool]:
    """Licence id, and whether these are samples, from ``meta.license``; CC0 where it is openFDA's licence page."""
    stated = str(meta.get("license", ""))
    return licence_of(stated, "CC0-1.0" if _CC0_PAGE in stated else "LicenseRef-None-Stated")


def _opened(source: LabelSource) -> Labels:
    try:
        return source.open()
    except LabelsInvalid as error:
        raise ReplyInvalid(
            "fda", source.request, str(error), "Run the slice again: it is fetched anew"
        ) from error


def _read(labels: Labels, source: LabelSource) -> Iterator[bytes]:
    """The records; raises ReplyInvalid when the source is damaged or holds another number than announced."""
    count = 0
    try:
        for record in labels:
            count += 1
            yield record
    except LabelsInvalid as error:
        raise ReplyInvalid(
            "fda", source.request, str(error), "Run the slice again: it is fetched anew"
        ) from error
    if source.announced is not None and count != source.announced:
        problem = f"the file holds {count:,} records, the manifest announces {source.announced:,}"
        raise ReplyInvalid("fda", source.request, problem)


def _newest_versions(sources: Sequence[LabelSource], span: tuple[str, str]) -> dict[str, Version]:
    """The newest version of each label in the span; a first pass that reads four fields of each record."""
    newest: dict[str, Version] = {}
    for source in sources:
        for record in _read(_opened(source), source):
            known = read_or_reject(partial(_identity, record))
            if isinstance(known, Rejected):
                continue  # rejected with its reason in the second pass
            set_id, version = known
            if set_id and span[0] <= version[1] <= span[1]:
                newest[set_id] = max(newest.get(set_id, version), version)
    return newest


def _identity(record: bytes) -> tuple[str | None, Version]:
    head = head_of(record)
    return set_id_of(head), _version(head)


def _version(head: Head) -> Version:
    """Version number and effective time; 0 and "" where they cannot be read."""
    number, effective = scalar(head.version) or "", scalar(head.effective_time) or ""
    try:
        datetime.strptime(effective, "%Y%m%d")
    except ValueError:
        effective = ""
    return int(number) if number.isdigit() else 0, effective


def _title(head: Head) -> str | None:
    """Brand and generic name, or the beginning of the product data where openFDA could not match the product."""
    facts = value_of(head.openfda)
    facts = facts if isinstance(facts, dict) else {}
    names = [
        str(facts[key][0])
        for key in ("brand_name", "generic_name")
        if isinstance(facts.get(key), list) and facts[key]
    ]
    if not names:
        elements = scalar(head.spl_product_data_elements)
        return elements[:80] if elements else None
    return (
        names[0]
        if len(names) == 1 or names[0].casefold() == names[1].casefold()
        else f"{names[0]} ({names[1]})"
    )


def _superseded(set_id: str, version: str, by: Version) -> Withdrawal:
    return Withdrawal(
        record_id=f"fda:{set_id}",
        kind="superseded",
        reason=f"version {by[0]} of {by[1]} replaces it",
        reported_by="fda",
        version=version,
        reported_at=f"{by[1][:4]}-{by[1][4:6]}-{by[1][6:]}",
        evidence=_LABEL_PAGE.format(set_id),
    )


def _superseded_before(newest: Mapping[str, Version], context: Collection) -> Iterator[Item]:
    """Versions that the slice held before, and those withdrawn earlier: what was learned from them stays traceable."""
    last = context.last
    if last is None:
        return
    current = {(f"fda:{set_id}", str(version[0])) for set_id, version in newest.items()}
    known = set()
    for row in last.table("withdrawals").to_pylist():
        if (row["record_id"], row["version"]) not in current:
            known.add((row["record_id"], row["version"]))
            yield Withdrawal(**row)
    for batch in last.batches("records", columns=["record_id", "version"]):
        for record_id, version in zip(*(batch.column(name).to_pylist() for name in ("record_id", "version"))):
            now = newest.get(record_id.removeprefix("fda:"))
            if now and str(now[0]) != version and (record_id, version) not in known:
                yield _superseded(record_id.removeprefix("fda:"), version, now)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
