"""Care cards: the parts of a page that say who should turn to whom, as level, situations and what to do meanwhile.

What belongs here: reading a card and completing its list items to statements. What does not: prompts and answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from medai_assets.instructions.language.excerpt import items, plain_sentences
from medai_assets.instructions.language.wording import (
    as_told,
    first_person,
    in_sentence,
    of_child,
    with_article,
    without_asides,
)
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.sources.registry import sources_with

# Levels of the shared sections (schemas.TRIAGE_LEVELS); a pharmacist's advice is self-care with help.
LEVEL_OF = {
    "care_pharmacist": "self_care",
    "care_non_urgent": "primary_care",
    "care_urgent": "urgent",
    "care_emergency": "emergency",
}
_IF = re.compile(r"\bif\b(?P<stem>.*)$", re.IGNORECASE)
_CALL_FOR = re.compile(
    r"\bcall (?:911|999)\b(?: or go to [^.,]*?)?(?: at once| immediately)? for (?P<list>[^.]+)\.",
    re.IGNORECASE,
)
_STEPS = re.compile(r"^\d+\. ", re.MULTILINE)
_OPEN_END = re.compile(r"\b(?:and|with|that|have|has|is|are|you|your child)$", re.IGNORECASE)
_OF_ONE = re.compile(r"\w+s\b|cannot\b|can't\b|might\b")
_ONLY_CHILDREN = re.compile(r"\(in (?:a child|children|babies)\)", re.IGNORECASE)
_ANY_OF = re.compile(r"\bhas any (?:of these|signs? of (?P<what>[^:]+))$", re.IGNORECASE)
# Services that only one country has under that name; a sentence that names one is left out elsewhere.
_BRITISH = re.compile(
    r"\b999\b|\b111\b|\bA ?& ?E\b|\bNHS\b|\bGP\b|\bGOV\.UK\b|\bEngland\b|\bUK\b|\bScotland\b|\bWales\b"
)
_AMERICAN = re.compile(
    r"\b911\b|\b988\b|1-800-|\bPoison (?:Control|Help)\b|\burgent care\b|\bemergency room\b", re.IGNORECASE
)
_BRITISH_COUNTRIES = frozenset({"GB"})
_AMERICAN_COUNTRIES = frozenset({"US"})
_READ_ELSEWHERE = re.compile(r"\b(?:read|find out|see) (?:more|our|about)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Situation:
    """One item of a card: how the card says it after "if", and how a person says it of themselves."""

    item: str  # literal
    stem: str  # literal words of heading or lead that come before it, "" when none
    joint: str  # what stands between stem and item
    told: str  # in the first person, without explanation
    noun: bool = False  # "chest pain" rather than "you have chest pain"

    @property
    def said(self) -> str:
        return f"{self.stem}{self.joint}{self.item}"


@dataclass(frozen=True)
class Card:
    """A care card of a page."""

    level: str
    passage: Passage
    stem: str
    items: tuple[str, ...]
    advice: tuple[str, ...]  # steps, and sentences outside the list; lead-ins left out
    of_child: bool = False  # the page speaks of a child throughout
    nouns: bool = False  # the items are what someone has

    @cached_property
    def situations(self) -> list[Situation]:
        """The items that can be told in the first person, in order."""
        if self.nouns:
            return [Situation(item, "", "", f"someone with me has {item}", True) for item in self.items]
        return [s for item in self.items if (s := self._situation(item))]

    def _situation(self, item: str) -> Situation | None:
        any_of = _ANY_OF.search(self.stem)
        if self.stem.startswith("you") and _ONLY_CHILDREN.search(item):
            return None
        stem = "you" if self.stem == "you or your child" and not _OF_ONE.match(item) else self.stem
        joint = (": " if any_of else " ") if self.stem else ""
        bare = without_asides(item).rstrip(".")
        if any_of:
            sign = f"this sign of {any_of['what']}" if any_of["what"] else "this sign"
            who = as_told(self.stem[: any_of.start()].strip())
            told = f"{who} has {sign}: {as_told(bare) or bare}" if who else None
        else:
            whole = f"{stem}{joint}{bare}"
            told = first_person(of_child(whole) if self.of_child else whole)
        if not told or len(told.split()) < 3 or len(told.split()) > 40:
            return None
        return Situation(item.rstrip("."), self.stem, joint, told)


def cards(document: SourceDocument, level: str | None = None) -> list[Card]:
    """The document's care cards, of one level or all."""
    if "cards" not in document.memo:
        document.memo["cards"] = _cards(document)
    return [card for card in document.memo["cards"] if level is None or card.level == level]


def _cards(document: SourceDocument) -> list[Card]:
    child = document.text.count("your child") >= 4
    passages = [p for p in document.passages if p.section in LEVEL_OF]
    found = [_card(p, child) for p in passages]
    found += [
        Card("emergency", p, "", tuple(n), (), nouns=True) for p in passages if (n := _call_for(p.text))
    ]
    return found


def tells_apart(document: SourceDocument, card: Card) -> bool:
    """Whether a card's items say by themselves what they are about.

    A page on several things (methods of contraception) has several cards of one level; an item of one whose heading names
    no circumstance ("you have a high temperature", after which operation?) has lost it. An emergency is one all the same.
    """
    if document.genre or document.source not in _STATE_GENRE or card.stem or card.level == "emergency":
        return True
    levels = [other.level for other in cards(document)]
    return all(levels.count(level) < 2 for level in levels)


def local_topic(document: SourceDocument, country: str) -> str:
    """``subject_of``, "" where it names a service that the country does not have."""
    about = subject_of(document)
    return about if is_local(about, country) else ""


def is_local(text: str, country: str) -> bool:
    """Whether a sentence names no service that the country does not have."""
    if country not in _BRITISH_COUNTRIES and _BRITISH.search(text):
        return False
    return country in _AMERICAN_COUNTRIES or not _AMERICAN.search(text)


def local_sentences(sentences: tuple[str, ...] | list[str], country: str, most_words: int) -> list[str]:
    """The sentences from the first on until one is foreign to the country or too long; links to pages are passed over."""
    kept: list[str] = []
    words = 0
    for text in sentences:
        if _READ_ELSEWHERE.search(text):
            continue
        words += len(text.split())
        if words > most_words or not is_local(text, country):
            break
        kept.append(text)
    return kept


def topic(document: SourceDocument) -> str:
    """What the page is about, as it stands within a sentence."""
    if "topic" not in document.memo:
        document.memo["topic"] = _topic(document)
    return str(document.memo["topic"])


def _topic(document: SourceDocument) -> str:
    name = document.subject or document.first.title
    name = re.split(r":\s", name, maxsplit=1)[0].split(" - ")[-1]
    for pattern in _AROUND_TOPIC:
        name = pattern.sub("", name).strip()
    text = "\n".join(p.text for p in document.passages)
    return with_article(in_sentence(name, text), document.text)


def subject_of(document: SourceDocument) -> str:
    """The topic where it names something one can ask about; "" for a page named otherwise, as "After a flood"."""
    about = topic(document)
    return "" if _NO_SUBJECT.match(about) or not _PLAIN_SUBJECT.fullmatch(about) else about


def is_condition(document: SourceDocument) -> bool:
    """Whether the page is about something one has, rather than a medicine, a test or a habit."""
    if document.genre or document.source in _STATE_GENRE:
        return document.genre in ("condition", "symptom")
    return bool(document.of("symptoms"))


_STATE_GENRE = sources_with("states_genre")
_NO_SUBJECT = re.compile(
    r"(?:after|before|during|who|what|when|how|why|where|which|four|five|six|\d|your|urgent|get|keep|use)\b",
    re.IGNORECASE,
)
_PLAIN_SUBJECT = re.compile(r"[^,?!:;]*[\w)]")
_AROUND_TOPIC = [
    re.compile(p, re.IGNORECASE)
    for p in (
        r"^what i need to know about\s+",
        r"^(?:(?:urgent )?(?:signs|symptoms) of|living with|about|understanding|overview of|what is|what are)\s+",
        r"\s+(?:symptoms|complications|signs)(?:,| and)\s.*$|\s+for (?:adults|children)$",
        r"\s+in (?:adults|children)$",
    )
]


def _card(passage: Passage, of_child: bool) -> Card:
    heading = passage.heading.strip().rstrip(":").strip()
    found = _IF.search(heading)
    stem = found["stem"].strip() if found else ""
    listed = items(passage.text)
    sentences = plain_sentences(passage.text)
    lead = next((s for s in sentences if s.rstrip().endswith(":")), "")
    if lead and not stem and listed:
        stem = _stem_of_lead(lead)
    advice = [s for s in sentences if s != lead]
    if _STEPS.search(passage.text):
        advice, listed = advice + listed, []
    elif not found and not stem:
        listed = []
    return Card(LEVEL_OF[passage.section], passage, stem, tuple(listed), tuple(advice), of_child)


def _call_for(text: str) -> list[str]:
    """What "Call 911 for ..." names, item by item."""
    return [
        item
        for found in _CALL_FOR.finditer(text)
        for item in re.split(r",\s+(?:or\s+)?", found["list"])  # "and" joins what must come together
        if 2 <= len(item.split()) <= 7
        and not re.search(
            r"\b(?:who|which|that|with|anyone|for|if|after|or|not|does|do|is|are|cannot|has|have|any|no)\b",
            item,
        )
    ]


def _stem_of_lead(lead: str) -> str:
    """``You have symptoms of DVT, and:`` leads its items; so does what follows "if" in ``See a doctor if you:``."""
    bare = lead.rstrip().rstrip(":").strip()
    found = _IF.search(bare)
    stem = found["stem"].strip() if found else bare
    if re.search(
        r"\b(?:any|one or more) of|the following|these\b", stem, re.IGNORECASE
    ) or not _OPEN_END.search(stem):
        return ""
    return stem[:1].lower() + stem[1:]
