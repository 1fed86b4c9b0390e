"""Building the index of one data set version from its Parquet tables and manifests alone, whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.foundation.file_hashes import digest_path
from medai_assets.foundation.files import make_owned, remove_abandoned, unfinished, write_whole
from medai_assets.instructions.forms.form import question_alone
from medai_assets.lineage.corpus import Corpus
from medai_assets.lineage.index_schema import (
    FORMAT,
    INDEXES,
    TABLES,
    TALLY,
    TEXT_TABLES,
    beginning,
    text_key,
)
from medai_assets.storage import Stored, file_sha256

Progress = Callable[[float, float | None, str], None]
_EXAMPLE_COLUMNS = (
    "example_id", "kind", "split", "source", "rule", "audience", "subject", "prompt", "completion", "labels",
    "passage_ids", "origins",
)  # fmt: skip
_ORIGIN_COLUMNS = ("record_id", "source", "slice", "version", "url", "licence", "attribution", "sample")
_FAST = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000; PRAGMA locking_mode=EXCLUSIVE;"


def no_progress(done: float, total: float | None = None, what: str = "") -> None:
    """Progress that nobody watches."""


def build_index(dataset: Stored, path: Path, corpus: Corpus, progress: Progress = no_progress) -> None:
    """Write the index of ``dataset``, made from ``corpus``, to ``path``."""
    with _AtomicDatabase(path) as connection:
        connection.executescript(TABLES)
        builder = _Builder(connection, progress)
        builder.add_examples(dataset)
        progress(0, None, "passages looked up")
        builder.add_passages(corpus)
        builder.finish()
        about = {"format": FORMAT, "dataset": dataset.data_version}
        connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())
        progress(0, None, "indexes written")
        connection.executescript(TALLY + INDEXES)


def build_text_index(dataset: Stored, path: Path, progress: Progress = no_progress) -> None:
    """Write the words of every example to ``path``."""
    total = dataset.rows("examples")
    with _AtomicDatabase(path) as connection:
        connection.executescript(TEXT_TABLES)
        gap = pa.scalar(" ", pa.large_string())
        done = 0
        for batch in dataset.batches("examples", ["prompt", "completion"]):
            joined = pc.binary_join_element_wise(batch["prompt"], batch["completion"], gap)
            numbers = range(done, done + batch.num_rows)
            connection.executemany(
                "INSERT INTO example_text (rowid, words) VALUES (?, ?)", zip(numbers, joined.to_pylist())
            )
            done += batch.num_rows
            progress(done, total, "examples made searchable")
        about = {"format": FORMAT, "dataset": dataset.data_version}
        connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())


class _AtomicDatabase:
    """A SQLite file that appears under its name only when the block ends well."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.beside = unfinished(path)

    def __enter__(self) -> sqlite3.Connection:
        make_owned(self.path.parent)
        remove_abandoned(self.path.parent)
        self.connection = sqlite3.connect(self.beside.resolve().as_uri(), uri=True)
        self.connection.executescript(_FAST)
        return self.connection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with closing(self.connection):
            if kind is None:
                self.connection.commit()
        if kind is None:
            write_whole(digest_path(self.path), file_sha256(self.beside).encode())
            self.beside.replace(self.path)
        else:
            self.beside.unlink(missing_ok=True)


class _Builder:
    """Numbers for what is met, and the links between them."""

    def __init__(self, connection: sqlite3.Connection, progress: Progress) -> None:
        self.connection = connection
        self.progress = progress
        self.terms: dict[str, int] = {}
        self.passages: dict[str, int] = {}
        self.records: dict[str, int] = {}

    def term(self, text: str | None) -> int:
        return self.terms.setdefault(text or "", len(self.terms))

    def add_passages(self, corpus: Corpus) -> None:
        """What the examples rest on, with the part of the corpus that holds it ("" where none does any more)."""
        places = corpus.places(self.passages)
        parts = (self.term(places[one].part if one in places else "") for one in self.passages)
        self._insert("passage", zip(self.passages.values(), self.passages, parts), 3)

    def add_examples(self, dataset: Stored) -> None:
        total = dataset.rows("examples")
        for first, batch in _numbered(dataset.batches("examples", _EXAMPLE_COLUMNS)):
            numbers = range(first, first + batch.num_rows)
            terms = [map(self.term, batch[name].to_pylist()) for name in _EXAMPLE_COLUMNS[1:7]]
            prompts, completions = batch["prompt"].to_pylist(), batch["completion"].to_pylist()
            shown = (beginning(question_alone(*one)) for one in zip(prompts, batch["labels"].to_pylist()))
            keys = (map(text_key, prompts), map(text_key, completions))
            self._insert("example", zip(numbers, batch["example_id"].to_pylist(), *terms, shown, *keys), 11)
            self._link_passages(batch["passage_ids"], first)
            self._link_records(batch["origins"], first)
            self.progress(first + batch.num_rows, total, "examples indexed")

    def finish(self) -> None:
        self._insert("term", ((number, text) for text, number in self.terms.items()), 2)

    def _link_passages(self, lists: pa.Array, first: int) -> None:
        members, ids = pc.list_parent_indices(lists).to_pylist(), pc.list_flatten(lists).to_pylist()
        number = self.passages.setdefault
        self._insert(
            "example_passage", ((number(p, len(self.passages)), first + m) for p, m in zip(ids, members)), 2
        )

    def _link_records(self, lists: pa.Array, first: int) -> None:
        """One row for each origin; an origin met for the first time becomes a record."""
        origins = pc.list_flatten(lists)
        members = pc.list_parent_indices(lists).to_pylist()
        columns = [origins.field(name) for name in ("record_id", "version", "slice", "url", "licence")]
        keys = pc.binary_join_element_wise(*columns, "\x1f").dictionary_encode()
        firsts = pc.index_in(keys.dictionary, value_set=keys.cast(pa.string())).to_pylist()
        numbers = []
        for key, row in zip(keys.dictionary.to_pylist(), firsts):
            if key not in self.records:
                self.records[key] = len(self.records)
                self._add_record(self.records[key], origins[row].as_py())
            numbers.append(self.records[key])
        pairs = ((numbers[k], first + m) for k, m in zip(keys.indices.to_pylist(), members))
        self._insert("example_record", pairs, 2)

    def _add_record(self, number: int, origin: dict[str, Any]) -> None:
        values = [origin[name] for name in _ORIGIN_COLUMNS]
        values[1], values[5] = self.term(values[1]), self.term(values[5])
        self.connection.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [number, *values])

    def _insert(self, table: str, rows: Iterable[tuple[Any, ...]], width: int) -> None:
        marks = ", ".join("?" * width)
        self.connection.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)


def _numbered(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pa.RecordBatch]]:
    first = 0
    for batch in batches:
        yield first, batch
        first += batch.num_rows
