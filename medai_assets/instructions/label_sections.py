"""What of a drug label answers a question: a section whole, a subsection whole, and the boxed warning that belongs to it.

A label is cut nowhere: what does not fit into an answer gives none. What belongs here: what stands under which title of a
label, and putting it together. What does not: which questions are asked (kinds).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from medai_assets.instructions.language.excerpt import is_complete, units
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.instructions.rules import Answer
from medai_assets.sources.label_fields import FIELDS
from medai_assets.verification.structure import stem

CONSUMER, PROFESSIONAL, OTC = "consumer", "professional", "otc"
# The title over each section, as labels for those who prescribe print it, and of an OTC label's lists.
TITLES = {
    "boxed_warning": "Boxed Warning", "indications": "Indications and Usage", "dosage": "Dosage and Administration",
    "dosage_forms": "Dosage Forms and Strengths", "contraindications": "Contraindications",
    "warnings": "Warnings and Precautions", "adverse_reactions": "Adverse Reactions", "interactions": "Drug Interactions",
    "pregnancy": "Pregnancy", "lactation": "Lactation", "pediatric_use": "Pediatric Use", "geriatric_use": "Geriatric Use",
    "overdose": "Overdosage", "mechanism": "Mechanism of Action", "pharmacokinetics": "Pharmacokinetics",
    "storage": "Storage and Handling", "patient_information": "Patient Counseling Information",
    "ask_doctor": "Ask a doctor before use", "do_not_use": "Do not use", "stop_use": "Stop use and ask a doctor",
}  # fmt: skip
OF_PACKAGE = {
    "Indications and usage": "Uses",
    "Dosage and administration": "Directions",
    "Storage and handling": "Other information",
}
_HOLDS_SUBSECTIONS = frozenset(
    "indications dosage dosage_forms contraindications adverse_reactions interactions patient_information overdose".split()
)
_TELL_FORM = ("indications", "description", "how_supplied", "dosage_forms", "dosage")
_COUNTED = frozenset("tablet capsule lozenge caplet softgel gelcap".split())
_FORMS = (
    r"(?:(?:extended|delayed)-release |orally disintegrating |chewable |effervescent )?(?:tablets?|capsules?)"
    r"|(?:oral|ophthalmic|otic|topical|inhalation|nasal|vaginal|rectal) (?:solution|suspension|ointment|gel|cream|spray|powder"
    r"|aerosol|emulsion|suppositories)|nasal spray|for injection|injectable emulsion|injection|cream|ointment|lotion|gel|foam"
    r"|shampoo|patch|transdermal system|lozenges?|suppositor(?:y|ies)|syrup"
)
_IN_EACH = re.compile(
    r"\bin each (?:\w+[ -])?(tablet|caplet|capsule|softgel|gelcap|lozenge|gum)\b", re.IGNORECASE
)
_PLAIN = 0.7  # of the mentions of a form, that the commonest has at least
# What openFDA gives as fields of their own is cut out of these.
_PARENTS = frozenset(
    (
        "clinical pharmacology",
        "use in specific populations",
        "precautions",
        "warnings",
        "drug abuse and dependence",
    )
)
_OF_LEAFLETS = frozenset(place.heading for place in FIELDS.values() if place.audience)
_RISK_SUMMARY = " Risk Summary"
# The box belongs to every answer of these sections, and to one of the others where it speaks of what the section is about.
_BOX_ALWAYS = frozenset({"warnings", "contraindications", "adverse_reactions", "do_not_use"})
_BOX_ABOUT = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "indications": r"\bindicat|\bapproved\b|\breserve|restricted|REMS\b|\bnot be used\b|\bnot recommended\b",
        "dosage": r"\bdos(?:e|es|age|ing)\b|\badminist|\binfus|\btitrat|\binitiat|\bdiscontinu|\bstart|\bbefore\b",
        "interactions": r"concomitant|co-?administ|interact|combin|inhibitor|inducer|\bwith\b.*\b(?:benzodiazepine|opioid)"
        r"|\bpatients (?:also )?(?:taking|receiving)\b",
        "pregnancy": r"pregnan|fetal|fetus|embryo|teratogen|birth defect",
        "lactation": r"breast|lactat|nursing",
        "pediatric_use": r"child|p(?:a)?ediatric|adolescent|infant|neonat|young"
        r"|\b(?:under|less than|below) (?:the age of )?(?:\d|1\d) (?:years|months)",
        "geriatric_use": r"elderly|geriatric|older|\b(?:6[05]|7[05]|80) years",
        "overdose": r"overdos|ingestion",
        "patient_information": r"\bpatients?\b",
        "ask_doctor": r"",
        "stop_use": r"\bstop|\bdiscontinu",
    }.items()
}
# Words of a heading that a box on something else has too.
_OF_ANY_RISK = frozenset(map(stem, "syndrome serious severe reaction event patient increased".split()))
_GENERAL_HEADINGS = frozenset(place.heading for place in FIELDS.values())
_GENERAL_TOPIC = re.compile(
    r"^(?:general|overview|introduction|other|important|additional|administration information"
    r"|clinical (?:considerations|trials?)|risk summary|data"
    r"|limitations? of use|post-?marketing|pharmacodynamics|use in specific|instructions?|table|figure)\b|[:;?!/]|\d"
    # two headings in one, or one that took the next sentence's verb along
    r"|\b(?:risk summary|females and males|contraception|infertility)\b"
    r"|\b(?:inspect|draw|administer|use|store|discard|prepare|monitor|avoid|advise|inform|withhold|reduce)$",
    re.IGNORECASE,
)
_MOST_TOPIC_WORDS = 7
_SMALL = frozenset("of in and or with the to for on by from due during other than".split())


def titled(document: SourceDocument, section: str) -> Iterator[tuple[str, list[Passage]]]:
    """What stands under each title that a label prints over a section of the shared vocabulary, whole and in order.

    A subsection, which has a heading of its own, stands under the section's title, where one field alone can hold it.
    Leaflets for patients are left out: their parts have no title of their own.
    """
    audience = CONSUMER if document.first.attributes.get("product_type") == OTC else PROFESSIONAL
    found: dict[str, list[Passage]] = {}
    for passage in document.of(section):
        heading = passage.heading.strip().removesuffix(_RISK_SUMMARY)
        if passage.audience != audience or heading in _OF_LEAFLETS:
            continue
        if heading and heading in _GENERAL_HEADINGS:
            found.setdefault(heading if audience == CONSUMER else printed(heading), []).append(passage)
        elif section in _HOLDS_SUBSECTIONS or not heading:
            found.setdefault(TITLES[section], []).append(passage)
    for title, passages in found.items():
        headed = [p.heading for p in passages if p.heading in _GENERAL_HEADINGS]
        in_parts = title.lower() in _PARENTS or (title == "Warnings and Precautions" and _has_parts(document))
        if len(headed) < 2 and not in_parts:
            yield title, passages


def printed(heading: str) -> str:
    """A field's heading as a label prints it: ``Nursing Mothers``."""
    return " ".join(w if w in _SMALL else w[:1].upper() + w[1:] for w in heading.split())


def _has_parts(document: SourceDocument) -> bool:
    """Whether warnings stand in subsections, which nothing ties to one of the fields that hold warnings."""
    return any(own_heading(p) for p in document.of("warnings"))


def subsections(document: SourceDocument, section: str) -> Iterator[tuple[str, Passage]]:
    """Each whole subsection for those who prescribe, by its heading, where the label has one of that heading alone."""
    headings = [p.heading.lower() for p in document.passages]
    for passage in document.of(section):
        alone = headings.count(passage.heading.lower()) == 1 and passage.audience != CONSUMER
        title = own_heading(passage).rstrip(".")
        if alone and is_whole(passage) and _names_topic(title):
            yield title, passage


def is_whole(passage: Passage) -> bool:
    """Whether the passage is a section or subsection undivided that ends where it ends."""
    return "part" not in passage.attributes and is_complete(passage.text) and not _ends_open(passage.text)


def section(passages: list[Passage], most_words: int) -> Answer:
    """All the passages under their headings; empty where one of them is cut or they are too long together."""
    answer = Answer()
    if not all(map(is_whole, passages)) or sum(len(p.text.split()) for p in passages) > most_words:
        return answer
    for number, passage in enumerate(passages):
        heading = own_heading(passage)
        answer.frame("\n\n" if number else "")
        if heading and len(passages) > 1:
            answer.say(heading.rstrip("."), passage).frame(":\n" if passage.text.startswith("- ") else ": ")
        answer.say(passage.text[:1].upper() + passage.text[1:], passage)
    return answer


def box(document: SourceDocument, name: str, topic: str = "") -> Passage | None:
    """The boxed warning that belongs to an answer of this section on this topic, None where there is none."""
    found = document.of("boxed_warning")
    if not found:
        return None
    text = " ".join(p.text for p in found)
    words = _telling_words(topic)
    about = name in _BOX_ALWAYS if not topic else bool((words - _OF_ANY_RISK or words) & _telling_words(text))
    pattern = _BOX_ABOUT.get(name)
    return found[0] if about or (pattern is not None and pattern.search(text)) else None


def _telling_words(text: str) -> set[str]:
    return {stem(word) for word in re.findall(r"[a-z]{5,}", text.lower())}


def _names_topic(heading: str) -> bool:
    """Whether a subsection's heading names a topic of its own."""
    words = [w for w in heading.split() if w.lower() not in _SMALL]
    titled = bool(words) and all(w[:1].isupper() or w[:1] == "(" for w in words) and not heading.isupper()
    return (
        titled
        and heading.split()[-1].lower() not in _SMALL
        and len(heading.split()) <= _MOST_TOPIC_WORDS
        and not _GENERAL_TOPIC.search(heading)
    )


def form_of(document: SourceDocument, substance: str) -> str:
    """The dosage form that a label of one substance is of, as its own text calls it: ``tablets``; "" where that is not plain."""
    unit = next((m for p in document.of("description") if (m := _IN_EACH.search(p.text))), None)
    if unit:
        return _several(unit[1].lower())
    texts = "\n".join(p.text for p in document.of(*_TELL_FORM)) + "\n" + document.first.title
    found = re.findall(
        rf"\b{re.escape(substance)}(?:,? (?!and\b|or\b)[\w-]+){{0,3}}? ({_FORMS})\b", texts, re.IGNORECASE
    )
    forms = Counter(_several(form.lower()) for form in found)
    if not forms:
        return ""
    form, often = forms.most_common(1)[0]
    return form if often >= _PLAIN * forms.total() else ""


def _several(form: str) -> str:
    return f"{form}s" if form.rsplit(" ", 1)[-1] in _COUNTED else form


def own_heading(passage: Passage) -> str:
    """The passage's heading where it says more than the section's name."""
    heading = passage.heading.strip()
    plain = heading in _GENERAL_HEADINGS or heading.endswith("?") or len(heading.split()) > 8
    return "" if plain or passage.text.lower().startswith(heading.lower()) else heading


def _ends_open(text: str) -> bool:
    last = units(text)[-1:]
    return not last or text[last[0].begin : last[0].end].rstrip().endswith((":", "…", "..."))
