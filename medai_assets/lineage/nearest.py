"""The training examples closest to a question: those that share its rarest words, by the index's word lists.

Rare words weigh more (inverse document frequency; Spärck Jones 1972), and a word of the prompt more than one of the
answer, so that examples which ask the same come before those that merely mention it.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection

from medai_assets.lineage.index import Index
from medai_assets.lineage.rows import Rows
from medai_assets.lineage.search import words_query

MOST_OF_A_WORD = 20_000  # examples read for one word; a word in more of them tells little
READ = 60  # candidates whose prompt is read


def nearest_examples(index: Index, text: str, limit: int, among: Collection[str]) -> list[int]:
    """Row numbers of the closest of some examples, the closest first; fewer than ``limit`` where words are unknown.

    Args:
        among: ids of the examples that are looked at, as a model learned them.
    """
    allowed = set(index.example_numbers(among))
    weights, found = _word_weights(index, text)
    scores: dict[int, float] = defaultdict(float)
    for word, numbers in found.items():
        for number in allowed.intersection(numbers):
            scores[number] += weights[word]
    candidates = sorted(scores, key=lambda n: (-scores[n], n))[:READ]
    if not candidates:
        return []
    rows = Rows(index.dataset, "examples").take(candidates, ["prompt"])
    closeness = {
        number: scores[number] + _shared(row["prompt"], weights) for number, row in zip(candidates, rows)
    }
    return sorted(closeness, key=lambda n: (-closeness[n], n))[:limit]


def _word_weights(index: Index, text: str) -> tuple[dict[str, float], dict[str, list[int]]]:
    total = index.rows("SELECT count(*) FROM example")[0][0]
    query = "SELECT rowid FROM example_text WHERE example_text MATCH ? LIMIT ?"
    found = {}
    for word in words_query(text).split():
        numbers = [row[0] for row in index.text.execute(query, (word, MOST_OF_A_WORD))]
        if numbers:
            found[word.strip('"')] = numbers
    return {word: math.log(1 + total / len(numbers)) for word, numbers in found.items()}, found


def _shared(prompt: str, weights: dict[str, float]) -> float:
    """Weight of the question's words in a prompt, less a little for each word that the question lacks."""
    words = set(re.findall(r"[^\W_]+", prompt.casefold()))
    return 2 * sum(weights.get(word, 0.0) for word in words) - 0.1 * len(words - set(weights))
