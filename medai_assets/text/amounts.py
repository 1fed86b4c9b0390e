"""Amounts in running text, read so that each way of writing one is the same amount.

What belongs here: numbers with their thousands separators and trailing zeros, and numbers with a unit (doses,
volumes, shares). Nothing here knows what an amount is for.
"""

from __future__ import annotations

import re
from decimal import Decimal

_UNIT = (
    r"milligrams?|micrograms?|nanograms?|kilograms?|grams?|milli(?:liters?|litres?)|deci(?:liters?|litres?)|liters?|litres?|"
    r"mg|mcg|[µμu]g|ng|kg|g|ml|dl|l|meq|mmol|international units?|units?|iu|percent|per cent|%"
)
# "2 500 mg tablets" are two tablets; "2 500 mg" is one number. The spaces that typesetters use are always one number.
_SPACED = rf"\d{{1,3}}(?: \d{{3}})+(?=(?:\.\d+)?[ -]?(?:{_UNIT})(?!\w)(?!-?\s*(?:tablet|capsule|caplet|pill|dose|vial)))"
NUMBER = rf"(?<![\w.,])(?:(?:\d{{1,3}}(?:[,\u00a0\u2009\u202f]\d{{3}})+(?!\d)|{_SPACED}|\d+)(?:\.\d+)?|\.\d+)"
_NUMBER = re.compile(NUMBER, re.IGNORECASE)
_AMOUNT = re.compile(
    rf"(?P<first>{NUMBER})(?:\s*(?P<own>{_UNIT})?\s*(?:to|-|–|—|or)\s*(?P<last>(?:{NUMBER})))?[\s-]*"
    rf"(?P<unit>(?:{_UNIT}))(?P<per>(?:\s?(?:/|per)\s?(?:kg|m2|m²|day|dose|hour|hr|h|min|minute|ml|dl|l|week)\b)*)"
    r"(?![\w/])",
    re.IGNORECASE,
)
_MEASURES = frozenset(("kg", "m2", "ml", "dl", "l"))
# Mass in milligrams and volume in millilitres, so that 1 g is 1,000 mg.
_SCALE = {
    "g": ("mg", Decimal(1000)), "kg": ("mg", Decimal(1000000)), "μg": ("mg", Decimal("0.001")),
    "ng": ("mg", Decimal("0.000001")), "dl": ("ml", Decimal(100)), "l": ("ml", Decimal(1000)),
}  # fmt: skip
_SHORT = {
    "milligram": "mg", "microgram": "μg", "nanogram": "ng", "kilogram": "kg", "gram": "g", "milliliter": "ml",
    "millilitre": "ml", "deciliter": "dl", "decilitre": "dl", "liter": "l", "litre": "l", "mcg": "μg", "ug": "μg",
    "µg": "μg", "international unit": "unit", "iu": "unit", "percent": "%", "per cent": "%", "hour": "h", "hr": "h",
    "minute": "min", "m²": "m2",
}  # fmt: skip


def plain_number(literal: str) -> str:
    """``1,000.50`` and ``1 000.5`` as ``1000.5``."""
    whole, _, part = re.sub(r"[^\d.]", "", literal).partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if part else "")


def plain_amounts(text: str) -> str:
    """The text in lower case with every number plain, a space before its unit, and one sign for micrograms."""
    text = _NUMBER.sub(lambda found: plain_number(found[0]), text.lower().replace("µ", "μ"))
    text = re.sub(rf"(?<=\d)-?(?=(?:{_UNIT})(?![\w]))", " ", text)
    return re.sub(r"\b(?:mcg|ug)\b", "μg", text)


def amounts(text: str) -> set[tuple[Decimal, str]]:
    """Every number with a unit that the text states, both ends of a range; masses in mg, volumes in mL.

    >>> sorted(amounts("0.25 to 1 g a day, at most 5.0 mg/kg"))
    [(Decimal('5'), 'mg/kg'), (Decimal('250.00'), 'mg'), (Decimal('1000'), 'mg')]
    """
    found = set()
    for match in _AMOUNT.finditer(text):
        per = [_short(name) for name in re.split(r"\s?(?:/|\bper\b)\s?", match["per"].lower()) if name]
        # "5 mg per day" is 5 mg; a dose by weight is another by day than at once.
        suffix = "".join(f"/{name}" for name in per) if _MEASURES & set(per) else ""
        for literal, name in ((match["first"], match["own"]), (match["last"], None)):
            if literal:
                unit, scale = _unit(name or match["unit"])
                found.add((Decimal(plain_number(literal)) * scale, unit + suffix))
    return found


def _unit(name: str) -> tuple[str, Decimal]:
    short = _short(name.lower())
    return _SCALE.get(short, (short, Decimal(1)))


def _short(name: str) -> str:
    singular = name.strip().removesuffix("s")
    return _SHORT.get(singular, singular)
