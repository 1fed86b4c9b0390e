"""Whether another place of the document answers the question as well, and the answer does not say what stands there.

Labels and pages treat of one thing in several places: who is warned of in a precaution, forbidden in the dosage and told of in
the leaflet. Each place may be quoted word for word and mislead alone. What belongs here: which sentences elsewhere speak of
what a section is about, and whether they add anything. What does not: treatments and calls for help (nothing_kept_back).
"""

from __future__ import annotations

import re

from medai_assets.verification.example import Evidence, Example, SourcePassage
from medai_assets.verification.said_of_illness import said_of_illness
from medai_assets.verification.structure import stems, units

# share of a sentence's words that the answer does not have, from which the sentence adds something
_NEW = 0.4
_FEWEST = 3  # words of substance; fewer are a heading or a pointer
_POINTER = re.compile(
    r"\[[Ss]ee\b[^\]]{0,400}\]|\([Ss]ee\b[^)]{0,400}\)|(?:^|(?<=[.;,] ))[Ss]ee (?=[A-Z(])[^.]*"
    r"|\(\d+(?:\.\d+)*(?:, ?\d+(?:\.\d+)*)*\)"
)


_Cue = tuple[tuple[re.Pattern[str], ...], ...]


def _cue(*ways: str) -> _Cue:
    """What a sentence says: one of the patterns, and behind "…" another one that follows with no full stop between.

    As a single pattern it would look for the second behind each of the first: the square of a long sentence's time.
    """
    return tuple(tuple(re.compile(one, re.IGNORECASE) for one in way.split(" … ")) for way in ways)


def _near(one: str, other: str) -> tuple[str, str]:
    """Patterns of a cue for two things that one sentence says, in either order."""
    return rf"\b(?:{one}) … \b(?:{other})", rf"\b(?:{other})\w*\b … \b(?:{one})"


_TIME = r"(?:\d+|one|two|three|four|five|six|eight|ten|twelve|fourteen|thirty) (?:minutes|hours|days|weeks|months)"
_CHILD = r"child(?:ren)?(?!-pugh)\b|p(?:a)?ediatric|infants?\b|neonat\w+|newborns?\b|adolescents?\b|less than \d+ kg"
_OLDER = r"elderly|geriatric|older (?:patients|adults|people)|over 65|aged 65"
_MEDICINES = "drugs|medicines|agents|vaccines|inhibitors|inducers"
_KIDNEY_OR_LIVER = r"(?:renal|hepatic|kidney|liver) (?:impairment|failure|insufficiency)|dialysis"
# What speaks of a section's matter wherever it stands.
_SPEAKS_OF = {
    section: _cue(*ways)
    for section, ways in {
        "indications": (
            r"\b(?:is|are|been) not (?:indicated|effective|approved for (?:the )?(?:treat|use))"
            r"|\blimitations? of use\b|\bnot intended for (?!intra|inj)|\bnot recommended for the treatment\b|\bnot for use in\b"
            r"|\b(?:should|must) (?:not|never|only) be used (?:for|if|in|as|to)\b|\b(?:should|must) be used only\b",
            r"\bdo not use\b … \bfor the (?:treatment|relief)"),
        "contraindications": (
            r"\b(?:is|are|also) contraindicated\b|\bdo not (?:take|use) [\w -]{2,40} if\b"
            r"|\b(?:must|should) (?:not|never) (?:be (?:used|given|taken|administered) (?:in|by|to)|use|take|receive)\b"
            r"|\bnot recommended (?:in|for) (?:patients|wom[ae]n|children|people|use in)\b|\bavoid using\b"
            r"|\bcannot be (?:used|fitted)",),
        "storage": (
            *_near(r"open(?:ed|ing)|mix(?:ed|ing)|reconstitut\w+|dilut\w+|prepar(?:ed|ation)|thaw\w+", _TIME),
            r"\bdo not (?:re-?)?fre+ze\b|\bprotect(?:ed)? from (?:light|heat|moisture)|\bthrow away\b"),
        "ask_doctor": (r"\bask (?:a |your )?(?:doctor|pharmacist|health)|\btell your (?:doctor|health)",),
        "do_not_use": (r"\bdo not (?:use|take)\b|\bcontraindicat|\bnot (?:be used|recommended)\b",),
        "pregnancy": _near("pregnan|teratogen|birth defect", "harm|stop|avoid|contraindicat|risk|tell|fail|not|should|call"),
        "lactation": (
            r"\b(?:excret|secret|pass|present|found|distribut)\w*\b … \b(?:breast|human)? ?milk\b", r"\bnot breast-?feed",
            r"\b(?:contraindicated|not recommended|stop)\b … \b(?:breast-?feeding|nursing)"),
        "pediatric_use": _near(_CHILD, "contraindicat|death|fatal|dangerous|avoid|not|risk|should|serious|severe|mg/kg|weigh"),
        "geriatric_use": _near(_OLDER, "adjust|dos(?:e|age)|risk|avoid|caution|monitor|sensitiv|susceptib|reduc"),
        "interactions": (
            r"\b(?:concomitant|co-?administ\w+|(?:taken|used|given|mixed) (?:together )?with)\b"
            r"|\b(?:drug interactions?|interactions? with)\b|\bantagonism\b|\bgrapefruit\b",
            *_near("avoid|do not (?:use|take|give)|contraindicated", _MEDICINES)),
        "overdose": (
            r"\bgo to A&E\b|\btoo much\b|\bpoison|\bmore than (?:prescribed|directed|you should)",
            r"\boverdos\w+ … \b(?:call|emergency|right away)"),
        "dosage": (
            rf"\bmaxim(?:um|al)\b|\bnot exceed|\b(?:{_KIDNEY_OR_LIVER})\b|\blowest effective\b"
            r"|\bdos\w+ (?:reduction|adjustment)|\b(?:reduce|adjust) (?:the )?dos",),
        "route": (
            r"\bnot (?:be (?:given|administered|used|injected)|for|administer|inject|give|use)\b … \b(?:intra\w+|oral\w*"
            r"|subcutaneous\w*|by mouth|injection|ophthalmic|topical|vein|bolus)\b", r"\bfatal if (?:given|administered)\b"),
        "symptoms": (r"^(?:it|this|they) (?:can |may |usually )?causes?\b",),
        "mechanism": (r"\bmechanism of action\b",),
        "pharmacokinetics": (r"\bhalf-life\b|\bexcreted\b|\bclearance\b",),
        "patient_information": (
            r"\b(?:patients|they) should be (?:warned|told|advised|informed|cautioned|strongly)"
            r"|\badvise (?:the )?patients?\b|\b(?:tell|call) your (?:doctor|health)|\bstop using\b",),
    }.items()
}  # fmt: skip
# What somebody was found to do in a study warns and advises nobody.
_OF_STUDY = re.compile(
    r"\d ?%|\bn ?= ?\d|\(\d+/\d+\)|\b(?:trials?|stud(?:y|ies)|randomi[sz]ed|rats?|mice|rabbits?)\b",
    re.IGNORECASE,
)
_NOTHING_KNOWN = re.compile(
    r"\bnot (?:been )?(?:known|established|characterized|studied|evaluated)\b|\bno (?:\w+ )?(?:data|information)\b",
    re.IGNORECASE,
)
_UNBORN = re.compile(
    r"breast|milk|nursing|pregnan|in utero|oligohydramnios|child-? ?bearing|\bmothers?\b", re.IGNORECASE
)
_ADVISED_AGAINST = re.compile(
    r"(?:\bnot|n't|\bcannot) (?:usually |generally |normally )?(?:recommend(?:ed)?|suitable|safe|advised|take|use)\b"
    r"|(?<!need to )\bavoid\b",
    re.IGNORECASE,
)
_ASKS_ALL = re.compile(
    r"\b(?:tell me about|should I know about|(?:need|want) to know about)\b", re.IGNORECASE
)
_GROUPS = frozenset({"lactation", "pregnancy", "geriatric_use"})
_IS_CONTRAINDICATED = _cue(r"\b(?:is|are|also) contraindicated\b")
_CAUTION = re.compile(r"\bcaution", re.IGNORECASE)
_FORBIDS = re.compile(
    r"\b(?:should|must) (?:not|never) be (?:used|given)\b|\bcontraindicated\b", re.IGNORECASE
)
_SAME_MATTER = 4  # words of substance that both sentences have
_UNBORN_SPARED = re.compile(
    r"\b(?:not recommended|contraindicated|discontinue|should not|must not|avoid)", re.IGNORECASE
)
_TO_AVOID = _cue(*_near("avoid|do not (?:use|take|give|administer)|contraindicated", _MEDICINES))
_AGAINST_UNBORN = _cue(
    *_near(
        "pregnan|expected delivery|delivery date",
        "not recommended|contraindicated|be discontinued|must not|should not",
    )
)
# So much at a time, or so often: "leave 4 hours between doses" is neither.
_AMOUNT = re.compile(
    r"(?:\d|\b(?:one|two|three|half)) ?(?:mg|g|micrograms?|mcg|µg|ml|units?|tablets?|capsules?|drops?|puffs?|sprays?|sachets?"
    r"|pastilles?|lozenges?|spoonfuls?)\b|\b(?:once|twice|(?:\d|one|two|three|four) times) (?:a|each|every|per|daily)\b|\bthinly\b",
    re.IGNORECASE,
)
_CARE = frozenset({"care_emergency", "care_urgent"})
_NOT_READ = frozenset({"pharmacokinetics", "mechanism", "research", "description", "other"})
_NO_TOPIC = frozenset({"boxed_warning", "overview", "other", "warnings", "adverse_reactions", ""})


def said_elsewhere(example: Example, evidence: Evidence, beside: list[SourcePassage]) -> str:
    """The first sentence beside an answer's passages that answers the same and is new, in words; "" where there is none."""
    if "states_level" in example.traits:
        return ""  # a case is told, and the place that names it answers it
    is_label = evidence.document.has("label")
    if not is_label and not evidence.document.has("page"):
        return said_of_illness(example, evidence, beside) or _help_left_out(example, evidence, beside)
    sections = {p.section for p in evidence.passages} - _NO_TOPIC
    if not is_label and any(p.heading.endswith("?") for p in evidence.passages):
        sections &= {"contraindications", "overdose"}  # a block under its own question answers that one
    headings = {p.heading.lower() for p in evidence.passages if is_label} - {""}
    # A page's blocks say one thing once; only of an overdose are there several, and its overview tells of symptoms.
    cues = _cues(example, sections if is_label else sections & {"overdose", "symptoms"})
    said = stems(" ".join((example.completion, example.prompt, *evidence.document.names)))
    for passage in beside:
        headed = passage.heading.lower() in headings and passage.section not in _NOT_READ
        same = passage.section in sections or headed
        whole = same or any(_says(passage.heading, cue) for cue in cues)
        for unit in units(passage.text):
            if (whole or _speaks(unit.text, passage.section, cues)) and adds(unit.text, said):
                return f"the document says of the same elsewhere: {unit.text[:120]!r}"
    left_out = "" if is_label else _warned_left_out(sections, beside) or _amount_left_out(evidence, beside)
    return left_out or _group_left_out(example, sections, beside) or _help_left_out(example, evidence, beside)


def said_otherwise(example: Example, evidence: Evidence, beside: list[SourcePassage]) -> str:
    """What another section says against the section that is asked for: known, where it says that nothing is, or forbidden."""
    sections = {p.section for p in evidence.passages}
    known = sections & _GROUPS if _NOTHING_KNOWN.search(example.completion) else frozenset()
    cues = [_SPEAKS_OF[s] for s in sorted(known)]
    against = "pregnancy" in sections and not _UNBORN_SPARED.search(example.completion)
    cues += [_AGAINST_UNBORN] if against else []
    cues += [_TO_AVOID] if "interactions" in sections else []
    cues += [_IS_CONTRAINDICATED] if "contraindications" in sections else []
    said = stems(" ".join((example.completion, example.prompt, *evidence.document.names)))
    allowed = [stems(u.text) for u in units(example.completion) if _CAUTION.search(u.text)]
    for passage in beside:
        for unit in units(passage.text):
            words = (
                stems(unit.text)
                if _FORBIDS.search(unit.text) and "contraindications" in sections
                else frozenset()
            )
            if any(len(words & others) >= _SAME_MATTER for others in allowed):
                return (
                    f"the document forbids elsewhere what the answer allows with caution: {unit.text[:120]!r}"
                )
            if _speaks(unit.text, passage.section, cues) and adds(unit.text, said):
                return f"the document says otherwise elsewhere: {unit.text[:120]!r}"
    return ""


def _group_left_out(example: Example, sections: set[str], beside: list[SourcePassage]) -> str:
    """Pregnant and breastfeeding women, whom a block of their own advises against it, where the answer tells who may not."""
    if "contraindications" not in sections or _UNBORN.search(example.completion):
        return ""
    for passage in (p for p in beside if p.section in ("pregnancy", "lactation")):
        against = next((u.text for u in units(passage.text) if _ADVISED_AGAINST.search(u.text)), "")
        if against:
            return f"the document advises somebody else against it: {against[:120]!r}"
    return ""


def _warned_left_out(sections: set[str], beside: list[SourcePassage]) -> str:
    """Pregnant women among those who may not take it or have to ask first, where the answer is of pregnancy."""
    for passage in beside if "pregnancy" in sections else ():
        named = [u.text for u in units(passage.text) if "pregnan" in u.text.lower()]
        if passage.section == "contraindications" and named:
            return f"the document warns of it in pregnancy elsewhere: {named[0][:120]!r}"
    return ""


def _amount_left_out(evidence: Evidence, beside: list[SourcePassage]) -> str:
    """How much to take, where the answer is of doses and states none."""
    dosage = [p.text for p in evidence.passages if p.section == "dosage"]
    if not dosage or any(_AMOUNT.search(text) for text in dosage):
        return ""
    told = next((p.text for p in beside if p.section not in _NOT_READ | _CARE and _AMOUNT.search(p.text)), "")
    return f"the document states the amount elsewhere: {told[:120]!r}" if told else ""


def _help_left_out(example: Example, evidence: Evidence, beside: list[SourcePassage]) -> str:
    """What says when to get help, where all of the subject is asked about."""
    is_overview = all(p.section in _NO_TOPIC for p in evidence.passages)
    urgent = next((p.text for p in beside if p.section in _CARE), "")
    if is_overview and urgent and urgent not in example.completion and _ASKS_ALL.search(example.prompt):
        return f"all of it is asked about, and the document says when to get help: {urgent[:100]!r}"
    return ""


def _cues(example: Example, sections: set[str]) -> list[_Cue]:
    """What to look for; a child's section that says that nothing is known puts nobody at ease."""
    if "pediatric_use" in sections and _NOTHING_KNOWN.search(example.completion):
        return []
    return [_SPEAKS_OF[s] for s in sorted(sections) if s in _SPEAKS_OF]


def _speaks(text: str, section: str, cues: list[_Cue]) -> bool:
    if section in _NOT_READ or _OF_STUDY.search(text) or _NOTHING_KNOWN.search(text):
        return False
    unborn = _UNBORN.search(text)
    return any(_says(text, cue) and not (unborn and cue is _SPEAKS_OF["pediatric_use"]) for cue in cues)


def _says(text: str, cue: _Cue) -> bool:
    return any(_follow(way, part) for way in cue for part in (text.split(".") if way[1:] else [text]))


def _follow(patterns: tuple[re.Pattern[str], ...], text: str) -> bool:
    at = 0
    for pattern in patterns:
        if (found := pattern.search(text, at)) is None:
            return False
        at = found.end()
    return True


def adds(text: str, said: frozenset[str]) -> bool:
    """Whether a text has enough words that were not said."""
    words = stems(_POINTER.sub(" ", text))
    return len(words) >= _FEWEST and len(words - said) >= _NEW * len(words)
