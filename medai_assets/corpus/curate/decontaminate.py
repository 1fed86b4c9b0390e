"""Passages that give away a benchmark question: found by long word runs, by whole short items and by record id.

A run of 13 words (the length GPT-3's and most later reports use) that stands in a question or an option does not stand
in an unrelated passage by chance. Runs that many items share ("which of the following is the most appropriate next
step …") say nothing and are left out. Questions too short for a run must be met whole; over a passage, as its question
or title, a word in eight may be changed (near_questions.py). PubMedQA's contexts are PubMed abstracts: not compared by
runs, which would flag the literature itself, but kept out by PMID.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.corpus.curate.near_questions import NearQuestions
from medai_assets.corpus.curate.short_questions import ShortQuestions
from medai_assets.text.word_hashes import (
    Hashes,
    Offsets,
    Words,
    chunks,
    contains_literal,
    ngram_hashes,
    running_sums,
    runs,
    runs_at,
    word_hashes,
)

RUN = 13  # words
# Shorter questions are met by chance ("Which vitamin is fat soluble?") and must be met as a whole.
SHORTEST_RUN = 8
MOST_ITEMS = 5  # a run in more items than this is a phrase of examiners
_MOST_FILTER_BITS = 22  # 4 MB of bytes: five in a hundred runs pass, the rest cost one look
_MORE_WORDS_THAN_ANY = 1 << 40
_BEGINNINGS = 0  # stands among the lengths for the first words of shorter questions
_ASKED = -1  # and this for whole questions of any length
# word_hashes takes all that is not ASCII as letters, these marks too.
_QUOTES, _BREAKS, _THEIR_BYTES = "[\u2018-\u201f]", "[\u2010-\u2015\u2026]", b"\xe2\x80"
INDEX = pa.schema([("length", pa.int32()), ("hash", pa.uint64()), ("item", pa.int32())])

Items = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage's row and the benchmark item it gives away; ``how`` is the rule that found it."""

    row: int
    benchmark: str
    item_id: str
    how: str

    @property
    def detail(self) -> str:
        """The item as text, for the table of what was removed."""
        return f"{self.benchmark}:{self.item_id}"


class BenchmarkIndex:
    """What is looked for, built once from a BENCHMARK table.

    Args:
        run: words in a run.
        table: ``table()`` of an index of the same questions and run, which spares the building.
    """

    def __init__(self, questions: pa.Table, run: int = RUN, table: pa.Table | None = None) -> None:
        self.run = run
        self._names = list(zip(questions["benchmark"].to_pylist(), questions["item_id"].to_pylist()))
        questions = _all_plain(questions)
        self._nearly = NearQuestions(questions["question"])
        self._short = ShortQuestions(questions)
        records = questions["record_id"].to_pylist()
        self._records = {record: item for item, record in enumerate(records) if record is not None}
        self._found = self._build(questions) if table is None else _from_table(table, run)
        lookups = {n: _Lookup(*found) for n, found in self._found.items()}
        self._asked, self._begins, self._long = (lookups.pop(n) for n in (_ASKED, _BEGINNINGS, run))
        self._whole = lookups

    def table(self) -> pa.Table:
        """The index as a table, to be kept."""
        found = self._found.items()
        return pa.table(
            {
                "length": np.concatenate([np.full(len(hashes), n, np.int32) for n, (hashes, _) in found]),
                "hash": np.concatenate([hashes for _, (hashes, _) in found]),
                "item": np.concatenate([items for _, (_, items) in found]),
            },
            schema=INDEX,
        )

    def _build(self, questions: pa.Table) -> dict[int, tuple[Hashes, Items]]:
        nothing = (np.zeros(0, np.uint64), np.zeros(0, np.int32))
        found = {_BEGINNINGS: nothing, self.run: nothing} | self._all_runs(questions)
        # Of a shorter question first its beginning is looked for, so that all their lengths cost one pass.
        built = {n: _unique(*pair) if n == _BEGINNINGS else _rare(*pair) for n, pair in found.items()}
        return {_ASKED: _unique(*_whole(questions["question"].combine_chunks()))} | built

    def find(self, texts: pa.Array, headlines: pa.Array, records: pa.Array | None = None) -> list[Hit]:
        """Hits in passages, at most one a passage and ordered by row.

        Args:
            texts: the passages.
            headlines: the question or title that stands over each passage.
            records: the id of the record each passage comes from.
        """
        hits: dict[int, Hit] = {}
        begin = 0
        for chunk in chunks(texts):
            for row, item, n in self._in_runs(_plain(chunk)):
                hits.setdefault(begin + row, self._hit(begin + row, item, f"run of {n} words"))
            begin += len(chunk)
        over = _plain(headlines.cast(pa.large_string())).dictionary_encode()
        flagged = {
            row: (item, f"question, run of {n} words") for row, item, n in self._in_runs(over.dictionary)
        }
        hashes, rows = _whole(over.dictionary)
        asked, items = self._asked.find(hashes)
        flagged |= {row: (item, "whole question") for row, item in zip(rows[asked].tolist(), items.tolist())}
        short = self._short.find(over.dictionary)
        flagged = {row: (item, "short question among other words") for row, item in short} | flagged
        nearly = self._nearly.find(over.dictionary)
        flagged = {row: (item, "question, nearly the same words") for row, item in nearly} | flagged
        for row, code in enumerate(over.indices.to_pylist()) if flagged else ():
            if code in flagged:
                hits.setdefault(row, self._hit(row, *flagged[code]))
        if records is not None and self._records:
            for row in pc.indices_nonzero(pc.is_in(records, pa.array(list(self._records)))).to_pylist():
                hits.setdefault(row, self._hit(row, self._records[records[row].as_py()], "record id"))
        return [hits[row] for row in sorted(hits)]

    def _hit(self, row: int, item: int, how: str) -> Hit:
        return Hit(row, *self._names[item], how)

    def _in_runs(self, texts: pa.Array) -> list[tuple[int, int, int]]:
        """(row, item, length) of runs found: those of full length first, then whole questions."""
        words = word_hashes(texts)
        sums, offsets = running_sums(words), words.offsets
        found = self._rows(offsets, *self._long.find(runs(sums, self.run)), self.run)
        places, _ = self._begins.find(runs(sums, SHORTEST_RUN))
        for n, lookup in self._whole.items() if len(places) else ():
            fitting = places[places + n < len(sums)]
            hits, items = lookup.find(runs_at(sums, fitting, n))
            found += self._rows(offsets, fitting[hits], items, n)
        return found

    @staticmethod
    def _rows(offsets: Offsets, places: Offsets, items: Items, n: int) -> list[tuple[int, int, int]]:
        """Rows of the runs at ``places``, without runs that go on over the end of a text."""
        rows = np.searchsorted(offsets, places, side="right") - 1
        within = places + n <= offsets[rows + 1]
        return [(row, item, n) for row, item in zip(rows[within].tolist(), items[within].tolist())]

    def _all_runs(self, questions: pa.Table) -> dict[int, tuple[Hashes, Items]]:
        """Length -> hashes and items: runs of ``run`` words, whole questions of fewer words, and their beginnings."""
        asked = zip(questions["question"].to_pylist(), questions["options"].to_pylist())
        rows = [
            (item, text, place == 0)
            for item, (question, options) in enumerate(asked)
            for place, text in enumerate((question, *options))
        ]
        items = np.array([item for item, _, _ in rows], np.int32)
        is_question = np.array([first for _, _, first in rows], bool)
        texts = pa.array([text for _, text, _ in rows], pa.large_string())
        found: dict[int, list[tuple[Hashes, Items]]] = {}
        begin = 0
        for chunk in chunks(texts):
            part = slice(begin, begin + len(chunk))
            for n, hashes in self._runs_of(word_hashes(chunk), items[part], is_question[part]):
                found.setdefault(n, []).append(hashes)
            begin += len(chunk)
        return {
            n: (np.concatenate([h for h, _ in parts]), np.concatenate([i for _, i in parts]))
            for n, parts in found.items()
        }

    def _runs_of(
        self, words: Words, items: Items, is_question: npt.NDArray[np.bool_]
    ) -> Iterator[tuple[int, tuple[Hashes, Items]]]:
        counts, sums = np.diff(words.offsets), running_sums(words)
        short = np.flatnonzero((counts >= SHORTEST_RUN) & (counts < self.run) & is_question)
        yield _BEGINNINGS, (runs_at(sums, words.offsets[short], SHORTEST_RUN), items[short])
        for n in range(SHORTEST_RUN, self.run + 1):
            wanted = counts >= self.run if n == self.run else (counts == n) & is_question
            if wanted.any():
                sizes = np.where(wanted, counts - n + 1, 0)
                firsts = np.arange(sizes.sum()) + np.repeat(
                    words.offsets[:-1] - np.cumsum(sizes) + sizes, sizes
                )
                yield n, (runs_at(sums, firsts, n), np.repeat(items, sizes))


@dataclass(slots=True)
class _Lookup:
    """Sorted hashes behind a bitmap: nearly all runs of nearly all texts are turned away by one bit."""

    hashes: Hashes
    items: Items
    bitmap: npt.NDArray[np.bool_] = field(init=False)
    shift: np.uint64 = field(init=False)

    def __post_init__(self) -> None:
        bits = min(max(len(self.hashes).bit_length() + 5, 12), _MOST_FILTER_BITS)
        self.shift = np.uint64(64 - bits)
        self.bitmap = np.zeros(1 << bits, np.bool_)
        self.bitmap[self._bits(self.hashes)] = True

    def find(self, hashes: Hashes) -> tuple[Offsets, Items]:
        """Places in ``hashes`` of those that are known, and their items."""
        hits = np.flatnonzero(self.bitmap[self._bits(hashes)])
        if not len(hits) or not len(self.hashes):
            return hits[:0], self.items[:0]
        at = np.minimum(np.searchsorted(self.hashes, hashes[hits]), len(self.hashes) - 1)
        same = self.hashes[at] == hashes[hits]
        return hits[same], self.items[at[same]]

    def _bits(self, hashes: Hashes) -> Hashes:
        return hashes >> self.shift


def _from_table(table: pa.Table, run: int) -> dict[int, tuple[Hashes, Items]]:
    length, hashes, items = (table[name].to_numpy() for name in INDEX.names)
    found = dict.fromkeys((_ASKED, _BEGINNINGS, run), (hashes[:0], items[:0]))
    return found | {n: (hashes[length == n], items[length == n]) for n in np.unique(length).tolist()}


def _rare(hashes: Hashes, items: Items) -> tuple[Hashes, Items]:
    """Each hash once, sorted, with the first item that has it; without those that too many items have."""
    order = np.lexsort((items, hashes))
    hashes, items = hashes[order], items[order]
    new_pair = np.ones(len(hashes), bool)
    new_pair[1:] = (hashes[1:] != hashes[:-1]) | (items[1:] != items[:-1])
    hashes, items = hashes[new_pair], items[new_pair]
    unique, first, times = np.unique(hashes, return_index=True, return_counts=True)
    rare = times <= MOST_ITEMS
    return unique[rare], items[first[rare]]


def _unique(hashes: Hashes, items: npt.NDArray[np.integer]) -> tuple[Hashes, Items]:
    unique, first = np.unique(hashes, return_index=True)
    return unique, items[first].astype(np.int32)


def _all_plain(questions: pa.Table) -> pa.Table:
    """A BENCHMARK table whose questions and options are set as those texts are in which they are looked for."""
    options = questions["options"].combine_chunks()
    asked = _plain(questions["question"].combine_chunks().cast(pa.large_string()))
    plain = pa.ListArray.from_arrays(options.offsets, _plain(options.values.cast(pa.large_string())))
    at = questions.schema.get_field_index
    return questions.set_column(at("question"), "question", asked).set_column(at("options"), "options", plain)


def _plain(texts: pa.Array) -> pa.Array:
    """Texts with typographic quotes, dashes and ellipses as ASCII has marks in their place."""
    held = contains_literal(texts, _THEIR_BYTES)
    if not held.any():
        return texts
    plain = pc.replace_substring_regex(texts.filter(pa.array(held)), _QUOTES, "'")
    return pc.replace_with_mask(texts, pa.array(held), pc.replace_substring_regex(plain, _BREAKS, "-"))


def _whole(texts: pa.Array) -> tuple[Hashes, Offsets]:
    """Hash of all words of each text that has any, and the text's row."""
    hashes, rows, begin = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)], 0
    for chunk in chunks(texts):
        grams = ngram_hashes(word_hashes(chunk), _MORE_WORDS_THAN_ANY)
        hashes.append(grams.hashes)
        rows.append(begin + np.flatnonzero(np.diff(grams.offsets)))
        begin += len(chunk)
    return np.concatenate(hashes), np.concatenate(rows)
