"""*no false alarm*: framing states the level that the source gives, in the country's words, and no higher one.

An emergency in the framing needs an emergency in the source about this; a British page's 111 and GP become neither 911
nor nothing, and one answer speaks of one country's services.
"""

from __future__ import annotations

import re

from medai_assets.sources.registry import sources_with
from medai_assets.verification.alignment import align
from medai_assets.verification.example import Evidence, Example, Finding, SourcePassage
from medai_assets.verification.framing import NUMBERS, level_of_frame
from medai_assets.verification.urgency import AT_ONCE, EMERGENCY, POISON, level_of

NAME = "no_false_alarm"
_OF_SECTION = {"care_emergency": "emergency", "care_urgent": "urgent", "care_non_urgent": "primary_care",
               "care_pharmacist": "self_care", "self_care": "self_care"}  # fmt: skip
_BRITISH = re.compile(r"\b999\b|\b111\b|\bA ?& ?E\b|\bNHS\b|\bGPs?\b|\bGP surgery\b")
_AMERICAN = re.compile(
    r"\b911\b|\b988\b|\bPoison (?:Control|Help)\b|\burgent care (?:clinic|center)\b", re.IGNORECASE
)
# "Call 911 if:" heads the signs of a card of its own, not the case that was asked about.
_OWN_WORDS = re.compile(r"\bif:?$|\bhas collapsed\b", re.IGNORECASE)
_NO_NEED = re.compile(r"ambulance is not needed", re.IGNORECASE)
_DOCTOR = re.compile(
    r"\b(?:doctor|GP|physician|provider|dentist|pharmacist|health|midwife|nurse|clinic)\b", re.IGNORECASE
)


def no_false_alarm(example: Example, evidence: Evidence) -> Finding | None:
    """Every level of care in the framing is one that the source gives for what follows it."""
    reason = _unsupported(example, evidence) or _two_countries(example, evidence)
    return Finding(NAME, reason) if reason else None


def _unsupported(example: Example, evidence: Evidence) -> str:
    there = {level for p in evidence.passages for level in _levels(p, evidence.document.source)}
    lines = [line for piece in example.framing for line in _statements(piece)]
    first = next(iter(lines), "")
    for line in lines:
        level = level_of_frame(line)
        if _NO_NEED.search(line):
            if "emergency" in there and not {"primary_care", "self_care", "urgent"} & there:
                return "it says that no ambulance is needed, and the source says emergency"
            continue
        if level and level not in there:
            return f"the framing says {level}, and the source does not: {line[:80]!r}"
        if level == "emergency" and not _OWN_WORDS.search(line) and not _is_of_emergency(example, evidence):
            return f"the source's emergency is about something else: {line[:80]!r}"
        if (
            level in ("primary_care", "self_care")
            and line == first
            and _is_of_emergency(example, evidence, of_words=True)
        ):
            return f"the source says emergency of this, and the framing {level}: {line[:80]!r}"
    return ""


_STATES_LEVELS = sources_with("states_levels")


def _statements(piece: str) -> list[str]:
    """A piece of framing by its lines, so that each level in it is judged."""
    return [line for line in piece.split("\n") if line.strip()]


def _is_of_emergency(example: Example, evidence: Evidence, of_words: bool = False) -> bool:
    """Whether the first words of the source in the answer stand in an emergency's section, card or sentence.

    Args:
        of_words: only their own sentence counts, and the section of an emergency's signs.
    """
    first = next((u.runs[-1] for u in align(example, evidence).units if u.runs), None)
    if first is None:
        return False
    passage = first.source.passage
    if of_words:
        return (
            passage.section == "care_emergency"
            or level_of(first.source.units[first.unit].text) == "emergency"
        )
    if passage.section in ("care_emergency", "overdose") or EMERGENCY.search(passage.heading):
        return True
    return passage.section not in _OF_SECTION or level_of(first.source.units[first.unit].text) == "emergency"


def _levels(passage: SourcePassage, source: str) -> set[str]:
    if "levels" not in passage.memo:
        passage.memo["levels"] = _levels_of(passage.section, f"{passage.heading}\n{passage.text}", source)
    found: set[str] = passage.memo["levels"]
    return found


def _levels_of(section: str, text: str, source: str) -> set[str]:
    found = {_OF_SECTION[section]} if section in _OF_SECTION else set()
    if found and section != "self_care" and source in _STATES_LEVELS:
        return found  # a card's level is the publisher's own, whatever else it mentions
    if EMERGENCY.search(text) or POISON.search(text):
        found.add("emergency")
    if AT_ONCE.search(text) and level_of(text) in ("urgent", "emergency"):
        found.add("urgent")
    if _DOCTOR.search(text):
        found.add("primary_care")
    return found


def _two_countries(example: Example, evidence: Evidence) -> str:
    """Services of one country in the framing and of another in the source's words."""
    framed = " ".join(example.framing)
    ours = any(number in framed for number in NUMBERS.get(example.country, ()))
    said = " ".join(u.unit.text for u in align(example, evidence).units)
    names_level = ours or any(level_of_frame(piece) in ("urgent", "emergency") for piece in example.framing)
    foreign = _BRITISH if example.country != "GB" else _AMERICAN
    found = foreign.search(said) if names_level else None
    return f"the framing is of {example.country} and the text speaks of {found[0]!r}" if found else ""
