"""Pairs of passages that say the same with small changes: shared bands, then signatures, then exact Jaccard.

Within a band, passages with equal keys form a bucket, whose best member is its head; every other member is compared
with the head, not with each other. Those unlike the head stay and are compared with the next, a few times. So a
bucket of a thousand template neighbours costs a few thousand comparisons, not half a million.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from medai_assets.corpus.curate.compact_columns import Bands, Signatures
from medai_assets.corpus.process.signatures import BANDS, BINS, shingle_sets
from medai_assets.text.word_hashes import Words

JACCARD = 0.8  # of word 5-gram sets
_SIGNATURE_MARGIN = 0.15  # three standard errors of 96 bins at 0.8
_HEADS = 8  # members of a bucket that others are compared with, one after the other
_TEXTS_AT_ONCE = 2_000  # pairs whose 5-grams are in memory at a time
_SIGNATURES_AT_ONCE = 20_000
# What makes a statement another one in a text that is otherwise nearly the same: figures with their units and signs, how
# often, how much, how bad, yes or no, up or down, before or after, who takes it, on which side, by which way, at what time of
# day, kidney or liver.
_STATED = re.compile(
    r"(?:[<>≤≥] ?)?\d+(?:[.,:/]\d+)*(?: ?(?:%|(?:(?:mc|µ|μ|m|n|k)?g|(?:m|d|µ|μ)?l|m?mol|iu|units?|hours?|h|days?|weeks?|months?|"
    r"years?|minutes?|min)\b(?:/\w+)?))?[⁰¹²³⁴-⁹⁺⁻]*|n['’]t\b|\b(?:increas|decreas|rais|reduc)"
    r"|\b(?:un(?:safe|likely|known|able|common|necessary)|safe|(?:contra|non-?)?indicated|(?:hypo|hyper|brady|tachy|in|dys)\w{4,})"
    r"|\b(?:i{1,3}|iv|vi{0,3}|im|sc|po|pr|left|right|upper|lower|teaspoons?|tablespoons?|ml|drops?|adults?|child(?:ren)?|"
    r"infants?|bab(?:y|ies)|newborns?|elderly|men|women|males?|females?|pregnan\w+|breast-?feeding|oral(?:ly)?|intravenous(?:ly)?|"
    r"intramuscular(?:ly)?|subcutaneous(?:ly)?|topical(?:ly)?|with|may|must|should|always|avoid|stop|start|only)\b"
    r"|\b(?:not|no|never|without|cannot|neither|nor|none|except|once|twice|daily|weekly|monthly|hourly|half|double|one|two|three|"
    r"four|five|six|seven|eight|nine|ten|before|after|more|less|higher|lower|high|low|first|second|third|most|few|some|all|other|"
    r"mild|moderate|severe|acute|chronic|positive|negative|renal|hepatic|kidney|liver|morning|evening|night|bedtime|empty|full|hot|"
    r"cold|warm)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"n['’]t\b|\b(?:not|no|never|without|cannot|neither|nor|avoid|stop)\b", re.IGNORECASE)

Rows = npt.NDArray[np.int64]


class Pairs(NamedTuple):
    """Pairs of rows: ``head`` stands before ``member`` in the order of preference."""

    member: Rows
    head: Rows


def candidate_pairs(
    bands: npt.NDArray[np.uint32] | Bands,
    signature: npt.NDArray[np.uint8] | Signatures,
    distinct: npt.NDArray[Any],
    jaccard: float = JACCARD,
    crowds: list[Pairs] | None = None,
) -> Pairs:
    """Pairs worth an exact look. Rows come in the order of preference: a bucket's head is its lowest row.

    Args:
        bands: (n, 16) keys, read a band at a time. signature: (n, 96), read some rows at a time.
        distinct: number of distinct 5-grams of each row.
        crowds: neighbours in buckets of more than two are added: without one of them, others may be compared with each other.
    """
    found = np.zeros(0, np.int64)
    crowded = np.zeros(0, np.int64)
    rows = np.flatnonzero(distinct > 0)
    for band in range(BANDS):
        # One sort of (head, member) as a single number drops the pairs that several bands found.
        new, neighbours = _in_band(rows, bands[rows, band], signature, distinct, jaccard, found)
        found = np.unique(np.concatenate([found, *new]))
        crowded = np.unique(np.concatenate([crowded, neighbours]))
    if crowds is not None:
        crowds.append(Pairs(crowded & 0xFFFFFFFF, crowded >> 32))
    return Pairs(found & 0xFFFFFFFF, found >> 32)


def exact_jaccard(pairs: Pairs, texts_of: Callable[[Rows], pa.Array]) -> npt.NDArray[np.float64]:
    """Jaccard similarity of the 5-gram sets of each pair.

    Args:
        texts_of: the texts of sorted, distinct rows.
    """
    similarity = np.zeros(len(pairs.member))
    for begin in range(0, len(similarity), _TEXTS_AT_ONCE):
        part = slice(begin, begin + _TEXTS_AT_ONCE)
        rows, places = np.unique(np.concatenate([pairs.head[part], pairs.member[part]]), return_inverse=True)
        sets = shingle_sets(texts_of(rows))
        half = len(places) // 2
        similarity[part] = _jaccard(sets, places[:half], places[half:])
    return similarity


def says_more(member: str, head: str) -> bool:
    """Whether ``member`` states a figure, a unit, a "not" or another word of ``_STATED`` that ``head`` does not state in the same
    order.

    Another dose, age or share is another statement, and so are two doses exchanged, 5 mcg for 5 mg, and "do not take". What
    is denied counts both ways: a text without the "not" says the opposite, not less.
    """
    if len(_DENIED.findall(member)) != len(_DENIED.findall(head)):
        return True
    stated = iter(_stated(head))
    return any(word not in stated for word in _stated(member))


def _stated(text: str) -> list[str]:
    return [found.replace(" ", "").lower() for found in _STATED.findall(text)]


def merge(pairs: Pairs, rows: int) -> npt.NDArray[np.int64]:
    """For each row the row it is merged into, its own number where it stays.

    Pairs are verified ones. A row is merged into the best row that stays and that it was compared with, so that
    nothing is merged over a chain of small changes.
    """
    into = np.arange(rows)
    order = np.lexsort((pairs.head, pairs.member))
    for member, head in zip(pairs.member[order].tolist(), pairs.head[order].tolist()):
        # Members ascend and heads stand before them, so whether the head stays is known by now.
        if into[member] == member and into[head] == head:
            into[member] = head
    return into


def _in_band(
    rows: Rows,
    keys: npt.NDArray[np.uint32],
    signature: npt.NDArray[np.uint8] | Signatures,
    distinct: npt.NDArray[Any],
    jaccard: float,
    known: npt.NDArray[np.int64],
) -> tuple[list[npt.NDArray[np.int64]], npt.NDArray[np.int64]]:
    """Candidate pairs of one band, and neighbours in its buckets of more than two, packed as head * 2**32 + member.

    Args:
        known: sorted pairs of other bands.
    """
    found = []
    # Sorted as one number with their places, which takes 0.4 of the time that a stable argsort does.
    packed = keys.astype(np.uint64)
    packed <<= np.uint64(32)
    packed |= np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    keys = (packed >> np.uint64(32)).astype(np.uint32)
    equal = keys[1:] == keys[:-1]
    several = np.append(equal, False) | np.append(False, equal) if len(keys) else np.zeros(0, bool)
    rows, keys = rows[packed[several] & np.uint64(0xFFFFFFFF)], keys[several]
    crowded = np.zeros(0, np.int64)
    for turn in range(_HEADS):
        first = np.ones(len(keys), bool)
        first[1:] = keys[1:] != keys[:-1]
        starts = np.flatnonzero(first)
        sizes = np.diff(np.append(starts, len(keys)))
        if not len(sizes) or sizes.max() < 2:
            break
        if turn == 0:
            later = np.flatnonzero(~first & np.repeat(sizes > 2, sizes))
            crowded = rows[later - 1] << 32 | rows[later]
        heads = np.repeat(rows[starts], sizes)
        others = ~first & np.repeat(sizes > 1, sizes)
        member, head, key = rows[others], heads[others], keys[others]
        pairs = head << 32 | member
        alike = _is_in(
            pairs, known
        )  # near copies share most bands, and their signatures are read from a disk
        new = ~alike
        alike[new] = _alike(member[new], head[new], signature, distinct, jaccard)
        found.append(pairs[alike])
        rows, keys = member[~alike], key[~alike]
    return found, crowded


def _is_in(values: npt.NDArray[np.int64], known: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of the values are among others that are sorted."""
    places = np.searchsorted(known, values)
    among = places < len(known)
    among[among] = known[places[among]] == values[among]
    return among


def _alike(
    member: Rows,
    head: Rows,
    signature: npt.NDArray[np.uint8] | Signatures,
    distinct: npt.NDArray[Any],
    jaccard: float,
) -> npt.NDArray[np.bool_]:
    """Pairs whose sizes allow the similarity and whose signatures do not speak against it."""
    small = np.minimum(distinct[member], distinct[head])
    alike: npt.NDArray[np.bool_] = small >= jaccard * np.maximum(distinct[member], distinct[head])
    where = np.flatnonzero(alike)
    for begin in range(0, len(where), _SIGNATURES_AT_ONCE):
        part = where[begin : begin + _SIGNATURES_AT_ONCE]
        equal = (signature[member[part]] == signature[head[part]]).sum(axis=1) / BINS
        alike[part] = equal >= jaccard - _SIGNATURE_MARGIN
    return alike


def _jaccard(sets: Words, left: Sequence[int] | Rows, right: Sequence[int] | Rows) -> npt.NDArray[np.float64]:
    """Exact similarity of pairs of sorted sets."""
    hashes, offsets = sets
    values = np.zeros(len(left))
    for number, (a, b) in enumerate(zip(left, right)):
        one, two = hashes[offsets[a] : offsets[a + 1]], hashes[offsets[b] : offsets[b + 1]]
        both = np.concatenate([one, two])
        both.sort()
        shared = int(np.count_nonzero(both[1:] == both[:-1]))
        values[number] = shared / max(len(both) - shared, 1)
    return values
