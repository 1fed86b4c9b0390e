"""PubMed XML cut at record ends: pieces of a file for the fast reader, verbatim records for the raw layer.

Nothing is parsed here. A piece holds whole records, so that memory does not grow with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isal import igzip
from isal.igzip_lib import IsalError

PIECE_BYTES = 8 << 20
LARGEST_RECORD = 32 << 20  # bytes; the longest author lists of PubMed take below 4 MiB

_START = re.compile(rb"<Pubmed(?:Book)?Article[\s>]")
_ENDS = (b"</PubmedArticle>", b"</PubmedBookArticle>")
_DELETED = re.compile(rb"<DeleteCitation(?:\s[^<>]*)?>.*?</DeleteCitation>", re.DOTALL)
_PMID = re.compile(rb"<PMID(?:\s+Version=\"(\d+)\")?[^<>]*>\s*(\d+)\s*</PMID>")


class BrokenXml(ValueError):
    """The stream is no set of PubMed citations, or it ends inside one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records of one stretch of a file.

    Attributes:
        records: verbatim bytes of each ``PubmedArticle`` or ``PubmedBookArticle``, in order.
        deleted: PMID and version of each citation named by a ``DeleteCitation`` in the stretch.
    """

    records: list[bytes]
    deleted: list[tuple[int, int]]


def open_file(path: Path) -> BinaryIO:
    """A bulk file for reading, decompressed when its name ends in ``.gz``."""
    return igzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def pieces(stream: BinaryIO, piece_bytes: int = PIECE_BYTES) -> Iterator[Piece]:
    """The stream's records, those of about ``piece_bytes`` at a time.

    Raises:
        BrokenXml: the stream ends inside a record, is cut in its compression, or one record exceeds LARGEST_RECORD.
    """
    rest = b""
    while block := _read(stream, piece_bytes):
        text = rest + block
        piece, position = _split(text)
        rest = text[position:]
        del text
        if piece.records or piece.deleted:
            yield piece
        if len(rest) > LARGEST_RECORD:
            raise BrokenXml(f"no record ends within {LARGEST_RECORD:,} bytes")
    if _START.search(rest) or (b"<DeleteCitation" in rest and not _DELETED.search(rest)):
        raise BrokenXml("the file ends inside a record")
    if deleted := _deleted(rest):
        yield Piece([], deleted)


def split(xml: bytes) -> Piece:
    """The records of a whole document. Raises BrokenXml when it ends inside one."""
    piece, position = _split(xml)
    if _START.search(xml, position):
        raise BrokenXml("the document ends inside a record")
    return Piece(piece.records, piece.deleted + _deleted(xml[position:]))


def _split(xml: bytes) -> tuple[Piece, int]:
    """The whole records of ``xml`` and where the last one ends; what follows is still to be looked at."""
    records: list[bytes] = []
    deleted: list[tuple[int, int]] = []
    position = 0
    while start := _START.search(xml, position):
        closing = _ENDS[start.group().startswith(b"<PubmedBook")]
        end = xml.find(closing, start.end())
        if end < 0:
            break
        if xml.find(b"<DeleteCitation", position, start.start()) >= 0:
            deleted += _deleted(xml[position : start.start()])
        position = end + len(closing)
        records.append(xml[start.start() : position])
    return Piece(records, deleted), position


def identity(record: bytes) -> tuple[int, int]:
    """PMID and its version, which stand first in a record; (0, 0) where there is none."""
    found = _PMID.search(record)
    return (int(found[2]), int(found[1] or 1)) if found else (0, 0)


def _deleted(between: bytes) -> list[tuple[int, int]]:
    return [
        (int(pmid[2]), int(pmid[1] or 1))
        for found in _DELETED.finditer(between)
        for pmid in _PMID.finditer(found.group())
    ]


def split_citations(stream: BinaryIO) -> Iterator[bytes]:
    """Verbatim bytes of every citation and book article, in order. Raises BrokenXml, see ``pieces``."""
    for piece in pieces(stream):
        yield from piece.records


def joined(records: Iterable[bytes]) -> bytes:
    """Records as one well-formed document."""
    return b"".join([b"<PubmedArticleSet>", *records, b"</PubmedArticleSet>"])


def _read(stream: BinaryIO, size: int) -> bytes:
    try:
        return stream.read(size)
    except (EOFError, OSError, IsalError) as error:  # type: ignore[misc]
        raise BrokenXml(f"the compressed file is cut or damaged ({error})") from error
