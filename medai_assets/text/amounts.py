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
_DASH = "‐‑‒–—−-"
# "2 500 mg tablets" are two tablets; "2 500 mg" is one number, of five groups at most, since a table of figures has more. The
# spaces that typesetters use are always one number.
_SPACED = (
    rf"\d{{1,3}}(?: \d{{3}}){{1,4}}(?=(?:[.,·]\d+)?[ {_DASH}]?(?:{_UNIT})(?!\w)"
    r"(?!-?\s*(?:tablet|capsule|caplet|pill|dose|vial)))"
)
# A comma or, among several, a point before three digits parts thousands where one to three digits that begin with no 0 precede.
_GROUPED = rf"[1-9]\d{{0,2}}(?:(?:,\d{{3}})+|(?:['’\u00a0\u2009\u202f]\d{{3}}){{1,9}}|(?:\.\d{{3}}){{2,}})(?!\d)|{_SPACED}"
# A comma is the sign of a decimal after 0, and before a unit where it parts no thousands ("2,5 mg", "1.000,5 mg"); a number of
# such parts without a unit may be a list or a name ("grades 1,2", "1,25-dihydroxyvitamin D").
_BEFORE_UNIT = rf"(?=(?:\s?(?:to|[{_DASH}]|or)\s?\d[\d.,]*)?[\s{_DASH}]?(?:{_UNIT})(?!\w))"
_DECIMAL = (
    rf"0+,\d+|(?:[1-9]\d{{0,2}}(?:[.'’\u00a0\u2009\u202f]\d{{3}}){{1,9}}|{_SPACED}),\d+{_BEFORE_UNIT}"
    rf"|(?:\d+,(?:\d\d?|\d{{4,}})|\d{{4,}},\d+){_BEFORE_UNIT}"
)
NUMBER = rf"(?<![\w.,·])(?:{_DECIMAL}|(?:{_GROUPED}|\d+)(?:[.·]\d+)?|[.·]\d+)(?![.,·]?\d)"
_NUMBER = re.compile(NUMBER, re.IGNORECASE)
_BY_COMMAS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?![,\d])")
_AMOUNT = re.compile(
    rf"(?P<first>{NUMBER})(?:\s*+(?:(?P<own>{_UNIT})\s*+)?(?:to|[{_DASH}]|or)\s*+(?P<last>(?:{NUMBER})))?[\s{_DASH}]*+"
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
    """``1,000.50``, ``1 000.5``, ``1’000·5`` and ``1.000,5`` as ``1000.5``; ``0,005`` as ``0.005``.

    Of what can be read in two ways English wins: ``1,000`` is a thousand and ``1.000`` is one.
    """
    literal = literal.replace("·", ".")
    if "," in literal and not _BY_COMMAS.match(literal):
        literal = literal.replace(".", "").replace(",", ".")
    elif literal.count(".") > 1:
        literal = literal.replace(".", "")
    whole, _, part = re.sub(r"[^\d.]", "", literal).partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if part else "")


def plain_amounts(text: str) -> str:
    """The text in lower case with every number plain, a space before its unit, and one sign for micrograms."""
    text = _NUMBER.sub(lambda found: plain_number(found[0]), text.lower().replace("µ", "μ"))
    text = re.sub(rf"(?<=\d)[{_DASH}]?(?=(?:{_UNIT})(?![\w]))", " ", text)
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
