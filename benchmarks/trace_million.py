"""Lineage at a million examples: is a row traced in under a second, and a source in under ten?

    python benchmarks/trace_million.py [EXAMPLES]

Generates a store with real schemas (1,000,000 examples from 400,000 passages of 200,000 records, unless told
otherwise), builds the index, and asks each question in a process state as `medai` has it: a new ``Lineage`` object,
nothing remembered. Last line: ``ratio NAME VALUE target TARGET``, the slowest row question in seconds.
"""

from __future__ import annotations

import hashlib
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from medai_assets.lineage.impact import impact
from medai_assets.lineage.lookup import Lineage
from medai_assets.lineage.rebuild import refresh
from medai_assets.lineage.search import examples_with_words
from medai_assets.lineage.taint import tainted
from medai_assets.lineage.trace import trace
from medai_assets.schemas import EXAMPLE, KINDS, PASSAGE, RAW_RECORD, REMOVED, WITHDRAWAL
from medai_assets.storage import Input, Store, Stored

SOURCES = {
    "fda": "CC0-1.0",
    "nhs": "OGL-UK-3.0",
    "cdc": "LicenseRef-US-Government-Work",
    "medquad": "CC-BY-4.0",
}
SLICES = 20  # a source
BATCH = 20_000
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
        began = time.perf_counter()
        with Lineage(store, index_folder) as lineage:
            lineage.index(dataset)
            linked = time.perf_counter()
            refresh(lineage, dataset)
        size = sum(p.stat().st_size for p in index_folder.iterdir()) / 2**20
        print(
            f"index built in {linked - began:.1f} s, its words in {time.perf_counter() - linked:.1f} s, {size:,.0f} MiB"
        )
        rows = ask_rows(store, index_folder, examples, records)
        source = seconds("impact of a source", lambda: impact(Lineage(store, index_folder), "fda"))
        adapter = store.require("lora_adapter", "bench")
        seconds("taint of an adapter, no index used", lambda: tainted(store, adapter))
    print(f"ratio trace-million-source {source:.3f} target {SOURCE_TARGET:g}")
    print(f"ratio trace-million {max(rows):.3f} target {ROW_TARGET:g}")


def ask_rows(store: Store, folder: Path, examples: int, records: int) -> list[float]:
    """Seconds of each question about one row."""

    def lineage() -> Lineage:
        return Lineage(store, folder)

    middle = examples // 2
    row = example_row(middle)
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


def text_of(seed: int, sentences: int) -> str:
    """Sentences of about 14 words, common words more often than rare ones."""
    chance = random.Random(seed)
    size = len(WORDS)
    return " ".join(
        " ".join(WORDS[int(size * chance.random() ** 3)] for _ in range(14)).capitalize() + "."
        for _ in range(sentences)
    )


def origin(number: int) -> dict[str, object]:
    source = list(SOURCES)[number % len(SOURCES)]
    record = f"{source}:{number}"
    return {
        "record_id": record, "source": source, "slice": f"s{number // 4 % SLICES}", "version": "1",
        "url": f"https://example.org/{record}", "licence": SOURCES[source], "attribution": source, "sample": True,
    }  # fmt: skip


def passage_row(number: int, records: int) -> dict[str, object]:
    found = origin(number % records)
    return {
        "passage_id": f"p{number:024x}", "text": text_of(number, 6), "title": f"Title {number % records}",
        "section": "overview", "heading": "", "document_id": found["record_id"], "position": number // records,
        "source": found["source"], "subject": WORDS[number % 5_000], "aliases": [], "audience": "consumer",
        "evidence": "consumer", "language": "en", "words": 84, "attributes": "{}", "quality": "{}", "masked": "{}",
        "flags": [], "origins": [found],
    }  # fmt: skip


def example_row(number: int, passages: int = 0, records: int = 0) -> dict[str, object]:
    passage = number % passages if passages else 0
    found = origin(passage % records) if records else origin(0)
    return {
        "example_id": f"e{number:024x}", "kind": KINDS[number % len(KINDS)], "rule": "bench/1", "system": "Inform.",
        "prompt": f"Question {number} about {WORDS[passage % 5_000]}?", "completion": text_of(number, 5),
        "passage_ids": [f"p{passage:024x}"], "origins": [found], "authored": False,
        "split": "validation" if number % 10 == 0 else "train", "subject": WORDS[passage % 5_000],
        "audience": "consumer", "source": found["source"], "labels": "{}",
    }  # fmt: skip


def raw_row(number: int) -> dict[str, object]:
    found = origin(number)
    return {
        **{k: found[k] for k in ("record_id", "source", "slice", "version", "url", "licence", "attribution", "sample")},
        "title": f"Title {number}", "payload_format": "json", "payload": "{}", "payload_sha256": f"{number:064x}",
        "request": "GET /bench", "retrieved_at": 0, "flags": [],
    }  # fmt: skip


def batches(rows: Iterator[dict[str, object]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    held: list[dict[str, object]] = []
    for row in rows:
        held.append(row)
        if len(held) == BATCH:
            yield pa.RecordBatch.from_pylist(held, schema=schema)
            held = []
    if held:
        yield pa.RecordBatch.from_pylist(held, schema=schema)


def make_library(store: Store, examples: int, passages: int, records: int) -> Stored:
    """All stages with as many rows as asked for; texts are strings of made-up words."""
    processed = [_source(store, source, records) for source in SOURCES]
    with store.draft("withdrawals") as draft:
        draft.write_table("withdrawals", pa.Table.from_pylist([_withdrawal()], schema=WITHDRAWAL))
        withdrawals = draft.publish(code_version="1")
    with store.draft("curated_corpus") as draft:
        draft.write_table(
            "passages", batches((passage_row(n, records) for n in range(passages)), PASSAGE), PASSAGE
        )
        draft.write_table("removed", pa.Table.from_pylist([], schema=REMOVED))
        corpus = draft.publish(code_version="1", inputs=[*(p.input for p in processed), withdrawals.input])
    with store.draft("instruction_dataset") as draft:
        rows = (example_row(n, passages, records) for n in range(examples))
        draft.write_table("examples", batches(rows, EXAMPLE), EXAMPLE)
        dataset = draft.publish(code_version="1", inputs=[corpus.input])
    with store.draft("lora_adapter", "bench") as draft:
        draft.path("adapter.bin").write_bytes(b"bench")
        draft.publish(code_version="1", inputs=[dataset.input])
    return dataset


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
        first = number * len(SOURCES) + list(SOURCES).index(source)
        own = (raw_row(n) for n in range(first, records, SLICES * len(SOURCES)))
        with store.draft(f"raw_{source}", key) as draft:
            draft.write_table("records", batches(own, RAW_RECORD), RAW_RECORD)
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
