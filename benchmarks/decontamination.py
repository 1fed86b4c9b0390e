"""Benchmark questions looked for in abstracts: our index against a Python set of 13-grams.

    python benchmarks/decontamination.py [TEXTS, default 8000]

The same questions (MedQA, MedMCQA, PubMedQA, MMLU) and the same abstracts of NLM's update file, with one question hidden
in every hundredth. Both must find all that are hidden. CPU seconds of the search; building is shown beside it.
"""

from __future__ import annotations

import re
import sys
import time
from typing import Any

import pyarrow as pa
from common import best_of_each, print_ratio, print_table
from corpus_common import benchmark_files
from near_duplicates import abstracts

from medai_assets.corpus.curate.benchmarks import read_benchmarks

WORD = re.compile(r"[0-9A-Za-z_\u0080-\U0010ffff]+")
RUN = 13


def words_of(text: str) -> list[str]:
    return WORD.findall(text.lower())


def hidden(texts: list[str]) -> tuple[list[str], set[int]]:
    """The texts with a long question inside every hundredth."""
    asked = [
        q for q in read_benchmarks(benchmark_files())["question"].to_pylist() if len(words_of(q)) >= 2 * RUN
    ]
    rows = set(range(0, len(texts), 100))
    return [
        f"{t[:200]} {asked[n % len(asked)]} {t[200:]}" if n in rows else t for n, t in enumerate(texts)
    ], rows


def ours(texts: list[str]) -> tuple[set[int], float, float]:
    from medai_assets.corpus.curate.decontaminate import BenchmarkIndex

    begin = time.process_time()
    index = BenchmarkIndex(read_benchmarks(benchmark_files()))
    built = time.process_time()
    column = pa.array(texts, pa.large_string())
    hits = index.find(column, pa.array([""] * len(texts)))
    return {hit.row for hit in hits}, built - begin, time.process_time() - built


def python_set(texts: list[str]) -> tuple[set[int], float, float]:
    begin = time.process_time()
    banned: set[str] = set()
    for row in read_benchmarks(benchmark_files()).to_pylist():
        for text in (row["question"], *row["options"]):
            words = words_of(text)
            banned.update(" ".join(words[i : i + RUN]) for i in range(len(words) - RUN + 1))
    built = time.process_time()
    found = set()
    for number, text in enumerate(texts):
        words = words_of(text)
        if any(" ".join(words[i : i + RUN]) in banned for i in range(len(words) - RUN + 1)):
            found.add(number)
    return found, built - begin, time.process_time() - built


def main() -> None:
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    texts, rows = hidden(abstracts(limit))
    theirs, mine = best_of_each(2, (python_set, ours), texts)
    table: list[tuple[Any, ...]] = []
    for who, run in (("set of strings", theirs), ("medai_assets", mine)):
        found, built, searched = run.value
        recall = len(found & rows) / len(rows)
        table.append(
            (
                who,
                len(texts),
                built,
                searched,
                len(texts) / searched,
                f"{recall:.3f}",
                len(found - rows),
                run.peak_mib,
            )
        )
    print_table(
        ("index", "texts", "build s", "search s", "texts/s", "recall", "others found", "peak MiB"), table
    )
    print_ratio("decontamination", theirs.value[2] / mine.value[2], 5)


if __name__ == "__main__":
    main()
