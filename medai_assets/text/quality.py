"""Measures of a passage and the thresholds below which it is no training text, set on medical text.

Filters made for web pages throw away two abstracts in five, since medicine is full of figures, abbreviations and
short lists. These thresholds were set on MedQuAD answers, drug labels, NHS pages and both NLM files so that what they
remove is fragments, code lists and cut texts (measured shares: docs/data.md). All counting is over whole columns.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.text.word_hashes import chunks, contains_literal, text_bytes

FEWEST_WORDS = 5  # "Do not take with grapefruit juice." has six; below five stands a heading or a code
# Share of letters among all but spaces; abstracts lie above 0.7, a sentence of results at 0.35.
FEWEST_LETTERS = 0.3
FEWEST_LETTERS_TABLE = 0.15  # rows of figures are what a table of doses or frequencies is
# Share of signs that are neither letter, digit nor space; intervals and p-values reach 0.3.
MOST_SYMBOLS = 0.4
MOST_SYMBOLS_TABLE = 0.5
MOST_REPEATED = 0.5  # share of word 5-grams said before; 0.05 is usual, stages and doses reach 0.45
MOST_REPEATED_TABLE = 0.7
SHORTEST_MEAN_WORD = 1.6  # letters and digits a word: below stand codes
LONGEST_MEAN_WORD = 14.0  # above stands text whose spaces were lost
# bytes without a space: beyond it stands encoded data, and patterns over words take its square
LONGEST_WORD = 2000
_REPEATS_COUNT_FROM = 40  # 5-grams; in shorter texts a repeat is a refrain, not a fault

_TRUNCATED = (
    r"(?i)\(?abstract truncated(?: at \d+ words)?\)?\s*$"
    r"|(?:\.\.\.|…|\[(?:\.\.\.|…)\])\s*\(?(?:read more|more|continued)?\)?\s*$|\bread more\s*$"
)
_COMPLETE = r"[.!?:;)\]”\"'’%]\s*$|(?:^|\n)(?:- |\d+\. |[^\n]*\| )[^\n]*$"
_TAIL = 120  # bytes at the end that tell whether a text is whole


class Measures(NamedTuple):
    """One value a text: word count, shares from 0 to 1, and what kind of text it is."""

    words: npt.NDArray[np.int64]
    letters: npt.NDArray[np.float64]
    digits: npt.NDArray[np.float64]
    symbols: npt.NDArray[np.float64]
    repeated: npt.NDArray[np.float64]
    mean_word: npt.NDArray[np.float64]
    endless: npt.NDArray[np.bool_]  # holds a word over LONGEST_WORD
    truncated: npt.NDArray[np.bool_]
    complete: npt.NDArray[np.bool_]
    table: npt.NDArray[np.bool_]


def measure(
    texts: pa.Array,
    words: npt.NDArray[np.int64],
    total: npt.NDArray[np.int64],
    distinct: npt.NDArray[np.int64],
) -> Measures:
    """Measures of each text of a large_string array.

    Args:
        words, total, distinct: words and word 5-grams (all, and without repeats) as ``signatures.sketch`` counts them.
    """
    parts = [(*_counts(chunk), _endless(chunk)) for chunk in chunks(texts)]
    letters, digits, symbols, endless = (
        np.concatenate([p[i] for p in parts]) if parts else np.zeros(0) for i in range(4)
    )
    visible = np.maximum(letters + digits + symbols, 1.0)
    repeated = np.where(total >= _REPEATS_COUNT_FROM, 1.0 - distinct / np.maximum(total, 1), 0.0)
    tails = pc.binary_slice(texts.cast(pa.large_binary()), -_TAIL, None)
    table = contains_literal(texts, b" | ")
    flags = [_matches(tails, _TRUNCATED), _matches(tails, _COMPLETE), table]
    return Measures(
        words, letters / visible, digits / visible, symbols / visible, repeated,
        (letters + digits) / np.maximum(words, 1), endless.astype(bool), *flags,
    )  # fmt: skip


def verdicts(measures: Measures) -> list[str | None]:
    """Why a text is no passage, None when it is one; the first reason that holds."""
    table = measures.table
    checks = (
        ("too short", measures.words < FEWEST_WORDS),
        ("truncated", measures.truncated),
        ("few letters", measures.letters < np.where(table, FEWEST_LETTERS_TABLE, FEWEST_LETTERS)),
        ("many symbols", measures.symbols > np.where(table, MOST_SYMBOLS_TABLE, MOST_SYMBOLS)),
        ("repetition", measures.repeated > np.where(table, MOST_REPEATED_TABLE, MOST_REPEATED)),
        (
            "odd words",
            measures.endless
            | ~table & ((measures.mean_word < SHORTEST_MEAN_WORD) | (measures.mean_word > LONGEST_MEAN_WORD)),
        ),
    )
    reason = np.full(len(table), -1)
    for number, (_, holds) in enumerate(checks):
        reason[(reason < 0) & holds] = number
    names = [name for name, _ in checks]
    return [names[n] if n >= 0 else None for n in reason.tolist()]


def as_json(measures: Measures) -> list[str]:
    """The measures of each text as a JSON object, shares to two digits."""
    shares = np.round([measures.letters, measures.digits, measures.symbols, measures.repeated], 2).tolist()
    flags = [np.where(flag, "true", "false").tolist() for flag in (measures.complete, measures.table)]
    return [
        f'{{"letters":{a},"digits":{b},"symbols":{c},"repeated":{d},"complete":{e},"table":{f}}}'
        for a, b, c, d, e, f in zip(*shares, *flags)
    ]


def _matches(texts: pa.Array, pattern: str) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (
        pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False).astype(bool)
    )
    return found


def _class_weights() -> npt.NDArray[np.uint64]:
    """Byte -> one in a 20-bit field of its class, so that one sum counts letters, digits and symbols."""
    weights = np.full(256, np.uint64(1) << np.uint64(40))
    # The first byte of a letter beyond ASCII.
    letters = [*range(65, 91), *range(97, 123), *range(0xC3, 0x100)]
    weights[letters] = 1
    weights[48:58] = np.uint64(1) << np.uint64(20)
    weights[[9, 10, 13, 32]] = 0
    # Continuation bytes, and signs of Latin-1 such as ° and µ, which belong to figures.
    weights[0x80:0xC3] = 0
    return weights


_WEIGHTS = _class_weights()
_FIELD = np.uint64((1 << 20) - 1)
_SHIFTS, _ONE = np.array([0, 20, 40], np.uint64), np.uint64(1)


def _counts(
    texts: pa.Array,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    data, offsets = text_bytes(texts)
    filled = np.flatnonzero(np.diff(offsets))

    def summed(weights: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        sums = np.zeros(len(texts), np.uint64)
        if len(filled):
            sums[filled] = np.add.reduceat(weights[data], offsets[filled])
        return sums

    if len(data) > _FIELD:  # of one text, as chunks are cut: more than a field can count
        sums = [summed(_WEIGHTS >> shift & _ONE) for shift in _SHIFTS]
    else:
        packed = summed(_WEIGHTS)
        sums = [packed >> shift & _FIELD for shift in _SHIFTS]
    return tuple(each.astype(np.float64) for each in sums)  # type: ignore[return-value]


def _endless(texts: pa.Array) -> npt.NDArray[np.bool_]:
    """Whether a text holds a run of over ``LONGEST_WORD`` bytes without a space."""
    data, offsets = text_bytes(texts)
    found, half = np.zeros(len(texts), bool), LONGEST_WORD // 2
    is_space = data <= 32
    if is_space[: len(data) // half * half].reshape(-1, half).any(axis=1).all():
        return found  # a run of LONGEST_WORD covers one of these parts
    spaces = np.flatnonzero(is_space)
    begins, ends = np.append(-1, spaces) + 1, np.append(spaces, len(data))
    for run in np.flatnonzero(ends - begins > LONGEST_WORD).tolist():
        first = int(np.searchsorted(offsets, begins[run], "right")) - 1
        last = int(np.searchsorted(offsets, ends[run], "left"))
        own = np.minimum(offsets[first + 1 : last + 1], ends[run]) - np.maximum(
            offsets[first:last], begins[run]
        )
        found[first:last] |= own > LONGEST_WORD  # a run goes on from a text into the next
    return found
