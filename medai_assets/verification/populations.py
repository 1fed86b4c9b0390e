"""Whom a sentence is about: children, pregnant people, those with a weak kidney; one word a group, however it is said."""

from __future__ import annotations

import re
from functools import lru_cache

GROUPS = {
    "children": r"child(?:ren)?s?(?:'s)?|infants?|bab(?:y|ies)|newborns?|neonat\w+|toddlers?|p(?:a)?ediatrics?"
    r"|adolescents?|teen\w*|teenagers?|kids?|under \d+ years",
    "older": r"geriatric|elderly|older (?:people|adults|persons?|patients)|aged 65|65 years",
    "pregnant": r"pregnan\w+|trimesters?|fetus|fetal|labou?r and delivery|teratogenic",
    "breastfeeding": r"breast-?feed\w*|lactat\w+|nursing (?:mothers?|a baby|my baby)|breast milk|nursing",
    "kidney": r"(?:renal|kidney) (?:impairment|failure|insufficiency|disease|function)|dialysis|creatinine clearance",
    "liver": r"(?:hepatic|liver) (?:impairment|failure|insufficiency|disease|function)|cirrhosis",
    "women": r"wom[ae]n|females?",
    "men": r"\bm[ae]n\b|\bmales?",
}  # fmt: skip
_COMPILED = {name: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for name, pattern in GROUPS.items()}


@lru_cache(maxsize=16384)
def groups_of(text: str) -> frozenset[str]:
    """The groups that a text names."""
    return frozenset(name for name, pattern in _COMPILED.items() if pattern.search(text))
