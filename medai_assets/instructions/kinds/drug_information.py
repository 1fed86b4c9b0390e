"""Questions about a named drug, answered from the right section of its label or of a medicine's page.

A boxed warning, where the label has one, comes first in every answer that touches safety or use. One rule a section,
so that each can be versioned, counted and capped by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from medai_assets.instructions.choice import choose, sixth
from medai_assets.instructions.kind import Kind
from medai_assets.instructions.language.excerpt import excerpt, is_complete, units
from medai_assets.instructions.language.phrasing import CONSUMER, DRUG, PROFESSIONAL, drug_phrase
from medai_assets.instructions.language.wording import drug_name, in_sentence
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.instructions.rules import Answer, Made, Rule, Setting, register
from medai_assets.instructions.scoring.clauses import clauses
from medai_assets.instructions.scoring.overlap import WORD_OVERLAP, overlap_f1
from medai_assets.instructions.scoring.scoring import Direction, Scoring, missing_score, share_of
from medai_assets.instructions.scoring.verdicts import Outcome, Verdict
from medai_assets.sources.registry import sources_with
from medai_assets.text.amounts import NUMBER, amounts, plain_amounts
from medai_assets.text.sections import FDA_FIELDS

KIND = "drug_information"
# Sections whose answer a boxed warning comes before: with all of it, or with its first sentences.
WHOLE_BOX = frozenset({"warnings"})
SHORT_BOX = frozenset(
    {
        "indications",
        "dosage",
        "contraindications",
        "adverse_reactions",
        "interactions",
        "pregnancy",
        "patient_information",
    }
)
BOX_WORDS = 45
HEADINGS = {
    "indications": "Uses", "dosage": "Dose and use", "contraindications": "Who should not use it", "warnings": "Warnings",
    "adverse_reactions": "Side effects", "interactions": "Interactions", "pregnancy": "Pregnancy",
    "lactation": "Breastfeeding", "pediatric_use": "Children", "geriatric_use": "Older people", "overdose": "Overdose",
    "mechanism": "How it works", "pharmacokinetics": "Pharmacokinetics", "storage": "Storage",
    "ask_doctor": "Ask first", "do_not_use": "Do not use", "stop_use": "When to stop", "patient_information": "Good to know",
}  # fmt: skip
_GENERAL_HEADINGS = frozenset(place.heading for place in FDA_FIELDS.values())
_LOST_LIST = re.compile(r"\b(?:one of these|the following)\b", re.IGNORECASE)
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
_DOSE = re.compile(rf"{NUMBER}(?: to {NUMBER})? ?(?:mg/kg/day|mg/kg|mg|mcg|[µμ]g|g|mL|units?|%)(?![\w/])")


def drug_names(document: SourceDocument) -> list[str]:
    """Names to ask by: the generic one, then the brand where it is another; empty when the page names no drug."""
    if document.source in LABELS:
        brand = document.first.attributes.get("brand")
        names = [drug_name(document.subject)] if document.subject else []
        if brand and names and drug_name(brand).lower() != names[0].lower():
            names.append(drug_name(brand))
        return names
    if document.genre == "medicine" and document.subject:
        name, _, brand = re.sub(r"\s+for (?:adults|children)$", "", document.subject).partition(" (")
        return [in_sentence(name, document.text.lower()), *([brand.rstrip(")")] if brand else [])]
    return []


def box(document: SourceDocument, section: str) -> tuple[str, Passage] | None:
    """What a label's boxed warning contributes to an answer about this section."""
    found = document.of("boxed_warning")
    if not found or section not in WHOLE_BOX | SHORT_BOX:
        return None
    words = 110 if section in WHOLE_BOX else BOX_WORDS
    text = excerpt(found[0].text, words) or excerpt(found[0].text, 110)
    return (text, found[0]) if text else None


def body(answer: Answer, passages: list[Passage], most_words: int) -> None:
    """Add the section's passages as far as they fit: one as a paragraph, several short ones as a list."""
    left = most_words
    fitting: list[tuple[str, str, Passage]] = []
    for passage in passages:
        text = excerpt(passage.text, left)
        if not text or (len(passages) > 1 and not is_complete(text)):
            continue
        specific = _own_heading(passage)
        left -= len(text.split()) + len(specific.split())
        if left < 0:
            break
        fitting.append((text, specific, passage))
    several = len(fitting) > 1
    as_list = several and not any("\n" in text for text, _, _ in fitting)
    for number, (text, specific, passage) in enumerate(fitting):
        answer.frame(("\n" if as_list else "\n\n") if number else "").frame("- " if as_list else "")
        if specific and several:
            answer.say(specific.rstrip("."), passage).frame(": ")
        answer.say(_capital(text), passage)


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
        passages = [p for p in document.of(section) if not p.is_part and not _POINTS_AWAY.match(p.text)]
        if section in OTC_LISTS and document.first.attributes.get("product_type") == "otc":
            passages = [p for p in passages if not is_run_together(p.text)]
        if section == "storage":
            passages = [p for p in map(_from_where_it_is_kept, passages) if p]
        names = drug_names(document)
        if not passages or not names or section not in DRUG:
            return
        key = (passages[0].passage_id, rule.choice_key)
        register_ = _register(document, passages[0], *key)
        drug = choose(names, *key)
        answer = _answer(document, section, passages, drug, setting)
        if answer.words < setting.least_words or len(answer.passages) == 0:
            return
        labels = {"field": section, "drug": names[0], "facts": facts(answer.passages, answer.text)}
        yield Made(
            rule, drug_phrase(section, register_, drug, *key), answer, labels, register_, document.subject
        )

    rule = Rule(f"{KIND}.{section}", frozenset({section, "boxed_warning"}), make, LABELS)
    return register(rule)


def _answer(
    document: SourceDocument, section: str, passages: list[Passage], drug: str, setting: Setting
) -> Answer:
    answer = Answer()
    left = setting.most_words - 12
    boxed = box(document, section)
    if boxed:
        answer.frame("Boxed warning: ").say(boxed[0], boxed[1]).frame("\n\n")
        left -= len(boxed[0].split())
    text = Answer()
    body(text, passages, left)
    if not text.passages or (_LOST_LIST.search(text.text) and "\n- " not in text.text):
        return Answer()
    gap = "\n" if "\n" in text.text or text.text.startswith("- ") else " "
    return answer.frame(f"{HEADINGS[section]} ({drug}):{gap}").add(text)


def _from_where_it_is_kept(passage: Passage) -> Passage | None:
    """An OTC label's "other information" also names a sodium content or whom to tell: begin where storage does."""
    for unit in units(passage.text):
        if _KEPT.search(passage.text[unit.begin : unit.end]):
            return replace(passage, text=passage.text[unit.begin :])
    return None


def _register(document: SourceDocument, passage: Passage, *key: str) -> str:
    """A page for the public is asked about by the public, a prescriber's label by either."""
    if passage.audience == CONSUMER or document.first.audience == CONSUMER:
        return CONSUMER
    return PROFESSIONAL if sixth("register", *key) < 4 else CONSUMER


def _own_heading(passage: Passage) -> str:
    """The passage's heading where it says more than the section's name."""
    heading = passage.heading.strip()
    plain = heading in _GENERAL_HEADINGS or heading.endswith("?") or len(heading.split()) > 8
    return "" if plain or passage.text.lower().startswith(heading.lower()) else heading


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


for _section in HEADINGS:
    _make(_section)


DEFINITION = Kind(
    name=KIND,
    note="a named drug's uses, dose, warnings, side effects and more, from the right section of its label; "
    "a boxed warning comes first",
    labels=frozenset({"field", "drug", "facts"}),
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
