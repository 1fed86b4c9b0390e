"""A sign that a page names at two levels: whoever tells of it gets one of them, and the page gives both.

"Discharge from the ear" stands on the GP's card, "fluid coming out of the ear" on the one for today. What belongs here:
comparing what somebody tells with the items of the page's cards, whatever words they use for one thing. What does not: levels that
the framing states (no_false_alarm).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from medai_assets.verification.alignment import align
from medai_assets.verification.example import Evidence, Example, Source
from medai_assets.verification.populations import groups_of
from medai_assets.verification.structure import ITEM_, content, stem, units
from medai_assets.verification.urgency import LEVELS, OF_CARE, told_in

# Words by which one thing is told: of each line the first stands for all.
_ALIKE = {
    stem(word): stem(line.split()[0])
    for line in (
        "fluid discharge pus liquid runny leaks", "fit fits seizure seizures convulsion convulsions", "poo stool stools faeces",
        "pee urine wee", "vomit vomiting vomits sick", "temperature fever feverish", "tummy stomach belly abdomen abdominal",
        "pain painful pains hurts hurt sore soreness ache aches aching", "swelling swollen swells", "blood bleed bleeding bleeds",
        "breath breathing breathe breathless", "faint passed collapse collapsed unconscious", "confused confusion",
        "dizzy dizziness lightheaded", "rash spots", "itchy itching itches", "weak weakness", "numb numbness", "stiff stiffness",
        "sight vision", "diarrhoea diarrhea", "difficulty trouble struggle struggling hard finds", "lie lying lies",
        "cough coughing coughs", "exercise exertion", "eat eating meals",
    )
    for word in line.split()
}  # fmt: skip
# What tells no sign from another: who has it, that there is one, where it moves.
_ANY_SIGN = frozenset(
    stem(w)
    for w in "child children baby someone person adult person's has get gets getting getting feels feel feeling look looks become "
    "becomes coming comes come out running run from there sign signs symptom symptoms one or such both "
    "else your you my me with".split()
)
# When it is there; beside it, how bad it is called makes no other sign of it.
_CIRCUMSTANCE = frozenset(
    stem(w) for w in "night morning lie rest exercise walk eat swallow cough sneeze bend".split()
)
_HOW_BAD = frozenset(
    stem(w) for w in "worse worst worsens bad badly severe wakes wake woken keeps very".split()
)
_OR = re.compile(r", or ")  # "in one or both eyes" are no two signs
_IF = re.compile(r"\bif\b(?P<rest>.*)", re.IGNORECASE | re.DOTALL)


class Sign(NamedTuple):
    """One way in which an item of a card may be met: its level, its words of substance, the item.

    Attributes:
        when: of these, without the page's names and how bad it is, where they say when it is there; else empty.
    """

    level: str
    words: frozenset[str]
    item: str
    when: frozenset[str]


def told_at_two_levels(example: Example, evidence: Evidence) -> str:
    """The item of another level that what is told meets as well; "" where the page has one level for it."""
    document = evidence.document
    if "states_level" not in example.traits or not document.has("page"):
        return ""
    first = next((u.runs[0].source.passage for u in align(example, evidence).units if u.runs), None)
    told = told_in(example.prompt, document.names)
    if first is None or first.section not in OF_CARE:
        return ""
    said, level = words_of(told), OF_CARE[first.section]
    children = "children" in groups_of(told)
    every = [
        s
        for s in _signs(document)
        if (s.words <= said or (s.when and s.when <= said))
        and (children or "children" not in groups_of(s.item))
    ]
    higher = next((s for s in every if LEVELS.index(s.level) > LEVELS.index(level)), None)
    if higher:
        return f"the page gives it a higher level as well: {higher.item!r}"
    own = {w for s in every if s.level == level for w in (s.words, s.when)}
    lower = next(
        (s for s in every if LEVELS.index(s.level) < LEVELS.index(level) and own & {s.words, s.when or None}),
        None,
    )
    return f"the page gives it a lower level as well: {lower.item!r}" if lower else ""


def words_of(text: str) -> frozenset[str]:
    """The words of substance of a sign, one for all that mean the same."""
    stems = {stem(word) for word in content(text)}
    return frozenset(_ALIKE.get(s, s) for s in stems) - _ANY_SIGN


def _signs(document: Source) -> list[Sign]:
    if "signs" not in document.memo:
        document.memo["signs"] = list(_read(document))
    found: list[Sign] = document.memo["signs"]
    return found


def _read(document: Source) -> list[Sign]:
    """The signs of all cards; an item under a heading with a condition of its own ("if you have DVT and") holds that too."""
    found = []
    names = words_of(" ".join(document.names))
    for passage in document.passages:
        if passage.section not in OF_CARE:
            continue
        lead = next((u.text for u in units(passage.text) if u.text.rstrip().endswith(":")), "")
        heads = _IF.search(passage.heading) or _IF.search(lead)
        condition = words_of(heads["rest"]) if heads else frozenset()
        of_child = (
            "child" if "children" in groups_of(passage.heading) and " or " not in passage.heading else ""
        )
        for unit in units(passage.text):
            for part in _OR.split(unit.text) if unit.kind == ITEM_ else ():
                words = words_of(part) | condition
                if words - names:
                    bare = words - names - _HOW_BAD
                    when = bare if bare & _CIRCUMSTANCE else frozenset()
                    found.append(
                        Sign(OF_CARE[passage.section], words, f"{of_child} {unit.text}".strip(), when)
                    )
    return found
