"""*numbers sound*: a figure that has lost its dash, its point or its unit on the way is recognised, and is not taught.

Which figures a source gives is not known once they are damaged; that they are is seen from what they measure ("518
years", "29 hours" where a range would fit and the text has lost its dashes), from what stands around them, and from
holes where a figure or a sign was.
"""

from __future__ import annotations

import re

from medai_assets.verification.alignment import align
from medai_assets.verification.example import Evidence, Example, Finding, Source

NAME = "numbers_sound"
# Units, and the most that a plain statement about people gives in them.
_MOST = {
    "year": 120,
    "month": 72,
    "week": 104,
    "day": 400,
    "hour": 120,
    "minute": 240,
    "percent": 100,
    "%": 100,
    "time": 1000,
}
_MEASURED = re.compile(
    r"(?<![\d.,/-])(?P<figure>\d{2,})(?P<gap> ?)(?P<unit>years?|months?|weeks?|days?|hours?|minutes?|percent|%|times?)\b"
    r"|(?<![\d.,/-])(?P<share>\d{2,}) ?%",
    re.IGNORECASE,
)
_USUAL = frozenset(
    "10 12 14 15 16 18 20 21 24 25 28 30 36 40 45 48 50 60 65 70 72 75 80 90 95 99 100 120".split()
)
_REAL_DASH = re.compile(r"\d ?[–—-] ?\d")
_HOLES = re.compile(
    r"\(\s*(?:%|mg|mcg|mL|≥|<|>|to|-)\s*\)|\b(?:than|about|over|under|to|between|least|approximately) (?:mg|mcg|mL|percent"
    r"|%|years of age|degrees)\b"
    r"|\bof to\b|\bto to\b|\band %|(?<![\d,.])0\d+(?:\.\d+)? ?(?:mg|mL|g|mcg|%|percent|years?|hours?|days?)\b|\d\.\.\d"
    r"|\d,,\d|(?<!\d)\d+\.\d+\.\d+ ?(?:mg|%|mL)"
    r"|[×x] ?10 \d|\d [ckm]?m [23]\b"  # a power, a square or a cube that is raised no more
    r"|\b\d+(?:\.\d+)? (?:mg|mL|mcg) \d+(?:\.\d+)? (?:mg|mL|mcg)\b(?! tablets)|[<>≤≥] ?(?:[,;)]|\.(?!\d)|$)",
    re.IGNORECASE,
)
# "10 14 days": the dash between them is gone, and nobody can say whether it was one.
_TWO_FIGURES = re.compile(
    r"(?<![\d.,/-])\b\d{1,3} \d{1,4}(?= (?:years?|months?|weeks?|days?|hours?|minutes?|percent|mg|mL|mcg|inches|feet|cm|mm"
    r"|times|people|patients|cases)\b| ?%)",
    re.IGNORECASE,
)
_AGES = re.compile(
    r"\b(?:age[sd]?|aged|ages) (?P<figure>\d{3,})\b|\b(?P<year>\d{3,}) years? (?:old|of age)\b", re.IGNORECASE
)
_CHILD = re.compile(
    r"\b(?:children|child|infants?|adolescents?|teenagers?) (?:\w+ ){0,2}(?P<figure>\d{2,}) years\b",
    re.IGNORECASE,
)
_OLDEST_CHILD, _OLDEST = 21, 105
_TOO_EXACT = re.compile(r"\b\d+\.\d{3,} ?(?:hours?|days?|weeks?|years?|percent)\b|\b[1-9]\d*\.[1-9]\d{2,} ?%")
_MORE_THAN_WHOLE = re.compile(
    r"\b(?:increas\w*|rise|rose|rais\w*|grow\w*|higher|more|greater|fold|bioavailab\w+|of (?:the )?(?:normal|baseline|control))\b",
    re.I,
)


def numbers_sound(example: Example, evidence: Evidence) -> Finding | None:
    """No figure of the answer shows that it was damaged."""
    for laid in align(example, evidence).units:
        reason = damaged(laid.unit.text, evidence.document, laid.unit.kind == "row")
        if reason:
            return Finding(NAME, reason)
    return None


def damaged(sentence: str, document: Source, is_row: bool = False) -> str:
    """Which figure of a sentence or a table's row is damaged and why; "" for none. A row may have empty cells."""
    hole = None if is_row else _HOLES.search(sentence)
    if hole:
        return f"a figure or a sign is lost: {sentence[max(0, hole.start() - 30) : hole.end() + 10]!r}"
    two = None if is_row else _TWO_FIGURES.search(sentence)
    if two:
        return f"two figures without a sign between them: {two[0]!r}"
    child = _CHILD.search(sentence)
    if child and int(child["figure"]) > _OLDEST_CHILD:
        return f"no child's age: {child[0]!r}"
    exact = _TOO_EXACT.search(sentence)
    if exact:
        return f"two figures in one: {exact[0]!r}"
    age = _AGES.search(sentence)
    if age and int(age["figure"] or age["year"]) > _OLDEST:
        return f"no age: {age[0]!r}"
    for match in _MEASURED.finditer(sentence):
        figure, unit = match["figure"] or match["share"], (match["unit"] or "%").lower().rstrip("s")
        reason = _implausible(figure, unit, sentence) or _run_together(figure, unit, document)
        if reason:
            return f"{reason}: {match[0]!r} in {sentence[:120]!r}"
    return ""


def _implausible(figure: str, unit: str, sentence: str) -> str:
    if unit in ("year", "month", "week", "day", "time") and not _splits(figure):
        return ""
    most = _MOST.get(unit, 0)
    if unit in ("percent", "%") and _MORE_THAN_WHOLE.search(sentence):
        return ""
    return "more than there can be" if most and int(figure) > most else ""


def _run_together(figure: str, unit: str, document: Source) -> str:
    """Two figures of a range, their dash lost: the same range stands in the document, or the text has lost its dashes."""
    if figure in _USUAL and not (loses_dashes(document) and _is_neighbours(figure)):
        return ""
    for low, high in _splits(figure):
        if re.search(rf"\b{low} ?(?:to|–|—|-|or) ?{high} ?{re.escape(unit)}", document.text, re.IGNORECASE):
            return f"the document says {low} to {high}"
    if loses_dashes(document) and _splits(figure) and unit != "time":
        return "a text that has lost its dashes may mean a range"
    return ""


def _is_neighbours(figure: str) -> bool:
    """Whether a figure reads as a range of two neighbours, the usual one: 12 days of bed rest that were 1 to 2."""
    return any(int(high) == int(low) + 1 for low, high in _splits(figure))


def _splits(figure: str) -> list[tuple[str, str]]:
    """The ways in which a figure reads as two that rise: 518 as 5 and 18."""
    found = []
    for cut in range(1, len(figure)):
        low, high = figure[:cut], figure[cut:]
        if low[0] != "0" and high[0] != "0" and int(low) < int(high) <= 20 * int(low) + 20:
            found.append((low, high))
    return found


def loses_dashes(document: Source) -> bool:
    """Whether a collection is known to lose dashes within figures, and this text has none."""
    if "loses_dashes" not in document.memo:
        document.memo["loses_dashes"] = document.has("frozen_copy") and not _REAL_DASH.search(document.text)
    found: bool = document.memo["loses_dashes"]
    return found
