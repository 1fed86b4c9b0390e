"""Record ids: the one form in which each source's records are named, and what people write, brought to it.

Sources name their records in the canonical form; a withdrawal that names one in another way is brought to it here, so
that it never silently matches nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

RECORD_FORMS = {
    "fda": re.compile(r"fda:[0-9a-z._-]+"),
    "pubmed": re.compile(r"pubmed:[1-9][0-9]*"),
    "nhs": re.compile(r"nhs:[^\s@/?#]+(?:/[^\s@/?#]+)*"),
    "cdc": re.compile(r"cdc:[1-9][0-9]*"),
    "medquad": re.compile(r"medquad:[^/#\s]+/[^/#\s]+#\S+"),
    "hf": re.compile(r"hf:[^\s/]+/\S(?:.*\S)?"),  # a row's key is what its publisher writes, blanks among it
}
FORMS_TOLD = (
    "they look like fda:<set id>, pubmed:31031480, nhs:<path>, cdc:<number>, medquad:<folder>/<file>#<pair>, "
    "hf:<data set>/<row>; `medai lineage` finds them by words"
)
_PREFIXES = {"pmid": "pubmed", "pubmed_bulk": "pubmed", "openfda": "fda", "huggingface": "hf"}
_UUID = re.compile(r"\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?")
_PMID = re.compile(r"(?:pmid:?)?\s*0*([1-9][0-9]*)")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")  # word processors leave them
_DASHES = re.compile("[\u2010-\u2015\u2212]")


def is_record_id(text: str) -> bool:
    """Whether a source makes exactly this id."""
    return any(form.fullmatch(text) for form in RECORD_FORMS.values())


def canonical_record_id(text: str) -> str:
    """The id as its source makes it: blanks, capitals, leading zeros and slashes put right.

    Raises:
        ValueError: it names no single record of a source; the message says what was found and what ids look like.
    """
    written = _INVISIBLE.sub("", text).strip()
    if re.match(r"https?://", written, re.IGNORECASE):
        raise ValueError(
            f"{written!r} is an address, not a record id; `medai withdraw ADDRESS` or `medai impact ADDRESS` finds its id"
        )
    prefix, colon, rest = written.partition(":")
    prefix = prefix.strip().lower()
    source = _PREFIXES.get(prefix, prefix)
    if not colon:
        source, rest = _source_of_bare(written), written
    if source not in _CANONICAL:
        raise ValueError(f"{text!r} is no record id; {FORMS_TOLD}")
    found = f"{source}:{_CANONICAL[source](rest.strip())}"
    if not RECORD_FORMS[source].fullmatch(found):
        raise ValueError(f"{text!r} is no record id{_hint(found)}; {FORMS_TOLD}")
    return found


def _source_of_bare(text: str) -> str:
    """The source whose ids are known without their prefix; "" when it may be several or none."""
    lowered = unicodedata.normalize("NFKC", text).lower()
    if _UUID.fullmatch(_DASHES.sub("-", lowered)):
        return "fda"
    return "pubmed" if re.fullmatch(r"pmid\s*[0-9]+", lowered) else ""


def _hint(found: str) -> str:
    if "@" in found:
        return " (whole records are withdrawn, without @<version>)"
    return " (a PMC id is no PMID)" if found.startswith("pubmed:pmc") else ""


def fda_set_id(text: str) -> str:
    """A label's set id in small letters with its hyphens: the case of a UUID is no identity."""
    lowered = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).strip().lower()
    parts = _UUID.fullmatch(lowered)
    return "-".join(parts.groups()) if parts else lowered


def _pmid(text: str) -> str:
    lowered = unicodedata.normalize("NFKC", text).lower()
    found = _PMID.fullmatch(lowered)
    return found[1] if found else lowered


def nhs_path(text: str) -> str:
    """A page's path without a slash in front, behind, or twice."""
    return "/".join(part.strip() for part in text.strip().split("/") if part.strip())


def _number(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lstrip("0")


def _medquad(text: str) -> str:
    file, mark, pair = text.strip("/").partition("#")
    return f"{file.strip().removesuffix('.xml')}{mark}{pair.strip()}"


def hub_row(text: str) -> str:
    """A data set and a row's key, without what no table shows: outer blanks, line ends, invisible characters."""
    return " ".join(_INVISIBLE.sub("", text).strip().lstrip("/").split())


_CANONICAL: dict[str, Callable[[str], str]] = {
    "fda": fda_set_id,
    "pubmed": _pmid,
    "nhs": nhs_path,
    "cdc": _number,
    "medquad": _medquad,
    "hf": hub_row,
}
