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
from medai_assets.instructions.language.framing import COUNTRY_NAMES, level_name
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.instructions.rules import Answer
from medai_assets.sources.registry import SOURCES
from medai_assets.verification.care_beside import case_parts, is_general, lost_of, on_chief_sign
from medai_assets.verification.care_whole import (
    WHILE_WAITING,
    heads_an_emergency,
    is_of_a_case,
    of_another_state,
)
from medai_assets.verification.urgency import sends_for_help, told_in

# Where a page may send the reader for help in running text, beside its cards.
_TELLS_THE_READER = ("overview", "symptoms", "diagnosis", "causes", "complications", "self_care", "risk_factors",
                     "prevention", "outlook", "other", "answer")  # fmt: skip
_FIRST_AID = re.compile(
    r"\bwhile you wait\b|\bwhile waiting\b|\bfirst aid\b|\bshould you do first\b|\buntil help\b",
    re.IGNORECASE,
)

_NO_TITLE = re.compile(r"[?:\"“”]")
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


def level_answer(document: SourceDocument, card: Card, about: str, prompt: str) -> Answer:
    """A card right behind the name of its level, all that is more urgent or belongs to the case, and whose advice it is."""
    return say_whose(say_beside(level_first(document, card), document, prompt), document, about)


def say_beside(answer: Answer, document: SourceDocument, prompt: str | None) -> Answer:
    """Add what the page says beside its levels and the answer does not say yet, whole.

    Args:
        prompt: that tells of a case; None where the question is about the signs of the illness.
    """
    first = document.first
    told = None if prompt is None else told_in(prompt, (first.title, document.subject or ""))
    heading = ""
    for passage, _ in lost_of(document.passages, first.title, told, answer.text):
        say_section(answer.frame("\n\n"), (passage,), headed=passage.heading != heading)
        heading = passage.heading
    return answer


def level_first(document: SourceDocument, card: Card) -> Answer:
    """A card right behind the name of its level, then all that is more urgent."""
    answer = Answer().frame(f"{level_name(card.level, SOURCES[document.source].country)}: ")
    say_section(answer, card.passages, headed=not card.passage.heading.strip().endswith("?"))
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


def symptoms_answer(document: SourceDocument, parts: list[tuple[Passage, ...]], lead: str) -> Answer:
    """Whole sections, then every care card of the page, the most urgent first, and what to do until help comes.

    Args:
        lead: what stands before the first section where its own heading is a question, or none.
    """
    answer = Answer()
    told = "\n\n".join(p.text for part in parts for p in part)
    for passage in on_chief_sign(document.passages, document.first.title, told):
        if all(passage not in part for part in parts):
            say_section(answer, (passage,))
            answer.frame("\n\n")
    for number, part in enumerate(parts):
        headed = bool(number or (part[0].heading and not part[0].heading.strip().endswith("?")))
        say_section(answer.frame("\n\n" if number else "" if headed else f"{lead}:\n"), part, headed=headed)
    meanwhile = [part for part in _first_aid(document) if any(map(sends_somebody, part))]
    said = {p.passage_id for part in (*parts, *meanwhile) for p in part}
    say_alarms(answer, document, said, cases=True)
    say_beside(answer, document, None)
    found = in_order_of_urgency(cards(document))
    calls = [card for card in found if card.level == "emergency" or heads_an_emergency(card.passage.heading)]
    if found:
        answer.frame(f"\n\n{attributed_advice(document, '')}:")
        say_cards(answer, calls)
    if meanwhile:
        say_first_aid(answer, document)
    say_cards(answer, [card for card in found if card not in calls])
    return answer


def titles(document: SourceDocument, *of_sections: str) -> dict[str, str]:
    """Headings of a page that name what stands under them, which are no questions and within no other, and their sections."""
    headed = [p for p in document.of(*of_sections) if not (p.is_part or p.attributes.get("context"))]
    return {
        p.heading.strip(): p.section for p in headed if p.heading.strip() and not _NO_TITLE.search(p.heading)
    }


def under_heading(document: SourceDocument, heading: str) -> list[tuple[Passage, ...]]:
    """What the page has under a heading, the parts below headings of their own included, in the page's order."""
    return sections(p for p in document.passages if heading in (p.heading, p.attributes.get("context")))


def say_under_heading(parts: list[tuple[Passage, ...]], heading: str) -> Answer:
    """Whole sections without the heading that was asked for, each of the others with its own."""
    answer = Answer()
    for number, part in enumerate(parts):
        say_section(
            answer.frame("\n\n" if number else ""), part, headed=bool(number) and part[0].heading != heading
        )
    return answer


def is_urgent(card: Card) -> bool:
    """Whether a card sends people for help today or at once, by its level or its heading."""
    return card.level in TRIAGE_LEVELS[2:] or heads_an_emergency(card.passage.heading)


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


def say_alarms(answer: Answer, document: SourceDocument, said: set[str], cases: bool = False) -> None:
    """Add the passages in which the page sends somebody for help at once outside of its cards, whole.

    Args:
        cases: whether also those in which it says in which case somebody should be asked, or something done at once.
    """
    answers = SOURCES[document.source].traits & {"question_answer"}  # to other questions: not beside this one
    told = (*_TELLS_THE_READER, "treatment") if cases else _TELLS_THE_READER
    for passage in document.of(*(told if not answers else ("overview",))):
        tells = sends_somebody(passage) or (cases and _tells_a_case(passage))
        waits = not cases and WHILE_WAITING.search(
            passage.heading
        )  # for whoever called, and not of this level
        if passage.passage_id in said or not tells or waits:
            continue
        in_cases = case_parts(passage.text)
        if cases and is_general(passage) and any(len(part) < len(passage.text) for part in in_cases):
            whole = passage.text.lstrip().startswith(in_cases[0].strip())  # a heading is no remainder's
            bare = passage.heading.strip().endswith("?") or not whole
            _say_parts(answer, passage, in_cases, headed=not bare or any(map(items, in_cases)))
        else:
            say_section(answer.frame("\n\n"), (passage,), headed=not answers)


def _say_parts(answer: Answer, passage: Passage, told: list[str], headed: bool) -> None:
    """Add sentences or lists of a passage, under its heading or without."""
    if headed and passage.heading.strip():
        answer.frame("\n\n").say(passage.heading.strip(), passage)
    for number, part in enumerate(told):
        answer.frame("\n\n" if number or not headed else "\n").say(part.strip("\n "), passage)


def say_first_aid(answer: Answer, document: SourceDocument) -> None:
    """Add what the page says to do until help comes, but for steps that are for another state."""
    for part in _first_aid(document):
        say_section(answer.frame("\n\n"), part)


def _first_aid(document: SourceDocument) -> list[tuple[Passage, ...]]:
    """Sections on what to do until help comes, without those for another state than the page calls for help in."""
    told = "\n".join(f"{card.passage.heading}\n{card.text}" for card in cards(document, "emergency"))
    found = sections(p for p in document.of("self_care") if _FIRST_AID.search(p.heading))
    return [part for part in found if not of_another_state(part[0].text, told)]


def sends_somebody(passage: Passage) -> bool:
    """Whether a sentence of the passage sends the reader for help at once."""
    return any(sends_for_help(s) for s in (*plain_sentences(passage.text), *items(passage.text)))


def _tells_a_case(passage: Passage) -> bool:
    of_page = "page" in SOURCES[passage.source].traits
    return of_page and any(is_of_a_case(s) for s in (*plain_sentences(passage.text), *items(passage.text)))


def alarm_signs(found: Iterable[Card]) -> list[str]:
    """The items of urgent and emergency cards, as they stand."""
    return [item for card in found if card.level in TRIAGE_LEVELS[2:] for item in items(card.text)]
