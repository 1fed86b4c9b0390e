"""Whether a section of a page answers the question it is given for, and what other sections of the page add to the answer.

A page for the public takes a question apart: how it spreads, how to avoid another one, what a doctor does, what one can do
oneself. Each section is sound under its own heading and half an answer, or none, under the name of its kind. So a section that
is asked for by its heading is told as it stands there, with whom the page sends people to at once. What belongs here: pages. What
does not: labels and collections (section_whole, said_elsewhere, said_of_illness).
"""

from __future__ import annotations

import re

from medai_assets.verification.alignment import Laid
from medai_assets.verification.example import Evidence, Example, Source, SourcePassage
from medai_assets.verification.said_elsewhere import adds
from medai_assets.verification.said_of_illness import DEATH
from medai_assets.verification.structure import content, stems, tokens, units
from medai_assets.verification.urgency import OF_CARE, level_of, sends_for_help

QUOTED = re.compile(r"[\"“]([^\"“”]+)[\"”]")
# A link's words, which lead nowhere without the page.
POINTER = re.compile(
    r"(?:(?<=[.!?] )|(?<=\n)|^)(?:read|find out|see|learn|get) more (?:about|on|information)\b[^.\n]*(?:\.|$)",
    re.IGNORECASE | re.MULTILINE,
)
# "Many of these get better": a list that stood before it is gone.
_BEGINS_BACK = re.compile(
    r"\W*(?:(?:many|some|most|all|both|each|none|several) of (?:these|those|them)|these (?!are\b|include\b|may\b|can\b|happen\b)"
    r"|those|others?|also|as well(?! as)\b)\b",
    re.IGNORECASE,
)
_URGENT = re.compile(r"\burgent(?:ly)?\b", re.IGNORECASE)
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
_ON_SIGNS = re.compile(
    r"\b(?:symptoms?|signs?|look(?:s|ing)? like|feel(?:s|ing)? like|do you know|you have|notice|go with|recogni[sz]\w+|spot)\b",
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


def titles_asked(example: Example) -> tuple[str, ...]:
    """The headings that a question quotes, in small letters."""
    return tuple(m[1].casefold() for m in QUOTED.finditer(example.prompt))


def not_under_heading(example: Example, evidence: Evidence, named: tuple[str, ...]) -> str:
    """Why an answer is not what the page has under the one heading that is asked for, word for word; "" where it is."""
    every = evidence.document.passages
    title = named[0]
    wanted = [p for p in every if title in (_bare(p.heading), _bare(str(p.attributes.get("context", ""))))]
    if len(named) > 1 or not any(_bare(p.heading) == title for p in wanted):
        return f"the page has no heading {' and '.join(named)!r}"
    if (
        "about_medicine" in example.traits
    ):  # its cards stand right below what they are about, whatever their level
        wanted += _cards_right_below(every, wanted)
    else:
        urgent = [p for p in every if p not in wanted and _is_urgent(p)]
        if urgent and not _URGENT.search(QUOTED.sub(" ", example.prompt)):
            return f"the page says whom to turn to at once, and it is not asked for: {urgent[0].heading!r}"
        sent = next((u.text for p in every if p not in (*wanted, *urgent) and p.section not in OF_CARE
                     for u in units(p.text) if urgent and sends_for_help(u.text)), "")  # fmt: skip
        if sent:
            return f"the page sends people for help elsewhere too: {sent[:120]!r}"
        wanted += urgent
    lost = next((p for p in wanted if int(p.attributes.get("parts", 1)) > _parts_of(p, wanted)), None)
    if lost:
        return f"a part of what stands under {title!r} is not there"
    said, rest = _plain(example.completion), []
    for passage in wanted:
        head = [] if _bare(passage.heading) == title or "part" in passage.attributes else [passage.heading]
        rest.append(_plain("\n".join((*head, passage.text))))
    if sorted(" ".join(rest).split()) != sorted(said.split()) or any(part not in said for part in rest):
        return f"it is not what the page has under {title!r}, whole and alone"
    return ""


def _parts_of(passage: SourcePassage, among: list[SourcePassage]) -> int:
    return sum((p.section, p.heading) == (passage.section, passage.heading) for p in among)


def _cards_right_below(every: tuple[SourcePassage, ...], wanted: list[SourcePassage]) -> list[SourcePassage]:
    found: list[SourcePassage] = []
    follows = False
    headings = {p.heading for p in wanted}
    for passage in every:
        of_another = passage.attributes.get("context") not in (None, "", *headings)
        follows = passage in wanted or (follows and passage.section in OF_CARE and not of_another)
        if follows and passage not in wanted:
            found.append(passage)
    return found


def _is_urgent(passage: SourcePassage) -> bool:
    """Whether a card sends people for help today or at once, by its level or its heading."""
    level = OF_CARE.get(passage.section)
    return level in ("urgent", "emergency") or (
        level is not None and level_of(passage.heading) == "emergency"
    )


def _bare(heading: str) -> str:
    return heading.strip().casefold()


def _plain(text: str) -> str:
    return " ".join(tokens(POINTER.sub(" ", text)))


def another_question(example: Example, laid: list[Laid], document: Source) -> str:
    """Why a page's section is under a heading that is not what is asked, in words; "" where it is not."""
    if not document.has("page"):
        return ""
    if example.traits & {"about_medicine", "states_level", "about_signs"} or titles_asked(example):
        return _of_no_signs(example, laid) or _lost_before(laid) or _heading_missing(example, laid)
    touched = {run.source.passage.passage_id: run.source.passage for unit in laid for run in unit.runs}
    headed = (p for p in touched.values() if p.heading and not p.heading.endswith("?"))
    of_less = next((reason for p in headed if (reason := _of_less(example.prompt, p, document.names))), "")
    return of_less or _heading_missing(example, laid)


def _lost_before(laid: list[Laid]) -> str:
    """What the first words of an answer point to, which the page has lost: "Other frequent reasons are"."""
    said = next((u.unit.text for u in laid if not u.runs[0].source.is_heading), "")
    back = _BEGINS_BACK.match(said)
    return f"it begins with what the page has lost before it: {back[0]!r}" if back else ""


def _of_no_signs(example: Example, laid: list[Laid]) -> str:
    """Signs are asked for, and the page's section on them is on something else: how deep a burn is."""
    passages = [u.runs[0].source.passage for u in laid if "about_signs" in example.traits]
    first = next((p for p in passages if p.section == "symptoms"), None)
    headed = first and first.heading and not _ON_SIGNS.search(first.heading)
    return f"it asks for signs, and the section is on {first.heading!r}" if first and headed else ""


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
    by_title = bool(titles_asked(example))
    said = stems(" ".join((example.completion, example.prompt, *evidence.document.names)))
    headings = {p.heading for p in evidence.passages if p.heading}
    others = [p for p in beside if p.section not in OF_CARE and adds(p.text, said)]
    for passage in others:
        below = passage.attributes.get("context") in headings and not passage.heading.endswith("?")
        if not by_title and (below or passage.heading in headings):
            return f"the page says more below that heading: {passage.heading!r}"
    if any(heading.endswith("?") for heading in headings):
        return ""  # a block under its own question answers that one
    sections = {p.section for p in evidence.passages} & _TOPICS
    if "treatment" in sections and not _OF_DOCTORS.search(example.prompt):
        sections |= {"self_care"}
    told = {_DEADLY} if _DEADLY.search(example.completion) else set()
    cues = {_SPEAKS_OF[s] for s in sections if s in _SPEAKS_OF} - told
    if by_title:
        cues &= {_DEADLY}  # that it can kill is asked along, wherever the page says it
    for passage in others:
        if not by_title and passage.section in sections:
            return f"another section answers it as well: {passage.heading or passage.text[:80]!r}"
        for unit in units(passage.text):
            if adds(unit.text, said) and any(cue.search(unit.text) for cue in cues):
                return f"the page says of the same elsewhere: {unit.text[:120]!r}"
    return ""
