"""Finding examples and records by words: an id, a drug, a sentence; and the examples closest to a question.

Closest are those that share its rarest words (inverse document frequency; Spärck Jones 1972), of what is asked before the rest.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from medai_assets.foundation.rows import Origin
from medai_assets.instructions.forms.form import question_alone
from medai_assets.lineage.corpus import Corpus
from medai_assets.lineage.index import Index
from medai_assets.lineage.index_schema import plain
from medai_assets.lineage.rows import Rows

MOST_WORDS = 12  # of a long sentence; the longest are the rarest
LEAST_LETTERS = 4  # of a word that may be the beginning of a subject
MOST_CANDIDATES = 40  # examples whose text is read at once to see whether it holds the very words in order
MOST_READ = 20_000  # of them in all; reached only by a few common words that stand together nowhere
_WORD = re.compile(r"[^\W_]+")
# Words too common to narrow a search; leaving them out keeps it fast at a million examples.
_COMMON = frozenset(
    "a an and are as at be been but by can could do does for from had has have he her his how i if in into is it its "
    "may me might more most must my no not of on or our she should so some such than that the their them then there "
    "these they this to use used was we were what when where which who why will with would you your".split()
)


def telling_words(text: str) -> list[str]:
    """The words of a text by which it is looked for, the longest first."""
    words = list(dict.fromkeys(_WORD.findall(text.lower())))  # as the indexes fold case: an ß stays
    telling = [w for w in words if w not in _COMMON] or words
    return sorted(telling, key=len, reverse=True)[:MOST_WORDS]


def words_query(text: str) -> str:
    """The FTS5 query for examples that hold all telling words of a text; "" when it has no word."""
    return " ".join(f'"{word}"' for word in telling_words(text))


def examples_with_words(index: Index, text: str, limit: int, offset: int = 0) -> list[int]:
    """Examples that hold all telling words of ``text``, in any order, by row number."""
    query = words_query(text)
    if not query:
        return []
    found = index.text.execute(
        "SELECT rowid FROM example_text WHERE example_text MATCH ? ORDER BY rowid LIMIT ? OFFSET ?",
        (query, limit, offset),
    )
    return [row[0] for row in found]


def examples_holding(index: Index, text: str, limit: int = 20) -> list[int]:
    """Examples whose prompt or completion is, or holds, exactly this text, case and white space aside."""
    whole = index.examples_with_text(text)
    if whole:
        return whole[:limit]
    wanted, rows = plain(text), Rows(index.dataset, "examples")
    found: list[int] = []
    read, chunk = 0, MOST_CANDIDATES
    while not found and read < MOST_READ:
        candidates = examples_with_words(index, text, chunk, read)
        if not candidates:
            break
        texts = rows.take(candidates, ["prompt", "completion"])
        found = [
            number
            for number, row in zip(candidates, texts)
            if wanted in plain(row["prompt"]) or wanted in plain(row["completion"])
        ]
        read, chunk = read + chunk, chunk * 10
    return found[:limit]


def records_with_words(corpus: Corpus, text: str, most: int) -> list[Origin]:
    """Records whose id or title holds all telling words, in any order."""
    words = [folded(word) for word in telling_words(text)]
    if not words:
        return []
    return corpus.named(words[0], lambda name: set(words) <= set(_WORD.findall(folded(name))), most)


def folded(text: str) -> str:
    """Text without regard to case and accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def subjects_like(index: Index, text: str, limit: int) -> list[tuple[str, int]]:
    """Drugs, diseases and other subjects that begin with ``text`` or with one of its telling words, with the number of
    examples about each, the most first."""
    whole = _subjects_beginning(index, text.strip(), limit)
    if whole:
        return whole
    words = [w for w in _WORD.findall(text.lower()) if w not in _COMMON and len(w) >= LEAST_LETTERS]
    found = {subject for word in words[:MOST_WORDS] for subject in _subjects_beginning(index, word, limit)}
    return sorted(found, key=lambda subject: (-subject[1], subject[0]))[:limit]


def _subjects_beginning(index: Index, beginning: str, limit: int) -> list[tuple[str, int]]:
    if not beginning:
        return []
    return [
        (text, count)
        for text, count in index.rows(
            "SELECT text, (SELECT count(*) FROM example WHERE subject = term.n) AS examples FROM term "
            "WHERE text COLLATE NOCASE >= ?1 AND text COLLATE NOCASE < ?1 || char(1114111) AND n IN "
            "(SELECT subject FROM example WHERE subject = term.n) ORDER BY examples DESC, text LIMIT ?2",
            (beginning, limit),
        )
    ]


def examples_about(index: Index, subject: str, limit: int, offset: int = 0) -> list[int]:
    """Examples whose subject is exactly this one, case aside."""
    return index.numbers(
        "SELECT n FROM example WHERE subject IN (SELECT n FROM term WHERE text = ? COLLATE NOCASE) "
        "ORDER BY n LIMIT ? OFFSET ?",
        (subject, limit, offset),
    )


MOST_OF_A_WORD = 20_000  # examples read for one word; a word in more of them tells little
READ = 60  # candidates whose prompt is read


@dataclass(frozen=True, slots=True)
class WeighedWords:
    """The telling words of a text, of which each was looked up once.

    Attributes:
        telling: all of them, the longest first.
        weights: how rare each is, of those that an example has.
        examples: row numbers of the examples that have it, at most ``MOST_OF_A_WORD``.
    """

    telling: list[str]
    weights: dict[str, float]
    examples: dict[str, list[int]]


def weighed_words(index: Index, text: str) -> WeighedWords:
    """The words of a text by which `nearest_examples`, `closest_by_words` and `unknown_words` go."""
    total = index.rows("SELECT count(*) FROM example")[0][0]
    query = "SELECT rowid FROM example_text WHERE example_text MATCH ? LIMIT ?"
    telling, found = telling_words(text), {}
    for word in telling:
        numbers = [row[0] for row in index.text.execute(query, (f'"{word}"', MOST_OF_A_WORD))]
        if numbers:
            found[word] = numbers
    weights = {word: math.log(1 + total / len(numbers)) for word, numbers in found.items()}
    return WeighedWords(telling, weights, found)


def nearest_examples(index: Index, words: WeighedWords, limit: int, among: Collection[str]) -> list[int]:
    """Row numbers of the closest of some examples, the closest first; fewer than ``limit`` where words are unknown.

    Args:
        among: ids of the examples that are looked at, as a model learned them.
    """
    allowed = set(index.example_numbers(among))
    scores: dict[int, float] = defaultdict(float)
    for word, numbers in words.examples.items():
        for number in allowed.intersection(numbers):
            scores[number] += words.weights[word]
    candidates = sorted(scores, key=lambda n: (-scores[n], n))[:READ]
    if not candidates:
        return []
    rows = Rows(index.dataset, "examples").take(candidates, ["prompt", "labels"])
    closeness = {
        number: scores[number] + _shared(question_alone(row["prompt"], row["labels"]), words.weights)
        for number, row in zip(candidates, rows)
    }
    return sorted(closeness, key=lambda n: (-closeness[n], n))[:limit]


def closest_by_words(words: WeighedWords, passages: Sequence[str]) -> list[int]:
    """Places of passages by the weight of a text's words in them, each word once, the closest first."""
    held = [set(_WORD.findall(passage.lower())) for passage in passages]
    scores = [sum(weight for word, weight in words.weights.items() if word in passage) for passage in held]
    return sorted(range(len(passages)), key=lambda place: (-scores[place], place))


LEAST_TELLING = 5  # letters of a word that says what a question is about


def unknown_words(words: WeighedWords) -> list[str]:
    """The telling words of a text that no example has."""
    return [word for word in words.telling if len(word) >= LEAST_TELLING and word not in words.examples]


def _shared(prompt: str, weights: dict[str, float]) -> float:
    """Weight of the question's words in an example's, less a little for each word that the question lacks."""
    words = set(re.findall(r"[^\W_]+", prompt.casefold()))
    return 2 * sum(weights.get(word, 0.0) for word in words) - 0.1 * len(words - set(weights))
