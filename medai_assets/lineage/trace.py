"""From an example back to the records it was made from, and the runs and code versions on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import pyarrow.compute as pc

from medai_assets.foundation.plurals import counted
from medai_assets.foundation.rows import RemovedRow
from medai_assets.lineage.impact import with_removed
from medai_assets.lineage.index import Index
from medai_assets.lineage.index_schema import plain
from medai_assets.lineage.learned import LearnedBy
from medai_assets.lineage.lookup import Lineage, LineageError
from medai_assets.lineage.model import Example, Passage, Record, Step
from medai_assets.lineage.pairs import PairLine, example_of_pair, pairs_of_example
from medai_assets.lineage.search import examples_holding, telling_words
from medai_assets.lineage.versions import CORPUS
from medai_assets.storage import Input, Stored

_ID = re.compile(r"e[0-9a-f]{24}")
MOST_TOLD = 3  # rows set aside, in one sentence


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Where one example comes from.

    ``passages`` carry the sentences used, ``records`` are the example's own origins, ``steps`` the stored versions
    from the data set back to the raw slices, ``learned_by`` the kept adapters that learned it, ``pairs`` the current
    preference pairs that have its answer on one side.
    """

    dataset: str  # data version
    is_current: bool
    example: Example
    passages: list[Passage]
    corpus_is_kept: bool  # where it is not, its passages are not known
    records: list[Record]
    steps: list[Step]
    learned_by: list[LearnedBy]
    pairs: list[PairLine] = []


def trace(lineage: Lineage, wanted: str, dataset: Stored | None = None) -> list[Trace]:
    """Trace an example by its id, its text (whole or a part), its line of the exported JSONL, or a preference pair's id.

    Without ``dataset`` the current version is searched, then the older ones that are kept.

    Raises:
        LineageError: no example is meant; where the text was set aside, it says why.
    """
    wanted = example_of_pair(lineage.store, wanted)
    chosen = [dataset] if dataset else [lineage.open(ref) for ref in lineage.datasets()]
    if not chosen:
        lineage.dataset()  # says what is missing
    for one in chosen:
        index = lineage.index(one)
        numbers = find_examples(index, wanted)
        if numbers:
            return [trace_number(lineage, index, number) for number in numbers]
    looked = (
        f"version {dataset.data_version}"
        if dataset
        else f"{counted(len(chosen), 'kept version')} of the data set"
    )
    what = f"example {wanted}" if _ID.fullmatch(wanted.strip()) else "example with that text, word for word,"
    aside = list(set_aside_like(lineage, wanted, dataset))
    if not aside:
        raise LineageError(f"there is no {what} in {looked}; `medai lineage` searches by single words")
    raise LineageError(
        f"there is no {what} in {looked}: it was set aside {counted(len(aside), 'time')}. "
        + " ".join(map(_told, aside[:MOST_TOLD]))
    )


def set_aside_like(lineage: Lineage, wanted: str, dataset: Stored | None = None) -> Iterator[RemovedRow]:
    """Rows set aside that hold a text, case and white space aside, or that were the example of an id.

    Args:
        dataset: where alone to look; None for the current versions of data set, corpus and sources.
    """
    text = plain(wanted)
    first = next(iter(telling_words(wanted)), text)  # few rows hold the longest word
    for stored in [dataset] if dataset else with_removed(lineage):
        for batch in stored.batches("removed"):
            for name in ("text", "detail") if _ID.fullmatch(text) else ("text",):
                near = batch.filter(pc.match_substring(batch[name], first, ignore_case=True))
                yield from (row for row in near.to_pylist() if text in plain(row[name]))


def _told(row: RemovedRow) -> str:
    """Where and why a row was set aside, and the first record that it rests on."""
    detail = f" ({row['detail']})" if row["detail"] else ""
    record = next((origin["record_id"] for origin in row["origins"]), "")
    from_what = f", from {record}" if record else ""
    return f"In {row['stage']}, {row['step']}: {row['reason']}{detail}{from_what}."


def find_examples(index: Index, wanted: str, limit: int = 5) -> list[int]:
    """Row numbers of the examples meant by an id, a text, or a line of the JSONL; best first."""
    wanted = wanted.strip()
    if wanted.startswith("{"):
        return _examples_of_line(index, wanted, limit)
    if _ID.fullmatch(wanted):
        number = index.example_number(wanted)
        return [] if number is None else [number]
    return examples_holding(index, wanted, limit)


def _examples_of_line(index: Index, line: str, limit: int) -> list[int]:
    """The example of one exported line: by its id, or by its completion when it carries none."""
    try:
        row = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        raise LineageError(f"this is not a line of JSON: {error}") from error
    found = next((row[key] for key in ("example_id", "id") if isinstance(row.get(key), str)), None)
    if found is not None:
        number = index.example_number(found)
        return [] if number is None else [number]
    texts = [str(row[key]) for key in ("completion", "output", "prompt") if row.get(key)]
    said = row.get("messages")
    texts += [
        str(message.get("content", ""))
        for message in (said if isinstance(said, list) else ())
        if isinstance(message, dict) and message.get("role") != "system"
    ]
    sets = [set(index.examples_with_text(text)) for text in texts]
    if not sets:
        raise LineageError("the line names no example_id, and has neither completion nor messages")
    return sorted(set.intersection(*sets))[:limit]


def trace_number(lineage: Lineage, index: Index, number: int) -> Trace:
    """The trace of the example in one row."""
    example = lineage.example(index, number)
    passages = lineage.passages(index, index.passages_of_example(number), example.completion)
    records = lineage.records(index, index.origins(index.records_of_example(number)))
    current = lineage.store.current_receipt(index.dataset.asset)
    return Trace(
        dataset=index.dataset.data_version,
        is_current=current is not None and current.data_version == index.dataset.data_version,
        example=example,
        passages=passages,
        corpus_is_kept=index.corpus.is_kept,
        records=records,
        steps=steps_to(lineage, index.dataset.input, records),
        learned_by=lineage.learned.adapters_that_learned(example.example_id),
        pairs=pairs_of_example(lineage.store, example.example_id),
    )


def steps_to(lineage: Lineage, dataset: Input, records: list[Record]) -> list[Step]:
    """The stored versions between a data set and the slices of some of its records, in that order."""
    versions = lineage.versions
    sources = {r.source for r in records}
    slices = {f"{r.source}/{r.slice}" for r in records}
    made_from = versions.made_from(dataset)
    refs = [
        dataset, *(ref for ref in made_from if ref.asset != "candidate_slice" or ref.partition in slices)
    ]  # fmt: skip
    corpus = next((ref for ref in refs if ref.asset == CORPUS), None)
    made = versions.made_from(corpus) if corpus and records else []
    processed = [ref for ref in made if ref.asset == "processed_corpus" and ref.partition in sources]
    refs += processed
    for source in processed:
        parts = [
            r for r in versions.made_from(source) if r.asset == "processed_slice" and r.partition in slices
        ]
        for part in parts:
            refs += [part, *versions.made_from(part)]
    steps = (versions.step(ref) for ref in dict.fromkeys(refs))
    return [step for step in steps if step is not None]
