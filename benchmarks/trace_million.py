"""Lineage at a million examples: is a row traced in under a second, and a source in under ten?

    python benchmarks/trace_million.py [EXAMPLES]

Generates a store with real schemas (1,000,000 examples from 400,000 passages of 200,000 records, unless told
otherwise), builds the index, and asks each question in a process state as `medai` has it: a new ``Lineage`` object,
nothing remembered. Last line: ``ratio NAME VALUE target TARGET``, the slowest row question in seconds.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from common import print_ratio

from medai_assets.foundation.schemas import (
    EXAMPLE,
    LEFT_OUT,
    ORIGIN,
    PASSAGE,
    RAW_RECORD,
    REMOVED,
    WITHDRAWAL,
)
from medai_assets.foundation.vocabularies import KINDS
from medai_assets.instructions.training_examples import publish_training_examples
from medai_assets.lineage.impact import impact
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.rebuild import refresh
from medai_assets.lineage.rows import Rows
from medai_assets.lineage.search import examples_with_words
from medai_assets.lineage.taint import tainted
from medai_assets.lineage.trace import trace
from medai_assets.storage import Draft, Input, Store, Stored
from medai_assets.training.learned_tables import learned_tables

SOURCES = {
    "fda": "CC0-1.0",
    "nhs": "OGL-UK-3.0",
    "cdc": "LicenseRef-US-Government-Work",
    "medquad": "CC-BY-4.0",
}
SLICES = 20  # a source
BATCH = 20_000
SUBJECTS = 5_000
ROW_TARGET, SOURCE_TARGET = 1.0, 10.0  # seconds, from the project's own promise
WORDS = [hashlib.sha256(str(n).encode()).hexdigest()[: 4 + n % 7] for n in range(40_000)]


def main(examples: int) -> None:
    records, passages = max(examples // 5, 80), max(examples * 2 // 5, 160)
    with tempfile.TemporaryDirectory(prefix="medai-bench-") as folder:
        store = Store(Path(folder) / "store")
        began = time.perf_counter()
        dataset = make_library(store, examples, passages, records)
        print(f"{examples:,} examples generated in {time.perf_counter() - began:.1f} s")
        index_folder = Path(folder) / "lineage"
        (row,) = Rows(dataset, "examples").take([examples // 2], ["example_id", "completion"])
        began = time.perf_counter()
        with Lineage(store, index_folder) as lineage:
            lineage.index(dataset)
            linked = time.perf_counter()
            refresh(lineage, dataset)
        size = sum(p.stat().st_size for p in index_folder.iterdir()) / 2**20
        print(
            f"index built in {linked - began:.1f} s, its words in {time.perf_counter() - linked:.1f} s, {size:,.0f} MiB"
        )
        rows = ask_rows(store, index_folder, row, records)
        source = seconds("impact of a source", lambda: impact(Lineage(store, index_folder), "fda"))
        adapter = store.require("lora_adapter", "bench")
        seconds("taint of an adapter, no index used", lambda: tainted(store, adapter))
    print_ratio("trace-million-source", source, SOURCE_TARGET)
    print_ratio("trace-million", max(rows), ROW_TARGET)


def ask_rows(store: Store, folder: Path, row: dict[str, str], records: int) -> list[float]:
    """Seconds of each question about one row."""

    def lineage() -> Lineage:
        return Lineage(store, folder)

    sentence = row["completion"].split(". ")[1]
    record = f"fda:{records // 2 // 4 * 4}"
    return [
        seconds("trace by id", lambda: trace(lineage(), row["example_id"])),
        seconds("trace by whole text", lambda: trace(lineage(), row["completion"])),
        seconds("trace by one sentence", lambda: trace(lineage(), sentence)),
        seconds("impact of a record", lambda: impact(lineage(), record)),
        seconds("impact of an address", lambda: impact(lineage(), f"https://example.org/{record}")),
        seconds("search for a common word", lambda: _search(lineage(), WORDS[0])),
        seconds("search for two words", lambda: _search(lineage(), f"{WORDS[1]} {WORDS[2]}")),
    ]


def _search(lineage: Lineage, words: str) -> list[int]:
    return examples_with_words(lineage.index(lineage.dataset()), words, 25)


def seconds(what: str, ask: Callable[[], object]) -> float:
    """Time one question, and print it."""
    began = time.perf_counter()
    ask()
    taken = time.perf_counter() - began
    print(f"  {what:40} {taken * 1000:8.1f} ms")
    return taken


def texts(chance: np.random.Generator, rows: int, sentences: int) -> pa.Array:
    """Texts of sentences of 14 words, common words more often than rare ones."""
    picked = (len(WORDS) * chance.random(rows * sentences * 14) ** 3).astype(np.int32)
    words = pa.array(WORDS).take(pa.array(picked))
    said = pc.binary_join(pa.ListArray.from_arrays(_every(rows * sentences, 14), words), " ")
    said = pc.binary_join_element_wise(pc.utf8_capitalize(said), ".", "")
    return pc.binary_join(pa.ListArray.from_arrays(_every(rows, sentences), said), " ").cast(
        pa.large_string()
    )


def _every(rows: int, size: int) -> pa.Array:
    """Offsets of lists of one size."""
    return pa.array(np.arange(0, rows * size + 1, size, dtype=np.int32))


def places(records: np.ndarray) -> dict[str, list[str]]:
    """Source, slice, record id and address of records by number."""
    sources = [list(SOURCES)[n % len(SOURCES)] for n in records.tolist()]
    ids = [f"{source}:{n}" for source, n in zip(sources, records.tolist())]
    return {
        "record_id": ids,
        "source": sources,
        "slice": [f"s{n // len(SOURCES) % SLICES}" for n in records.tolist()],
        "url": [f"https://example.org/{record_id}" for record_id in ids],
        "licence": [SOURCES[source] for source in sources],
        "attribution": sources,
    }


def origins(records: np.ndarray) -> pa.Array:
    """One origin a row."""
    columns = {**places(records), "version": ["1"] * len(records), "sample": [True] * len(records)}
    return lists(
        pa.StructArray.from_arrays([pa.array(columns[f.name], f.type) for f in ORIGIN], fields=list(ORIGIN))
    )


def lists(values: pa.Array) -> pa.Array:
    """One-element lists."""
    return pa.ListArray.from_arrays(_every(len(values), 1), values)


def batch(schema: pa.Schema, rows: int, **columns: object) -> pa.RecordBatch:
    """A batch from columns and from single values that every row has."""
    arrays = []
    for field in schema:
        value = columns.get(field.name)
        if not isinstance(value, list | pa.Array):
            value = [[] if pa.types.is_list(field.type) else value] * rows
        arrays.append(value.cast(field.type) if isinstance(value, pa.Array) else pa.array(value, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def chunks(rows: int) -> Iterator[np.ndarray]:
    return (np.arange(at, min(at + BATCH, rows)) for at in range(0, rows, BATCH))


def passage_batches(passages: int, records: int) -> Iterator[pa.RecordBatch]:
    chance = np.random.default_rng(1)
    for numbers in chunks(passages):
        own = numbers % records
        found = places(own)
        yield batch(
            PASSAGE, len(numbers), passage_id=[f"p{n:024x}" for n in numbers.tolist()],
            text=texts(chance, len(numbers), 6), title=[f"Title {n}" for n in own.tolist()], section="overview",
            heading="", document_id=found["record_id"], position=0, source=found["source"],
            subject=[WORDS[n % SUBJECTS] for n in numbers.tolist()], audience="consumer", evidence="consumer",
            language="en", words=84, attributes="{}", quality="{}", masked="{}", origins=origins(own),
        )  # fmt: skip


def example_batches(examples: int, passages: int, records: int) -> Iterator[pa.RecordBatch]:
    chance = np.random.default_rng(2)
    for numbers in chunks(examples):
        made_from = numbers % passages
        own = made_from % records
        subjects = [WORDS[n % SUBJECTS] for n in made_from.tolist()]
        yield batch(
            EXAMPLE, len(numbers), example_id=[f"e{n:024x}" for n in numbers.tolist()],
            kind=[KINDS[n % len(KINDS)] for n in numbers.tolist()], rule="bench/1", system="Inform.",
            prompt=[f"Question {n} about {subject}?" for n, subject in zip(numbers.tolist(), subjects)],
            completion=texts(chance, len(numbers), 5), origins=origins(own), authored=False,
            passage_ids=lists(pa.array([f"p{n:024x}" for n in made_from.tolist()])),
            split=["train" if n % 10 else "validation" for n in numbers.tolist()], subject=subjects,
            audience="consumer", source=places(own)["source"], labels="{}",
        )  # fmt: skip


def raw_batch(records: np.ndarray) -> pa.RecordBatch:
    numbers = records.tolist()
    return batch(
        RAW_RECORD, len(numbers), **places(records), version="1", title=[f"Title {n}" for n in numbers],
        payload_format="json", payload="{}", payload_sha256=[f"{n:064x}" for n in numbers], request="GET /bench",
        retrieved_at=0, sample=True,
    )  # fmt: skip


def make_library(store: Store, examples: int, passages: int, records: int) -> Stored:
    """All stages with as many rows as asked for; texts are strings of made-up words."""
    processed = [_source(store, source, records) for source in SOURCES]
    with store.draft("withdrawals") as draft:
        draft.write_table("withdrawals", pa.Table.from_pylist([_withdrawal()], schema=WITHDRAWAL))
        withdrawals = draft.publish(code_version="1")
    with store.draft("curated_corpus") as draft:
        draft.write_table("passages", passage_batches(passages, records), PASSAGE)
        draft.write_table("removed", pa.Table.from_pylist([], schema=REMOVED))
        corpus = draft.publish(code_version="1", inputs=[*(p.input for p in processed), withdrawals.input])
    with store.draft("instruction_dataset") as draft:
        draft.write_table("examples", example_batches(examples, passages, records), EXAMPLE)
        dataset = draft.publish(code_version="1", inputs=[corpus.input])
    examples = publish_training_examples(store, dataset, {"code_version": "1", "inputs": [dataset.input]})
    with store.draft("lora_adapter", "bench") as draft:
        draft.path("adapter.bin").write_bytes(b"bench")
        _write_learned(draft, dataset)
        draft.publish(code_version="1", inputs=[examples.input])
    return dataset


def _write_learned(draft: Draft, dataset: Stored) -> None:
    """Every training example, learned once."""
    rows = (
        row | {"tokens": 1, "times": 1}
        for batch in dataset.batches("examples", filter=pc.field("split") == "train")
        for row in batch.drop_columns(["system", "prompt", "completion"]).to_pylist()
    )
    for name, table in learned_tables(rows).items():
        draft.write_table(name, table)
    draft.write_table("left_out", pa.Table.from_pylist([], schema=LEFT_OUT))


def _withdrawal() -> dict[str, object]:
    return {
        "record_id": "fda:4",
        "kind": "take_down",
        "reason": "bench",
        "version": None,
        "reported_by": "bench",
    }


def _source(store: Store, source: str, records: int) -> Stored:
    """The raw slices of a source, a processed slice of each, and the source's version that refers to them."""
    raw: list[Input] = []
    parts = []
    for number in range(SLICES):
        key = f"s{number}"
        own = np.arange(number * len(SOURCES) + list(SOURCES).index(source), records, SLICES * len(SOURCES))
        with store.draft(f"raw_{source}", key) as draft:
            draft.write_table("records", [raw_batch(own)], RAW_RECORD)
            raw.append(draft.publish(code_version="1").input)
        with store.draft("processed_slice", f"{source}/{key}") as draft:
            draft.write_table("passages", pa.Table.from_pylist([], schema=PASSAGE))
            parts.append(draft.publish(data_version=f"{source}-{key}", code_version="1", inputs=[raw[-1]]))
    with store.draft("processed_corpus", source) as draft:
        for part in parts:
            draft.reference(part)
        return draft.publish(data_version=source, code_version="1", inputs=raw)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
