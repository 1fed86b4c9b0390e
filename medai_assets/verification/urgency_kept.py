"""*urgency kept*: where the document says emergency, at once or poison about what is asked, the answer carries it.

An answer may not be calmer than its source. One that lists alarm signs carries a level that the source gives; where the
source gives none, there is no such answer.
"""

from __future__ import annotations

import re

from medai_assets.verification.alignment import align
from medai_assets.verification.example import Evidence, Example, Finding, SourcePassage
from medai_assets.verification.framing import level_of_frame
from medai_assets.verification.page_section import titles_asked
from medai_assets.verification.structure import units
from medai_assets.verification.urgency import ALARM, LEVELS, OF_CARE, TOO_MUCH, highest, level_of

NAME = "urgency_kept"
_FRAMES = {"emergency": "emergency", "urgent": "urgent", "primary_care": "routine", "self_care": ""}
_ASKS_SIGNS = re.compile(
    r"\b(?:symptoms?|signs?|notice|what could (?:this|it) be|what might be behind|complications?|treat(?:ed|ments?)?|managed?"
    r"|what (?:is|are|causes)|causes?|tell me about|describe|(?:explain|understand|know|tell me|asked me) what)\b",
    re.I,
)
_ON_SIGNS = re.compile(r"\b(?:symptoms?|signs?)\b", re.IGNORECASE)
_TOLD = re.compile(r"\bwhat (?:could (?:this|it) be|might be behind)", re.IGNORECASE)


def urgency_kept(example: Example, evidence: Evidence) -> Finding | None:
    """The answer is as urgent as its source."""
    if "states_level" in example.traits:
        reason = _calmer(example, evidence, evidence.passages) or _poisoning(example, evidence)
    else:
        reason = _calmer(example, evidence, _scope(example, evidence)) or _bare_alarm(example, evidence)
    return Finding(NAME, reason) if reason else None


def carried(example: Example, evidence: Evidence) -> str:
    """The highest level that the answer carries, in the source's words or in framing that stands for the source's level."""
    levels = [_FRAMES[level] for piece in example.framing if (level := level_of_frame(piece))]
    for laid in align(example, evidence).units:
        levels.append(level_of(laid.unit.text))
        levels += [
            OF_CARE[run.source.passage.section] for run in laid.runs if run.source.passage.section in OF_CARE
        ]
    return highest(levels)


def _scope(example: Example, evidence: Evidence) -> tuple[SourcePassage, ...]:
    """The passages whose urgency concerns the question: the named ones with the rest of their sections, and for a question
    about a condition, its signs, causes or treatment every part of the document on signs and care."""
    named = {(p.section, p.heading) for p in evidence.passages}
    beside = _cards_below(evidence)
    titles = titles_asked(example) if evidence.document.has("page") else ()
    asks = all(map(_ON_SIGNS.search, titles)) if titles else _ASKS_SIGNS.search(example.prompt)
    about_signs = "about_signs" in example.traits or bool(asks)
    return tuple(
        p
        for p in evidence.document.passages
        if p in evidence.passages
        or ((p.section, p.heading) in named and "part" in p.attributes)
        or p in beside
        or (
            about_signs
            and not evidence.document.has("label")
            and (p.section in OF_CARE or p.section == "symptoms")
        )
    )


def _cards_below(evidence: Evidence) -> list[SourcePassage]:
    """Care cards that stand right below a named passage, under the same heading of the page."""
    every = evidence.document.passages
    found = []
    for place, passage in enumerate(every):
        if passage in evidence.passages:
            under = {passage.heading, passage.attributes.get("context")} - {"", None}
            for card in every[place + 1 :]:
                if card.section not in OF_CARE or card.attributes.get("context") not in under:
                    break
                found.append(card)
    return found


def _calmer(example: Example, evidence: Evidence, passages: tuple[SourcePassage, ...]) -> str:
    has = carried(example, evidence)
    for passage in passages:
        said = urgent_sentences(passage)
        if said and LEVELS.index(said[0][0]) > LEVELS.index(has):
            return f"the source says, and the answer does not: {said[0][1][:160]!r}"
    return ""


def urgent_sentences(passage: SourcePassage) -> list[tuple[str, str]]:
    """(level, sentence) of a passage's urgent and emergency sentences, the highest first; a care card's level is its own."""
    if "urgent" not in passage.memo:
        card = OF_CARE.get(passage.section, "")
        said = [
            u.text for u in units(passage.text) if not (card and u.kind == "item")
        ]  # a card's items are cases of its level
        found = [(level, text) for text in said if (level := level_of(text)) in ("urgent", "emergency")]
        if card in ("urgent", "emergency") and passage.text:
            found.append((card, f"{passage.heading}: {passage.text}"))
        passage.memo["urgent"] = sorted(found, key=lambda f: -LEVELS.index(f[0]))
    urgent: list[tuple[str, str]] = passage.memo["urgent"]
    return urgent


def _poisoning(example: Example, evidence: Evidence) -> str:
    """Too much of a medicine waits for no appointment, whatever card it stands on."""
    overdose = TOO_MUCH.search(example.prompt)
    first = next((u.runs[0].source.passage.section for u in align(example, evidence).units if u.runs), "")
    level = OF_CARE.get(first, carried(example, evidence))  # what comes first is what is done
    if overdose and level != "emergency":
        return f"an overdose that is not sent for help at once: {overdose[0]!r}"
    return ""


def _bare_alarm(example: Example, evidence: Evidence) -> str:
    """Alarm signs without a level; a prescriber's list of reactions is no advice on signs."""
    of_a_condition = "asks_for_facts" in example.traits and "about_medicine" not in example.traits
    asks_signs = of_a_condition and re.search(r"\bsymptoms?\b|\bsigns?\b", example.prompt, re.I)
    if not (asks_signs or "about_signs" in example.traits):
        return ""
    level = carried(example, evidence)
    complaint = _TOLD.search(example.prompt)
    if complaint and not level:
        return f"somebody tells of a complaint ({complaint[0]!r}), and the answer sends nobody anywhere"
    sign = ALARM.search(example.completion)
    if sign and LEVELS.index(level) < LEVELS.index("urgent"):
        return f"it names {sign[0]!r} and says nothing of how urgent that is"
    return ""
