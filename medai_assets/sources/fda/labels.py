"""Drug labels out of openFDA's JSON, one by one, whatever the size of the file.

What belongs here: finding the records of ``{"meta": …, "results": […]}`` in a stream of bytes and reading the few facts
about each that the collection needs. The rest of a record is kept as it came and parsed by the corpus room.

openFDA indents by two, so a record begins and ends on lines of their own at one depth, and no string can hold a raw line
end: cutting there needs no parser. Where that indent is not found, strings and brackets are told apart.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, cast

import msgspec
import orjson
from isal import isal_zlib

from medai_assets.foundation.json_stream import LARGEST, JsonDamaged, check_depth, elements
from medai_assets.sources.fda.source import set_id as canonical_set_id
from medai_assets.sources.one_record import read_or_reject

PIECE = 1 << 20
_HEAD_LIMIT = 1 << 20  # bytes within which the results have to begin
_KEPT_OF_LARGE = 1 << 16  # bytes of the beginning and of the end
_AFTER = re.compile(rb"\s*+(?:,.*)?\}\s*", re.DOTALL)
_LONGEST_CLOSE = 256  # bytes
_BLANKS_AND_COMMAS = b" \t\r\n,"
_CLOSED = re.compile(rb"\}\s*\]\s*\}\s*\Z")  # the last record, the results, and the reply
# Behind a record the next begins with a name; within a text its quotes would be escaped.
_BETWEEN = re.compile(rb'(?<=\})\s{0,64},\s{0,64}(?=\{\s{0,64}"[^"\\]{1,100}"\s{0,64}:)')
_START = re.compile(rb'(?:\r?\n([ \t]+))?"results"\s*:\s*\[(\s*)(\S)')
_CLOSING_LINE = re.compile(rb"\n([ \t]*)\]")
_LOCAL_HEADER = struct.Struct(
    "<4s22xHH"
)  # PKWARE APPNOTE 4.3.7: lengths of name and extra field at offset 26
_SIGNATURE = b"PK\x03\x04"


class LabelsInvalid(Exception):
    """The bytes are not what openFDA's contract promises; the message names what is missing."""


class Head(msgspec.Struct):
    """What the collection reads of a label. Raw JSON, so that a field whose type has changed spoils nothing else."""

    set_id: msgspec.Raw = msgspec.Raw()
    id: msgspec.Raw = msgspec.Raw()
    version: msgspec.Raw = msgspec.Raw()
    effective_time: msgspec.Raw = msgspec.Raw()
    openfda: msgspec.Raw = msgspec.Raw()
    boxed_warning: msgspec.Raw = msgspec.Raw()
    active_ingredient: msgspec.Raw = msgspec.Raw()
    indications_and_usage: msgspec.Raw = msgspec.Raw()
    how_supplied: msgspec.Raw = msgspec.Raw()
    package_label_principal_display_panel: msgspec.Raw = msgspec.Raw()
    spl_unclassified_section: msgspec.Raw = msgspec.Raw()
    spl_product_data_elements: msgspec.Raw = msgspec.Raw()


@dataclass(frozen=True, slots=True)
class LabelSource:
    """Labels that can be read as often as needed: a kept reply or file, and the request that brought it.

    ``announced`` is how many records there should be, None when nobody said; ``walk`` counts how often the list was walked.
    """

    open: Callable[[], Labels]
    request: str
    retrieved_at: datetime
    announced: int | None = None
    walk: int = 1


_HEAD = msgspec.json.Decoder(Head)


def head_of(record: bytes) -> Head:
    """Raises msgspec.DecodeError when the record is not a JSON object."""
    return _HEAD.decode(record)


def text_of(raw: msgspec.Raw) -> str | None:
    """The field if it is a text, as the contract says, else None."""
    value = value_of(raw)
    return value if isinstance(value, str) else None


def set_id_of(head: Head) -> str | None:
    """The label's set id in its canonical form, None when it is no text."""
    value = text_of(head.set_id)
    return canonical_set_id(value) if value else None


def scalar(raw: msgspec.Raw) -> str | None:
    """A text or number as text, also when it comes in an array of one; None when it is absent or something else."""
    value = value_of(raw)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def value_of(raw: msgspec.Raw) -> Any:
    """The decoded field, None when it is absent."""
    return msgspec.json.decode(raw) if memoryview(raw).nbytes else None


def compact(record: bytes) -> bytes:
    """The record without the white space between its tokens; strings and numbers stay as they were sent."""
    return msgspec.json.format(record, indent=-1)


class Labels:
    """The records of one reply or file, in order; iterate once.

    Args:
        pieces: the JSON's bytes in pieces of any size.

    Attributes:
        meta: the ``meta`` object; known from the start.

    Raises:
        LabelsInvalid: no ``results`` array, no ``meta`` before it, or the bytes end too early.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._buffer = b""
        start = self._find_start()
        self.meta = _meta(self._buffer[: start.start()])
        outer, self._indent, first = start.groups()
        self._is_empty = first == b"]"
        self._first = start.start(2)
        if outer and first not in b"{]":  # the first record may lack its brace
            self._indent = self._indent[: self._indent.find(b"\n") + 1] + 2 * outer

    def __iter__(self) -> Iterator[bytes]:
        """Each record's bytes as they stand in the file."""
        if self._is_empty:
            return iter(())
        return self._by_indent() if self._indent.startswith((b"\n", b"\r\n")) else self._by_cutting()

    def _find_start(self) -> re.Match[bytes]:
        for piece in self._pieces:
            self._buffer += piece
            if start := _START.search(self._buffer):
                return start
            if len(self._buffer) > _HEAD_LIMIT:
                break
        raise LabelsInvalid(f'no array "results" at the beginning: {self._buffer[:80]!r}')

    def _by_indent(self) -> Iterator[bytes]:
        """Looks at closing braces only, which are few, and takes those that stand at the records' own indent.

        A record of more than LARGEST bytes comes as its beginning and its end, which is no JSON. What is no object, or no JSON,
        comes too.
        """
        indent, width = self._indent, len(self._indent)
        empty = indent + b"{"
        buffer, begin, seen = self._buffer, self._first, self._first
        while True:
            while (end := buffer.find(b"}", seen)) >= 0:
                seen = end + 1
                before = buffer[max(0, end - width - 1) : end]
                if not before.endswith(indent) and before != empty:
                    continue
                line = buffer.find(empty, begin, end)
                opening = line + width if line >= 0 else buffer.find(b"{", begin, end)
                between = buffer[begin : opening if opening >= 0 else end].strip(_BLANKS_AND_COMMAS)
                if between and not _are_values(between):
                    if b"]" in between:  # behind the array: something else
                        break
                    if line < 0 and not _has_set_id(buffer[opening:seen]):  # the record lacks its brace
                        opening, between = begin, b""
                yield from _cut(between)
                # what closes and was never opened is no JSON, nor what another begins in
                yield from _parted(buffer[max(opening, begin) : seen], indent)
                begin = seen
            piece = next(self._pieces, None)
            if piece is None:
                break
            rest = buffer[begin:]
            if len(rest) > LARGEST:
                rest = rest[:_KEPT_OF_LARGE] + rest[-_KEPT_OF_LARGE:]
            buffer, seen, begin = rest + piece, len(rest), 0
        rest = buffer[begin:]
        if re.fullmatch(rb"\s*\].*\}\s*", rest, re.DOTALL):
            return
        try:
            yield from list(elements([rest], _AFTER.fullmatch))
        except JsonDamaged as error:
            whole = _end_of_results(rest, len(indent.lstrip(b"\r\n")))
            if whole is None:
                raise LabelsInvalid("the array of results ends in the middle of a record") from error
            yield from _parted(rest[:whole].strip(_BLANKS_AND_COMMAS), indent)

    def _by_cutting(self) -> Iterator[bytes]:
        """Told apart by brackets; where one is wrong in a reply that came whole, by how its records begin and end."""
        body, further = self._buffer[self._first :], next(self._pieces, None)
        pieces = [body] if further is None else chain([body, further], self._pieces)
        done, doubted = 0, list[bytes]()
        try:
            for record in elements(pieces, _AFTER.fullmatch):
                if doubted or (further is None and not _has_set_id(record)):
                    doubted.append(record)  # a bracket too few or too many may have made it
                else:
                    yield record
                    done = body.find(record, done) + len(record) if further is None else 0
        except JsonDamaged as error:
            if further is not None or not _CLOSED.search(body[-_LONGEST_CLOSE:]):
                raise LabelsInvalid(f"the JSON is damaged: {error}") from error
            doubted = list(_told_apart(body[done:].rstrip().removesuffix(b"}").rstrip().removesuffix(b"]")))
        yield from doubted


def _end_of_results(rest: bytes, width: int) -> int | None:
    """Where the results of a whole reply end in their own layout: on a line less indented than a record (``width``)."""
    if not rest.rstrip().endswith(b"}"):
        return None
    return next((line.start() for line in _CLOSING_LINE.finditer(rest) if len(line[1]) < width), None)


def _parted(record: bytes, indent: bytes) -> Iterator[bytes]:
    """The record; where others begin in it, at the records' own indent, each lacks its end but the last."""
    begin, seen = 0, len(indent) + 1
    while (brace := record.find(b"{", seen)) >= 0:
        seen = brace + 1
        if record[brace - len(indent) : brace] == indent:
            yield record[begin:brace].strip(_BLANKS_AND_COMMAS)
            begin = brace
    yield record[begin:]


def _are_values(between: bytes) -> bool:
    try:
        check_depth(between)
        orjson.loads(b"[%b]" % between)
    except ValueError:
        return False
    return True


def _cut(between: bytes) -> list[bytes]:
    """What stands before a record, one by one, JSON or not; as one piece where a bracket or quote of it is wrong."""
    try:
        return list(elements([between + b"]"], lambda rest: not rest))
    except JsonDamaged:
        return [between]


def _has_set_id(record: bytes) -> bool:
    return isinstance(read_or_reject(lambda: set_id_of(head_of(record))), str)


def _told_apart(damaged: bytes) -> Iterator[bytes]:
    """The labels of a stretch in which a bracket is wrong, and what lies between them as one piece, which is no JSON."""
    lost: list[bytes] = []
    for piece in _BETWEEN.split(damaged.strip().removeprefix(b",")):
        if _has_set_id(piece):
            if lost:
                yield b",".join(lost)
                lost = []
            yield piece
        else:
            lost.append(piece)
    if lost:
        yield b",".join(lost)


def _meta(head: bytes) -> dict[str, Any]:
    try:
        meta = orjson.loads(head.rstrip().rstrip(b",") + b"}").get("meta")
    except orjson.JSONDecodeError:
        meta = None
    if not isinstance(meta, dict):
        raise LabelsInvalid('no object "meta" before the results')
    return meta


def set_ids(labels: Labels) -> set[str]:
    """The ``set_id`` of every record that has one.

    Raises:
        LabelsInvalid: the bytes end too early.
    """
    found: set[str] = set()
    for record in labels:
        read = read_or_reject(lambda record=record: set_id_of(head_of(record)))  # type: ignore[misc]
        if isinstance(read, str) and read:
            found.add(read)  # any other is rejected with its reason when the records are read
    return found


def zipped_pieces(path: Path) -> Iterator[bytes]:
    """The one JSON file in a zip, decompressed piece by piece, length and checksum compared at the end.

    Raises:
        LabelsInvalid: not a zip, not exactly one JSON file in it, or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if m.filename.endswith(".json")]
    except zipfile.BadZipFile as error:
        raise LabelsInvalid(f"{path.name} is not a zip file ({error})") from error
    if len(members) != 1 or members[0].compress_type != zipfile.ZIP_DEFLATED:
        raise LabelsInvalid(f"{path.name} should hold one compressed JSON file")
    return _inflated(path, members[0])


def _inflated(path: Path, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """``zipfile`` itself inflates with zlib, at less than half the speed of isal."""
    decoder = isal_zlib.decompressobj(wbits=-15)
    checksum = size = 0
    with path.open("rb", buffering=0) as file:
        header = b""
        if member.header_offset >= 0:  # as the directory says; below where it lies
            file.seek(member.header_offset)
            header = file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(_SIGNATURE):
            raise LabelsInvalid(f"{path.name} is damaged: its file is not where the directory says")
        _, name, extra = _LOCAL_HEADER.unpack(header)
        file.seek(name + extra, io.SEEK_CUR)
        data: bytes = b""
        while not decoder.eof and size <= member.file_size:
            data = decoder.unconsumed_tail or cast(bytes, file.read(PIECE // 4))
            if not data:
                break
            try:
                plain = decoder.decompress(data, PIECE)
            except isal_zlib.IsalError as error:  # type: ignore[misc]
                raise LabelsInvalid(f"{path.name} is damaged ({error})") from error
            checksum, size = isal_zlib.crc32(plain, checksum), size + len(plain)
            yield plain
    if size != member.file_size or checksum != member.CRC:
        raise LabelsInvalid(
            f"{path.name} is damaged: {size:,} of {member.file_size:,} bytes, or a wrong checksum"
        )
