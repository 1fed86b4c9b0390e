"""*asks the same*: a question in other words is about the same thing, person, figures and circumstance, and asks for as much.

Entailment by slots, in both directions: what the plain question names has to be named, and nothing else may be. Other words
are allowed where they are words of asking, or of the same aspect (symptoms, signs; treat, therapy). A word that nobody has
listed is refused: it might be another drug.
"""

from __future__ import annotations

import re
from collections import Counter

from medai_assets.verification.example import Evidence, Example, Finding
from medai_assets.verification.populations import groups_of
from medai_assets.verification.structure import stem, stems, tokens

NAME = "asks_the_same"
MOST_WORDS = 40
_NEGATION = re.compile(
    r"\b(?:not|no|never|without|cannot|avoid\w*|stop\w*|except|unless|only)\b|n['’]t\b|\bcontraindicat\w+",
    re.IGNORECASE,
)
_PERSON = re.compile(r"\b(?:i|i'm|i've|me|my|we|our|us|he|she|his|her)\b", re.IGNORECASE)
# "I was wondering" tells of nobody; "I take" does.
_WONDERING = re.compile(
    r"\b(?:i(?:'m| am| was|'ve been| have been)? (?:just )?(?:wonder(?:ing)?|curious|trying to (?:understand|find out|learn))"
    r"|i(?:'d| would) (?:like|love) to (?:know|understand|learn)|i want to (?:know|understand|learn)|tell me"
    r"|help me (?:understand|learn)"
    r"|explain to me|let me know)\b",
    re.IGNORECASE,
)  # fmt: skip
_SENTENCE_END = re.compile(r"[.!:;] ")
# "What does it cause?" asks for the reverse of "What causes it?".
_DOES = (
    r"\b(?:do|does|did|can|could|may|might|will|would)\s+(?:\w+\s+){{0,3}}?{name}\b[^?]{{0,20}}?"
    r"\b(?:cause|treat|prevent|affect|lead)\b"
)
# Words of asking: none names a thing, a person, a circumstance or a degree.
_ASKING = frozenset(
    map(
        stem,
        "tell explain describe please help know learn understand understanding wonder wondering curious question information info "
        "say find out like want need let someone somebody person people anyone get give given list name does doing done happen "
        "happens exactly actually called known mean means term way ways thing things see look put plain simple words just trying "
        "hello hi thanks thank there's what's it's i'd i'm let's that's how's who's much many often long kind type types sort "
        "whether generally usually typically normally main".split(),
    )
)
# Words that ask for one aspect; one of a row stands for any other of it.
_ASPECTS = tuple(
    frozenset(map(stem, row.split()))
    for row in (
        "symptom symptoms sign signs notice noticed",
        "cause causes caused causing why reason reasons",
        "treat treated treatment treatments therapy therapies treating manage managed",
        "diagnose diagnosed diagnosis diagnosing detect detected",
        "prevent prevented prevention preventing",
        "inherited inherit inheritance passed runs family families hereditary",
        "gene genes genetic mutation mutations changes",
        "common frequency frequent rare prevalence",
        "outlook prognosis expect",
        "risk risks likely chance chances",
        "complication complications",
        "store stored storage storing keep kept keeping",
        "use used uses using purpose for",
        "dose doses dosage dosing amount",
        "interact interacts interaction interactions combine combined mix mixed",
        "pregnant pregnancy expecting",
        "breastfeeding breastfeed breast-feeding lactation nursing",
        "effect effects affect affects reaction reactions",
        "work works working act acts action mechanism",
        "take taken taking",
        "medicine medication drug medicines medications",
        "disease condition disorder illness syndrome",
        "related linked associated connected involved tied",
        "define definition",
    )
)


def asks_the_same(plain: Example, rewriting: str, evidence: Evidence) -> Finding | None:
    """Why the text is not the example's question in other words; None where it is.

    Args:
        plain: an example that passed every property. rewriting: a teacher's reply. evidence: what it passed them by.
    """
    reason = next((r for find in _FINDERS if (r := find(plain, rewriting, evidence))), "")
    return Finding(NAME, reason) if reason else None


def _one_question(plain: Example, rewriting: str, evidence: Evidence) -> str:
    if "\n" in rewriting or rewriting.count("?") != 1 or not rewriting.endswith("?"):
        return "it is not one question"
    if len(_SENTENCE_END.findall(rewriting)) > len(_SENTENCE_END.findall(plain.prompt)):
        return "it says something before it asks"
    if len(rewriting.split()) > MOST_WORDS:
        return f"it has over {MOST_WORDS} words"
    return "it is the same question" if tokens(rewriting) == tokens(plain.prompt) else ""


def _subject(plain: Example, rewriting: str, evidence: Evidence) -> str:
    """Every name of the document that stands in the question stands in the other, letter for letter and as often."""
    for name in sorted(
        {plain.subject or "", *evidence.document.names, evidence.document.title}, key=len, reverse=True
    ):
        there = _count(name, plain.prompt)
        if name and there != _count(name, rewriting):
            return f"it names {name!r} {_count(name, rewriting)} times, the question {there}"
    return ""


def _turned(plain: Example, rewriting: str, evidence: Evidence) -> str:
    """What does something in the one has it done to it in the other."""
    for name in filter(None, {plain.subject or "", *evidence.document.names, evidence.document.title}):
        does = re.compile(_DOES.format(name=re.escape(name)), re.IGNORECASE)
        if bool(does.search(plain.prompt)) != bool(does.search(rewriting)):
            return f"what {name!r} does and what is done about it are exchanged"
    return ""


def _figures(plain: Example, rewriting: str, evidence: Evidence) -> str:
    wanted, found = (
        Counter(t for t in tokens(x) if any(c.isdigit() for c in t)) for x in (plain.prompt, rewriting)
    )
    differs = next(iter((wanted - found) | (found - wanted)), "")
    return f"the figure {differs!r} is not in both" if differs else ""


def _denied(plain: Example, rewriting: str, evidence: Evidence) -> str:
    wanted, found = (sorted(m[0].lower() for m in _NEGATION.finditer(x)) for x in (plain.prompt, rewriting))
    return "" if wanted == found else f"what is denied or left out differs: {wanted} and {found}"


def _people(plain: Example, rewriting: str, evidence: Evidence) -> str:
    differs = groups_of(plain.prompt) ^ groups_of(rewriting)
    if differs:
        return f"whom it is about differs: {sorted(differs)[0]}"
    said, asked = (_PERSON.search(_WONDERING.sub(" ", x)) for x in (rewriting, plain.prompt))
    return f"it tells of somebody: {said[0]!r}" if said and not asked else ""


def _words(plain: Example, rewriting: str, evidence: Evidence) -> str:
    """Each word of substance is in both, as it is or as a word of its aspect."""
    wanted, found = (stems(x) for x in (plain.prompt, rewriting))
    added = next((w for w in sorted(found - wanted - _ASKING) if not _aspects(w) & _all_aspects(wanted)), "")
    if added:
        return f"it says {added!r}, which the question does not"
    lost = next((w for w in sorted(wanted - found - _ASKING) if not _aspects(w) & _all_aspects(found)), "")
    return f"it leaves out {lost!r}" if lost else ""


def _aspects(word: str) -> set[int]:
    return {number for number, row in enumerate(_ASPECTS) if word in row}


def _all_aspects(words: frozenset[str]) -> set[int]:
    return {number for word in words for number in _aspects(word)}


def _count(name: str, text: str) -> int:
    wanted, said = tokens(name), tokens(text)
    return (
        sum(said[n : n + len(wanted)] == wanted for n in range(len(said) - len(wanted) + 1)) if wanted else 0
    )


_FINDERS = (_one_question, _subject, _turned, _figures, _denied, _people, _words)
