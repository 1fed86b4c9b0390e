"""A person's files as a source: every row or document once, what cannot be used set aside, what is gone withdrawn.

The payload is ``{"set": …, "row": …}`` or ``{"set": …, "format": …, "text": …}``: the columns that ``files.yaml`` names as they
came, and what it states of them. Other columns are not kept: nobody asked for them, and they may name patients.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from medai_assets.foundation.files import make_owned
from medai_assets.foundation.slices import Slice
from medai_assets.sources.collection import Collection
from medai_assets.sources.files.catalogue import SOURCE_NAME, FileSet, folder_of
from medai_assets.sources.files.documents import (
    FORMATS,
    FileUnusable,
    as_html,
    document_text,
    head_and_body,
    title_of,
)
from medai_assets.sources.files.folder import Folder, FolderUnreachable, Found, TooLarge
from medai_assets.sources.files.missing_records import DIGEST, Kept, withdrawals
from medai_assets.sources.files.rows import MOST_CHARACTERS, BadRow, Row, rows_of
from medai_assets.sources.id_spellings import row_key
from medai_assets.sources.one_record import read_or_reject
from medai_assets.sources.records import SAMPLE_LICENCE, Item, RawRecord, Rejected
from medai_assets.transport.errors import CollectionFailed

_NEEDED = ("text", "question", "answer")
_LARGEST_DOCUMENT = 4 * MOST_CHARACTERS  # bytes
_LARGEST_EXACT = 1 << 53  # beyond it two numbers become one float, and two ids one


class BadValue(ValueError):
    """A row's value is none of the kind its column needs; ``reason`` is short and countable."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _File:
    """What all records of a file share."""

    name: str
    request: str  # its address and the digest of its content
    read_at: datetime


def collect(slice: Slice, context: Collection) -> Iterator[Item]:
    """Every record of the set's files, then the withdrawals.

    Raises:
        CollectionFailed: a file is missing, damaged, or changed while it was read.
    """
    one = FileSet.of(slice.query)
    reader = _Reader(slice.key, one, context)
    found = reader.found()
    make_owned(context.settings.work_dir)
    with tempfile.TemporaryDirectory(dir=context.settings.work_dir, prefix="files-") as folder:
        for done, file in enumerate(found):
            context.progress(done, len(found), file.name)
            yield from reader.records(file, Path(folder) / "copy")
    context.progress(len(found), len(found), "files")
    reader.check_holds_something(found)
    if context.last is not None:
        yield from withdrawals(context.last, reader.kept, reader.told)


class _Reader:
    """Reads the files of one set."""

    def __init__(self, key: str, one: FileSet, context: Collection) -> None:
        self.key, self.set, self.context = key, one, context
        try:
            self.folder = Folder(folder_of(context.settings, one))
        except (FolderUnreachable, ValueError) as error:
            raise CollectionFailed(f"files {key}: {error}") from error
        self.kept = Kept()
        self.columns = one.columns.named()
        self.holds_something = False  # a row or a document, sound or not
        self._yielded = 0

    def found(self) -> list[Found]:
        """The files there are; at least one, unless the version before had records, whose loss is told as one."""
        try:
            found = self.folder.find(self.set.files)
        except FolderUnreachable as error:
            raise CollectionFailed(f"files {self.key}: {error}") from error
        if not found and self.context.last is None:
            raise CollectionFailed(
                f"files {self.key}: nothing below {self.folder.address} is called {' or '.join(self.set.files)}; put the files "
                "there, or correct the set's folder and files in files.yaml"
            )
        return found

    def check_holds_something(self, found: list[Found]) -> None:
        """Raises CollectionFailed where files that were never collected are all empty: that is no set without records."""
        if not self.holds_something and self.context.last is None:
            raise CollectionFailed(
                f"files {self.key}: there is no row in {', '.join(one.name for one in found)[:300]}; fill them, or take the "
                "set out of files.yaml"
            )

    def records(self, found: Found, copy: Path) -> Iterator[Item]:
        """Records and rejected rows of one file, up to the limit that a person set."""
        if found.problem:
            self.kept.unreadable.add(found.name)
            yield Rejected(reason="not a file of this folder", detail=f"{found.name}: {found.problem}")
            return
        items = self._table(found, copy) if self.set.is_table else [self._document(found, copy)]
        for item in items:
            self.holds_something = True
            if isinstance(item, Rejected) or self._may_yield():
                yield item

    def _table(self, found: Found, copy: Path) -> Iterator[Item]:
        try:
            file = self._copied(found, copy)
        except TooLarge as error:
            self.kept.unreadable.add(found.name)
            yield Rejected(reason="too large", detail=f"{found.name}: {error}")
        else:
            yield from self._rows(file, copy)

    def _copied(self, found: Found, copy: Path, largest: int | None = None) -> _File:
        digest = self.folder.copy(found, copy, largest)
        return _File(found.name, f"{self._address(found)}{DIGEST}{digest}", datetime.now(UTC))

    def _address(self, found: Found) -> str:
        return self.told(f"{self.folder.address}/{found.name}")

    def told(self, address: str) -> str:
        """An address as lineage tells it: of a file on a machine its set and its place below the set's folder, so that none
        of the machine's own folders is told and the set is the same on another; of an object store as it is."""
        path = address.removeprefix("file://")
        if not PurePosixPath(path).is_absolute():
            return address
        below = f"{self.folder.address.removeprefix('file://')}/"
        name = path.removeprefix(below) if path.startswith(below) else PurePosixPath(path).name
        return f"{SOURCE_NAME}:/{self.key}/{name}"

    def _may_yield(self) -> bool:
        self._yielded += 1
        return self.context.limit is None or self._yielded <= self.context.limit

    def _rows(self, file: _File, copy: Path) -> Iterator[Item]:
        try:
            for row in rows_of(
                copy, file.name, tuple(dict.fromkeys(self.columns.values())), self.set.encoding
            ):
                if isinstance(row, Row):
                    place = f"{file.name} row {row.line}"
                    yield read_or_reject(partial(self._row, row, file), place=place, request=file.request)
                else:
                    yield self._unreadable(row, file)
        except FileUnusable as error:
            raise CollectionFailed(f"files {self.key}: {file.name}: {error}") from error

    def _unreadable(self, row: BadRow, file: _File) -> Rejected:
        self.kept.unreadable.add(file.name)
        detail = f"{file.name} row {row.line}: {row.detail}"
        return Rejected(reason=row.reason, detail=detail, payload=row.text or None, request=file.request)

    def _row(self, row: Row, file: _File) -> Item:
        record_id = None
        try:
            values = {role: _cell(row.values[name], name, role) for role, name in self.columns.items()}
            record_id = self._id(values)
            self._check_first(record_id, f"{file.name} row {row.line}")
            if lacks := [role for role in _NEEDED if role in values and not (values[role] or "").strip()]:
                raise BadValue(
                    f"no {lacks[0]}",
                    f"the column {self.columns[lacks[0]]} is empty; fill it or delete the row",
                )
            if sum(len(value or "") for value in values.values()) > MOST_CHARACTERS:
                raise BadValue("too large", f"more than {MOST_CHARACTERS:,} characters; divide it")
            stated = {self.columns[role]: value for role, value in values.items()}
            return self._record(record_id, {"row": stated}, values, file)
        except BadValue as error:
            if record_id is None:
                self.kept.unreadable.add(file.name)
            detail = f"{file.name} row {row.line}: {error}"
            return Rejected(reason=error.reason, record_id=record_id, detail=detail, request=file.request)

    def _check_first(self, record_id: str, place: str) -> None:
        if (first := self.kept.places.setdefault(record_id, place)) != place:
            advice = (
                "give each row an id of its own"
                if "id" in self.columns
                else "the row occurs twice; delete one"
            )
            raise BadValue("duplicate id", f"{record_id} is already the id of {first}; {advice}")

    def _id(self, values: Mapping[str, str | None]) -> str:
        """By its own id; without one by its words, so that a row keeps its name when others come before it."""
        if "id" not in values:
            said = "\0".join(values.get(role) or "" for role in _NEEDED)
            return f"files:{self.key}/{hashlib.sha256(said.encode()).hexdigest()[:16]}"
        key = row_key(values["id"] or "")
        if not key:
            raise BadValue("no id", f"the column {self.columns['id']} is empty; give the row an id")
        return f"files:{self.key}/{key}"

    def _document(self, found: Found, copy: Path) -> Item:
        record_id = f"files:{self.key}/{row_key(found.name)}"
        return read_or_reject(
            partial(self._read_document, record_id, found, copy), record_id=record_id, place=found.name
        )

    def _read_document(self, record_id: str, found: Found, copy: Path) -> Item:
        try:
            self._check_first(record_id, found.name)
            file = self._copied(found, copy, _LARGEST_DOCUMENT)
            text = document_text(copy, self.set.encoding)
            if not text.strip():
                raise BadValue("no text", "it is empty")
            form = FORMATS[PurePosixPath(found.name).suffix.lower()]
            head, body = head_and_body(form, text)
            values = {role: _cell(head.get(name), name, role) for role, name in self.columns.items()}
            values["title"] = values.get("title") or title_of(as_html(form, body), found.name)
            return self._record(record_id, {"format": form, "name": found.name, "text": text}, values, file)
        except (FileUnusable, ValueError) as error:
            unusable = "wrong encoding" if isinstance(error, FileUnusable) else "unreadable document"
            unusable = "too large" if isinstance(error, TooLarge) else unusable
            return Rejected(
                reason=error.reason if isinstance(error, BadValue) else unusable,
                record_id=record_id,
                detail=f"{found.name}: {error}",
                request=self._address(found),
            )

    def _record(
        self, record_id: str, content: Mapping[str, Any], values: Mapping[str, str | None], file: _File
    ) -> RawRecord:
        one = self.set
        stated = {
            "audience": one.audience,
            "subject": one.subject,
            "traits": sorted(one.traits),
            "columns": self.columns,
        }
        payload = orjson.dumps({"set": stated, **content}, option=orjson.OPT_SORT_KEYS)
        return RawRecord(
            record_id=record_id,
            payload=payload,
            payload_format="json",
            version=hashlib.sha256(payload).hexdigest()[:16],
            url=values.get("url") or one.url or file.name,
            request=file.request,
            retrieved_at=file.read_at,
            licence=one.licence,
            attribution=one.attribution,
            title=values.get("title"),
            language=_language(values.get("language")) or one.language,
            updated_at=_day(values.get("date")),
            sample=one.licence == SAMPLE_LICENCE,
        )


def _cell(value: Any, column: str, role: str) -> str | None:
    """A value as text; numbers only where they name something, since a number is no text to learn from.

    Raises:
        BadValue: it is nested, or of a kind that the column cannot hold.
    """
    if value is None or isinstance(value, str):
        if value and not value.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in value):
            raise BadValue("wrong encoding", f"the column {column} holds half a character")
        return value
    if isinstance(value, (list, dict, tuple)):
        raise BadValue("nested value", f"the column {column} holds a list or an object; write it as text")
    if isinstance(value, float) and value != value:
        return None  # how tables of numbers write an empty cell
    if isinstance(value, (datetime, date)):
        return value.isoformat()[:10] if role == "date" else value.isoformat()
    if role in _NEEDED or isinstance(value, (bool, bytes)):
        raise BadValue("not text", f"the column {column} holds {type(value).__name__}, not text")
    if isinstance(value, float) and abs(value) > _LARGEST_EXACT:
        raise BadValue(
            "rounded number", f"the column {column} holds {value:g}, which is rounded; write it as text"
        )
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _language(value: str | None) -> str | None:
    """``en`` of ``en-GB``; None, so that it is found out, of anything else."""
    code = (value or "").strip().lower().replace("_", "-").partition("-")[0]
    return code if len(code) == 2 and code.isalpha() else None


def _day(value: str | None) -> str | None:
    """The day as ISO 8601.

    Raises:
        BadValue: it is none.
    """
    if not (value or "").strip():
        return None
    try:
        return datetime.fromisoformat((value or "").strip()).date().isoformat()
    except ValueError:
        raise BadValue("no date", f"{value!r} is not a date; write it as 2026-11-28") from None
