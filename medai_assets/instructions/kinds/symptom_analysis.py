"""From symptoms to what a source says may cause them, what to watch for, and when to see whom; never a diagnosis.

A page's symptoms are told whole, with all its care cards; there is one example of them. Whether it is that illness is not
asked, since no page says so of the one who asks. What belongs here: reading lists of symptoms and side effects. What
does not: levels of care for a told situation (triage_recommendation.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from medai_assets.foundation.vocabularies import TRIAGE_LEVELS
from medai_assets.instructions.advice import alarm_signs, symptoms_answer
from medai_assets.instructions.care import (
    LEVEL_OF,
    bare_topic,
    cards,
    denied,
    is_one_condition,
    sections,
    spoken,
    subject_of,
)
from medai_assets.instructions.choice import hash_mod_6, in_order
from medai_assets.instructions.kind import Kind
from medai_assets.instructions.kinds.drug_information import drug_names
from medai_assets.instructions.language import phrasing
from medai_assets.instructions.language.excerpt import items, plain_sentences, units
from medai_assets.instructions.language.phrasing import phrase
from medai_assets.instructions.language.wording import alternatives, as_told, without_asides
from medai_assets.instructions.passages import Passage, SourceDocument
from medai_assets.instructions.rules import Answer, Made, Rule, Setting, register
from medai_assets.instructions.scoring.clauses import content_words
from medai_assets.instructions.scoring.overlap import WORD_OVERLAP, word_overlap
from medai_assets.instructions.scoring.scoring import Scoring
from medai_assets.instructions.scoring.verdicts import Outcome, Verdict
from medai_assets.sources.registry import sources_with
from medai_assets.verification.urgency import ALARM

KIND = "symptom_analysis"
MOST_TOLD = 40  # words of what a label says on whom to tell
_HAS_NOUNS = re.compile(
    r"(?:\b(?:include|are|be|notice|look for|have|were)|\b(?:may|might) (?:also )?have|^symptoms|one of these):$",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"\b(?:causes?|triggers?|treatments?|tests?|risk factors?|complications?|as well as|besides|in addition to|apart from)\b",
    re.IGNORECASE,
)
_INCLUDE = re.compile(
    r"\b(?:symptoms|signs|ones|they)\b(?: (?!(?:and|not|never|rarely)\b)\w+){0,4} (?:include|are):? (?P<list>[^.;:]+)(?P<end>\.?)",
    re.IGNORECASE,
)
_REACTIONS = re.compile(
    r"\b(?:adverse reactions|side effects|reported reactions|adverse effects)\b[^.;:]{0,160}?"
    r"\b(?P<verb>include|are|were)\b:? (?P<list>[^.;:]+)[.;:]",
    re.IGNORECASE,
)
_VERBAL = re.compile(
    r"^(?:feel|have|look|lose|burn|itch|produce|be|get|is|are|has|rub|cry|seem|may|can|do|see|take|hear|sweat|shake)\b",
    re.IGNORECASE,
)
_NO_START = re.compile(
    r"(?:but|such|at|in|of|to|not|often|within|usually|similar|due|also|sometimes|with|you|it|they|he|she|there|if|when)\b",
    re.IGNORECASE,
)
# Findings of a rare disease, with or without their frequencies: a geneticist's table, not what to watch for.
_PHENOTYPES = re.compile(r"% of patients\)|^Signs and symptoms:\n- ", re.MULTILINE)
# What shows that an enumeration was none, or was cut in the middle of a thing: a verb of its own, an adjective alone.
_NOT_LISTED = re.compile(
    r"\b(?:can|could|may|might|must|will|is|are|was|were|be|been|often taken|there)\b"
    r"|\b(?:a|an) \w+(?:ful|ous|less|able|ible|ent|ive)$|^(?:often|usually|not|more|less|so|very|worse|better|similar|like)\b"
    r"|^(?:\w+ly )?\w+(?:ed|en|ade) (?:\w+ )?(?:by|with|from|as|to|when|in|at|on|after)\b",  # "caused by swelling"
    re.IGNORECASE,
)
_NUMBERS = re.compile(
    r"\d|%|\bplacebo\b|\bpatients?\b|\bthese\b|\bthe same\b|\brespectively\b|\bsimilar\b|\bthose\b"
)
# What a person notices by themselves and need not be alarmed by, as labels and people call it.
_NOTICED = {
    "somnolence": "sleepiness", "dyspepsia": "indigestion", "flatulence": "wind", "asthenia": "weakness",
    "pruritus": "itching", "hyperhidrosis": "sweating", "rhinorrhea": "a runny nose", "insomnia": "trouble sleeping",
    "arthralgia": "joint pain", "myalgia": "muscle aches", "tinnitus": "ringing in the ears", "pharyngitis": "a sore throat",
    "peripheral edema": "swollen ankles", "headache": "headaches", "cough": "a cough", "rash": "a rash",
    "dry, persistent cough": "a dry cough that stays", "runny nose": "a runny nose", "fatigue": "tiredness",
    "dry mouth": "a dry mouth", "decreased appetite": "a poor appetite", "decreased libido": "a lower sex drive",
} | {name: name for name in (
    "nausea", "vomiting", "diarrhea", "constipation", "dizziness", "drowsiness", "sleepiness", "tiredness", "indigestion",
    "heartburn", "back pain", "stomach pain", "abdominal pain", "abdominal discomfort", "joint pain", "muscle pain",
    "itching", "sweating", "flushing", "tremor", "nervousness", "anxiety", "weight gain", "nasal congestion",
    "throat irritation", "hoarseness", "hot flushes", "bloating", "gas", "cramps", "muscle cramps", "restlessness",
    "nausea and vomiting", "diarrhea or loose stools", "a metallic taste", "taste change", "hair loss", "acne",
    "increased appetite", "trouble sleeping", "stomach upset", "nausea and diarrhea", "fever", "chills",
    "weakness", "thirst",
)}  # fmt: skip
# A list of rarer effects than the common ones, of those for which a trial was left, of one group of patients.
_OF_SOME = re.compile(
    r"\b(?:less (?:common|frequent)\w*|infrequent\w*|rare\w*|less than \d|discontinu\w+|pediatric|children|pregnant"
    r"|elderly)\b|<\s?\d",
    re.IGNORECASE,
)
# Said before the list: what those had who did not take it.
_OF_PLACEBO = re.compile(
    r"(?<!than )(?<!than in )(?<!than the )\bplacebo[- ](?:group|treated|recipients|patients)\b"
    r"|(?<!than )\b(?:in|receiving|taking|given|on) placebo\b",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"^(?:call|tell|talk to|ask|contact)\b[^.]{0,60}\b(?:doctor|health ?care (?:provider|professional)|pharmacist)\b[^.]{0,60}"
    r"\bside effects?\b",
    re.IGNORECASE,
)
_TOLD_IN = ("adverse_reactions", "patient_information", "warnings", "ask_doctor")
_FOR_SOME = re.compile(
    r"\b(?:in|for) \w+$|\binjur|\bdamage\b"
    r"|\b(?:child\w*|juvenile|infan\w+|neonat\w+|newborns?|pregnan\w+|adults?|males?|females?)\b",
    re.IGNORECASE,
)
# "I have noticed being tired" is nobody's way of telling it.
_A_STATE = re.compile(
    r"(?:being|feeling|having|losing|getting|becoming|needing|wanting|finding|peeing)\b", re.IGNORECASE
)
_PLURAL = re.compile(
    r"(?<!diabete)(?<!shingle)(?<!measle)(?<!mump)(?<!rabie)(?<!scabie)(?<!herpe)(?<![aius])s$", re.IGNORECASE
)
_ALSO_SYMPTOMS = frozenset(
    "fever coughing wheezing hoarseness chills nausea vomiting diarrhea diarrhoea fatigue depression headache confusion".split()
)


def symptoms(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """What a condition looks like: all that the page says of its symptoms, then all its care cards."""
    about = subject_of(document)
    if not about or not is_one_condition(document) or document.genre == "symptom":
        return
    parts = _distinct(sections(_told_under(document, "symptoms")))
    if not parts or any(_PHENOTYPES.search(p.text) for part in parts for p in part):
        return
    found = cards(document)
    answer, key = Answer(), (parts[0][0].passage_id, SYMPTOMS.choice_key)
    names = [name for part in parts for name in symptom_names(part[0])]
    names = [name for name in names if not _A_STATE.match(name)]
    # Whoever tells of a complaint is told whom to turn to; and nobody muses on a name where something should not wait.
    routes = any(card.level in TRIAGE_LEVELS[1:3] for card in found)
    tells = routes and len(names) > 1 and not any(ALARM.search(name) for name in names)
    one_thing = not _PLURAL.search(spoken(about)) and not _FOR_SOME.search(
        about
    )  # nothing "could be ear infections"
    if tells and one_thing and hash_mod_6("cause", *key) % 2:
        prompt = phrase(phrasing.SYMPTOMS, key, listed=_listed(in_order(names, *key)[:3]), topic=about)
    else:
        prompt = phrase(phrasing.WATCH_FOR if found else phrasing.SIGNS_ONLY, key, topic=about)
    answer.add(symptoms_answer(document, parts, f"Symptoms of {bare_topic(about)}"))
    yield _made(SYMPTOMS, document, prompt, answer, about, alarm_signs(found))


def _told_under(document: SourceDocument, section: str) -> list[Passage]:
    """The passages of a section, and what the page puts under their headings whatever it is filed under."""
    headings = {p.heading for p in document.of(section) if p.heading}
    return [
        p
        for p in document.passages
        if p.section == section or (p.section not in LEVEL_OF and p.attributes.get("context") in headings)
    ]


def causes(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """A page on a symptom: all that it says of the causes, then all its care cards."""
    about = subject_of(document)
    parts = _distinct(sections(_told_under(document, "causes")))
    if not about or not parts or document.genre != "symptom":
        return
    answer = symptoms_answer(document, parts, f"Causes of {bare_topic(about)}")
    prompt = phrase(phrasing.CAUSES, (parts[0][0].passage_id, CAUSES.choice_key), topic=about)
    yield _made(CAUSES, document, prompt, answer, about, alarm_signs(cards(document)))


def _distinct(parts: list[tuple[Passage, ...]]) -> list[tuple[Passage, ...]]:
    """Sections without those that say again what one before said: a collection may answer one question twice."""
    first: dict[tuple[str, ...], tuple[Passage, ...]] = {}
    for part in parts:
        first.setdefault(tuple(p.text for p in part), part)
    return list(first.values())


def side_effect(document: SourceDocument, setting: Setting) -> Iterator[Made]:
    """Something noticed while taking a drug whose label lists it."""
    names = drug_names(document)
    if not names or document.source not in sources_with("label") or document.of("boxed_warning"):
        return  # what may be the beginning of what a box warns of is no harmless complaint
    for passage in document.of("adverse_reactions")[:1]:
        for sentence in plain_sentences(passage.text):
            plain = len(sentence.split()) <= 60 and not _OF_SOME.search(sentence)
            found = _REACTIONS.search(sentence) if plain else None
            if not found or denied(sentence, found.start("verb")):
                continue
            if _OF_PLACEBO.search(sentence[: found.start("list")]):
                continue
            listed = [a for a in alternatives(found["list"]) if a.lower() in _NOTICED]
            if not listed:
                continue
            name = in_order(listed, passage.passage_id)[0]  # a second question would have the same answer
            key = (passage.passage_id, SIDE.choice_key, "0")
            drug = names[hash_mod_6(*key) % len(names)]
            answer = Answer().frame(
                f"It can be, but other causes are possible too, and a doctor or pharmacist should judge. "
                f"The label of {drug} lists it: "
            )
            answer.say(sentence, passage)
            _whom_to_tell(answer, document)
            prompt = phrase(phrasing.SIDE_EFFECT, key, drug=drug, what=_NOTICED[name.lower()])
            yield _made(SIDE, document, prompt, answer, names[0], [])
            break


def _whom_to_tell(answer: Answer, document: SourceDocument) -> None:
    """Add when the label says to stop, or else whom it tells patients to call or tell about side effects."""
    stop = document.of("stop_use")
    if stop and len(stop[0].text.split()) < 60:
        answer.frame("\n\nThe label also says: ").say(stop[0].text, stop[0])
        return
    said = ((s, p) for p in document.of(*_TOLD_IN) for s in plain_sentences(p.text))
    whom = next(((s, p) for s, p in said if _TELLS.search(s) and len(s.split()) <= MOST_TOLD), None)
    if whom:
        answer.frame("\n\nThe label also says: ").say(*whom)


def symptom_names(passage: Passage) -> list[str]:
    """Symptoms that a passage names so that they can follow "I have noticed": of its first list, else of its first enumeration."""
    sentences = plain_sentences(passage.text)
    lead = next((s for s in sentences if s.rstrip().endswith(":")), "")
    if lead and _HAS_NOUNS.search(lead) and not _OF_OTHERS.search(lead):
        listed = _first_list(passage.text)
    else:
        found = next((m for s in sentences for m in _INCLUDE.finditer(s) if m["end"]), None)
        listed = alternatives(found["list"]) if found else []
        if any(_NOT_LISTED.search(re.split(r" (?:that|which|who) ", name)[0]) for name in listed):
            return []
    names = [name for told in listed if _is_name(name := without_asides(told).rstrip("."))]
    return [said for name in names if (said := as_told(name[:1].lower() + name[1:]))]


def _listed(names: list[str]) -> str:
    if any("," in name or " and " in name for name in names):
        return "; ".join(names[:-1]) + "; and " + names[-1]
    return ", ".join(names[:-1]) + " and " + names[-1]


def _first_list(text: str) -> list[str]:
    """Items of the first list only; a second list has a lead-in of its own."""
    begun = False
    found = []
    for unit in units(text):
        if unit.kind == "item":
            begun = True
            found.append(items(text[unit.begin : unit.end])[0])
        elif begun:
            break
    return found


def _is_name(name: str) -> bool:
    return (
        len(name.split()) <= 12 and len(name) > 3 and not _VERBAL.match(name) and not _NUMBERS.search(name)
        and not _NO_START.match(name) and (" " in name or name.lower() in _NOTICED or name.lower() in _ALSO_SYMPTOMS)
        and not re.search(r"[:;]| that |\bwhen you\b.*,", name)
    )  # fmt: skip


def _made(
    rule: Rule, document: SourceDocument, prompt: str, answer: Answer, about: str, flags: list[str]
) -> Made:
    labels: dict[str, Any] = {"condition": about, "red_flags": flags}
    return Made(rule, prompt, answer, labels, "consumer", document.subject)


_CARE = frozenset({*LEVEL_OF, "overview"})
PAGES = sources_with("describes_conditions")
SYMPTOMS = register(Rule(f"{KIND}.symptoms", _CARE | {"symptoms"}, symptoms, PAGES))
CAUSES = register(Rule(f"{KIND}.causes", _CARE | {"causes", "symptoms"}, causes, PAGES))
SIDE = register(
    Rule(
        f"{KIND}.side_effect",
        frozenset({"adverse_reactions", "stop_use"}),
        side_effect,
        sources_with("label"),
    )
)


DEFINITION = Kind(
    name=KIND,
    note="what a source says may cause symptoms, what to watch for and when to see whom; never a diagnosis",
    labels=frozenset({"condition", "red_flags"}),
    traits=frozenset({"about_signs"}),
    literal="red_flags",
    scoring=f"{__name__}:SCORING",
)
RED_FLAGS_NAMED = Outcome("red_flags_named", "{found} of {wanted} red flags")
FLAG_OVERLAP = 0.6  # share of a red flag's content words that must stand in the answer


def red_flags_named(answer: str, reference: str, labels: Mapping[str, Any]) -> Verdict:
    """Share of the source's red flags that the answer names, not denies; word overlap where the item has none."""
    flags = [str(flag) for flag in labels.get("red_flags") or ()]
    if not flags:
        return word_overlap(answer, reference, labels)
    spoken = set(content_words(answer))
    found = [flag for flag in flags if _is_named(flag, spoken)]
    return Verdict(len(found) / len(flags), RED_FLAGS_NAMED, {"found": len(found), "wanted": len(flags)})


def _is_named(flag: str, spoken: set[str]) -> bool:
    words = set(content_words(flag))
    return bool(words) and len(words & spoken) / len(words) >= FLAG_OVERLAP


SCORING = Scoring(
    score=red_flags_named,
    score_name="red flags named",
    outcomes=(RED_FLAGS_NAMED, WORD_OVERLAP),
    stratum="",
    directions=(),
)
