"""What a question asks for, and whether the answer is of the section that says it, to where that section lists it.

What belongs here: topics of questions and the sections that answer them. What does not: what the answer says (says_something).
"""

from __future__ import annotations

import re
from functools import lru_cache

from medai_assets.verification.alignment import Laid
from medai_assets.verification.example import Example, Source
from medai_assets.verification.section_whole import sections_named

# What a question asks for -> the sections and the publisher's question types that say it. The first pattern that fits counts.
ASKED: tuple[tuple[str, str, str], ...] = (
    ("purpose", r"\bpurpose\b.{0,300}\bactive ingredient|\bactive ingredient\b.{0,300}\bpurpose\b", "purpose"),
    ("active ingredient", r"\bactive (?:ingredient|substance)", "active_ingredient"),
    ("kind of product", r"prescription or (?:an )?(?:over-the-counter|OTC)\b", "product_type"),
    ("route", r"\broute of administration\b|\b(?:which|what) route\b", "route"),
    ("class by mechanism", r"\bby mechanism of action\b", "mechanism_class"),
    ("class", r"\bpharmacologic class\b|\bdrug class\b|\bclass of drugs\b", "drug_class"),
    ("forms and strengths", r"\bdosage forms\b|\bstrengths\b|\bhow strong\b", "dosage_forms how_supplied"),
    ("side effects", r"side effects?|adverse (?:reactions?|effects?|reaction profile)", "adverse_reactions warnings "
    "patient_information"),
    ("the medicine as the cause", r"could the medicine be the cause|come from the medicine|^could .* be behind",
     "adverse_reactions warnings patient_information"),
    ("overdose", r"overdos\w+|too much|swallowed|got hold of|open pack", "overdose"),
    ("interactions", r"interact\w*|combined with|co-medication", "interactions"),
    ("pregnancy", r"pregnan\w+", "pregnancy"),
    ("breastfeeding", r"breast-?feed\w*|breast milk|lactation|nursing", "lactation pregnancy"),
    ("storage", r"\b(?:store|stored|storage|kept|keep)\b(?! in mind)", "storage how_supplied"),
    ("stopping", r"stop using|advise stopping|signs mean that i should stop", "stop_use"),
    ("asking first", r"ask a doctor before|check with a doctor|discuss with a doctor|send to a doctor", "ask_doctor"),
    ("exclusion", r"(?:should not|shouldn['’]t|must not|cannot|can['’]t) (?:use|take|have)|not be (?:used|taken)"
     r"|not to (?:use|take)|contraindicat\w+|be avoided",
     "contraindications do_not_use"),
    ("dose", r"\b(?:dose|doses|dosage|dosed|how much)\b|how often(?![^?]{0,300}\b(?:occurs?|happens?|seen)\b)"
     r"|how should .{0,300} be used|use .{0,300} correctly", "dosage"),
    ("mechanism", r"mechanism of action|how does .{0,300} (?:work|act)\?|do(?:es)? in the body", "mechanism"),
    ("kinetics", r"pharmacokinetic\w*|absorbed|body handle|stay in the body", "pharmacokinetics"),
    ("use", r"indicat\w+|used for|\bunder uses\b|\b(?:which|what) uses\b"
     r"|why would someone use|does .{0,300} treat\?|meant to help|what is it for", "indications"),
    ("research", r"\b(?:research|clinical trials)\b", "research"),
    ("prevention", r"\bprevent\w*", "prevention"),
    ("diagnosis", r"diagnos\w+|find out whether", "diagnosis"),
    ("treatment", r"\btreat(?:ed|ments?)\b|doctors do for", "treatment self_care"),
    ("inheritance", r"inherit\w*|hereditary|in families|family tree|passed on|pass on", "inheritance"),
    ("genes", r"genetic(?:s|ists| changes)\b|\bgenes?\b", "genetics"),
    ("frequency", r"how many (?:people|patients|cases|are affected)|how common|how (?:often|rare|widespread|unusual|frequently)"
     r"|prevalence|frequency of|\brare\?|people affected|of people (?:do|does)\b", "frequency"),
    ("outlook", r"\boutlook\b|prognosis|what can i expect", "outlook"),
    ("risk", r"who is at risk|at risk for", "risk_factors"),
    ("complications", r"complications", "complications"),
    ("symptoms", r"what are the (?:symptoms|signs)|which signs of .{0,300} watch|how would i notice|symptoms do people"
    r"|look like, and when", "symptoms"),
    ("causes", r"what causes|causes of|why do people get", "causes genetics"),
    ("urgency", r"how urgent|what level of care|how soon|can (?:it|this) wait|see someone|call an ambulance"
    r"|is this an emergency|emergency department|go for help|serious enough", "care_emergency care_urgent care_non_urgent "
    "care_pharmacist self_care stop_use ask_doctor overdose symptoms"),
)  # fmt: skip
_ASKED = tuple(
    (name, re.compile(pattern, re.IGNORECASE), frozenset(places.split())) for name, pattern, places in ASKED
)
_ANSWERS_ANY = frozenset({"boxed_warning", "other", "answer", "question", ""})
_HEADED = {
    "symptoms": re.compile(r"\b(?:symptoms?|signs?)\b", re.IGNORECASE),
    "causes": re.compile(r"\bcauses?d?\b", re.IGNORECASE),
    "treatment": re.compile(r"\b(?:treat\w*|therap\w+)\b", re.IGNORECASE),
}
_LISTS = re.compile(r"\b(?:include|are|begin|develop|may be|such as|have|cause)\b", re.IGNORECASE)
_OTHERS = re.compile(r"^(?:other|also|less|rare|additional)\b|\bmay also\b", re.IGNORECASE)


@lru_cache(maxsize=8192)
def asked_for(prompt: str) -> tuple[str, frozenset[str]] | None:
    """What a question asks for, and the sections that say it; None where it is none of the usual."""
    return next(((name, places) for name, pattern, places in _ASKED if pattern.search(prompt)), None)


def without_names(example: Example, names: tuple[str, ...]) -> str:
    """The question without the subject's name, which may hold a word of another question ("prevention of pregnancy")."""
    text = example.prompt
    for name in sorted({example.subject or "", *names}, key=len, reverse=True):
        if name:
            text = re.sub(re.escape(name), "it", text, flags=re.IGNORECASE)
    return text


def wrong_section(example: Example, laid: list[Laid], document: Source) -> str:
    if "states_level" in example.traits or sections_named(example, document):
        return ""  # a case is told there, or a section is asked for by its title (section_whole)
    asked = asked_for(without_names(example, document.names))
    if asked is None or not laid:
        return ""
    name, places = asked
    sections = {run.source.passage.section for unit in laid for run in unit.runs}
    of_pairs = not document.has("label")  # a pair's or a page's own question is answered where it stands
    owned = of_pairs and any(
        run.source.passage.attributes.get("question") for unit in laid for run in unit.runs
    )
    if owned or sections & (places | _ANSWERS_ANY) - {"boxed_warning"}:
        return ""
    return f"it asks for {name}, and the text is of {', '.join(sorted(sections))}"


def stops_before(example: Example, laid: list[Laid]) -> str:
    """The answer ends before the place where its section lists or heads what is asked for."""
    asked = asked_for(example.prompt)
    pattern = _HEADED.get(asked[0]) if asked else None
    if asked is None and "about_signs" in example.traits:
        pattern = _HEADED["symptoms"]
    run = laid[-1].runs[-1] if laid and laid[-1].runs else None
    if pattern is None or run is None or run.source.is_heading:
        return ""
    named = any(_names_them(u, pattern) for u in laid)
    for unit in run.source.units[run.last_unit + 1 :]:
        heads = unit.kind in ("title", "lead") or bool(
            re.search(pattern.pattern + r"[^.]{0,60}\binclude\b", unit.text, re.IGNORECASE)
        )
        if heads and pattern.search(unit.text) and not named and not _OTHERS.search(unit.text):
            return f"it ends before {unit.text[:80]!r}"
    return ""


def _names_them(laid: Laid, pattern: re.Pattern[str]) -> bool:
    """Whether a unit leads to a list of what is asked for, or lists it itself."""
    text = laid.unit.text
    return bool(pattern.search(text)) and (
        laid.unit.kind == "lead" or (text.count(",") > 1 and bool(_LISTS.search(text)))
    )
