"""What the page on a medicine has under one of its headings, with the care cards that belong there.

A page is written for whom its title says ("for adults"), and the question says so too. What belongs here: pages. What does
not: labels (drug_information.py), which have other sections and no cards.
"""

from __future__ import annotations

from collections.abc import Iterator

from medai_assets.instructions.advice import say_cards, say_under_heading, titles, under_heading
from medai_assets.instructions.care import Card, cards, in_order_of_urgency
from medai_assets.instructions.kinds.drug_information import KIND, drug_names, facts
from medai_assets.instructions.language.phrasing import CONSUMER, page_phrase
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.instructions.rules import Made, Rule, Setting, register
from medai_assets.sources.registry import SOURCES, sources_with
from medai_assets.verification.populations import FOR_WHOM

SECTIONS = ("indications", "dosage", "contraindications", "adverse_reactions", "interactions", "pregnancy", "lactation",
            "overdose", "mechanism", "storage")  # fmt: skip


def medicine_page(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """One example for each heading over what somebody may ask."""
    names = drug_names(document)
    if not names:
        return
    scope = FOR_WHOM.search(document.subject or "")
    asked = names[0] + (scope[0].lower() if scope else "")
    publisher = SOURCES[document.source].publisher.partition(" ")[0]
    for title, section in titles(document, *SECTIONS).items():
        parts = under_heading(document, title)
        answer = say_under_heading(parts, title)
        say_cards(answer, in_order_of_urgency(_below(document, parts)))
        prompt = page_phrase(publisher, asked, title, parts[0][0].passage_id, RULE.choice_key)
        labels = {"field": section, "drug": names[0], "facts": facts(answer.passages, answer.text)}
        yield Made(RULE, prompt, answer, labels, CONSUMER, document.subject)


def _below(document: SourceDocument, parts: list[tuple[Passage, ...]]) -> list[Card]:
    """The cards that stand right below what is under a heading."""
    said = {p.passage_id for part in parts for p in part}
    headings = {part[0].heading for part in parts}
    below: set[str] = set()
    follows = False
    of_cards = {p.passage_id for card in cards(document) for p in card.passages}
    for passage in document.passages:
        of_another = passage.attributes.get("context") not in (None, "", *headings)
        follows = passage.passage_id in said or (
            follows and passage.passage_id in of_cards and not of_another
        )
        if follows:
            below.add(passage.passage_id)
    return [card for card in cards(document) if card.passage.passage_id in below - said]


RULE = register(
    Rule(
        f"{KIND}.medicine_page",
        frozenset({*SECTIONS, "care_emergency", "care_urgent", "care_non_urgent", "care_pharmacist"}),
        medicine_page,
        sources_with("medicine_pages") - sources_with("label"),
    )
)
