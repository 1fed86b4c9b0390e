"""NLM's metadata of one article version, with the types that its README states; what is missing or another is refused.

``pmcid``, ``version``, ``pmid``, ``doi``, ``title``, ``citation``, ``is_pmc_openaccess``, ``is_manuscript``,
``is_historical_ocr``, ``is_retracted``, ``license_code``, ``xml_url`` (``s3://pmc-oa-opendata/…?md5=…``); looked up in a
stored copy of the bucket's README.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from medai_assets.sources.id_spellings import record_names
from medai_assets.sources.pmc.listing import Entry

_RETRACTS = re.compile(r"\W*(?:partial(?:ly)? )?(?:retract|withdrawn|withdrawal)", re.IGNORECASE)


class MetadataInvalid(ValueError):
    """A field is not what NLM documents; the message names it."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is used of them; ``md5`` is the XML's."""

    pmid: str
    doi: str
    title: str
    citation: str
    open_access: bool
    scanned: bool
    retracted: bool
    licence_code: str | None
    md5: str

    @property
    def names(self) -> Iterator[str]:
        """The article as PubMed and publishers name it."""
        yield from record_names("pmid", self.pmid)
        yield from record_names("doi", self.doi)

    @property
    def speaks_of_retraction(self) -> bool:
        """Whether the title is that of a notice, or of an article that was taken back."""
        return _RETRACTS.match(self.title) is not None


def read_metadata(content: Any, entry: Entry) -> Metadata:
    """Raises MetadataInvalid."""
    if not isinstance(content, dict):
        raise MetadataInvalid("the metadata are not an object")
    if content.get("pmcid") != f"PMC{entry.number}" or content.get("version") != entry.version:
        raise MetadataInvalid("pmcid and version are another article's")
    flags = [content.get(f"is_{name}") for name in ("pmc_openaccess", "historical_ocr", "retracted")]
    if not all(isinstance(flag, bool) for flag in flags):
        raise MetadataInvalid("is_pmc_openaccess, is_historical_ocr and is_retracted must be true or false")
    texts = {name: _text(content, name) for name in ("pmid", "doi", "title", "citation", "license_code")}
    return Metadata(
        pmid=texts["pmid"],
        doi=texts["doi"],
        title=texts["title"],
        citation=texts["citation"],
        open_access=bool(flags[0]),
        scanned=bool(flags[1]),
        retracted=bool(flags[2]),
        licence_code=texts["license_code"] or None,
        md5=_md5(content.get("xml_url"), entry),
    )


def _text(content: dict[str, Any], name: str) -> str:
    value = content.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise MetadataInvalid(f"{name} is {type(value).__name__}, not text")
    return str(value).strip()


def _md5(address: Any, entry: Entry) -> str:
    """The digest in the address, which must lead to the article's own object and nowhere else."""
    expected = (
        rf"s3://pmc-oa-opendata/{re.escape(entry.name)}/{re.escape(entry.name)}\.xml\?md5=([0-9a-f]{{32}})"
    )
    found = re.fullmatch(expected, address) if isinstance(address, str) else None
    if found is None:
        raise MetadataInvalid(f"xml_url does not lead to the XML of {entry.name} with its md5")
    return found[1]
