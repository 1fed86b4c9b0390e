"""The words of a text that carry its meaning, each marked where its clause is negated.

"Drug X is not safe" and "Drug X is safe" have no content word in common here: a word in a negated clause is another
word than the same one affirmed (marking the scope of negation, as sentiment analysis does; Das and Chen 2001, Pang
et al. 2002). What is negated is decided by stated patterns, without parsing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from medai_assets.text.amounts import plain_amounts

NEGATED = "not "  # stands before each content word of a negated clause
_TOKEN = re.compile(r"\d+\.\d+|[^\W_]+")
# Function words that change nothing of what is said; "not", "no", "may", "can", "with", "or", "more" are not among them.
_FUNCTION_WORDS = frozenset(
    "a an and are as at be been being by did do does for from had has have in into is it its of on our such that the their "
    "them then there these they this those to was were what which who you your".split()
)
_NEGATORS = frozenset("not no never without none nobody nothing neither nor hardly scarcely avoid".split())
_NEGATOR = re.compile(rf"\b(?:{'|'.join(sorted(_NEGATORS))})\b")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘‛ʼʹ′´`＇", "'"))
_WITHOUT_APOSTROPHE = re.compile(
    r"\b(ai|are|ca|could|did|does|do|had|has|have|is|must|need|should|was|were|wo|would)(n)(t)\b",
    re.IGNORECASE,
)
# Negations that say no opposite: limits, and urging.
_SAID_PLAINLY = (
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(
        r"\b(?:(?:(?:do|does|should|must|may|can|will|to) )?(?:not|never) (?:to )?(?:be )?"
        r"(?:(?:take|use|give|have|taken|used|given)(?: it| this)? (?:for )?)?"
        r"|no |avoid (?:(?:taking|using|giving) )?)(?:more|longer|later|greater|higher|larger) than\b"
        r"|\b(?:(?:do|does|should|must|may|can|will) )?(?:not|never) (?:to )?exceed(?:ing)?\b"
    ), "at most"),
    (re.compile(r"\b(?:not|no) (?:less|fewer|sooner|earlier) than\b"), "at least"),
    (re.compile(r"\bnot only\b"), ""),
    (re.compile(r"\bwithout (?:delay|hesitation|waiting)\b|\b(?:do )?not (?:wait|hesitate|delay)(?: to)?\b"), "immediately"),
    (re.compile(r"\b(?:do )?(?:not|never) (?:to )?(?:be )?(?:ignored?|overlook(?:ed)?|harmless)\b"), "heed"),
)  # fmt: skip
_SENTENCE_END = re.compile(r"(?<![.!?;\n])[.!?;\n]+(?=\s|$)|\n|\b(?:but|however|although|though)\b")
_CLAUSE_END = re.compile(
    r"[,:()]|\b(?=(?:if|when|unless|because|while|until)\b)"
    r"|\b(?:or|and) (?=(?:has|have|is|are|was|were|does|do|can|may|avoid|you|they|it|there|he|she|your)\b)"
)
# Denials that reach over a whole sentence: "there is no need to call if you have a stiff neck".
_DISMISSES = re.compile(
    r"\b(?:not?|nothing|never)(?: (?:a|an|any|to|be|is|usually|really|life-threatening|medical))* (?:needs?|needed|necessary|"
    r"required|reason|cause|worry|worried|concern(?:ed)?|alarmed|serious|urgent|emergency|dangerous|harmful|danger|"
    r"warning|red flags?|signs?)\b|\b(?:ignored?|harmless|unnecessary|needless)\b"
)


class Clause(NamedTuple):
    """A piece of a sentence in plain writing, and whether it denies what it names."""

    text: str
    negated: bool


def plain_contractions(text: str) -> str:
    """The text with plain apostrophes, also where a contraction was written without one ("dont")."""
    return _WITHOUT_APOSTROPHE.sub(r"\1\2'\3", text.translate(_APOSTROPHES))


def clauses(text: str) -> Iterator[Clause]:
    """The clauses of a text, in lower case, numbers and units in one way of writing."""
    plain = plain_amounts(plain_contractions(text))
    for pattern, said in _SAID_PLAINLY:
        plain = pattern.sub(said, plain)
    for sentence in _SENTENCE_END.split(plain):
        dismissed = _DISMISSES.search(sentence) is not None
        for clause in _CLAUSE_END.split(sentence):
            yield Clause(clause, dismissed or _NEGATOR.search(clause) is not None)


def content_words(text: str) -> list[str]:
    """Lower-case words and numbers without function words; those of a negated clause begin with ``NEGATED``."""
    return [word for word in all_words(text) if word.removeprefix(NEGATED) not in _FUNCTION_WORDS]


def all_words(text: str) -> list[str]:
    """As ``content_words``, with function words."""
    return [
        f"{NEGATED}{word}" if clause.negated and word not in _NEGATORS else word
        for clause in clauses(text)
        for word in _TOKEN.findall(clause.text)
    ]
