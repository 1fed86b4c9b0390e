"""*abbreviations told*: an abbreviation that the document spells out is spelled out in the example too."""

from __future__ import annotations

import re

from medai_assets.verification.example import Evidence, Example, Finding

NAME = "abbreviations_told"
# After a word, which is looked at from its beginning alone: a document may have one without an end.
_SPELLED = re.compile(r"(?<![\w’'-])[’'-]*+\w[\w’'-]*+ \((?P<short>[A-Z][A-Z0-9-]{1,6})s?\)")
_SHORT = re.compile(r"(?<![\w-])[A-Z][A-Z0-9-]{1,6}(?=s?(?![\w-]))")
# What a reader knows by its letters better than by its words.
_KNOWN = frozenset(
    "AIDS HIV DNA RNA MRI CT FDA NHS CDC NIH US USA UK IV ER GP TV IQ ID BMI CPR EKG ECG UV HPV COVID-19 PMS IBS ADHD COPD STI STD "
    "DVT CAT PET AM PM OTC".split()
)


def _stands_for(short: str, text: str) -> bool:
    """Whether words of the text, one after another, begin with the letters or hold them within ("JMML" of juvenile
    myelomonocytic leukemia); or whether it is a gene's symbol, which is its name."""
    letters = r"[\w’']{0,20}(?:[ -](?:of|the|and|in|with) |[ -])?".join(re.escape(c) for c in short)
    spelled = re.sub(rf"(?<!\w){re.escape(short)}s?(?!\w)", " ", text)
    gene = rf"\b{re.escape(short)} (?:genes?|proteins?|mutations?)\b|\bgenes? {re.escape(short)}\b"
    return bool(re.search(rf"\b{letters}", spelled, re.IGNORECASE) or re.search(gene, text))


def abbreviations_told(example: Example, evidence: Evidence) -> Finding | None:
    """Every abbreviation that the document introduces elsewhere stands beside its words, or within the question."""
    if "spelled" not in evidence.document.memo:
        found = {m["short"] for m in _SPELLED.finditer(evidence.document.text)}
        evidence.document.memo["spelled"] = frozenset(found - _KNOWN)
    spelled: frozenset[str] = evidence.document.memo["spelled"]
    used = set(_SHORT.findall(example.completion)) & spelled
    here = {m["short"] for m in _SPELLED.finditer(example.completion)} | set(_SHORT.findall(example.prompt))
    here |= {short for short in used if _stands_for(short, example.completion)}
    strange = sorted(used - here)
    if strange:
        return Finding(NAME, f"the document spells it out, and the example does not: {strange[0]!r}")
    swapped = _swapped(example.completion, spelled, evidence.document.text)
    return Finding(NAME, swapped) if swapped else None


def _swapped(answer: str, spelled: frozenset[str], text: str) -> str:
    """One that the document spells out, with its letters in another order: ATT of AAT, PHPP of PPHP.

    What stands for words of the document is another abbreviation: PTT beside TTP.
    """
    for short in sorted(set(_SHORT.findall(answer)) - spelled - _KNOWN):
        if _stands_for(short, text):
            continue
        meant = next((s for s in sorted(spelled) if _same_letters(short, s)), "") if len(short) > 2 else ""
        if meant:
            return f"{short!r} looks like {meant!r}"
    return ""


def _same_letters(one: str, other: str) -> bool:
    """Whether they are written with the same letters, each as often as one likes, and as many."""
    return len(one) == len(other) and set(one) == set(other)
