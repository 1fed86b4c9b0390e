"""The units of a text as a reader sees them: sentences, list items, table rows, headings; and its words as tokens.

What belongs here: reading structure out of text, the same way for a source and for an answer. What does not: judging it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from medai_assets.text.split_text import sentences

ITEM = re.compile(r"\s*(?:[-•*▪◦]|\d{1,2}[.)]) +(?=\S)")
# A figure may begin with its point (".5 mg" is no 5 mg).
_TOKEN = re.compile(r"(?:(?<![\w.])\.)?\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|[%‰°℃℉<>≤≥±=≠≈↑↓+×/–−-]")
_TERMINAL = re.compile(r"[.!?…][\"'”’)\]]*$")
SENTENCE, ITEM_, ROW, TITLE, LEAD, OPEN = "sentence", "item", "row", "title", "lead", "open"
_TITLE_WORDS = 12


class Unit(NamedTuple):
    """One unit of a text.

    Attributes:
        kind: sentence; item of a list; row of a table; title (a line of its own without an end); lead (ends with a colon);
            open (words that end without a mark).
        begin, end: where its words stand in the text, list mark left out.
        line: number of its line. block: number of its paragraph.
    """

    kind: str
    text: str
    begin: int
    end: int
    line: int
    block: int


@lru_cache(maxsize=4096)
def units(text: str) -> tuple[Unit, ...]:
    """The units of a text in order."""
    found: list[Unit] = []
    begin = block = 0
    for number, line in enumerate(text.split("\n")):
        if not line.strip():
            block += 1
        elif mark := ITEM.match(line):
            found.append(
                Unit(ITEM_, line[mark.end() :], begin + mark.end(), begin + len(line), number, block)
            )
        elif " | " in line or line.startswith("| "):
            found.append(Unit(ROW, line, begin, begin + len(line), number, block))
        else:
            found += _of_line(line, begin, number, block)
        begin += len(line) + 1
    return tuple(found)


def _of_line(line: str, begin: int, number: int, block: int) -> list[Unit]:
    found = []
    at = 0
    parts = sentences(line.strip())
    for text in parts:
        at = line.index(text, at)
        found.append(
            Unit(_kind(text, alone=len(parts) == 1), text, begin + at, begin + at + len(text), number, block)
        )
        at += len(text)
    return found


def _kind(text: str, alone: bool) -> str:
    if text.rstrip().endswith(":"):
        return LEAD
    if _TERMINAL.search(text.rstrip()):
        return SENTENCE
    return TITLE if alone and len(text.split()) <= _TITLE_WORDS and not text[:1].islower() else OPEN


@lru_cache(maxsize=16384)
def tokens(text: str) -> tuple[str, ...]:
    """Words, figures and the signs that change a figure's meaning, in lower case; other punctuation is left out."""
    return tuple(m[0].lower().replace("’", "'") for m in _TOKEN.finditer(text))


def token_spans(text: str) -> list[tuple[str, int]]:
    """Tokens with the place where each begins."""
    return [(m[0].lower().replace("’", "'"), m.start()) for m in _TOKEN.finditer(text)]


_SMALL = frozenset(
    "a an and any are as at be been being but by can could did do does for from had has have he her his how i if in into is it "
    "its may me might more most my no not of on or our should so some such than that the their them then there these they "
    "this those to was we were what when where which who will with would you your about also am".split()
)


def content(text: str) -> list[str]:
    """Words of substance and figures, in lower case."""
    return [t for t in tokens(text) if t not in _SMALL and (len(t) > 1 or t.isdigit())]


def stem(word: str) -> str:
    """A crude stem, by which forms of one word are taken for one."""
    for end in ("ies", "es", "s", "ing", "ed", "e"):
        if word.endswith(end) and len(word) - len(end) >= 4 and not word.endswith(("ss", "us")):
            return word[: -len(end)] + ("y" if end == "ies" else "")
    return word


def stems(text: str) -> frozenset[str]:
    """The stems of a text's words of substance."""
    return frozenset(map(stem, content(text)))
