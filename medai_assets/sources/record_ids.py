"""Record ids: what people write, brought to the one form in which each source names its records.

A withdrawal that names a record in another way must never silently match nothing.
"""

from __future__ import annotations

import re

from medai_assets.foundation.samples import without_sandbox
from medai_assets.sources.id_spellings import plain, without_invisible
from medai_assets.sources.registry import SOURCES
from medai_assets.sources.source import Source

_BY_PREFIX: dict[str, Source] = {
    prefix: source
    for source in reversed(list(SOURCES.values()))
    for prefix in (*source.other_prefixes, source.record_prefix)
}
FORMS_TOLD = (
    f"they look like {', '.join(dict.fromkeys(source.record_example for source in SOURCES.values()))}; "
    "`medai lineage` finds them by words"
)


def canonical_record_id(text: str) -> str:
    """The id as its source makes it: blanks, capitals, leading zeros and slashes put right.

    Raises:
        ValueError: it names no single record of a source; the message says what was found and what ids look like.
    """
    written = without_sandbox(without_invisible(text).strip())
    if re.match(r"https?://", written, re.IGNORECASE):
        raise ValueError(
            f"{written!r} is an address, not a record id; `medai withdraw ADDRESS` or `medai impact ADDRESS` finds its id"
        )
    prefix, colon, rest = written.partition(":")
    source = _BY_PREFIX.get(prefix.strip().lower()) if colon else _source_of_bare(written)
    if source is None:
        raise ValueError(f"{text!r} is not a record id; {FORMS_TOLD}")
    found = f"{source.record_prefix}:{source.canonical((rest if colon else written).strip())}"
    if not source.record_form.fullmatch(found):
        raise ValueError(f"{text!r} is not a record id{_hint(found)}; {FORMS_TOLD}")
    return found


def _source_of_bare(text: str) -> Source | None:
    """The source whose ids are known without their prefix; None when it may be several or none."""
    lowered = plain(text)
    return next((s for s in SOURCES.values() if s.bare_form and s.bare_form.fullmatch(lowered)), None)


def _hint(found: str) -> str:
    if "@" in found:
        return " (whole records are withdrawn, without @<version>)"
    return " (a PMC id is not a PMID)" if found.startswith("pubmed:pmc") else ""
