"""Whether a section of a page answers the question it is given for, and what other sections of the page add to the answer.

A page for the public takes a question apart: how it spreads, how to avoid another one, what a doctor does, what one can do
oneself. Each section is sound under its own heading and half an answer, or none, under the name of its kind. What belongs
here: pages and questions on an illness. What does not: labels and collections (said_elsewhere, said_of_illness).
"""

from __future__ import annotations

import re

from medai_assets.verification.alignment import Laid
from medai_assets.verification.example import Evidence, Example, Source, SourcePassage
from medai_assets.verification.said_elsewhere import adds
from medai_assets.verification.said_of_illness import DEATH
from medai_assets.verification.structure import content, stems, units
from medai_assets.verification.urgency import OF_CARE

_SPREADS = re.compile(r"\bspread\w*", re.IGNORECASE)
_KEEPS_OFF = re.compile(r"\b(?:prevent|protect|vaccin)\w*", re.IGNORECASE)
_ASKS_PREVENTION = re.compile(r"\bprevent(?:ed)?\b", re.IGNORECASE)
_PREVENTS = re.compile(
    rf"{_KEEPS_OFF.pattern}|\b(?:avoid\w*|stop\w*|reduc\w+|lower\w*|risks?)\b", re.IGNORECASE
)
_ANOTHER = re.compile(r"\b(?:another|again|next|repeat\w*|recurr\w*|coming back)\b", re.IGNORECASE)
# Words before a subject's name that make it no narrower: "preventing", "how it is treated".
_NO_NARROWER = re.compile(
    r"\w+ing|prevent|treat|avoid|stop|reduce|manage|ease|get|against|how|your", re.IGNORECASE
)
# What answers a question that stands in the heading: "Yes. A stroke can also cause …".
_TO_A_QUESTION = re.compile(
    r"(?:yes|no|not (?:always|usually|necessarily|really|at all)|usually|sometimes|probably|maybe|perhaps)(?=[.,;:]| [–-])"
    r"|(?:it|that) (?:all )?depends\b",
    re.IGNORECASE,
)
_TOPICS = frozenset({"causes", "diagnosis", "treatment", "prevention", "complications", "outlook"})
_OF_DOCTORS = re.compile(r"\bdoctors?\b", re.IGNORECASE)
_DEADLY = re.compile(rf"(?<!rarely )(?<!not )(?:{DEATH.pattern}|\b(?:can|may|could) kill\b)", re.IGNORECASE)
# What speaks of a section's matter wherever on the page it stands.
_SPEAKS_OF = {
    "prevention": re.compile(
        r"\bprevent(?:s|ive|ed|ing)?\b(?! (?:an? )?(?:severe|serious|another))|\bprotects? (?:you )?against\b"
        r"|\b(?:lower|reduce)s? (?:the|your) (?:risk|chance)",
        re.IGNORECASE,
    ),
    "complications": _DEADLY,
    "outlook": _DEADLY,
}


def another_question(example: Example, laid: list[Laid], document: Source) -> str:
    """Why a page's section is under a heading that is not what is asked, in words; "" where it is not."""
    if not document.has("page"):
        return ""
    if example.traits & {"about_medicine", "states_level", "about_signs"}:
        return _heading_missing(example, laid)
    touched = {run.source.passage.passage_id: run.source.passage for unit in laid for run in unit.runs}
    headed = (p for p in touched.values() if p.heading and not p.heading.endswith("?"))
    of_less = next((reason for p in headed if (reason := _of_less(example.prompt, p, document.names))), "")
    return of_less or _heading_missing(example, laid)


def _heading_missing(example: Example, laid: list[Laid]) -> str:
    """The answer to a question that nobody sees: it stands in the passage's heading."""
    asked = stems(example.prompt)
    before = ""
    for unit in laid:
        first, last = unit.runs[0], unit.runs[-1]
        passage, begins = first.source.passage, not first.source.is_heading and first.first == 0
        told = before == passage.passage_id or stems(passage.heading) <= asked
        if begins and not told and passage.heading.endswith("?") and _TO_A_QUESTION.match(unit.unit.text):
            return f"it answers a question that is not there: {passage.heading!r}"
        before = passage.passage_id if last.source.is_heading else ""
    return ""


def _of_less(prompt: str, passage: SourcePassage, names: tuple[str, ...]) -> str:
    """What a heading says that the question does not: how it spreads, another one of it, one kind of it."""
    heading = passage.heading
    spreads = bool(_SPREADS.search(heading)) and not _KEEPS_OFF.search(heading)
    if passage.section in ("prevention", "causes") and spreads is not bool(_SPREADS.search(prompt)):
        return f"how it spreads is a question of its own: {heading!r}"
    if _ANOTHER.search(heading) and not _ANOTHER.search(prompt):
        return f"the section is on having it once more: {heading!r}"
    for name in names:
        found = re.search(rf"(?<![\w-])(?P<kind>[\w-]{{1,40}}) {re.escape(name)}", heading, re.IGNORECASE)
        kind = found["kind"].lower() if found else ""
        if content(kind) and not _NO_NARROWER.fullmatch(kind) and kind not in prompt.lower():
            return f"the section is on one kind of it: {heading!r}"
    asks = passage.section == "prevention" and _ASKS_PREVENTION.search(prompt)
    on_it = stems(" ".join(names)) & stems(heading) or _PREVENTS.search(heading)
    return f"it asks for prevention, and the section is on {heading!r}" if asks and not on_it else ""


def said_beside(example: Example, evidence: Evidence, beside: list[SourcePassage]) -> str:
    """What the page says to the same question elsewhere: below that heading, in a section of the same kind, in a sentence."""
    if "asks_for_facts" not in example.traits or not evidence.document.has("page"):
        return ""
    said = stems(" ".join((example.completion, example.prompt, *evidence.document.names)))
    headings = {p.heading for p in evidence.passages if p.heading}
    others = [p for p in beside if p.section not in OF_CARE and adds(p.text, said)]
    for passage in others:
        below = passage.attributes.get("context") in headings and not passage.heading.endswith("?")
        if below or passage.heading in headings:
            return f"the page says more below that heading: {passage.heading!r}"
    if any(heading.endswith("?") for heading in headings):
        return ""  # a block under its own question answers that one
    sections = {p.section for p in evidence.passages} & _TOPICS
    if "treatment" in sections and not _OF_DOCTORS.search(example.prompt):
        sections |= {"self_care"}
    told = {_DEADLY} if _DEADLY.search(example.completion) else set()
    cues = {_SPEAKS_OF[s] for s in sections if s in _SPEAKS_OF} - told
    for passage in others:
        if passage.section in sections:
            return f"another section answers it as well: {passage.heading or passage.text[:80]!r}"
        for unit in units(passage.text):
            if adds(unit.text, said) and any(cue.search(unit.text) for cue in cues):
                return f"the page says of the same elsewhere: {unit.text[:120]!r}"
    return ""
