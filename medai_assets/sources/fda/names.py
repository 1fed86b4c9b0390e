"""What a label's product is called, by the publisher's own structure alone.

openFDA's names count, then the product's elements ("Viagra sildenafil citrate SILDENAFIL CITRATE SILDENAFIL ..."), then the
active ingredient with its amount. The first bracket of a text or its most frequent word are no name: without a certain one
there is none. What belongs here: names. What does not: whether a name is fit for a question (instructions).
"""

from __future__ import annotations

import re
from typing import Any

_ELEMENTS = 30  # words of the product's elements: its names, before the inactive ingredients
_LONGEST_NAME, _LATEST = 6, 9  # words of a generic name; where it may begin
_MOST_INGREDIENTS = 3
_SALTS = frozenset(
    "calcium sodium potassium magnesium zinc acetate chloride citrate hydrochloride phosphate sulfate water".split()
)
_AMOUNT = re.compile(r"\(?\d[\d.,]{0,20}\s?(?:%|mg\b|mcg\b|g\b|mL\b|units?\b)[^A-Za-z]*")
_INGREDIENT_HEADING = re.compile(
    r"^(?:active ingredients?\s*(?:\([^)]*\))?\s*:?\s*|purposes?\s*:?\s*|uses?\s*:?\s*)+", re.IGNORECASE
)


def strings(value: Any) -> list[str]:
    """A field's texts, whether it came as a list, as one text or not at all."""
    values = value if isinstance(value, list) else [value]
    return [v.strip() for v in values if isinstance(v, str) and v.strip()]


def listed(record: dict[str, Any], field: str) -> list[str]:
    """Names of one field of the record's ``openfda`` block, each on one line."""
    block = record.get("openfda")
    texts = strings(block.get(field)) if isinstance(block, dict) else []
    return [" ".join(text.split()) for text in texts]


def brand_of(record: dict[str, Any]) -> str | None:
    """The product's name: openFDA's, else what stands before the substance in the product's elements."""
    return next(iter(listed(record, "brand_name")), None) or _in_elements(record)[0]


def subject_of(record: dict[str, Any]) -> str | None:
    """The generic name in lower case; None where nothing states it."""
    name = next(iter(listed(record, "generic_name")), None) or " and ".join(
        listed(record, "substance_name")[:3]
    )
    if name:
        return name.lower()
    generic = _in_elements(record)[1]
    if generic:
        return generic.lower()
    return _of_ingredients(" ".join(" ".join(strings(record.get("active_ingredient"))).split()))


def publishers_names(record: dict[str, Any]) -> dict[str, Any]:
    """openFDA's names, else the beginning of the product's elements, for those who want to prove a name."""
    fields = ("generic_name", "brand_name", "substance_name")
    names = list(dict.fromkeys(name for field in fields for name in listed(record, field)))
    elements = " ".join(_elements(record)[:_ELEMENTS])
    return {"names": names} if names else {"elements": elements} if elements else {}


def aliases_of(record: dict[str, Any], subject: str | None) -> list[str]:
    """Brand and substance names beside the subject."""
    names = [*listed(record, "brand_name"), *(n.lower() for n in listed(record, "substance_name"))]
    return [n for n in dict.fromkeys(names) if n.lower() != (subject or "")][:20]


def _elements(record: dict[str, Any]) -> list[str]:
    return " ".join(strings(record.get("spl_product_data_elements"))[:1]).split()


def _in_elements(record: dict[str, Any]) -> tuple[str | None, str | None]:
    """Brand and generic name out of "Brand generic name GENERIC NAME SUBSTANCE ...": the generic name stands right before
    the substance, which says it again in capitals."""
    words = [w.strip(",") for w in _elements(record)]
    for begin in range(_LATEST):
        for length in range(_LONGEST_NAME, 0, -1):
            generic, substance = words[begin : begin + length], words[begin + length : begin + 2 * length]
            distinct = len({w.lower() for w in generic}) == len(generic)
            if distinct and substance and substance == [w.upper() for w in generic] and not _is_salt(generic):
                brand = " ".join(words[:begin]).lower().split(" ".join(generic).lower())[0].split()
                return " ".join(words[: len(brand)]) or None, " ".join(generic)
    return None, None


def _of_ingredients(active: str) -> str | None:
    """The ingredients that stand each before its amount; None where something else, such as a purpose, stands among them."""
    *before, after = _AMOUNT.split(_INGREDIENT_HEADING.sub("", active))
    if len(before) > 1 and "purpose" in active.lower():
        return None
    names = [piece.strip(" ,()*.").lower() for piece in before]
    certain = names and all(re.fullmatch(r"[a-z][a-z-]*(?: [a-z-]+){0,2}", name) for name in names)
    is_rest = not re.search(r"[A-Za-z]\s+\(?\d", after)  # else another one, whose amount has no unit
    return " and ".join(names) if certain and is_rest and len(names) <= _MOST_INGREDIENTS else None


def _is_salt(generic: list[str]) -> bool:
    """Whether a name is only the end of one ("calcium" of "atorvastatin calcium, calcium carbonate")."""
    return len(generic) == 1 and (len(generic[0]) < 4 or generic[0].lower() in _SALTS)
