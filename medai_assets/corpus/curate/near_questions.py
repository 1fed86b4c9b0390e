"""Benchmark questions met with a word exchanged, added or left out, where a question stands over a passage.

Shorter questions hold no run of 13 words that a small edit would leave whole. An edit leaves one half of a question as it
is: halves are looked up, and the words of both compared. A question that differs in one noun is met too: it is better
left out. What belongs here: questions over passages. What does not: texts,
in which half a question says nothing (decontaminate.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from medai_assets.text.word_hashes import Hashes, Words, chunks, running_sums, runs_at, word_hashes

FEWEST_WORDS = 8  # half of a shorter question is a phrase ("What are the ...")
MOST_WORDS = 60  # longer ones hold runs enough
CHANGED = 8  # one word in so many may be another, at least one
MOST_ITEMS = 5  # a half that more questions have is a phrase of examiners
_SECOND = np.uint64(0x9E3779B97F4A7C15)  # tells second halves from first ones


class NearQuestions:
    """The halves of a benchmark's questions; ``find`` costs one pass over the headlines' words.

    Args:
        questions: column ``question`` of a BENCHMARK table.
    """

    def __init__(self, questions: pa.ChunkedArray) -> None:
        self._questions = questions
        found = [
            (begin, *_halves(words, 0, FEWEST_WORDS)) for begin, words in _hashed(questions.combine_chunks())
        ]
        hashes = np.concatenate([np.zeros(0, np.uint64), *(halves for _, halves, _ in found)])
        items = np.concatenate([np.zeros(0, np.int64), *(begin + rows for begin, _, rows in found)])
        order = np.lexsort((items, hashes))
        hashes, items = hashes[order], items[order]
        _, place, times = np.unique(hashes, return_inverse=True, return_counts=True)
        rare = times[place] <= MOST_ITEMS
        self._hashes, self._items = hashes[rare], items[rare]

    def find(self, headlines: pa.Array) -> Iterator[tuple[int, int]]:
        """(row, item) of headlines that are nearly a question, the first item of each."""
        for begin, words in _hashed(headlines):
            met: dict[int, list[int]] = {}
            for shift in (-1, 0, 1):
                hashes, rows = _halves(words, shift, FEWEST_WORDS - 1)
                for at, first in self._known(hashes):
                    last = int(np.searchsorted(self._hashes, hashes[at], "right"))
                    met.setdefault(int(rows[at]), []).extend(self._items[first:last].tolist())
            for row, items in sorted(met.items()):
                own = words.hashes[words.offsets[row] : words.offsets[row + 1]]
                alike = [item for item in sorted(set(items)) if self._is_nearly(own, item)]
                if alike:
                    yield begin + row, alike[0]

    def _known(self, hashes: Hashes) -> Iterator[tuple[int, int]]:
        """Places in ``hashes`` of known halves, and where each begins among them."""
        if len(self._hashes):
            first = np.searchsorted(self._hashes, hashes)
            met = np.flatnonzero(self._hashes[np.minimum(first, len(self._hashes) - 1)] == hashes)
            yield from zip(met.tolist(), first[met].tolist())

    def _is_nearly(self, own: Hashes, item: int) -> bool:
        asked = word_hashes(self._questions.slice(item, 1).combine_chunks().cast(pa.large_string())).hashes
        longer = max(len(own), len(asked))
        shared = (Counter(own.tolist()) & Counter(asked.tolist())).total()
        return longer - shared <= max(1, longer // CHANGED)


def _hashed(texts: pa.Array) -> Iterator[tuple[int, Words]]:
    begin = 0
    for chunk in chunks(texts.cast(pa.large_string())):
        yield begin, word_hashes(chunk)
        begin += len(chunk)


def _halves(words: Words, shift: int, fewest: int) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """Values of the first and the second halves of texts of a fitting length, and their rows.

    Args:
        shift: -1, 0 or 1: the middle of a text that has a word less, as many or one more than the question it is.
    """
    counts, sums = np.diff(words.offsets), running_sums(words)
    rows = np.flatnonzero((counts >= fewest) & (counts <= MOST_WORDS + 1))
    begins, size = words.offsets[rows], counts[rows]
    half = (size + shift) // 2
    ends = runs_at(sums, begins + half, size - half) ^ _SECOND
    return np.concatenate([runs_at(sums, begins, half), ends]), np.concatenate([rows, rows])
