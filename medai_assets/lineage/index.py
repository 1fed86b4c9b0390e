"""The index of a data set version's examples: which came from which passage and record, and back, in milliseconds.

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
from medai_assets.foundation.rows import Origin
from medai_assets.lineage.corpus import Corpus, Place
from medai_assets.lineage.index_build import (
    Progress,
    build_index,
    build_text_index,
    no_progress,
)
from medai_assets.lineage.index_schema import FORMAT, text_key
from medai_assets.lineage.model import ExampleLine
from medai_assets.storage import Stored

_EXAMPLE_LINE = (
    "SELECT example.id, kind.text, split.text, source.text, prompt FROM example "
    "JOIN term kind ON kind.n = kind JOIN term split ON split.n = split JOIN term source ON source.n = source "
)
_ORIGIN = (
    "SELECT id, source.text, slice, version, url, licence.text, attribution, sample FROM record "
    "JOIN term source ON source.n = source JOIN term licence ON licence.n = licence "
)


def index_path(folder: Path, data_version: str) -> Path:
    """Where the index of a data set version lies."""
    return folder / f"{data_version}.sqlite"


def text_index_path(folder: Path, data_version: str) -> Path:
    """Where its searchable words lie."""
    return folder / f"{data_version}.text.sqlite"


class Index:
    """Read access; one object for each thread."""

    def __init__(self, dataset: Stored, folder: Path, progress: Progress = no_progress) -> None:
        self.dataset = dataset
        self.corpus = Corpus.behind(dataset)
        self.folder = folder
        self.progress = progress
        self.path = index_path(folder, dataset.data_version)
        if not _is_usable(self.path):
            build_index(dataset, self.path, self.corpus, progress)
        self.connection = _read_only(self.path)

    def close(self) -> None:
        self.connection.close()
        if "text" in self.__dict__:
            self.text.close()

    @cached_property
    def text(self) -> sqlite3.Connection:
        """The searchable words, built when first asked for."""
        path = text_index_path(self.folder, self.dataset.data_version)
        if not _is_usable(path):
            build_text_index(self.dataset, path, self.progress)
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

    # what they rest on

    def places(self, numbers: Sequence[int]) -> list[Place]:
        """Where passages lay when the index was built, in the order of their numbers as given."""
        query = f"SELECT passage.n, id, term.text FROM passage JOIN term ON term.n = part WHERE passage.n IN ({_marks(numbers)})"
        found = {number: Place(*place) for number, *place in self.rows(query, numbers)}
        return [found[number] for number in numbers]

    def examples_of_passage(self, passage_id: str) -> int:
        """How many examples rest on a passage."""
        query = "SELECT count(*) FROM example_passage WHERE passage IN (SELECT n FROM passage WHERE id = ?)"
        return self.numbers(query, (passage_id,))[0]

    def holds_record(self, record_id: str) -> bool:
        """Whether an example rests on a record."""
        return bool(self.numbers("SELECT n FROM record WHERE id = ? LIMIT 1", (record_id,)))

    def origins(self, numbers: Sequence[int]) -> list[Origin]:
        """Records as origins name them, in the order of their numbers."""
        query = f"{_ORIGIN} WHERE record.n IN ({_marks(numbers)}) ORDER BY record.n"
        return [_origin(row) for row in self.rows(query, numbers)]


def _is_usable(path: Path) -> bool:
    """Whether an index is there as it was written, and of this format."""
    if not is_as_noted(path):
        return False
    try:
        with closing(_read_only(path)) as connection:
            return dict(connection.execute("SELECT key, value FROM about")).get("format") == FORMAT
    except sqlite3.DatabaseError:
        return False  # another program wrote both file and hash


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


def _origin(row: tuple[Any, ...]) -> Origin:
    values: Any = dict(zip(Origin.__annotations__, row))
    values["sample"] = bool(values["sample"])
    found: Origin = values
    return found
