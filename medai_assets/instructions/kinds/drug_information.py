"""Questions about a named drug, answered from the right section of its label or of a medicine's page.

A label is asked for one of its sections by the title over it, and that section whole is the answer: what another section adds
was not asked. A boxed warning that belongs to it is asked for along with it and comes first. What openFDA's fields state is one
sentence, which is the answer. One rule a section, so that each can be versioned, counted and capped by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from medai_assets.instructions import label_sections
from medai_assets.instructions.choice import hash_mod_6, in_order
from medai_assets.instructions.kind import Kind
from medai_assets.instructions.language.label_phrasing import Target, section_phrase
from medai_assets.instructions.language.phrasing import drug_phrase
from medai_assets.instructions.language.wording import drug_name, in_sentence
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.instructions.rules import Answer, Made, Rule, Setting, register
from medai_assets.instructions.scoring.clauses import clauses
from medai_assets.instructions.scoring.overlap import WORD_OVERLAP, overlap_f1
from medai_assets.instructions.scoring.scoring import Direction, Scoring, missing_score, share_of
from medai_assets.instructions.scoring.verdicts import Outcome, Verdict
from medai_assets.sources import label_fields
from medai_assets.sources.registry import sources_with
from medai_assets.text.amounts import NUMBER, amounts, plain_amounts
from medai_assets.verification.populations import FOR_WHOM

KIND = "drug_information"
MOST_TOPICS = 3  # of one section of a label
# Sections that are too long as a rule, whose subsections have titles that say what they are about.
_ASKED_BY_PART = {
    "warnings": re.compile(""),
    "dosage": re.compile(r"\bdos|administ|titrat|missed|adjust|modif|prepar|dilut", re.IGNORECASE),
}
# An OTC list whose marks are lost: a small letter after a full stop, or a statement that goes straight into the next.
_RUN_TOGETHER = re.compile(
    r"[a-z]{3}\. [a-z]+ |\b(?:occurs?|persists?|develops?|worsens?|appears?)(?:\s+(?!or|and|but|with|for|in|on|at|after|during|"
    r"while|when|if|that|because|again|even|as|more|by|to|from|unless|until|over|about|only|later|once|before|under|around|you|"
    r"suddenly|despite)[a-z]{4,})"
)
LABELS = sources_with("label")
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
        name, _, brand = FOR_WHOM.sub("", document.subject).partition(" (")
        return [in_sentence(name, document.text.lower()), *([brand.rstrip(")")] if brand else [])]
    return []


def called(document: SourceDocument) -> str:
    """What a label is asked for by: its brand where it has one, else the substance with its dosage form; "" where none is plain."""
    names = drug_names(document)
    brand = str(document.first.attributes.get("brand") or "")
    plain = len(brand.split()) <= _MOST_NAME_WORDS and not _NO_NAME.search(brand)
    if (
        plain
        and names
        and not set(brand.lower().split()) <= set(f"{names[0]} {document.subject}".lower().split())
    ):
        return drug_name(brand)
    if len(names) > 1:
        return names[-1]
    form = label_sections.form_of(document, names[0]) if names else ""
    return f"{names[0]} {form}" if form else ""


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
        if drug_names(document):
            yield from _of_label(rule, section, document, setting)

    rule = Rule(f"{KIND}.{section}", frozenset({section, "boxed_warning"}), make, LABELS)
    return register(rule)


def _of_label(rule: Rule, section: str, document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """What stands under each of the section's titles whole; of long sections subsections too, each by its own title."""
    is_otc = document.first.attributes.get("product_type") == label_sections.OTC
    for title, passages in label_sections.titled(document, section):
        if is_otc and any(is_run_together(p.text) for p in passages):
            continue
        target: Target = "package" if is_otc else "section"
        target = "box" if section == "boxed_warning" else target
        title = label_sections.OF_PACKAGE.get(title.capitalize(), title) if is_otc else title
        text = label_sections.section(passages, setting.most_words)
        yield from _made(rule, section, document, setting, text, title, target)
    if section in _ASKED_BY_PART and not is_otc:
        says = _ASKED_BY_PART[section]
        found = [
            (title, p) for title, p in label_sections.subsections(document, section) if says.search(title)
        ]
        for title, passage in in_order(found, document.document_id, rule.choice_key)[:MOST_TOPICS]:
            text = label_sections.section([passage], setting.most_words)
            yield from _made(rule, section, document, setting, text, title, "subsection")


def _made(
    rule: Rule,
    section: str,
    document: SourceDocument,
    setting: Setting,
    text: Answer,
    title: str,
    target: Target,
) -> Iterator[Made]:
    """The example, where all of it fits; with the boxed warning, which is asked for as well, where it belongs to the section."""
    answer = Answer()
    boxed = label_sections.box(document, section, title if target == "subsection" else "")
    if boxed and section != "boxed_warning":
        whole = label_sections.is_whole(boxed) and len(document.of("boxed_warning")) == 1
        if not whole or target != "section":
            return
        target = "section_and_box"
        answer.frame("Boxed Warning:\n").say(boxed.text, boxed).frame(f"\n\n{title}:\n")
    answer.add(text)
    if not text.passages or not setting.least_words <= answer.words <= setting.most_words:
        return
    names = drug_names(document)
    asked = called(document)
    if not asked:
        return
    key = (text.passages[0].passage_id, rule.choice_key)
    prompt = section_phrase(target, key, asked, title)
    labels = {"field": section, "drug": names[0], "facts": facts(answer.passages, answer.text)}
    yield Made(rule, prompt, answer, labels, document.first.audience, document.subject)


def _make_of_data(section: str) -> Rule:
    def make(document: SourceDocument, setting: Setting) -> Iterator[Made]:
        names = drug_names(document)
        for passage in document.of(section) if names else ():
            values = passage.attributes["values"]
            usual = section == label_fields.KIND and values == [label_fields.PRESCRIPTION]
            if usual and hash_mod_6(passage.passage_id, rule.choice_key) > 1:
                continue  # nearly every label is of a prescription drug: a third of them, or the answer is known beforehand
            asked = "active_ingredients" if section == label_fields.ACTIVE and len(values) > 1 else section
            prompt = drug_phrase(asked, names[-1], passage.passage_id, rule.choice_key)
            answer = Answer().say(passage.text, passage)
            plain = [value.partition(" (")[0] for value in values]  # "oral" of "oral (by mouth)"
            labels = {"field": section, "drug": names[0], "facts": plain}
            yield Made(rule, prompt, answer, labels, passage.audience, document.subject)

    rule = Rule(f"{KIND}.{section}", frozenset({section}), make, LABELS)
    return register(rule)


for _section in label_sections.TITLES:
    _make(_section)
for _section in label_fields.STATED:
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
