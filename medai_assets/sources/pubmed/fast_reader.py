"""Fast reader of PubMed XML: verbatim records in, a CITATION table out.

Inline markup is rewritten on the bytes (inline_markup.py), lists that no column needs are cut out, xml2arrow reads
the rest into flat tables, and whole-column work nests them (columns.py). A record that this path cannot read
goes to the slow reader (reference_reader.py) and is counted; one that neither can read is handed back with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.sources.pubmed import columns
from medai_assets.sources.pubmed.inline_markup import UnusualMarkup, plain_markup
from medai_assets.sources.pubmed.reference_reader import UnreadableRecord, read_slowly
from medai_assets.sources.pubmed.split import joined
from medai_assets.sources.pubmed.tables import CITATION, table_parser

# Long lists without a column: on average more than half of a record.
_UNREAD = ((b"<AuthorList", b"</AuthorList>"), (b"<History>", b"</History>"))
_REFERENCES_END = b"</ReferenceList>"
_TAIL = 200  # bytes from the end of the last reference list to the record's
_BOOK = b"<PubmedBookArticle"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of some records.

    Attributes:
        citations: CITATION rows in the records' order; ``position`` is the record's place in what was given.
        unreadable: position, verbatim bytes and reason of each record without a row.
        slow: records read by the slow reader because the fast one could not.
    """

    citations: pa.Table
    unreadable: list[tuple[int, bytes, str]] = field(default_factory=list)
    slow: int = 0


def read_citations(records: Sequence[bytes], start: int = 0) -> Reading:
    """The citations of verbatim ``PubmedArticle`` and ``PubmedBookArticle`` elements, one record each.

    Positions are counted from ``start``. Never raises for a record's content: see ``Reading.unreadable``.
    """
    tables: list[pa.Table] = []
    unreadable: list[tuple[int, bytes, str]] = []
    slow = _read(records, start, tables, unreadable)
    return Reading(pa.concat_tables(tables or [CITATION.empty_table()]), unreadable, slow=slow)


def _read(
    records: Sequence[bytes], start: int, tables: list[pa.Table], unreadable: list[tuple[int, bytes, str]]
) -> int:
    """Read records into ``tables``, halving a group that fails until the odd record stands alone."""
    if not records:
        return 0
    if len(records) == 1 and records[0].startswith(_BOOK):
        return _read_one(records[0], start, tables, unreadable)
    if not any(record.startswith(_BOOK) for record in records):
        try:
            tables.append(_read_fast(records, start))
            return 0
        except MemoryError:
            raise
        except Exception:  # whatever it is, the odd record is found by halving and read by itself
            if len(records) == 1:
                return _read_one(records[0], start, tables, unreadable)
    half = len(records) // 2
    return _read(records[:half], start, tables, unreadable) + _read(
        records[half:], start + half, tables, unreadable
    )


def _read_one(
    record: bytes, position: int, tables: list[pa.Table], unreadable: list[tuple[int, bytes, str]]
) -> int:
    try:
        row = read_slowly(record, position)
        table = pa.Table.from_pylist([row], CITATION)
    except UnreadableRecord as error:
        unreadable.append((position, record, str(error)))
        return 0
    except MemoryError:
        raise
    except Exception as error:
        unreadable.append((position, record, f"{type(error).__name__}: {error}"))
        return 0
    tables.append(table)
    return 1


def _read_fast(records: Sequence[bytes], start: int) -> pa.Table:
    """All records in one pass. Raises what the parts raise, UnusualMarkup also for a record without a PMID."""
    flat = table_parser().parse(plain_markup(joined(_shortened(records))))
    citations = flat["citations"]
    if citations.num_rows != len(records) or citations["pmid"].null_count:
        raise UnusualMarkup("a record without a PMID")
    if not pc.all(pc.match_substring_regex(citations["pmid"], r"^\s*[0-9]{1,15}\s*$")).as_py():
        raise UnusualMarkup("a PMID that is not a number")
    return pa.Table.from_arrays(list(_columns(flat, start).values()), schema=CITATION)


def _shortened(records: Sequence[bytes]) -> list[bytes]:
    """The records in parts, without the lists no column comes from."""
    parts: list[bytes] = []
    for record in records:
        position = 0
        for opening, closing in _UNREAD:
            start = record.find(opening, position)
            end = record.find(closing, start)
            if 0 <= start < end:
                parts.append(record[position:start])
                position = end + len(closing)
        # Reference lists nest and repeat, but they are the last of a record: cut up to the last end.
        end = record.rfind(_REFERENCES_END, -_TAIL)
        if end >= position and (start := record.find(b"<ReferenceList", position)) >= 0:
            parts.append(record[position:start])
            position = end + len(_REFERENCES_END)
        parts.append(record[position:])
    return parts


def _columns(flat: dict[str, pa.RecordBatch], start: int) -> dict[str, pa.Array]:
    citations = flat["citations"]
    rows = citations.num_rows
    text = {name: columns.clean(citations[name]) for name in citations.schema.names[1:]} | _article(
        flat, rows
    )
    title, translated = columns.titles(text["title"])
    date = columns.iso_date(text["year"], text["month"], text["day"])
    date = pc.coalesce(date, columns.mapped(text["medline_date"], columns.medline_date))
    values: dict[str, pa.Array] = text | {
        "position": pa.array(np.arange(start, start + rows, dtype=np.int32)),
        "kind": pa.repeat("article", rows),
        "title": title,
        "translated_title": translated,
        "publication_date": date,
        "year": pc.cast(pc.utf8_slice_codeunits(date, 0, 4), pa.int16()),
        "date_revised": columns.iso_date(*(text[f"revised_{part}"] for part in ("year", "month", "day"))),
        "date_completed": columns.iso_date(*(text[f"completed_{part}"] for part in ("year", "month", "day"))),
        **_abstract(flat, rows),
        **_ids(flat, text["located"]),
        **_lists(flat, rows),
    }
    return {name: values[name] for name in CITATION.names}


def _article(flat: dict[str, pa.RecordBatch], rows: int) -> dict[str, pa.Array]:
    """Columns of the article: each is in one row of its part table; the first language and DOI count here."""
    part = _part(flat, "article")
    single = {n: c for n, c in part.fields.items() if n not in ("language", "location", "location_type")}
    is_doi = columns.equal(part.fields["location_type"], "doi")
    return {
        **{
            name: columns.first(part.owner, rows, columns.valid(column), column)
            for name, column in single.items()
        },
        "located": columns.first(part.owner, rows, is_doi, part.fields["location"]),
        "languages": _strings(part, "language", rows),
    }


def _abstract(flat: dict[str, pa.RecordBatch], rows: int) -> dict[str, pa.Array]:
    part = _part(flat, "abstract")
    notice = part.fields.pop("copyright")
    return {
        "abstract": columns.structs(part.owner, rows, ("label", "text"), **part.fields),
        "copyright": columns.first(part.owner, rows, columns.valid(notice), notice),
    }


def _lists(flat: dict[str, pa.RecordBatch], rows: int) -> dict[str, pa.Array]:
    types, corrections = _part(flat, "publication_types"), _part(flat, "corrections")
    return {
        "other_abstracts": _other_abstracts(flat, rows),
        "publication_types": columns.structs(types.owner, rows, ("ui", "name"), **types.fields),
        "mesh": _mesh(flat, rows),
        "corrections": columns.structs(corrections.owner, rows, ("ref_type", "pmid"), **corrections.fields),
        "keywords": _strings(_part(flat, "keywords"), "keyword", rows),
    }


@dataclass(frozen=True, slots=True)
class _Part:
    """A flat table of elements within citations: whose each row is, its place, its cleaned columns."""

    owner: np.ndarray
    place: np.ndarray
    fields: dict[str, pa.Array]


def _part(flat: dict[str, pa.RecordBatch], table: str) -> _Part:
    batch = flat[table]
    return _Part(
        batch["<citation>"].to_numpy(),
        batch["<part>"].to_numpy(),
        {name: columns.clean(batch[name]) for name in batch.schema.names[2:]},
    )


def _strings(part: _Part, name: str, rows: int) -> pa.Array:
    present = columns.valid(part.fields[name])
    return columns.nested(part.owner[present], rows, part.fields[name].drop_null())


def _other_abstracts(flat: dict[str, pa.RecordBatch], rows: int) -> pa.Array:
    """xml2arrow gives an element's own attributes to its first child only: carry them on to the others."""
    part = _part(flat, "other_abstracts")
    head = np.maximum.accumulate(np.where(part.place == 0, np.arange(len(part.place)), 0))
    carried = {name: part.fields[name].take(pa.array(head)) for name in ("language", "type")}
    return columns.structs(part.owner, rows, ("label", "text"), **{**part.fields, **carried})


def _mesh(flat: dict[str, pa.RecordBatch], rows: int) -> pa.Array:
    """One row a heading; a heading is a major topic when its descriptor or one of its qualifiers is."""
    part = _part(flat, "mesh")
    heads = np.flatnonzero(part.place == 0)
    major = columns.equal(part.fields["major"], "Y") | columns.equal(part.fields["major_qualifier"], "Y")
    grouped = np.logical_or.reduceat(major, heads) if len(heads) else major
    chosen = pa.array(heads)
    return columns.structs(
        part.owner[heads],
        rows,
        ("ui", "name"),
        ui=part.fields["ui"].take(chosen),
        name=part.fields["name"].take(chosen),
        major=pa.array(grouped),
    )


def _ids(flat: dict[str, pa.RecordBatch], located: pa.Array) -> dict[str, pa.Array]:
    """The article's identifiers; its DOI from ELocationID (``located``) where the list has none."""
    part, rows = _part(flat, "article_ids"), len(located)
    kind, value = part.fields["type"], part.fields["id"]
    return {
        "article_ids": columns.structs(part.owner, rows, ("id",), **part.fields),
        "doi": pc.coalesce(columns.first(part.owner, rows, columns.equal(kind, "doi"), value), located),
        "pmc": columns.first(part.owner, rows, columns.equal(kind, "pmc"), value),
    }
