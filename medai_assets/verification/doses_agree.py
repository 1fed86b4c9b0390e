"""*doses agree*: no answer gives a dose of a drug that is far outside of what all other documents say of it.

Compared are amounts of one drug with one kind of unit, by the name that stands before the amount in its sentence, over a
whole set of texts. What belongs here: reading amounts and comparing them. What does not: any knowledge of a right dose; a
drug that one document alone gives doses of is judged by the most that any drug of the set is given by the hour.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from medai_assets.verification.example import Finding
from medai_assets.verification.structure import units

NAME = "doses_agree"
TIMES = 10.0  # so many times the most that others say is far outside
LEAST_OTHERS = 3  # documents that have to speak of the drug
_MILLIGRAMS = {
    "mcg": 0.001,
    "µg": 0.001,
    "μg": 0.001,
    "microgram": 0.001,
    "mg": 1.0,
    "milligram": 1.0,
    "g": 1000.0,
    "gram": 1000.0,
}
_AMOUNT = re.compile(
    r"(?<![\w.,/])(?<!\D-)(?P<figure>\d{1,3}(?:[, ]\d{3}){1,9}|\d+(?:\.\d+)?) ?"
    r"(?P<unit>(?i:mcg|µg|μg|micrograms?|mg|milligrams?|grams?)|g)\b"
    r"(?! ?(?:/|per\b|of (?:fat|fibre|fiber|protein|carbohydrate|sugar|salt|tissue|stool)))"
)
# Of somebody, before an amount in grams; who takes grams for weight loss does not weigh them.
_WEIGHT = re.compile(
    r"\bweigh\w*(?:(?!\b(?:loss|gain|los(?:e|ing)|control|management|tak|giv|dos|us)\w*)[^\d,;]){0,30}$",
    re.IGNORECASE,
)
# The most in a day, beside single doses, is no outlier among them.
_CEILING = re.compile(
    r"\b(?:more than|exceed\w*|maximum|up to|total|daily|(?:a|per|each) day|in 24 hours|toxic\w*|overdos\w+)\b",
    re.IGNORECASE,
)
_EVERY = re.compile(
    r"\b(?:every|each|per|(?<!for )(?<!within )an?) (?:(?P<hours>\d+) )?(?:hours?|hr)\b(?! (?:before|after|later|prior))"
    r"|\b(?:(?P<apart>\d+)[ -])?hourly\b",
    re.IGNORECASE,
)
_MOST_BY_HOUR = 5_000.0  # mg; ten times the label's most of common painkillers spread over a day


class Dose(NamedTuple):
    """An amount of a drug as a text gives it."""

    drug: str
    milligrams: float
    said: str
    by_hour: float = 0.0  # milligrams in an hour, where the text says every how many


def doses_of(text: str, names: Iterable[str]) -> list[Dose]:
    """The amounts that a text gives of the drugs of these names (small letters)."""
    wanted = [n for n in names if len(n) > 3]
    found = []
    for unit in units(text):
        every_amount = _AMOUNT.finditer(unit.text)
        amounts = [
            m
            for m in every_amount
            if not m["unit"].lower().startswith("g")
            or not _WEIGHT.search(unit.text, max(0, m.start() - 60), m.start())
        ]
        if not amounts:
            continue
        ceiling = bool(_CEILING.search(unit.text))
        lower = unit.text.lower()
        named = [n for n in wanted if re.search(rf"(?<!\w){re.escape(n)}(?!\w)", lower)]
        for amount in amounts:
            milligrams = (
                float(re.sub(r"[, ]", "", amount["figure"])) * _MILLIGRAMS[amount["unit"].lower().rstrip("s")]
            )
            every = _EVERY.search(unit.text, amount.end(), amount.end() + 40)
            by_hour = milligrams / float(every["hours"] or every["apart"] or 1) if every else 0.0
            if by_hour or not ceiling:
                found += [Dose(name, milligrams, unit.text, by_hour) for name in named or wanted[:1]]
    return found


def outliers(documents: Sequence[tuple[str, list[Dose]]]) -> dict[int, Finding]:
    """Positions of texts that give a dose far outside what the texts of other documents give of the same drug.

    Args:
        documents: (document, its doses), several of one document where several texts are of it.
    """
    most: dict[str, dict[str, float]] = defaultdict(dict)
    for document, doses in documents:
        for dose in doses:
            most[dose.drug][document] = max(dose.milligrams, most[dose.drug].get(document, 0.0))
    found = {}
    for position, (document, doses) in enumerate(documents):
        reason = next((r for dose in doses if (r := _reason(dose, document, most[dose.drug]))), "")
        if reason:
            found[position] = Finding(NAME, reason)
    return found


def _reason(dose: Dose, document: str, most: dict[str, float]) -> str:
    if dose.by_hour > _MOST_BY_HOUR:
        return f"{dose.by_hour:g} mg of {dose.drug} in an hour: {dose.said[:160]!r}"
    others = sorted(value for other, value in most.items() if other != document)
    if len(others) >= LEAST_OTHERS and dose.milligrams > TIMES * others[-1]:
        return (
            f"{dose.milligrams:g} mg of {dose.drug}, and {len(others)} other documents give at most {others[-1]:g} mg: "
            f"{dose.said[:160]!r}"
        )
    return ""
