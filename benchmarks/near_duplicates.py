"""Near duplicates among abstracts: our search against datasketch, at equal recall.

    python benchmarks/near_duplicates.py [TEXTS, default 8000]

Real abstracts of NLM's update file, and changed copies of one in ten (one to four words of a hundred exchanged). Truth is
exact Jaccard of word 5-grams over the planted pairs; both sides use 5-grams and a threshold of 0.8, and ours verifies
exactly what it reports. CPU seconds, from text to pairs.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from common import best_of_each, print_ratio, print_table
from pubmed_update import UPDATE, extract

from medai_assets.sources.pubmed.fast_reader import read_citations
from medai_assets.sources.pubmed.split import open_file, pieces

THRESHOLD = 0.8
WORD = re.compile(r"[0-9A-Za-z_\u0080-\U0010ffff]+")


def abstracts(limit: int) -> list[str]:
    """Whole abstracts of the update file."""
    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder, open_file(extract(UPDATE, Path(folder))) as stream:
        for piece in pieces(stream):
            for parts in read_citations(piece.records).citations["abstract"].to_pylist():
                text = " ".join(part["text"] for part in parts if part["text"])
                if len(text) > 300:
                    found.append(text)
            if len(found) >= limit:
                break
    return found[:limit]


def planted(texts: list[str]) -> tuple[list[str], list[tuple[int, int]]]:
    """The texts and changed copies of a tenth of them, with the pairs."""
    dice = random.Random(1)
    copies, pairs = [], []
    for number in range(0, len(texts), 10):
        words = texts[number].split()
        for place in dice.sample(range(len(words)), max(1, len(words) * dice.randrange(1, 5) // 100)):
            words[place] = f"other{number}x{place}"
        pairs.append((number, len(texts) + len(copies)))
        copies.append(" ".join(words))
    return [*texts, *copies], pairs


def ours(texts: list[str]) -> set[tuple[int, int]]:
    """Sketches, candidates, exact similarity."""
    from medai_assets.corpus.curate.near_duplicates import candidate_pairs, exact_jaccard
    from medai_assets.corpus.process.signatures import sketch

    column = pa.array(texts, pa.large_string())
    sketched = sketch(column)
    pairs = candidate_pairs(sketched.bands, sketched.signature, sketched.distinct, THRESHOLD)
    values = exact_jaccard(pairs, lambda rows: column.take(pa.array(rows)))
    return {(h, m) for h, m, v in zip(pairs.head.tolist(), pairs.member.tolist(), values) if v >= THRESHOLD}


def datasketch(texts: list[str]) -> set[tuple[int, int]]:
    """MinHash with 128 permutations and its LSH index, as its documentation shows them."""
    from datasketch import MinHash, MinHashLSH

    index, found = MinHashLSH(threshold=THRESHOLD, num_perm=128), set()
    for number, text in enumerate(texts):
        sketch = MinHash(num_perm=128)
        sketch.update_batch([" ".join(gram).encode() for gram in shingles(text)])
        found.update((other, number) for other in index.query(sketch))
        index.insert(number, sketch)
    return found


def shingles(text: str) -> set[tuple[str, ...]]:
    """Word 5-grams; words as ours are, so that both sides measure the same similarity."""
    words = WORD.findall(text.lower())
    return {tuple(words[i : i + 5]) for i in range(max(1, len(words) - 4))}


def judged(
    found: set[tuple[int, int]], texts: list[str], pairs: list[tuple[int, int]]
) -> tuple[float, float]:
    """Recall of the planted pairs that are truly alike, and the share of what was found that is."""

    @cache
    def similarity(a: int, b: int) -> float:
        one, two = shingles(texts[a]), shingles(texts[b])
        return len(one & two) / len(one | two)

    alike = {pair for pair in pairs if similarity(*pair) >= THRESHOLD}
    true = sum(similarity(*pair) >= THRESHOLD - 0.02 for pair in found)
    return len(found & alike) / len(alike), true / max(len(found), 1)


def main() -> None:
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    texts, pairs = planted(abstracts(limit))
    theirs, mine = best_of_each(2, (datasketch, ours), texts)
    rows: list[tuple[Any, ...]] = []
    for who, run in (("datasketch 2", theirs), ("medai_assets", mine)):
        recall, precision = judged(run.value, texts, pairs)
        rows.append(
            (
                who,
                len(texts),
                run.cpu_seconds,
                len(texts) / run.cpu_seconds,
                f"{recall:.3f}",
                f"{precision:.3f}",
                run.peak_mib,
            )
        )
    print_table(("search", "texts", "CPU s", "texts/s", "recall", "precision", "peak MiB"), rows)
    print_ratio("near-duplicates", theirs.cpu_seconds / mine.cpu_seconds, 8)


if __name__ == "__main__":
    main()
