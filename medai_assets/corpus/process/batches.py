"""Raw records to passages, batch by batch: parse, normalise, split, mask, identify, judge, name.

What belongs here: the order of the steps and the shape of their results. What does not: any step's rule. Memory is
that of one piece of a batch, whatever the slice's size; nothing depends on how records are batched.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.corpus.process.signatures import SIGNATURE, signature_batch, sketch
from medai_assets.foundation.plain_text import plain
from medai_assets.foundation.rows import RemovedRow
from medai_assets.foundation.schemas import ORIGIN, PASSAGE, REMOVED
from medai_assets.sources.document import (
    CANDIDATE,
    LONGEST_NAME,
    Candidates,
    Parsed,
    SetAside,
    too_much_repeated,
)
from medai_assets.sources.one_record import read_by_bisection, read_or_reject, words_of
from medai_assets.sources.records import Rejected
from medai_assets.sources.registry import SOURCES
from medai_assets.text.escaped_twice import unescape_again_array
from medai_assets.text.language import detect_languages
from medai_assets.text.normalise import normalise_array
from medai_assets.text.personal_data import mask_array
from medai_assets.text.quality import LONGEST_WORD, as_json, measure, verdicts
from medai_assets.text.split_text import MOST_WORDS, split_text
from medai_assets.text.templated_text import template_hashes
from medai_assets.text.word_hashes import counts_of

STAGE = "processed_corpus"
KEPT_LANGUAGES = frozenset({"en"})
_LANGUAGE_CODE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3}")
PIECE_ROWS = 2_000
PIECE_BYTES = 16 << 20
LARGEST = 8 << 20  # bytes of one record; the longest drug labels and author lists have below half of it

Parser = Callable[[str, str | None, list[str] | None], Parsed]


@dataclass(frozen=True, slots=True)
class Processed:
    """The result for some records: PASSAGE, REMOVED and SIGNATURE rows, and section names no table knows, counted."""

    passages: pa.RecordBatch
    removed: pa.RecordBatch
    signatures: pa.RecordBatch
    unmapped: Counter[str] = field(default_factory=Counter)


def process_slice(records: Iterable[pa.RecordBatch], source: str) -> Iterator[Processed]:
    """Passages of raw records of one source, in the records' order.

    A record that a step cannot take is set aside with the reason, and its neighbours are processed.

    Args:
        records: batches of RAW_RECORD.

    Raises:
        ValueError: there is no parser for the source.
    """
    if source not in SOURCES:
        raise ValueError(f"no parser for source {source!r}")
    for batch in records:
        for piece in _pieces(batch):
            yield from read_by_bisection(
                piece, partial(_process, source=source), partial(_unreadable, source=source)
            )


def _unreadable(record: pa.RecordBatch, error: Exception, source: str) -> Processed:
    """One record that no step may stop for: it is set aside with what went wrong."""
    removed = _removed_records(record, [(0, SetAside("unreadable", words_of(error)))], source)
    signatures = pa.RecordBatch.from_pylist([], SIGNATURE)
    return Processed(
        pa.RecordBatch.from_pylist([], PASSAGE), _removed_batch([*removed]), signatures, Counter()
    )


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch in parts of bounded text, so that large records do not add up."""
    sizes = pc.fill_null(pc.binary_length(batch["payload"]), 0).to_numpy()
    ends = np.cumsum(sizes)
    begin = 0
    while begin < batch.num_rows:
        before = ends[begin - 1] if begin else 0
        end = int(np.searchsorted(ends, before + PIECE_BYTES, side="right"))
        end = min(max(end, begin + 1), begin + PIECE_ROWS, batch.num_rows)
        yield batch.slice(begin, end - begin)
        begin = end


def _process(batch: pa.RecordBatch, source: str) -> Processed:
    if (longest := pc.max(pc.binary_length(batch["payload"])).as_py() or 0) > LARGEST:
        raise ValueError(f"it has {longest:,} bytes, more than the {LARGEST:,} that are read")
    unmapped: Counter[str] = Counter()
    traits = SOURCES[source].traits
    if SOURCES[source].parses_batches:
        candidates, aside = SOURCES[source].load("parser")(batch, unmapped)
    else:
        candidates, aside = _parse(batch, source, unmapped)
    candidates = _split(_normalised(candidates))
    aside += _without_text(candidates["row"], aside, batch.num_rows)
    texts, masked = mask_array(candidates["text"], "patients_write" in traits)
    languages = _languages(texts, candidates["language"])
    sketched = sketch(texts)
    measures = measure(texts, sketched.words, sketched.total, sketched.distinct)
    measures = measures._replace(endless=measures.endless | _odd_names(candidates))
    reasons = [
        ("language", f"language {code}") if code not in KEPT_LANGUAGES else ("quality", bad) if bad else None
        for code, bad in zip(languages, verdicts(measures))
    ]
    ids = passage_ids(texts)
    # Citations are no templates, and come by the million.
    names = pa.nulls(len(texts), pa.string()) if "citation" in traits else candidates["subject"]
    templates = template_hashes(texts, names, candidates["aliases"])
    columns = {name: candidates[name] for name in CANDIDATE.names if name != "row"} | {
        "passage_id": ids,
        "text": texts,
        "position": _positions(candidates["row"]),
        "source": pa.repeat(pa.scalar(source), len(texts)),
        "language": pa.array(languages, pa.string()),
        "words": pa.array(sketched.words.astype(np.int32)),
        "quality": pa.array(as_json(measures), pa.string()),
        "masked": pa.array(masked, pa.string()),
        "origins": origins(batch, candidates["row"]),
    }
    passages = pa.record_batch([columns[f.name] for f in PASSAGE], schema=PASSAGE)
    kept = pa.array([reason is None for reason in reasons], pa.bool_())
    removed = [*_removed_passages(passages, reasons), *_removed_records(batch, aside, source)]
    return Processed(
        passages.filter(kept),
        _removed_batch(removed),
        signature_batch(passages, sketched, templates).filter(kept),
        unmapped,
    )


def _parse(
    batch: pa.RecordBatch, source: str, unmapped: Counter[str]
) -> tuple[pa.RecordBatch, list[tuple[int, SetAside]]]:
    parse: Parser = SOURCES[source].load("parser")
    candidates = Candidates()
    aside: list[tuple[int, SetAside]] = []
    columns = (batch[name].to_pylist() for name in ("record_id", "payload", "title", "flags", "language"))
    for row, (record_id, payload, title, flags, language) in enumerate(zip(*columns)):
        read = read_or_reject(partial(parse, payload, title, flags))
        if isinstance(read, Rejected):
            aside.append((row, SetAside("unreadable", read.detail or "")))
            continue
        if isinstance(read, SetAside):
            aside.append((row, read))
            continue
        if too_much := too_much_repeated(read):
            aside.append((row, too_much))
            continue
        read.language = read.language or language
        read.flags = sorted({*read.flags, *flags})
        read.document_id = read.document_id or SOURCES[source].document_of(record_id)
        unmapped.update(read.unmapped)
        candidates.add(read, row, record_id)
    return candidates.batch(), aside


def _without_text(
    rows: pa.Array, aside: list[tuple[int, SetAside]], records: int
) -> list[tuple[int, SetAside]]:
    """Records of which nothing is left: neither a text nor a reason, as where all that stood there were invisible marks."""
    known = np.union1d(rows.to_numpy(), np.array([row for row, _ in aside], np.int64))
    why = SetAside("no text", "nothing of it is text to read")
    return [(row, why) for row in np.setdiff1d(np.arange(records), known).tolist()]


def passage_ids(texts: pa.Array) -> pa.Array:
    """``p`` and 24 hexadecimal digits of the SHA-256 of each text."""
    return pa.array(
        ["p" + hashlib.sha256(t).hexdigest()[:24] for t in texts.cast(pa.large_binary()).to_pylist()],
        pa.string(),
    )


def origins(batch: pa.RecordBatch, rows: pa.Array) -> pa.Array:
    """One-element lists of ORIGIN: where the raw records of ``rows`` come from."""
    taken = batch.select([f.name for f in ORIGIN]).take(rows)
    values = pa.StructArray.from_arrays([taken[f.name] for f in ORIGIN], fields=list(ORIGIN))
    return pa.ListArray.from_arrays(pa.array(np.arange(len(rows) + 1, dtype=np.int32)), values).cast(
        pa.list_(ORIGIN)
    )


def _normalised(candidates: pa.RecordBatch) -> pa.RecordBatch:
    for name in ("text", "title", "heading", "subject"):
        column = candidates[name]
        changed = normalise_array(unescape_again_array(column))
        if changed is not column:
            candidates = candidates.set_column(
                candidates.schema.get_field_index(name), CANDIDATE.field(name), changed
            )
    return candidates.filter(pc.greater(pc.binary_length(candidates["text"]), 0))


def _odd_names(candidates: pa.RecordBatch) -> npt.NDArray[np.bool_]:
    """Rows with a name that is none, or with a word in their names or attributes that is none: as of texts, patterns over
    them would take its square."""
    found = np.zeros(candidates.num_rows, bool)
    for column in ("title", "heading", "subject", "aliases", "attributes"):
        texts = candidates[column]
        texts = pc.binary_join(texts, " ") if column == "aliases" else texts
        for row in pc.indices_nonzero(pc.greater(pc.binary_length(texts), LONGEST_WORD)).to_pylist():
            told = texts[row].as_py()
            named = str(orjson.loads(told)) if column == "attributes" else told
            found[row] |= max(map(len, named.split()), default=0) > LONGEST_WORD
            found[row] |= column != "attributes" and len(told) > LONGEST_NAME
    return found


def _numbered(attributes: str, parts: int) -> list[str]:
    """The attributes of each part."""
    stated = orjson.loads(attributes)
    numbered = (stated | {"part": number, "parts": parts} for number in range(1, parts + 1))
    return [orjson.dumps(one, option=orjson.OPT_SORT_KEYS).decode() for one in numbered]


def _split(candidates: pa.RecordBatch) -> pa.RecordBatch:
    """Rows whose text is too long become several; their attributes say which part of how many."""
    texts = candidates["text"]
    gaps = counts_of(texts, b" \n")
    pieces_of = {row: split_text(texts[row].as_py()) for row in np.flatnonzero(gaps >= MOST_WORDS).tolist()}
    parts = {row: pieces for row, pieces in pieces_of.items() if len(pieces) > 1}
    if not parts:
        return candidates
    counts = np.ones(candidates.num_rows, np.int64)
    counts[list(parts)] = [len(p) for p in parts.values()]
    rows = np.repeat(np.arange(candidates.num_rows), counts)
    # Without the texts: each of the parts would hold a copy of the whole.
    names = [name for name in CANDIDATE.names if name not in ("text", "attributes")]
    others = candidates.select(names).take(pa.array(rows))
    columns: dict[str, Any] = {name: others[name] for name in names} | {"text": [], "attributes": []}
    for row, (text, attributes) in enumerate(zip(texts.to_pylist(), candidates["attributes"].to_pylist())):
        pieces = parts.get(row, [text])
        columns["text"] += pieces
        columns["attributes"] += [attributes] if row not in parts else _numbered(attributes, len(pieces))
    return pa.record_batch([pa.array(columns[f.name], f.type) for f in CANDIDATE], schema=CANDIDATE)


def _languages(texts: pa.Array, stated: pa.Array) -> list[str]:
    """The stated code of each text, or what its words tell where none is stated, or something that is no code."""
    codes = stated.to_pylist()
    unknown = [row for row, code in enumerate(codes) if not _LANGUAGE_CODE.fullmatch(code or "")]
    if unknown:
        for row, code in zip(unknown, detect_languages(texts.take(pa.array(unknown)).to_pylist())):
            codes[row] = code
    found: list[str] = codes
    return found


def _positions(rows: pa.Array) -> pa.Array:
    """Place of each passage within its record; rows of a record stand together."""
    values = rows.to_numpy()
    new = np.ones(len(values), bool)
    new[1:] = values[1:] != values[:-1]
    starts = np.flatnonzero(new)
    places = np.arange(len(values)) - np.repeat(starts, np.diff([*starts, len(values)]))
    return pa.array(places.astype(np.int32))


def _removed_passages(
    passages: pa.RecordBatch, reasons: list[tuple[str, str] | None]
) -> Iterator[RemovedRow]:
    rows = [row for row, reason in enumerate(reasons) if reason]
    taken = passages.select(["passage_id", "source", "text", "origins", "quality"]).take(
        pa.array(rows, pa.int64())
    )
    for row, values in zip(rows, taken.to_pylist()):
        step, reason = reasons[row] or ("", "")
        yield values | {"stage": STAGE, "step": step, "reason": reason, "detail": values["quality"]}


def _removed_records(
    batch: pa.RecordBatch, aside: list[tuple[int, SetAside]], source: str
) -> Iterator[RemovedRow]:
    rows = pa.array([row for row, _ in aside], pa.int32())
    for (_, parsed), origin, title in zip(
        aside, origins(batch, rows).to_pylist(), batch["title"].take(rows).to_pylist()
    ):
        yield {
            "stage": STAGE, "step": "parse", "reason": parsed.reason, "detail": plain(parsed.detail) or None,
            "passage_id": None, "source": source, "text": title, "origins": origin,
        }  # fmt: skip


def _removed_batch(rows: list[RemovedRow]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows, schema=REMOVED)
