"""Signs that two things stand in one unit: a heading, an item or a sentence that runs into the next without a mark.

What belongs here: reading one unit's words. What does not: comparing an answer with its source (whole.py).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from medai_assets.verification.spelled import is_english

# Words that begin a sentence, not the middle of one.
_STARTERS = frozenset(
    "the these this those it they there if when because although your you we some most many other people symptoms treatment "
    "talk call ask certain common for in as at other although however also while after before since do don't tell see "
    "doctors patients children adults women men some several both each such what how why who where often".split()
)
_STRONG = frozenset("the these this it they there because although if your you we most some many in".split())
_CONNECTS = frozenset(
    "the a an of in and or by with from for to as see called named on at under per via vs versus than like both your our their "
    "its his her is are was were be de la von van".split()
)
_CAPITAL = re.compile(r"[A-Z][a-z]+\W?$")
_VERBS = frozenset("include includes is are can may will should have has helps depends".split())
_GLUED = re.compile(
    r"\b(?P<first>[a-z]{4,})(?:that|which|such|including|called|usually|especially|these|this|they|there|although"
    r"|sometimes|about|from|with|when|where|if|an?|the|or|loss)\b|[a-z]{3}\.[A-Z][a-z]{2}"
    r"|(?<![\w.@/-])(?!approx\.)[a-z]{3,}\.(?!com|org|gov|net|edu|info|html)[a-z]{4,}(?![\w.@/-])"  # two items, no address
)
_GLUED_GLOSS = re.compile(
    r"\b(?:[a-z]{4,}(?:swelling|inflammation|without|those)|[a-z]{5,}(?<!brea)(?<!shea)the|[a-z]{6,}mild)\b"
)
# Letters that print joins, and a text taken from print tears apart: "diffi cult", "fi lm", "infl ammation".
_TORN = re.compile(
    r"(?<![\w-])(?:\w*ffi|\w*ffl|\w*fl|\w*fi) (?!oz\b)[a-z]{2,}|(?<![\w-])flamm(?:ation|atory|ed)\b"
)
# Small words that a lost dash glues to the end of a longer one ("laparoscopea thin tube"), with the least length of that.
_GLUED_BEHIND = {
    "a": 8, "an": 7, "is": 7, "are": 7, "when": 5, "even": 5, "into": 5, "also": 6, "often": 5, "one": 8, "of": 7, "in": 7,
    "to": 7, "with": 6,
}  # fmt: skip
# What English itself makes one word of: overweight, someone, treatable, childcare.
_COMPOUND_FIRST = frozenset(
    "over under after some every with there else radio neuro life child cross break worth wide than".split()
)
_COMPOUND_SECOND = frozenset(
    "able less like care fully life long time times work body what where ones beat beats stream birth down over light style noon "
    "made mental night days place bone bones nails milk flow more normal dogs while even".split()
)
_PRODUCT_FORMS = frozenset(
    "tablets tablet capsules capsule injection solution suspension powder cream ointment gel syrup".split()
)
_IN_LINE = re.compile(r"(?:(?<=[a-z:;]) [-•*] ?(?=[A-Za-z]).*){2,}|: -\w")
_TITLES = re.compile(r":(?: (?:[A-Z][a-z][\w-]*|with|of|and|in|or|to)){6,}(?! [,.;])")
_HAS_MARK = re.compile(r"[.,;:!?)\]\"”’'–—/-]$")
_LEAD_LIST = re.compile(r":\s+(?P<rest>.+)")
_SECOND_IF = re.compile(
    r"(?:(?<!\s)(?<![,;:.(–—-])(?<!\bor)(?<!\band)(?<!\beven)(?<!\bonly)(?<!\bexcept)(?<!\bask)(?<!\bdoctor)(?<!\bsay)(?<!\bknow)(?<!\bdetermine)(?<!\bdecide)(?<!\bsure)\s+|(?<=\s)\s)"
    r"(?:if (?:you|pregnant|your|the)|with any|when using|on (?:wounds|deep|large))\b",
    re.IGNORECASE,
)
_BEGINS_CONDITIONS = re.compile(
    r"^(?:do not use|ask (?:a|your) (?:doctor|pharmacist)|stop use|avoid|when using)\b", re.I
)
# A statement that is complete and goes straight into the next.
_DONE = re.compile(
    r"\b(?:occurs?|persists?|worsens?|is present|comes? back|lasts? more than \d+ (?:days|hours)|"
    r"for more than \d+ days|recurs?)"
    r" (?!or\b|and\b|but\b|with\b|for\b|in\b|on\b|at\b|after\b|during\b|while\b|when\b|if\b|that\b|because\b|again\b|even\b|as\b|"
    r"more\b|by\b|to\b|from\b|unless\b|until\b|over\b|about\b|only\b|later\b|once\b|before\b|under\b|around\b|you\b|suddenly\b|"
    r"within\b|than\b|rapidly\b|slowly\b|between\b|among\b|most\b|less\b|frequently\b|where\b|which\b|without\b|through\b|"
    r"predominantly\b|primarily\b|mainly\b|usually\b|the\b|a\b|an\b|almost\b|several\b|near\b|not\b|at\b|every\b|this\b|it\b|of\b)"
    r"[a-z]{3,}"
)


def runs_on(text: str, known: Collection[str], lower: Collection[str]) -> str:
    """The words where something else begins within the text without a mark; "" where nothing does.

    Args:
        known: words of names that keep their capital (lower case).
        lower: words that the document also writes with a small letter in the middle of a sentence.
    """
    words = text.split(" ")
    for before, word, after in zip(words, words[1:], [*words[2:], ""]):
        if _CAPITAL.match(word) and _begins_anew(before, re.sub(r"\W", "", word), after, known, lower):
            return f"{before} {word}{' ' + after if after else ''}"
    return _lost_marks(text)


def _begins_anew(before: str, word: str, after: str, known: Collection[str], lower: Collection[str]) -> bool:
    small = word.lower()
    if small in _PRODUCT_FORMS and before[:1].isupper():
        return False  # "Codeine Sulfate Tablets or"
    if _HAS_MARK.search(before) and not before.endswith(")"):
        return False
    if small in known or before.lower() in _CONNECTS:
        return False
    titled = after[:1].isupper()
    if small in _STRONG and not titled and (before[:1].islower() or before[:1].isupper()):
        return True
    if not before[-1:].islower() and before[-1:] != ")" and not before[-1:].isdigit():
        return False
    if titled or (before[:1].isupper() and before.lower() not in lower):
        return False
    return small in _STARTERS or after in _VERBS or (small in lower and after[:1].islower())


def glued_words(text: str, lower: Collection[str]) -> str:
    """A word that is two ("inheritedthat", "disordersuch"): a dash between them was lost on the way; "" where there is none."""
    torn = _TORN.search(text)
    if torn:
        return torn[0]
    for match in _GLUED.finditer(text):
        if not match["first"] or (match["first"] in lower and not is_english(match[0])):
            return match[0]
    return next((m[0] for m in _GLUED_GLOSS.finditer(text) if not is_english(m[0])), "")


def glued_in(text: str) -> frozenset[str]:
    """Words of a document that are two of its own ("edemaswelling"), said once: a dash between them was lost on the way."""
    words = Counter(re.findall(r"(?<![\w'’-])[A-Za-z]?[a-z]{2,}(?![\w'’-])", text))
    small = Counter({w.lower(): n for w, n in words.items()})
    behind = {w for w, n in words.items() if n <= 2 and _has_small_word_behind(w.lower(), small)}
    words = Counter({w: n for w, n in words.items() if w[0].islower() and len(w) > 2})
    return frozenset(behind) | frozenset(
        w
        for w, times in words.items()
        if times == 1 and len(w) >= 8 and _is_two(w, words) and not is_english(w)
    )


def _has_small_word_behind(word: str, words: Counter[str]) -> bool:
    return any(
        word.endswith(end) and len(word) - len(end) >= least and word.removesuffix(end) in words
        for end, least in _GLUED_BEHIND.items()
    )


def _is_two(word: str, words: Counter[str]) -> bool:
    cuts = ((word[:n], word[n:]) for n in range(4, len(word) - 3))
    return any(
        first in words and second in words and first not in _COMPOUND_FIRST and second not in _COMPOUND_SECOND
        for first, second in cuts
    )


def _lost_marks(text: str) -> str:
    """A list that stands in a line without marks, by its repeated openings."""
    in_line = _IN_LINE.search(text) or _TITLES.search(text)
    if in_line:
        return in_line[0][:60]
    if _BEGINS_CONDITIONS.match(text):
        done = _DONE.search(text)
        if done:
            return done[0]
        found = list(_SECOND_IF.finditer(text))
        if len(found) > 1 or (found and re.search(r"\bif\b|\bwith\b", text[: found[0].start()][12:])):
            return text[max(0, found[-1].start() - 30) : found[-1].end()]
    lead = _LEAD_LIST.search(text.rpartition("\n")[2])
    if lead:
        capitals = [m[1] for m in re.finditer(r"(?<![a-z)])([a-z)]+) [A-Z][a-z]*,? (?=[a-z])", lead["rest"])]
        if sum(before not in _CONNECTS for before in capitals) >= 2:
            return lead["rest"][:60]
    return ""
