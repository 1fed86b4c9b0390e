"""PubMed citations to candidate passages, column by column: one row a section of the abstract.

What belongs here: which citations are no training text, which section a label means, what evidence a publication type
is. What does not: reading the XML (fast_reader.py, reference_reader.py). There is no loop over citations but for building the
attributes, since abstracts come by the million.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.sources.document import CANDIDATE, LONGEST_NAME, SetAside
from medai_assets.sources.pubmed.fast_reader import read_citations
from medai_assets.sources.pubmed.inline_labels import with_inline_parts
from medai_assets.sources.pubmed.retraction_status import SET_ASIDE_CORRECTIONS, beginnings, by_words
from medai_assets.text.escaped_twice import unescape_again_array
from medai_assets.text.headings import pubmed_section

# MeSH publication types that make a citation no training text (https://www.nlm.nih.gov/mesh/pubtypes.html).
SET_ASIDE_TYPES = {
    "D016441": SetAside("retracted", "publication type Retracted Publication"),
    "D016440": SetAside("retraction notice", "publication type Retraction of Publication"),
    "D000075742": SetAside("expression of concern", "publication type Expression of Concern"),
    "D016425": SetAside("erratum", "publication type Published Erratum"),
    "D000087622": SetAside("expression of concern", "publication type Expression of Concern"),
}
SET_ASIDE_FLAGS = {
    "retracted": SetAside("retracted", "flagged when it was collected"),
    "notice": SetAside("notice", "flagged when it was collected"),
}
# Evidence by publication type, the strongest statement first.
EVIDENCE: tuple[tuple[str, frozenset[str]], ...] = (
    ("guideline", frozenset({"D016431", "D017065", "D016446", "D016447"})),
    ("review", frozenset({"D016454", "D000078182", "D017418"})),
    ("trial", frozenset({"D016430", "D016449", "D017426", "D017427", "D017428", "D017429", "D018848", "D000068397"})),
    ("case_report", frozenset({"D002363"})),
)  # fmt: skip
_PLAIN_TYPES = frozenset({"Journal Article", "English Abstract", "Research Support, Non-U.S. Gov't"})
_MOST_TOPICS = 8
Rows = npt.NDArray[np.integer]


def candidates(
    batch: pa.RecordBatch, unmapped: Counter[str]
) -> tuple[pa.RecordBatch, list[tuple[int, SetAside]]]:
    """Sections of the abstracts of a RAW_RECORD batch, and the rows that are set aside with their reasons.

    Args:
        unmapped: labels that no table knows are counted here.
    """
    reading = read_citations(batch["payload"].cast(pa.large_binary()).to_pylist())
    citations = reading.citations
    places = citations["position"].to_numpy()
    aside = {place: SetAside("unreadable", why[:500]) for place, _, why in reading.unreadable}
    said = by_words(_whole(citations["title"]), beginnings(_whole(citations["abstract"])))
    aside |= _flagged(batch) | {int(places[row]): why for row, why in said.items()}
    aside |= _set_aside(citations, places)
    aside |= {
        p: SetAside("names too long", "its title") for p in places[_too_long(citations["title"])].tolist()
    }
    with_abstract = pc.greater(pc.list_value_length(citations["abstract"]), 0).to_numpy()
    aside |= {p: SetAside("no abstract") for p in places[~with_abstract].tolist() if p not in aside}
    wanted = pa.array(~np.isin(places, np.fromiter(aside, np.int64, len(aside))))
    citations, places = citations.filter(wanted), places[wanted.to_numpy(zero_copy_only=False)]
    abstract = _whole(citations["abstract"])
    owner, sections = _sections(
        pc.list_parent_indices(abstract).to_numpy(), pc.list_flatten(abstract), unmapped
    )
    return _rows(citations, places, owner, sections, batch), sorted(aside.items())


def _rows(
    citations: pa.Table, places: Rows, owner: pa.Array, sections: dict[str, pa.Array], batch: pa.RecordBatch
) -> pa.RecordBatch:
    of_citation = {
        "row": pa.array(places),
        "title": unescape_again_array(_whole(pc.fill_null(citations["title"], ""))),
        "subject": _subjects(citations),
        "evidence": pa.array(_evidence(citations)),
        "attributes": pa.array(_attributes(citations), pa.string()),
        "language": _languages(citations),
        "flags": batch["flags"].take(pa.array(places)),
        "document_id": batch["record_id"].take(pa.array(places)),
    }
    columns = {name: _whole(values).take(owner) for name, values in of_citation.items()} | sections
    columns["audience"] = pa.repeat("professional", len(owner))
    columns["aliases"] = pa.ListArray.from_arrays(
        pa.array(np.zeros(len(owner) + 1, np.int32)), pa.array([], pa.string())
    )
    return pa.record_batch([columns[f.name].cast(f.type) for f in CANDIDATE], schema=CANDIDATE)


def _sections(
    owner: Rows, parts: pa.StructArray, unmapped: Counter[str]
) -> tuple[pa.Array, dict[str, pa.Array]]:
    """Text, section and heading of each part; neighbouring parts of one section become one text.

    Returns:
        The citation's index of each section, and the columns.
    """
    present = pc.is_valid(parts.field("text"))
    owner, parts = owner[present.to_numpy(zero_copy_only=False)], parts.filter(present)
    texts = without_notices(unescape_again_array(parts.field("text")))
    owner, label, category, texts = with_inline_parts(
        owner,
        pc.fill_null(parts.field("label"), ""),
        pc.fill_null(parts.field("nlm_category"), ""),
        texts,
    )
    names = pc.dictionary_encode(pc.binary_join_element_wise(label, category, "\x1f"))
    kinds = [name.split("\x1f") for name in names.dictionary.to_pylist()]
    known = [pubmed_section(text, nlm) for text, nlm in kinds]
    codes = names.indices.to_numpy()
    for code, times in zip(*(values.tolist() for values in np.unique(codes, return_counts=True))):
        if known[code] is None:
            unmapped[kinds[code][0]] += times
    ids = {section: number for number, section in enumerate(dict.fromkeys(s or "abstract" for s in known))}
    section = np.array([ids[s or "abstract"] for s in known], np.int64)[codes] if len(codes) else codes
    first = np.ones(len(owner), bool)
    first[1:] = (owner[1:] != owner[:-1]) | (section[1:] != section[:-1])
    starts = np.flatnonzero(first)
    headings = pa.array([_heading(text) for text, _ in kinds], pa.string()).take(names.indices)
    text = _merged(texts, headings, starts, len(owner))
    sections = pa.array(list(ids), pa.string()).take(pa.array(section)).take(pa.array(starts))
    columns = {"text": text, "section": sections, "heading": headings.take(pa.array(starts))}
    return pa.array(owner[starts]), columns


def _merged(texts: pa.Array, headings: pa.Array, starts: Rows, rows: int) -> pa.Array:
    """The text of each group of parts; where a group has several, each says its own label."""
    sizes = np.diff(np.append(starts, rows))
    merged = texts.take(pa.array(starts))
    several = np.flatnonzero(sizes > 1)
    if not len(several):
        return merged
    joined = []
    for group in several.tolist():
        places = range(starts[group], starts[group] + sizes[group])
        labelled = [(headings[p].as_py(), texts[p].as_py()) for p in places]
        joined.append("\n\n".join(f"{h}: {t}" if h and n else t for n, (h, t) in enumerate(labelled)))
    return pc.replace_with_mask(merged, pa.array(sizes > 1), pa.array(joined, merged.type))


def _heading(label: str) -> str:
    """A printed label as a heading: ``METHODS AND RESULTS`` as ``Methods and results``."""
    text = " ".join(label.split()).strip(" :")
    return "" if text.upper() == "UNLABELLED" else text[:1] + text[1:].lower() if text.isupper() else text


def _set_aside(citations: pa.Table, places: Rows) -> dict[int, SetAside]:
    """Citations that are notices, retracted or in doubt, by publication type or by what corrects them."""
    found: dict[int, SetAside] = {}
    for column, field, table in (
        ("corrections", "ref_type", SET_ASIDE_CORRECTIONS),
        ("publication_types", "ui", SET_ASIDE_TYPES),
    ):
        lists = _whole(citations[column])
        values = pc.list_flatten(lists).field(field)
        hits = pc.indices_nonzero(pc.fill_null(pc.is_in(values, pa.array(list(table))), False))
        owners = pc.list_parent_indices(lists).take(hits).to_numpy()
        for place, value in zip(places[owners].tolist(), values.take(hits).to_pylist()):
            found[place] = table[value]
    return found


def _flagged(batch: pa.RecordBatch) -> dict[int, SetAside]:
    flags = batch["flags"]
    values = pc.list_flatten(flags)
    hits = pc.indices_nonzero(pc.is_in(values, pa.array(list(SET_ASIDE_FLAGS))))
    rows = pc.list_parent_indices(flags).take(hits).to_pylist()
    return {row: SET_ASIDE_FLAGS[flag] for row, flag in zip(rows, values.take(hits).to_pylist())}


def _evidence(citations: pa.Table) -> list[str]:
    lists = _whole(citations["publication_types"])
    uis, owner = pc.list_flatten(lists).field("ui"), pc.list_parent_indices(lists).to_numpy()
    level = np.full(citations.num_rows, len(EVIDENCE))
    for number, (_, types) in enumerate(EVIDENCE):
        hits = pc.fill_null(pc.is_in(uis, pa.array(sorted(types))), False).to_numpy(zero_copy_only=False)
        rows = np.unique(owner[hits])
        level[rows] = np.minimum(level[rows], number)
    names = [*(name for name, _ in EVIDENCE), "study"]
    return [names[n] for n in level.tolist()]


def _subjects(citations: pa.Table) -> pa.Array:
    """The first major MeSH heading, which is what the article is about; null where it is not indexed."""
    lists = _whole(citations["mesh"])
    headings, owner = pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy()
    major = np.flatnonzero(pc.fill_null(headings.field("major"), False).to_numpy(zero_copy_only=False))
    rows, first = np.unique(owner[major], return_index=True)
    picks = np.full(citations.num_rows, -1)
    picks[rows] = major[first]
    return headings.field("name").take(pa.array(picks, mask=picks < 0))


def _attributes(citations: pa.Table) -> list[str]:
    """JSON of major MeSH headings, publication types and year."""
    mesh, types = _names(citations["mesh"], "major"), _names(citations["publication_types"], None)
    return [
        orjson.dumps(
            {
                "mesh": m[:_MOST_TOPICS],
                "publication_types": [t for t in p if t not in _PLAIN_TYPES],
                "year": y,
            }
        ).decode()
        for m, p, y in zip(mesh, types, citations["year"].to_pylist())
    ]


def _names(column: pa.ChunkedArray, only: str | None) -> list[list[str]]:
    lists = _whole(column)
    values, owner = pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy()
    if only:
        wanted = pc.fill_null(values.field(only), False)
        values, owner = values.filter(wanted), owner[wanted.to_numpy(zero_copy_only=False)]
    names = values.field("name").to_pylist()
    ends = np.searchsorted(owner, np.arange(len(lists) + 1)).tolist()
    return [[n for n in names[a:b] if n] for a, b in pairwise(ends)]


def _languages(citations: pa.Table) -> pa.Array:
    """English for English articles; abstracts of others are mostly English too, which has to be found out."""
    lists = _whole(citations["languages"])
    values, owner = pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy()
    english = np.zeros(citations.num_rows, bool)
    english[owner[pc.equal(values, "eng").to_numpy(zero_copy_only=False)]] = True
    return pa.array(np.where(english, "en", ""), mask=~english)


def _too_long(titles: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    longer = pc.fill_null(pc.greater(pc.binary_length(_whole(titles)), LONGEST_NAME), False)
    found: npt.NDArray[np.bool_] = longer.to_numpy(zero_copy_only=False)
    return found


def _whole(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


_YEAR = r"(?:19|20)\d{2}"
_LONGEST = 240  # characters at the end within which a notice stands
NOTICE = (
    r"(?i)\s*(?:"
    rf"\(?PsycINFO Database Record \(c\) {_YEAR} APA,? all rights reserved\.?\)?"
    r"|(?:\(?This article is protected by copyright\.?\)?\s*)?All rights reserved"
    r"|This article is protected by copyright"
    rf"|(?:copyright\s*)?(?:©|\(c\)|copyright)\s*(?:©\s*)?{_YEAR}[^\n]*"
    rf"|©\s*[a-z][\w&' ]{{1,30}},? {_YEAR}[^\n]*"
    r"|(?:see (?:the )?(?:supplemental )?)?video abstract(?: (?:at|in) https?://\S+|: https?://\S+)?"
    r")\.?\s*$"
)
# The article's own citation: journal with year, volume and first page, after authors and title or without them, and then
# its dates and address. Each part is needed in its place, so that a sentence with a year in it is none.
_NAME = r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?"
_AUTHOR = rf"(?:{_NAME} [A-Z]{{1,3}}|[A-Z]{{1,3}} {_NAME})"
_AUTHORS_AND_TITLE = rf"(?:{_AUTHOR}(?:, {_AUTHOR}){{0,8}}(?:,? et al)?[.,] [^?!]{{10,300}}[.?!] )?"
_JOURNAL = r"(?:Cite this article: )?[A-Z]\w*(?: (?:[A-Z]\w*|of|and|the|&)){0,8}"
_PAGES = rf"\.? {_YEAR}; ?\d+ ?(?:\([^()\n]{{1,12}}\))?: ?[\w•]+(?:[-–][\w•]+)?\."
_DATES = r"(?: Epub [^.\n]{5,30}\.)?(?: doi: ?\S+)?"
_CITATION = re.compile(
    rf"(?<=[.!?)\]])\s+(?:{_AUTHORS_AND_TITLE}{_JOURNAL}{_PAGES}{_DATES}|Supplementa(?:l|ry) Materials?:? https?://\S+)\s*$"
)
_SUSPECT = rf"(?i)rights reserved|copyright|©|\(c\)|video abstract|{_YEAR}; ?\d|doi\.org"


def without_notices(texts: pa.Array) -> pa.Array:
    """Texts without a publisher's notice at their end; a text that is nothing else becomes empty."""
    ends = pc.binary_slice(texts.cast(pa.large_binary()), -4 * _LONGEST, None)  # 4: bytes of a character
    suspect = pc.match_substring_regex(ends, _SUSPECT)
    if not pc.any(suspect).as_py():
        return texts
    # Once more: two notices in a row ("… protected by copyright. © 2021 …") are common.
    trimmed = _trimmed(_trimmed(texts.filter(suspect)))
    uncited = [_CITATION.sub("", text) if text else text for text in trimmed.to_pylist()]
    return pc.replace_with_mask(texts, suspect, pa.array(uncited, texts.type))


def _trimmed(texts: pa.Array) -> pa.Array:
    """Looks at the end only: a search of whole abstracts costs six times as much."""
    heads, ends = pc.utf8_slice_codeunits(texts, 0, -_LONGEST), pc.utf8_slice_codeunits(texts, -_LONGEST)
    return pc.binary_join_element_wise(
        heads, pc.replace_substring_regex(ends, NOTICE, ""), pa.scalar("", texts.type)
    )
