"""What a collector yields, and how it becomes rows of the raw tables.

What belongs here: the row types and their conversion to Arrow. A source for which speed matters may yield
``pa.RecordBatch`` in one of their schemas instead; then it fills every column itself (``payload_hashes`` helps)
and makes sure that no record comes twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import pyarrow as pa

from medai_assets.foundation.plain_text import plain, plain_line
from medai_assets.foundation.redaction import secrets_of_environment
from medai_assets.foundation.samples import SANDBOX
from medai_assets.foundation.schemas import ALIAS, RAW_RECORD, REJECTED, WITHDRAWAL
from medai_assets.storage import Stored

LICENCE_MARK_OF_SAMPLES = "medai-sample"
SAMPLE_LICENCE = "LicenseRef-medai-sample"
LONGEST_SHOWN = 1 << 17  # characters; an article of three thousand authors names them in half as many
LONGEST_REJECTED = 1 << 20  # characters kept of a payload that is no record
_NEEDED = ("record_id", "payload_format", "url", "request", "licence", "attribution", "version")
_SHOWN = ("url", "request", "attribution", "version", "title", "language", "updated_at")


@dataclass(slots=True, kw_only=True)
class RawRecord:
    """One record of an upstream as it came; the columns are explained in ``schemas.RAW_RECORD``.

    ``payload`` is verbatim, text or its UTF-8 bytes. ``source``, ``slice`` and ``payload_sha256`` are filled in
    when it is written. What is shown beside it holds no control characters. No publisher has a page of a sample: whatever
    its payload names, its ``url`` is its name in the sandbox, which the lineage page and ``medai trace`` show.

    Raises:
        TypeError: a field holds something else than text; the message names it.
        UnicodeError: the payload or the id has no UTF-8 form.
        ValueError: the id cannot be shown, the address cannot be read, or a field is too long to be shown.
    """

    record_id: str
    payload: str | bytes
    payload_format: str
    url: str
    request: str
    retrieved_at: datetime
    licence: str
    attribution: str
    version: str = ""
    title: str | None = None
    language: str | None = None
    updated_at: str | None = None
    flags: Sequence[str] = ()
    sample: bool = False

    def __post_init__(self) -> None:
        for name in (*_NEEDED, *_SHOWN):
            value = getattr(self, name)
            if not isinstance(value, str) and (value is not None or name in _NEEDED):
                raise TypeError(f"{name} is {type(value).__name__}, not text")
        if not all(isinstance(flag, str) for flag in self.flags):
            raise TypeError("a flag is not text")
        for name in _SHOWN:
            value = getattr(self, name) or ""
            if len(value) > LONGEST_SHOWN:
                raise ValueError(f"its {name} has {len(value):,} characters, more than {LONGEST_SHOWN:,}")
            if not value.isprintable():
                setattr(self, name, plain_line(value))
        if self.sample:
            self.url = f"{SANDBOX}{self.record_id}"
        try:
            urlsplit(self.url)
        except ValueError as error:
            raise ValueError(f"the address {self.url!r} cannot be read: {error}") from None
        if not self.record_id.isprintable():
            raise ValueError(f"the record id {self.record_id!r} holds characters that cannot be shown")
        self.payload = _bytes(self.payload)
        self.payload.decode()


@dataclass(slots=True, kw_only=True)
class Rejected:
    """Something that is no record: set aside with a short, countable reason.

    ``expected`` marks what an upstream is known to hold and what is left out on purpose, such as MedQuAD's removed
    answers: it is listed and counted, but does not speak against the slice.
    """

    reason: str
    record_id: str | None = None
    detail: str | None = None
    payload: str | None = None
    request: str | None = None
    expected: bool = False


@dataclass(slots=True, kw_only=True)
class Withdrawal:
    """A record, or one version of it, that must not be used any more; ``schemas.WITHDRAWAL`` explains the columns."""

    record_id: str
    kind: str
    reason: str
    reported_by: str
    version: str | None = None
    reported_at: str | None = None
    evidence: str | None = None


@dataclass(slots=True, kw_only=True)
class Alias:
    """Another name of a record, as ``schemas.ALIAS`` has it: what is retracted under it takes the record along."""

    record_id: str
    name: str


@dataclass(slots=True, frozen=True)
class Copy:
    """All tables of an earlier version, taken over since the upstream has nothing new."""

    stored: Stored


Item = RawRecord | Rejected | Withdrawal | Alias | Copy | pa.RecordBatch


def licence_of(stated: str, otherwise: str) -> tuple[str, bool]:
    """Licence id and whether it is a sample of this project, from the licence text that a reply states."""
    if LICENCE_MARK_OF_SAMPLES in stated:
        return SAMPLE_LICENCE, True
    return otherwise, False


def payload_hashes(payloads: Iterable[str | bytes]) -> pa.Array:
    """SHA-256 of each payload's UTF-8 bytes in hexadecimal."""
    return pa.array((hashlib.sha256(_bytes(p)).hexdigest() for p in payloads), pa.string())


def record_batch(records: Sequence[RawRecord], source: str, slice_key: str) -> pa.RecordBatch:
    """Rows of ``schemas.RAW_RECORD``; flags are sorted, so that their order is no content.

    Raises:
        pyarrow.ArrowInvalid: a payload is not valid UTF-8.
    """
    payloads = [_bytes(r.payload) for r in records]
    filled = {
        "source": pa.array([source] * len(records), pa.string()),
        "slice": pa.array([slice_key] * len(records), pa.string()),
        "payload": pa.array(payloads, pa.large_binary()).cast(pa.large_string()),
        "payload_sha256": payload_hashes(payloads),
        "flags": pa.array([sorted(set(r.flags)) for r in records], pa.list_(pa.string())),
    }
    columns = [
        filled[f.name] if f.name in filled else pa.array([getattr(r, f.name) for r in records], f.type)
        for f in RAW_RECORD
    ]
    return pa.record_batch(columns, schema=RAW_RECORD)


def rejected_batch(items: Sequence[Rejected], source: str, slice_key: str) -> pa.RecordBatch:
    """Rows of ``schemas.REJECTED``; whatever a rejected record holds, its row can be stored and shown."""
    own = {"source": source, "slice": slice_key}
    rows = [{f.name: own.get(f.name) or _rejected(item, f.name) for f in REJECTED} for item in items]
    return pa.RecordBatch.from_pylist(rows, schema=REJECTED)


def withdrawal_batch(items: Sequence[Withdrawal]) -> pa.RecordBatch:
    """Rows of ``schemas.WITHDRAWAL``."""
    rows = [{f.name: getattr(item, f.name) for f in WITHDRAWAL} for item in items]
    return pa.RecordBatch.from_pylist(rows, schema=WITHDRAWAL)


def alias_batch(items: Sequence[Alias]) -> pa.RecordBatch:
    """Rows of ``schemas.ALIAS``."""
    return pa.RecordBatch.from_pylist([{"record_id": i.record_id, "name": i.name} for i in items], ALIAS)


def _rejected(item: Rejected, name: str) -> str | None:
    value = getattr(item, name)
    if value is None:
        return None
    known = secrets_of_environment().hidden(str(value))  # of a store's or a hub's words
    return plain(known)[:LONGEST_REJECTED] if name == "payload" else plain_line(known)


def _bytes(payload: str | bytes) -> bytes:
    return payload.encode() if isinstance(payload, str) else payload
