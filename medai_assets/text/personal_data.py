"""Personal data in text: found by patterns with context, masked as ``[KIND]``, counted by kind.

Published literature, labels and public pages name nobody's patients, and a recogniser of names alters nearly every
abstract. So names, numbers and dates are looked for only where patients write (data sets of dialogues), and e-mail
addresses everywhere. Published help lines are nobody's personal number. The patterns are RE2's: linear in time.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from medai_assets.text.word_hashes import contains_literal

# Sources whose texts people wrote about themselves.


class Pattern(NamedTuple):
    """One kind of personal data; group 1 is what is masked, all of the match when there is none."""

    kind: str
    pattern: str
    everywhere: bool = False


_NAME = r"[A-Z](?:['’][A-Z])?[a-z]{1,15}(?:[ -][A-Z](?:['’][A-Z])?[a-z]{1,15}){0,2}"
_PARTICLES = r"(?:(?:de|del|della|la|le|van|von|der|den|bin|al) ){0,2}"
_EMAIL = r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,10}\b"
_EMAIL_SPELLED = (
    r"\b[A-Za-z0-9._%+-]+ ?[\[(](?i:at)[\])] ?[A-Za-z0-9-]+(?:(?: ?[\[(](?i:dot)[\])] ?|\.)[A-Za-z]{2,12})+"
)
_RECORD = (
    r"mrn|ssn|medical record(?: number| no\.?)?|patient (?:id|number|no\.?)|(?:chart|hospital|case|policy) (?:id|number|no\.?)"
    r"|(?:health )?insurance (?:id|number|no\.?)|social security(?: number| no\.?)?|passport(?: number| no\.?)?"
    r"|driver['’]?s licen[sc]e(?: number| no\.?)?"
)
_ACCOUNT = r"credit card|debit card|card number|account (?:number|no\.?)|iban|aadhaar"
_RELATIVE = (
    r"son|daughter|husband|wife|mother|father|mom|mum|dad|sister|brother|baby|partner|boyfriend|girlfriend|friend|grandson"
    r"|granddaughter|nephew|niece"
)
_PHONE = (
    r"\+\d{1,3}[ .-]?(?:\(?\d{2,4}\)?[ .-]?){2,3}\d{3,4}"  # international
    r"|(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}"  # North American
    r"|0\d{2,4}[ -]\d{3}[ -]?\d{3,4}"  # British
)
_DATE = r"\d{1,4}[/. -]\d{1,2}[/. -]\d{2,4}|\d{1,2} [A-Z][a-z]{2,8},? \d{4}|[A-Z][a-z]{2,8} \d{1,2},? \d{4}"
_STREET = r"Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Close|Court"
_SITES = r"facebook|instagram|linkedin|twitter|x"

# What stands in every text with personal data of any kind; a test holds every pattern against it.
_HINTS = (
    rf"\d{{3}}|@|\(at\)|\[at\]|(?i:post ?code|\bP\.?O\.? box|\b(?:pt|patient)\s*:|\b(?:my|our) (?:{_RELATIVE})\b|name|called"
    r"|regards|thank|sincerely|yours|cheers|love|\bm(?:r|rs|s|iss|x)\b|\bdr\b|\bprof\b|https?:|\bborn\b|\bd\.?o\.?b\b|birth"
    r"|\bip\b)|(?m)^(?:Hi|Hello|Dear|Hey)\b|\bI(?: am|['’]m) [A-Z]|[Tt]his is [A-Z]"
    rf"|\b(?:{_STREET})\b"
)

PATTERNS: tuple[Pattern, ...] = (
    Pattern("EMAIL", _EMAIL, everywhere=True),
    Pattern("EMAIL", _EMAIL_SPELLED),
    Pattern("SSN", r"\b\d{3}-\d{2}-\d{4}\b"),
    Pattern(
        "NHS_NUMBER", r"(?i:\bnhs (?:number|no\.?|#))\s*(?i:is)?\s*[:#]?\s*(\d{3}[ -]?\d{3}[ -]?\d{4})\b"
    ),
    Pattern(
        "RECORD_NUMBER", rf"(?i:\b(?:{_RECORD}))\s*(?i:is)?\s*[:#]?\s*([A-Z]{{0,4}}-?\d[\dA-Z-]{{3,14}})\b"
    ),
    Pattern(
        "RECORD_NUMBER",
        rf"(?i:\b(?:{_ACCOUNT}))\s*(?i:number|no\.?|is)?\s*[:#]?\s*"
        r"([A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?|\d{4}(?:[ -]?\d{4}){1,3})\b",
    ),
    Pattern("PHONE", rf"(?:^|[^\d.,/-])({_PHONE})(?:[^\d%/-]|$)"),
    Pattern(
        "PHONE",
        r"(?i:\b(?:call|phone|tel|telephone|mobile|cell|whatsapp|contact|number is))\.?:?\s*(?i:me|us|at|on|no)?\s*[:.]?\s*"
        r"(\+?\d[\d ()-]{7,16}\d)\b",
    ),
    Pattern("PHONE", r"(?i:\b(?:phone|ph|tel|mobile|cell|number is))\.?:?\s*(\d{3}[ -]\d{4})\b"),
    Pattern(
        "DATE_OF_BIRTH",
        rf"(?i:\b(?:dob|d\.o\.b\.?|date of birth|born(?: on)?|birth ?date|birthday))\s*(?i:is|was)?\s*:?\s*({_DATE})",
    ),
    Pattern(
        "NAME",
        rf"(?i:\b(?:(?:my|his|her|my (?:{_RELATIVE})['’]s) name(?: is|['’]s)|i am called|patient['’]?s? name(?: is)?:?))\s+"
        rf"({_NAME})\b",
    ),
    Pattern("NAME", r"(?i:\bmy name is) ([a-z]{3,15})(?:[,.!]|$)"),
    Pattern("NAME", rf"(?i:\b(?:pt|patient))\s*:\s*({_NAME})\b"),
    Pattern("NAME", rf"(?i:\b(?:my|our) (?:{_RELATIVE})),? ([A-Z][a-z]{{1,15}})\b"),
    Pattern(
        "NAME",
        rf"\b(?:I am|I'm|I’m|[Tt]his is) ({_NAME}),? (?:a |an |aged )?\d{{1,3}}"
        r"(?:[^\d%/ ]|$| ?[A-Z,]| (?:years?|yo|y/o|and|with|from)\b)",
    ),
    Pattern("NAME", rf"\b[Tt]his is ({_NAME}) (?:from|here|again|writing)\b"),
    Pattern("NAME", rf"(?m)^\s*(?i:(?:full )?name)\s*:\s*({_NAME})\b"),
    Pattern(
        "NAME",
        r"\b(?:[Tt]hanks|[Tt]hank you|[Rr]egards|[Ss]incerely|[Yy]ours|[Cc]heers|[Ll]ove,)[,.!]?\s+"
        rf"({_NAME})[.!]?\s*$",
    ),
    Pattern("NAME", rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\.? ({_PARTICLES}{_NAME})\b"),
    Pattern("NAME", rf"(?m)^(?:Hi|Hello|Dear|Hey)[, ]+((?:Dr\.? )?{_NAME})\b[,.!]"),
    Pattern(
        "ADDRESS",
        rf"\b(\d{{1,5}}[A-Za-z]? [A-Z][a-z]+(?: [A-Z][a-z]+)? (?:{_STREET})\b\.?(?:,? (?:Apt|Flat|Unit) ?\w+)?)",
    ),
    Pattern("ADDRESS", r"(?i:\bP\.?O\.? box) (\d{1,6})\b"),
    Pattern(
        "ADDRESS",
        r"(?i:\b(?:post ?code|zip(?: code)?))\s*(?i:is)?\s*:?\s*(\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})\b",
    ),
    Pattern("IP_ADDRESS", r"(?i:\bip(?: address)?)\s*(?i:is)?\s*:?\s*((?:\d{1,3}\.){3}\d{1,3})\b"),
    Pattern("URL", r"(?i:\b(?:twitter|instagram|insta|facebook|tiktok|handle)\b)[^@\n]{0,15}(@\w{2,30})"),
    Pattern("URL", rf"(https?://(?:www\.)?(?:{_SITES})\.com/\S+)"),
)

# Numbers that health services publish for everybody; compared by their digits.
PUBLISHED_NUMBERS = frozenset(
    {"18002221222", "8002221222", "8002738255", "18002738255", "18006624357", "8006624357", "18003321088", "8003321088",
     "18008227967", "8008227967", "18002324636", "8002324636", "116123", "08001111"}
)  # fmt: skip
# What stands in greetings and titles and is no name.
_NO_NAMES = frozenset({
    "Doctor", "Doc", "Sir", "Madam", "There", "All", "Everyone", "Friend", "Team", "Thank", "Thanks", "Welcome", "Dear", "Hi",
    "Hello", "Regards", "The", "You", "Your", "I", "It", "Is", "This", "My", "And", "In", "For", "Truly", "Faithfully",
    "Sincerely", "Again", "Fine", "Well", "Female", "Male", "Man", "Woman", "Adult", "Child", "Type", "Stage", "Grade", "Diabetic",
    "Pregnant", "Hypertensive", "Asthmatic", "Asian", "White", "Black", "Hispanic", "Caucasian", "African", "Indian", "American",
    "British", "Yes", "No", "Not", "Has", "Had", "Age", "Aged", "Day", "Week", "Year", "About", "Over", "Under", "January",
    "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December", "Monday",
    "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "not", "unknown", "mud",
    "Mr", "Mrs", "Ms", "Miss", "Mx", "Dr", "Prof",
})  # fmt: skip


def mask(text: str, every_kind: bool) -> tuple[str, dict[str, int]]:
    """The text with personal data replaced by ``[KIND]``, and how many of each kind there were.

    Args:
        every_kind: False looks for e-mail addresses only.
    """
    counts: dict[str, int] = {}
    for entry, pattern in _compiled():
        if not every_kind and not entry.everywhere:
            continue
        spans = [m.span(1 if m.re.groups else 0) for m in pattern.finditer(text)]
        for begin, end in reversed(spans):
            if _is_personal(entry.kind, text[begin:end]):
                text = f"{text[:begin]}[{entry.kind}]{text[end:]}"
                counts[entry.kind] = counts.get(entry.kind, 0) + 1
    return text, counts


def mask_array(texts: pa.Array, every_kind: bool) -> tuple[pa.Array, list[str]]:
    """``mask`` over a string array; the second result is a JSON object of counts a row.

    Rows that one gate pattern does not match are untouched, so clean text costs one RE2 pass.
    """
    gate = pc.match_substring_regex(texts, _HINTS) if every_kind else pa.array(contains_literal(texts, b"@"))
    masked = ["{}"] * len(texts)
    rows = pc.indices_nonzero(gate).to_pylist()
    replaced: dict[int, str] = {}
    for row in rows:
        text, counts = mask(texts[row].as_py(), every_kind)
        if counts:
            replaced[row] = text
            masked[row] = json.dumps(counts, sort_keys=True, separators=(",", ":"))
    if not replaced:
        return texts, masked
    flags = pa.array([row in replaced for row in range(len(texts))])
    return pc.replace_with_mask(texts, flags, pa.array(list(replaced.values()), texts.type)), masked


def _is_personal(kind: str, found: str) -> bool:
    if kind == "PHONE":
        digits = "".join(c for c in found if c.isdigit())
        return (
            7 <= len(digits) <= 15
            and digits not in PUBLISHED_NUMBERS
            and digits.removeprefix("1") not in PUBLISHED_NUMBERS
        )
    return kind != "NAME" or found.split()[0] not in _NO_NAMES


@lru_cache(maxsize=1)
def _compiled() -> list[tuple[Pattern, Any]]:
    import re2

    options = re2.Options()
    options.log_errors = False
    return [(entry, re2.compile(entry.pattern, options)) for entry in PATTERNS]
