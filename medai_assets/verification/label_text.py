"""What shows that a label's section was cut, damaged or repeated, beyond what shows in any text; for whole and conditions_kept.

A label has no paragraphs to cut at: an answer gives a section from its beginning, sentence after sentence, and a list of
whom not to treat to its end. What belongs here: signs of labels alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection

from medai_assets.verification.alignment import Alignment, Text
from medai_assets.verification.structure import tokens
from medai_assets.verification.urgency import AT_ONCE, EMERGENCY

# Sections that are lists of whom or what to leave out: half of one is dangerous.
_TO_THE_END = frozenset({"contraindications", "do_not_use", "ask_doctor", "stop_use"})
_FREE = frozenset({"storage"})  # begins where storage does
_LIST_IN_LINE = re.compile(
    r"\b(?:if you(?: have| are)?|you have|who|the following|any of these)\s*:\s+(?=[a-z])(?!\S+ only\b)"
    r"|\bas follows:\s+(?=[a-z])",
    re.IGNORECASE,
)
_BULLET_IN_LINE = re.compile(r"(?<=\S)\s*[•●▪■◦‣]")
_CAPITALS_IN_LIST = re.compile(r": [A-Z][a-z][^.:]*, [A-Z][a-z]+ (?:with|who|of|to|in)\b")
_GLUED_TITLE = re.compile(
    r"^(?P<title>[A-Z][a-z-]+(?:(?: (?:[A-Z][a-z-]+|of|in|and|the|for|to|or|with|on|During))*?(?: [A-Z][a-z-]+))?) "
    r"(?P<start>[A-Z][A-Za-z]+) (?P<next>[a-z]+)"
)
_CAPS_TITLE = re.compile(
    r"^(?P<title>[A-Z]{4,}(?: (?:[A-Z]+|&))+):? [A-Z][a-z]"
    r"|^(?:WARNINGS?|PRECAUTIONS|OVERDOSAGE|INDICATIONS|CONTRAINDICATIONS|DESCRIPTION|DOSAGE|INTERACTIONS) [A-Z][a-z]"
)
_OF_CATEGORY = re.compile(r"(?:^|\bPregnancy )(?i:category) [ABCDX] [A-Z][a-z]")
_AUXILIARIES = frozenset("is are was were may can should has have had will must does do did not".split())
_FORMS = frozenset(
    "tablets tablet capsules capsule injection solution suspension cream ointment gel patch lotion powder syrup therapy "
    "treatment patients inhibitors".split()
)


# What a pointer that was cut off leaves: "For storage of the reconstituted solution."
_NO_SENTENCE = re.compile(
    r"For (?:the )?(?:\w+ ){0,2}(?:storage|information|details|instructions|use) (?:of|on|about) [^,.;:()]+\.$"
)
# Behind a bracket or a temperature the next instruction begins without a stop.
_INSTRUCTION = re.compile(
    r"[)°FC] (?:Dispense|Store|Protect|Keep|Do not|Discard|Avoid|Retain|Refrigerate|Shake)\b"
)
# "1.Known hypersensitivity 2.Diabetic ketoacidosis"
_NUMBER_GLUED = re.compile(r"(?<![\d.])\d{1,2}\.[A-Z][a-z]")
_REFERENCE = re.compile(
    r"\((?=[^()]*\d\.\d)\s*\d{1,2}(?:\.\d{1,2})?(?:\s*(?:,|;|and|or)\s*\d{1,2}(?:\.\d{1,2})?)*\s*\)"
)
_ENDS_SMALL = re.compile(
    r"\b(?:of|the|if|with|for|and|or|in|to|by|from|a|an|on|at|than|not)\W*$", re.IGNORECASE
)


def cut_heading(laid: Alignment, names: tuple[str, ...]) -> str:
    """A heading that ends within a phrase or a name, whose rest the text begins with; "" where there is none."""
    called = {" ".join(tokens(name)) for name in names}
    for unit in laid.units:
        for run in unit.runs:
            if not run.source.is_heading:
                continue
            heading, text = run.source.passage.heading, run.source.passage.text
            if _ENDS_SMALL.search(heading):
                return heading
            joint = " ".join([*tokens(heading)[-1:], *tokens(text)[:1]])
            if any(f" {joint} " in f" {name} " for name in called):
                return f"{heading}: {text[:20]}"
    return ""


def left_out(laid: Alignment) -> str:
    """A sentence that stands between two that are used, before the first, or after the last of exclusions."""
    used: dict[int, set[int]] = defaultdict(set)
    texts: dict[int, Text] = {}
    for unit in laid.units:
        for run in unit.runs:
            if not run.source.is_heading:
                texts[id(run.source)] = run.source
                used[id(run.source)].update(range(run.unit, run.last_unit + 1))
    for key, text in texts.items():
        gap = _gap(text, used[key])
        if gap:
            return gap
    return ""


def _gap(text: Text, used: set[int]) -> str:
    section, part = text.passage.section, int(text.passage.attributes.get("part", 1))
    first = min(used) if section in _FREE or part > 1 else 0
    between = [n for n in range(first, max(used)) if n not in used and tokens(text.units[n].text)]
    after = [n for n in range(max(used) + 1, len(text.units)) if tokens(text.units[n].text)]
    urgent = [n for n in after if AT_ONCE.search(text.units[n].text) or EMERGENCY.search(text.units[n].text)]
    lost = between or (after if section in _TO_THE_END else urgent)
    return f"the section also says: {text.units[lost[0]].text[:120]!r}" if lost else ""


def partly_used(laid: Alignment) -> str:
    """A unit that is not a whole one of the section's."""
    for unit in laid.units:
        for run in unit.runs:
            if not run.source.is_heading and not unit.framed and not (run.begins_unit and run.ends_unit):
                return f"the label's sentence is longer: {run.source.units[run.unit].text[:120]!r}"
    return ""


def damaged_line(
    said: str, known: Collection[str], lower: Collection[str], names: Collection[str] = ()
) -> str:
    """What stands in one unit and is two, "" for none: a list that lost its marks, a heading before a sentence."""
    signs = (_REFERENCE, _INSTRUCTION, _NUMBER_GLUED)
    damaged = next((m for sign in signs if (m := sign.search(said))), None) or _NO_SENTENCE.match(said)
    if damaged:
        return damaged[0]
    listed = next(
        (m for p in (_LIST_IN_LINE, _BULLET_IN_LINE, _CAPITALS_IN_LIST) if (m := p.search(said))), None
    )
    if listed:
        return said[listed.start() : listed.end() + 40]
    caps = _CAPS_TITLE.match(said)
    if caps and not any(w.lower() in known for w in (caps["title"] or "").split()):
        return caps[0]
    glued = _OF_CATEGORY.search(said) or _GLUED_TITLE.match(said)
    if (
        glued
        and glued.re is _GLUED_TITLE
        and {*glued["title"].lower().split(), glued["start"].lower()} <= set(names)
    ):
        return ""  # the product's name
    return glued[0] if glued and (glued.re is _OF_CATEGORY or _is_title(glued, known, lower)) else ""


def _is_title(glued: re.Match[str], known: Collection[str], lower: Collection[str]) -> bool:
    """Whether the capitals are a heading of common words, and what follows begins a sentence."""
    titled = [w for w in glued["title"].split() if w[:1].isupper()]
    plain = all(w.lower() in lower for w in titled[1:] or titled) and not any(
        w.lower() in known for w in titled
    )
    start, following = glued["start"].lower(), glued["next"]
    if not plain or start in _FORMS:
        return False
    if start in known:
        return following in _AUXILIARIES
    return glued["start"][1:].islower() and (following not in _AUXILIARIES or start in lower)
