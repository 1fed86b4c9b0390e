"""What framing may say: words around a source's words that carry no medical fact, and the level of care they stand for.

What belongs here: the words that may frame, and reading a level of care out of framing or out of a source's sentence.
What does not: the sentences themselves (instructions/language/framing.py); they are held to this list, not taken from it.
"""

from __future__ import annotations

import re

from medai_assets.sources.registry import SOURCES
from medai_assets.verification.example import Evidence, Example
from medai_assets.verification.structure import stem, tokens

# Whom to call where (instructions/language/framing.py states the sources of the numbers).
NUMBERS = {
    "US": {"911", "988", "1-800-222-1222"},
    "CA": {"911", "988", "1-844-764-7669"},
    "GB": {"999", "111", "116 123"},
    "IE": {"112", "01 809 2166", "116 123"},
    "AU": {"000", "13 11 26", "13 11 14"},
    "NZ": {"111", "0800 764 766", "1737"},
    "NEUTRAL": set(),
}
COUNTRIES = {"GB": "United Kingdom", "US": "United States"}
_WORDS = frozenset(
    stem(word)
    for word in (
        "a about above added once too but causes judge while adds advice advised after again ahead all also ambulance an "
        "and animals another answer any "
        "applies appointment are as ask asks at available away be because been before begins below between box boxed "
        "breastfeeding breathing by "
        "call called calls can cannot care case cause causes centre center children circumstances clinic clue collapsed "
        "comes conclude concluded conclusion "
        "contact contraindications country crisis date day days department dermatologist described details do doctor does "
        "dose drug dentist "
        "each emergency even examination factors fda find first following for found from general get given gives go goes "
        "good gp guide "
        "has have head health help here hours how if immediately in information interactions is it its itself judge know "
        "known label "
        "lead leaflet level lifeline like line listed lists longer look looked looking make mean means mechanism medical "
        "medicine medicines midwife minute month more most "
        "name named near need needed needs nhs no not note now number nurse of offers older on one only or other others "
        "otherwise out over overdose own "
        "non page passage patients people person pharmacist pharmacokinetics phone place poison possible pregnancy primary "
        "professional publisher "
        "question read recommendation recommends relevant report right said same says section see seizure self separate "
        "service services several should show side sign signs "
        "situation so some someone soon source sources stated states stop storage study such suicide surgery symptoms "
        "than that the their them then there these they things this those times to today told too trouble turn "
        "unless until up urgent us use used uses using usually version visit warning warnings watch way well what when where "
        "whether which while who why will with without woken work works would write you your yourself effects at-home home "
        "don't cannot by itself until waits treatment wait waiting published trial review meta-analysis authors "
        "united kingdom states publisher's "
        "usage counseling indications dosage administration forms "
        "strengths adverse reactions interactions lactation pediatric geriatric overdosage "
        "action counselling body precautions a&e local out-of-hours hours"
    ).split()
)  # fmt: skip


def claims_in_framing(example: Example, evidence: Evidence) -> str:
    """The first word or figure of the framing that is neither framing, nor a name of the subject or of the publisher; "" when
    there is none."""
    document = evidence.document
    allowed = {
        stem(t)
        for name in (
            *document.names,
            document.title,
            SOURCES[document.source].publisher,
            example.subject or "",
        )
        for t in tokens(name)
    } | {str(p.attributes["year"]) for p in evidence.passages if p.attributes.get("year")}
    for piece in example.framing:
        bare = piece
        for number in sorted(NUMBERS.get(example.country, ()), key=len, reverse=True):
            bare = bare.replace(number, " ")
        for token in tokens(bare):
            forms = {stem(token), stem(token.removesuffix("'s"))}
            if not forms & (allowed | _WORDS) and token not in "-–/'+":
                return token
    return ""


_FRAME_LEVEL = (
    ("emergency", re.compile(r"\bcall (?:\d{3}|an ambulance|your local emergency number)\b.*\bnow\b"
    r"|^emergency(?::| –)|\bcalls it an emergency\b"
    r"|\bcall (?:\d{3}|your local emergency number) (?:if|at once)", re.I)),
    ("urgent", re.compile(r"^urgent(?::| –)|\bsame day\b|\bright away\b|\badvice today\b", re.I)),
    ("primary_care", re.compile(r"^(?:primary care|non-urgent advice)(?::| –)|\bmake an appointment\b|\bsee a doctor if\b", re.I)),
    ("self_care", re.compile(r"^self-care(?::| –)|\blooked after at home\b|\bat home:", re.I)),
)  # fmt: skip


def level_of_frame(piece: str) -> str | None:
    """The level of care that a piece of framing states, the highest first; None where it states none."""
    return next((level for level, pattern in _FRAME_LEVEL if pattern.search(piece)), None)
