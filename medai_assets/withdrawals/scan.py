"""Looking for a text in every byte below a folder: packed files are opened, however deeply, and tables are decoded.

White space counts as one blank, also where JSON writes it as an escape, so a line that is broken elsewhere is found.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from medai_assets.foundation.many_texts import patterns_for

CHUNK = 32 * 2**20  # bytes read at once
OVERLAP = 4096  # of two chunks: longer than any text that is looked for
TOGETHER = 500  # texts of one pattern; with 2,000 RE2 leaves its fast automaton, whatever memory it may use
_BLANK = rb"(?:[ \t\n\r\x0b\f]|\\[nt])+"  # what ``flat`` makes one blank
UNREADABLE = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
    pa.ArrowException,
)
Piece = tuple[str, bytes]


@dataclass(frozen=True, order=True)
class Found:
    """A text in a file; ``inside`` names the table, column or member of an archive, "" for the file's own bytes."""

    path: str
    inside: str
    text: str


class Wanted:
    """Texts of at most 1,000 characters, looked for together in one pass over the bytes."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = {flat(text.encode()): text for text in texts}
        self._patterns = patterns_for([_written(text) for text in sorted(self._texts)], TOGETHER)

    def __bool__(self) -> bool:
        return bool(self._texts)

    def first_in(self, data: bytes) -> str | None:
        """One of the texts that the bytes hold, None where they hold none."""
        found = next((found for pattern in self._patterns if (found := pattern.search(data))), None)
        return None if found is None else self._texts[flat(found.group())]

    def all_in(self, data: bytes) -> set[str]:
        """The texts that the bytes hold; a pass finds all but those within others, and a pattern is made anew for each pass."""
        held, left = set[str](), self
        while found := {left._texts[flat(m.group())] for p in left._patterns for m in p.finditer(data)}:
            held |= found
            left = left.without(found)
        return held

    def without(self, texts: Collection[str]) -> Wanted:
        return Wanted(text for text in self if text not in texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts.values())


def _written(text: bytes) -> bytes:
    import re2

    written: bytes = re2.escape(text).replace(b"\\ ", _BLANK)
    return written


class Search:
    """Looks for texts below folders; when it looks again it reads only what has changed since or held one."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self.wanted = Wanted(wanted)
        self._clean: set[tuple[str, str]] = set()

    def below(self, root: str | Path, leave_out: Collection[Path] = ()) -> Iterator[Found]:
        """Each file below a folder or fsspec URL that holds one of the texts, with the first that was met.

        Args:
            leave_out: folders that are not looked into.

        Raises:
            OSError: a file cannot be read.
        """
        filesystem, place = fsspec.core.url_to_fs(str(root))
        skipped = tuple(f"{folder}/" for folder in leave_out)
        there = sorted(filesystem.find(place)) if self.wanted else []
        # Of a database whose own file stays as it is.
        logs = {path for path in there if path.endswith("-wal")}
        for path in there:
            if f"{path}/".startswith(skipped):
                continue
            try:
                state = (path, filesystem.ukey(path))
                found = None if state in self._clean else self._first_in(filesystem, path)
            except FileNotFoundError:  # removed since the folder was listed
                continue
            if found:
                yield found
            elif f"{path}-wal" not in logs:
                self._clean.add(state)

    def _first_in(self, filesystem: Any, path: str) -> Found | None:
        local = Path(path) if isinstance(filesystem, LocalFileSystem) else None
        with filesystem.open(path, "rb") as stream:
            for inside, data in pieces(stream, local):
                if text := self.wanted.first_in(data):
                    return Found(path, inside, text)
        return None


def holding(root: str | Path, wanted: Iterable[str], leave_out: Collection[Path] = ()) -> Iterator[Found]:
    """Each file below a folder or fsspec URL that holds one of the texts, as ``Search`` finds them."""
    return Search(wanted).below(root, leave_out)


def flat(data: bytes) -> bytes:
    """Bytes with each run of white space, written out or as JSON's escape, as one blank."""
    return b" ".join(data.replace(b"\\n", b" ").replace(b"\\t", b" ").split())


def pieces(stream: IO[bytes], local: Path | None = None, inside: str = "") -> Iterator[Piece]:
    """A file's own bytes, and those of what is packed in it, each with where it stands.

    Args:
        local: the file's path where it lies on this machine; a database is read by that alone.
    """
    tail = head = b""
    while chunk := stream.read(CHUNK):
        head = head or chunk[:512]
        yield inside, tail + chunk
        tail = chunk[-OVERLAP:]
    stream.seek(0)
    if head.startswith(b"SQLite format 3\0") and local:
        yield from _of_database(local)
        return
    unpack = next((unpack for at, magic, unpack in _PACKED if head[at:].startswith(magic)), None)
    if unpack is not None:
        try:
            yield from unpack(stream, inside)
        except UNREADABLE:  # it only begins like one, or is cut off: its own bytes were looked at
            return


def _of_parquet(stream: IO[bytes], inside: str) -> Iterator[Piece]:
    file = pq.ParquetFile(stream)
    for batch in file.iter_batches(1_000):
        for name, column in zip(batch.schema.names, batch.columns):
            yield f"{inside}{name}", b"\n".join(_strings(column))


def _strings(column: pa.Array) -> Iterator[bytes]:
    """All strings and bytes of a column, however deeply it is nested."""
    kind = column.type
    if isinstance(column, pa.ExtensionArray):
        yield from _strings(column.storage)
    elif pa.types.is_dictionary(kind):
        yield from _strings(column.dictionary)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _strings(column.flatten())
    elif pa.types.is_map(kind):
        yield from _strings(column.keys)
        yield from _strings(column.items)
    elif pa.types.is_struct(kind):
        for field in column.flatten():
            yield from _strings(field)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield from (value.encode() for value in column.drop_null().to_pylist())
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        yield from column.drop_null().to_pylist()


def _of_database(path: Path) -> Iterator[Piece]:
    """Every value of every table: a long one lies scattered over pages, and Dagster packs some."""
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as database:
        database.text_factory = bytes
        names = [
            row[0].decode() for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for name in names:
            quoted = name.replace('"', '""')
            try:
                rows = database.execute(f'SELECT * FROM "{quoted}"')
            except (
                sqlite3.DatabaseError
            ):  # a virtual table of a module that is not here; its own tables are read
                continue
            for row in rows:
                yield name, b"\n".join(_unpacked(value) for value in row if isinstance(value, bytes))
    database.close()


def _unpacked(value: bytes) -> bytes:
    if value[:1] == b"\x78":
        try:
            return value + b"\n" + zlib.decompress(value)
        except zlib.error:
            return value
    return value


def _of_zip(stream: IO[bytes], inside: str) -> Iterator[Piece]:
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            with archive.open(member) as packed:
                yield from _of_member(packed, f"{inside}{member.filename}")


def _of_tar(stream: IO[bytes], inside: str) -> Iterator[Piece]:
    with tarfile.open(fileobj=stream) as archive:
        for member in archive:
            if (packed := archive.extractfile(member)) is not None:
                yield from _of_member(packed, f"{inside}{member.name}")


def _of_member(packed: IO[bytes], inside: str) -> Iterator[Piece]:
    """A member is looked into once more where it is packed itself; those of an archive fit into memory."""
    yield from pieces(io.BytesIO(packed.read()), None, f"{inside} ")


def _of_compressed(opened: Callable[[IO[bytes]], Any]) -> Callable[[IO[bytes], str], Iterator[Piece]]:
    def unpack(stream: IO[bytes], inside: str) -> Iterator[Piece]:
        with opened(stream) as packed:
            yield from pieces(packed, None, f"{inside}unpacked ")

    return unpack


def _zstd(stream: IO[bytes]) -> IO[bytes]:
    return io.BytesIO(pa.CompressedInputStream(pa.PythonFile(stream), "zstd").read())


_PACKED: tuple[tuple[int, bytes, Callable[[IO[bytes], str], Iterator[Piece]]], ...] = (
    (0, b"PAR1", _of_parquet),
    (0, b"PK\x03\x04", _of_zip),
    (0, b"\x1f\x8b", _of_compressed(gzip.open)),
    (0, b"\x28\xb5\x2f\xfd", _of_compressed(_zstd)),
    (0, b"BZh", _of_compressed(bz2.open)),
    (0, b"\xfd7zXZ", _of_compressed(lzma.open)),
    (257, b"ustar", _of_tar),
)
