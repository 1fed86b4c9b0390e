"""*data agree*: what a publisher's fields state of a product is borne out by the label's own text.

Fields are filled in by hand and joined over products; the text was approved. So a substance has to stand in the text, a route
has to be spoken of there, a prescription drug has no Drug Facts, and most words of a class are the label's too. What belongs
here: holding such a sentence against the other passages. What does not: which sentences there are (sources).
"""

from __future__ import annotations

import re

from medai_assets.verification.example import Evidence, Example, Finding, SourcePassage
from medai_assets.verification.structure import content, stem, tokens

NAME = "data_agree"
# Headings of Drug Facts, which no prescription drug has; a leaflet for patients words them in other ways.
_DRUG_FACTS = frozenset(
    {
        "do not use",
        "ask a doctor before use",
        "ask a doctor or pharmacist before use",
        "stop use and ask a doctor",
    }
)
_OTC = "over-the-counter"
# How a text speaks of a route, by its first word in FDA's list.
_SPOKEN = {
    "oral": r"\boral(?:ly)?\b|\bby mouth\b|\btablets?\b|\bcapsules?\b|\bcaplets?\b|\bswallow|\bchew",
    "intravenous": r"\bintravenous|\binfusion|\bIV\b|\binto (?:a|the) vein",
    "intramuscular": r"\bintramuscular|\bIM\b|\binto (?:a|the) muscle",
    "subcutaneous": r"\bsubcutaneous|\bunder the skin",
    "intradermal": r"\bintraderma", "topical": r"\btopical|\bskin\b|\bapply\b|\baffected area|\bscalp\b",
    "transdermal": r"\btransderm|\bpatch|\bskin\b", "ophthalmic": r"\bophthalm|\beyes?\b",
    "intravitreal": r"\bintravitre", "otic": r"\botic\b|\bears?\b", "nasal": r"\bnasal|\bintranasal|\bnostril",
    "rectal": r"\brect(?:al|um)|\bsuppositor|\benema", "vaginal": r"\bvagina", "sublingual": r"\bsublingual|\bunder the tongue",
    "respiratory": r"\binhal|\bnebuli", "intrathecal": r"\bintrathecal", "intravesical": r"\bintravesical|\bbladder",
    "buccal": r"\bbuccal|\bcheeks?\b", "periodontal": r"\bperiodont",
}  # fmt: skip
_LEAST_OF_CLASS = 0.5  # of the words of a class
_FORBIDDEN = re.compile(
    r"\b(?:not|never) (?:for|(?:be )?(?:given?|inject(?:ed)?|used?|administer(?:ed)?|appl(?:y|ied)))\b[^.;\n]*",
    re.IGNORECASE,
)


def data_agree(example: Example, evidence: Evidence) -> Finding | None:
    """Every value of the named passages that are a publisher's data agrees with the document's text."""
    for passage in evidence.passages:
        values = [str(value) for value in passage.attributes.get("values", ())]
        if values:
            text = [p for p in evidence.document.passages if not p.attributes.get("values")]
            strange = next((v for v in values if not _agrees(passage.section, v, text)), None)
            if strange is not None:
                return Finding(
                    NAME, f"the label's own text does not bear out its {passage.section}: {strange!r}"
                )
    return None


def _agrees(section: str, value: str, passages: list[SourcePassage]) -> bool:
    if section == "product_type":
        return any(p.heading.lower() in _DRUG_FACTS for p in passages) is (_OTC in value)
    text = "\n".join(f"{p.heading}\n{p.text}" for p in passages)
    if section == "route":
        word = next(iter(tokens(value)), "")
        return bool(re.search(_SPOKEN.get(word, r"(?!)"), _FORBIDDEN.sub(" ", text), re.IGNORECASE))
    words = {stem(t) for t in tokens(text)}
    wanted = [stem(w) for w in content(value)]
    if section == "active_ingredient":
        return bool(wanted) and wanted[0] in words
    return sum(w in words for w in wanted) >= _LEAST_OF_CLASS * len(wanted)
