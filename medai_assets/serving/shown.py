"""What of a model's answer a person is shown: it says nothing twice over, and gives no dose that no source gives.

A dose is an amount with its unit, a counted form ("2 tablets") or how often something is taken ("every 4 hours"), each
by itself. What belongs here: reading doses and finding them in sources. What does not: any knowledge of a right dose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from medai_assets.text.amounts import NUMBER, amounts, plain_number
from medai_assets.verification.structure import units

STRUCK = "[struck]"
Counted = tuple[str, str]  # as plain digits, and what it counts
TWICE = 80  # characters, some 24 tokens, that are not said twice (serve.py holds its answers to as much)
_VALUES = dict(zip("one two three four five six seven eight nine ten".split(), map(str, range(1, 11))))
_VALUES |= {"half": "½", "once": "1", "twice": "2", "thrice": "3", "other": "2", "second": "2", "dozen": "12"}
_SPELT = "one two three four five six seven eight nine ten half once twice thrice dozen".replace(" ", "|")
_IN_WORDS = rf"(?:{_SPELT}|eleven|twelve|\w+teen|\w+ty|hundred|thousand|quarter)"
_ONE = rf"(?:\d+ ?/ ?\d+|(?:\d+ ?)?[½¼¾]|{NUMBER}|\b{_IN_WORDS}(?: an?)?\b)"
_DASH = "‐‑‒–—−-"
_TO = rf"\s?(?:to|or|[{_DASH}])\s?"
_COUNT = rf"(?P<first>{_ONE})(?:{_TO}(?P<last>{_ONE}))?"
_UNIT = r"(?:(?:international |per )?[^\W\d_]+|%)"  # `amounts` knows which words are units
_FORM = (
    r"tablet|capsule|caplet|pill|lozenge|puff|inhalation|spray|drop|sachet|patch|suppositor|injection|"
    r"vial|ampoule|dose|(?:tea|table)spoon(?:ful)?|tsp|tbsp"
)
_PERIOD = r"(?P<what>minute|hour|hr|dai|day|night|week|month)(?:s|ly)?"
_A_DAY = {"qd": "1", "bid": "2", "tid": "3", "qid": "4"}  # as prescriptions have them
_MARKS = re.compile(r"[\s*_()]+")  # that a model may put between a number and its unit
_NO_UNIT = re.compile(r"(?<=gram)mes?\b|(?<=(?:[mk]g|ml))s\b|(?<=mcg)s\b")  # "milligrammes", "mgs"
_DOSES = {
    "amount": rf"(?:{NUMBER}(?:, | and )){{0,3}}"
    rf"{NUMBER}(?:\s?{_UNIT}?{_TO}{NUMBER})?[\s*_({_DASH}]*{_UNIT}(?:\s?(?:/|per\b)\s?\w+)*",
    "part": rf"(?:\d+ ?)?[½¼¾]\s?(?P<what>{_UNIT})(?!\w)",
    "in_words": rf"\b{_IN_WORDS}(?:(?: and)?[ -]{_IN_WORDS})* (?P<what>{_UNIT})(?!\w)",
    "form": rf"{_COUNT}(?: or (?:more|fewer|less)| of (?:the|these|those|your|my))?[ {_DASH}](?:(?P<of>[a-z]+) )?"
    rf"(?:{NUMBER}[ {_DASH}]?{_UNIT} )?(?P<what>{_FORM})(?:e?s|y|ies)?\b",
    "often": rf"{_COUNT}(?: ?times| ?x|(?<=once)|(?<=[wr]ice))(?: ?/| (?:an?|per|each|every))? ?{_PERIOD}\b",
    "every": rf"\bevery (?:(?P<first>{_ONE}|other|second)(?:{_TO}(?P<last>{_ONE}))? ?)?{_PERIOD}\b",
    "prescribed": r"\b(?:(?P<each>qd|bid|[tq]id|q\.d|[btq]\.i\.d)\b|q\.? ?(?P<first>\d+) ?h(?:rs?|ours?)?\b)",
    "hourly": rf"(?:{_COUNT}[ {_DASH}])?\b(?P<what>hour)ly\b",
}  # fmt: skip
_PATTERNS = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _DOSES.items()}
# Before a number that is no first one of a list of doses: an age, a day, the end of a range.
_NO_LIST = re.compile(
    r"\b(?:aged?|ages|over|under|above|below|than|to|or|and|day|days|week|weeks|month|year|years|step|stage|phase|grade|type|study|trial"
    rf"|chapter|section|table|children|adults|[{_DASH}])\s*\Z",
    re.IGNORECASE,
)
_TAKEN = re.compile(
    r"\b(?:tak(?:e|en|ing)|giv(?:e|en|ing)|appl(?:y|ied)|inject|inhal|swallow|dos|medic)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Source:
    """A text that may give doses; ``subject`` is what it is about, such as a drug, "" where that is not known."""

    name: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as it is shown.

    Attributes:
        struck: how many doses stand as `STRUCK` in the text.
        sources: each other dose as the answer words it, and the name of the first source that gives it.
        circled: whether the answer was cut where it began to repeat itself.
    """

    text: str
    struck: int
    sources: dict[str, str]
    circled: bool


_CUT_NUMBER = re.compile(rf"[^\s\w]*(?:{NUMBER}|[½¼¾])[/.,{_DASH}]?\s*\Z")

_CALL = re.compile(r"\b(?:call|dial|phone|ring|text)\W+(?:911|999|112|000|111|988)\Z", re.IGNORECASE)


def shown(answer: str, question: str, sources: Sequence[Source], complete: bool = True) -> Shown:
    """The answer without repetition, each dose struck that no source gives.

    Where a sentence of the answer, or else the question, has words of five letters or more that stand in subjects of
    sources, such as a drug's name, only sources that have all these words give its doses.

    Args:
        complete: False where the answer was cut; a number at its end, perhaps half of one, is left out.
    """
    end = _repeats_from(answer)
    circled = end < len(answer)
    if not (complete or circled) and (number := _CUT_NUMBER.search(answer)) and not _CALL.search(answer):
        end = number.start()
    text, pieces, at = answer[:end].rstrip(), list[str](), 0
    said_by: dict[str, str] = {}
    read = [
        (
            s.name,
            _words(f"{s.subject} {s.text}"),
            {one for _, dose in doses(s.text, gives=True) for one in dose},
        )
        for s in sources
    ]
    subjects = [source.subject for source in sources]
    asked = words_about(question, subjects)
    for unit in units(text):
        about = words_about(unit.text, subjects) or asked
        for (begin, until), dose in doses(unit.text):
            said = unit.text[begin:until]
            by = [name for name, words, gives in read if dose <= gives and about <= words]
            if by:
                said_by.setdefault(said, by[0])
            pieces += [text[at : unit.begin + begin], said if by else STRUCK]
            at = unit.begin + until
    return Shown("".join(pieces) + text[at:], pieces[1::2].count(STRUCK), said_by, circled)


def doses(text: str, gives: bool = False) -> Iterator[tuple[tuple[int, int], frozenset[Counted]]]:
    """Begin and end of each dose of a text, none over another, and its numbers with what they count.

    Two texts give one dose where these are the same, however they are written: "1 g" and "1,000 mg".

    Args:
        gives: of a text that others are held against, in which a number before a comma is a dose only in a list of three or
            with "and" or "or": "over 12, 10 ml" gives no 12 ml.
    """
    found: list[tuple[tuple[int, int], frozenset[Counted]]] = []
    for kind, pattern in _PATTERNS.items():
        if (
            found or kind in ("amount", "in_words", "form") or _TAKEN.search(text)
        ):  # else hands are washed so often
            found += [(m.span(), read) for m in pattern.finditer(text) if (read := _reading(kind, m, gives))]
    at = 0
    for (begin, end), numbers in sorted(found, key=lambda one: (one[0][0], -one[0][1])):
        if begin >= at:
            yield (begin, end), numbers
            at = end


def _reading(kind: str, match: re.Match[str], gives: bool) -> frozenset[Counted]:
    """The numbers of a match; none where it is no dose, as a share ("5% of people") or a number of something else."""
    parts, said = match.groupdict(), _NO_UNIT.sub("", _MARKS.sub(" ", match[0].casefold()))
    if kind == "prescribed":
        daily = (parts["each"] or "").casefold().replace(".", "")
        return frozenset([(_A_DAY[daily], "often day") if daily else (str(parts["first"]), "every hour")])
    if kind == "part":
        return frozenset([(said.replace(" ", ""), "")] if amounts(f"1 {match['what']}") else [])
    *listed, last = re.split(r", | and ", said) if kind == "amount" else [said]
    is_list = len(listed) > 1 or re.search(r"\b(?:and|or)\b", said)
    if _NO_LIST.search(match.string[: match.start()]) or (gives and not is_list):
        listed = []
    unit = re.sub(rf".*{NUMBER}", "", last)
    each = [amounts(one) for one in (last, *(f"{number}{unit}" for number in listed))]
    stated = {(f"{number.normalize():f}", unit) for one in each for number, unit in one}
    if kind == "amount":
        share = said.endswith(("%", "cent")) and match.string.startswith(" of ", match.end())
        return frozenset() if share else frozenset(stated)
    if kind == "in_words":
        return frozenset([(said, "")] if amounts(f"1 {match['what']}") else [])
    if kind == "form" and amounts(f"1 {parts['of']}"):  # "200 mg tablets" are not 200
        return frozenset()
    what = match["what"].casefold().replace("dai", "day").replace("hr", "hour")
    kind = {"hourly": "every", "form": ""}.get(kind, kind)
    counts = (parts["first"] or "1", parts["last"])
    return frozenset(stated | {(_count(literal), f"{kind} {what}") for literal in counts if literal})


def _count(literal: str) -> str:
    word = re.sub(r" an?$", "", literal.casefold())
    return _VALUES.get(word) or (plain_number(word) if re.fullmatch(NUMBER, word) else word.replace(" ", ""))


def words_about(text: str, subjects: Iterable[str]) -> set[str]:
    """The words of a text, of five letters or more, that stand in subjects such as the name of a drug."""
    return _words(text) & {word for subject in subjects for word in _words(subject)}


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{5,}", text.casefold()))


class Repetition:
    """Reads a text that grows, and notices where it says again what fills `TWICE` characters."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._last = ""

    def ends(self, more: str) -> bool:
        """Whether such a run has come a second time with this piece of the text."""
        text = self._last + more
        self._last = text[1 - TWICE :]
        before = len(self._seen)
        runs = [text[place : place + TWICE] for place in range(len(text) - TWICE + 1)]
        self._seen.update(runs)
        return len(self._seen) < before + len(runs)


def _repeats_from(text: str) -> int:
    """Where a text begins to say again what fills `TWICE` characters; its end where it does not."""
    heard = Repetition()
    ended = next((place for place, character in enumerate(text, 1) if heard.ends(character)), None)
    return len(text) if ended is None else ended - TWICE
