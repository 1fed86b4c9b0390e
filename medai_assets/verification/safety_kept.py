"""*safety kept*: what a label says for safety about what is asked is in the answer, and whole.

A boxed warning that belongs to the question, or stands on a label that a level of care is told of, is never left out nor
cut; an answer on an overdose names every grave sign that the label's section names; a side effect is quoted from no rarer
group than its own and comes with the label's own word on whom to tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from medai_assets.verification.alignment import align
from medai_assets.verification.example import Evidence, Example, Finding, KindTrait, SourcePassage
from medai_assets.verification.populations import groups_of
from medai_assets.verification.structure import Unit, content, stem, stems, tokens, units
from medai_assets.verification.urgency import level_of

NAME = "safety_kept"
# What a question is about, and what a boxed warning says when it belongs to it; the first that fits counts.
_BELONGS = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(said, re.IGNORECASE))
    for asked, said in (
        (r"\bactive (?:ingredient|substance)|\bprescription or |pharmacologic class|drug class|class of drugs"
         r"|by mechanism of action|\bdosage forms\b|\bstrengths\b|\bhow strong\b", r"(?!)"),
        (r"\broute\b", r"\bintra(?!abd)\w+|\boral(?:ly)?\b|\bby mouth\b|\bsubcutaneous|\b(?:inject|infus|inhal)\w+|\broutes?\b"),
        (r"\bstored?\b|\bstorage\b|\bkept\b|\bkeep\b|mechanism|\bwork\b|\bact\b|in the body|pharmacokinetic|absorbed|handle",
         r"(?!)"),
        (r"interact|combined|co-medication", r"concomitant|co-?administ|interact|combin|inhibitor|inducer"),
        (r"pregnan", r"pregnan|fetal|fetus|embryo|teratogen|birth defect"),
        (r"breast|lactat|nursing", r"breast|lactat|nursing"),
        (r"p(?:a)?ediatric|children", r"child|p(?:a)?ediatric|adolescent|infant|neonat"),
        (r"geriatric|elderly|older p", r"elderly|geriatric|older"),
        (r"overdos|too much", r"overdos|ingestion"),
        (r"side effects?|adverse", r""),
        (r"contraindicat|not (?:be )?(?:use|take|given)|must not|be avoided|can(?:['’]t|not) (?:have|take|use)", r""),
        (r"warning|careful|serious risk|before i (?:use|take)|what risks|\brisks of\s*\?|\bis\s+safe\s*\?|dangerous\s*\?", r""),
        (r"\bdos(?:e|ed|age)\b|how (?:much|often)|correctly|be (?:used|taken)|how should (?:i|we|adults|patients) (?:use|take)",
         r"\bdos(?:e|es|age|ing)\b|\badminist|\btitrat|\binitiat|\bdiscontinu"),
    )
)  # fmt: skip
_TOPIC_NOT = frozenset(
    stem(w)
    for w in "label labelling about states state says summarise summarize prescriber should patients know what does drug medicine "
    "warning warnings boxed carry which indicated indications usage conditions labelled used someone treat might patient "
    "behind noticed notice cause started since come could other given uses using risk risks syndrome disease effects use".split()
)
_SIGNS = (
    "coma", "seizure", "convuls", "unconscious", "respiratory depression", "respiratory failure", "respiratory arrest",
    "apnea", "cardiac arrest", "arrhythmia", "torsade", "fibrillation", "heart block", "shock", "death", "fatal", "liver failure",
    "hepatic failure", "hepatic necrosis", "renal failure", "hallucinat", "delirium", "hyperthermia", "stupor", "cyanosis",
    "lactic acidosis", "metabolic acidosis", "intracranial", "hypoglycemia", "hemorrhage", "suicid",
)  # fmt: skip
_RARER = re.compile(
    r"\b(?:less (?:frequent|common)\w*|infrequent\w*|rare(?:ly|r)?|less than \d|lead(?:ing)? to (?:\w+ ){0,2}discontinu\w+)"
    r"|<\s?\d",
    re.IGNORECASE,
)
_OF_PATIENTS = (
    "adverse_reactions",
    "patient_information",
    "warnings",
    "stop_use",
    "ask_doctor",
    "do_not_use",
)
_COMMON = re.compile(r"\bmost common(?:ly reported)? (?:adverse|side|treatment)", re.IGNORECASE)
TELLS_SOMEBODY = re.compile(
    r"\b(?:call|tell|talk to|ask|contact|see)\b[^.]{0,60}\b(?:doctor|health ?care (?:provider|professional)|pharmacist)\b"
    r"[^.]{0,60}\bside effects?\b",
    re.IGNORECASE,
)


def safety_kept(example: Example, evidence: Evidence) -> Finding | None:
    """Nothing that a label says for the safety of what is asked is missing."""
    if not evidence.document.has("label"):
        return None
    kept = (find for trait, find in _KEPT.items() if trait in example.traits)
    reason = next((found for find in kept if (found := find(example, evidence))), "")
    return Finding(NAME, reason) if reason else None


def _box(example: Example, evidence: Evidence) -> str:
    boxes = [p for p in evidence.document.passages if p.section == "boxed_warning"]
    for box in boxes:
        missing = _left_out(box, example, evidence)
        begun = len(missing) < len(units(box.text))
        if missing and (begun or _belongs(example, evidence, boxes)):
            return (
                f"the boxed warning {'is cut before' if begun else 'is missing'}: {missing[0].text[:100]!r}"
            )
    return ""


def _box_beside_level(example: Example, evidence: Evidence) -> str:
    """A boxed warning that is missing beside a level of care; a call for help at once needs none."""
    boxes = [p for p in evidence.document.passages if p.section == "boxed_warning"]
    lost = next((lost for box in boxes for lost in _left_out(box, example, evidence)), None)
    return (
        f"the boxed warning is missing beside a level: {lost.text[:100]!r}"
        if lost and "urgent" not in example.traits
        else ""
    )


def _left_out(passage: SourcePassage, example: Example, evidence: Evidence) -> list[Unit]:
    """The units of a passage that the answer does not say."""
    said = {
        number
        for laid in align(example, evidence).units
        for run in laid.runs
        if run.source.passage.passage_id == passage.passage_id and not run.source.is_heading
        for number in range(run.unit, run.last_unit + 1)
    }
    return [u for n, u in enumerate(units(passage.text)) if n not in said and tokens(u.text)]


def _belongs(example: Example, evidence: Evidence, boxes: list[SourcePassage]) -> bool:
    text = " ".join(p.text for p in boxes)
    asked = example.prompt
    for name in sorted({example.subject or "", *evidence.document.names}, key=len, reverse=True):
        asked = re.sub(rf"\b{re.escape(name)}\b", " ", asked, flags=re.IGNORECASE) if name else asked
    named = {stem(w) for w in content(asked) if len(w) > 4} - _TOPIC_NOT
    fits = next((said for pattern, said in _BELONGS if pattern.search(asked)), None)
    if fits is not None:
        return bool(fits.search(text))
    return bool(named & stems(text))


def _signs(example: Example, evidence: Evidence) -> str:
    """What an overdose's section says and the answer does not: it is told whole, or somebody is falsely at ease."""
    for passage in evidence.passages:
        missing = _left_out(passage, example, evidence) if passage.section == "overdose" else []
        if missing:
            return f"what the label says of an overdose is cut before {missing[0].text[:100]!r}"
    section = " ".join(p.text for p in evidence.document.passages if p.section == "overdose").lower()
    answer = example.completion.lower()
    lost = next((sign for sign in _SIGNS if sign in section and sign not in answer), "")
    return f"the label names a grave sign of an overdose, and the answer does not: {lost!r}" if lost else ""


def _side_effect(example: Example, evidence: Evidence) -> str:
    said = " ".join(u.unit.text for u in align(example, evidence).units)
    rarer = _RARER.search(said)
    if rarer:
        return f"it is quoted from a group of rarer effects: {rarer[0]!r}"
    names = {stem(t) for n in (example.subject or "", *evidence.document.names) for t in tokens(n)}
    complaint = {stem(w) for w in content(example.prompt) if len(w) > 3} - names - _TOPIC_NOT
    group = groups_of(said) - groups_of(example.prompt)
    if group:
        return f"the effect is one of {', '.join(sorted(group))}, and the question is general"
    common = sum(bool(_COMMON.search(u.text)) for p in evidence.document.passages for u in units(p.text))
    if common > 1:
        return "the label names the most common effects of more than one group of patients"
    tells = TELLS_SOMEBODY.search(said)
    for passage in evidence.document.passages:
        boxed = passage.section == "boxed_warning"
        if boxed and complaint & stems(passage.text) and passage not in evidence.passages:
            return "the boxed warning speaks of it, and is missing"
        for unit in units(passage.text) if passage.section in _OF_PATIENTS else ():
            urgent = level_of(unit.text) in ("urgent", "emergency") and unit.text not in said
            if urgent and (passage.section != "warnings" or _is_about(unit.text, complaint)):
                return f"the label says of this, and the answer does not: {unit.text[:120]!r}"
            if not tells and TELLS_SOMEBODY.search(unit.text):
                return f"the label says whom to tell, and the answer does not: {unit.text[:120]!r}"
    return ""


def _is_about(text: str, complaint: set[str]) -> bool:
    return bool(complaint & stems(text))


_KEPT: dict[KindTrait, Callable[[Example, Evidence], str]] = {
    "about_medicine": _box,
    "states_level": _box_beside_level,
    "urgent": _signs,
    "about_signs": _side_effect,
}
