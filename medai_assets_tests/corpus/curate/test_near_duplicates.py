"""Near duplicates: what is flagged is truly alike, what is alike is found, and no dose is lost on the way."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datasketch import MinHash, MinHashLSH

from medai_assets.corpus.curate.near_duplicates import Pairs, candidate_pairs, exact_jaccard, merge, says_more
from medai_assets.corpus.process.signatures import BANDS, BINS, shingle_sets, sketch
from medai_assets_tests.corpus.builders import prose


def column(texts: list[str]) -> pa.Array:
    return pa.array(texts, pa.large_string())


def shingles(text: str) -> set[tuple[str, ...]]:
    words = [w.strip(".").lower() for w in text.split()]
    return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}


def jaccard(a: str, b: str) -> float:
    one, two = shingles(a), shingles(b)
    return len(one & two) / len(one | two)


def changed(text: str, share: float, seed: int) -> str:
    """The text with some words exchanged."""
    words, dice = text.split(), random.Random(seed)
    for place in dice.sample(range(len(words)), max(1, int(len(words) * share))):
        words[place] = f"other{seed}x{place}"
    return " ".join(words)


@pytest.fixture(scope="module")
def planted() -> tuple[list[str], list[tuple[int, int]]]:
    """600 texts, 300 of them changed copies of the others in one to three words of a hundred."""
    originals = [prose(seed, 12) for seed in range(300)]
    copies = [changed(text, 0.01 * (1 + n % 3), n) for n, text in enumerate(originals)]
    return [*originals, *copies], [(n, 300 + n) for n in range(300)]


def found_pairs(texts: list[str], threshold: float = 0.8) -> set[tuple[int, int]]:
    sketched = sketch(column(texts))
    pairs = candidate_pairs(sketched.bands, sketched.signature, sketched.distinct, threshold)
    values = exact_jaccard(pairs, lambda rows: column([texts[r] for r in rows]))
    return {(h, m) for h, m, v in zip(pairs.head.tolist(), pairs.member.tolist(), values) if v >= threshold}


class Counted:
    """Signatures that know how often rows of them were asked for."""

    def __init__(self, signature: Any) -> None:
        self.signature, self.rows = signature, 0

    def __getitem__(self, rows: Any) -> Any:
        self.rows += len(rows)
        return self.signature[rows]


def test_a_pair_that_several_bands_find_is_compared_once() -> None:
    sketched = sketch(column([prose(1, 12), prose(1, 12), prose(2, 12)]))
    signature: Any = Counted(sketched.signature)
    pairs = candidate_pairs(sketched.bands, signature, sketched.distinct)
    assert (pairs.head.tolist(), pairs.member.tolist()) == ([0], [1])
    assert signature.rows == 2


def test_planted_copies_are_found(planted: tuple[list[str], list[tuple[int, int]]]) -> None:
    texts, pairs = planted
    alike = {(a, b) for a, b in pairs if jaccard(texts[a], texts[b]) >= 0.8}
    assert len(alike) > 150
    assert len(found_pairs(texts) & alike) / len(alike) > 0.98


def test_all_that_is_found_is_alike(planted: tuple[list[str], list[tuple[int, int]]]) -> None:
    texts, _ = planted
    assert all(jaccard(texts[a], texts[b]) >= 0.8 for a, b in found_pairs(texts))


def test_finds_what_datasketch_finds(planted: tuple[list[str], list[tuple[int, int]]]) -> None:
    """datasketch as oracle; its candidates are verified in the same way."""
    texts, _ = planted
    index, sketches = MinHashLSH(threshold=0.8, num_perm=128), []
    for number, text in enumerate(texts):
        one = MinHash(num_perm=128)
        one.update_batch([" ".join(s).encode() for s in shingles(text)])
        index.insert(number, one)
        sketches.append(one)
    theirs = {
        (min(n, m), max(n, m))
        for n, one in enumerate(sketches)
        for m in index.query(one)
        if n != m and jaccard(texts[n], texts[m]) >= 0.8
    }
    assert len(theirs) > 150
    assert len(theirs - found_pairs(texts)) <= 0.02 * len(theirs)


def test_exact_similarity_is_that_of_the_sets(planted: tuple[list[str], list[tuple[int, int]]]) -> None:
    texts, pairs = planted
    some = Pairs(np.array([b for _, b in pairs[:20]]), np.array([a for a, _ in pairs[:20]]))
    values = exact_jaccard(some, lambda rows: column([texts[r] for r in rows]))
    assert values.tolist() == pytest.approx([jaccard(texts[a], texts[b]) for a, b in pairs[:20]])


def test_signatures_estimate_similarity(planted: tuple[list[str], list[tuple[int, int]]]) -> None:
    texts, pairs = planted
    signature = sketch(column(texts)).signature
    errors = [abs((signature[a] == signature[b]).mean() - jaccard(texts[a], texts[b])) for a, b in pairs]
    assert np.mean(errors) < 0.05


def test_sketches_do_not_depend_on_the_batch() -> None:
    texts = [prose(seed) for seed in range(20)] + ["short text", ""]
    whole = sketch(column(texts))
    for number, text in enumerate(texts):
        alone = sketch(column([text]))
        assert alone.bands.tolist()[0] == whole.bands[number].tolist()
        assert alone.signature.tolist()[0] == whole.signature[number].tolist()
    assert whole.bands.shape == (22, BANDS)
    assert whole.signature.shape == (22, BINS)


def test_repeated_runs_are_counted() -> None:
    sketched = sketch(column(["take one tablet every day " * 10, prose(1)]))
    assert sketched.distinct[0] < 0.2 * sketched.total[0]
    assert sketched.distinct[1] == sketched.total[1]


def test_a_bucket_of_template_neighbours_is_compared_with_few_heads() -> None:
    sentence = prose(7, 6)
    texts = [f"{sentence} {prose(100 + n, 2)}" for n in range(400)]
    sketched = sketch(column(texts))
    pairs = candidate_pairs(sketched.bands, sketched.signature, sketched.distinct)
    assert len(pairs.member) < 16 * 8 * 400


def test_shingle_sets_are_sorted_and_without_repeats() -> None:
    sets = shingle_sets(column(["a b c d e f a b c d e f", "x y"]))
    first = sets.hashes[: sets.offsets[1]]
    assert first.tolist() == sorted(set(first.tolist()))
    assert np.diff(sets.offsets).tolist() == [6, 1]


@pytest.mark.parametrize(
    ("member", "head", "more"),
    [
        ("Take 5 mg twice.", "Take 5 mg twice daily.", False),
        ("Take 10 mg twice.", "Take 5 mg twice.", True),
        ("Take 5 mg, then 5 mg.", "Take 5 mg.", True),
        ("A tablet.", "Take 5 mg.", False),
        ("Take 5 mcg twice.", "Take 5 mg twice.", True),
        ("Take 5mg twice.", "Take 5 mg twice.", False),
        ("Take 0.5 mg twice.", "Take 5 mg twice.", True),
        ("Children 50 mg, adults 5 mg.", "Children 5 mg, adults 50 mg.", True),
        ("Do not take it with milk.", "Do take it with milk.", True),
        ("It doesn't raise the risk.", "It does raise the risk.", True),
        ("Take it once a day.", "Take it twice a day.", True),
        ("Take it after a meal.", "Take it before a meal.", True),
        ("Normal nodes were noted.", "Nodes were noted.", False),
        ("Take 2.5 mg at night.", "Take 25 mg at night.", True),
        ("Take 5 mg daily.", "Take 5 mg.", True),
        ("Do not exceed 4 g a day.", "Do not exceed 3 g a day.", True),
        ("It is for adults ≥65 years.", "It is for adults ≤65 years.", True),
        ("HbA1c was >7%.", "HbA1c was <7%.", True),
        ("Avoid it in mild renal impairment.", "Avoid it in severe renal impairment.", True),
        ("It is for acute pain.", "It is for chronic pain.", True),
        ("Avoid it in hepatic impairment.", "Avoid it in renal impairment.", True),
        ("Take it on an empty stomach.", "Take it on a full stomach.", True),
        ("Take it in the morning.", "Take it in the evening.", True),
        ("Put a cold pack on it.", "Put a hot pack on it.", True),
        ("It treats high blood pressure.", "It treats low blood pressure.", True),
        ("Avoid it in the first trimester.", "Avoid it in the second trimester.", True),
        ("Most patients recover.", "Few patients recover.", True),
        ("Take it every other day.", "Take it every day.", True),
        ("The test was negative.", "The test was positive.", True),
        ("Use it for 5 days.", "Use it for 5 weeks.", True),
        ("Give 1×10⁶ cells.", "Give 1×10⁹ cells.", True),
        ("Take it by mouth, twice.", "Take it twice, by mouth.", False),
        ("TAKE 5 MG TWICE.", "Take 5 mg twice.", False),
        ("Take 5 mg twice (see above).", "Take 5 mg twice.", False),
        ("", "Take 5 mg.", False),
        ("", "Do not take 5 mg.", True),
    ],
)
def test_what_states_something_else_is_no_duplicate(member: str, head: str, more: bool) -> None:
    assert says_more(member, head) is more


def test_nothing_is_merged_over_a_chain() -> None:
    """1 is like 0, and 2 is like 1 only: 2 stays, since it was never compared with 0 and found alike."""
    pairs = Pairs(np.array([1, 2]), np.array([0, 1]))
    assert merge(pairs, 3).tolist() == [0, 0, 2]
