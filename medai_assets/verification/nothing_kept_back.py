"""*nothing kept back*: the document says elsewhere what belongs to this answer, and the answer does not say it.

An answer may be one section, word for word, and still be wrong by what another section adds: a second answer to the same
question, surgery that only the outlook names, whom to call after too much of a medicine, children who were harmed. What
belongs here: looking for that in the whole document. What does not: boxed warnings and side effects (safety_kept), levels
of care (urgency_kept, care_whole; what stands beside them is in care_beside, what is said against it in said_against).
"""

from __future__ import annotations

import re

from medai_assets.verification.care_beside import lost_beside_care
from medai_assets.verification.example import Evidence, Example, Finding, SourcePassage
from medai_assets.verification.page_section import said_beside
from medai_assets.verification.populations import groups_of
from medai_assets.verification.said_against import said_against
from medai_assets.verification.said_elsewhere import said_elsewhere, said_otherwise
from medai_assets.verification.section_whole import sections_named
from medai_assets.verification.structure import content, stem, tokens, units
from medai_assets.verification.urgency import level_of

NAME = "nothing_kept_back"
_TREATMENTS = (
    "surgery",
    "operation",
    "radiation",
    "chemotherapy",
    "transplant",
    "antibiotic",
    "dialysis",
    "transfusion",
)
_TELLS_OF_TREATMENT = frozenset({"outlook", "complications", "overview", "answer"})
_NEEDED = re.compile(r"\b(?:need(?:s|ed)?|require[sd]?|undergo|treated (?:with|by))\b", re.IGNORECASE)
_NOT_NEEDED = re.compile(
    r"(?:(?:\b(?:not|never|rarely|seldom|hardly)|n['’]t) (?:(?:\w+ly|always|often|be) ){0,2}|\bno (?:\w+ (?:(?:is|are|was) )?)?)"
    r"(?:need(?:s|ed)?|require[sd]?|undergo|treated (?:with|by))\b",
    re.IGNORECASE,
)
_TOO_MUCH = re.compile(
    r"\b(?:take|took|taken|use|used|swallow\w*|inject\w*|drink)\b[^.]{0,40}\b(?:too much|more than (?:prescribed|recommended"
    r"|directed|you should))|\boverdos\w+",
    re.IGNORECASE,
)
_FORBIDS = re.compile(
    r"\b(?:avoid|do not (?:use|administer|take|give|combine)|should not be (?:used|taken|given|administered|combined)"
    r"|contraindicated)\b",
    re.IGNORECASE,
)
# Whom a section is about, and whom the label may forbid the medicine to in another place.
_GROUP = {
    "pediatric_use": "children",
    "geriatric_use": "older",
    "pregnancy": "pregnant",
    "lactation": "breastfeeding",
}
_FORBIDDEN = re.compile(rf"\bcontraindicat\w+|\bmust not\b|{_FORBIDS.pattern}", re.IGNORECASE)
_MAY_FORBID = frozenset({"contraindications", "do_not_use", "boxed_warning", "dosage", "warnings"})
# Words of a warning's heading that name no danger of its own.
_ANY_DANGER = frozenset(
    stem(w)
    for w in "reaction reactions disease diseases disorder disorders patients effects effect serious severe increased events "
    "adverse warning warnings precautions general treatment therapy clinical potential impairment children pediatric use "
    "including associated other during administration symptoms syndrome products product medicines laboratory monitoring".split()
)


def nothing_kept_back(example: Example, evidence: Evidence) -> Finding | None:
    """No other section says what this answer would have to say."""
    beside = [p for p in evidence.document.passages if p not in evidence.passages]
    scoped = bool(sections_named(example, evidence.document))
    reason = (
        _answered_twice(evidence, beside)
        or ("" if scoped else _other_treatment(example, evidence, beside))
        or _whom_to_call(example, evidence, beside)
        or _forbidden(example, evidence, beside)
        or said_beside(example, evidence, beside)
        or lost_beside_care(example, evidence)
        or said_against(example, evidence)
        or (said_otherwise if scoped else said_elsewhere)(example, evidence, beside)
    )
    return Finding(NAME, reason) if reason else None


def _answered_twice(evidence: Evidence, beside: list[SourcePassage]) -> str:
    """A collection that answers a question of one type in two places."""
    types = {
        str(p.attributes["question_type"]) for p in evidence.passages if p.attributes.get("question_type")
    }
    said = {p.text for p in evidence.passages}
    other = next(
        (p for p in beside if p.attributes.get("question_type") in types and p.text not in said), None
    )
    return f"the document answers this in another place as well: {other.text[:100]!r}" if other else ""


def _other_treatment(example: Example, evidence: Evidence, beside: list[SourcePassage]) -> str:
    asks = re.search(r"\btreat", example.prompt, re.IGNORECASE)
    if evidence.document.has("label") or not asks or any(p.section != "treatment" for p in evidence.passages):
        return ""
    answer = example.completion.lower()
    for passage in (p for p in beside if p.section in _TELLS_OF_TREATMENT):
        for unit in units(passage.text):
            clauses = re.split(r"[,;]|\bbut\b", unit.text.lower())
            said = ",".join(clause for clause in clauses if not _NOT_NEEDED.search(clause))
            if _NEEDED.search(said) and any(t in said and t not in answer for t in _TREATMENTS):
                return f"another section names a treatment that the answer does not: {unit.text[:100]!r}"
    return ""


def _whom_to_call(example: Example, evidence: Evidence, beside: list[SourcePassage]) -> str:
    of_overdose = "about_medicine" in example.traits and any(
        p.section == "overdose" for p in evidence.passages
    )
    if not evidence.document.has("label") or not of_overdose:
        return ""
    for passage in beside:
        for unit in units(passage.text):
            if _TOO_MUCH.search(unit.text) and level_of(unit.text) in ("urgent", "emergency"):
                said = " ".join(tokens(unit.text)) in " ".join(tokens(example.completion))
                if not said:
                    return f"the label says whom to call after too much of it: {unit.text[:120]!r}"
    return ""


def _forbidden(example: Example, evidence: Evidence, beside: list[SourcePassage]) -> str:
    """The label forbids the medicine to those asked about, or for the danger asked about, and the answer only warns."""
    if not evidence.document.has("label") or _FORBIDDEN.search(example.completion):
        return ""
    groups = {_GROUP[p.section] for p in evidence.passages if p.section in _GROUP}
    dangers = (
        {
            stem(word)
            for p in evidence.passages
            if p.section == "warnings"
            for word in content(p.heading)
            if len(word) > 5
        }
        - _ANY_DANGER
        - {stem(t) for name in evidence.document.names for t in tokens(name)}
    )
    for passage in (p for p in beside if p.section in _MAY_FORBID):
        listed = passage.section in ("contraindications", "do_not_use")
        for unit in units(passage.text):
            if not (listed or _FORBIDDEN.search(unit.text)):
                continue
            meant = groups & groups_of(unit.text) or (
                listed and dangers & {stem(t) for t in tokens(unit.text)}
            )
            if meant:
                return f"the label forbids it elsewhere: {unit.text[:120]!r}"
    return ""
