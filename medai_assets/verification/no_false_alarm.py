"""*no false alarm*: framing states the level that the source gives, in the publisher's own words, and no higher one.

An emergency in the framing needs an emergency in the source about this. Where a page names whom to turn to, framing names
nobody else: "go to A&E" is no 999, a GP by phone is no appointment, and a British page's services are said to be British. A sign
that the page names at two levels is told at neither.
That something is no emergency stands in no source, and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medai_assets.sources.registry import SOURCES, sources_with
from medai_assets.verification.alignment import align
from medai_assets.verification.example import Evidence, Example, Finding, SourcePassage
from medai_assets.verification.framing import COUNTRIES, NUMBERS, level_of_frame
from medai_assets.verification.page_section import titles_asked
from medai_assets.verification.signs_told import told_at_two_levels
from medai_assets.verification.urgency import AT_ONCE, EMERGENCY, POISON, level_of

NAME = "no_false_alarm"
_OF_SECTION = {"care_emergency": "emergency", "care_urgent": "urgent", "care_non_urgent": "primary_care",
               "care_pharmacist": "self_care", "self_care": "self_care"}  # fmt: skip
# Lists of a package in which each sentence has a level of its own.
_BY_SENTENCE = frozenset({"stop_use", "ask_doctor"})
_BRITISH = re.compile(r"\b999\b|\b111\b|\bA ?& ?E\b|\bNHS\b|\bGPs?\b|\bGP surgery\b")
_AMERICAN = re.compile(
    r"\b911\b|\b988\b|\bPoison (?:Control|Help)\b|\burgent care (?:clinic|center)\b", re.IGNORECASE
)
# "Call 911 if:" heads the signs of a card of its own, not the case that was asked about.
_OWN_WORDS = re.compile(r"\bif:?$|\bhas collapsed\b", re.IGNORECASE)
_NO_NEED = re.compile(
    r"\b(?:ambulance|emergency|999|911|A&E|doctor|GP)\b[^.]{0,40}(?:\bnot|n['’]t) (?:be )?(?:needed|necessary|an emergency)"
    r"|(?:\bnot|n['’]t) need (?:an?|the|to)\b"
    r"|\b(?:not|no|isn't) (?:an? )?(?:emergency|need)\b[^.]{0,40}\b(?:ambulance|999|911|by itself|this)?",
    re.IGNORECASE,
)
# Whom to turn to, how and when: of a page these are the publisher's words.
_SERVICE = re.compile(
    r"\b(?:\d{3}|ambulance|A ?& ?E|emergency (?:department|room)|appointment|GP|doctor|pharmacist|clinic|health professional"
    r"|same day|today|right away|at once|immediately|at home)\b",
    re.IGNORECASE,
)
_OF_CARE = frozenset({"states_level", "about_signs", "about_medicine"})
_DOCTOR = re.compile(
    r"\b(?:doctor|GP|physician|provider|dentist|pharmacist|health|midwife|nurse|clinic)\b", re.IGNORECASE
)


def no_false_alarm(example: Example, evidence: Evidence) -> Finding | None:
    """Every level of care in the framing is one that the source gives for what follows it."""
    if evidence.document.has("page") and example.traits & _OF_CARE:
        reason = (
            _denied(example)
            or _not_the_publishers(example, evidence)
            or _elsewhere(example, evidence)
            or told_at_two_levels(example, evidence)
        )
    else:
        reason = (
            _denied(example)
            or _unsupported(example, evidence)
            or _two_countries(example, evidence)
            or _not_said_whose(example, evidence)
        )
    return Finding(NAME, reason) if reason else None


def _denied(example: Example) -> str:
    """Framing that calls something harmless."""
    found = next((m for piece in example.framing if (m := _NO_NEED.search(piece))), None)
    return f"no source says that: {found[0]!r}" if found else ""


def _not_the_publishers(example: Example, evidence: Evidence) -> str:
    """A level that is not that of the card below it, or a service that framing names instead of the page."""
    first = next((u.runs[0].source.passage for u in align(example, evidence).units if u.runs), None)
    for number, piece in enumerate(example.framing):
        level = level_of_frame(piece)
        if level and (number or first is None or _OF_SECTION.get(first.section) != level):
            return f"the framing says {level}, and the card does not: {piece[:80]!r}"
        named = _SERVICE.search(
            piece.replace(example.subject or "\0", "").replace(evidence.document.title, "")
        )
        if named:
            return f"the framing sends people somewhere in words of its own: {named[0]!r}"
    return ""


def _elsewhere(example: Example, evidence: Evidence) -> str:
    """Another country's services without a word on whose they are, or said to be a third country's."""
    place = SOURCES[evidence.document.source].country
    framed = " ".join(example.framing)
    wrong = next((n for c, n in COUNTRIES.items() if c != place and n in framed), "")
    if wrong:
        return f"the publisher is not of the {wrong}"
    foreign = _BRITISH if place == "GB" else _AMERICAN
    found = foreign.search(example.completion) if place != example.country else None
    if found and COUNTRIES.get(place, "") not in framed and not _asks_the_publisher(example, evidence):
        return f"it speaks of {found[0]!r} and does not say in which country"
    return ""


def _asks_the_publisher(example: Example, evidence: Evidence) -> bool:
    """Whether the question itself says whose page it wants read."""
    publisher = SOURCES[evidence.document.source].publisher.partition(" ")[0]
    return evidence.document.has("page") and publisher in example.prompt and bool(titles_asked(example))


def _unsupported(example: Example, evidence: Evidence) -> str:
    there = {level for p in evidence.passages for level in _levels(p, evidence.document.source)}
    lines = [line for piece in example.framing for line in _statements(piece)]
    first = next(iter(lines), "")
    for line in lines:
        level = level_of_frame(line)
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
    by_its_words = passage.section in _OF_SECTION or passage.section in _BY_SENTENCE
    return not by_its_words or level_of(first.source.units[first.unit].text) == "emergency"


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
    found = next(_foreign(said, example.country), None) if names_level else None
    return f"the framing is of {example.country} and the text speaks of {found[0]!r}" if found else ""


def _not_said_whose(example: Example, evidence: Evidence) -> str:
    """Services that the reader's country does not have, without a word on the publisher's country.

    Of a source without a country only numbers count: a study of 111 patients in NHS hospitals names no service.
    """
    place = SOURCES[evidence.document.source].country
    if COUNTRIES.get(place, "\0") in " ".join(example.framing) or evidence.document.has("citation"):
        return ""
    if _asks_the_publisher(example, evidence):
        return ""
    met = _foreign(example.completion, example.country)
    found = next((m for m in met if place or m[0] in ("911", "988", "999")), None)
    return f"it speaks of {found[0]!r} and does not say in which country" if found else ""


def _foreign(text: str, country: str) -> Iterator[re.Match[str]]:
    """Services of the text that the country does not have under that name."""
    for place, pattern in (("GB", _BRITISH), ("US", _AMERICAN)):
        own = NUMBERS.get(country, set())
        yield from (m for m in pattern.finditer(text) if place != country and m[0] not in own)
