"""*spelled*: no word is a slip of spelling that its source carries along.

What a publisher misspelt, a model learns misspelt. A word is taken for a slip where no other document of the set has it, the
list of English words does not know it (or knows it two thousand times less than a very frequent neighbour), and one letter
added, left out, changed or swapped makes it a word that is common in English or in the set, and no other form of the same
word. Names are left alone, but for those that differ by a letter from what the question names. Slips that are words themselves
are seen only in the few shapes of ``_GRAMMAR``. Nothing is corrected: the example
is set aside.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from string import ascii_lowercase

from medai_assets.verification.example import Example, Finding

NAME = "spelled"
LEAST_LETTERS = 6  # shorter words have too many neighbours
_COMMON_IN_SET = 3  # documents
# Occurrences in the list's own corpus (Google Books n-grams); of its 82,765 words 54,000 have more.
_COMMON = 100_000
# A word of the list may be a slip for another that is very frequent, and so many times more frequent.
_FREQUENT = 100_000_000
_RARER = 2000
_LEAST_STEM = 4  # letters
# A shorter word that begins a sentence and that nobody knows is a name ("Farber disease").
_LEAST_OF_NAME = 8  # letters
_ENDINGS = frozenset(("", *"a ae al an c d e ed er es i ic is l ly n or r s um us y".split()))
# British and American, in the order in which they are put right; both are spelled well.
_SPELLINGS = tuple(
    pair.split("/")
    for pair in "our/or ou/u ce/se ium/um pyj/paj grey/gray tre/ter lys/lyz y/i ae/e oe/e".split()
)
# What the American way shortens: the digraphs of medicine and the words in "our"; "toe", "hour" and "aerobic" are no such words.
_BRITISH = re.compile(
    r"haem|aemi|[cf]aec|paed|ynaec|aesth|aetiol|caesi|caesarean|palaeo|archaeo|naev|oedem|oesoph|\boestr|rrhoe|pnoe|foet|coel[io]|taeni|amoeb"
    r"|(?:arb|arm|behavi|cand|clam|col|demean|enam|endeav|fav|ferv|flav|glam|harb|hon|hum|lab|neighb|parl|ranc|rig|rum|sav|savi|splend"
    r"|succ|tum|val|vap|vig|\bod|\bard)our"
)
_WORD = re.compile(rf"(?<![\w'’/.-])[A-Za-z][a-z]{{{LEAST_LETTERS - 1},}}(?![\w'’/-])")
_IN_LATIN = r"(?! (?:vitro|vivo|utero|situ)\b)(?!-)"
_GRAMMAR = re.compile(
    r"\b(?:is|are|was|were|been|be) (?:cause|associate|characterize|inherit|diagnose|treat|affect|relate)(?= (?:by|with|in|to)\b)"
    r"|(?:^|[.] )(?:The |These )?(?:(?!of\b)[a-z]+ ){0,2}(?:options|treatments|symptoms|signs|causes)"
    r"(?: (?:for|of)(?: (?!that\b|which\b|who\b)[\w-]+){1,4})? (?:depends|varies)\b"
    r"|\b(?:prevent|include|cause|affect|reduce) with\b"
    rf"|\b(?:at during|in of|of in{_IN_LATIN}|to of|of by|by of|at in{_IN_LATIN})\b"
    r"|\bcharacterized by and\b|\bwith by\b"
    r"|\ba (?:8|11|18)(?!\d)|[a-z.] (?:IN|OF|THE|AND|TO|FOR) [a-z]"
    rf"|\b(?:a|an|the) (?:of|to|for|with|from|and|or|in{_IN_LATIN}|by)\b(?!-)|\b[Yy]our (?:gradually|usually|often)\b"
    r"|\bis an? an?\b"
    r"|\b(?:an the|the an)\b|\b(?:may|can|should|must|will|would|could) (?:led|been|was|were|is|are|has|diagnosis)\b"
    r"|\b(?:is|are|was|were) not (?:usually |generally )?recommend\b"
    r"|\b(?:removal|recurrence|growth|biopsy) of (?:the |these )?legions?\b"
    r"|\b(?:skin|brain|spinal|bone|benign|[Tt]hese) legions?\b",
)
_BEGINS = re.compile(r"(?:^|[.!?:]\s+|\n\s*(?:[-*•]\s*)?)$")


def misspelt(examples: Sequence[Example], documents: Sequence[str]) -> dict[int, Finding]:
    """Positions of the examples that hold a slip, with the word and what it looks like.

    Args:
        documents: the document that each example was made from.
    """
    stands_in: dict[str, set[str]] = defaultdict(set)
    names: set[str] = set()
    for example, document in zip(examples, documents):
        for word, is_name in _words(example.completion):
            stands_in[word.lower()].add(document)
            if is_name:
                names.add(word.lower())
    of_set = {word: len(named) for word, named in stands_in.items()}
    common = {word: times for word, times in of_set.items() if times >= _COMMON_IN_SET}
    found = {}
    for position, example in enumerate(examples):
        reason = "" if example.authored or example.stated else _slip(example, of_set, common, names)
        if reason:
            found[position] = Finding(NAME, reason)
    return found


def _slip(example: Example, of_set: dict[str, int], common: dict[str, int], names: set[str]) -> str:
    grammar = _GRAMMAR.search(example.completion)
    if grammar:
        return f"words that do not go together: {grammar[0]!r}"
    subject = {word.lower() for word, _ in _words(f"{example.subject or ''} {example.prompt}")}
    named = dict.fromkeys(subject, 1)
    for word, is_name in _words(example.completion):
        lower = word.lower()
        if lower in subject or of_set[lower] > 1:
            continue
        of_english = _times(lower)
        is_name |= lower in names or (word[0].isupper() and len(word) < _LEAST_OF_NAME and not of_english)
        likely = _near(named, lower) if not of_english else []
        if not is_name:
            least = max(_FREQUENT, _RARER * of_english) if of_english else _COMMON
            if least <= _most_times():  # else no word is so frequent
                likely += [other for other in _near(_english(), lower) if _english()[other] >= least]
            likely += _near(common, lower) if not of_english else []
        if likely:
            return f"{word!r} looks like {likely[0]!r}"
    return ""


def is_english(word: str) -> bool:
    """Whether the list of English words has a word in small letters, or the word that it is a form of."""
    return _times(word) > 0


def _times(word: str) -> int:
    """How often the list's corpus has a word, or the word that it is a form of; a plural has no other word's "ss"."""
    words = _english()
    stem = re.sub(r"(?:(?<!s)s|ed|ing|ly)$", "", word)
    return words.get(word, 0) or (words.get(stem, 0) if f"{word}s" not in words else 0)


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Each word, and whether it is written like a name: with a capital where no sentence begins."""
    for found in _WORD.finditer(text):
        before = text[max(0, found.start() - 8) : found.start()]
        yield found[0], found[0][0].isupper() and not _BEGINS.search(before)


def _near(known: Mapping[str, int], word: str) -> list[str]:
    """Known words that are one letter off, begin alike and are no form of the same word; the commonest first."""
    cuts = [(word[:n], word[n:]) for n in range(1, len(word) + 1)]
    near = {begin + end[1:] for begin, end in cuts}
    near |= {begin + end[1] + end[0] + end[2:] for begin, end in cuts if len(end) > 1}
    near |= {
        begin + letter + end[skipped:]
        for begin, end in cuts
        for letter in ascii_lowercase
        for skipped in (0, 1)
    }
    found = [other for other in near - {word} if other in known and not _same_word(word, other)]
    return sorted(found, key=lambda other: (-known[other], other))


def _same_word(one: str, other: str) -> bool:
    begin = next((n for n, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    singular = other.endswith("ss") and one == other[:-1]  # "clearnes" is no plural
    ending = begin >= _LEAST_STEM and one[begin:] in _ENDINGS and other[begin:] in _ENDINGS and not singular
    return ending or _american(one) == _american(other)


def _american(word: str) -> str:
    for british, american in _SPELLINGS:
        word = word.replace(british, american)
    return word


@cache
def _most_times() -> int:
    """How often the list's most frequent word stands that is long enough to be a slip's neighbour."""
    return max(times for word, times in _english().items() if len(word) >= LEAST_LETTERS - 1)


@cache
def _english() -> dict[str, int]:
    """The list of English words that symspellpy brings, with how often each stands in Google's books.

    It is spelled the British way ("anaemia" stands in it, "anemia" does not), so that American forms are added.
    The package itself is not imported: only its list is wanted, and the import takes longer than reading it.
    """
    package = find_spec("symspellpy")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("symspellpy, whose list of English words is read, is not installed")
    lines = (
        Path(package.origin)
        .with_name("frequency_dictionary_en_82_765.txt")
        .read_text("utf-8-sig")
        .splitlines()
    )
    words = {word: int(times) for word, times in map(str.split, lines)}
    british = [word for word in words if _BRITISH.search(word)]
    return {
        _BRITISH.sub(lambda m: re.sub("[ao]e", "e", m[0]).replace("our", "or"), word): words[word]
        for word in british
    } | words
