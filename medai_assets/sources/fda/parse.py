"""openFDA drug labels: one record to a document whose sections are a label's fields.

What belongs here: which fields are read in which order, parents that repeat their children, what is no true boxed
warning, whom a section is written for. What does not: how a flattened text is made readable (section_text.py), what
the product is called (names.py), what openFDA's own fields state of it (product_data.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from medai_assets.sources.document import Document, Parsed, Section, SetAside
from medai_assets.sources.fda import names
from medai_assets.sources.fda.product_data import statements
from medai_assets.sources.fda.references import whole_box, without_highlights
from medai_assets.sources.fda.section_text import (
    flat,
    numbers_apart,
    subsections,
    tidy,
    with_tables,
    without_heading,
)
from medai_assets.sources.label_fields import FIELDS, Field

# Labels whose claims nobody has examined: kept out of training, whatever their text says.
SET_ASIDE_FLAGS = {
    "homeopathic": "homeopathic product: FDA has not examined it for safety or effect",
    "unapproved": "unapproved product: FDA has not examined it for safety or effect",
}
# Fields that hold no text for a reader: codes, pictures, addresses, lists of literature and of changes.
LEFT_OUT = frozenset((
    "components", "effective_time", "id", "inactive_ingredient", "openfda", "package_label_principal_display_panel", "questions",
    "recent_major_changes", "references", "route", "set_id", "spl_indexing_data_elements", "spl_product_data_elements", "version",
))  # fmt: skip
_CHILD_WORTH_CUTTING = 30  # characters; shorter texts stand in others by chance
_WORTH_KEEPING = 25  # words; shorter unclassified sections are addresses, codes and captions
_TAMPER = re.compile(
    r"tamper|safety seal|imprinted|seal (?:is|under)|blister (?:(?!blister ).)* (?:torn|broken)",
    re.IGNORECASE,
)
_EMERGENCY_USE = re.compile(r"emergency use authori[sz]ation|\bEUA\b", re.IGNORECASE)
_OTC_FIELDS = (
    "purpose",
    "active_ingredient",
    "do_not_use",
    "ask_doctor",
    "stop_use",
    "keep_out_of_reach_of_children",
)
_PATIENT_FIELDS = ("spl_medguide", "spl_patient_package_insert", "patient_medication_information")
_PATIENT_QUESTION = re.compile(
    r"(?:(?<=[.!?:)®])|(?<=\d)|^)\s*((?:What|Who|How|When|Why|Where|Before (?:you|taking|using)|General information about)"
    r"(?: [^.?!:\s]+){2,22}[?:]"
    r"|General [Ii]nformation about (?:the safe and effective use of )?[\w® ]{2,40}?(?:\.|(?=\s+Medicines are)))\s+"
    # The first questions of every Medication Guide, which may follow its title without a full stop.
    r"|(?<=\w)\s+(What is the most important information I should know about [\w® -]{2,40}\?|What is [A-Z][\w® -]{2,40}\?)\s+"
)
_DOSE_MENTION = re.compile(r"overdos|swallow|poison", re.IGNORECASE)


def parse(payload: str, title: str | None = None, flags: list[str] | None = None) -> Parsed:
    """One label.

    Raises:
        orjson.JSONDecodeError: the payload is not JSON.
    """
    record: dict[str, Any] = orjson.loads(payload)
    flags = flags or []
    for flag, reason in SET_ASIDE_FLAGS.items():
        if flag in flags:
            return SetAside(f"{flag} product", reason)
    product = _product_type(record)
    brand = names.brand_of(record)
    subject = names.subject_of(record)
    document = Document(
        title=title
        or " ".join(filter(None, [brand, f"({subject})" if brand and subject else subject]))
        or "Drug label",
        subject=subject,
        aliases=names.aliases_of(record, subject),
        audience="consumer" if product == "otc" else "professional",
        evidence="label",
        language="en",
        flags=list(flags),
        attributes={
            "product_type": product,
            **({"brand": brand} if brand else {}),
            **_effective(record),
            **names.publishers_names(record),
        },
        sections=[],
    )
    document.sections = list(_sections(record, product, [n for n in (brand, subject) if n]))
    if document.sections:  # without a text of its own a label proves none of what openFDA states
        document.sections += statements(record, _has_otc_fields(record))
    document.unmapped = [
        n for n in record if n not in FIELDS and n not in LEFT_OUT and not n.endswith("_table")
    ]
    return (
        document
        if document.sections
        else SetAside("no text", "the label has none of the sections that are read")
    )


def _effective(record: dict[str, Any]) -> dict[str, str]:
    """Since when the version is in force (``effective_time``, YYYYMMDD), as an ISO date; nothing where that is no date."""
    try:
        return {"effective": f"{datetime.strptime(str(record.get('effective_time')), '%Y%m%d'):%Y-%m-%d}"}
    except ValueError:
        return {}


def _sections(record: dict[str, Any], product: str, called: list[str]) -> Iterator[Section]:
    texts = {
        (name, number): flat(text)
        for name in FIELDS
        for number, text in enumerate(names.strings(record.get(name)))
    }
    _cut_repeats(texts)
    for (name, _), text in texts.items():
        field = FIELDS[name]
        if not text or _is_only_heading(text):
            continue
        if name in _PATIENT_FIELDS:
            yield from _patient_sections(with_tables(text, _tables(record, name)), field)
            continue
        text = numbers_apart(text)
        numbered = re.match(r"(?:(\d{1,2})(\.\d{1,2})?\s+[A-Z]|[A-Z ,/&-]{5,60} (\d{1,2})\.1 [A-Z])", text)
        number = (numbered[1] or numbered[3]) if numbered else ""
        if not numbered or not numbered[2] or _by_heading(field.heading):
            text = without_heading(text, _heading_names(name, field))
        text = whole_box(text) if name == "boxed_warning" else without_highlights(text, number)
        text = with_tables(text, _tables(record, name))
        place = _place(name, field, text, product)
        for heading, body in subsections(text, number, called) if number else [("", text)]:
            body = _capital(tidy(body, number))
            if len(body) > 15 and (name != "spl_unclassified_section" or len(body.split()) >= _WORTH_KEEPING):
                yield Section(
                    _by_heading(heading) or place.section, heading or place.heading, body, {}, field.audience
                )


def _tables(record: dict[str, Any], name: str) -> list[str]:
    return names.strings(record.get(f"{name}_table"))


def _cut_repeats(texts: dict[tuple[str, int], str]) -> None:
    """Take out of each text what another repeats (warnings hold ``do_not_use``, precautions ``pregnancy``).

    A field may also hold its whole section first and each of its subsections again.
    """
    equal: dict[str, tuple[str, int]] = {}
    for key, text in texts.items():
        if len(text) >= _CHILD_WORTH_CUTTING and equal.setdefault(text, key) != key:
            texts[key] = ""
    for parent in sorted(texts, key=lambda k: -len(texts[k])):
        children = [
            c for k, c in texts.items() if k != parent and _CHILD_WORTH_CUTTING <= len(c) < len(texts[parent])
        ]
        for child in sorted(children, key=len, reverse=True):
            if child in texts[parent]:
                texts[parent] = flat(texts[parent].replace(child, " "))


def _capital(text: str) -> str:
    """With a capital to begin with, which the glued heading took: ``Uses temporarily relieves``."""
    first = text.split(" ", 1)[0]
    return text[0].upper() + text[1:] if first.isalpha() and first.islower() else text


def _is_only_heading(text: str) -> bool:
    """What is left of a parent whose children were cut out."""
    return len(text) < 60 and text.upper() == text


def _place(name: str, field: Field, text: str, product: str) -> Field:
    """Where the field goes, given what it says."""
    if name == "boxed_warning" and (_TAMPER.search(text) or product == "otc"):
        return (
            Field("how_supplied", "Package safety") if _TAMPER.search(text) else Field("warnings", "Warning")
        )
    if name == "boxed_warning" and _EMERGENCY_USE.search(text):
        return Field("indications", "Emergency use authorization")
    if name == "keep_out_of_reach_of_children" and not _DOSE_MENTION.search(text):
        return Field("storage", field.heading)
    if name == "how_supplied" and re.match(r"\s*store\b", text, re.IGNORECASE):
        return Field("storage", "Storage")
    return field


def _patient_sections(text: str, field: Field) -> Iterator[Section]:
    """A leaflet for patients, cut at the questions that head its parts."""
    pieces = _PATIENT_QUESTION.split(text)
    lead = tidy(pieces[0])
    if len(lead.split()) > 25:
        yield Section(field.section, field.heading, lead, {}, "consumer")
    for usual, first, body in zip(pieces[1::3], pieces[2::3], pieces[3::3]):
        heading = tidy(usual or first).rstrip(":")
        body = tidy(body)
        if len(body.split()) > 5:
            attributes = {"question": heading} if heading.endswith("?") else {}
            yield Section(_patient_place(heading), heading, body, attributes, "consumer")


_PATIENT_PLACES = (
    (r"most important information", "warnings"),
    (r"side effects", "adverse_reactions"),
    (r"^what (?:is|are)\b", "patient_information"),
    (r"should not|do not", "do_not_use"),
    (r"before|tell my|should i tell", "ask_doctor"),
    (r"should i (?:take|use|give|receive|inject)|how (?:is|should)(?!.*store)|how will i", "dosage"),
    (r"store|dispose", "storage"),
    (r"avoid", "warnings"),
    (r"ingredients", "description"),
)


def _patient_place(heading: str) -> str:
    return next(
        (s for p, s in _PATIENT_PLACES if re.search(p, heading, re.IGNORECASE)), "patient_information"
    )


def _by_heading(heading: str) -> str | None:
    """Section of a numbered subsection whose heading names one, as in ``8.2 Lactation``."""
    names = {"pregnancy": "pregnancy", "lactation": "lactation", "nursing mothers": "lactation", "overdosage": "overdose",
             "pediatric use": "pediatric_use", "geriatric use": "geriatric_use", "pharmacokinetics": "pharmacokinetics",
             "mechanism of action": "mechanism", "storage and handling": "storage"}  # fmt: skip
    return names.get(heading.lower().removesuffix(" risk summary"))


def _heading_names(name: str, field: Field) -> list[str]:
    """Ways in which a field's heading is printed, as patterns, longest first."""
    plain = re.escape(name.replace("_", " "))
    variants = {
        "indications_and_usage": [r"uses?(?: for)?"],
        "dosage_and_administration": ["directions", "dosage"],
        "keep_out_of_reach_of_children": [],
        "do_not_use": [], "ask_doctor": [], "ask_doctor_or_pharmacist": [], "when_using": [], "stop_use": [],
        "storage_and_handling": ["other information", "how supplied/storage and handling", "storage"],
        "how_supplied": ["how supplied/storage and handling"],
        "warnings_and_cautions": ["warnings and precautions"],
        "information_for_patients": ["patient counseling information", "information for patients"],
        "active_ingredient": [r"active ingredients?(?: \([^)]*\))?"],
        "boxed_warning": ["boxed warning"],
        "purpose": ["purposes?"],
        "pregnancy_or_breast_feeding": [],
    }.get(name)  # fmt: skip
    if variants == []:
        return []
    return sorted({*(variants or []), plain, re.escape(field.heading)} - {""}, key=len, reverse=True)


def _product_type(record: dict[str, Any]) -> str:
    stated = " ".join(names.listed(record, "product_type"))
    if stated:
        return "otc" if "OTC" in stated else "rx"
    return "otc" if _has_otc_fields(record) else "rx"


def _has_otc_fields(record: dict[str, Any]) -> bool:
    return sum(name in record for name in _OTC_FIELDS) >= 2
