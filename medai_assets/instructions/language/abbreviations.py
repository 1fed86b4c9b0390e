"""Abbreviations of an article spelled out in the question that is made from it, by the article's own definitions.

A definition is ``long form (SHORT)``; the long form is the shortest run of words before the bracket that holds the
letters of the short form in order, the first at a word's start (Schwartz and Hearst, Pac Symp Biocomput 2003, 451-462).
"""

from __future__ import annotations

import re

_SHORT = re.compile(r"\((?P<short>[A-Za-z][\w-]{1,9})\)")
_BARE = re.compile(r"(?<![\w(-])[A-Za-z]*[A-Z][\w-]*[A-Z0-9][\w-]*(?![\w)-])")
_MOST_WORDS = 10


def spelled_out(question: str, text: str) -> str:
    """The question with each abbreviation that ``text`` defines, and the question does not, written out at its first use."""
    forms = long_forms(text)
    for short in dict.fromkeys(_BARE.findall(question)):
        long = forms.get(short)
        if long and f"({short})" not in question and long.lower() not in question.lower():
            place = re.search(rf"(?<![\w-]){re.escape(short)}(?![\w-])", question)
            if place:
                question = f"{question[: place.start()]}{long} ({short}){question[place.end() :]}"
    return question


def long_forms(text: str) -> dict[str, str]:
    """Short form to long form, for every definition in the text; of several of one short form the first."""
    found: dict[str, str] = {}
    for match in _SHORT.finditer(text):
        short = match["short"]
        if sum(c.isupper() for c in short) > 1 and short not in found:
            before = re.split(r"[.;:()\[\]]\s", text[max(0, match.start() - 200) : match.start()])[-1]
            long = _long_form(short, " ".join(before.split()[-min(len(short) + 5, _MOST_WORDS) :]))
            if long:
                found[short] = long
    return found


def _long_form(short: str, before: str) -> str | None:
    """The end of ``before`` whose letters spell the short form, backwards; the first letter begins a word."""
    place = len(before)
    letters = [c.lower() for c in short if c.isalnum()]
    for number, letter in enumerate(reversed(letters)):
        first = number == len(letters) - 1
        place -= 1
        while place >= 0 and (
            before[place].lower() != letter or (first and place and before[place - 1].isalnum())
        ):
            place -= 1
        if place < 0:
            return None
    found = before[place:].strip()
    return found if len(found) > len(short) and short not in found.split() else None
