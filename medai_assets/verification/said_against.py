"""What a page says against something that an answer on care offers, or that its case tells of, and the answer leaves out.

A level and a list of signs may be whole and still be followed to harm by what another section forbids: contact lenses with an
eye that is inflamed, a vaccine in pregnancy, a visit to a surgery with what spreads there. What belongs here: looking for such
sentences in the whole page. What does not: labels of medicines (nothing_kept_back, safety_kept), what has to be done (care_beside).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medai_assets.verification.example import Evidence, Example, Source, SourcePassage
from medai_assets.verification.page_section import POINTER
from medai_assets.verification.structure import Unit, content, stem, stems, tokens, units
from medai_assets.verification.urgency import told_in

_FORBIDS = re.compile(r"\W*(?:please )?(?:do not|don['’]t|never|avoid) (?P<what>.+)", re.IGNORECASE)
# To whom something is not given: "The vaccine is not given in pregnancy", "loperamide, which should not be used if …".
_NOT_FOR = re.compile(
    r"(?P<thing>[^.;:]*?)(?:, which)? (?:(?:is|are) not|is(?:n['’]t)|are(?:n['’]t)|should not be|must not be|cannot be)"
    r" (?:given|used|taken|suitable|safe|recommended|offered)\b",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"\W*(?:it|they|this|these|the vaccine|the medicine|the drug|the treatment)$", re.IGNORECASE
)
_SHORT_NAME = re.compile(r"\b[A-Z]{3,6}\b")
_PLACE = (
    r"(?:surgery|practice|clinic|pharmacy|pharmacist|GP|doctor|office|emergency (?:room|department)|A&E)\b"
)
_STAY_AWAY = re.compile(
    rf"\b(?:do not|don['’]t) (?:visit|go to|come to|attend|walk into) (?:the|your|an?) (?:\w+ ){{0,2}}{_PLACE}"
    r"|\b(?:phone|call|ring|telephone) (?:ahead|first|before (?:you go|going|you come|coming|visiting|you visit))\b",
    re.IGNORECASE,
)
_SENDS_THERE = re.compile(
    rf"\bappointment\b|\b(?:see|visit) (?:the|your|an?) (?:\w+ ){{0,2}}{_PLACE}|\bgo to (?:the|your|an?) (?:\w+ ){{0,2}}{_PLACE}",
    re.IGNORECASE,
)
# A reading of blood pressure, a temperature, a level in blood.
_READING = re.compile(
    r"\b\d{2,3}/\d{2,3}\b|\b\d+(?:\.\d+)? ?(?P<unit>°[CF]|C\b|F\b|mmol/L|mg/dL)", re.IGNORECASE
)
# Where or how a reading is taken, by which its limits differ.
_TAKEN = frozenset(
    map(
        stem,
        "home clinic surgery pharmacy hospital machine monitor fasting meal rest armpit ear mouth rectal".split(),
    )
)
_UP = re.compile(r"\b(?:above|over|higher|at least|or more|exceeds?)\b", re.IGNORECASE)
_DOWN = re.compile(r"\b(?:below|under|lower than|or lower|less than|or less)\b", re.IGNORECASE)
_STEPS = frozenset({"self_care", "treatment"})


def said_against(example: Example, evidence: Evidence) -> str:
    """The reason in words, "" where the page says nothing against it that the answer leaves out."""
    document = evidence.document
    if not document.has("page") or not example.traits & {"states_level", "about_signs"}:
        return ""
    told = told_in(example.prompt, document.names) if "states_level" in example.traits else ""
    unsaid = list(_unsaid(document, example.completion))
    return (
        next((f"what is told of is forbidden: {u.text[:120]!r}" for _, u in unsaid if _forbids(u, told)), "")
        or next(
            (
                f"to whom it is not given: {u.text[:120]!r}"
                for p, u in unsaid
                if _not_given(p, u, example.completion, document.title)
            ),
            "",
        )
        or _stay_away(unsaid, example.completion)
        or _other_reading(unsaid, example.completion)
        or _other_subject(document, example.completion)
    )


def _unsaid(document: Source, answer: str) -> Iterator[tuple[SourcePassage, Unit]]:
    """The units of a page that an answer does not hold, with their passages."""
    said = _plain(answer)
    for passage in document.passages:
        for unit in units(POINTER.sub(" ", passage.text)):
            if _plain(unit.text) not in said:
                yield passage, unit


def _forbids(unit: Unit, told: str) -> bool:
    """Whether it forbids what somebody tells of: what is done, and with what."""
    found = _FORBIDS.match(unit.text)
    what = [stem(word) for word in content(found["what"])[:2]] if found else []
    return len(what) == 2 and set(what) <= stems(told)


def _not_given(passage: SourcePassage, unit: Unit, answer: str, title: str) -> bool:
    """Whether it says to whom something is not given that the answer names."""
    found = _NOT_FOR.match(unit.text)
    if found is None:
        return False
    said = stems(answer)
    if _LEANS.match(found["thing"]):
        names = {name.lower() for name in _SHORT_NAME.findall(f"{passage.heading} {passage.text}")}
        return bool(names & set(tokens(answer)) - {stem(t) for t in tokens(title)})
    named = [stem(word) for word in content(found["thing"])]
    if ", which" in found[0]:
        named = named[-1:]
    return bool(named) and set(named) <= said and not set(named) <= stems(title)


def _stay_away(unsaid: list[tuple[SourcePassage, Unit]], answer: str) -> str:
    """The page wants nobody to come, or a call before, and the answer sends somebody there."""
    if not _SENDS_THERE.search(answer):
        return ""
    return next(
        (f"how to come there is not told: {u.text[:120]!r}" for _, u in unsaid if _STAY_AWAY.search(u.text)),
        "",
    )


def _other_reading(unsaid: list[tuple[SourcePassage, Unit]], answer: str) -> str:
    """The page gives another figure from which on the same reading counts: at home, at a clinic."""
    mine = [(unit, found) for unit in units(answer) if (found := _readings(unit.text))]
    for _, unit in unsaid:
        for of_answer, figures in mine:
            others = _readings(unit.text)
            same_form = {form for form, _ in others} & {form for form, _ in figures}
            same_way = any(way.search(unit.text) and way.search(of_answer.text) for way in (_UP, _DOWN))
            taken = stems(unit.text) & stems(of_answer.text) & _TAKEN
            if same_form and same_way and taken and not others & figures:
                return f"the page has another figure for it: {unit.text[:120]!r}"
    return ""


def _readings(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(((m["unit"] or "/").lower(), m[0].lower()) for m in _READING.finditer(text))


def _other_subject(document: Source, answer: str) -> str:
    """A page on two illnesses, and steps for one of them alone."""
    sides = [stems(side) for side in re.split(r"\band\b", document.title.split(":")[0])]
    said = _plain(answer)
    steps = [p for p in document.passages if p.section in _STEPS]
    if len(sides) != 2 or not all(sides) or not any(_plain(p.text) in said for p in steps):
        return ""
    for passage in steps:
        of_one = sum(side <= stems(passage.heading) for side in sides) == 1
        if of_one and _plain(passage.text) not in said:
            return f"steps for the other illness are not told: {passage.heading[:120]!r}"
    return ""


def _plain(text: str) -> str:
    return f" {' '.join(tokens(POINTER.sub(' ', text)))} "
