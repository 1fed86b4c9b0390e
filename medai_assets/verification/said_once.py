"""*said once*: no sentence or item of an answer from a label says what another of it says already.

Labels say an indication in full and again in the highlights; put together, a model would learn to repeat itself. Prose may
take up what it has said. What belongs here: sentences within one answer. What does not: those of a whole set (not_said_twice).
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import permutations

from medai_assets.verification.example import Evidence, Example, Finding
from medai_assets.verification.structure import ITEM_, SENTENCE, content, stem, tokens, units

NAME = "said_once"
_FEWEST = 3  # words of substance; fewer stand in another sentence by chance
_AMOUNT = re.compile(r"\d[\d.,]*+( ?(?:mg|mcg|g|mL|units?|%)(?!\w))?")
_DENIED = frozenset("no not never cannot without avoided".split())
# Words that say only that something is treated, however it is put.
_TREATED = frozenset(
    map(stem, "indicated treatment treating treat management manage use used therapy relief".split())
)


def said_once(example: Example, evidence: Evidence) -> Finding | None:
    """Each sentence of a label's answer has words of substance that no other single one has; forms are told by strength once."""
    if not evidence.document.has("label"):
        return None
    text = example.completion
    for piece in example.framing:
        text = text.replace(piece, "\n", 1)
    said = [(u.text, _words(u.text)) for u in units(text) if u.kind in (SENTENCE, ITEM_)]
    for (one, words), (other, others) in permutations(said, 2):
        if len(words) >= _FEWEST and words <= others and _denies(one) == _denies(other):
            return Finding(NAME, f"another sentence of the answer says it as well: {one[:100]!r}")
    if any(p.section == "dosage_forms" for p in evidence.passages):
        again = next(
            (a for a, n in Counter(m[0] for m in _AMOUNT.finditer(text) if m[1]).items() if n > 1), ""
        )
        return Finding(NAME, f"the strength is told twice, with the highlights: {again!r}") if again else None
    return None


def _denies(text: str) -> bool:
    said = list(tokens(text.replace("with or without", "")))  # which leaves nothing out
    return said[:1] == ["avoid"] or any(word in _DENIED or word.endswith("n't") for word in said)


def _words(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in content(text)) - _TREATED
