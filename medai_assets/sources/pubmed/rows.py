"""PubMed citations as rows of the raw tables: what both PubMed sources share.

What belongs here: identity, version, attribution, flags and withdrawals of a citation. How citations are asked for
stands in eutils.py and bulk.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.plain_text import plain_line
from medai_assets.foundation.schemas import ALIAS, RAW_RECORD
from medai_assets.foundation.slices import Slice
from medai_assets.sources.one_record import read_by_bisection, words_of
from medai_assets.sources.pubmed.fast_reader import read_citations
from medai_assets.sources.pubmed.retraction_status import (
    CORRECTION_FLAGS,
    RETRACTING,
    beginnings,
    says_withdrawn,
)
from medai_assets.sources.pubmed.split import identity
from medai_assets.sources.records import Rejected, Withdrawal, payload_hashes

LICENCE = "LicenseRef-PubMed-Abstract"
_ACKNOWLEDGEMENT = "Citation data courtesy of the U.S. National Library of Medicine (PubMed)"

# Publication types by MeSH id and correction types of NLM's DTD (PubMed's data element descriptions); a notice is
# about another article and no text to learn from.
_RETRACTED_TYPE = "D016441"
# Retraction, erratum, comment, expression of concern.
_NOTICE_TYPES = frozenset({"D016440", "D016425", "D016420", "D000075742"})
_TYPE_FLAGS = {"D000076942": "preprint"}

_DOI = r"(?P<doi>10\.[0-9]{4,9}/\S+)"  # as written_ids.record_names finds it

# MARC codes of the languages PubMed names, as ISO 639-1; und and mul have none.
_LANGUAGES = dict(pair.split("=") for pair in (
    "eng=en fre=fr ger=de spa=es ita=it por=pt rus=ru jpn=ja chi=zh kor=ko pol=pl dut=nl dan=da swe=sv nor=no fin=fi "
    "hun=hu cze=cs slo=sk slv=sl hrv=hr scr=hr srp=sr scc=sr bos=bs mac=mk bul=bg rum=ro gre=el tur=tr ara=ar heb=he "
    "per=fa ukr=uk lit=lt lav=lv est=et ice=is cat=ca baq=eu glg=gl afr=af vie=vi tha=th ind=id may=ms hin=hi alb=sq "
    "geo=ka arm=hy aze=az wel=cy gle=ga lat=la epo=eo mal=ml kur=ku urd=ur ben=bn"
).split())  # fmt: skip


def items_of(
    records: Sequence[bytes], slice: Slice, request: str, retrieved_at: datetime
) -> Iterator[pa.RecordBatch | Rejected | Withdrawal]:
    """What verbatim citations become: rows, what could not be read, and retractions.

    Args:
        request: what brought them, keys removed.
    """

    def read(some: Sequence[bytes]) -> list[pa.RecordBatch | Rejected | Withdrawal]:
        return list(_read_together(some, slice, request, retrieved_at))

    def refuse(one: Sequence[bytes], error: Exception) -> list[pa.RecordBatch | Rejected | Withdrawal]:
        return [_rejected(one[0], words_of(error), request)]

    if not records:
        yield pa.RecordBatch.from_pylist([], RAW_RECORD)
    for items in read_by_bisection(records, read, refuse):
        yield from items


def _read_together(
    records: Sequence[bytes], slice: Slice, request: str, retrieved_at: datetime
) -> Iterator[pa.RecordBatch | Rejected | Withdrawal]:
    if _are_utf8(records):
        text, spoilt = records, []
    else:
        text = [record for record in records if _are_utf8([record])]
        spoilt = [record for record in records if not _are_utf8([record])]
    reading = read_citations(text)
    yield raw_rows(text, reading.citations, slice, request, retrieved_at)
    if (names := dois(reading.citations)).num_rows:
        yield names
    broken = [(record, reason) for _, record, reason in reading.unreadable]
    broken += [(record, "not UTF-8") for record in spoilt]
    yield from (_rejected(record, reason, request) for record, reason in broken)
    yield from retractions(reading.citations, slice.source)


def _rejected(record: bytes, reason: str, request: str) -> Rejected:
    pmid = identity(record)[0]
    return Rejected(
        reason="unreadable citation",
        record_id=f"pubmed:{pmid}" if pmid else None,
        detail=reason,
        payload=record.decode("utf-8", "replace"),
        request=request,
    )


def raw_rows(
    records: Sequence[bytes], citations: pa.Table, slice: Slice, request: str, retrieved_at: datetime
) -> pa.RecordBatch:
    """RAW_RECORD rows of the citations read of some verbatim records, positions counted from 0."""
    citations = citations.combine_chunks()
    payloads = [records[position] for position in citations["position"].to_pylist()]
    pmid = citations["pmid"]
    columns: dict[str, Any] = {
        "record_id": pc.binary_join_element_wise("pubmed", pmid, ":"),
        "version": pa.array(_versions(citations), pa.string()),
        "title": _shown(pc.coalesce(citations["title"], citations["vernacular_title"])),
        "language": pa.array(_language_codes(citations["languages"]), pa.string()),
        "updated_at": pc.coalesce(citations["date_revised"], citations["date_completed"]),
        "payload": _text_column(payloads),
        "payload_sha256": payload_hashes(payloads),
        "url": pc.binary_join_element_wise("https://pubmed.ncbi.nlm.nih.gov", pmid, "", "/"),
        "attribution": _shown(pa.array(_attributions(citations), pa.string())),
        "flags": pa.array(flags_of(citations), pa.list_(pa.string())),
    }
    constants = {
        "source": slice.source, "slice": slice.key, "payload_format": "xml", "request": request,
        "retrieved_at": retrieved_at, "licence": LICENCE, "sample": False,
    }  # fmt: skip
    table = pa.Table.from_arrays(
        [
            columns[f.name]
            if f.name in columns
            else pa.repeat(pa.scalar(constants[f.name], f.type), len(payloads))
            for f in RAW_RECORD
        ],
        schema=RAW_RECORD,
    )
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], RAW_RECORD)


def dois(citations: pa.Table) -> pa.RecordBatch:
    """ALIAS rows: the DOI under which a publisher, or a list of retractions, knows a citation."""
    found = citations.select(["pmid", "doi"]).combine_chunks()
    stated = pc.struct_field(pc.extract_regex(found["doi"], _DOI), "doi")
    names = pc.utf8_lower(pc.utf8_rtrim(stated, characters=".,;"))
    table = pa.table(
        {
            "record_id": pc.binary_join_element_wise("pubmed", found["pmid"], ":"),
            "name": pc.binary_join_element_wise("doi", names, ":"),
        },
        schema=ALIAS,
    ).filter(pc.is_valid(names))
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], ALIAS)


def retractions(citations: pa.Table, source: str) -> Iterator[Withdrawal]:
    """A withdrawal for each citation that says it is retracted: by type, by link, in its title or in place of its abstract.

    The notice itself is none.
    """
    wanted = citations.select(["pmid", "date_revised", "publication_types", "corrections"])
    words = says_withdrawn(
        citations["title"].combine_chunks(), beginnings(citations["abstract"].combine_chunks())
    )
    present = pc.or_(
        _holds(wanted["publication_types"], "ui", _RETRACTED_TYPE),
        pc.or_(words, _holds(wanted["corrections"], "ref_type", *sorted(RETRACTING))),
    )
    for citation in wanted.filter(present).to_pylist():
        notice: dict[str, str | None] = next(
            (c for c in citation["corrections"] if c["ref_type"] in RETRACTING), {}
        )
        yield Withdrawal(
            record_id=f"pubmed:{citation['pmid']}",
            kind="retraction",
            reason=f"retracted: {notice['source']}" if notice.get("source") else "retracted publication",
            reported_by=source,
            reported_at=citation["date_revised"],
            evidence=f"pubmed:{notice['pmid']}" if notice.get("pmid") else notice.get("source"),
        )


def flags_of(citations: pa.Table) -> list[list[str]]:
    """Flags of each citation: retracted, notice, concern, erratum, updated, republished, preprint, book."""
    columns = (
        citations["kind"].to_pylist(),
        _lists(citations["publication_types"], "ui"),
        _lists(citations["corrections"], "ref_type"),
    )
    return [_flags(kind, types, corrections) for kind, types, corrections in zip(*columns)]


def pmid_of(record_id: str) -> int:
    """The PMID in a record id such as ``pubmed:428506``."""
    return int(record_id.removeprefix("pubmed:"))


def version_number(version: str) -> int:
    """The PMID's own version in a record's ``version``, such as 2 in ``2.20210607``."""
    return int(version.partition(".")[0] or 1)


def _flags(kind: str, types: Sequence[str], corrections: Sequence[str]) -> list[str]:
    if not corrections and kind == "article" and len(types) == 1 and types[0] == "D016428":
        return []  # a plain journal article, as most are
    flags = {CORRECTION_FLAGS[c] for c in corrections if c in CORRECTION_FLAGS}
    flags |= {_TYPE_FLAGS[t] for t in types if t in _TYPE_FLAGS}
    if _RETRACTED_TYPE in types or not RETRACTING.isdisjoint(corrections):
        flags.add("retracted")
    if not _NOTICE_TYPES.isdisjoint(types):
        flags.add("notice")
    if kind == "book":
        flags.add("book")
    return sorted(flags)


def _versions(citations: pa.Table) -> Iterator[str]:
    """``1.20210607``: the PMID's version and the day it was last revised, so that a later text sorts later."""
    pairs = zip(citations["version"].to_pylist(), citations["date_revised"].to_pylist())
    return (f"{version or '1'}.{(revised or '').replace('-', '')}".rstrip(".") for version, revised in pairs)


def _language_codes(languages: pa.ChunkedArray) -> list[str | None]:
    return [_LANGUAGES.get(codes[0]) if codes else None for codes in languages.to_pylist()]


def _attributions(citations: pa.Table) -> Iterator[str]:
    names = (
        "iso_abbreviation",
        "journal",
        "publication_date",
        "medline_date",
        "volume",
        "issue",
        "pages",
        "doi",
    )
    columns = {name: citations[name].to_pylist() for name in (*names, "copyright")}
    return (
        attribution(dict(zip(columns, values))) for values in zip(*columns.values())
    )  # fmt: skip


def attribution(citation: Mapping[str, str | None]) -> str:
    """``J S Afr Vet Assoc. 1979-06;50(2):123-33. doi:…. Citation data courtesy of …``, then the stated copyright."""
    journal = citation["iso_abbreviation"] or citation["journal"] or "Journal not stated"
    date = citation["medline_date"] or citation["publication_date"] or ""
    issue = f"({citation['issue']})" if citation["issue"] else ""
    place = f"{citation['volume'] or ''}{issue}"
    parts = [
        journal.rstrip("."),
        date + (f";{place}" if place else "") + (f":{p}" if (p := citation["pages"]) else ""),
    ]
    if citation["doi"]:
        parts.append(f"doi:{citation['doi']}")
    parts += [_ACKNOWLEDGEMENT, citation["copyright"] or ""]
    return ". ".join(part for part in parts if part)


def _shown(texts: pa.Array) -> pa.Array:
    """The texts without what could control a terminal; nearly all have nothing of it."""
    odd = pc.match_substring_regex(
        texts, r"[\x{00}-\x{1f}\x{7f}-\x{9f}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]"
    )
    if not pc.any(odd).as_py():
        return texts
    return pa.array((text and plain_line(text) for text in texts.to_pylist()), pa.string())


def _text_column(texts: Sequence[bytes]) -> pa.LargeStringArray:
    """UTF-8 texts as one column, copied once."""
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    return pa.LargeStringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(b"".join(texts)))


def _are_utf8(records: Sequence[bytes]) -> bool:
    try:
        _text_column(records).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _holds(lists: pa.ChunkedArray, field: str, *values: str) -> pa.Array:
    """Where one of a row's structs has one of these values in this field."""
    lists = lists.combine_chunks()
    matching = pc.is_in(pc.list_flatten(lists).field(field), value_set=pa.array(values, pa.string()))
    owners = pc.list_parent_indices(lists).filter(matching)
    return pc.is_in(pa.array(range(len(lists)), owners.type), value_set=owners)


def _lists(lists: pa.ChunkedArray, field: str) -> list[list[str]]:
    """One field of each row's structs; most rows share a few values, so Python sees small lists only."""
    lists = lists.combine_chunks()
    flat = pc.list_flatten(lists).field(field)
    found: list[list[str]] = pa.ListArray.from_arrays(lists.offsets, flat).to_pylist()
    return found
