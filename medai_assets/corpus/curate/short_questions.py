"""Benchmark questions of fewer than eight words, met over a passage with something before or behind them.

So short a run of words stands in many titles by chance ("What is diabetes" in "What is diabetes insipidus?"). It counts
where the question is one of its own: a sentence begins with it, and with it a sentence or the text ends, or options
follow. What belongs here: questions over passages. What does not: running text, in which these say nothing
(decontaminate.py).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pyarrow as pa

from medai_assets.text.word_hashes import chunks, running_sums, runs, runs_at, word_hashes

MOST_WORDS = 7  # longer ones are looked for as runs
FEWEST_UNASKED = 4  # words of a question that no question mark ends; fewer are a topic ("Causes of gout")
FEWEST_OPTIONS = 2  # of its own that stand behind a question, where nothing else tells it from a topic
_WORD = r"[A-Za-z0-9_\x80-\U0010ffff]"  # as word_hashes takes words
_BETWEEN = r"[\x00-/:-@\[-^`{-\x7f]"  # all other characters; spelled out, since a class without case compiles at once
_MARKS = frozenset(".:;!?)]>\n–—-")  # behind which a sentence begins
_OPENINGS = frozenset("\"'“‘(*")  # stand with spaces before its first word
_LONGEST_NUMBER = 80  # characters of what numbers a question; no more is held against the patterns
_NUMBER = re.compile(r"\W*(?:(?:q|question|item)\W*)?\d+", re.IGNORECASE)
# Nothing else stands before it.
_IS_NUMBERED = re.compile(rf"(?:{_NUMBER.pattern}|\W*question\W*:)\W*", re.IGNORECASE)
_ASKED = re.compile(r"[\s\"'”’)*]*\?")
_ENDS = re.compile(r"[\s.:;!…–—\-\"'”’)*]*(?:\Z|\n|[(\[]?[A-Ea-e1-5][.)\]:](?:\s|\Z))")


class ShortQuestions:
    """The short questions of a benchmark; ``find`` costs one pass over the headlines' words for each length.

    Args:
        questions: a BENCHMARK table.
    """

    def __init__(self, questions: pa.Table) -> None:
        self._options: list[list[str]] = questions["options"].to_pylist()
        texts = questions["question"].combine_chunks().cast(pa.large_string())
        self._texts: dict[int, str] = {}
        found: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        begin = 0
        for chunk in chunks(texts):
            words = word_hashes(chunk)
            counts = np.diff(words.offsets)
            rows = np.flatnonzero((counts > 0) & (counts <= MOST_WORDS))
            hashes = runs_at(running_sums(words), words.offsets[rows], counts[rows])
            for row, n, value in zip(rows.tolist(), counts[rows].tolist(), hashes.tolist()):
                found[n][value].append(begin + row)
                self._texts[begin + row] = chunk[row].as_py()
            begin += len(chunk)
        self._items = {n: dict(items) for n, items in sorted(found.items(), reverse=True)}
        self._hashes = {n: np.array(sorted(items), np.uint64) for n, items in self._items.items()}

    def find(self, headlines: pa.Array) -> Iterator[tuple[int, int]]:
        """(row, item) of headlines that ask a short question among other words: the longest, of those the first."""
        begin = 0
        for chunk in chunks(headlines.cast(pa.large_string())):
            seen: set[int] = set()
            for row, item in dict.fromkeys(self._candidates(chunk)):
                if row not in seen and self._asks(chunk[row].as_py(), item):
                    seen.add(row)
                    yield begin + row, item
            begin += len(chunk)

    def _candidates(self, headlines: pa.Array) -> Iterator[tuple[int, int]]:
        """Rows that hold the words of an item in its order."""
        words = word_hashes(headlines)
        sums = running_sums(words)
        for n, known in self._hashes.items():
            hashes = runs(sums, n)
            places = np.flatnonzero(np.isin(hashes, known))
            rows = np.searchsorted(words.offsets, places, side="right") - 1
            within = places + n <= words.offsets[rows + 1]
            for row, value in zip(rows[within].tolist(), hashes[places[within]].tolist()):
                yield from ((row, item) for item in self._items[n][value])

    def _asks(self, headline: str, item: int) -> bool:
        begun = [m for m in _pattern(self._texts[item]).finditer(headline) if _begins(headline, m.start())]
        if not begun:
            return False
        behind = headline[begun[0].end() :]  # of the first, which all that stands behind another is part of
        own = {option.casefold() for option in self._options[item] if option}
        return any(_is_whole(headline, found) for found in begun) or (
            sum(bool(_phrase(option).search(behind)) for option in own) >= FEWEST_OPTIONS
        )


def _begins(headline: str, place: int) -> bool:
    """Whether a sentence or a numbered question begins at a place."""
    end = place
    while end and (headline[end - 1].isspace() or headline[end - 1] in _OPENINGS):
        end -= 1
    return (
        not end
        or headline[end - 1] in _MARKS
        or "\n" in headline[end:place]
        or (end <= _LONGEST_NUMBER and _NUMBER.fullmatch(headline, 0, end) is not None)
    )


def _is_whole(headline: str, found: re.Match[str]) -> bool:
    """Whether a question mark follows, or the text or its options do behind a question of words enough."""
    count = len(re.findall(f"{_WORD}+", found[0]))
    if count > 1 and _ASKED.match(headline, found.end()):
        return True
    start = found.start()
    is_numbered = start <= _LONGEST_NUMBER and _IS_NUMBERED.fullmatch(headline, 0, start) is not None
    return (count >= FEWEST_UNASKED or is_numbered) and _ENDS.match(headline, found.end()) is not None


@lru_cache(maxsize=4096)
def _pattern(question: str) -> re.Pattern[str]:
    words = re.findall(f"{_WORD}+", question)
    return re.compile(rf"(?:^|(?<={_BETWEEN}))" + rf"{_BETWEEN}+".join(map(re.escape, words)) + rf"(?={_BETWEEN}|\Z)",
                      re.IGNORECASE)  # fmt: skip


def _phrase(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)", re.IGNORECASE)
