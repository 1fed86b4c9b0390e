"""A page's advice on care as an answer: the publisher's cards word for word and whole, none of a higher level left out.

A list of alarm signs that is cut reads as complete, and a level in other words is another level ("go to A&E" is no call
for an ambulance). So an answer holds a card with its heading and all its items or does not hold it, and beside a card
every card of the page that is more urgent. What belongs here: putting cards and sections into an answer. What does not:
reading a card (care.py), questions (kinds).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from medai_assets.foundation.vocabularies import TRIAGE_LEVELS
from medai_assets.instructions.care import Card, cards, in_order_of_urgency, sections
from medai_assets.instructions.language.excerpt import items, plain_sentences
from medai_assets.instructions.language.framing import COUNTRY_NAMES, LEVEL_NAMES
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.instructions.rules import Answer
from medai_assets.sources.registry import SOURCES
from medai_assets.verification.care_whole import heads_an_emergency, of_another_state
from medai_assets.verification.urgency import sends_for_help

# Where a page may send the reader for help in running text, beside its cards.
_TELLS_THE_READER = ("overview", "symptoms", "diagnosis", "causes", "complications", "self_care", "risk_factors",
                     "prevention", "outlook", "other", "answer")  # fmt: skip
_FIRST_AID = re.compile(
    r"\bwhile you wait\b|\bwhile waiting\b|\bfirst aid\b|\bshould you do first\b|\buntil help\b",
    re.IGNORECASE,
)

# A link's words ("Read more about …"), which lead nowhere without the page.
_LINK = re.compile(
    r"(?:(?<=[.!?] )|(?<=\n)|^)(?:read|find out|see|learn|get) more (?:about|on|information)\b"
    r"(?:[^.\n]|\.(?=\S)|(?<=\b[ei]\.[ge])\.)*(?:\.|$)",
    re.IGNORECASE | re.MULTILINE,
)


def attributed_advice(document: SourceDocument, about: str) -> str:
    """``NHS England advice on croup (United Kingdom)``: services and numbers are those of the publisher's country."""
    source = SOURCES[document.source]
    place = COUNTRY_NAMES.get(source.country, "")
    return f"{source.publisher} advice" + (f" on {about}" if about else "") + (f" ({place})" if place else "")


def level_answer(document: SourceDocument, card: Card, about: str) -> Answer:
    """A card right behind the name of its level, all that is more urgent, and whose advice it is."""
    return say_whose(level_first(document, card), document, about)


def level_first(document: SourceDocument, card: Card) -> Answer:
    """A card right behind the name of its level, then all that is more urgent."""
    answer = Answer().frame(f"{LEVEL_NAMES[card.level]}: ")
    say_section(answer, card.passages)
    place = TRIAGE_LEVELS.index(card.level)
    others = [
        c
        for c in cards(document)
        if c is not card and (TRIAGE_LEVELS.index(c.level) >= place or heads_an_emergency(c.passage.heading))
    ]
    say_cards(answer, in_order_of_urgency(others))
    if card.level != "emergency":
        say_alarms(answer, document, set())
    return answer


def say_whose(answer: Answer, document: SourceDocument, about: str) -> Answer:
    """Close with whose advice the answer is."""
    return answer.frame(f"\n\nThis is {attributed_advice(document, about)}.")


def symptoms_answer(document: SourceDocument, parts: list[tuple[Passage, ...]], about: str) -> Answer:
    """Whole sections, then every care card of the page, the most urgent first, and what to do until help comes."""
    answer = Answer()
    for number, part in enumerate(parts):
        answer.frame("\n\n" if number else "")
        say_section(answer, part, headed=bool(number))
    meanwhile = [p for p in _first_aid(document) if sends_somebody(p)]
    said = {p.passage_id for part in (*parts, meanwhile) for p in part}
    say_alarms(answer, document, said)
    found = in_order_of_urgency(cards(document))
    if found:
        answer.frame(f"\n\n{attributed_advice(document, '')}:")
        say_cards(answer, found)
    if meanwhile:
        say_first_aid(answer, document)
    return answer


def say_cards(answer: Answer, found: Iterable[Card]) -> None:
    """Add cards, each after a blank line."""
    for card in found:
        say_section(answer.frame("\n\n"), card.passages)


def say_section(answer: Answer, passages: tuple[Passage, ...], headed: bool = True) -> None:
    """Add a section of the page as it stands: its heading, then all its text."""
    heading = passages[0].heading.strip()
    if headed and heading:
        answer.say(heading, passages[0]).frame("\n")
    for number, passage in enumerate(passages):
        answer.frame("\n\n" if number else "")
        for text in _without_links(passage.text):
            if text.strip():
                answer.say(text.strip("\n "), passage).frame(
                    " " if text.endswith(" ") else "\n\n" if text.endswith("\n") else ""
                )


def _without_links(text: str) -> Iterator[str]:
    """What stands between the links; one that also sends somebody for help is none."""
    begin = 0
    for link in _LINK.finditer(text):
        if not sends_for_help(link[0]):
            yield text[begin : link.start()]
            begin = link.end()
    yield text[begin:]


def say_alarms(answer: Answer, document: SourceDocument, said: set[str]) -> None:
    """Add the passages in which the page sends somebody for help at once outside of its cards, whole."""
    answers = SOURCES[document.source].traits & {"question_answer"}  # to other questions: not beside this one
    for passage in document.of(*(_TELLS_THE_READER if not answers else ("overview",))):
        if passage.passage_id not in said and sends_somebody(passage):
            say_section(answer.frame("\n\n"), (passage,), headed=not answers)


def say_first_aid(answer: Answer, document: SourceDocument) -> None:
    """Add what the page says to do until help comes, but for steps that are for another state."""
    told = "\n".join(f"{card.passage.heading}\n{card.text}" for card in cards(document, "emergency"))
    for part in sections(_first_aid(document)):
        if not of_another_state(part[0].text, told):
            say_section(answer.frame("\n\n"), part)


def _first_aid(document: SourceDocument) -> list[Passage]:
    return [p for p in document.of("self_care") if _FIRST_AID.search(p.heading)]


def sends_somebody(passage: Passage) -> bool:
    """Whether a sentence of the passage sends the reader for help at once."""
    return any(sends_for_help(s) for s in (*plain_sentences(passage.text), *items(passage.text)))


def alarm_signs(found: Iterable[Card]) -> list[str]:
    """The items of urgent and emergency cards, as they stand."""
    return [item for card in found if card.level in TRIAGE_LEVELS[2:] for item in items(card.text)]
