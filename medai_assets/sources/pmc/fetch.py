"""One article version: its metadata, then its XML, and what they come to: a record, or why it is none.

What belongs here: which article is taken. Which versions there are stands in listing.py, the order of work in collect.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from medai_assets.sources.collection import Collection
from medai_assets.sources.pmc.article import (
    LARGEST,
    Article,
    UnreadableArticle,
    flags_of,
    read_article,
    retracted_here,
    retracts,
)
from medai_assets.sources.pmc.licence import licence_of_article, refused_by_code
from medai_assets.sources.pmc.listing import Entry
from medai_assets.sources.pmc.metadata import Metadata, MetadataInvalid, read_metadata
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
