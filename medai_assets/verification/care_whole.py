"""*care whole*: a page's advice on when to turn to whom is in an answer as the publisher has it, or not at all.

A list of alarm signs that lacks one reads as complete; an answer at one level that lacks a higher one sounds as if there
were none. So a care card that an answer touches is there with its heading and every word below it, in order; and beside
it stands every card of the document that is more urgent (for an answer about symptoms, every card there is). Symptoms of
a page or a pair are told whole, with what the page puts under their heading, in the page's order, and of the illness that
was asked about; every sentence by which the document sends somebody for help at once comes with them. A page that tells of
emergencies gives no answer on what to do without them. After a call for help stand no steps for another state than the one
that help is called for.
"""

from __future__ import annotations

import re

from medai_assets.verification.alignment import align
from medai_assets.verification.example import Evidence, Example, Finding, SourcePassage
from medai_assets.verification.page_section import POINTER
from medai_assets.verification.structure import ITEM_, stem, stems, tokens, units
from medai_assets.verification.urgency import ALARM, LEVELS, OF_CARE, level_of, sends_for_help, told_in

NAME = "care_whole"
_NOT_ADVICE = frozenset({"research", "genetics", "inheritance", "frequency"})

_TWO = re.compile(r"(?P<one>.+?) and (?P<other>.+)", re.IGNORECASE)
# "Get medical help if there are symptoms after a head injury": a rule beside the cards, of whatever level.
HELP_IF = re.compile(
    r"\b(?:get|seek|see|call|contact|go to|speak to|talk to)\b[^.;]{0,30}\b(?:help|advice|care|attention|doctor|GP|nurse|111"
    r"|provider|clinic|hospital)\b[^.;]{0,30}\b(?:if|when|whenever|as soon as|after)\b",
    re.IGNORECASE,
)
# "If symptoms last beyond four weeks, ask for a referral": help too, for a case that no card tells.
_ASKED_IF = re.compile(
    r"\b(?:ask|tell|see|talk to|speak to|contact|call|report)\b[^.;]{0,60}\b(?:doctor|GP|nurse|pharmacist|midwife|dentist"
    r"|provider|referral|specialist)\b",
    re.IGNORECASE,
)
# "It should be treated at once": help too, by whoever is there.
TREAT_AT_ONCE = re.compile(
    r"\b(?:treat(?:ed)?|act|cool|rinse|flush)\b[^.;]{0,60}\b(?:at once|right away|immediately|straight away|without delay)\b",
    re.IGNORECASE,
)
_IF = re.compile(r"\b(?:if|when|whenever|after|beyond)\b", re.IGNORECASE)
_REPORTED = re.compile(
    r"\b(?:should|must) (?:always )?be (?:reported|told to|seen by|checked by)\b", re.IGNORECASE
)
WHILE_WAITING = re.compile(r"\bwhile (?:you wait|waiting)\b|\buntil help\b", re.IGNORECASE)
_WHAT_TO_DO = re.compile(r"\bwhat (?:should|can|do) (?:I|we|you) do\b(?! to prevent)", re.IGNORECASE)
_TO_SOMEBODY = re.compile(r"\b(?:seek|get|ask for) (?:\w+ )?(?:advice|help|care|attention)\b", re.IGNORECASE)
# Signs that were named elsewhere; of "these", what stands before it in the same passage may be meant.
_SIGNS_ELSEWHERE = re.compile(
    r"\b(?:several|all|any|one or more|two or more) (?:of (?:the|these|those) )?(?:\w+ )?(?:signs?|symptoms?) (?:of|above|listed|"
    r"described)\b(?!.*\bsuch as\b)|\b(?:signs|symptoms) (?:above|listed|described)\b",
    re.IGNORECASE,
)
_SIGNS_BEFORE = re.compile(
    r"\b(?:these|those|the (?:other|above)) (?:\w+ )?(?:signs|symptoms)\b", re.IGNORECASE
)


def care_whole(example: Example, evidence: Evidence) -> Finding | None:
    """Every card that is touched, and every card that is due, is whole."""
    if evidence.document.has("label"):
        return None  # a label has no cards; its own lists are the business of ``whole``
    answer = _joined(example.completion)
    for passage in _due(example, evidence):
        if missing := _missing(passage, answer):
            return Finding(
                NAME, f"{passage.heading or passage.section!r} is not there whole: {missing[:160]!r}"
            )
    reason = (
        _emergency_lost(example, evidence, answer)
        or _of_one_of_two(example, evidence)
        or _moved(example, evidence)
        or _waits_for_less(example, evidence)
        or _signs_not_told(example, evidence)
        or _done_without(example, evidence, answer)
        or _steps_for_another(example, evidence)
    )
    return Finding(NAME, reason) if reason else None


def _due(example: Example, evidence: Evidence) -> list[SourcePassage]:
    """The passages that have to be whole in the answer."""
    touched = [run.source.passage for unit in align(example, evidence).units for run in unit.runs]
    every = evidence.document.passages
    cards = [p for p in every if p.section in OF_CARE]
    due = [p for p in every if p in touched and p.section in OF_CARE]
    if "about_signs" in example.traits:
        asked = {p.section for p in touched} & {"symptoms", "causes"}
        told = {p.heading for p in every if p.section in asked and p.heading}
        return [
            *due,
            *cards,
            *(p for p in every if p.section in asked or p.attributes.get("context") in told),
        ]
    if "states_level" in example.traits and touched:
        least = LEVELS.index(OF_CARE.get(touched[0].section, ""))
        return [
            *due,
            *(p for p in cards if LEVELS.index(OF_CARE[p.section]) >= least),
            *(p for p in every if evidence.document.has("page") and heads_an_emergency(p.heading)),
        ]
    if "about_medicine" in example.traits:
        return [*due, *_cards_below(every, touched)]
    return due


def _cards_below(every: tuple[SourcePassage, ...], touched: list[SourcePassage]) -> list[SourcePassage]:
    """The cards right below a passage, and those that the page puts under its heading."""
    found = []
    for place, passage in enumerate(every):
        if passage not in touched:
            continue
        for card in every[place + 1 :]:
            under = card.attributes.get("context") or passage.heading
            own = (passage.heading, passage.attributes.get("context"))
            if card.section not in OF_CARE or under not in own:
                break
            found.append(card)
        found += [
            c
            for c in every
            if c.section in OF_CARE and passage.heading and c.attributes.get("context") == passage.heading
        ]
    return found


def _missing(passage: SourcePassage, answer: str) -> str:
    """The first part of a passage that the answer lacks; "" where heading and text stand in it one after the other."""
    heading = (
        "" if passage.heading.rstrip().endswith("?") or passage.section not in OF_CARE else passage.heading
    )
    if _joined(f"{heading}\n{passage.text}") in answer:
        return ""
    parts = [heading, *(unit.text for unit in units(passage.text))]
    return next((part for part in parts if part and _joined(part) not in answer), "in its order")


def _emergency_lost(example: Example, evidence: Evidence, answer: str) -> str:
    """Whom the document sends for help at once in running text, where the question is about signs."""
    if "about_signs" not in example.traits:
        return ""
    for passage in evidence.document.passages:
        for unit in units(passage.text) if passage.section not in _NOT_ADVICE else ():
            rule = evidence.document.has("page") and is_of_a_case(unit.text)
            if (rule or sends_for_help(unit.text)) and _joined(unit.text) not in answer:
                return f"the document says, and the answer does not: {unit.text[:160]!r}"
    return ""


def is_of_a_case(sentence: str) -> bool:
    """Whether a sentence says in which case somebody should be asked for help, however soon, or something done at once."""
    asked = _ASKED_IF.search(sentence) and _IF.search(sentence)
    return bool(
        asked or HELP_IF.search(sentence) or _REPORTED.search(sentence) or TREAT_AT_ONCE.search(sentence)
    )


def heads_an_emergency(heading: str) -> bool:
    """Whether a heading sends people to an emergency department or for an ambulance, whatever the level of its card."""
    return level_of(heading) == "emergency" and sends_for_help(heading)


def _touched(example: Example, evidence: Evidence) -> list[SourcePassage]:
    """The passages whose words are in the answer, in the answer's order."""
    runs = [run for unit in align(example, evidence).units for run in unit.runs]
    return list({run.source.passage.passage_id: run.source.passage for run in runs}.values())


def _of_one_of_two(example: Example, evidence: Evidence) -> str:
    """Signs of one of the two that a page joins, for an answer about both."""
    pair = _TWO.fullmatch(example.subject or "") if "about_signs" in example.traits else None
    if not pair:
        return ""
    one, other = (stems(name) for name in pair.groups())
    for passage in _touched(example, evidence):
        said = stems(passage.heading)
        if passage.section == "symptoms" and bool(said & (one - other)) != bool(said & (other - one)):
            return f"the page is about two things, and {passage.heading!r} about one"
    return ""


def _moved(example: Example, evidence: Evidence) -> str:
    """What the page says between two parts on signs, told after both, or what to do meanwhile, told before the call."""
    if "about_signs" not in example.traits:
        return ""
    every, touched = evidence.document.passages, _touched(example, evidence)
    told = [every.index(p) for p in touched if p.section not in OF_CARE]
    for place, number in enumerate(told):
        signs = [n for n in told[:place] if every[n].section == "symptoms"]
        if every[number].section != "symptoms":
            if signs and min(signs) < number < max(signs):
                return f"the page says it before {every[max(signs)].heading!r}: {every[number].heading!r}"
        elif (
            signs
            and every[number].heading == every[max(signs)].heading != ""
            and any(p.section in OF_CARE for p in every[max(signs) + 1 : number])
        ):
            return f"a card stood between two parts under one heading: {every[number].heading!r}"
    calls = [n for n, p in enumerate(touched) if OF_CARE.get(p.section) == "emergency"]
    waits = next((p for p in touched[: max(calls, default=0)] if WHILE_WAITING.search(p.heading)), None)
    return f"it is told before the call that it waits for: {waits.heading!r}" if waits else ""


def _waits_for_less(example: Example, evidence: Evidence) -> str:
    """What to do until help comes, told after a card by which no ambulance is on its way."""
    touched = _touched(example, evidence) if example.traits & {"about_signs", "states_level"} else []
    for place, passage in enumerate(touched):
        before = [p for p in touched[:place] if p.section in OF_CARE]
        calls = [OF_CARE[p.section] == "emergency" or heads_an_emergency(p.heading) for p in before]
        if (
            passage.section not in OF_CARE
            and WHILE_WAITING.search(passage.heading)
            and any(calls)
            and not calls[-1]
        ):
            return f"between the call and what to do meanwhile stands a lower card: {before[-1].heading!r}"
    return ""


def _signs_not_told(example: Example, evidence: Evidence) -> str:
    """A case that is told by signs which the answer does not name: "several signs of it at once"."""
    if "states_level" not in example.traits or not evidence.document.has("page"):
        return ""
    touched = _touched(example, evidence)
    if any(p.section == "symptoms" for p in touched):
        return ""
    for passage in touched:
        said = units(passage.text)
        listed = sum(unit.kind in ("item", "row") for unit in said) > 1
        for number, unit in enumerate(said):
            named = _SIGNS_ELSEWHERE.search(unit.text) if not listed or unit.kind == "item" else None
            found = named or (_SIGNS_BEFORE.search(unit.text) if not number else None)
            if found and unit.kind != "lead":
                return f"the signs are not there: {found[0]!r}"
    return ""


def _done_without(example: Example, evidence: Evidence, answer: str) -> str:
    """What to do, from a page that says when it is urgent or an emergency, without a word of that."""
    facts = "asks_for_facts" in example.traits and "about_medicine" not in example.traits
    if not facts or not evidence.document.has("page"):
        return ""
    every = evidence.document.passages
    lost = [p for p in every if OF_CARE.get(p.section) in ("urgent", "emergency") and _missing(p, answer)]
    if not lost:
        return ""
    touched = _touched(example, evidence)
    if any("medicine" in str(p.attributes.get("genre", "")).lower() for p in touched):
        return ""  # the page's cards are about its side effects, whatever is asked of the medicine
    said = [(p.section, unit.text) for p in touched for unit in units(p.text)]
    does = _WHAT_TO_DO.search(example.prompt) or any(p.section == "self_care" for p in touched)
    sends = any(
        sends_for_help(text)
        or _TO_SOMEBODY.search(text)
        or (section != "prevention" and level_of(text) == "routine")
        for section, text in said
    )
    calm = not any(level_of(text) == "emergency" for _, text in said)
    return f"it says what to do, and not this: {lost[0].heading!r}" if does or (sends and calm) else ""


# "If somebody shows signs of heat exhaustion, take these steps:", "For a small burn:"; "for 20 minutes" is none.
_IN_A_STATE = re.compile(
    r"\W*(?:if|when|unless|for) (?P<state>(?:you|your|some\w+|any\w+|the|a|an|they|it|people|children)\b[^,:.]*)",
    re.IGNORECASE,
)
_LIFELESS = re.compile(r"\bnot (?:respond\w*|breathing)\b", re.IGNORECASE)
_ANY_STATE = frozenset(
    stem(w)
    for w in "someone somebody anyone anybody person people child children adult baby victim shows sign signs symptom symptoms "
    "think suspect happens need".split()
)


def of_another_state(steps: str, told: str) -> str:
    """The state that the first words of ``steps`` make a condition of, where ``told`` does not name it; else "".

    Where somebody is unconscious or does not breathe, whatever help was called for comes after that. The condition of a
    list's item is the item's own.
    """
    first = next((unit.text for unit in units(steps)[:1] if unit.kind != ITEM_), "")
    found = _IN_A_STATE.match(first)
    if not found or ALARM.search(found["state"]) or _LIFELESS.search(found["state"]):
        return ""
    state = stems(found["state"]) - _ANY_STATE
    return found["state"] if state - stems(told) else ""


def _steps_for_another(example: Example, evidence: Evidence) -> str:
    """Steps after a call for help that are for another state: drinks for heat exhaustion, where it is heatstroke."""
    touched = _touched(example, evidence) if "urgent" in example.traits else []
    calls = [p for p in touched if OF_CARE.get(p.section) == "emergency"]
    if not calls or calls[0] is not touched[0]:
        return ""
    told = told_in(example.prompt, evidence.document.names)
    told = "\n".join((told, *(f"{p.heading}\n{p.text}" for p in calls)))
    for passage in (p for p in touched if p.section not in OF_CARE and p.section != "symptoms"):
        if state := of_another_state(passage.text, told):
            return f"help is called for, and these steps are for another state: {state!r}"
    return ""


def _joined(text: str) -> str:
    return f" {' '.join(tokens(POINTER.sub(' ', text)))} "
