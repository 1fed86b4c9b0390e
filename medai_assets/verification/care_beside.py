"""What a page says beside its levels of care, without which neither a level nor a list of signs is told.

First aid for the state that somebody tells of, and whom to call while it is given; thoughts of suicide that an illness or a
medicine may bring; how one comes by an illness whose level turns on that; who is meant by "at higher risk". What belongs here:
finding such passages in the whole page. What does not: cards of care (care_whole).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from medai_assets.verification.alignment import align
from medai_assets.verification.care_whole import (
    TREAT_AT_ONCE,
    WHILE_WAITING,
    is_of_a_case,
    of_another_state,
)
from medai_assets.verification.example import Evidence, Example
from medai_assets.verification.page_section import POINTER
from medai_assets.verification.structure import SENTENCE, stems, tokens, units
from medai_assets.verification.urgency import OF_CARE, sends_for_help, told_in
from medai_assets.verification.who_asks import case_of

_OF_CLINICS = frozenset({"diagnosis", "research", "frequency", "genetics", "inheritance", "dosage"})
_SELF_HARM = re.compile(
    r"\bsuicid\w*|\b(?:harm|hurt|kill)(?:ing)? (?:themselves|yourself|himself|herself)\b"
    r"|\bend(?:ing)? (?:their|your|his|her) (?:own )?li(?:fe|ves)\b",
    re.IGNORECASE,
)
_STATES = {
    "fit": r"\b(?:an?|another|has|have|had|having|febrile) fits?\b|\bseizures?\b|\bconvulsi\w+",
    "nosebleed": r"\bnose ?bleeds?\b|\bnose (?:is |starts to )?bleed\w*",
    "collapse": r"\bcollaps\w+|\bunconscious\w*|\bunresponsive\b|\bcardiac arrest\b|\bpass(?:ed|es|ing)? out\b"
    r"|\blos(?:s of|es?|t|ing) consciousness\b|\bnot breathing\b|\bheart attack\b",
    "burn": r"\bburns?\b(?! when| up\b)|\bburn(?:ed|t) (?:my|his|her|their|the)\b|\bscald\w*",
    "choking": r"\bchok(?:e|es|ed|ing)\b",
    "sting": r"\bst(?:ung|ings?)\b|\bbitten\b|\bbites?\b",
    "low sugar": r"\bhypoglyc\w+|\blow blood sugar\b|\bblood sugar (?:is )?(?:too |very )?low\b",
    "heat": r"\bheat ?stroke\b|\bheat exhaustion\b",
    "cold": r"\bhypothermia\b|\bfrostbite\b",
    "reaction": r"\banaphyla\w+",
    "bleeding": r"\b(?:heavy|severe) bleeding\b|\bbleed(?:s|ing)? (?:heavily|badly|a lot)\b",
}
_STATE = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _STATES.items()}
# What a bystander's hands do.
_AID = re.compile(
    r"\b(?:lay|place|roll|turn|put|move|lie) (?:your child|them|the (?:person|child)|someone|somebody|him|her)\b"
    r"|\brecovery position\b|\bCPR\b|\bchest compressions\b|\bpush(?:ing)? down hard\b|\b(?:squeeze|pinch) (?:the|your)\b"
    r"|\btip (?:forward|your head)\b"
    r"|\bcool(?:ing)? (?:the|it|your|them)\b|\brunning water\b|\bnothing in (?:their|the|his|her) mouth\b"
    r"|\b(?:remove|scrape) the sting\b"
    r"|\btime the (?:fit|seizure)\b|\bback (?:blows|slaps)\b|\badrenaline (?:pen|auto-?injector)\b|\bpress (?:firmly|hard) on\b",
    re.IGNORECASE,
)
# Not now: what was, what lasts, what comes often.
_NOT_NOW = re.compile(
    r"\b(?:after|since|following) (?:an?|the)\b|\bnot (?:yet )?healed\b|\b(?:weeks?|months?|days|often|ago|in the past"
    r"|more than once|keeps?|treated|last (?:week|month|year)|dressing|abroad|each time|regularly)\b",
    re.IGNORECASE,
)
_HELP_FOR = re.compile(r"\bcall\b|\b999\b|\b911\b|\b112\b|\bambulance\b|\bmedical help\b", re.IGNORECASE)
# A level that is for those alone who were somewhere, or near something.
_EXPOSED = re.compile(
    r"\b(?:been|travell?ed|returned|come back|lived|stayed) (?:to|from|in|through|abroad)\b(?= (?:an? |the )?(?:area|countr\w+"
    r"|place|region|part|abroad|where|Africa|Asia|America|South|Central))"
    r"|\b(?:been|travell?ed|returned from|come back from) abroad\b"
    r"|\b(?:recently|just) (?:travell?ed|come back|returned)\b|\bbeen exposed to\b"
    r"|\bbeen in (?:close |direct )?contact with\b",
    re.IGNORECASE,
)
_HOW_CAUGHT = re.compile(
    r"\bhow (?:is |are |do (?:people|you|we) |you |does |it )?(?:\w+ ){0,4}(?:spread\w*|caught|catch|get|passed)\b|\bwhere\b.*"
    r"\b(?:found|occurs?|caught)\b|\bhow it(?:'s| is) (?:spread|caught|passed)",
    re.IGNORECASE,
)
_CAUGHT = re.compile(
    r"\b(?:is|are) (?:\w+ly )?(?:found in|spread by|spread from|caught|passed (?:on|from))\b", re.IGNORECASE
)
_AT_RISK = re.compile(
    r"\b(?:at|of|in) (?:an? )?(?:higher|high|greater|increased|more) (?:risk|danger)\b|\bhigh-risk\b",
    re.IGNORECASE,
)
_WHO_IS = re.compile(r"\bwho\b.*\brisk\b|\b(?:people|those|groups?|children|adults) at (?:higher |high |increased |greater )?risk\b"
                     r"|\brisk (?:factors|groups)\b|\bcheck if you(?:'re| are) at risk\b", re.IGNORECASE)  # fmt: skip

# How far a sign can be trusted: "not everyone with sepsis has a high temperature", "if you are unsure, check the gums".
_TRUSTED = re.compile(
    r"\bnot everyone (?:with|has|gets)\b|\bif you(?: are|'re) (?:unsure|not sure), check\b"
    r"|\bdo not wait for\b|\bis considered (?:severe|dangerous)\b",
    re.IGNORECASE,
)

_ANSWERS = re.compile(r"(?:yes|no)\b", re.IGNORECASE)
# A list of signs that come with a chief one: "As well as head pain, you may:".
_BESIDES = re.compile(
    r"\W*(?:as well as|besides|apart from|in addition to) (?P<chief>[^,:.]+)", re.IGNORECASE
)
_CHIEF = re.compile(r"\b(?:main|chief|key|most common) (?:symptom|sign)s?\b", re.IGNORECASE)
# A sentence that says nothing without the one before it.
_LEANS = re.compile(
    r"\W*(?:it|its|they|their|them|this|that|these|those|he|she|his|her|some|others?|many|most|both|either|but|however|if so|if not"
    r"|otherwise|then|also|for this|because of (?:this|that)|after this|in (?:this|that) case)\b",
    re.IGNORECASE,
)
# A sign's word that nobody knows: "a high-pitched sound when breathing in, known as stridor".
_EXPLAINED = re.compile(
    r"\b(?:known as|called) (?:an? |the )?(?P<word>[a-z][a-z-]{4,})(?=[.,;:)\n]|$)", re.MULTILINE
)
# "You have any sign of a stroke": whichever the page names.
_ANY_SIGN_OF = re.compile(r"\bany (?:signs?|symptoms?) of\b", re.IGNORECASE)
# How to do what has to be done at once.
_TREATED_AT_ONCE = re.compile(
    r"\b(?:should|must|has to|needs to) be treated (?:at once|right away|immediately|straight away)\b",
    re.IGNORECASE,
)
_HOW_TO_TREAT = re.compile(r"\bhow (?:do|can|should|to)\b.{0,100}\btreat\b", re.IGNORECASE)
# What such a passage of a page says beside its cases is for those who know what they have.
_GENERAL = frozenset(
    {"treatment", "self_care", "outlook", "prevention", "complications", "risk_factors", "other"}
)


class Part(Protocol):
    """A passage of a page, as a rule or as verification has it."""

    @property
    def text(self) -> str: ...
    @property
    def heading(self) -> str: ...
    @property
    def section(self) -> str: ...
    @property
    def attributes(self) -> Mapping[str, Any]: ...


P = TypeVar("P", bound=Part)


def lost_beside_care(example: Example, evidence: Evidence) -> str:
    """What stands on the page beside a level, or signs, and the answer does not say; "" where nothing is lost."""
    document = evidence.document
    if not document.has("page") or not example.traits & {"states_level", "about_signs"}:
        return ""
    if not_told := _exposure_not_told(example, evidence):
        return not_told
    told = None if "about_signs" in example.traits else told_in(example.prompt, document.names)
    lost = lost_of(document.passages, document.title, told, example.completion)
    return f"{lost[0][1]}: {(lost[0][0].heading or lost[0][0].text)[:120]!r}" if lost else ""


def lost_of(page: Sequence[P], title: str, told: str | None, answer: str) -> list[tuple[P, str]]:
    """The passages of a page, beside its cards, that an answer owes and lacks, with the reason in words.

    Args:
        told: what somebody tells of a case; None where the question is about the signs of the illness.
    """
    said = _plain(answer)
    owed: dict[int, tuple[P, str]] = {}
    for passage, why in _due(page, title, told, answer):
        owed.setdefault(id(passage), (passage, why))
    return [(p, why) for p, why in owed.values() if _plain(p.text) not in said]


def _due(page: Sequence[P], title: str, told: str | None, answer: str) -> list[tuple[P, str]]:
    """The passages that an answer owes, whether it has them or not, one for each reason."""
    said = _plain(answer)
    every = [p for p in page if p.section not in OF_CARE and p.section not in _OF_CLINICS]
    due = [(p, "the page warns of thoughts of suicide") for p in every if _warns_of_suicide(p.text)]
    of_signs = [p for p in every if p.section in ("overview", "symptoms", "diagnosis")]
    due += [(p, "the page says how far a sign can be trusted") for p in of_signs if _is_of_all_signs(p)]
    if told is not None:
        known = stems(f"{title} {told}")
        due += [(p, "a word is not explained") for p in of_signs if _explains(p.text, answer, known)]
        if _ANY_SIGN_OF.search(answer) and any(
            p.section == "symptoms" and _plain(p.text) in said for p in page
        ):
            due += [(p, "of any sign of it, some are told") for p in page if p.section == "symptoms"]
        of_cases = [*of_signs, *(p for p in every if p.section == "causes")]
        due += [(p, "the page has a rule beside its cards") for p in of_cases if _has_a_rule(p, told)]
        due += [(p, "the page says what to do at once") for p in every if _sends_at_once(p, told)]
    if told is None:
        due += [(p, "the page says more of the chief sign") for p in on_chief_sign(page, title, answer)]
        if _TREATED_AT_ONCE.search(answer):
            due += [
                (p, "how to treat it at once is not told") for p in every if _HOW_TO_TREAT.search(p.heading)
            ]
        if _turns_on_exposure(page):
            due += [(p, "its level turns on where one has been") for p in every if _tells_how_caught(p)]
        if _AT_RISK.search(answer):
            due += [(p, "who is at risk is not told") for p in every if _WHO_IS.search(p.heading)]
    else:
        found = {(p.section, p.heading) for p in every if _is_first_aid(p, title, told)}
        aid = [p for p in every if (p.section, p.heading) in found]  # all that stands under its heading
        heads = {p.heading for p in (*aid, *(p for p in every if p.heading and _plain(p.text) in said))}
        below = [
            p for p in every if p.attributes.get("context") in heads and p not in aid and _AID.search(p.text)
        ]
        above = [
            p
            for p in every
            if p.heading and p not in aid and p.heading in {a.attributes.get("context") for a in aid}
        ]
        due += [(p, "the page says what to do meanwhile") for p in (*above, *aid, *below)]
    return due


def general_beside_signs(example: Example, evidence: Evidence) -> str:
    """A block in an answer about signs that stands under another heading and tells no case in which to ask somebody."""
    document = evidence.document
    if "about_signs" not in example.traits or not document.has("page"):
        return ""
    said = _plain(example.completion)
    signs = {p.heading for p in document.passages if p.section in ("symptoms", "causes")}
    owed = [p for p, _ in _due(document.passages, document.title, None, example.completion)]
    for passage in evidence.passages:
        below = passage.attributes.get("context") in signs
        if (
            is_general(passage)
            and not below
            and passage not in owed
            and not WHILE_WAITING.search(passage.heading)
        ):
            cases = _plain("\n\n".join(case_parts(passage.text)))
            for unit in units(passage.text):
                if _plain(unit.text) in said and _plain(unit.text) not in cases:
                    return f"general text beside the signs: {unit.text[:120]!r}"
    return ""


def is_general(passage: Part) -> bool:
    """Whether a passage of a page says, beside when to ask somebody, what is not asked for by a question about signs."""
    return passage.section in _GENERAL or (passage.section == "overview" and bool(passage.heading))


def case_parts(text: str) -> list[str]:
    """What a text says on when to ask somebody: whole lists with their leads, and of a paragraph the sentences that say so.

    A sentence that leans on the one before it ("It is …") brings its whole paragraph.
    """
    found: list[str] = []
    for block in filter(tells_a_case, blocks(text)):
        every = units(block)
        cases = [unit.text for unit in every if tells_a_case(unit.text)]
        alone = all(unit.kind == SENTENCE for unit in every) and not any(map(_LEANS.match, cases))
        found.append(" ".join(cases) if alone else block)
    return found


def blocks(text: str) -> list[str]:
    """The paragraphs of a text, a list or table with the lead above it."""
    found: list[str] = []
    for part in re.split(r"\n\s*\n", text):
        if found and found[-1].rstrip().endswith(":"):
            found[-1] = f"{found[-1]}\n\n{part}"
        elif part.strip():
            found.append(part)
    return found


def tells_a_case(text: str) -> bool:
    """Whether a text says in which case to ask somebody, or sends somebody for help at once."""
    return any(is_of_a_case(unit.text) or sends_for_help(unit.text) for unit in units(text))


def _explains(text: str, answer: str, known: frozenset[str]) -> bool:
    """Whether a text explains a word of the answer, other than those that whoever asks knows."""
    words = {m["word"] for m in _EXPLAINED.finditer(text)}
    return any(not stems(word) <= known and re.search(rf"\b{word}\b(?! \()", answer) for word in words)


def _has_a_rule(passage: Part, told: str) -> bool:
    """Whether a passage says in which case to ask somebody; what to do at once is no rule for what is over."""
    over = _NOT_NOW.search(told)
    return any(
        is_of_a_case(u.text) and not (over and TREAT_AT_ONCE.search(u.text)) for u in units(passage.text)
    )


def _sends_at_once(passage: Part, told: str) -> bool:
    """Whether steps for whoever it has happened to send them to somebody at once."""
    steps = passage.section == "self_care" and not WHILE_WAITING.search(passage.heading)
    return (
        steps
        and not of_another_state(passage.text, told)
        and any(sends_for_help(unit.text) for unit in units(passage.text))
    )


def on_chief_sign(page: Sequence[P], title: str, answer: str) -> list[P]:
    """The passages that tell of the main sign, or of the one that a list in the answer only names: "As well as …"."""
    said = _plain(answer)
    listed = (u.text for p in page if p.section == "symptoms" for u in units(p.text))
    named = (stems(m["chief"]) for text in listed if _plain(text) in said and (m := _BESIDES.match(text)))
    chief = frozenset[str]().union(*named) - stems(title)
    return [
        p
        for p in page
        if (p.section in ("overview", "symptoms") and _CHIEF.search(p.text))
        or (p.section == "overview" and not p.heading and chief & stems(p.text))
    ]


def _exposure_not_told(example: Example, evidence: Evidence) -> str:
    """The first card is for those alone who were somewhere or near something, and nobody says so of the case."""
    told = case_of(example.prompt, evidence.document.names)
    first = next((u.runs[0].source.passage for u in align(example, evidence).units if u.runs), None)
    if "states_level" not in example.traits or not told or first is None or first.section not in OF_CARE:
        return ""
    leads = (u.text for u in units(first.text) if u.text.rstrip().endswith(":"))
    found = _EXPOSED.search("\n".join((first.heading, *leads)))
    return (
        f"its level is for those alone who have {found[0]!r}" if found and not _EXPOSED.search(told) else ""
    )


def _tells_how_caught(passage: Part) -> bool:
    """Whether a passage says how or where one comes by the illness, by its heading or, on its causes, by its words."""
    on_causes = passage.section in ("causes", "risk_factors") and passage.heading
    return bool(_HOW_CAUGHT.search(passage.heading) or (on_causes and _CAUGHT.search(passage.text)))


def _is_of_all_signs(passage: Part) -> bool:
    """Whether a passage says how far a sign can be trusted, by itself: "No." answers a heading about what stands above it."""
    return bool(_TRUSTED.search(passage.text)) and not _ANSWERS.match(passage.text)


def _warns_of_suicide(text: str) -> bool:
    """Whether a text warns of thoughts of suicide or self-harm and says whom to turn to."""
    return bool(_SELF_HARM.search(text) and _HELP_FOR.search(text))


def _is_first_aid(passage: Part, title: str, told: str) -> bool:
    """Whether a passage says what a bystander does in a state that somebody tells of as there now, and no other one."""
    now = _states_of(told) if passage.heading and not _NOT_NOW.search(told) else frozenset()
    named = _states_of(passage.heading) or _states_of(title)
    return bool(now & named and _AID.search(passage.text)) and not of_another_state(passage.text, told)


def _states_of(text: str) -> frozenset[str]:
    """The states that a text names in which somebody needs a bystander's hands."""
    return frozenset(name for name, pattern in _STATE.items() if pattern.search(text))


def _turns_on_exposure(page: Sequence[Part]) -> bool:
    """Whether a card of the page is for those alone who were somewhere or near something."""
    return any(p.section in OF_CARE and _EXPOSED.search(f"{p.heading}\n{p.text}") for p in page)


def _plain(text: str) -> str:
    return f" {' '.join(tokens(POINTER.sub(' ', text)))} "
