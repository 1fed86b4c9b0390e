"""PubMed XML cut at record ends: pieces of a file for the fast reader, verbatim records for the raw layer.

Nothing is parsed here. A piece holds whole records, so that memory does not grow with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from isal import igzip
from isal.igzip_lib import IsalError

from medai_assets.transport.transfer import MOST_UNPACKED, most_unpacked

PIECE_BYTES = 16 << 20  # smaller ones cost more for each column of each piece, larger ones only memory
_BLOCK = 1 << 18
LARGEST_RECORD = 32 << 20  # bytes; the longest author lists of PubMed take below 4 MiB

_START = re.compile(rb"<Pubmed(?:Book)?Article[\s>]")
_TAG = re.compile(rb"Pubmed(?:Book)?Article[\s>]")  # begins with a letter: one pass finds starts and ends
# Nothing but a declaration, a document type and comments stands before the root; what they mention is no element.
_ROOT = re.compile(
    rb"(?>\s|\xef\xbb\xbf|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*(?:\[.*?\]\s*)?>)*+<Pubmed(?:Book)?ArticleSet[\s>/]",
    re.DOTALL,
)
_ROOT_WITHIN = 1 << 16  # bytes; before it stand declaration, document type and comments
_ROOT_END = b"</PubmedArticleSet"
# Citations and books taken out of PubMed: each element holds the PMIDs of one file.
_DELETIONS = (
    (b"<DeleteCitation", b"</DeleteCitation>"),
    (b"<DeleteDocument", b"</DeleteDocument>"),
)
_PMID = re.compile(rb"<PMID(?:\s+Version=\"(\d+)\")?[^<>]*>\s*(\d+)\s*</PMID>")
_MOST_DIGITS = 15  # of a PMID; they have eight


class BrokenXml(ValueError):
    """The stream is no set of PubMed citations, or it ends inside one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole records of one stretch of a file.

    Attributes:
        records: verbatim bytes of each ``PubmedArticle`` or ``PubmedBookArticle``, in order.
        deleted: PMID and version of each that a ``DeleteCitation`` or ``DeleteDocument`` names in the stretch.
    """

    records: list[bytes]
    deleted: list[tuple[int, int]]


def open_file(path: Path) -> BinaryIO:
    """A bulk file for reading, decompressed when its name ends in ``.gz``."""
    return cast(BinaryIO, _Unpacked(path)) if path.suffix == ".gz" else path.open("rb")


class _Unpacked(igzip.IGzipFile):
    """A packed file; raises OSError where it unpacks to what no file of citations does."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), "rb")  # type: ignore[no-untyped-call]
        self._most = most_unpacked(path)

    def read(self, size: int | None = -1) -> bytes:
        data: bytes = super().read(size)
        if self.tell() > self._most:
            raise OSError(f"it unpacks to more than {MOST_UNPACKED} times its size")
        return data


def pieces(stream: BinaryIO, piece_bytes: int = PIECE_BYTES) -> Iterator[Piece]:
    """The stream's records, those of about ``piece_bytes`` at a time.

    Raises:
        BrokenXml: the stream is no set of citations, ends inside a record, is cut in its compression, or one record exceeds
            LARGEST_RECORD.
    """
    rest, is_set = b"", False
    while text := _read(stream, piece_bytes, rest):
        is_set = is_set or _begins_set(text)
        piece, position = _split(text)
        rest = text[position:]
        del text
        if piece.records or piece.deleted:
            yield piece
        if len(rest) > LARGEST_RECORD:
            raise BrokenXml(f"no record ends within {LARGEST_RECORD:,} bytes")
    if not is_set:
        _begins_set(rest.ljust(_ROOT_WITHIN))
    yield from _end(rest, "file")


def split(xml: bytes) -> Piece:
    """The records of a whole document. Raises BrokenXml when it ends inside one."""
    piece, position = _split(xml)
    records, deleted = piece.records, piece.deleted
    for last in _end(xml[position:], "document"):
        records, deleted = records + last.records, deleted + last.deleted
    return Piece(records, deleted)


def _begins_set(text: bytes) -> bool:
    """Whether the root element has come. Raises BrokenXml when it is another, or does not come."""
    if _ROOT.match(text[:_ROOT_WITHIN]):
        return True
    if len(text) < _ROOT_WITHIN:
        return False
    raise BrokenXml(f"expected the element PubmedArticleSet, found {bytes(text[:60].strip())!r}")


def _end(rest: bytes, what: str) -> Iterator[Piece]:
    """What stands behind the last whole record: deletions, or a record whose end tag is missing at the end of the set."""
    start, end = _START.search(rest), rest.rfind(_ROOT_END)
    if start and end < start.start():
        raise BrokenXml(f"the {what} ends inside a record")
    if not start and any(opening in rest and closing not in rest for opening, closing in _DELETIONS):
        raise BrokenXml(f"the {what} ends inside a list of deletions")
    records = [rest[start.start() : end]] if start else []
    deleted = _deleted(rest, 0, start.start() if start else len(rest))
    if records or deleted:
        yield Piece(records, deleted)


def _split(xml: bytes) -> tuple[Piece, int]:
    """The whole records of ``xml`` and where the last one ends; what follows is still to be looked at.

    A record whose end tag is missing ends where the next one begins, so that it takes no neighbour along; one whose start
    tag is damaged is what stands between two others and holds an end tag.
    """
    records: list[bytes] = []
    deleted: list[tuple[int, int]] = []
    position, opened = 0, b""
    for name in _TAG.finditer(xml):
        begin, end = name.span()
        if xml[begin - 1 : begin] == b"<":
            if opened:
                records.append(xml[position : begin - 1])
            elif xml.find(b"<Delete", position, begin) >= 0:
                deleted += _deleted(xml, position, begin)
            position, opened = begin - 1, name[0][:-1]
        elif xml[begin - 2 : end] == b"</%b>" % (opened or name[0][:-1]):
            if not opened:
                deleted += _deleted(xml, position, begin)
            records.append(xml[position:end])
            position, opened = end, b""
    return Piece(records, deleted), position


def identity(record: bytes) -> tuple[int, int]:
    """PMID and its version, which stand first in a record; (0, 0) where there is none."""
    found = _PMID.search(record)
    return _numbers(found) if found else (0, 0)


def _numbers(found: re.Match[bytes]) -> tuple[int, int]:
    version, pmid = found.groups(b"1")
    return (int(pmid), int(version)) if max(len(pmid), len(version)) <= _MOST_DIGITS else (0, 0)


def _deleted(xml: bytes, begin: int, last: int) -> list[tuple[int, int]]:
    """PMIDs of the deletions within a stretch; what opens and never closes is passed over once, not once for each opening."""
    found: list[tuple[int, int]] = []
    for opening, closing in _DELETIONS:
        start = xml.find(opening, begin, last)
        while start >= 0 and (end := xml.find(closing, start, last)) >= 0:
            found += [_numbers(pmid) for pmid in _PMID.finditer(xml, start, end)]
            start = xml.find(opening, end, last)
    return [numbers for numbers in found if numbers[0]]


def joined(records: Iterable[bytes]) -> bytes:
    """Records as one well-formed document."""
    return b"".join([b"<PubmedArticleSet>", *records, b"</PubmedArticleSet>"])


def _read(stream: BinaryIO, size: int, rest: bytes) -> bytes:
    """``rest`` and at least ``size`` bytes of what follows, fewer at the end; empty where nothing follows.

    By blocks that stay in the processor's cache until they are put together.
    """
    blocks, wanted = [rest], size
    try:
        while wanted > 0 and (block := stream.read(min(wanted, _BLOCK))):
            blocks.append(block)
            wanted -= len(block)
    except (EOFError, OSError, IsalError) as error:  # type: ignore[misc]
        raise BrokenXml(f"the compressed file is cut or damaged ({error})") from error
    return b"".join(blocks) if len(blocks) > 1 else b""
