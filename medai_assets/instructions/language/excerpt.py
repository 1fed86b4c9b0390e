"""Source text cut to length at its own joints: whole sentences, whole list items, whole tables; nothing added.

An excerpt is always a prefix of its text, so that a reader finds every word of it in the source.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import NamedTuple

from medai_assets.text.split_text import sentences

_ITEM = re.compile(r"^(?:- |\d+\. )(?=\S)")
_LINK = re.compile(
    r"(?:- )?\(?(?:(?:find out|read|learn|see) more\b|more information (?:about|on|is provided)\b|for more information\b|"
    r"(?:please )?see (?:the )?(?:following|section|page|summary)\b)",
    re.IGNORECASE,
)
# A figure is not in the text, and a table only where its rows are.
_FIGURE = re.compile(r"\b(?:Figure|Fig\.) ?\d|\b[Ff]igures? (?:below|above)\b|\bfollowing figures?\b")
_TABLE_NAMED = re.compile(r"\bTable \d|\b[Tt]ables? (?:below|above)\b|\bfollowing tables?\b")
# Words that no sentence ends with: a lead-in that lost its colon, or a text that was cut off.
_OPEN_END = re.compile(
    r"\b(?:includ(?:e|es|ed|ing)|are|is|was|were|the|a|an|such as|following|of|to|and|or|with|for|by|be|may|can|should|must|if|"
    r"that|which|as|from|than|when|who|avoid)$"
)
# "Tests may include: Brain MRI MR angiogram Electroencephalogram": a list whose marks are lost. Each word is looked at once:
# of thirty figures behind a colon every division was tried.
_LOST_MARKS = re.compile(r":(?:(?: (?![A-Z0-9])[^\s,;.:|]++)*+ [A-Z0-9][^\s,;.:|]*+){3}(?: [^\s,;.:|]++)*+$")
_MARKED_BRACKET = re.compile(r"[.!?…][)\]\"'”’]+$")
_MARKS = ".!?:;…\"'”’)]%"


class Unit(NamedTuple):
    """What is never cut: a sentence, a list item or a table."""

    begin: int
    end: int
    kind: str  # sentence | item | table | title


def units(text: str) -> list[Unit]:
    """The units of a text, in order; white space between them belongs to none."""
    found: list[Unit] = []
    begin = 0
    for line in text.split("\n"):
        end = begin + len(line)
        if not line.strip():
            pass
        elif "| " in line:
            if found and found[-1].kind == "table" and not text[found[-1].end : begin].strip("\n"):
                found[-1] = Unit(found[-1].begin, end, "table")
            else:
                found.append(Unit(begin, end, "table"))
        elif _ITEM.match(line):
            found.append(Unit(begin, end, "item"))
        else:
            found += _sentence_units(line, begin)
        begin = end + 1
    return found


def excerpt(text: str, most_words: int, least_words: int = 1) -> str:
    """The longest run of whole units from the start that is no longer than ``most_words``.

    It ends before a sentence that speaks of a figure or of a table that is not there. A sentence at the end that sends
    the reader to another page is left out, and a lead-in ("… if:"), a list that lost its marks, a caption or a
    sub-heading is not left standing there without what it leads to.

    Returns:
        A prefix of ``text`` without white space at its end; "" when even the first unit is too long, when fewer than
        ``least_words`` words are left, or when the text breaks off ("…").
    """
    kept = _within(text, most_words)
    while (standing := _self_contained(text, kept)) != kept:
        kept = standing
    found = text[: kept[-1].end].rstrip() if kept else ""
    return found if len(found.split()) >= least_words and not found.endswith(("…", "...")) else ""


def paragraphs(text: str, most_words: int, least_words: int = 1) -> str:
    """The excerpt, cut at the end of a paragraph and not within one; "" where the first paragraph is too long."""
    found = excerpt(text, most_words, least_words)
    while found and not is_whole(found, text) and not text[len(found) :].lstrip(" ").startswith("\n"):
        found = excerpt(found[: found.rfind("\n")], most_words, least_words) if "\n" in found else ""
    return found


def _within(text: str, most_words: int) -> list[Unit]:
    """The first units that have no more words than this together."""
    kept: list[Unit] = []
    words = 0
    for unit in units(text):
        words += len(text[unit.begin : unit.end].split())
        if words > most_words:
            break
        kept.append(unit)
    return kept


def _self_contained(text: str, kept: list[Unit]) -> list[Unit]:
    """The units up to one that speaks of what is not among them, without a last one that only leads on.

    What goes may have been what another needs, so that this is done until nothing changes.
    """
    has_table = any(unit.kind == "table" for unit in kept)
    standing = list(takewhile(lambda unit: not _shows_nothing(text, unit, has_table), kept))
    if standing and (_sends_elsewhere(text, standing[-1]) or _leads(text, standing[-1])):
        standing.pop()
    return standing


def is_whole(found: str, text: str) -> bool:
    """Whether the excerpt is the whole text."""
    return len(found) == len(text.rstrip())


def items(text: str) -> list[str]:
    """The list items of a text, without their marks."""
    return [_ITEM.sub("", text[u.begin : u.end]).strip() for u in units(text) if u.kind == "item"]


def plain_sentences(text: str) -> list[str]:
    """The sentences of a text that stand outside of lists and tables."""
    return [text[u.begin : u.end] for u in units(text) if u.kind == "sentence"]


def is_complete(sentence: str) -> bool:
    """Whether a text ends as a sentence, an item or a bracket does, rather than in the middle."""
    return bool(sentence) and (
        sentence.rstrip()[-1] in _MARKS or bool(_ITEM.match(sentence.rsplit("\n", 1)[-1]))
    )


def _sentence_units(line: str, begin: int) -> list[Unit]:
    found = []
    at = 0
    for sentence in sentences(line.strip()):
        at = line.index(sentence, at)
        kind = "title" if sentence == line.strip() and _is_title(sentence) else "sentence"
        found.append(Unit(begin + at, begin + at + len(sentence), kind))
        at += len(sentence)
    return found


def _is_title(line: str) -> bool:
    """Whether a short line ends without a sentence's mark, also within its last bracket."""
    ends_open = line[-1:].isalnum() or (line.endswith(")") and not _MARKED_BRACKET.search(line))
    return ends_open and len(line.split()) < 12


def _sends_elsewhere(text: str, unit: Unit) -> bool:
    return bool(_LINK.match(text, unit.begin, unit.end))


def _shows_nothing(text: str, unit: Unit, has_table: bool) -> bool:
    if _FIGURE.search(text, unit.begin, unit.end):
        return True
    return not has_table and bool(_TABLE_NAMED.search(text, unit.begin, unit.end))


def _leads(text: str, unit: Unit) -> bool:
    said = text[unit.begin : unit.end].rstrip()
    if _OPEN_END.search(said):
        return True
    if unit.kind == "title":
        return unit.end < len(text.rstrip()) or "\n" in text
    return said.endswith(":") or bool(_LOST_MARKS.search(said[-400:]))
