"""What the answers to other questions about an illness add to an answer: dangers, harm by its treatment, doubts about its
cause, whom to see when.

Collections of questions tell of one illness in pieces. The outlook "depends on the severity", and the definition says that most
children die; the treatment is named, and only the outlook tells that the drug loses its effect.
"""

from __future__ import annotations

import re

from medai_assets.verification.example import Evidence, Example, SourcePassage
from medai_assets.verification.structure import units

_DEATH = re.compile(
    r"\b(?:die[sd]?|dying|(?<!cell )(?<!tissue )deaths?(?! of (?:the |brain |nerve |tissue|cells?|\w+ cells))|deadly|fatal\w*"
    r"|lethal|life-threatening|stillborn|surviv(?:es?|al|ing)|mortality|life (?:span|expectancy))\b",
    re.IGNORECASE,
)
_HASTE = (
    r"emergenc(?:y|ies)|immediate(?:ly)?|right away|at once|how (?:quickly|soon)|without delay|promptly|911"
)
_ALARM = re.compile(
    rf"{_DEATH.pattern}|\b(?:{_HASTE}"
    r"|cardiac arrest|coma|hospitali[sz]\w+|in the hospital|dialysis|if (?:left )?untreated|severe reactions?"
    r"|side effects from)\b",
    re.IGNORECASE,
)
_IN_HASTE = re.compile(rf"\b(?:{_HASTE}|(?:as )?soon|prompt)\b", re.IGNORECASE)
_TREATED = r"(?:[\w-]+ ){0,3}(?:treatments?|therap\w+|surger\w+|drugs?|medic\w+|steroids?)"
_HARM = re.compile(
    r"\b(?:side effects?|adverse (?:reactions?|effects?|events?)|toxicity|tolerance"
    r"|reactions? to an[ae]*sthe\w+|malignant hyperthermia"
    rf"|complications? (?:of|from|due to|resulting from|caused by) {_TREATED})\b",
    re.IGNORECASE,
)
_HARM_TOLD = re.compile(rf"{_HARM.pattern}|\b(?:risks?|complications?)\b", re.IGNORECASE)
_NOT_INHERITED = re.compile(
    r"\b(?:non-?genetic|acquired (?:form|type)|not inherited|sporadic|caus[^.]*\b(?:is|are) (?:often |usually )?unknown)\b",
    re.IGNORECASE,
)
_NOT_INHERITED_TOLD = re.compile(
    r"\b(?:not (?:inherited|known)|sporadic\w*|acquired|non-?genetic|unknown|unclear)\b", re.IGNORECASE
)
_DOUBT = re.compile(
    r"\b(?:unknown|not (?:known|understood|clear|fully)|unclear|most (?:cases|people|often)|usually|typically"
    r"|some (?:cases|people|families)|(?:may|can|might|could) (?:be|also|cause|result)|often|many|likely|appears?|thought"
    r"|believed)\b",
    re.IGNORECASE,
)
_OTHER_CAUSE = re.compile(
    r"\b(?:causes?|etiology)\b[^.]*\b(?:unknown|not (?:known|understood|clear))\b|\b(?:unknown|not known|unclear)\b[^.]*\bcaus"
    r"|\b(?:most|some|a few|rare|many) (?:cases|people|families)\b[^.]*\bcaused\b|\btypically caused\b",
    re.IGNORECASE,
)
_WHOM_TO_SEE = re.compile(
    r"^(?!.*\bat risk\b).*\b(?:call|see|contact|consult|talk (?:with|to)|tell|visit|go to)\b[^.]*"
    r"\b(?:doctors?|providers?|911|emergency room)\b[^.]*\b(?:if|when|right away|immediately|at once)\b"
    r"|\bseek (?:\w+ )?(?:medical|emergency)\b|\bmedical (?:help|attention|care)\b",
    re.IGNORECASE,
)
# An overview that says flatly what the cause is, where the cause is only the usual one.
_USUAL_CAUSE = re.compile(
    r"\b(?:usually|typically|rarely|most often)\b[^.]*\b(?:caus\w+|results? from|random|errors?|mutations?)\b",
    re.IGNORECASE,
)
_NO_FLAT_CAUSE = re.compile(
    r"\A(?!.*\b(?:is|are) (?:caused by|due to|the result of)\b)|\b(?:usually|typically|rarely|most|some|often|may be|unknown)\b",
    re.IGNORECASE | re.DOTALL,
)
_CAUSE_KNOWN = re.compile(
    r"\binherited in an? \w|\b(?:is|are) caused by (?:mutations|changes)\b", re.IGNORECASE
)
_NOT_ONLY_UNKNOWN = re.compile(
    r"\A(?!(?:[^.]*\b(?:unknown|not (?:\w+ )?(?:known|understood))\b[^.]*\.\s*)\Z)", re.IGNORECASE
)
# The sections that answer; what another section says of it; the words by which the answer tells of it too.
_ADDS = (
    (("overview", "complications", "answer"), _ALARM, _ALARM),
    (("outlook",), _DEATH, _DEATH),
    (("treatment",), _HARM, _HARM_TOLD),
    (("treatment", "symptoms"), _IN_HASTE, _IN_HASTE),
    (("overview",), _USUAL_CAUSE, _NO_FLAT_CAUSE),
    (("causes",), _OTHER_CAUSE, _DOUBT),
    (("causes",), _CAUSE_KNOWN, _NOT_ONLY_UNKNOWN),
    (("inheritance",), _NOT_INHERITED, _NOT_INHERITED_TOLD),
    (("symptoms",), _WHOM_TO_SEE, _WHOM_TO_SEE),
)


def said_of_illness(example: Example, evidence: Evidence, beside: list[SourcePassage]) -> str:
    """The first sentence beside an answer's passages that the answer would have to tell, in words; "" for none."""
    asked = {p.section for p in evidence.passages}
    for sections, adds, tells in _ADDS:
        if asked.isdisjoint(sections) or tells.search(example.completion):
            continue
        for passage in (p for p in beside if p.section != "research"):
            said = next((u.text for u in units(passage.text) if adds.search(u.text)), "")
            if said:
                return f"another answer about it adds: {said[:120]!r}"
    return ""
