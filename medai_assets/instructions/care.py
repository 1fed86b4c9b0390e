"""Care cards: the parts of a page that say who should turn to whom, by level, and the situations that they name.

What belongs here: reading a card, and telling its list items in the first person for a question. What does not: answers,
which hold cards whole and in the publisher's words (advice.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from medai_assets.foundation.vocabularies import TRIAGE_LEVELS
from medai_assets.instructions.language.excerpt import items, plain_sentences
from medai_assets.instructions.language.wording import (
    first_alternative,
    first_person,
    in_sentence,
    of_child,
    with_article,
    without_asides,
)
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.sources.registry import sources_with
from medai_assets.verification.populations import PEOPLE, groups_of
from medai_assets.verification.who_asks import not_told

# Levels of the shared sections (vocabularies.TRIAGE_LEVELS); a pharmacist's advice is self-care with help.
LEVEL_OF = {
    "care_pharmacist": "self_care",
    "care_non_urgent": "primary_care",
    "care_urgent": "urgent",
    "care_emergency": "emergency",
}
_IF = re.compile(r"\bif\b(?P<stem>.*)", re.IGNORECASE)
_CALL_FOR = re.compile(
    r"\bcall (?:911|999)\b(?: or go to [^.,]{0,80}?)?(?: at once| immediately)? for (?P<list>[^.]+)(?P<end>\.?)",
    re.IGNORECASE,
)
# A text that ends so denies what follows it.
_DENIES = re.compile(r"(?:\b(?:not|never|no|rarely|seldom)\b|n['’]t\b)[^.,;:!?]{0,80}\Z", re.IGNORECASE)
_STEPS = re.compile(r"^\d+\. ", re.MULTILINE)
# "a fever or a rash", "the pain", "another dose": no complaint of one person, or none without what was said before; too
# much of a medicine is no question of a card's level; grammar that telling it of somebody else has spoilt; what happens to nobody
# ("diarrhoea lasts 4 days"), or answers itself ("someone's life is at risk").
_NOT_TOLD = re.compile(
    r"\bor\b|\b(?:it|them|they|this|these|those|that is|such|another|either|both)\b"
    r"|\bthe (?:person|burned person|pain|rash|symptoms?|skin|wound|burn|bite|attack|problem|dose|medicine|other|redness"
    r"|swelling|blisters?|bleeding|same|baby|object|area)\b"
    r"|\b(?:more than|above|over) (?:\w+ ){0,3}dose\b|\b(?:more than|above|over) \d+ (?:tablets|capsules|pills|puffs)\b"
    r"|^(?:my |your |the )?(?:symptoms?|signs?|irritation|bleeding)\b"
    r"|\blife is at risk\b|\bworried about\b|\bis needed\b|\bafter an? (?:blow|bang|knock|fall|accident)\b"
    r"|^there is (?!an?\b|blood\b)"
    r"|^(?!.*\b(?:I|my|me|someone|somebody|child|baby)\b)(?:.*\blasts?\b|(?!an? ).*\bha(?:s|ve) not\b)"
    r"|\btoo much\b|\boverdose|\bpoison|\beven if\b"
    r"|^(?:pain|swelling|weakness|numbness|tingling|bleeding|loss|problems?|difficulty) (?:in|of|with|around|when|on)\b"
    r"|\bmy (?:child|partner|baby|wife|husband) (?:have|are|were|do|get|feel)\b"
    r"|^(?:my child|someone with me|someone|somebody|a child|a baby) (?:\w+ )?(?:have|are|were|do|get|feel)\b",
    re.IGNORECASE,
)
_FOR_SO_LONG = re.compile(
    r"^((?:I|my child) ha(?:ve|s)) (?=(?!had\b|been\b|not\b)(?:an? )?(?!.*\bthat\b)[\w ]{1,30} for (?:longer|more) than\b)"
)
# A page says what one "gets"; who asks has it now. What comes often or with something is a habit.
_COMES = r"(?!.*\b(?:often|always|each|every|when|whenever|if|after|before|around|with)\b)"
_OF_MINE = r"(?:one side of )?my (?:\w+ ){0,2}?\w+"
_HABITS = (
    (re.compile(rf"^I get (?=(?:an?|sudden|severe|new)\b){_COMES}"), "I have "),
    (re.compile(rf"^I struggle\b{_COMES}"), "I am struggling"),
    (re.compile(rf"^I start (?=\w+ing\b){_COMES}"), "I have started "),
    (re.compile(r"^I am treated\b"), "I am being treated"),
    (re.compile(rf"^({_OF_MINE}) gets worse\b{_COMES}"), r"\1 is getting worse"),
    (re.compile(rf"^({_OF_MINE}) becomes\b{_COMES}"), r"\1 has become"),
    (re.compile(r"^some(?:one|body)\b(?! with me| else)"), "someone with me"),
    (re.compile(r"^a baby\b(?= (?:is|has|drinks)\b)"), "my baby"),
    (re.compile(r"\bthat lasts (?=(?:for )?(?:longer|more) than\b)"), "that has lasted "),
    (re.compile(r"\bthat starts suddenly\b"), "that started suddenly"),
    (re.compile(r"^(someone with me|my child) loses consciousness\b"), r"\1 has lost consciousness"),
    (re.compile(r"^(my child|my baby) drinks\b(?= (?:much )?less\b)"), r"\1 is drinking"),
    (re.compile(rf"^I lose (?=weight\b){_COMES}"), "I am losing "),
    (re.compile(rf"^I pass (?!out\b){_COMES}"), "I am passing "),
    (
        re.compile(r"^(?!(?:my|an?|the|I)\b)(\w+) (?=wakes me\b|(?<=pain )(?:is|has)\b)", re.IGNORECASE),
        r"my \1 ",
    ),
)
_HAS_A_FIT = re.compile(r"\b(?:has|have) (?=an? (?:fit|seizure)\b)", re.IGNORECASE)
_OPEN_END = re.compile(r"\b(?:and|with|that|have|has|is|are|you|your child)$", re.IGNORECASE)
_OF_ONE = re.compile(r"\w+s\b|cannot\b|can't\b|might\b")
_ONLY_CHILDREN = re.compile(r"\(in (?:a child|children|babies)\)", re.IGNORECASE)
_ANY_OF = re.compile(
    r"(?<=\bhas )any (?:of these|signs? of [^:]+)$|(?<=\bhave )any (?:of these|signs? of [^:]+)$",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"an? \w", re.IGNORECASE)
# Services that only one country has under that name; a sentence that names one is left out elsewhere.
_BRITISH = re.compile(
    r"\b999\b|\b111\b|\bA ?& ?E\b|\b[Aa]ccident and [Ee]mergency\b"
    r"|\bNHS\b|\bGP\b|\bGOV\.UK\b|\bEngland\b|\bUK\b|\bScotland\b|\bWales\b"
)
_AMERICAN = re.compile(
    r"\b911\b|\b988\b|1-800-|\bPoison (?:Control|Help)\b|\burgent care\b|\bemergency room\b|(?-i:\bER\b)",
    re.IGNORECASE,
)
_BRITISH_COUNTRIES = frozenset({"GB"})
_AMERICAN_COUNTRIES = frozenset({"US"})
_READ_ELSEWHERE = re.compile(r"\b(?:read|find out|see) (?:more|our|about)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Card:
    """A care card of a page, or the part of a page in prose that says when to turn to whom."""

    level: str
    passages: tuple[Passage, ...]  # one, or the parts that a long one was cut into
    stem: str  # what heading or lead say before the items, "" when nothing
    items: tuple[str, ...]
    of_child: bool = False  # the page speaks of a child throughout
    nouns: bool = False  # the items are what someone has
    pregnant: bool = False  # the page is about those who are pregnant

    @property
    def passage(self) -> Passage:
        return self.passages[0]

    @property
    def text(self) -> str:
        """Everything below the heading."""
        return "\n\n".join(p.text for p in self.passages)

    @cached_property
    def complaints(self) -> list[str]:
        """What a person could say of themselves, one statement an item.

        An item that is one of several alternatives joined by "or" is nobody's single complaint, one that points at
        what another sentence named ("the pain", "this") cannot stand by itself, and of "any of these signs" a person has
        one, with an article; that "there is" something, as a page counts it, nobody tells: none of them is here.
        """
        if self.nouns:
            someone = "someone with me who is pregnant" if self.pregnant else "someone with me"
            return [_now(f"{someone} has {item}") for item in self.items]
        return [complaint for item in self.items if (complaint := self._complaint(item))]

    def _complaint(self, item: str) -> str | None:
        listed = _ANY_OF.search(self.stem) and not _ARTICLE.match(item)
        if listed or self.stem == "there is" or (self.stem.startswith("you") and _ONLY_CHILDREN.search(item)):
            return None
        stem = "you" if self.stem == "you or your child" and not _OF_ONE.match(item) else self.stem
        stem = _ANY_OF.sub("", stem).strip()
        bare = without_asides(item).rstrip(".")
        whole = f"{stem} {bare}".strip()
        complaint = first_person(of_child(whole) if self.of_child else whole)
        complaint = _now(first_alternative(complaint)) if complaint else None
        if not complaint or not 3 <= len(complaint.split()) <= 40:
            return None
        return None if _NOT_TOLD.search(complaint) or not_told(complaint) else complaint


def _now(complaint: str) -> str:
    """What somebody tells who sees it: "my child is having a fit", not "a child has a fit"."""
    complaint = re.sub(r"^a child\b", "my child", re.sub(r"^I become\b", "I have become", complaint))
    for habit, now in _HABITS:
        complaint = habit.sub(now, complaint)
    complaint = _FOR_SO_LONG.sub(r"\1 had ", complaint)
    return _HAS_A_FIT.sub("am having " if complaint.startswith("I ") else "is having ", complaint)


def cards(document: SourceDocument, level: str | None = None) -> list[Card]:
    """The document's care cards, of one level or all, in the page's order."""
    if "cards" not in document.memo:
        document.memo["cards"] = _cards(document)
    return [card for card in document.memo["cards"] if level is None or card.level == level]


def in_order_of_urgency(found: list[Card]) -> list[Card]:
    """The most urgent first; of one level in the page's order."""
    return sorted(found, key=lambda card: -TRIAGE_LEVELS.index(card.level))


def _cards(document: SourceDocument) -> list[Card]:
    child = document.text.count("your child") >= 4
    pregnant = "pregnant" in groups_of(document.first.title)
    groups = sections(p for p in document.passages if p.section in LEVEL_OF)
    return [_card(group, child, pregnant) for group in groups]


def sections(passages: Iterable[Passage]) -> list[tuple[Passage, ...]]:
    """Passages of one section each, those that a long one was cut into together."""
    groups: list[list[Passage]] = []
    for passage in passages:
        last = groups[-1][-1] if groups else None
        if last and passage.is_part and (last.section, last.heading) == (passage.section, passage.heading):
            groups[-1].append(passage)
        else:
            groups.append([passage])
    return [tuple(group) for group in groups]


def has_one_scope(document: SourceDocument) -> bool:
    """Whether all cards of the page are about what the page is about.

    A page on several things (methods of contraception, vaccinations, tests) has cards on each, and an item has lost its
    circumstance: after which operation? Where the publisher says what its pages are about, that decides.
    """
    if document.source in _STATE_GENRE:
        return document.genre in ("condition", "symptom", "medicine")
    return True


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
    name = re.split(r":\s", name, maxsplit=1)[0]
    name = _FOR_WHOM.sub(r" in \1", name).split(" - ")[-1]
    for pattern in _AROUND_TOPIC:
        name = pattern.sub("", name).strip()
    text = "\n".join(p.text for p in document.passages)
    return with_article(in_sentence(name, text), document.text)


def names_topic(complaint: str, about: str) -> bool:
    """Whether a complaint names what the page is about, by any of its names, or one of "burns and scalds"."""
    name = bare_topic(about)
    pair = _SEVERAL_OF_TWO.fullmatch(name)
    of_all = _OF_PEOPLE.sub("", spoken(name))
    names = (
        [one.removesuffix("s") for one in pair.groups()] if pair else [name, of_all, *_ASIDE.findall(name)]
    )
    said = "|".join(map(re.escape, names))
    return bool(re.search(rf"(?<!\w)(?:{said})(?:e?s)?(?!\w)", complaint, re.IGNORECASE))


def needs_no_topic(complaint: str, about: str) -> bool:
    """Whether a complaint is told by itself: it names what the page is about, or is self-harm, of which nobody would say
    that they read about an illness "because" of it."""
    return names_topic(complaint, about) or bool(_SELF_HARM.search(complaint))


def spoken(about: str) -> str:
    """A topic as people say it, without what a title adds in brackets."""
    return _ASIDE.sub("", about).replace("  ", " ").strip()


def bare_topic(about: str) -> str:
    """A topic without its article."""
    return re.sub(r"^(?:an?|the) ", "", about)


def subject_of(document: SourceDocument) -> str:
    """The topic where it names something one can ask about; "" for a page named otherwise, as "After a flood"."""
    about = topic(document)
    return "" if _NO_SUBJECT.match(about) or not _PLAIN_SUBJECT.fullmatch(about) else about


def is_condition(document: SourceDocument) -> bool:
    """Whether the page is about something one has, rather than a medicine, a test or a habit."""
    if document.genre or document.source in _STATE_GENRE:
        return document.genre in ("condition", "symptom")
    return bool(document.of("symptoms"))


def is_one_condition(document: SourceDocument) -> bool:
    """Whether the page is about nothing else beside: nobody has "asthma and school"."""
    return is_condition(document) and not _AND_NO_CONDITION.search(topic(document))


_STATE_GENRE = sources_with("states_genre")
_NO_SUBJECT = re.compile(
    r"(?:after|before|during|who|what|when|how|why|where|which|four|five|six|\d|your|urgent|get|keep|use|prevent|take|know|manage|treat|choose"
    r"|eat|make|find|avoid|living)\b"
    r"|.*\b(?:my|your|our|you|I)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\(([^)]{0,200})\)")
_SELF_HARM = re.compile(
    r"\b(?:hurt|harm(?:ed|ing)?|cut|injured) (?:my|him|her|them)sel(?:f|ves)\b", re.IGNORECASE
)
_OF_PEOPLE = re.compile(rf" in {PEOPLE}$", re.IGNORECASE)
_SEVERAL_OF_TWO = re.compile(r"(\w+s) and (\w+s)")
_NONE_HAS = (
    r"(?:(?:sick |school )?days?|travel(?:ing|ling)?|school|college|work|pregnancy|exercise|sports?|driving)"
)
_AND_NO_CONDITION = re.compile(rf" and {_NONE_HAS}$|^(?:the )?{_NONE_HAS} and ", re.IGNORECASE)
_FOR_WHOM = re.compile(rf" - ({PEOPLE})$", re.IGNORECASE)
_PLAIN_SUBJECT = re.compile(r"[^,?!:;]*[\w)]")
_AROUND_TOPIC = [
    re.compile(p, re.IGNORECASE)
    for p in (
        r"^what i need to know about\s+",
        r"^(?:(?:urgent )?(?:signs|symptoms) of|living with|about|understanding|overview of|what is|what are)\s+",
        r"(?<!\s)\s+(?:symptoms|complications|signs)(?:,| and)\s(?s:.*)$",
    )
]


def _card(passages: tuple[Passage, ...], of_child: bool, pregnant: bool = False) -> Card:
    first = passages[0]
    level, text = LEVEL_OF[first.section], "\n\n".join(p.text for p in passages)
    found = _IF.search(first.heading.strip().rstrip(":").strip().rpartition("\n")[2])
    stem = found["stem"].strip() if found else ""
    listed = items(text)
    lead = next((s for s in plain_sentences(text) if s.rstrip().endswith(":")), "")
    if lead and not stem and listed:
        stem = _stem_of_lead(lead)
    if _STEPS.search(text) or not (found or stem):
        listed = []
    if not listed and level == "emergency" and (nouns := _call_for(text)):
        return Card(level, passages, "", tuple(nouns), nouns=True, pregnant=pregnant)
    return Card(level, passages, stem, tuple(listed), of_child)


def _call_for(text: str) -> list[str]:
    """What "Call 911 for ..." names, item by item, without what the text names elsewhere too: of children, say."""
    named = [
        item
        for found in _CALL_FOR.finditer(text)
        if found["end"] and not denied(text, found.start())
        for item in re.split(r",\s+(?:or\s+)?", found["list"])  # "and" joins what must come together
        if 2 <= len(item.split()) <= 7
        and not re.search(
            r"\b(?:who|which|that|with|anyone|for|if|after|or|not|does|do|is|are|cannot|has|have|any|no)\b",
            item,
        )
    ]
    return [item for item in named if text.lower().count(item.split()[-1].lower().removesuffix("s")) == 1]


def denied(text: str, begin: int) -> bool:
    """Whether what begins there is denied by what stands before it, within its clause and 100 characters."""
    return _DENIES.search(text, max(begin - 100, 0), begin) is not None


def _stem_of_lead(lead: str) -> str:
    """``You have symptoms of DVT, and:`` leads its items; so does what follows "if" in ``See a doctor if you:``."""
    bare = lead.rstrip().rstrip(":").strip()
    found = _IF.search(bare.rpartition("\n")[2])
    stem = found["stem"].strip() if found else bare
    if re.search(
        r"\b(?:any|one or more) of|the following|these\b", stem, re.IGNORECASE
    ) or not _OPEN_END.search(stem):
        return ""
    return stem[:1].lower() + stem[1:]
