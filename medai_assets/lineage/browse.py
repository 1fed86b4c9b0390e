"""Examples of a data set version, and texts set aside from it, narrowed by what is known of them, with counts of each value.

Knows nothing of pages. Every count is of rows that the same narrowing, with that value, lists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import reduce
from operator import or_
from typing import Any

import msgspec
import pyarrow.compute as pc

from medai_assets.foundation.rows import RemovedRow
from medai_assets.lineage.index import Index
from medai_assets.lineage.search import examples_with_words
from medai_assets.storage import Stored

MOST_MATCHES = 100_000  # examples that hold the words asked for
Counts = list[tuple[str, int]]  # a value and how many rows have it, the most first
Learned = Mapping[str, Collection[int]]  # an adapter, and the row numbers of the examples that it learned

_OF_EXAMPLE = ("source", "kind", "rule", "audience", "split")  # columns of the index's table ``example``
EXAMPLE_FACETS = ("slice", *_OF_EXAMPLE, "licence", "learned_by")
ASIDE_FACETS = ("source", "step", "reason")
_SLICE = "term.text || '/' || slice"  # of a record
_ONE_LICENCE = (
    "example.n IN (SELECT example FROM example_record WHERE record IN (SELECT n FROM record WHERE licence IN "
    "(SELECT n FROM term WHERE text = ? COLLATE NOCASE)))"
)
_ONE_SLICE = (
    "example.n IN (SELECT example FROM example_record WHERE record IN (SELECT record.n FROM record "
    f"JOIN term ON term.n = source WHERE {_SLICE} = ?))"
)
_OF_RECORDS = {
    "licence": ("term.text", "licence"),
    "slice": (_SLICE, "source"),
}  # a value, and the column that it joins on
_ONE_RECORD = (
    "example.n IN (SELECT example FROM example_record WHERE record IN (SELECT n FROM record WHERE id = ?))"
)


@dataclass(frozen=True, slots=True)
class ExampleFilter:
    """What an example has to be; "" is anything. ``words`` are looked for in question and answer.

    ``close`` are the examples closest in ``meaning``, which whoever asks has looked up; they are listed in that order.
    """

    source: str = ""
    slice: str = ""  # of one of its records: SOURCE/SLICE
    kind: str = ""
    rule: str = ""
    audience: str = ""
    split: str = ""
    licence: str = ""
    learned_by: str = ""
    record: str = ""
    words: str = ""
    meaning: str = ""
    close: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class SetAsideFilter:
    """What a row set aside has to be; ``reason`` is the property refused, or what no rule fits."""

    source: str = ""
    step: str = ""
    reason: str = ""
    words: str = ""


def chosen_filters(wanted: ExampleFilter | SetAsideFilter) -> dict[str, str]:
    """The narrowing by its names, without what is anything."""
    chosen = {f.name: getattr(wanted, f.name) for f in fields(wanted) if f.name != "close"}
    return {name: value for name, value in chosen.items() if value}


def count_examples(index: Index, wanted: ExampleFilter, learned: Learned) -> int:
    where, values = _where(index, wanted, learned)
    return index.numbers(f"SELECT count(*) FROM example WHERE {where}", values)[0]


def example_numbers(
    index: Index, wanted: ExampleFilter, learned: Learned, most: int, start: int = 0
) -> list[int]:
    """Row numbers of examples, in the order of the data set, or the closest in meaning first."""
    where, values = _where(index, wanted, learned)
    if wanted.close is not None:
        fitting = set(index.numbers(f"SELECT n FROM example WHERE {where}", values))
        closest = [number for number in wanted.close if number in fitting]
        return closest[start : None if most < 0 else start + most]
    query = f"SELECT n FROM example WHERE {where} ORDER BY n LIMIT ? OFFSET ?"
    return index.numbers(query, (*values, most, start))


def example_counts(index: Index, wanted: ExampleFilter, learned: Learned) -> dict[str, Counts]:
    """For each facet its values with the number of examples, all else of the narrowing being as it is."""
    every = [(facet, dict[str, Any]({facet: ""})) for facet in EXAMPLE_FACETS]
    return {facet: _counts(index, replace(wanted, **anything), learned, facet) for facet, anything in every}


def _counts(index: Index, wanted: ExampleFilter, learned: Learned, facet: str) -> Counts:
    if facet == "learned_by":
        counts = {name: count_examples(index, replace(wanted, learned_by=name), learned) for name in learned}
        return sorted(((name, n) for name, n in counts.items() if n), key=lambda item: (-item[1], item[0]))
    where, values = _where(index, wanted, learned)
    if facet in _OF_RECORDS:
        value, column = _OF_RECORDS[facet]
        query = (
            f"SELECT {value} AS value, count(DISTINCT example.n) AS examples FROM example JOIN example_record "
            f"ON example = example.n JOIN record ON record.n = record JOIN term ON term.n = record.{column} "
            f"WHERE {where} GROUP BY value"
        )
    else:
        query = (
            f"SELECT term.text AS value, count(*) AS examples FROM example JOIN term ON term.n = example.{facet} "
            f"WHERE {where} GROUP BY term.n"
        )
    return [(text, count) for text, count in index.rows(f"{query} ORDER BY examples DESC, value", values)]


def _where(index: Index, wanted: ExampleFilter, learned: Learned) -> tuple[str, list[Any]]:
    clauses, values = ["1"], list[Any]()
    for column in _OF_EXAMPLE:
        if value := getattr(wanted, column):
            clauses.append(f"example.{column} IN (SELECT n FROM term WHERE text = ? COLLATE NOCASE)")
            values.append(value)
    for clause, value in (
        (_ONE_SLICE, wanted.slice),
        (_ONE_LICENCE, wanted.licence),
        (_ONE_RECORD, wanted.record),
    ):
        if value:
            clauses.append(clause)
            values.append(value)
    listed: list[Collection[int]] = []
    if wanted.words:
        listed.append(examples_with_words(index, wanted.words, MOST_MATCHES))
    if wanted.close is not None:
        listed.append(wanted.close)
    if wanted.learned_by:
        listed.append(learned.get(wanted.learned_by, ()))
    for numbers in listed:
        clauses.append("example.n IN (SELECT value FROM json_each(?))")
        values.append(msgspec.json.encode(list(numbers)).decode())
    return " AND ".join(clauses), values


def count_set_aside(dataset: Stored, wanted: SetAsideFilter) -> int:
    return int(dataset.dataset("removed").count_rows(filter=_asked(wanted)))


def first_set_aside(dataset: Stored, wanted: SetAsideFilter, most: int) -> list[RemovedRow]:
    """The first rows that the building of the data set left out, in their stored order."""
    rows: list[RemovedRow] = dataset.dataset("removed").head(most, filter=_asked(wanted)).to_pylist()
    return rows


def set_aside_rows(dataset: Stored, wanted: SetAsideFilter) -> Iterator[RemovedRow]:
    """All of them, few at a time in memory."""
    for batch in dataset.batches("removed", filter=_asked(wanted)):
        yield from batch.to_pylist()


def set_aside_counts(dataset: Stored, wanted: SetAsideFilter) -> dict[str, Counts]:
    """For each facet its values with the number of rows, all else of the narrowing being as it is."""
    return {
        facet: _set_aside_counts(dataset, replace(wanted, **{facet: ""}), facet) for facet in ASIDE_FACETS
    }


def _set_aside_counts(dataset: Stored, wanted: SetAsideFilter, facet: str) -> Counts:
    counted = Counter[str]()
    for batch in dataset.batches("removed", (facet,), _asked(wanted)):
        for pair in pc.value_counts(batch[facet]).to_pylist():
            counted[pair["values"]] += pair["counts"]
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def _asked(wanted: SetAsideFilter) -> pc.Expression:
    asked = pc.scalar(True)
    for name in ASIDE_FACETS:
        if value := getattr(wanted, name):
            asked &= pc.field(name) == value
    for word in wanted.words.split():
        texts = (pc.match_substring(pc.field(name), word, ignore_case=True) for name in ("text", "detail"))
        asked &= reduce(or_, texts)
    return asked
