"""Vectorised hashes: the same words give the same hash wherever they stand; other words do not."""

import re

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from medai_assets.text.word_hashes import (
    chunks,
    contains_literal,
    counts_of,
    ngram_hashes,
    running_sums,
    runs,
    runs_at,
    word_hashes,
)

TEXTS = st.lists(st.text(alphabet="aB1_ .,é\n-", max_size=30), max_size=6)
_WORDS = re.compile(rb"[0-9A-Za-z_\x80-\xff]+")


def words_of(text: str) -> list[bytes]:
    """What a word is, said plainly."""
    return [w.lower() for w in _WORDS.findall(text.encode())]


@given(TEXTS)
def test_there_is_one_hash_a_word(texts: list[str]) -> None:
    found = word_hashes(pa.array(texts, pa.large_string()))
    assert np.diff(found.offsets).tolist() == [len(words_of(t)) for t in texts]


@given(TEXTS)
def test_equal_words_have_equal_hashes_and_others_do_not(texts: list[str]) -> None:
    found = word_hashes(pa.array(texts, pa.string()))
    names = [w for t in texts for w in words_of(t)]
    by_word: dict[bytes, set[int]] = {}
    for name, value in zip(names, found.hashes.tolist()):
        by_word.setdefault(name, set()).add(value)
    assert all(len(values) == 1 for values in by_word.values())
    assert len({next(iter(v)) for v in by_word.values()}) == len(by_word)


@given(TEXTS, st.integers(1, 5))
def test_ngrams_are_those_of_a_plain_reading(texts: list[str], n: int) -> None:
    grams = ngram_hashes(word_hashes(pa.array(texts, pa.large_string())), n)
    plain = []
    for text in texts:
        words = words_of(text)
        plain.append([tuple(words[i : i + n]) for i in range(max(len(words) - n + 1, min(len(words), 1)))])
    assert np.diff(grams.offsets).tolist() == [len(g) for g in plain]
    seen: dict[tuple[bytes, ...], int] = {}
    for gram, value in zip((g for doc in plain for g in doc), grams.hashes.tolist()):
        assert seen.setdefault(gram, value) == value
    assert len(set(seen.values())) == len(seen)


@given(TEXTS)
def test_a_batch_is_hashed_like_its_parts(texts: list[str]) -> None:
    column = pa.array(["padding before", *texts], pa.large_string()).slice(1)
    whole = word_hashes(column).hashes.tolist()
    assert whole == [h for chunk in chunks(column, 10) for h in word_hashes(chunk).hashes.tolist()]


def test_hashes_are_the_same_on_every_machine() -> None:
    assert (
        word_hashes(pa.array(["Take one tablet"])).hashes.tolist()
        == word_hashes(pa.array(["take ONE tablet."])).hashes.tolist()
    )
    assert hex(int(word_hashes(pa.array(["aspirin"])).hashes[0])) == "0x7ade6c26f1c09fb6"


def test_runs_are_told_apart_as_ngrams_are() -> None:
    words = word_hashes(pa.array(["one two three one two three", "two three one"]))
    sums = running_sums(words)
    found = runs(sums, 3)
    assert len(found) == len(words.hashes) - 2
    assert found[0] == found[3] == runs_at(sums, np.array([3]), 3)[0]
    assert found[1] == found[6]
    assert len({found[0], found[1], found[2]}) == 3


def test_null_is_an_empty_text() -> None:
    assert word_hashes(pa.array(["a b", None, "c"])).offsets.tolist() == [0, 2, 2, 3]


ANY_TEXTS = st.lists(st.none() | st.text(alphabet="a |@\né", max_size=8), max_size=20)


@given(ANY_TEXTS, st.integers(0, 3))
def test_characters_are_counted_as_pyarrow_counts_them(texts: list[str | None], skipped: int) -> None:
    array = pa.array(texts, pa.large_string()).slice(min(skipped, len(texts)))
    assert counts_of(array, b" \n").tolist() == [
        (t or "").count(" ") + (t or "").count("\n") for t in array.to_pylist()
    ]


@given(ANY_TEXTS, st.integers(0, 3), st.sampled_from([" | ", "@", "aa", "a|"]))
def test_a_run_of_bytes_is_found_within_a_text_only(
    texts: list[str | None], skipped: int, literal: str
) -> None:
    array = pa.array(texts, pa.large_string()).slice(min(skipped, len(texts)))
    assert contains_literal(array, literal.encode()).tolist() == [
        literal in (t or "") for t in array.to_pylist()
    ]
