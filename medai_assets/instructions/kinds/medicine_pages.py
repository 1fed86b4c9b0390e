"""Questions about a medicine, answered from its page for the public: whole sections, with the care cards that belong to them.

A page is written for whom its title says ("for adults"), and the question says so too. What belongs here: pages. What does
not: labels (drug_information.py), which have other sections and no cards.
"""

from __future__ import annotations

from collections.abc import Iterator

from medai_assets.instructions.advice import attributed_advice, say_cards, say_section
from medai_assets.instructions.care import Card, cards, in_order_of_urgency, sections
from medai_assets.instructions.kinds.drug_information import KIND, drug_names, facts
from medai_assets.instructions.language.phrasing import CONSUMER, drug_phrase
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.instructions.rules import Answer, Made, Rule, Setting, register
from medai_assets.sources.registry import sources_with
from medai_assets.verification.populations import FOR_WHOM

SECTIONS = ("indications", "dosage", "contraindications", "adverse_reactions", "interactions", "pregnancy", "lactation",
            "overdose", "mechanism", "storage")  # fmt: skip


def medicine_page(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """One example for each section that says what somebody may ask."""
    names = drug_names(document)
    if not names:
        return
    scope = FOR_WHOM.search(document.subject or "")
    asked = names[0] + (scope[0].lower() if scope else "")
    for section in SECTIONS:
        parts = sections(document.of(section))
        if not parts:
            continue
        answer = Answer().frame(f"{attributed_advice(document, asked)}:")
        for part in parts:
            say_section(answer.frame("\n\n"), part)
        say_cards(answer, in_order_of_urgency(_belonging(document, parts)))
        prompt = drug_phrase(section, asked, parts[0][0].passage_id, RULE.choice_key)
        labels = {"field": section, "drug": names[0], "facts": facts(answer.passages, answer.text)}
        yield Made(RULE, prompt, answer, labels, CONSUMER, document.subject)


def _belonging(document: SourceDocument, parts: list[tuple[Passage, ...]]) -> list[Card]:
    """The cards that the page puts under a section's heading, and those that stand right below it."""
    headings = {part[0].heading for part in parts} - {""}
    said = {p.passage_id for part in parts for p in part}
    below: set[str] = set()
    follows = False
    of_cards = {p.passage_id for card in cards(document) for p in card.passages}
    for passage in document.passages:
        follows = passage.passage_id in said or (follows and passage.passage_id in of_cards)
        if follows:
            below.add(passage.passage_id)
    return [
        card
        for card in cards(document)
        if card.passage.passage_id in below or card.passage.attributes.get("context") in headings
    ]


RULE = register(
    Rule(
        f"{KIND}.medicine_page",
        frozenset({*SECTIONS, "care_emergency", "care_urgent", "care_non_urgent", "care_pharmacist"}),
        medicine_page,
        sources_with("medicine_pages") - sources_with("label"),
    )
)
