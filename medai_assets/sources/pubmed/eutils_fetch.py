"""EFetch: citations from the history server or by their PMIDs, a few hundred a request.

What belongs here: requests, in-band errors, and telling what was asked from what came. PMIDs that PubMed does not have are left
out of a reply without a word, so that comparison is the only way to see them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from medai_assets.sources.collection import Collection
from medai_assets.sources.pubmed.eutils_search import Found, Searches
from medai_assets.sources.pubmed.split import BrokenXml, identity, split
from medai_assets.transport.errors import ReplyInvalid, UpstreamRefused, UpstreamUnavailable
from medai_assets.transport.reply import Reply

BATCH = 400  # citations a request; NCBI asks for 200 to 500
_FETCH = "efetch.fcgi"
_MOST_EXPIRIES = 3
_FORGOTTEN = re.compile(r"obtain query|out of range|webenv|query_key|history", re.IGNORECASE)
_ERROR = re.compile(rb"<ERROR>(.*?)</ERROR>", re.DOTALL)


class HistoryExpired(Exception):
    """The history server does not know the search any more."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Citations of one reply: verbatim records by PMID, and what brought them."""

    records: dict[str, bytes]
    request: str
    retrieved_at: datetime


def from_history(context: Collection, searches: Searches, found: Found) -> Iterator[Batch]:
    """All citations of a search, BATCH at a time; when the history is forgotten the search is made again.

    After that the order may be another: what is then skipped the caller sees by comparing PMIDs.

    Raises:
        UpstreamUnavailable: the history was forgotten again and again.
    """
    expiries = 0
    for start in range(0, len(found.pmids), BATCH):
        size = min(BATCH, len(found.pmids) - start)
        while True:
            try:
                yield _from_history(context, found, start, size)
                break
            except HistoryExpired as error:
                expiries += 1
                if expiries > _MOST_EXPIRIES:
                    problem = f"the history server forgets the search each time: {error}"
                    raise UpstreamUnavailable(
                        "pubmed", _FETCH, problem, "Run the slice again later"
                    ) from error
            found = searches.again(found.term, len(found.pmids))
            if start >= len(found.pmids):
                return


def by_pmid(context: Collection, pmids: Sequence[str]) -> Iterator[Batch]:
    """The citations of these PMIDs that PubMed has."""
    for start in range(0, len(pmids), BATCH):
        some = pmids[start : start + BATCH]
        form = {"db": "pubmed", "retmode": "xml", "id": ",".join(some)}
        try:
            reply = _reply(context, f"fetch {form['id']}", form)
        except UpstreamRefused as error:
            if "ID list is empty" not in str(error):
                raise
            continue  # none of them exists
        yield _batch(reply, {"id": some[0] if len(some) == 1 else f"{some[0]}..{some[-1]}"})


def _from_history(context: Collection, found: Found, start: int, size: int) -> Batch:
    form = {"db": "pubmed", "retmode": "xml", "retstart": str(start), "retmax": str(size), **found.history}
    name = f"fetch {found.term} {start}+{size}"
    try:
        reply = _reply(context, name, form)
    except UpstreamRefused as error:
        if error.status == 400 and _FORGOTTEN.search(error.problem):
            raise HistoryExpired(error.problem) from error
        raise
    return _batch(reply, {"term": found.term, "retstart": str(start), "retmax": str(size)})


def _reply(context: Collection, name: str, form: Mapping[str, str]) -> Reply:
    return context.journal.reply(name, partial(context.http.post, _FETCH, form, expect=_citations))


def _batch(reply: Reply, asked: dict[str, str]) -> Batch:
    """The reply's records; of several versions of a citation the highest."""
    newest: dict[str, tuple[int, bytes]] = {}
    for record in _citations(reply):
        pmid, version = identity(record)
        if version >= newest.get(str(pmid), (0, b""))[0]:
            newest[str(pmid)] = (version, record)
    records = {pmid: record for pmid, (_, record) in newest.items()}
    return Batch(records, f"{reply.url}?{urlencode({'db': 'pubmed', **asked})}", reply.retrieved_at)


def _citations(reply: Reply) -> list[bytes]:
    """The records of a reply.

    Raises:
        HistoryExpired: the search is forgotten, said with status 200.
        ReplyInvalid: another error in the body, or no whole set of citations.
    """
    body = reply.body
    if error := _ERROR.search(body[:2000]):
        text = " ".join(error.group(1).decode("utf-8", "replace").split())
        if _FORGOTTEN.search(text):
            raise HistoryExpired(text)
        raise ReplyInvalid(reply.source, reply.url, f"PubMed says {text!r}")
    if not body.rstrip().endswith((b"</PubmedArticleSet>", b"<PubmedArticleSet/>")):
        raise ReplyInvalid(
            reply.source, reply.url, f"not a complete set of citations; it begins {body[:80]!r}"
        )
    try:
        return split(body).records
    except BrokenXml as error:
        raise ReplyInvalid(reply.source, reply.url, str(error)) from error
