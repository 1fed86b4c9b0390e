"""What the answers to other questions about an illness add to an answer: dangers, harm by its treatment, doubts about its
cause, whom to see when.

Collections of questions tell of one illness in pieces. The outlook "depends on the severity", and the definition says that most
children die; the treatment is named, and only the outlook tells that the drug loses its effect.
"""

from __future__ import annotations

import re

from medai_assets.verification.example import Evidence, Example, SourcePassage
from medai_assets.verification.structure import units

DEATH = re.compile(
    r"\b(?:die[sd]?|dying|(?<!cell )(?<!tissue )deaths?(?! of (?:the |brain |nerve |tissue|cells?|\w+ cells))|deadly|fatal\w*"
    r"|lethal|life-threatening|stillborn|surviv(?:es?|al|ing)|mortality|life (?:span|expectancy))\b",
    re.IGNORECASE,
)
_HASTE = (
    r"emergenc(?:y|ies)|immediate(?:ly)?|right away|at once|how (?:quickly|soon)|without delay|promptly|911"
)
_ALARM = re.compile(
    rf"{DEATH.pattern}|\b(?:{_HASTE}"
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
_NOT_INHERITED_TOLD = re.compile(
    r"\b(?:not (?:inherited|known)|sporadic\w*|acquired|non-?genetic|unknown|unclear)\b", re.IGNORECASE
)
_DOUBT = re.compile(
    r"\b(?:unknown|not (?:known|understood|clear|fully)|unclear|most (?:cases|people|often)|usually|typically"
    r"|some (?:cases|people|families)|(?:may|can|might|could) (?:be|also|cause|result)|often|many|likely|appears?|thought"
    r"|believed)\b",
    re.IGNORECASE,
)
# An overview that says flatly what the cause is, where the cause is only the usual one.
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
_CAUSE = re.compile(r"\b(?:caus\w*|etiology)\b", re.IGNORECASE)
_UNKNOWN = re.compile(r"\b(?:unknown|unclear|not (?:known|understood|clear))\b", re.IGNORECASE)
# What a sentence says: every pattern of one of the tuples is found in it. Patterns in a row, with any words between them,
# would take the square or the cube of a long text's time.
_Says = tuple[tuple[re.Pattern[str], ...], ...]
_DANGER: _Says = ((_ALARM,),)
_DIES: _Says = ((DEATH,),)
_HURRIES: _Says = ((_IN_HASTE,),)
_NOT_INHERITED: _Says = (
    (re.compile(r"\b(?:non-?genetic|acquired (?:form|type)|not inherited|sporadic)\b", re.IGNORECASE),),
    (_CAUSE, re.compile(r"\b(?:is|are) (?:often |usually )?unknown\b", re.IGNORECASE)),
)
_OTHER_CAUSE: _Says = (
    (_CAUSE, _UNKNOWN),
    (
        re.compile(r"\b(?:most|some|a few|rare|many) (?:cases|people|families)\b", re.IGNORECASE),
        re.compile(r"\bcaused\b", re.IGNORECASE),
    ),
    (re.compile(r"\btypically caused\b", re.IGNORECASE),),
)
_USUAL_CAUSE: _Says = (
    (
        re.compile(r"\b(?:usually|typically|rarely|most often)\b", re.IGNORECASE),
        re.compile(r"\b(?:caus\w+|results? from|random|errors?|mutations?)\b", re.IGNORECASE),
    ),
)
_WHOM_TO_SEE: _Says = (
    (
        re.compile(r"\b(?:call|see|contact|consult|talk (?:with|to)|tell|visit|go to)\b", re.IGNORECASE),
        re.compile(r"\b(?:doctors?|providers?|911|emergency room)\b", re.IGNORECASE),
        re.compile(r"\b(?:if|when|right away|immediately|at once)\b", re.IGNORECASE),
        re.compile(r"\A(?!.*\bat risk\b)", re.IGNORECASE | re.DOTALL),
    ),
    (
        re.compile(
            r"\bseek (?:\w+ )?(?:medical|emergency)\b|\bmedical (?:help|attention|care)\b", re.IGNORECASE
        ),
    ),
)
# The sections that answer; what a sentence of another section says of it; what the answer says where it tells of it too:
# the same in one of its sentences, or something else in the whole of it.
_ADDS: tuple[tuple[tuple[str, ...], _Says, _Says], ...] = (
    (("overview", "complications", "answer"), _DANGER, _DANGER),
    (("outlook",), _DIES, _DIES),
    (("treatment",), ((_HARM,),), ((_HARM_TOLD,),)),
    (("treatment", "symptoms"), _HURRIES, _HURRIES),
    (("overview",), _USUAL_CAUSE, ((_NO_FLAT_CAUSE,),)),
    (("causes",), _OTHER_CAUSE, ((_DOUBT,),)),
    (("causes",), ((_CAUSE_KNOWN,),), ((_NOT_ONLY_UNKNOWN,),)),
    (("inheritance",), _NOT_INHERITED, ((_NOT_INHERITED_TOLD,),)),
    (("symptoms",), _WHOM_TO_SEE, _WHOM_TO_SEE),
)


def said_of_illness(example: Example, evidence: Evidence, beside: list[SourcePassage]) -> str:
    """The first sentence beside an answer's passages that the answer would have to tell, in words; "" for none."""
    asked = {p.section for p in evidence.passages}
    said_here = [u.text for u in units(example.completion)]
    for sections, adds, tells in _ADDS:
        if asked.isdisjoint(sections) or any(
            _says(text, tells) for text in (said_here if tells is adds else [example.completion])
        ):
            continue
        for passage in (p for p in beside if p.section != "research"):
            said = next((u.text for u in units(passage.text) if _says(u.text, adds)), "")
            if said:
                return f"another answer about it adds: {said[:120]!r}"
    return ""


def _says(text: str, what: _Says) -> bool:
    return any(all(pattern.search(text) for pattern in together) for together in what)
