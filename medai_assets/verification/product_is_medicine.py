"""*product is medicine*: no homeopathic, unapproved or cosmetic product, no supplement, no article that was taken back.

By every signal that a label or an article has, not by the word alone: potencies, the pharmacopoeia's code, pellets under
the tongue, Latin remedies, disclaimers, an authorisation for an emergency; notices in flags, titles and texts.
"""

from __future__ import annotations

import re

from medai_assets.verification.example import Evidence, Example, Finding, Source

NAME = "product_is_medicine"
_FLAGS = frozenset(
    "homeopathic unapproved retracted withdrawn retraction expression_of_concern removed replaced notice "
    "retracted_and_republished".split()
)
# A prescriber's label says "3 x ULN" and is long; homeopathic products' labels are short.
_POTENCY, _SHORT_LABEL = "a homeopathic potency", 20_000
_SIGNALS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("homeopathic", r"hom(?:o)?eopath|\bHPUS\b|\bHPCUS\b|traditional(?:ly)? homeo|like cures like|materia medica"),
        (_POTENCY, r"(?<![\d.])\b(?:[1-9]|[1-9]\d|[12]00|1000)\s?(?:X|CK|LM)\b(?! ?(?:daily|per|day|a day"
        r"|\d|magnif|chromosome|-?ray|ULN|(?:the )?upper))(?=[,;)\s]|$)"
        r"|(?<!below )(?<!above )(?<!at )(?<!to )(?<!and )(?<!than )(?<!between )"
        r"\b(?:6|9|12|15|30|200)\s?C\b(?=[,;)]| HPUS|$)"),
        ("pellets under the tongue", r"\bpellets?\b[^.]{0,60}\b(?:tongue|dissolve)|\bdissolve\b[^.]{0,40}\b(?:pellets?"
        r"|tablets?)\b[^.]{0,30}\bunder (?:the |your )?tongue\b[^.]{0,60}\btimes? (?:a|per) day\b"),
        ("not examined by FDA", r"not been (?:evaluated|reviewed|approved|found) by (?:the )?(?:FDA|Food and Drug)"
        r"|has not been found by FDA"),
        ("a supplement", r"\bdietary supplement\b|\bsupplement facts\b|\bnot intended to diagnose, treat, cure"),
        ("a cosmetic", r"\bcosmetic product\b|\bfor cosmetic use only\b"
        r"|\b(?:flawless|luminous|radiant|youthful|silky|velvety) (?:skin|complexion|finish|look|glow)\b"
        r"|\bskin (?:looking |feeling |looks? |feels? )?(?:flawless|luminous|radiant|youthful|silky|velvety)\b"),
        ("a veterinary product", r"\bfor (?:use in )?(?:animals|dogs|cats|horses|cattle) only\b|\bveterinary use\b"),
    )
)  # fmt: skip
# What else the patient takes is another product.
_OTHER_PRODUCTS = re.compile(
    r"\b(?:tell|inform|ask|talk to)\b[^.:\n]{0,60}\b(?:all (?:of )?(?:the |your )?(?:other )?(?:medic|drug|product|prescription)"
    r"|if you (?:take|use|are (?:taking|using))\b)[^.\n]*",
    re.IGNORECASE,
)
_EMERGENCY_USE = re.compile(
    r"\bemergency use authori[sz]ation\b|\bEUA\b|\bnot (?:FDA[- ])?approved for (?:this|any|these) uses?\b"
    r"|\bunapproved (?:drug|product|use)\b",
    re.IGNORECASE,
)
_REMEDIES = re.compile(
    r"\b(?:arnica|pulsatilla|nux vomica|silicea|calcarea|bryonia|belladonna|apis mellifica|rhus tox\w*|thuja|lycopodium"
    r"|natrum muriaticum|"
    r"natrum \w+|kali \w+|ferrum phosphoricum|hepar sulphuris|arsenicum album|chamomilla|ignatia|sulphur|causticum"
    r"|gelsemium|cantharis|"
    r"aconitum|euphrasia|allium cepa|phosphorus)\b",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"^\W*(?:retracted|withdrawn|(?:temporar\w+ )?remov(?:ed|al)|retraction)(?:(?: (?:article|paper|note|notice|statement))?"
    r"(?: to)?(?:\s*[:\])–—]|\W*$|\s*-+\s|\.\s)| (?:article|paper)\b)|^\W*retraction (?:of|note|notice|statement)\b"
    r"|\b(?:(?:article|paper|manuscript|publication|review|protocol|version) has (?:\w+ )?been (?:\w+ )?(?:retracted|withdrawn"
    r"|removed)|has been (?:temporarily )?(?:withdrawn|retracted) at the"
    r"|(?:ha(?:s|ve) been|was|were) (?:temporarily )?(?:withdrawn|retracted) (?:by (?:the|its|their|our|all) (?:\w+ ){0,2}"
    r"(?:author|editor|publisher|journal)\w*|from (?:publication|the (?:\w+ ){0,3}(?:library|literature|journal)))"
    r"|(?:authors?|editors?|editor-in-chief|publisher|journal) (?:has|have) (?:\w+ )?(?:retracted|withdrawn) (?:this|the)"
    r"|retraction (?:notice|of (?:this|the) (?:article|paper))|temporarily removed"
    r"|(?:statement|notice) of retraction|expression of concern)\b",
    re.IGNORECASE,
)


def product_is_medicine(example: Example, evidence: Evidence) -> Finding | None:
    """The document is of a medicine that was examined, or of an article that stands."""
    why = _why_not(evidence.document) or _not_approved(evidence)
    return Finding(NAME, why) if why else None


def _why_not(document: Source) -> str:
    if "no_medicine" not in document.memo:
        document.memo["no_medicine"] = _flagged(document) or _label(document) or _article(document)
    found: str = document.memo["no_medicine"]
    return found


def _not_approved(evidence: Evidence) -> str:
    """A use that is authorised for an emergency and not approved, in the passages that the answer is made of."""
    if not evidence.document.has("label"):
        return ""
    found = _EMERGENCY_USE.search(evidence.text)
    if found:
        return f"a use that is not approved: {found[0]!r}"
    stands_on_use = any(p.section in ("indications", "dosage") for p in evidence.passages)
    return (
        "its use is authorised for an emergency" if "eua" in evidence.document.flags and stands_on_use else ""
    )


def _flagged(document: Source) -> str:
    found = sorted(_FLAGS & set(document.flags))
    return f"it is marked {found[0]}" if found else ""


def _label(document: Source) -> str:
    if not document.has("label"):
        return ""
    whole = f"{document.title}\n{' '.join(document.names)}\n{document.text}"
    text = _OTHER_PRODUCTS.sub(" ", whole)
    for name, pattern in _SIGNALS:
        found = pattern.search(text)
        if found and not (name == _POTENCY and len(whole) > _SHORT_LABEL):
            return f"{name}: {found[0]!r}"
    remedies = {m[0].lower() for m in _REMEDIES.finditer(" ".join((document.title, *document.names)))}
    if remedies and len(document.text.split()) < 1500:
        return f"named like a remedy: {sorted(remedies)[0]!r}"
    return ""


def _article(document: Source) -> str:
    if not document.has("citation"):
        return ""
    found = _TAKEN_BACK.search(document.title) or _TAKEN_BACK.search(document.text[:400])
    return f"the article was taken back or is doubted: {found[0]!r}" if found else ""
