"""Long texts cut into passages at sentence and paragraph ends; tables stay whole.

What belongs here: where a sentence ends in medical English, and how sentences are packed. A sentence and a table
are never cut: one that is longer than the limit becomes a passage of its own; a list's number stays with its item.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil

MOST_WORDS = 350  # about 460 tokens of a 32k-word vocabulary: two fit a 1,024-token example with its question

_SHORT_REST = 0.2  # of the limit: what is left over and shorter joins the passage before it
# Looked for from the first of several marks only: "???…" would take the square.
_END = re.compile(
    r"(?<![.!?…])(?P<mark>[.!?…]+)(?P<close>[\"'”’)\]]*)(?P<gap>\s+)(?=[\"'“‘(\[]?(?:[α-ω]-)?[A-Z0-9À-ÞΑ-Ω])"
)
# Abbreviations after which a capital or a figure often follows within the sentence.
_ABBREVIATIONS = frozenset({
    "e.g", "i.e", "etc", "vs", "viz", "cf", "ca", "approx", "resp", "dr", "drs", "mr", "mrs", "ms", "prof", "st", "sr", "jr",
    "fig", "figs", "tab", "eq", "eqs", "ref", "refs", "no", "nos", "vol", "pp", "p", "ed", "eds", "al", "spp", "sp", "subsp",
    "var", "inc", "ltd", "co", "corp", "dept", "univ", "i.v", "i.m", "s.c", "p.o", "b.i.d", "t.i.d", "q.i.d", "q.d", "q.h",
    "h.s", "p.r.n", "a.m", "p.m", "u.s", "u.k", "max", "min", "mol", "wt", "temp", "avg", "sec", "hr", "hrs", "wk", "wks",
    "mo", "mos", "yr", "yrs", "incl", "excl", "est", "tel", "ext", "mg", "ml", "kg",
})  # fmt: skip
_MAY_END = frozenset({
    "etc", "al", "a.m", "p.m", "inc", "ltd", "co", "corp", "b.i.d", "t.i.d", "q.i.d", "p.o", "i.v", "i.m", "s.c", "mg", "ml",
    "kg", "hr", "hrs", "yr", "yrs", "mo", "mos", "wk", "wks", "min", "sec", "no",
})  # fmt: skip
# Before a single capital letter that is the name of a thing, not somebody's initial: "hepatitis B. Patients ..."
_LETTERED = frozenset({
    "vitamin", "vitamins", "hepatitis", "type", "group", "class", "grade", "stage", "part", "factor", "protein", "arm",
    "table", "appendix", "influenza", "category", "immunoglobulin", "phase", "panel", "schedule", "strain", "subtype",
    "cyclosporin", "amphotericin", "coenzyme", "and", "or",
})  # fmt: skip
# Characters before a full stop: longer is no word, and looking for its beginning takes the square.
_LOOKED_BACK = 200
_ITEM_NUMBER = re.compile(r"[(\[]?\d{1,2}")  # "1. Wash your hands.": a list's number is no sentence
_LAST_WORD = re.compile(r"([^\s(\[\"“]+)$")


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is never cut, with the white space that stands before it."""

    text: str
    words: int
    before: str
    keep_with_next: bool


def sentences(text: str) -> list[str]:
    """Sentences of one paragraph; joined by single spaces they are the paragraph again."""
    found: list[str] = []
    begin = 0
    for match in _END.finditer(text):
        if match["mark"] == "." and (
            _ITEM_NUMBER.fullmatch(text, begin, match.start())
            or not _ends(
                text[max(begin, match.start() - _LOOKED_BACK) : match.start()],
                text[match.end() : match.end() + 12],
            )
        ):
            continue
        found.append(text[begin : match.end("close")])
        begin = match.end()
    found.append(text[begin:])
    return [s for s in found if s]


def split_text(text: str, most_words: int = MOST_WORDS) -> list[str]:
    """Passages of at most ``most_words`` words (a tenth more where a short rest would be left), in order.

    Nothing is lost: all units of the text are in the passages, each once.
    """
    total = len(text.split())
    if total <= most_words:
        return [text]
    target = total / ceil(total / most_words)
    passages: list[list[_Unit]] = []
    held: list[_Unit] = []
    size = firm = 0  # words of what is held, and how many units of it lead to nothing
    for unit in _units(text):
        full = size + unit.words > most_words
        due = (
            unit.before == "\n\n" and size >= 0.8 * target and not held[-1].keep_with_next if held else False
        )
        if held and (full or due or size >= target * 1.02) and firm:
            carried = _trailing_leads(held)
            passages.append(held[: len(held) - len(carried)])
            held, size, firm = carried, _size(carried), 0
        held.append(unit)
        size, firm = size + unit.words, firm + (not unit.keep_with_next)
    if (
        passages
        and _size(held) < _SHORT_REST * most_words
        and _size(passages[-1]) + _size(held) <= 1.1 * most_words
    ):
        passages[-1] += held
    else:
        passages.append(held)
    return [_joined(units) for units in passages]


def _ends(before: str, after: str) -> bool:
    """Whether the full stop between the two texts ends a sentence."""
    last = _LAST_WORD.search(before)
    word = last[1] if last else ""
    if len(word) == 1 and word.isupper():
        previous = before[: -len(word)].split()[-1:]
        if not previous:
            return False
        lettered = previous[0].lower().strip("(,") in _LETTERED or previous[0][-1:].isdigit()
        initial = previous[0][0].isupper() or previous[0].endswith(".")
        return lettered or not initial
    key = word.lower().rstrip(".")
    if key not in _ABBREVIATIONS:
        return True
    return key in _MAY_END and not after[:1].isdigit() and not after.startswith("(")


def _units(text: str) -> list[_Unit]:
    units: list[_Unit] = []
    for block in text.split("\n\n"):
        gap = "\n\n"
        for piece, is_table in _pieces(block.split("\n")):
            parts = [piece] if is_table else sentences(piece)
            for number, part in enumerate(parts):
                # A caption, a heading or a lead-in belongs to what follows it.
                leads = not is_table and number == len(parts) - 1 and (part.endswith(":") or _is_title(part))
                units.append(_Unit(part, len(part.split()), gap if number == 0 else " ", leads))
            gap = "\n"
    return units


def _pieces(lines: list[str]) -> list[tuple[str, bool]]:
    """Lines, with the rows of a table and its caption as one piece."""
    pieces: list[tuple[list[str], bool]] = []
    # Then a row may be one cell, such as a sub-heading or a footnote.
    is_table = sum(" | " in line for line in lines) >= max(2, len(lines) // 4)
    for line in lines:
        row = " | " in line or line.startswith("| ")
        if (pieces and pieces[-1][1] and (row or (is_table and not line.startswith("- ")))) or (
            row and pieces and not pieces[-1][1] and len(pieces) == 1
        ):
            pieces[-1][0].append(line)
            pieces[-1] = (pieces[-1][0], True)
        else:
            pieces.append(([line], row))
    return [("\n".join(joined), is_rows) for joined, is_rows in pieces]


def _is_title(line: str) -> bool:
    return len(line) < 80 and line[-1:].isalnum() and line[:1].isupper() and len(line.split()) < 12


def _size(units: list[_Unit]) -> int:
    return sum(unit.words for unit in units)


def _trailing_leads(units: list[_Unit]) -> list[_Unit]:
    kept = len(units)
    while kept > 1 and units[kept - 1].keep_with_next:
        kept -= 1
    return units[kept:]


def _joined(units: list[_Unit]) -> str:
    return "".join((u.before if number else "") + u.text for number, u in enumerate(units))
