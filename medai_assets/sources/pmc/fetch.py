"""One article version: its metadata, then its XML, and what they come to: a record, or why it is none.

What belongs here: which article is taken. Which versions there are stands in listing.py, the order of work in collect.py.

The metadata's types are those of the bucket's README.txt; what is missing or another is refused. ``license_code`` is a Creative
Commons code such as ``CC BY`` without a version, or ``TDM`` for manuscripts that may be mined but bear no open licence; the
article's ``license`` element has the licence's address. Both must say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from medai_assets.sources.collection import Collection
from medai_assets.sources.id_spellings import record_names
from medai_assets.sources.pmc.article import (
    LARGEST,
    Article,
    UnreadableArticle,
    flags_of,
    read_article,
    retracted_here,
    retracts,
)
from medai_assets.sources.pmc.listing import Entry
from medai_assets.sources.records import Alias, Item, RawRecord, Rejected, Withdrawal, licence_of
from medai_assets.transport.errors import ReplyInvalid, UpstreamRefused
from medai_assets.transport.reply import Download

RETRACTED, NOTICE = "retracted", "retraction notice"
UNREADABLE, GONE, ODD = "unreadable article", "listed but not there", "metadata are not as documented"
ANOTHER = "the XML is another article's"
# Asked for again at each refresh: what these withdraw has to be said again, and what was wrong may have been mended.
ASKED_AGAIN = frozenset({RETRACTED, NOTICE, UNREADABLE, GONE, ODD, ANOTHER})


class _NoRecord(Exception):
    """The article is none: a countable reason, and the names under which it is withdrawn, or others by it."""

    def __init__(
        self,
        reason: str,
        detail: str = "",
        request: str = "",
        *,
        expected: bool = True,
        withdraws: Iterable[str] = (),
    ) -> None:
        super().__init__(reason)
        self.reason, self.detail, self.request = reason, detail, request
        self.expected = expected
        self.withdraws = tuple(withdraws)


def article(entry: Entry, context: Collection) -> Iterator[Item]:
    """The record of an article version with its other names; or what stands against it, with the withdrawals it brings."""
    try:
        facts, request = _metadata(entry, context)
        read, text, fetched = _xml(entry, facts, context, request)
        _stands(entry, facts, read, fetched.url)
        yield _record(entry, facts, read, text, fetched)
        yield from (Alias(record_id=entry.record_id, name=name) for name in facts.names)
    except _NoRecord as no:
        yield Rejected(
            reason=no.reason,
            record_id=entry.record_id,
            detail=no.detail or None,
            request=no.request or None,
            expected=no.expected,
        )
        yield from (_withdrawal(name, entry, no) for name in no.withdraws)


def _withdrawal(name: str, entry: Entry, no: _NoRecord) -> Withdrawal:
    return Withdrawal(
        record_id=name,
        kind="retraction",
        reason=f"retracted: {no.detail}" if no.reason == RETRACTED else "a retraction notice names it",
        reported_by="pmc",
        evidence=no.request if no.reason == RETRACTED else entry.record_id,
    )


def _metadata(entry: Entry, context: Collection) -> tuple[Metadata, str]:
    """The metadata of an article that is worth fetching, and the request that brought them."""
    address, name = f"metadata/{entry.name}.json", f"{entry.name} {entry.etag}"
    try:
        reply = context.journal.reply(
            name, lambda: context.http.get(address, expect=lambda reply: reply.json())
        )
        facts = read_metadata(reply.json(), entry)
    except (ReplyInvalid, MetadataInvalid) as error:
        context.journal.forget(name)
        raise _NoRecord(ODD, str(error), expected=False) from error
    except UpstreamRefused as error:
        raise _gone(error) from error
    if facts.retracted:
        names = (entry.record_id, *facts.names)
        raise _NoRecord(RETRACTED, "NLM's metadata say so", reply.url, withdraws=names)
    # A notice is read whatever its licence is, for what it withdraws; its text is not kept.
    if not facts.speaks_of_retraction and (why := _refused(facts)):
        raise _NoRecord(why, request=reply.url)
    return facts, reply.url


def _refused(facts: Metadata) -> str:
    if not facts.open_access:
        return "not in the open-access subset"
    return "scanned historical text" if facts.scanned else refused_by_code(facts.licence_code)


def _xml(entry: Entry, facts: Metadata, context: Collection, request: str) -> tuple[Article, str, Download]:
    """The article, its text as it came, and what brought it."""
    name, address = f"{entry.name}.xml {facts.md5}", f"{entry.name}/{entry.name}.xml"
    try:
        path = context.journal.file(
            name, lambda to: context.http.download(address, to, md5=facts.md5, max_bytes=LARGEST)
        )
        data = path.read_bytes()
        return read_article(data), data.decode(), context.journal.download(name)
    except (UnreadableArticle, UnicodeDecodeError, ReplyInvalid) as error:
        context.journal.forget(name)
        raise _NoRecord(UNREADABLE, str(error), request, expected=False) from error
    except UpstreamRefused as error:
        raise _gone(error) from error


def _gone(error: UpstreamRefused) -> Exception:
    if error.status in (404, 410):
        return _NoRecord(GONE, str(error), error.url, expected=False)
    return error


def _stands(entry: Entry, facts: Metadata, read: Article, request: str) -> None:
    """Nothing if the article is the one asked for, and is neither retracted nor a retraction."""
    if read.pmcid and read.pmcid != f"PMC{entry.number}":
        raise _NoRecord(ANOTHER, read.pmcid, request, expected=False)
    if names := retracts(read):
        raise _NoRecord(NOTICE, ", ".join(names), request, withdraws=names)
    if why := retracted_here(read):
        raise _NoRecord(RETRACTED, why, request, withdraws=(entry.record_id, *facts.names))


def _record(entry: Entry, facts: Metadata, read: Article, text: str, fetched: Download) -> RawRecord:
    licence, refused = licence_of_article(facts.licence_code, read.licences)
    if why := _refused(facts) or refused:
        raise _NoRecord(why, ", ".join(read.licences), fetched.url)
    identifier, is_sample = licence_of(read.licence_words, licence)
    attribution = f"{read.authors}. {read.title.rstrip('.')}. {facts.citation} PMC{entry.number}. {licence}"
    return RawRecord(
        record_id=entry.record_id,
        payload=text,
        payload_format="xml",
        url=f"https://pmc.ncbi.nlm.nih.gov/articles/PMC{entry.number}/",
        request=fetched.url,
        retrieved_at=fetched.retrieved_at,
        licence=identifier,
        attribution=f"medai sample in the format of PMC, as if under {licence}" if is_sample else attribution,
        version=str(entry.version),
        title=read.title or facts.title or None,
        language=read.language,
        updated_at=entry.modified.date().isoformat(),
        flags=flags_of(read),
        sample=is_sample,
    )


REFUSED = "licence refused: "
NONE_STATED = "no licence stated"
_ADDRESS = re.compile(
    r"(?:https?:)?//(?:www\.)?creativecommons\.org/"
    r"(?:licenses/(?P<terms>by|by-sa)/(?P<version>2\.0|2\.5|3\.0|4\.0)|publicdomain/zero/1\.0)"
    r"/?(?:(?:legalcode|deed)(?:\.[a-z]{2}(?:[_-][a-z]{2})?)?)?/?",
    re.IGNORECASE,
)
# What the policy for whole articles admits, by NLM's code; NC and ND forbid what this project does with a text.
_TERMS = {"CC0": "CC0", "CC BY": "BY", "CC BY-SA": "BY-SA"}


def refused_by_code(code: str | None) -> str:
    """Why an article with this code is not asked for at all; "" where it is."""
    if not code:
        return REFUSED + NONE_STATED
    return "" if code in _TERMS else REFUSED + code[:40]


def licence_of_article(code: str | None, addresses: list[str]) -> tuple[str, str]:
    """The licence's id and "", or "" and why the article is refused, countable by licence.

    Args:
        code: NLM's ``license_code``.
        addresses: of the licences that the article states.
    """
    if code is None or refused_by_code(code):
        return "", refused_by_code(code)
    ids = {_id(address) for address in addresses}
    if not ids:
        return "", f"{REFUSED}{code}, which the article itself does not state"
    if len(ids) > 1 or (found := ids.pop()) is None:
        return "", f"{REFUSED}{code}, but the article states another or one of its own country"
    if re.sub(r"-[\d.]+$", "", found) != ("CC0" if code == "CC0" else f"CC-{_TERMS[code]}"):
        return "", f"{REFUSED}{code}, but the article states {found}"
    return found, ""


def _id(address: str) -> str | None:
    """SPDX id of an unported Creative Commons licence that may be used, by its address; None for any other."""
    found = _ADDRESS.fullmatch(address.strip())
    if not found:
        return None
    return f"CC-{found['terms'].upper()}-{found['version']}" if found["terms"] else "CC0-1.0"


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
