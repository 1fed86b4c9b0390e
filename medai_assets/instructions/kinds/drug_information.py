"""Questions about a named drug, answered from the right section of its label or of a medicine's page.

A label's section is taken whole or not at all, and a boxed warning that belongs to what is asked comes first, whole; what
openFDA's fields state is one sentence, which is the answer. One rule a section, so that each can be versioned, counted and
capped by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from medai_assets.instructions import label_sections
from medai_assets.instructions.choice import in_order, sixth
from medai_assets.instructions.kind import Kind
from medai_assets.instructions.language.excerpt import units
from medai_assets.instructions.language.phrasing import (
    CONSUMER,
    PROFESSIONAL,
    TOPIC,
    drug_phrase,
    phrase,
)
from medai_assets.instructions.language.wording import drug_name, in_sentence
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.instructions.rules import Answer, Made, Rule, Setting, register
from medai_assets.instructions.scoring.clauses import clauses
from medai_assets.instructions.scoring.overlap import WORD_OVERLAP, overlap_f1
from medai_assets.instructions.scoring.scoring import Direction, Scoring, missing_score, share_of
from medai_assets.instructions.scoring.verdicts import Outcome, Verdict
from medai_assets.sources.fda import product_data
from medai_assets.sources.registry import sources_with
from medai_assets.text.amounts import NUMBER, amounts, plain_amounts

KIND = "drug_information"
MOST_TOPICS = 3  # of one section of a label
# A part of these lists answers no question.
_WHOLE_ONLY = frozenset({"indications", "contraindications", "storage", "dosage_forms"})
_ASKED_AS = {"indications": "uses_on_label"}
_OF_BRAND = frozenset({"dosage_forms"})  # each maker of a substance has its own
# Over the answer, as it is called where patients read and where prescribers do.
HEADINGS = {
    "boxed_warning": ("Boxed warning", "Boxed warning"),
    "indications": ("Uses", "Indications"), "dosage": ("Dose and use", "Dosage and administration"),
    "contraindications": ("The label says not to use it", "Contraindications"),
    "warnings": ("Warnings", "Warnings and precautions"), "adverse_reactions": ("Side effects", "Adverse reactions"),
    "interactions": ("Interactions", "Drug interactions"), "pregnancy": ("Pregnancy", "Pregnancy"),
    "lactation": ("Breastfeeding", "Lactation"), "pediatric_use": ("Children", "Pediatric use"),
    "geriatric_use": ("Older people", "Geriatric use"), "overdose": ("Overdose", "Overdosage"),
    "mechanism": ("How it works", "Mechanism of action"), "pharmacokinetics": ("In the body", "Pharmacokinetics"),
    "storage": ("Storage", "Storage"), "dosage_forms": ("Forms and strengths", "Dosage forms and strengths"),
    "ask_doctor": ("Ask first", "Ask first"), "do_not_use": ("Do not use", "Do not use"),
    "stop_use": ("When to stop", "When to stop"), "patient_information": ("Good to know", "Patient counselling"),
}  # fmt: skip
_POINTS_AWAY = re.compile(
    r"the following .{0,120}?(?:described|discussed) .{0,60}?(?:elsewhere|detail|other sections|below)",
    re.IGNORECASE,
)
# An OTC list whose marks are lost: a small letter after a full stop, or a statement that goes straight into the next.
_RUN_TOGETHER = re.compile(
    r"[a-z]{3}\. [a-z]+ |\b(?:occurs|persists|develops|worsens|appears)(?:\s+(?!or|and|but|with|for|in|on|at|after|during|"
    r"while|when|if|that|because|again|even|as|more|by|to|from|unless|until|over|about|only|later|once|before|under|around|you|"
    r"suddenly)[a-z]{4,})"
)
LABELS = sources_with("label")
OTC_LISTS = frozenset({"do_not_use", "ask_doctor", "stop_use", "warnings"})
_KEPT = re.compile(
    r"\b(?:stor(?:e|ed|age|ing)|keep|kept|protect|refrigerat\w*|fr[eo]e?ze\w*|frozen|temperature|dispense|discard)\b",
    re.IGNORECASE,
)
# A list of ingredients or what is made of a kit: nobody says it where there is a shorter name.
_MOST_NAME_WORDS, _NO_NAME = 4, re.compile(r"^kit\b|,|\d ?mg\b", re.IGNORECASE)
_DOSE = re.compile(rf"{NUMBER}(?: to {NUMBER})? ?(?:mg/kg/day|mg/kg|mg|mcg|[µμ]g|g|mL|units?|%)(?![\w/])")


def drug_names(document: SourceDocument) -> list[str]:
    """Names to ask by: the generic one, then the brand where it does not only add to it; empty when the page names no drug."""
    if document.source in LABELS:
        brand = document.first.attributes.get("brand")
        names = [drug_name(document.subject)] if document.subject else []
        if brand and names and not _holds(brand, names[0]):
            names.append(drug_name(brand))
        said = [n for n in names if len(n.split()) <= _MOST_NAME_WORDS and not _NO_NAME.search(n)]
        return said or names
    if document.genre == "medicine" and document.subject:
        name, _, brand = re.sub(r"\s+for (?:adults|children)$", "", document.subject).partition(" (")
        return [in_sentence(name, document.text.lower()), *([brand.rstrip(")")] if brand else [])]
    return []


def _holds(brand: str, generic: str) -> bool:
    """Whether a brand is the substance with more around it: a house's name, a strength, a form."""
    return set(generic.lower().split()) <= set(brand.lower().split())


def is_run_together(text: str) -> bool:
    """Whether a list of an OTC label lost its marks, so that nobody can say where one condition ends and the next begins."""
    return bool(_RUN_TOGETHER.search(text))


def facts(passages: list[Passage], completion: str) -> list[str]:
    """Doses and amounts that stand both in the answer and in its source."""
    source = "\n".join(p.text for p in passages)
    found = dict.fromkeys(m[0] for m in _DOSE.finditer(completion) if m[0] in source)
    return list(found)[:8]


def _make(section: str) -> Rule:
    def make(document: SourceDocument, setting: Setting) -> Iterator[Made]:
        if len(drug_names(document)) >= (2 if section in _OF_BRAND else 1):
            yield from _of_label(rule, section, document, setting)

    rule = Rule(f"{KIND}.{section}", frozenset({section, "boxed_warning"}), make, LABELS)
    return register(rule)


def _of_label(rule: Rule, section: str, document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """The section whole, as it is written for patients and for those who prescribe; else its subsections one by one."""
    passages = [p for p in document.of(section) if not _POINTS_AWAY.match(p.text)]
    if document.first.attributes.get("product_type") == "otc" and section in OTC_LISTS:
        passages = [] if any(is_run_together(p.text) for p in passages) else passages
    if section == "storage":
        passages = [p for p in map(_from_where_it_is_kept, passages) if p]
    drug = drug_names(document)[-1]  # a label is of one product, so its brand where it has one
    for for_patients, group in label_sections.groups(passages):
        register_ = CONSUMER if for_patients else PROFESSIONAL
        key = (group[0].passage_id, rule.choice_key)
        text = label_sections.section(group, setting.most_words)
        if text.passages:
            answer = Answer().frame(f"{HEADINGS[section][not for_patients]} ({drug}):")
            yield from _made(rule, section, document, setting, answer, text, (register_, drug, key))
        elif not for_patients and section not in _WHOLE_ONLY:
            yield from _topics(rule, section, document, setting, group)


def _topics(
    rule: Rule, section: str, document: SourceDocument, setting: Setting, group: list[Passage]
) -> Iterator[Made]:
    """Questions about single subsections, by their headings."""
    named = [(p, label_sections.topic_of(p, document)) for p in group if label_sections.is_whole(p)]
    for passage, topic in in_order([n for n in named if n[1]], group[0].passage_id, rule.choice_key)[
        :MOST_TOPICS
    ]:
        key = (passage.passage_id, rule.choice_key)
        drug = drug_names(document)[-1]
        answer = Answer().say(passage.heading.rstrip("."), passage).frame(f" ({drug}):")
        text = label_sections.section([passage], setting.most_words)
        yield from _made(rule, section, document, setting, answer, text, (PROFESSIONAL, drug, key), topic)


def _made(
    rule: Rule,
    section: str,
    document: SourceDocument,
    setting: Setting,
    head: Answer,
    text: Answer,
    asked: tuple[str, str, tuple[str, ...]],
    topic: str = "",
) -> Iterator[Made]:
    """The example, its boxed warning before it, where all of it fits."""
    register_, drug, key = asked
    answer = Answer()
    boxed = label_sections.box(document, section, topic)
    if boxed:
        if not label_sections.is_whole(boxed) or len(document.of("boxed_warning")) > 1:
            return
        answer.frame("Boxed warning:\n").say(boxed.text, boxed).frame("\n\n")
    gap = "\n" if "\n" in text.text or text.text.startswith("- ") else " "
    answer.add(head).frame(gap).add(text)
    if not text.passages or not setting.least_words <= answer.words <= setting.most_words:
        return
    prompt = (
        phrase(TOPIC.get(section, TOPIC[""]), key, drug=drug, topic=topic)
        if topic
        else drug_phrase(_ASKED_AS.get(section, section), register_, drug, *key)
    )
    labels = {
        "field": section,
        "drug": drug_names(document)[0],
        "facts": facts(answer.passages, answer.text),
    }
    yield Made(rule, prompt, answer, labels, register_, document.subject)


def _from_where_it_is_kept(passage: Passage) -> Passage | None:
    """An OTC label's "other information" also names a sodium content or whom to tell: begin where storage does."""
    for unit in units(passage.text):
        if _KEPT.search(passage.text[unit.begin : unit.end]):
            return replace(passage, text=passage.text[unit.begin :])
    return None


def _make_of_data(section: str) -> Rule:
    def make(document: SourceDocument, setting: Setting) -> Iterator[Made]:
        names = drug_names(document)
        for passage in document.of(section) if names else ():
            values = passage.attributes["values"]
            usual = section == product_data.KIND and values == [product_data.PRESCRIPTION]
            if usual and sixth(passage.passage_id, rule.choice_key) > 1:
                continue  # nearly every label is of a prescription drug: a third of them, or the answer is known beforehand
            asked = "active_ingredients" if section == product_data.ACTIVE and len(values) > 1 else section
            prompt = drug_phrase(asked, passage.audience, names[-1], passage.passage_id, rule.choice_key)
            answer = Answer().say(passage.text, passage)
            plain = [value.partition(" (")[0] for value in values]  # "oral" of "oral (by mouth)"
            labels = {"field": section, "drug": names[0], "facts": plain}
            yield Made(rule, prompt, answer, labels, passage.audience, document.subject)

    rule = Rule(f"{KIND}.{section}", frozenset({section}), make, LABELS)
    return register(rule)


for _section in HEADINGS:
    _make(_section)
for _section in product_data.SECTIONS:
    _make_of_data(_section)


DEFINITION = Kind(
    name=KIND,
    note="a named drug's uses, dose, warnings, side effects and more, from the right section of its label; "
    "a boxed warning comes first",
    labels=frozenset({"field", "drug", "facts"}),
    traits=frozenset({"about_medicine", "asks_for_facts"}),
    literal="facts",
    scoring=f"{__name__}:SCORING",
)
FACTS_STATED = Outcome("facts_stated", "{found} of {wanted} facts of the label")
OTHER_AMOUNT = Outcome("other_amount", "states an amount that the source's answer does not give: {amount}")


def facts_stated(answer: str, reference: str, labels: Mapping[str, Any]) -> Verdict:
    """Share of the label's literal facts (doses, amounts) that the answer states; word overlap where it has none.

    A fact counts whole, in whatever way it is written, and only where the answer affirms or denies it as the
    reference does. The verdict names an amount that stands neither in the reference nor in the drug's name.
    """
    facts = [str(fact) for fact in labels.get("facts") or ()]
    found = [fact for fact in facts if (_stands(fact, reference) or {False}) & _stands(fact, answer)]
    score = len(found) / len(facts) if facts else overlap_f1(answer, reference)
    if other := amounts(answer) - amounts(f"{reference}\n{labels.get('drug', '')}"):
        amount = ", ".join(f"{value.normalize():f} {unit}" for value, unit in sorted(other))
        return Verdict(score, OTHER_AMOUNT, {"amount": amount})
    if not facts:
        return Verdict(score, WORD_OVERLAP, {"share": score})
    return Verdict(score, FACTS_STATED, {"found": len(found), "wanted": len(facts)})


def _stands(fact: str, text: str) -> set[bool]:
    """Where the fact stands in a text: in a negated clause (True), in one that affirms (False), in both or nowhere."""
    wanted = amounts(fact)
    return {
        clause.negated
        for clause in clauses(text)
        if (wanted <= amounts(clause.text) if wanted else plain_amounts(fact) in clause.text)
    }


SCORING = Scoring(
    score=facts_stated,
    score_name="facts of the label stated",
    outcomes=(FACTS_STATED, OTHER_AMOUNT, WORD_OVERLAP),
    stratum="facts",
    directions=(
        Direction(
            "facts_left_out", "facts of the label missing or wrong",
            "Of the doses and amounts in a label's answer, the share that the answer does not state, the mean over items.",
            missing_score, lambda labels: bool(labels.get("facts")),
        ),
        Direction(
            "other_amount", "answers with another amount",
            "Of the drug questions, the share whose answer states a dose or amount that the label's answer does not give.",
            share_of(OTHER_AMOUNT),
        ),
    ),
)  # fmt: skip
