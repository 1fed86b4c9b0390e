"""The corpus that ``walls.py`` measures with, as PubMed brings it, in slices of 20,000 passages.

Sections of abstracts that rules read or do not, half and half; one in fifty repeats the one before, one in 500 is a pair of
question and answer. Sketches are random numbers, so that no time goes into hashing words. The first slice has raw records
that can be processed, and is left to processing.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from common import REPOSITORY

from medai_assets.corpus.process.signatures import BANDS, BINS, SIGNATURE
from medai_assets.foundation.schemas import ORIGIN, PASSAGE, RAW_RECORD, REMOVED
from medai_assets.instructions.dataset.mixture import Mixture
from medai_assets.storage import Store, Stored

PER_SLICE, REPEAT_EVERY, PAIR_EVERY = 20_000, 50, 500
WITHDRAWN_RECORD = 1  # an example is made of it
SOURCE, RAW = "pubmed_bulk", "raw_pubmed_bulk"
SECTIONS = ("METHODS", "RESULTS", "BACKGROUND", "OBJECTIVE")
ORGANS = ("liver", "kidney", "lung", "skin", "heart", "stomach", "thyroid", "spleen", "retina", "colon")
SIGNS = ("fever", "tiredness", "a dry cough", "swelling", "a rash", "weight loss", "back pain", "thirst")
CARE = ("rest and fluids", "an inhaler", "a change of diet", "regular exercise", "surgery")
SYLLABLES = ("ba", "co", "di", "fe", "gu", "ka", "lo", "mi", "nu", "pe", "ra", "so", "ti", "ve", "zu")
CITATION = (
    '<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{0}</PMID><Article PubModel="Print">'
    "<Journal><JournalIssue><PubDate><Year>2020</Year></PubDate></JournalIssue></Journal><ArticleTitle>{1}"
    '</ArticleTitle><Abstract><AbstractText Label="{2}">{3}</AbstractText>{4}</Abstract><Language>eng</Language>'
    '<PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList></Article>'
    "</MedlineCitation><PubmedData/></PubmedArticle>"
)
CODE: dict[str, Any] = {"code_version": "1"}


def slices(passages: int) -> int:
    """How many hold so many passages."""
    return math.ceil(passages / PER_SLICE)


def prepared(root: Path, passages: int) -> int:
    """Make the packaged mixture and all slices that are not there yet; how many were made."""
    store = Store(root)
    found = Mixture.load(REPOSITORY / "medai_assets" / "config" / "mixture.yaml")
    values = found.model_dump(mode="json") | {"source_weights": {}}  # else no example is made of a citation
    with store.draft("instruction_mixture") as draft:
        draft.path("values.json").write_bytes(orjson.dumps(values))
        draft.publish(**CODE)
    there = set(store.partitions("processed_slice"))
    missing = [n for n in range(slices(passages)) if f"{SOURCE}/{n:05d}" not in there]
    for number in missing:
        table = slice_of(number, min(PER_SLICE, passages - number * PER_SLICE))
        raw = _raw(store, table, number)
        if number:
            _processed(store, table, number, raw)
    return len(missing)


def _processed(store: Store, passages: pa.Table, number: int, raw: Stored) -> None:
    with store.draft("processed_slice", f"{SOURCE}/{number:05d}") as draft:
        draft.write_table("passages", passages)
        draft.write_table("removed", REMOVED.empty_table())
        draft.write_table("signatures", signatures(passages, number))
        facts = {"records": len(passages), "removed": {}, "unmapped": {}}
        draft.publish(**CODE, inputs=[raw.input], metadata=facts)


def _raw(store: Store, passages: pa.Table, number: int) -> Stored:
    """Raw records of a slice; only those of the first have a text."""
    origin = passages["origins"].combine_chunks().flatten()
    told = {
        "payload_format": "xml",
        "payload": "<a/>",
        "payload_sha256": "0" * 64,
        "request": f"GET /{number:05d}",
    }
    columns = {name: pa.repeat(value, len(passages)) for name, value in told.items()}
    columns |= {name: origin.field(name) for name in origin.type.names if name in RAW_RECORD.names}
    columns |= {"title": passages["title"], "flags": passages["flags"]}
    columns["retrieved_at"] = pa.repeat(pa.scalar(datetime(2026, 1, 1, tzinfo=UTC)), len(passages))
    if number == 0:
        columns["record_id"] = pa.array([f"pubmed:{n}" for n in range(len(passages))])
        columns["payload"] = pa.array([citation(n) for n in range(len(passages))])
    filled = [columns.get(f.name, pa.nulls(len(passages), f.type)).cast(f.type) for f in RAW_RECORD]
    with store.draft(RAW, f"{number:05d}") as draft:
        draft.write_table("records", pa.table(filled, schema=RAW_RECORD))
        return draft.publish(**CODE)


def citation(number: int) -> str:
    """An abstract of some 120 words, as NLM writes it; every 500th asks a question in its title and answers it."""
    dice = random.Random(number)
    told = " ".join(
        f"In {dice.randrange(1000)} patients the {dice.choice(ORGANS)} was examined for {dice.choice(SIGNS)}, and "
        f"{dice.choice(CARE)} was compared with {dice.choice(CARE)} over {dice.randrange(90)} weeks."
        for _ in range(6)
    )
    title, concluded = f"Study {number} of the {ORGANS[number % 10]}", ""
    if number % PAIR_EVERY == WITHDRAWN_RECORD:
        name, sign = made_up(dice), dice.choice(SIGNS)
        title = f"Does regular exercise reduce {sign} in adults with {name}?"
        concluded = (
            f'<AbstractText Label="CONCLUSIONS">In adults with {name}, regular exercise reduced {sign} more than rest did, '
            f"and the difference was still seen at the end of the second year.</AbstractText>"
        )
    return CITATION.format(number, title, SECTIONS[number % 4], told, concluded)


def made_up(dice: random.Random) -> str:
    return "".join(dice.choices(SYLLABLES, k=4)).capitalize() + " disease"


def slice_of(number: int, rows: int) -> pa.Table:
    """The passages of a slice, its pairs and repeats spread among them."""
    ids = np.arange(number * PER_SLICE, number * PER_SLICE + rows)
    text_of = ids - (ids % REPEAT_EVERY == REPEAT_EVERY - 1)
    is_pair = ids % PAIR_EVERY == 0
    dice = random.Random(number)
    pairs = [pair(dice) for _ in range(int(is_pair.sum()))]
    paired = pa.array(is_pair)

    def told(ordinary: pa.Array, of_pairs: Sequence[str]) -> pa.Array:
        return pc.replace_with_mask(ordinary, paired, pa.array(of_pairs, pa.string()))

    def joined(*parts: Any) -> pa.Array:
        return pc.binary_join_element_wise(*parts, "")

    def numbered(values: np.ndarray) -> pa.Array:
        return pa.array(values).cast(pa.string())

    organs, nothing = pa.array(ORGANS), pa.repeat("", rows)
    document = told(
        joined("pubmed:", numbered(ids)), [f"medquad:5_NIDDK/{n}.xml" for n in ids[is_pair].tolist()]
    )
    names = [name for name, _, _ in pairs]
    text = joined(
        "In ", numbered(text_of), " patients the ", organs.take(pa.array(text_of % 10)), " was compared."
    )
    columns = {
        "passage_id": joined("p", pc.utf8_lpad(numbered(ids), 24, "0")),
        "text": told(text, [text for _, _, text in pairs]),
        "title": told(joined("Study ", numbered(ids), " of the ", organs.take(pa.array(ids % 10))), names),
        "section": told(pa.array([s.lower() for s in SECTIONS]).take(pa.array(ids % 4)), ["answer"] * len(pairs)),
        "heading": told(nothing, [question for _, question, _ in pairs]),
        "document_id": document,
        "position": pa.repeat(0, rows),
        "source": told(pa.repeat(SOURCE, rows), ["medquad"] * len(pairs)),
        "subject": told(nothing, names),
        "audience": told(pa.repeat("professional", rows), ["consumer"] * len(pairs)),
        "words": pa.array(np.where(is_pair, 33, 7)),
        "attributes": told(pa.repeat("{}", rows), [orjson.dumps({"question": q}).decode() for _, q, _ in pairs]),
        "origins": origins(document, number),
    }  # fmt: skip
    constants = {"evidence": "study", "language": "en", "quality": "{}", "masked": "{}"}
    empty = pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), pa.array([], pa.string()))
    columns |= {name: pa.repeat(value, rows) for name, value in constants.items()}
    columns |= {"aliases": empty, "flags": empty}
    return pa.table([columns[f.name].cast(f.type) for f in PASSAGE], schema=PASSAGE)


def pair(dice: random.Random) -> tuple[str, str, str]:
    """A disease of a made-up name, a question and its answer."""
    name = made_up(dice)
    organ, (sign, other), care = dice.choice(ORGANS), dice.sample(SIGNS, 2), dice.choice(CARE)
    told = [
        f"{name} is a disease of the {organ} that causes {sign} and {other}.",
        f"Most people with {name} have {other} first and {sign} some weeks later.",
        f"{name} is treated with {care}, and the {organ} is looked at every year.",
    ]
    dice.shuffle(told)
    return name, f"What is {name}?", " ".join(told)


def origins(records: pa.Array, number: int) -> pa.Array:
    """One origin a passage."""
    fixed = {
        "source": SOURCE, "slice": f"{number:05d}", "version": "1", "url": "https://pubmed.ncbi.nlm.nih.gov/", "sample": False,
        "licence": "LicenseRef-PubMed-Abstract", "attribution": "U.S. National Library of Medicine (PubMed)",
    }  # fmt: skip
    columns = {name: pa.repeat(value, len(records)) for name, value in fixed.items()} | {"record_id": records}
    struct = pa.StructArray.from_arrays([columns[f.name].cast(f.type) for f in ORIGIN], fields=list(ORIGIN))
    return pa.ListArray.from_arrays(pa.array(np.arange(len(records) + 1, dtype=np.int32)), struct)


def signatures(passages: pa.Table, number: int) -> pa.Table:
    """SIGNATURE rows; those of equal texts are equal."""
    rows, dice = len(passages), np.random.default_rng(number)
    origin = passages["origins"].combine_chunks().flatten()
    columns = {name: passages[name] for name in ("passage_id", "source", "subject", "words")}
    columns |= {name: origin.field(name) for name in ("record_id", "version", "licence")}
    columns |= {
        "repackager": pa.repeat(False, rows),
        "shingles": pa.repeat(pa.scalar(100, pa.int32()), rows),
        "template": pa.repeat(pa.scalar(0, pa.uint64()), rows),
    }
    places = np.arange(rows)
    places -= places % REPEAT_EVERY == REPEAT_EVERY - 1
    for name, width in (("bands", BANDS * 4), ("signature", BINS)):
        drawn = np.frombuffer(dice.bytes(rows * width), np.uint8).reshape(rows, width)[places]
        columns[name] = pa.Array.from_buffers(pa.binary(width), rows, [None, pa.py_buffer(drawn)])
    return pa.table([columns[f.name] for f in SIGNATURE], schema=SIGNATURE)
