"""Elements of a JSON array or object cut out of a stream of bytes, without parsing them.

A parser that is fed a whole file builds whatever the file says: nesting of any depth, numbers of any length, a text of
gigabytes. Here only strings and brackets are told apart, in time and memory in proportion to the bytes, and each element is
handed on as it came, to be read by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import orjson

LARGEST = 32 << 20  # bytes of one element; the longest drug label has below 4 MiB
DEEPEST = 100  # levels; the deepest record of a known upstream has 14
_LONGEST_REST = 1 << 20  # bytes behind the last element
_HEAD = 1 << 16  # bytes that are kept of an element that is too large
_MARK = re.compile(rb'["{}\[\],]')
_IN_TEXT = re.compile(rb'["\\]')
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[{}\[\]]")


class JsonDamaged(ValueError):
    """The stream ends inside the array or object, or something else follows it."""


class TooDeep(ValueError):
    """A JSON text has more levels than any record of an upstream."""


def elements(
    pieces: Iterable[bytes], after: Callable[[bytes], object], largest: int = LARGEST
) -> Iterator[bytes]:
    """What stands between the commas of an array or object whose opening bracket has been read.

    An element of more than ``largest`` bytes comes as its beginning and a note, which is no JSON.

    Args:
        pieces: the bytes behind the opening bracket, in pieces of any size.
        after: whether this may follow the closing bracket, to the end.

    Raises:
        JsonDamaged: see there; what came before has been yielded.
    """
    held, cut, pieces = _Held(largest), _Cutter(), iter(pieces)
    for piece in pieces:
        begin = 0
        for end, closes in cut.ends(piece):
            held.add(piece[begin:end])
            begin = end + 1
            if element := held.taken():
                yield element
            if closes:
                rest = piece[begin:]
                while len(rest) < _LONGEST_REST and (more := next(pieces, b"")):
                    rest += more
                if len(rest) >= _LONGEST_REST or not after(rest) or not _are_members(rest):
                    raise JsonDamaged(f"after the last element comes {rest[:80]!r}")
                return
        held.add(piece[begin:])
    raise JsonDamaged("the file ends in the middle of an element")


def _are_members(rest: bytes) -> bool:
    """Whether what follows an array is nothing, or further members of its object: else a bracket was one too many."""
    further = rest.strip()
    if not further.startswith(b","):
        return True
    try:
        check_depth(further)
        orjson.loads(b"{" + further[1:])
    except ValueError:
        return False
    return True


def check_depth(text: bytes) -> None:
    """Raises TooDeep beyond DEEPEST levels; in time in proportion to the text, and nearly none for a text of few brackets."""
    if text.count(b"[") + text.count(b"{") <= DEEPEST:
        return
    depth = 0
    for mark in _BRACKETS.finditer(_TEXT.sub(b"", text)):
        depth += 1 if mark[0] in b"[{" else -1
        if depth > DEEPEST:
            raise TooDeep(f"nested more than {DEEPEST} levels deep")


class _Cutter:
    """Finds the commas and the bracket that end elements, whatever the size of the pieces."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_text = self._escaped = False

    def ends(self, piece: bytes) -> Iterator[tuple[int, bool]]:
        """Where elements end in the next piece, and whether the last bracket closes there."""
        at = 0
        while at < len(piece):
            if self._escaped:
                self._escaped, at = False, at + 1
                continue
            found = (_IN_TEXT if self._in_text else _MARK).search(piece, at)
            if not found:
                return
            at, mark = found.end(), found[0]
            if mark == b"\\":
                self._escaped = True
            elif mark == b'"':
                self._in_text = not self._in_text
            elif mark in b"[{":
                self._depth += 1
            elif mark == b"," and not self._depth:
                yield found.start(), False
            elif mark != b",":
                self._depth -= 1
                if self._depth < 0:
                    yield found.start(), True


class _Held:
    """The bytes of the present element, or its beginning where there are too many."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        if self._size <= self._largest:
            self._parts.append(part)
        self._size += len(part)

    def taken(self) -> bytes:
        element, size = b"".join(self._parts).strip(), self._size
        self._parts, self._size = [], 0
        if size > self._largest:
            return element[:_HEAD] + b" [cut: %d bytes, more than %d]" % (size, self._largest)
        return element
