"""What openFDA's own fields state of a label's product, one sentence a fact: what is in it, how it is given, of which class.

A field answers such a question whole, so that nothing elsewhere in the label can limit it; but a field is joined over all
products of a label. A fact is stated only where that leaves no doubt: one brand and one generic name, no kit, substances that
the generic name and the label's elements name too. What belongs here: reading openFDA's fields. What does not: the label's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from medai_assets.sources.document import Section
from medai_assets.sources.fda.names import listed, strings
from medai_assets.sources.label_fields import ACTIVE, CLASS, KIND, MECHANISM, PRESCRIPTION, PURPOSE, ROUTE

_KINDS = {"HUMAN PRESCRIPTION DRUG": PRESCRIPTION, "HUMAN OTC DRUG": "over-the-counter (OTC) drug"}
# Of FDA's list of routes (NCI Thesaurus, C38114) those with one plain meaning.
_ROUTES = {
    "ORAL": "oral (by mouth)", "INTRAVENOUS": "intravenous (into a vein)", "INTRAMUSCULAR": "intramuscular (into a muscle)",
    "SUBCUTANEOUS": "subcutaneous (under the skin)", "INTRADERMAL": "intradermal (into the skin)", "TOPICAL": "topical",
    "TRANSDERMAL": "transdermal (through the skin)", "OPHTHALMIC": "ophthalmic (on the eye)",
    "INTRAVITREAL": "intravitreal (into the eye)", "AURICULAR (OTIC)": "otic (by way of the ear)", "NASAL": "nasal",
    "RECTAL": "rectal", "VAGINAL": "vaginal", "SUBLINGUAL": "sublingual (under the tongue)",
    "RESPIRATORY (INHALATION)": "respiratory (by inhalation)", "INTRATHECAL": "intrathecal", "INTRAVESICAL": "intravesical",
}  # fmt: skip
_MOST_INGREDIENTS, _MOST_ROUTES, _MOST_BRAND, _MOST_PURPOSE = 3, 2, 4, 6
_NO_BRAND = re.compile(r"\bkit\b|\bpack\b|[,;/()]|\d ?(?:mg|mcg|g|%)", re.IGNORECASE)
_KIT = re.compile(r"\bkits?\b", re.IGNORECASE)
_SUBSTANCE = re.compile(r"[A-Za-z][A-Za-z-]*(?: [A-Za-z-]+){0,3}")
_UNSPECIFIED = re.compile(r",? unspecified(?: form)?$", re.IGNORECASE)
_PARTS = re.compile(r"(?:(?<!\s)\s+)?(?:,|;|/|&|\band\b|\bwith\b)\s*", re.IGNORECASE)
_AMOUNT = re.compile(r"\d[\d.,]{0,20} ?(?:%|mg|mcg|[µμ]g|g|units?|mEq)(?![\w/])", re.IGNORECASE)
_NAMES = frozenset({"Janus", "Bruton", "Hedgehog"})  # keep their capital within a class
# How a medicine is carried and broken down is no mechanism by which it works.
_OF_INTERACTIONS = re.compile(
    r"cytochrome|glycoprotein|transport|resistance|polypeptide|glucuronosyl|UGT", re.I
)
_PURPOSE_HEADING = re.compile(r"^(?:\W*purposes?\b\W*)+", re.IGNORECASE)
_DILUTED = re.compile(r"\bdilut|\bconcentrat(?:e\b|ed\b)|\bpharmacy bulk\b", re.IGNORECASE)
_ACIDS = {"hcl": "HCl", "hbr": "HBr"}
_SAME_FROM = 5  # letters of a word from which a like one says the same name


def statements(record: dict[str, Any], is_otc: bool) -> Iterator[Section]:
    """One section a fact, in a fixed order; none where the fields leave a doubt about the product.

    Args:
        is_otc: whether the label's own fields are those of an over-the-counter product.
    """
    brands, generics = _distinct(record, "brand_name"), _distinct(record, "generic_name")
    kind = _KINDS.get(" ".join(listed(record, "product_type")), "")
    elements = " ".join(strings(record.get("spl_product_data_elements")))
    if len(generics) != 1 or len(brands) != 1 or not kind or is_otc != ("OTC" in kind):
        return
    if any(map(_KIT.search, (*brands, *generics, elements))):
        return
    substances = _substances(record, generics[0], elements)
    is_brand = (
        len(brands[0].split()) <= _MOST_BRAND
        and not _NO_BRAND.search(brands[0])
        and not _alike(brands[0], f"{generics[0]} {' '.join(substances)}")
    )
    if is_brand:
        yield from _of_brand(record, _as_name(brands[0]), kind, substances)
    if len(substances) == 1:
        generic = generics[0].lower()
        yield from _of_class(record, f"{_as_name(brands[0])} ({generic})" if is_brand else generic)


def _of_brand(record: dict[str, Any], brand: str, kind: str, substances: list[str]) -> Iterator[Section]:
    according_to = "according to FDA's data on its label"
    if substances:
        are = "ingredients of {} are" if len(substances) > 1 else "ingredient of {} is"
        text = f"The active {are.format(brand)} {_joined(substances)}, {according_to}."
        yield _section(ACTIVE, "Active ingredient", text, substances)
    yield _section(
        KIND,
        "Kind of product",
        f"{according_to.replace('a', 'A', 1)}, {brand} is a human {kind}.",
        [kind],
    )
    routes = [_ROUTES.get(route, "") for route in _distinct(record, "route")]
    if routes and all(routes) and len(routes) <= _MOST_ROUTES and not _is_diluted_first(record):
        are = "routes of administration of {} are" if len(routes) > 1 else "route of administration of {} is"
        yield _section(
            ROUTE,
            "Route of administration",
            f"The {are.format(brand)} {_joined(routes)}, {according_to}.",
            routes,
        )
    purpose = _purpose(record) if len(substances) == 1 and "OTC" in kind else ""
    if purpose and not _alike(brand, purpose):
        text = (
            f"The label of {brand} gives the purpose of its active ingredient, {substances[0]}, as {purpose}."
        )
        yield _section(PURPOSE, "Purpose of the active ingredient", text, [purpose])


def _is_diluted_first(record: dict[str, Any]) -> bool:
    """Whether any part of the label speaks of diluting: given as it is by the bare route, a concentrate can kill."""
    return any(_DILUTED.search(text) for field in record for text in strings(record[field]))


def _of_class(record: dict[str, Any], called: str) -> Iterator[Section]:
    """The established pharmacologic class and the mechanism that FDA files a substance under, each where there is one."""
    for section, heading, field, text in (
        (
            CLASS,
            "Pharmacologic class",
            "EPC",
            "In FDA's data on its label, the established pharmacologic class of {} is {}.",
        ),
        (
            MECHANISM,
            "Class by mechanism",
            "MoA",
            "By mechanism of action, FDA's data on the label of {} list it under {}.",
        ),
    ):
        values = _distinct(record, f"pharm_class_{field.lower()}")
        if len(values) == 1 and values[0].endswith(f"[{field}]") and not _OF_INTERACTIONS.search(values[0]):
            value = _in_sentence(values[0].removesuffix(f"[{field}]").strip())
            if not _alike(called, value):
                yield _section(section, heading, text.format(called, value), [value])


def _substances(record: dict[str, Any], generic: str, elements: str) -> list[str]:
    """The active substances, by every place that names them; none where two places differ."""
    found = [_UNSPECIFIED.sub("", name) for name in _distinct(record, "substance_name")]
    active = " ".join(strings(record.get("active_ingredient")))
    parts = [part for part in _PARTS.split(generic) if part]
    certain = (
        0 < len(found) <= _MOST_INGREDIENTS
        and len(parts) == len(found)
        and all(_SUBSTANCE.fullmatch(name) for name in found)
        and all(any(_alike(name, part) for part in parts) for name in found)
        and all(_alike(name, elements) and (not active or _alike(name, active)) for name in found)
        and len(_AMOUNT.findall(active)) <= len(found)
    )
    places = {name: generic.lower().find(name[:_SAME_FROM].lower()) for name in found}
    return [_small(name) for name in sorted(found, key=places.__getitem__)] if certain else []


def _purpose(record: dict[str, Any]) -> str:
    texts = strings(record.get("purpose"))
    said = _PURPOSE_HEADING.sub("", texts[0]).rstrip(". ") if len(texts) == 1 else ""
    is_plain = re.fullmatch(r"[A-Za-z][A-Za-z/ -]+", said) and len(said.split()) <= _MOST_PURPOSE
    return said.lower() if is_plain else ""


def _section(name: str, heading: str, text: str, values: list[str]) -> Section:
    return Section(name, heading, text, {"values": values})


def _distinct(record: dict[str, Any], field: str) -> list[str]:
    """The field's values, each once, capitals aside."""
    return list({value.casefold(): value for value in reversed(listed(record, field))}.values())[::-1]


def _alike(one: str, other: str) -> bool:
    """Whether a word of one text stands in the other too, or begins alike."""
    words, others = (
        {w for w in re.findall(r"[a-z]+", text.lower()) if len(w) >= _SAME_FROM} for text in (one, other)
    )
    return any(a[:_SAME_FROM] == b[:_SAME_FROM] for a in words for b in others)


def _joined(names: list[str]) -> str:
    return (
        ", ".join(names[:-1]) + (" and " if len(names) < 3 else ", and ") + names[-1]
        if names[1:]
        else names[0]
    )


def _as_name(brand: str) -> str:
    """A brand that is printed in capitals, as it stands within a sentence."""
    if not brand.isupper() or len(brand) < 5:
        return brand
    return " ".join(w if len(w) <= 3 else w.title() for w in brand.split())


def _small(name: str) -> str:
    """A substance in small letters; a numeral or a letter that stands alone keeps its capital."""
    words = (w if re.fullmatch(r"[IVX]+|[A-Z]", w) else w.lower() for w in name.split())
    return " ".join(_ACIDS.get(word, word) for word in words)


def _in_sentence(value: str) -> str:
    """A class in small letters, abbreviations and names aside: "CD20-directed cytolytic antibody"."""
    return re.sub(r"\b[A-Z][a-z]{2,}\b", lambda w: w[0] if w[0] in _NAMES else w[0].lower(), value)
