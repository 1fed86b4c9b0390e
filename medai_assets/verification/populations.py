"""Whom a sentence is about: children, pregnant people, those with a weak kidney; one word a group, however it is said."""

from __future__ import annotations

import re
from functools import lru_cache

GROUPS = {
    "children": r"child(?!-(?:pugh|resistant|proof))(?:ren)?s?(?:'s)?|infants?|bab(?:y|ies)|newborns?|neonat\w+|toddlers?"
    r"|p(?:a)?ediatrics?|adolescents?|teen\w*|kids?|girls?|boys?|(?:under|younger than) (?:\d|1[0-8]) years"
    r"|(?:\d|1[0-7])[ -]years?[ -]olds?",
    "older": r"geriatric|elderly|older (?:people|adults|persons?|patients|men|women)|aged (?:65|[78]\d)"
    r"|(?:people|adults|patients|men|women|those) over (?:65|[78]\d)|(?<!under )(?<!below )(?<!younger than )65 years",
    "pregnant": r"pregnan\w+|trimesters?|fo?etus|fo?etal|labou?r and delivery|teratogenic",
    "breastfeeding": r"breast-?feed\w*|lactat(?:ion|ing)|breast milk"
    r"|nursing(?! (?:homes?|staff|care|facilit\w+|students?|school|services?|team))",
    "kidney": r"(?:renal|kidney) (?:impairment|failure|insufficiency|disease|function)|dialysis|creatinine clearance"
    r"|(?:have|has|with) (?:\w+ )?kidney problems",
    "liver": r"(?:hepatic|liver) (?:impairment|failure|insufficiency|disease|function)|cirrhosis"
    r"|(?:have|has|with) (?:\w+ )?liver problems",
    "women": r"wom[ae]n|females?",
    "men": r"\bm[ae]n\b|\bmales?",
}  # fmt: skip
PEOPLE = "(?:older )?adults|children|infants|babies|teens|teenagers|women|men"
# In a page's title, which may name a brand after it: "Ibuprofen for adults (Nurofen)".
FOR_WHOM = re.compile(rf"(?<!\s)\s+for (?:{PEOPLE})(?=$|\s*\()", re.IGNORECASE)
_COMPILED = {name: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for name, pattern in GROUPS.items()}


@lru_cache(maxsize=16384)
def groups_of(text: str) -> frozenset[str]:
    """The groups that a text names."""
    return frozenset(name for name, pattern in _COMPILED.items() if pattern.search(text))
