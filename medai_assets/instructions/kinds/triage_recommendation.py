"""How soon to turn to whom: a situation from a care card, and the level that the card gives it.

Of a page's card there are up to three, each about another situation: the level's name, the card as the publisher words it,
and every card that is more urgent. What belongs here: which parts of pages and labels carry a level. What does not:
reading a card (care.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from medai_assets.foundation.vocabularies import TRIAGE_LEVELS
from medai_assets.instructions.advice import level_answer, say_cards, say_section, say_whose
from medai_assets.instructions.care import (
    LEVEL_OF,
    Card,
    cards,
    has_one_scope,
    in_order_of_urgency,
    is_condition,
    is_one_condition,
    local_sentences,
    needs_no_topic,
    sections,
    spoken,
    subject_of,
)
from medai_assets.instructions.choice import hash_mod_6, in_order
from medai_assets.instructions.kind import Kind
from medai_assets.instructions.kinds.drug_information import drug_names, is_run_together
from medai_assets.instructions.language import phrasing
from medai_assets.instructions.language.excerpt import excerpt, plain_sentences
from medai_assets.instructions.language.framing import LEVEL_NAMES, level_line
from medai_assets.instructions.language.phrasing import complaint_slots, phrase
from medai_assets.instructions.language.wording import alternatives, first_person
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.instructions.rules import Answer, Made, Rule, Setting, register
from medai_assets.instructions.scoring.detectors import triage_level
from medai_assets.instructions.scoring.scoring import Direction, Scoring, share_of
from medai_assets.instructions.scoring.verdicts import NO_ANSWER, Outcome, Verdict
from medai_assets.sources.registry import sources_with
from medai_assets.verification.not_said_twice import MOST_CASES
from medai_assets.verification.urgency import ALARM, level_of
from medai_assets.verification.who_asks import of_another

KIND = "triage_recommendation"
PAGES = sources_with("care_cards")
ADVICE_WORDS = 60
# Headings by which a publisher says that something may be treated by oneself.
_TREAT_YOURSELF = re.compile(
    r"(?m:^)(?>.*?\b(?:treat\w*|ease|eas(?:e|ing)|relieve|stop|car(?:e|ing) for|look(?:ing)? after|help)\b)"
    r".*\b(?:yourself|at home)\b"
    r"|^things you can do yourself$",
    re.IGNORECASE,
)
_NOT_ALONE = re.compile(
    r"\b(?:wait|attack|collapse|ruled out|monitor|blood test|side effects|while)\b", re.IGNORECASE
)
_SERIOUS = re.compile(
    r"\b(?:life-threatening|emergency|999|911|hospital|deadly|fatal|ambulance|antibiotics, and sooner|long-term|lifelong)\b",
    re.IGNORECASE,
)
_STOP_USE = re.compile(
    r"(?P<lead>stop (?:use|taking|using)(?: \w+)? and (?:ask|see|call|tell) (?:a|your) (?:doctor|physician|dentist)\s+if)\s++"
    r"(?P<list>[^.]+)(?P<end>\.?)",
    re.IGNORECASE,
)
_SEEK_HELP = re.compile(
    r"\W*(?:seek|get) medical (?:help|attention|care) (?:right away|immediately|at once)\.", re.IGNORECASE
)
_EMERGENCY_FOR = re.compile(
    r"(?P<lead>get emergency (?:help|care|medical help) (?:right away |at once |immediately )?(?:if|for))\s++"
    r"(?P<list>[^.]+)(?P<end>\.?)",
    re.IGNORECASE,
)
# What a label lists beside "ask a doctor" but nobody should wait with: no level is made of these.
_ALARMING = re.compile(
    r"breath|slurred|faint|blood|black stool|black,|weakness in|allergic reaction|vision|heartbeat|heart beats|severe"
    rf"|stroke|heart attack|{ALARM.pattern}",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"\b(?:gets?|lasts?|occurs?|persists?|worsens?|appears?|is|are|develops?|becomes?|feel|have|need|do not|does not|comes?|"
    r"did not|has|beats?|starts?|improve|clear|get)\b"
)
_FIT = re.compile(r"\bfits?\b", re.IGNORECASE)
_THIS_PRODUCT = re.compile(r" (?:to|from|of) (?:this|the) (?:product|medicine|drug)")
_BARE_NOUN = re.compile(
    r"(?:pain|fever|cough|redness|rash|irritation|bloating|swelling|heartburn|condition|bleeding|diarrhea)\b",
    re.IGNORECASE,
)
_ASK_IF_HAVE = re.compile(
    r"ask a doctor(?: or pharmacist)? before use if you have (?P<what>[^.;]+?)(?:, because|, since|[.;]|$)",
    re.IGNORECASE,
)


def from_cards(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """Situations of each care card, each asked about by itself, or when its level is due where no item can be told by itself."""
    about = subject_of(document)
    if not about or not has_one_scope(document):
        return
    for card in cards(document):
        is_asked = card.level != "self_care" and has_one_level(card)
        for prompt in _asked(document, card, about) if is_asked else ():
            yield _made(CARDS, document, prompt, level_answer(document, card, about, prompt), card.level)


def has_one_level(card: Card) -> bool:
    """Whether a card's level is that of all that it says.

    A part in prose may send some to a doctor and some to 911, and a heading may name the emergency department on a card of
    a lower level.
    """
    if card.items and not card.nouns:
        return card.level == "emergency" or level_of(card.passage.heading) != "emergency"
    found = {level_of(sentence) for sentence in plain_sentences(card.text)} - {"", "routine"}
    return ("emergency" in found) == (card.level == "emergency")


def self_care(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """What a page says one can treat by oneself, by its own heading, with every card of the page."""
    about = subject_of(document)
    if not about or not is_one_condition(document) or not has_one_scope(document) or is_serious(document):
        return
    parts = [p for p in sections(document.of("self_care")) if _TREAT_YOURSELF.search(p[0].heading)]
    for part in [p for p in parts if not _NOT_ALONE.search(p[0].heading)][:1]:
        answer = Answer().frame(f"{LEVEL_NAMES['self_care']}: ")
        say_section(answer, tuple(p for other in parts for p in other if p.heading == part[0].heading))
        say_cards(answer, in_order_of_urgency(cards(document)))
        say_whose(answer, document, about)
        prompt = phrase(phrasing.SELF_CARE, (part[0].passage_id, SELF.choice_key), topic=about)
        yield _made(SELF, document, prompt, answer, "self_care")


def stop_use(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """Label instructions to stop and ask a doctor, or to get emergency help, one condition each."""
    names = drug_names(document)
    for passage in document.of("stop_use") if names else []:
        if is_run_together(passage.text):
            continue
        found = _STOP_USE.search(passage.text)
        if found and found["end"]:
            following = passage.text[found.end() :].strip()
            level = "urgent" if _SEEK_HELP.match(following) else "primary_care"
            clauses = [c for c in _clauses(found["list"]) if level == "urgent" or not _ALARMING.search(c)]
            net = (
                []
                if level == "urgent"
                else local_sentences(plain_sentences(following), setting.country, ADVICE_WORDS)
            )
            yield from _label_clauses(document, passage, level, found["lead"], clauses, net, setting)
        found = _EMERGENCY_FOR.search(passage.text)
        if found and found["end"] and found["lead"].lower().endswith("if"):
            yield from _label_clauses(
                document, passage, "emergency", found["lead"], _clauses(found["list"]), [], setting
            )


def _label_clauses(
    document: SourceDocument,
    passage: Passage,
    level: str,
    lead: str,
    clauses: list[str],
    net: list[str],
    setting: Setting,
) -> Iterator[Made]:
    names = drug_names(document)
    for place, clause in enumerate(clauses):
        key = (passage.passage_id, STOP.choice_key, level, str(place))
        bare = _THIS_PRODUCT.sub("", clause)
        complaint = first_person(f"the {bare}" if _BARE_NOUN.match(bare) else bare)
        if not complaint:
            continue
        answer = Answer().frame(
            f"{level_line(level, setting.place)}\n\nWhy: the label of {names[0]} says this: "
        )
        answer.say(lead, passage).frame(" ").say(clause, passage).frame(".")
        if net:
            answer.frame(" It adds: ").say_all(net, passage)
        prompt = phrase(
            phrasing.STOP_USE, key, drug=names[hash_mod_6(*key) % len(names)], **complaint_slots(complaint)
        )
        yield _made(STOP, document, prompt, answer, level)


def ask_first(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """Label instructions to ask a doctor or pharmacist before use, one condition each."""
    names = drug_names(document)
    for passage in document.of("ask_doctor"):
        found = _ASK_IF_HAVE.search(passage.text)
        if not found or not names or is_run_together(passage.text):
            continue
        # "if you have or had glaucoma or cataracts".
        stated = re.sub(r"^or (?:ever )?had ", "", found["what"])
        what = [
            w for w in alternatives(stated)
            if len(w.split()) <= 5 and not _CLAUSE.search(w) and not w.startswith("ever ")
        ]  # fmt: skip
        for place, name in enumerate(what[:2]):
            key = (passage.passage_id, ASK.choice_key, str(place))
            answer = Answer().frame(
                f"{level_line('primary_care', setting.place)}\n\nWhy: the label of {names[0]} says: "
            )
            text = excerpt(passage.text, 90)
            if text:
                answer.say(text, passage)
                prompt = phrase(phrasing.ASK_FIRST, key, drug=names[hash_mod_6(*key) % len(names)], what=name)
                yield _made(ASK, document, prompt, answer, "primary_care")


def is_serious(document: SourceDocument) -> bool:
    """Whether the page begins by calling its subject serious."""
    return bool(_SERIOUS.search(" ".join(p.text for p in document.of("overview")[:1])))


def _asked(document: SourceDocument, card: Card, about: str) -> Iterator[str]:
    """Situations of the card as told by a person, the subject named; when the level is due where none can be told."""
    of_card = (card.passage.passage_id, CARDS.choice_key)
    complaints = in_order(card.complaints, *of_card)[:MOST_CASES]
    if not complaints and is_condition(document) and phrasing.WHEN_TO_CALL[card.level]:
        yield phrase(phrasing.WHEN_TO_CALL[card.level], of_card, topic=about)
    for place, complaint in enumerate(complaints):
        key = (*of_card, str(place))
        other = of_another(complaint)
        forms: tuple[str, ...] = phrasing.TRIAGE_WITH_TOPIC
        if other:
            forms = phrasing.TRIAGE_OF_ANOTHER_WITH_TOPIC
        if document.genre == "medicine":
            about = drug_names(document)[0]
        if needs_no_topic(complaint, about):
            forms = phrasing.TRIAGE_OF_ANOTHER if other else phrasing.TRIAGE_BARE
        elif document.genre == "medicine":
            forms = phrasing.TRIAGE_MEDICINE
        elif hash_mod_6("message", *key) == 0 and not other:
            forms = phrasing.TRIAGE_MESSAGE
        if ALARM.search(complaint) or _FIT.search(complaint):
            forms = tuple(form for form in forms if " wait, " not in form)  # which answers itself
        yield phrase(forms, key, topic=spoken(about), **complaint_slots(complaint))


def _clauses(listed: str) -> list[str]:
    """The conditions of an enumeration, those that are clauses of their own."""
    pieces = [p.strip(" ,;") for p in re.split(r"[,;]\s+(?:or\s+)?(?:if\s+)?|(?<!\s)\s+or\s+if\s+", listed)]
    whole = [p for p in pieces if 3 <= len(p.split()) <= 18 and _CLAUSE.search(p) and not _CLAUSE.match(p)]
    return [p for p in whole if not re.search(r"\bor (?:your|the) \w+(?: \w+)?$", p)]


def _made(rule: Rule, document: SourceDocument, prompt: str, answer: Answer, level: str) -> Made:
    return Made(rule, prompt, answer, {"level": level}, "consumer", document.subject)


_CARDS = frozenset(LEVEL_OF)
CARDS = register(Rule(f"{KIND}.care_card", _CARDS | {"overview"}, from_cards, PAGES))
SELF = register(Rule(f"{KIND}.self_care", _CARDS | {"self_care"}, self_care, PAGES))
STOP = register(Rule(f"{KIND}.stop_use", frozenset({"stop_use"}), stop_use, sources_with("label")))
ASK = register(Rule(f"{KIND}.ask_first", frozenset({"ask_doctor"}), ask_first, sources_with("label")))


DEFINITION = Kind(
    name=KIND,
    note="a told situation and its level of care: self-care, primary care, urgent or emergency",
    labels=frozenset({"level"}),
    traits=frozenset({"states_level"}),
    values={"level": TRIAGE_LEVELS},
    scoring=f"{__name__}:SCORING",
)
URGENT = ("urgent", "emergency")
LEVEL_OF_SOURCE = Outcome("level_of_source", "{given}, as the source")
LEVEL_TOO_LOW = Outcome("level_too_low", "under-triage: {given} for {wanted}")
LEVEL_TOO_HIGH = Outcome("level_too_high", "over-triage: {given} for {wanted}")
NO_LEVEL = Outcome("no_level", "states no level; the source says {wanted}")


def level_as_source(answer: str, reference: str, labels: Mapping[str, Any]) -> Verdict:
    """1 when the stated level is the source's, else 0; the verdict says under- or over-triage."""
    wanted, given = labels["level"], triage_level(answer)
    details = {"wanted": wanted, "given": given}
    if given is None:
        return Verdict(0.0, NO_LEVEL, details)
    if given == wanted:
        return Verdict(1.0, LEVEL_OF_SOURCE, details)
    less = TRIAGE_LEVELS.index(given) < TRIAGE_LEVELS.index(wanted)
    return Verdict(0.0, LEVEL_TOO_LOW if less else LEVEL_TOO_HIGH, details)


SCORING = Scoring(
    score=level_as_source,
    score_name="level exactly as the source",
    outcomes=(LEVEL_OF_SOURCE, LEVEL_TOO_LOW, LEVEL_TOO_HIGH, NO_LEVEL),
    stratum="level",
    directions=(
        Direction(
            "under_triage", "under-triage",
            "Of the items whose source says urgent or emergency, the share that the answer leaves below it; stating no level "
            "counts as left below.",
            share_of(LEVEL_TOO_LOW, NO_LEVEL, NO_ANSWER), lambda labels: labels["level"] in URGENT,
        ),
        Direction(
            "over_triage", "over-triage",
            "Of the items whose source says self-care or primary care, the share that the answer does not keep at that level "
            "or below; stating no level counts as not kept.",
            share_of(LEVEL_TOO_HIGH, NO_LEVEL, NO_ANSWER), lambda labels: labels["level"] not in URGENT,
        ),
        Direction(
            "no_level", "triage answers without a level", "Of all triage items, the share whose answer states no level.",
            share_of(NO_LEVEL, NO_ANSWER), guards=False,
        ),
        Direction(
            "level_too_low", "levels stated too low", "Of all triage items, the share whose answer states too low a level.",
            share_of(LEVEL_TOO_LOW), guards=False,
        ),
        Direction(
            "level_too_high", "levels stated too high",
            "Of all triage items, the share whose answer states too high a level.",
            share_of(LEVEL_TOO_HIGH), guards=False,
        ),
    ),
)  # fmt: skip
