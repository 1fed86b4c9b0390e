"""The index of one data set version: which example came from which passage and record, and back, in milliseconds.

Everything in it is read from Parquet tables and manifests; it is a cache that may be deleted at any time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from medai_assets.foundation.file_hashes import is_as_noted
from medai_assets.foundation.samples import address
from medai_assets.lineage.index_build import (
    Progress,
    build_index,
    build_text_index,
    silent,
)
from medai_assets.lineage.index_schema import FORMAT, text_key
from medai_assets.lineage.model import ExampleLine, PassageLine, Record
from medai_assets.lineage.versions import Versions
from medai_assets.storage import Store, Stored

_EXAMPLE_LINE = (
    "SELECT example.id, kind.text, split.text, source.text, prompt FROM example "
    "JOIN term kind ON kind.n = kind JOIN term split ON split.n = split JOIN term source ON source.n = source "
)
_RECORD = (
    "SELECT id, source.text, slice, version, url, licence.text, attribution, sample, title, request, retrieved_at, "
    "raw_version FROM record JOIN term source ON source.n = source JOIN term licence ON licence.n = licence "
)
_PASSAGE_LINE = (
    "SELECT passage.id, title, section.text, source.text, "
    "(SELECT count(*) FROM example_passage WHERE example_passage.passage = passage.n) FROM passage "
    "JOIN term section ON section.n = section JOIN term source ON source.n = source "
)


def index_path(folder: Path, data_version: str) -> Path:
    """Where the index of a data set version lies."""
    return folder / f"{data_version}.sqlite"


def text_index_path(folder: Path, data_version: str) -> Path:
    """Where its searchable words lie."""
    return folder / f"{data_version}.text.sqlite"


class Index:
    """Read access; one object for each thread."""

    def __init__(self, dataset: Stored, folder: Path, progress: Progress = silent) -> None:
        self.dataset = dataset
        self.folder = folder
        self.progress = progress
        self.path = index_path(folder, dataset.data_version)
        versions = Versions(dataset.store)
        if not _is_usable(self.path, dataset.store):
            build_index(dataset, self.path, versions, progress)
        self.connection = _read_only(self.path)
        self.about = dict(self.connection.execute("SELECT key, value FROM about"))

    def close(self) -> None:
        self.connection.close()
        if "text" in self.__dict__:
            self.text.close()

    @cached_property
    def text(self) -> sqlite3.Connection:
        """The searchable words, built when first asked for."""
        path = text_index_path(self.folder, self.dataset.data_version)
        if not _is_usable(path, self.dataset.store):
            build_text_index(self.dataset, path, self.path, self.progress)
        return _read_only(path)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, values).fetchall()

    def numbers(self, query: str, values: Sequence[Any] = ()) -> list[int]:
        return [row[0] for row in self.connection.execute(query, values)]

    def tally(self) -> list[tuple[str, str, str, int]]:
        """Examples by source, kind and split."""
        return self.rows("SELECT source, kind, split, examples FROM tally ORDER BY source, kind, split")

    # examples

    def example_number(self, example_id: str) -> int | None:
        return _first(self.numbers("SELECT n FROM example WHERE id = ?", (example_id,)))

    def example_numbers(self, example_ids: Iterable[str]) -> list[int]:
        """Numbers of those of the examples that there are."""
        listed = msgspec.json.encode(list(example_ids)).decode()
        return self.numbers("SELECT n FROM example WHERE id IN (SELECT value FROM json_each(?))", (listed,))

    def examples_with_text(self, text: str) -> list[int]:
        """Examples whose whole prompt or whole completion is this text, case and white space aside."""
        key = text_key(text)
        return self.numbers(
            "SELECT n FROM example WHERE prompt_key = ?1 UNION SELECT n FROM example WHERE completion_key = ?1",
            (key,),
        )

    def example_lines(self, numbers: Sequence[int]) -> list[ExampleLine]:
        """Examples as lists show them, in the order of their numbers."""
        query = f"{_EXAMPLE_LINE} WHERE example.n IN ({_marks(numbers)}) ORDER BY example.n"
        return [_example_line(row) for row in self.rows(query, numbers)]

    def passages_of_example(self, example: int) -> list[int]:
        return self.numbers("SELECT passage FROM example_passage WHERE example = ?", (example,))

    def records_of_example(self, example: int) -> list[int]:
        return self.numbers("SELECT record FROM example_record WHERE example = ?", (example,))

    # passages

    def passage_number(self, passage_id: str) -> int | None:
        return _first(self.numbers("SELECT n FROM passage WHERE id = ?", (passage_id,)))

    def passage_lines(self, numbers: Sequence[int]) -> list[PassageLine]:
        query = f"{_PASSAGE_LINE} WHERE passage.n IN ({_marks(numbers)}) ORDER BY passage.n"
        return [_passage_line(row) for row in self.rows(query, numbers)]

    def records_of_passage(self, passage: int) -> list[int]:
        return self.numbers("SELECT record FROM passage_record WHERE passage = ?", (passage,))

    # records

    def records_named(self, record_id: str, version: str | None = None) -> list[int]:
        """Records with that id, of one version or of all."""
        return self.numbers(
            "SELECT n FROM record WHERE id = ?1 AND (?2 IS NULL OR version = ?2)", (record_id, version)
        )

    def records(self, numbers: Iterable[int]) -> list[Record]:
        """Records in full, in the order of their numbers."""
        listed = list(numbers)
        query = f"{_RECORD} WHERE record.n IN ({_marks(listed)}) ORDER BY record.n"
        return [_record(row) for row in self.rows(query, listed)]


def _is_usable(path: Path, store: Store) -> bool:
    """Whether an index is there as it was written, of this format, and the corpus it counts rows in is still kept."""
    if not is_as_noted(path):
        return False
    with closing(_read_only(path)) as connection:
        about = dict(connection.execute("SELECT key, value FROM about"))
    corpus = about.get("corpus")
    return about.get("format") == FORMAT and (not corpus or store.holds("curated_corpus", None, corpus))


def _read_only(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
    )
    connection.execute("PRAGMA mmap_size=2147483648")
    return connection


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))


def _first(numbers: list[int]) -> int | None:
    return numbers[0] if numbers else None


def _example_line(row: tuple[Any, ...]) -> ExampleLine:
    names = ("example_id", "kind", "split", "source", "prompt")
    return ExampleLine(**dict(zip(names, row)))


def _passage_line(row: tuple[Any, ...]) -> PassageLine:
    names = ("passage_id", "title", "section", "source", "examples")
    return PassageLine(**dict(zip(names, row)))


def _record(row: tuple[Any, ...]) -> Record:
    names = (
        "record_id", "source", "slice", "version", "url", "licence", "attribution", "sample", "title", "request",
        "retrieved_at", "raw_version",
    )  # fmt: skip
    values = dict(zip(names, row))
    values["sample"] = bool(values["sample"])
    values["url"] = address(values["record_id"], values["url"], values["sample"])
    return Record(**values)
